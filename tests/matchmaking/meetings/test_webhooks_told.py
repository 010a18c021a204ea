"""What a webhook is told of, when, and what never."""

import ast
import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission
from django.db import transaction
from django.utils import timezone

from expo.accounts.models import User
from expo.foundation.errors import Invalid, NotAllowed
from expo.foundation.eventlog import log
from expo.foundation.models import Event
from expo.foundation.staff import vouched
from matchmaking.desk.privacy.erasing import erase_person
from matchmaking.desk.privacy.retention import let_go
from matchmaking.marketplace.models import SourcingRequest
from matchmaking.meetings import actions, errors
from matchmaking.meetings.actions.proposing import take_up
from matchmaking.meetings.models import Delivery, Happening, MeetingRequest, MeetingSetup, Webhook
from matchmaking.meetings.queries.told import TOLD
from matchmaking.participants.actions import block_company
from matchmaking.participants.models import Block
from tests import builders
from tests.matchmaking.meetings.stage import begin_in, everything

ROOT = Path(__file__).resolve().parents[3]
ALL = list(Happening.values)
URL = "https://hooks.example.com/x"
# What only the API's answer to one of the two sides, or to staff, has besides.
NOT_TOLD = {
    "meeting-requests": {"side", "is_yours_to_answer", "message", "note"},
    "meetings": {"move", "note"},
    "seats": {"is_yours", "person", "says", "rating"},
}


@pytest.fixture
def hook(stage):
    return actions.make_webhook(stage.setup.edition, by=stage.organiser, name="Mirror", url=URL, events=ALL)


def told():
    return [(row.kind, row.payload["data"]) for row in Delivery.objects.order_by("pk")]


def kinds():
    return [kind for kind, _data in told()]


def test_each_step_is_told_with_the_thing_as_it_is_then(stage, hook):
    meeting = stage.met()
    actions.cancel(meeting, by=stage.anna, reason="no_time", note="ill")
    assert [(kind, data["status"]) for kind, data in told()] == [
        ("meeting_request.sent", "pending"),
        ("meeting_request.accepted", "accepted"),
        ("meeting.scheduled", "scheduled"),
        ("meeting.cancelled", "cancelled"),
    ]
    rows = list(Delivery.objects.order_by("pk"))
    assert {row.request_id for row in rows} == {meeting.request_id}
    assert [row.event for row in rows] == sorted(Event.objects.filter(verb__startswith="meeting").values_list("pk", flat=True))
    assert [row.payload["event"] for row in rows] == [row.event for row in rows]


def test_a_whole_life_is_told(stage, hook):
    request = stage.asked(stage.slots[0])
    actions.counter(request, by=stage.anna, slot=stage.slots[1])
    meeting = actions.accept(MeetingRequest.objects.get(), by=stage.boris)
    move = actions.propose_move(meeting, by=stage.anna, slot=stage.slots[2])
    actions.answer_move(move, by=stage.boris, accept=True)
    begin_in(-60)
    meeting.refresh_from_db()
    actions.say_outcome(meeting, by=stage.anna, says="took_place")
    actions.say_outcome(meeting, by=stage.boris, says="took_place")
    actions.rate(meeting, by=stage.anna, stars=1)
    assert kinds() == [
        "meeting_request.sent",
        "meeting_request.countered",
        "meeting_request.accepted",
        "meeting.scheduled",
        "meeting.moved",
        "meeting.held",
    ]


def test_what_is_told_is_what_the_api_says_to_one_who_is_neither_side(stage, hook, client_of):
    meeting = stage.met()
    last = dict(told())
    staff = client_of(stage.organiser)
    for kind, path, key in (
        ("meeting.scheduled", "meetings", meeting.pk),
        ("meeting_request.accepted", "meeting-requests", meeting.request_id),
    ):
        said, sent = staff.get(f"/api/v1/{path}/{key}/").json(), last[kind]
        assert said.keys() - sent.keys() - {"is_proposal"} == NOT_TOLD[path]
        sent = {name: value for name, value in sent.items() if name not in {"version", "is_proposal"}}
        assert sent.keys() <= said.keys()
        seats = [{name: value for name, value in seat.items() if name not in NOT_TOLD["seats"]} for seat in said.pop("seats", [])]
        assert sent.pop("seats", []) == seats
        assert {name: said[name] for name in sent if name != "version"} == {
            name: value for name, value in sent.items() if name != "version"
        }


def test_nobodys_name_word_or_address_is_told(stage, hook):
    words = ["CanaryMessage", "CanaryNote", "CanaryThread", "CanaryHelper"]
    User.objects.filter(email="anna@example.com").update(phone="+49 30 CANARY")
    request = stage.asked(stage.slots[0], message=words[0])
    actions.write_message(request, by=stage.anna, text=words[2])
    meeting = actions.accept(request, by=stage.anna)
    helper = builders.person("helper@example.com", full_name=words[3])
    builders.member(stage.buyer.company, helper)
    actions.hand_over(meeting, by=stage.anna, person=helper)
    actions.cancel(meeting, by=stage.boris, reason="no_time", note=words[1])
    said = json.dumps([row.payload for row in Delivery.objects.all()])
    people = [text for user in User.objects.all() for text in (user.email, user.full_name, user.phone) if text]
    assert kinds()[-2:] == ["meeting.handed_over", "meeting.cancelled"]
    assert [word for word in [*words, *people] if word in said] == []
    assert "Aurora Motors" in said  # The control: what may be told is there.


def test_erasing_somebody_leaves_nothing_of_them_in_messages(stage, hook):
    stage.met()
    helper = builders.person("owner@example.com", full_name="Olaf Owner", is_staff=True, is_superuser=True)
    Webhook.objects.update(owner=helper)
    User.objects.filter(pk=helper.pk).update(is_staff=False, is_superuser=False)
    helper.refresh_from_db()
    erase_person(helper, by=helper)
    said = json.dumps([list(Delivery.objects.values()), list(Webhook.objects.values())], default=str)
    assert "owner@example.com" not in said
    assert "Olaf" not in said


def test_what_was_not_delivered_is_told_to_nobody(stage, hook):
    Block.objects.create(company=stage.buyer.company, blocked=stage.exhibitor.company)
    request = stage.asked()
    assert request.is_delivered is False
    actions.withdraw(request, by=stage.boris)
    assert told() == []


def test_what_the_planner_lays_ready_is_told_once_its_side_said_yes(stage, hook):
    request = stage.asked(stage.slots[0])
    Delivery.objects.all().delete()
    MeetingRequest.objects.update(is_proposal=True, is_delivered=False, waits_for="sender")
    request.refresh_from_db()
    log(request, "meeting_request.proposed", by=stage.organiser)
    log(request, "meeting_request.new_time", by=None)
    assert told() == []
    take_up(request, by=stage.boris)
    assert kinds() == ["meeting_request.sent"]


def test_that_one_blocks_the_other_is_not_told(stage, hook):
    stage.asked()
    block_company(stage.buyer.company, stage.exhibitor.company, by=stage.anna)
    assert MeetingRequest.objects.get().is_delivered is False
    assert kinds() == ["meeting_request.sent"]


def test_a_buyer_that_hides_its_name_is_named_once_it_accepted(stage, hook, supplier_segment):
    posting = builders.sourcing_request(stage.buyer, supplier_segment, visibility=SourcingRequest.Visibility.NAME_HIDDEN)
    request = stage.asked(postings=[posting])
    actions.counter(request, by=stage.anna, slot=stage.slots[1])
    (sent, countered) = told()
    assert (sent[1]["receiver"], countered[1]["receiver"]) == (None, None)
    assert "Aurora" not in json.dumps([sent, countered])
    actions.accept(MeetingRequest.objects.get(), by=stage.boris)
    accepted, scheduled = told()[2:]
    assert accepted[1]["receiver"]["name"] == "Aurora Motors"
    assert [seat["name"] for seat in scheduled[1]["seats"]] == ["Borealis Cells", "Aurora Motors"]


def test_a_webhook_hears_of_what_it_wants_in_its_own_edition(stage, hook):
    actions.change_webhook(hook, by=stage.organiser, events=["meeting.scheduled"])
    other = builders.edition()
    MeetingSetup.objects.create(edition=other)
    actions.make_webhook(other, by=stage.organiser, name="Other", url=URL, events=ALL)
    stage.met()
    assert [(row.webhook_id, row.kind) for row in Delivery.objects.all()] == [(hook.pk, "meeting.scheduled")]


def test_without_a_webhook_an_accept_asks_nothing_more(stage, count_queries, monkeypatch):
    request = stage.asked(stage.slots[0])

    def asked():
        """Accept, count, and let it not have been."""
        with transaction.atomic():
            count = count_queries(lambda: actions.accept(request, by=stage.anna))
            transaction.set_rollback(True)
        return count

    asked()  # What a process reads once, it has read now.
    without = asked()
    hook = actions.make_webhook(stage.setup.edition, by=stage.organiser, name="Mirror", url=URL, events=ALL)
    with_one = asked()
    actions.pause_webhook(hook, by=stage.organiser)
    assert MeetingSetup.objects.get().has_webhooks is False
    paused = asked()
    monkeypatch.setattr("expo.foundation.eventlog.READERS", [])
    assert without == paused == asked()
    # The webhooks; the request, its postings; the meeting, its postings, its seats; the messages.
    assert with_one == without + 7


def test_a_refused_step_tells_nothing(stage, hook):
    request = stage.asked()
    before = everything()
    with pytest.raises(NotAllowed):
        actions.accept(request, by=stage.carla)
    assert everything() == before


def test_every_verb_of_the_log_is_told_as_the_guide_says():
    guide = (ROOT / "docs" / "webhooks.md").read_text().partition("## What is told")[2]
    said = {}
    for line in guide.splitlines():
        if line.startswith("| `"):
            verbs, event = line.strip("|").split("|")
            for verb in re.findall(r"`([\w.]+)`", verbs):
                said[verb] = re.findall(r"`([\w.]+)`", event)
    assert {verb: event for verb, event in said.items() if event} == {verb: [kind.value] for verb, kind in TOLD.items()}
    assert {verb for verb, event in said.items() if not event} == verbs_in_code() - TOLD.keys()


def verbs_in_code():
    """Return every verb that this room writes about requests, meetings and times."""
    found = {"meeting_reminder", "meeting_unassigned"}  # Logged under the name of their mail.
    for file in (ROOT / "matchmaking" / "meetings" / "actions").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and re.fullmatch(r"meeting(_request|_time)?\.[a-z_]+", node.value)
            ):
                found.add(node.value)
    return found


def test_who_may_not_keep_webhooks_sets_up_none(stage, hook):
    before = everything()
    delivery = actions.try_webhook(hook, by=stage.organiser)
    looks_after = builders.person(is_staff=True)
    looks_after.user_permissions.set(Permission.objects.filter(codename__in=["change_meeting", "change_meetingsetup"]))
    before = everything()
    for person in (stage.anna, stage.carla, looks_after):
        for step in (
            lambda person: actions.make_webhook(stage.setup.edition, by=person, name="x", url=URL, events=ALL),
            lambda person: actions.change_webhook(hook, by=person, name="x"),
            lambda person: actions.pause_webhook(hook, by=person),
            lambda person: actions.resume_webhook(hook, by=person),
            lambda person: actions.rotate_secret(hook, by=person),
            lambda person: actions.take_secret(hook, by=person),
            lambda person: actions.try_webhook(hook, by=person),
            lambda person: actions.replay_delivery(delivery, by=person),
            lambda person: actions.replay_failed(hook, by=person, since=timezone.now()),
            lambda person: actions.delete_webhook(hook, by=person),
        ):
            with pytest.raises(NotAllowed):
                step(person)
    assert everything() == before


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"url": "http://hooks.example.com/"}, "url"),
        ({"url": "https://127.0.0.1/"}, "url"),
        ({"url": "https://hooks.example.com:22/"}, "url"),
        ({"events": []}, "events"),
        ({"events": ["meeting.scheduled", "webhook.test"]}, "events"),
    ],
)
def test_what_is_no_webhook_is_refused(stage, fields, wrong):
    before = everything()
    with pytest.raises(Invalid) as refused:
        actions.make_webhook(stage.setup.edition, by=stage.organiser, **({"name": "x", "url": URL, "events": ALL} | fields))
    assert list(refused.value.fields) == [wrong]
    assert everything() == before


def test_the_twenty_first_is_refused(stage):
    for number in range(20):
        actions.make_webhook(stage.setup.edition, by=stage.organiser, name=f"No. {number}", url=URL, events=ALL)
    with pytest.raises(errors.TooManyWebhooks):
        actions.make_webhook(stage.setup.edition, by=stage.organiser, name="x", url=URL, events=ALL)


def test_the_secret_is_given_once_and_stored_nowhere(stage, hook):
    secret = actions.take_secret(hook, by=stage.organiser)
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", secret)
    with pytest.raises(errors.SecretTaken):
        actions.take_secret(hook, by=stage.organiser)
    actions.rotate_secret(hook, by=stage.organiser)
    assert actions.take_secret(hook, by=stage.organiser) != secret
    said = json.dumps([list(model.objects.values()) for model in (Webhook, Delivery, Event)], default=str)
    assert secret.removeprefix("whsec_") not in said


def test_deleting_takes_the_messages_along_and_the_note(stage, hook):
    stage.met()
    assert Delivery.objects.count() == 3
    actions.delete_webhook(hook, by=stage.organiser)
    assert (Webhook.objects.count(), Delivery.objects.count(), MeetingSetup.objects.get().has_webhooks) == (0, 0, False)


def test_messages_are_kept_for_thirty_days(stage, hook):
    stage.met()
    first = Delivery.objects.order_by("pk")[0]
    Delivery.objects.filter(pk=first.pk).update(made_at=timezone.now() - timedelta(days=32))
    let_go(timezone.localdate())
    assert first.pk not in set(Delivery.objects.values_list("pk", flat=True))
    assert Delivery.objects.count() == 2


def test_nobody_else_reads_webhooks(stage, hook):
    assert not Webhook.objects.visible_to(stage.anna).exists()
    assert not Delivery.objects.visible_to(stage.carla).exists()
    assert Webhook.objects.visible_to(vouched(stage.organiser)).exists()
