"""Words that nobody else has: what one side writes, and who it is, is nowhere in what the other reads before it may, and never in the logs."""

import json
import logging

import pytest

from expo.accounts.models import User
from expo.foundation.models import Event, OutboxMessage
from matchmaking.meetings import actions
from matchmaking.meetings.models import Meeting, MeetingRequest
from matchmaking.participants.models import Block, Company
from tests import builders
from tests.matchmaking.meetings.stage import begin_in

QUESTION, LINE, NOTE, WHY_OFF = "Kanarifrage", "Kanarizeile", "Kanarinote", "Kanariabsage"
ANNA, BORIS, PHONE = "Kanarianna Adler", "Kanariboris Bo", "+49 30 4711471"
HIDDEN = "Kanariaurora"
LISTS = (
    *("/desk/", "/desk/notices/", "/desk/meetings/", "/desk/meetings/?view=list&who=all", "/desk/meetings/waiting/"),
    *("/desk/meetings/my-meetings.ics", "/api/v1/meeting-requests/", "/api/v1/meetings/", "/api/v1/changes/?since=2026-01-01T00:00:00Z"),
)


@pytest.fixture
def canaries(stage):
    """People with names and phones of their own."""
    User.objects.filter(pk=stage.anna.pk).update(full_name=ANNA, phone=PHONE)
    User.objects.filter(pk=stage.boris.pk).update(full_name=BORIS, phone=PHONE)
    return stage


def read_by(client, person, *more):
    """Return all that the person can read of meetings: pages, API, calendar, mails."""
    addresses = [*LISTS, *more]
    addresses += [f"/meetings/requests/{row.pk}/" for row in MeetingRequest.objects.all()]
    addresses += [f"/api/v1/meeting-requests/{row.pk}{end}" for row in MeetingRequest.objects.all() for end in ("/", "/messages/")]
    addresses += [f"{start}/meetings/{row.pk}/" for row in Meeting.objects.all() for start in ("", "/api/v1")]
    pages = [client.get(address, follow=True).content.decode() for address in addresses]
    mails = OutboxMessage.objects.filter(recipient=person).values_list("subject", "body", "calendar", "link")
    return "\n".join([*pages, *(text for row in mails for text in row)])


def test_who_the_people_are_is_told_with_the_yes_and_not_before(canaries, client_of):
    stage = canaries
    request = stage.asked(stage.slots[0], message=QUESTION)
    actions.write_message(request, by=stage.anna, text=LINE)
    for person, theirs in ((stage.anna, BORIS), (stage.boris, ANNA)):
        read = read_by(client_of(person), person, f"/meetings/ask/?company={stage.exhibitor.company.slug}")
        assert QUESTION in read
        assert theirs not in read
        assert PHONE not in read
        assert "boris@example.com" not in read or person == stage.boris
        assert "anna@example.com" not in read or person == stage.anna
    actions.accept(request, by=stage.anna)
    assert ANNA in read_by(client_of(stage.boris), stage.boris)
    assert BORIS in read_by(client_of(stage.anna), stage.anna)


def test_carla_and_nobody_read_none_of_it(canaries, client_of):
    stage = canaries
    meeting = stage.met(stage.slots[0], message=QUESTION)
    actions.write_message(meeting.request, by=stage.anna, text=LINE)
    actions.cancel(meeting, by=stage.boris, reason="no_time", note=WHY_OFF)
    for person in (stage.carla, None):
        read = read_by(client_of(person), person)
        assert not [word for word in (QUESTION, LINE, WHY_OFF, ANNA, BORIS, PHONE) if word in read]


def test_a_hidden_buyer_is_nowhere_in_what_who_asked_reads(canaries, client_of, supplier_segment):
    stage = canaries
    Company.objects.filter(pk=stage.buyer.company_id).update(name=HIDDEN, name_zh=HIDDEN)
    posting = builders.sourcing_request(stage.buyer, supplier_segment, visibility="name_hidden")
    request = stage.asked(stage.slots[0], postings=[posting])
    actions.counter(request, by=stage.anna, slot=stage.slots[1])
    actions.write_message(request, by=stage.anna, text=LINE)
    actions.gather_what_waits()
    read = read_by(client_of(stage.boris), stage.boris, f"/meetings/ask/?request={posting.pk}")
    assert LINE in read
    assert not [word for word in (HIDDEN, ANNA, "anna@example.com") if word in read]
    actions.decline(request, by=stage.boris, reason="no_time", note=NOTE)
    assert HIDDEN not in read_by(client_of(stage.boris), stage.boris)
    assert NOTE in read_by(client_of(stage.anna), stage.anna)


def test_what_a_blocked_company_writes_reaches_nobody(canaries, client_of):
    stage = canaries
    Block.objects.create(company=stage.buyer.company, blocked=stage.exhibitor.company)
    request = stage.asked(stage.slots[0], message=QUESTION)
    actions.write_message(request, by=stage.boris, text=LINE)
    read = read_by(client_of(stage.anna), stage.anna)
    assert QUESTION not in read
    assert LINE not in read


def test_no_log_holds_what_people_write_or_who_they_are(canaries, client_of, caplog, capfd):
    stage = canaries
    caplog.set_level(logging.DEBUG)
    request = stage.asked(stage.slots[0], message=QUESTION)
    client = client_of(stage.anna)
    client.post(f"/meetings/requests/{request.pk}/message/", {"text": LINE})
    client.post(f"/meetings/requests/{request.pk}/decline/", {"reason": "no_fit", "note": NOTE, "version": 1})
    actions.cancel(stage.met(stage.slots[1]), by=stage.boris, reason="other", note=WHY_OFF)
    actions.gather_what_waits()
    begin_in(30)
    actions.sweep_meetings()
    read_by(client, stage.anna)
    said = "\n".join([*(record.getMessage() + str(record.__dict__.get("msg")) for record in caplog.records), *capfd.readouterr()])
    kept = json.dumps(list(Event.objects.values_list("verb", "data")))
    for word in (QUESTION, LINE, NOTE, WHY_OFF, ANNA, BORIS, PHONE, "anna@example.com"):
        assert word not in said, word
        assert word not in kept, word
    assert "expo.access" in {record.name for record in caplog.records}, "there was something to look at"
