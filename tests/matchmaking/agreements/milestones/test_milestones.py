"""What became of an agreement: asked on its day, reminded once, answered with one click, and never lost or doubled."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from django.utils import timezone

from expo.foundation.errors import NotAllowed
from expo.foundation.models import Event, OutboxMessage
from expo.foundation.outbox import send_waiting_messages
from matchmaking.agreements import actions, errors
from matchmaking.agreements.actions import milestones
from matchmaking.agreements.models import Agreement, Milestone
from matchmaking.agreements.queries import history
from matchmaking.agreements.queries.links import digest_of
from matchmaking.agreements.queries.milestones import today_of
from matchmaking.participants.models import Member
from tests import builders
from tests.matchmaking.agreements.milestones.asked import ADDRESS, mails, of, secret_for


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


def test_what_was_asked_does_not_crowd_out_what_was_said(signed, anna, monkeypatch):
    agreement = signed(1)
    actions.sweep_milestones()
    actions.answer_milestone(of(anna), by=anna, stage="met")
    monkeypatch.setattr(history, "MOST_EVENTS", 1)
    said = [words for _at, words in history.history_of(agreement, agreement.parties_in_order())]
    assert said == ["A party said what became of it, by Aurora Motors"]
