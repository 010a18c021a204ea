"""What became of an agreement: asked on its day, reminded once, answered with one click, and never lost or doubled."""

import re
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from expo.foundation.dates import long_day
from expo.foundation.errors import NotAllowed
from expo.foundation.models import Event, OutboxMessage
from expo.foundation.outbox import send_waiting_messages
from matchmaking.agreements import actions, errors
from matchmaking.agreements.actions import milestones
from matchmaking.agreements.models import Agreement, Milestone
from matchmaking.agreements.queries.links import digest_of
from matchmaking.agreements.queries.milestones import asked_of, today_of
from matchmaking.participants.models import Member
from tests import builders

ADDRESS = re.compile(r"/agreements/milestone/([-\w]+)/")


@pytest.fixture
def signed(edition, chain, aurora, borealis, anna, boris):
    """Return a maker of agreements that Anna's and Boris's companies signed so many days ago."""

    def made(days_ago, **fields):
        row = Agreement(edition=edition)
        return builders.agreement(edition, chain, aurora, borealis, signed_on=today_of(row) - timedelta(days=days_ago), **fields)

    return made


def mails(kind="milestone_asked"):
    return {message.recipient.email: message for message in OutboxMessage.objects.filter(kind=kind).select_related("recipient")}


def secret_for(email, kind="milestone_asked"):
    return ADDRESS.search(mails(kind)[email].body)[1]


def of(person, days=1):
    return Milestone.objects.get(party__company__members__user=person, days=days)


def test_each_registered_party_gets_its_five_days_once(signed, edition):
    agreement = signed(0)
    agreement.parties.create(outside_name="Delta Ltd", outside_key="KR:delta", country="KR", order=2)
    for _time in range(2):
        actions.sweep_milestones()
    found = list(Milestone.objects.values_list("party__company__name", "days", "due_on"))
    assert sorted({(name, days) for name, days, _due in found}) == [
        (name, days) for name in ("Aurora Motors", "Borealis Cells") for days in (1, 30, 90, 180, 365)
    ]
    assert len(found) == 10
    assert all(due == agreement.signed_on + timedelta(days=days) for _name, days, due in found)
    assert not mails()


@pytest.mark.parametrize("status", ["draft", "submitted", "disputed", "void"])
def test_nobody_is_asked_about_what_does_not_count(signed, status):
    fields = {"void_reason": "Wrong"} if status == "void" else {"dispute_reason": "Wrong"} if status == "disputed" else {}
    signed(1, status=status, **fields)
    assert actions.sweep_milestones() == 0
    assert not Milestone.objects.exists()


def test_a_company_without_people_is_asked_nothing_until_somebody_owns_it(signed, edition, chain, aurora):
    demo = builders.company("Demo Works", is_demo=True)
    builders.agreement(
        edition,
        chain,
        demo,
        builders.company("Demo Steel", is_demo=True),
        signed_on=today_of(Agreement(edition=edition)) - timedelta(days=1),
    )
    actions.sweep_milestones()
    assert not Milestone.objects.exists()
    builders.member(demo, builders.person("dora@example.com"))
    actions.sweep_milestones()
    assert set(mails()) == {"dora@example.com"}


def test_when_due_the_owners_get_a_secret_address_of_which_only_the_digest_is_kept(signed, anna):
    builders.member(anna.memberships.get().company, builders.person("rita@example.com"), role=Member.Role.REPRESENTATIVE)
    signed(1, title="Cells\nfor Aurora")
    for _time in range(2):
        actions.sweep_milestones()
    assert set(mails()) == {"anna@example.com", "boris@example.com"}, "owners alone, once"
    message, secret = mails()["anna@example.com"], secret_for("anna@example.com")
    assert (message.holds_secret, len(secret) >= 43, secret in message.link) == (True, True, False)
    assert "Borealis Cells" in message.subject
    assert "    Cells for Aurora\n" in message.body
    row = of(anna)
    assert (row.digest, row.asked_at is not None, row.reminded_at) == (digest_of(secret), True, None)
    assert secret not in str(list(Event.objects.values_list("data", flat=True)))
    send_waiting_messages()
    assert secret not in str(list(OutboxMessage.objects.values()))


def test_of_what_is_long_past_only_the_newest_question_is_asked(signed):
    signed(95)
    actions.sweep_milestones()
    assert set(Milestone.objects.exclude(asked_at=None).values_list("days", flat=True)) == {90}
    assert len(mails()) == 2


def test_of_an_old_edition_that_is_entered_late_nobody_is_asked(signed):
    signed(800)
    actions.sweep_milestones()
    assert (Milestone.objects.count(), mails()) == (10, {})


def test_who_said_that_it_is_closed_is_asked_no_more_and_the_other_side_is(signed, anna, boris):
    signed(1)
    actions.sweep_milestones()
    actions.answer_milestone_by_link(secret_for("anna@example.com"), stage="closed", closed_reason="No budget")
    actions.answer_milestone_by_link(secret_for("boris@example.com"), stage="negotiating")
    actions.sweep_milestones(timezone.now() + timedelta(days=29))
    assert [(of(person, 30).asked_at is not None) for person in (anna, boris)] == [False, True]


def test_of_what_is_invented_nobody_is_mailed(signed, anna):
    signed(1, is_demo=True)
    actions.sweep_milestones()
    assert (Milestone.objects.count(), mails()) == (10, {})
    assert actions.answer_milestone(of(anna), by=anna, stage="met").stage == "met", "the desk answers all the same"


@pytest.mark.parametrize(("zone", "is_asked"), [("Pacific/Auckland", True), ("Asia/Shanghai", False), ("America/Los_Angeles", False)])
def test_the_day_begins_where_the_edition_is_held(signed, edition, zone, is_asked):
    edition.time_zone = zone
    edition.save()
    agreement = signed(0)
    evening = datetime.combine(agreement.signed_on, time(13), UTC)  # the next day in Auckland, 21:00 and 06:00 elsewhere
    actions.sweep_milestones(evening)
    assert bool(mails()) == is_asked


def test_killed_in_the_middle_it_goes_on_where_it_stopped_and_asks_nobody_twice(signed, monkeypatch):
    for _n in range(3):
        signed(1)
    done, write = [], milestones.ledger_log

    def killed(*given, **data):
        if len(done) == 4:
            raise SystemExit
        done.append(write(*given, **data))

    monkeypatch.setattr(milestones, "ledger_log", killed)
    with pytest.raises(SystemExit):
        actions.sweep_milestones()
    told = OutboxMessage.objects.filter(kind="milestone_asked")
    assert (told.count(), Milestone.objects.exclude(asked_at=None).count()) == (4, 4)
    monkeypatch.undo()
    actions.sweep_milestones()
    assert (told.count(), Milestone.objects.exclude(asked_at=None).count(), told.values("link", "recipient").distinct().count()) == (
        6,
        6,
        6,
    )


def test_what_does_not_stand_any_more_is_neither_asked_nor_answered_and_goes_on_once_it_is_settled(signed, anna, boris, organiser):
    agreement = signed(1)
    milestones.lay_milestones()
    actions.dispute(agreement, by=boris, reason="The amount is wrong.")
    actions.sweep_milestones()
    assert mails() == {}
    with pytest.raises(errors.MilestoneOver):
        actions.answer_milestone(of(anna), by=anna, stage="met")
    actions.settle(agreement, by=organiser, reason="Both agree.")
    actions.sweep_milestones()
    assert set(mails()) == {"anna@example.com", "boris@example.com"}


def test_one_reminder_after_a_week_with_the_same_address_and_then_silence(signed, anna, boris):
    signed(1)
    actions.sweep_milestones()
    actions.answer_milestone_by_link(secret_for("boris@example.com"), stage="met")
    now = timezone.now()
    actions.sweep_milestones(now + timedelta(days=6))
    assert mails("milestone_reminder") == {}
    for days in (7, 8, 20):
        actions.sweep_milestones(now + timedelta(days=days))
    assert set(mails("milestone_reminder")) == {"anna@example.com"}
    assert secret_for("anna@example.com", "milestone_reminder") == secret_for("anna@example.com")
    assert OutboxMessage.objects.filter(kind="milestone_reminder").count() == 1


def test_after_a_change_of_the_sites_key_the_reminder_brings_another_address(signed, anna, settings):
    signed(1)
    actions.sweep_milestones()
    before = secret_for("anna@example.com")
    settings.SECRET_KEY = "another-" + settings.SECRET_KEY
    actions.answer_milestone_by_link(before, stage="met")
    Milestone.objects.update(answered_at=None, stage="", way="")
    actions.sweep_milestones(timezone.now() + timedelta(days=7))
    after = secret_for("anna@example.com", "milestone_reminder")
    assert after != before
    assert of(anna).digest == digest_of(after)
    with pytest.raises(errors.LinkUnknown):
        actions.answer_milestone_by_link(before, stage="met")


def test_who_switched_these_mails_off_has_the_question_on_the_desk_without_the_secret(signed, anna, boris):
    type(anna).objects.filter(pk=anna.pk).update(mails_of_agreements="desk")
    type(boris).objects.filter(pk=boris.pk).update(mails_of_agreements="gathered")
    signed(1)
    actions.sweep_milestones()
    for email, way in (("anna@example.com", "desk"), ("boris@example.com", "gathered")):
        message = mails()[email]
        assert (message.way, ADDRESS.search(message.body), message.holds_secret) == (way, None, False)
        assert "/desk/agreements/" in message.link


def test_a_corrected_day_of_signing_moves_what_was_not_asked_yet(signed, anna):
    agreement = signed(1)
    actions.sweep_milestones(timezone.now() - timedelta(days=30))
    Agreement.objects.filter(pk=agreement.pk).update(signed_on=agreement.signed_on + timedelta(days=3))
    actions.sweep_milestones()
    assert mails() == {}
    assert of(anna).due_on == agreement.signed_on + timedelta(days=4)


def test_a_correction_of_the_day_moves_what_is_still_to_be_asked_at_once_and_keeps_the_rest(signed, edition, anna, organiser):
    edition.starts_on = edition.ends_on = None
    edition.save()
    agreement = Agreement.objects.get(pk=signed(3).pk)
    actions.sweep_milestones()
    given = replace(actions.as_written(agreement), signed_on=agreement.signed_on - timedelta(days=2))
    corrected = actions.correct(agreement, by=organiser, given=given, reason="A slip of the pen.")
    due = dict(Milestone.objects.filter(party=of(anna).party).values_list("days", "due_on"))
    assert due == {1: agreement.signed_on + timedelta(days=1)} | {
        days: corrected.signed_on + timedelta(days=days) for days in (30, 90, 180, 365)
    }
    assert actions.answer_milestone(of(anna), by=anna, stage="met").stage == "met", "what was asked may be answered still"


def test_an_answer_can_be_changed_and_every_one_is_in_the_log(signed, anna, organiser):
    agreement = signed(1)
    actions.sweep_milestones()
    secret = secret_for("anna@example.com")
    actions.answer_milestone_by_link(secret, stage="met")
    actions.answer_milestone_by_link(secret, stage="met")
    actions.answer_milestone(of(anna), by=anna, stage="closed", closed_reason=" No\nbudget ")
    row = of(anna)
    assert (row.stage, row.closed_reason, row.person, row.way) == ("closed", "No budget", anna, "desk")
    actions.answer_milestone(row, by=organiser, stage="delivering", note="By telephone")
    row.refresh_from_db()
    assert (row.stage, row.closed_reason, row.way, row.note) == ("delivering", "", "staff", "By telephone")
    lines = [
        line.data
        for line in Event.objects.filter(verb="milestone", thing_id=str(agreement.pk)).order_by("pk")
        if line.data["step"] == "answered"
    ]
    assert [(line["before"], line["stage"], line["way"]) for line in lines] == [
        ("", "met", "link"),
        ("met", "closed", "desk"),
        ("closed", "delivering", "staff"),
    ]


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"stage": "married"}, errors.UnknownChoice),
        ({"stage": ""}, errors.UnknownChoice),
        ({"stage": "closed"}, errors.ClosingNeedsReason),
        ({"stage": "closed", "closed_reason": "x" * 501}, errors.ClosingNeedsReason),
        ({"stage": "met", "note": "x" * 1001}, errors.NoteTooLong),
    ],
)
def test_what_is_no_answer_is_refused_and_nothing_is_stored(signed, anna, given, refusal):
    signed(1)
    actions.sweep_milestones()
    with pytest.raises(refusal):
        actions.answer_milestone(of(anna), by=anna, **given)
    assert of(anna).answered_at is None


def test_carla_and_the_other_side_answer_nothing(signed, anna, boris, carla):
    signed(1)
    actions.sweep_milestones()
    for person in (carla, boris):
        with pytest.raises(NotAllowed):
            actions.answer_milestone(of(anna), by=person, stage="met")
    assert of(anna).answered_at is None


def test_before_its_day_and_after_the_next_one_nothing_is_answered(signed, anna):
    agreement = signed(1)
    actions.sweep_milestones()
    secret = secret_for("anna@example.com")
    with pytest.raises(errors.MilestoneNotDue):
        actions.answer_milestone(of(anna, 30), by=anna, stage="met")
    Agreement.objects.filter(pk=agreement.pk).update(signed_on=agreement.signed_on - timedelta(days=29))
    Milestone.objects.filter(days=1).update(due_on=agreement.signed_on - timedelta(days=28))
    for call in (
        lambda: actions.answer_milestone_by_link(secret, stage="met"),
        lambda: actions.answer_milestone(of(anna), by=anna, stage="met"),
    ):
        with pytest.raises(errors.MilestoneOver):
            call()


# The page by secret address.


@pytest.fixture
def opened(signed):
    """A browser of nobody, and the address that Anna was sent."""
    agreement = signed(1, title="Cells for Aurora")
    actions.sweep_milestones()
    return Client(), f"/agreements/milestone/{secret_for('anna@example.com')}/", agreement


def test_opening_changes_nothing_and_one_click_answers(opened, anna):
    client, address, _agreement = opened
    page = client.get(address)
    assert (page.status_code, page["Referrer-Policy"], "no-store" in page["Cache-Control"]) == (200, "no-referrer", True)
    assert of(anna).answered_at is None
    for words in ("Cells for Aurora", "Borealis Cells", 'value="agreement_signed"', "One click answers"):
        assert words in page.content.decode()
    answer = client.post(address, {"stage": "negotiating"})
    assert (answer.status_code, answer["Location"]) == (303, address)
    assert (of(anna).stage, of(anna).person, of(anna).way) == ("negotiating", None, "link")
    page = client.get(address).content.decode()
    assert "Your answer: negotiating." in page
    client.post(address, {"stage": "agreement_signed"})
    assert of(anna).stage == "agreement_signed"


def test_closing_without_a_reason_is_told_on_the_page(opened, anna):
    client, address, _agreement = opened
    answer = client.post(address, {"stage": "closed", "closed_reason": " "})
    assert (answer.status_code, "Say in a few words why it is closed" in answer.content.decode()) == (400, True)
    assert of(anna).answered_at is None
    assert client.post(address, {"stage": "closed", "closed_reason": "No budget"}).status_code == 303
    assert "No budget" in client.get(address).content.decode()


def test_a_tampered_an_expired_and_a_void_one_say_so_and_show_nothing(opened, anna):
    client, address, agreement = opened
    for wrong in (address[:-3] + "x/", "/agreements/milestone/x/", f"/agreements/milestone/{'x' * 200}/"):
        page = client.get(wrong)
        assert (page.status_code, "not complete or was changed" in page.content.decode()) == (404, True)
        assert client.post(wrong, {"stage": "met"}).status_code == 404
    Agreement.objects.filter(pk=agreement.pk).update(status="void", void_reason="Wrong")
    for page in (client.get(address), client.post(address, {"stage": "met"})):
        assert page.status_code == 410
        assert "open no more" in page.content.decode()
        assert "Cells for Aurora" not in page.content.decode()
    assert of(anna).answered_at is None


# The desk.


def test_the_desk_shows_what_is_open_and_what_was_said_to_ones_own_side(signed, anna, boris, carla, client_of):
    agreement = signed(1)
    actions.sweep_milestones()
    (asked,) = asked_of(agreement, anna)
    assert (asked.milestone, asked.is_open, [step.stage for step in asked.steps][-1]) == (of(anna), True, "delivering")
    assert asked_of(agreement, carla) == []
    address = f"/desk/agreements/milestones/{of(anna).pk}/"
    for person in (boris, carla):
        assert client_of(person).post(address, {"stage": "met"}).status_code == 404
    assert client_of(anna).get(address).status_code == 405
    answer = client_of(anna).post(address, {"stage": "met"})
    assert (answer.status_code, of(anna).stage, of(anna).way) == (302, "met", "desk")
    assert asked_of(agreement, anna)[0].said == "met again"


def test_laying_and_asking_take_as_many_queries_for_one_party_as_for_many_but_for_the_asking_itself(signed, count_queries):
    signed(0)
    one = count_queries(actions.sweep_milestones)
    for _n in range(3):
        signed(0)
    assert count_queries(actions.sweep_milestones) == one


def test_a_note_goes_with_the_answer_by_link_and_on_the_desk(opened, anna, client_of):
    browser, path, _agreement = opened
    browser.post(path, {"stage": "met", "note": "In Turin, with samples"})
    assert (of(anna).stage, of(anna).note) == ("met", "In Turin, with samples")
    page = browser.get(path).text
    assert "In Turin, with samples</textarea>" in page
    assert 'name="note" value="In Turin, with samples"' in page, "closing it keeps the note"
    desk = client_of(anna)
    assert "In Turin, with samples</textarea>" in desk.get(f"/desk/agreements/{of(anna).agreement_id}/").text
    desk.post(f"/desk/agreements/milestones/{of(anna).pk}/", {"stage": "met", "note": "And in Lyon"})
    assert (of(anna).stage, of(anna).note, of(anna).way) == ("met", "And in Lyon", "desk")


def test_the_mail_names_the_others_in_its_language_and_the_day_that_the_page_names(signed, anna, boris, borealis, client_of):
    type(borealis).objects.filter(pk=borealis.pk).update(name_zh="北极光电池")
    type(anna).objects.filter(pk=anna.pk).update(language="zh-hans")
    signed(1)
    actions.sweep_milestones()
    letter = mails()["anna@example.com"]
    assert "北极光电池" in letter.subject
    assert "Borealis Cells" not in letter.body
    until = milestones.last_day(of(boris))
    assert f"until {long_day(until)}" in mails()["boris@example.com"].body
    assert f"until {long_day(until)}" in Client().get(f"/agreements/milestone/{secret_for('boris@example.com')}/").text


def test_what_was_only_asked_is_no_answer_in_the_history(signed, anna, client_of):
    agreement = signed(1)
    actions.sweep_milestones()
    page = f"/desk/agreements/{agreement.pk}/"
    assert "A party said what became of it" not in client_of(anna).get(page).text
    actions.answer_milestone(of(anna), by=anna, stage="met")
    assert client_of(anna).get(page).text.count("A party said what became of it") == 1
