"""The mails of meetings as who gets them reads them: what happened, with whom, when and where, what to do, and one link."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db.models import F

from expo.accounts.models import User
from expo.foundation.models import OutboxMessage
from matchmaking.meetings import actions
from matchmaking.meetings.actions.notices import moment_words
from matchmaking.meetings.models import Meeting, MeetingRequest, MoveProposal, Slot
from tests import builders
from tests.matchmaking.meetings.stage import begin_in
from tests.matchmaking.meetings.test_changes import STEPS

LINK = re.compile(r"https?://\S+")


def mail_to(person, kind):
    return OutboxMessage.objects.get(recipient=person, kind=kind)


def links_of(row):
    """The links but for the site's own address, which ends every mail."""
    return [link for link in LINK.findall(row.body) if link.rstrip("/") != settings.SITE_URL.rstrip("/")]


def reads_well(row):
    name = row.recipient.get_short_name()
    assert row.body.startswith((f"Hello {name},\n\n", f"{name}"))
    assert len(links_of(row)) <= 1, row.body
    assert not re.search(r"None|\{\{|\{%|\n\n\n|  +\S|<[a-z]", row.subject + "\n" + row.body), row.body
    assert row.body.rstrip().endswith(settings.SITE_URL)


@pytest.mark.parametrize("name", STEPS)
def test_whatever_happens_is_told_in_a_mail_that_reads_well(stage, name):
    before, act = STEPS[name]
    act(stage, before(stage))
    rows = list(OutboxMessage.objects.select_related("recipient").filter(kind__startswith="meeting"))
    assert rows
    for row in rows:
        reads_well(row)
        assert len(links_of(row)) == (row.kind != "meeting_left")
        assert row.recipient != stage.carla


@pytest.mark.parametrize("name", STEPS)
def test_and_in_chinese_without_a_blank_between_sentences(stage, name):
    before, act = STEPS[name]
    User.objects.update(language="zh-hans")
    act(stage, before(stage))
    for row in OutboxMessage.objects.filter(kind__startswith="meeting", recipient__language="zh-hans"):
        assert not re.search(r"[。？！] +\S", row.body), row.body
        assert "/zh/" in (links_of(row) or ["/zh/"])[0]


def test_a_question_says_who_about_what_when_and_until_when(stage, supplier_segment):
    wanted = builders.sourcing_request(stage.buyer, supplier_segment, title="Cells wanted")
    offer = builders.offer(stage.exhibitor, supplier_segment, title="Blade cells")
    request = stage.asked(stage.slots[0], postings=[wanted, offer], message="May we meet?")
    row = mail_to(stage.anna, "meeting_asked")
    assert row.subject == "Borealis Cells would like to meet you"
    for line in (
        "Borealis Cells would like to meet Aurora Motors.",
        "May we meet?",
        "About: Cells wanted, Blade cells",
        f"Time on the table: {stage.slots[0].words}",
        f"Answer until: {moment_words(request.expires_at, request.edition)}",
        "Accept, propose another time or decline:",
    ):
        assert f"{line}\n" in row.body
    assert links_of(row) == [f"{settings.SITE_URL}/meetings/requests/{request.pk}/"]


def test_the_end_of_the_time_to_answer_is_on_the_expos_clocks(stage):
    edition = stage.setup.edition
    edition.time_zone = "Asia/Shanghai"
    assert moment_words(datetime(2026, 6, 22, 17, 30, tzinfo=UTC), edition) == "Tue 23 June 2026, 01:30"


def test_a_cancelled_meeting_says_by_whom_and_why_to_both(stage):
    meeting = stage.met(stage.slots[0])
    actions.cancel(meeting, by=stage.boris, reason="no_time", note="The train is late.")
    for person, other in ((stage.anna, "Borealis Cells"), (stage.boris, "Aurora Motors")):
        row = mail_to(person, "meeting_cancelled")
        assert row.subject == f"Cancelled: meeting with {other}"
        assert f"your meeting with {other} was cancelled by Borealis Cells: no time.\n\nThe train is late.\n" in row.body
        assert f"It was to be: {stage.slots[0].words}\nThis time is free again." in row.body


def test_one_that_nobody_of_the_two_cancelled_names_nobody(stage):
    stage.met(stage.slots[0])
    type(stage.exhibitor).objects.filter(pk=stage.exhibitor.pk).update(status="withdrawn", booth=None)
    actions.sweep_meetings()
    assert "your meeting with Borealis Cells was cancelled: not coming to the expo." in mail_to(stage.anna, "meeting_cancelled").body


def test_where_the_time_was_taken_both_are_told_which_one_stands_now(stage):
    request, third = stage.asked(stage.slots[0]), stage.another("exhibitor")
    actions.accept(actions.ask(third, stage.buyer, by=stage.person_of(third), slot=stage.slots[0]), by=stage.anna)
    actions.sweep_meetings()
    for person, other in ((stage.anna, "Borealis Cells"), (stage.boris, "Aurora Motors")):
        row = mail_to(person, "meeting_new_time")
        assert row.subject == f"Another time for the request: {other}"
        assert f"the time {stage.slots[0].words} is taken now. The request stands, with another time: {stage.slots[1].words}." in row.body
        assert links_of(row) == [f"{settings.SITE_URL}/meetings/requests/{request.pk}/"]


def test_where_no_other_time_is_free_they_are_told_that_it_stands_without_one(stage):
    stage.asked(stage.slots[0])
    actions.block_time(stage.buyer, by=stage.anna, slots=stage.slots)
    actions.sweep_meetings()
    body = mail_to(stage.boris, "meeting_new_time").body
    assert f"the time {stage.slots[0].words} is taken now. The request stands, without a time for now." in body


def test_a_proposed_time_says_from_when_to_when_and_until_when(stage):
    meeting = stage.met(stage.slots[0])
    proposal = actions.propose_move(meeting, by=stage.boris, slot=stage.slots[2])
    body = mail_to(stage.anna, "meeting_move_asked").body
    assert f"from {stage.slots[0].words} to {stage.slots[2].words}." in body
    assert f"Answer until: {moment_words(proposal.expires_at, meeting.edition)}\nUntil then the old time is kept." in body
    assert MoveProposal.objects.get().status == "pending"


def test_reminders_alarms_and_the_question_afterwards_say_when_and_where(stage):
    meeting = stage.met(stage.slots[0])
    begin_in(23 * 60)
    actions.sweep_meetings()
    slot = Slot.objects.get(pk=stage.slots[0].pk)
    row = mail_to(stage.anna, "meeting_reminder")
    assert row.subject == f"{slot.words}: meeting with Borealis Cells"
    assert f"When: {slot.words}\nWhere: N1 1, " in row.body
    Slot.objects.filter(pk=slot.pk).update(starts_at=F("starts_at") - timedelta(days=2), ends_at=F("ends_at") - timedelta(days=2))
    actions.sweep_meetings()
    row = mail_to(stage.anna, "meeting_outcome")
    assert row.subject == "Did the meeting with Borealis Cells take place?"
    for one in OutboxMessage.objects.filter(kind__in=["meeting_reminder", "meeting_outcome"]).select_related("recipient"):
        reads_well(one)
    assert Meeting.objects.get().pk == meeting.pk


def test_nobody_is_named_is_told_to_all_with_what_to_do(stage):
    builders.member(stage.buyer.company, builders.person("alma@example.com"))
    request = stage.asked(stage.slots[0])
    actions.counter(request, by=stage.anna, slot=stage.slots[1])
    MeetingRequest.objects.update(answered_by=None)
    actions.accept(request, by=stage.boris)
    begin_in(120)
    actions.sweep_meetings()
    row = mail_to(stage.anna, "meeting_unassigned")
    assert "nobody of Aurora Motors is named for the meeting with Borealis Cells." in row.body
    assert "Say who comes, you or a colleague:" in row.body
    reads_well(row)
