"""How messages to webhooks arrive: signed, in order, tried again, given up; and what a bad receiver does to it."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from expo.foundation.models import OutboxMessage
from matchmaking.meetings import actions, signing
from matchmaking.meetings.actions import delivering
from matchmaking.meetings.models import Delivery, Happening, MeetingSetup, Webhook
from tests import builders
from tests.receiver import Receiver, authority

ROOT = Path(__file__).resolve().parents[3]
ALL = list(Happening.values)
Status = Delivery.Status


@pytest.fixture
def receiver(tmp_path, settings):
    trusted, own = authority(tmp_path, "localhost")
    with Receiver(own) as made:
        settings.WEBHOOK_PORTS = frozenset({made.port})
        settings.WEBHOOK_PRIVATE_HOSTS = frozenset({"localhost"})
        settings.WEBHOOK_CA_FILE = str(trusted)
        yield made


@pytest.fixture
def hook(stage, receiver):
    return actions.make_webhook(
        stage.setup.edition, by=stage.organiser, name="Mirror", url=f"https://localhost:{receiver.port}/in", events=ALL
    )


def later(**more):
    """Let all that waits be due, as if so much time had passed."""
    Delivery.objects.open().update(next_attempt_at=timezone.now() - timedelta(seconds=1), **more)


def states():
    return list(Delivery.objects.order_by("pk").values_list("status", "attempts"))


def is_ours():
    """Return the function that the guide gives to receivers, from its very text."""
    (snippet,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "webhooks.md").read_text(), re.DOTALL)
    found = {}
    exec(snippet, found)
    return found["is_ours"]


def test_the_receiver_of_the_guide_knows_our_messages(stage, hook, receiver):
    secret, check = actions.take_secret(hook, by=stage.organiser), is_ours()
    stage.met()
    assert actions.send_due() == 3
    assert [json.loads(body)["type"] for _headers, body in receiver.got] == [
        "meeting_request.sent", "meeting_request.accepted", "meeting.scheduled",
    ]  # fmt: skip
    for headers, body in receiver.got:
        assert check(headers, body, secret)
        assert not check(headers, body + b" ", secret)
        assert not check(headers | {"webhook-id": "another"}, body, secret)
        assert not check(headers, body, "whsec_" + "A" * 43 + "=")
        assert not check(headers | {"webhook-timestamp": str(int(headers["webhook-timestamp"]) - 301)}, body, secret)
    assert {headers["content-type"] for headers, _body in receiver.got} == {"application/json"}
    assert [headers["webhook-id"] for headers, _body in receiver.got] == [str(row.key) for row in Delivery.objects.order_by("pk")]
    assert states() == [(Status.SENT, 1)] * 3
    assert actions.send_due() == 0


def test_for_a_day_the_old_secret_signs_too(stage, hook, receiver):
    check = is_ours()
    old = actions.take_secret(hook, by=stage.organiser)
    actions.rotate_secret(hook, by=stage.organiser)
    new = actions.take_secret(hook, by=stage.organiser)
    actions.try_webhook(hook, by=stage.organiser)
    actions.send_due()
    Webhook.objects.update(rotated_at=timezone.now() - timedelta(hours=24, seconds=1))
    actions.try_webhook(hook, by=stage.organiser)
    actions.send_due()
    (first, body), (second, later_body) = receiver.got
    assert [check(first, body, secret) for secret in (old, new)] == [True, True]
    assert [check(second, later_body, secret) for secret in (old, new)] == [False, True]


def test_a_changed_key_of_the_site_changes_no_secret_while_the_old_one_is_named(stage, hook, receiver, settings):
    secret = actions.take_secret(hook, by=stage.organiser)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another " * 10
    assert signing.secret_of(hook) != secret
    actions.try_webhook(hook, by=stage.organiser)
    actions.send_due()
    headers, body = receiver.got[0]
    assert is_ours()(headers, body, secret)


def test_a_test_says_nothing_of_anybody(stage, hook, receiver):
    actions.try_webhook(hook, by=stage.organiser)
    actions.send_due()
    said = json.loads(receiver.got[0][1])
    assert (said["type"], said["data"]) == ("webhook.test", {})


@pytest.mark.parametrize(
    ("does", "code", "error"),
    [(400, 400, "status"), (500, 500, "status"), (301, 301, "status"), ("redirect", 307, "status"), ("close", None, "answer")],
)
def test_what_fails_is_noted_and_waits(stage, hook, receiver, does, code, error):
    receiver.does = does
    actions.try_webhook(hook, by=stage.organiser)
    assert actions.send_due() == 0
    row = Delivery.objects.get()
    assert (row.status, row.attempts, row.last_status, row.last_error) == (Status.FAILED, 1, code, error)
    assert timedelta(seconds=50) < row.next_attempt_at - timezone.now() <= timedelta(minutes=1)
    assert Webhook.objects.get().failing_since is not None
    assert actions.send_due() == 0
    assert len(receiver.got) == 1
    receiver.does = 200
    later()
    assert actions.send_due() == 1
    row.refresh_from_db()
    assert (row.status, row.attempts, row.last_status, row.last_error) == (Status.SENT, 2, 200, "")
    assert Webhook.objects.get().failing_since is None
    assert receiver.got[0][0]["webhook-id"] == receiver.got[1][0]["webhook-id"]
    assert receiver.got[0][1] == receiver.got[1][1]


@pytest.mark.parametrize("does", ["hang", "drip_head"])
def test_a_slow_receiver_keeps_others_waiting_for_a_moment_only(stage, hook, receiver, does, monkeypatch):
    monkeypatch.setattr("expo.foundation.calling.post.__kwdefaults__", {"seconds": 0.5})
    receiver.does = does
    for _number in range(5):
        actions.try_webhook(hook, by=stage.organiser)
    actions.send_due()
    assert len(receiver.got) == 1
    assert states() == [(Status.FAILED, 1), *[(Status.WAITING, 0)] * 4]
    assert Delivery.objects.order_by("pk")[0].last_error == "time"
    assert not Delivery.objects.open().filter(next_attempt_at__lt=timezone.now() + timedelta(seconds=50)).exists()


def test_it_is_tried_seven_times_over_33_hours_then_given_up_and_told_once(stage, hook, receiver):
    receiver.does = 503
    for _number in range(2):
        actions.try_webhook(hook, by=stage.organiser)
    first = Delivery.objects.order_by("pk")[0]
    waits = []
    for _attempt in range(7):
        later()
        Delivery.objects.exclude(pk=first.pk).update(next_attempt_at=timezone.now() + timedelta(days=9))
        began = timezone.now()
        actions.send_due()
        first.refresh_from_db()
        waits.append(round((first.next_attempt_at - began).total_seconds() / 60))
    assert (first.status, first.attempts, waits[:6]) == (Status.GIVEN_UP, 7, [1, 5, 30, 120, 360, 1440])
    assert sum(waits[:6]) < 33 * 60
    later(attempts=6)
    actions.send_due()
    assert [row.status for row in Delivery.objects.all()] == [Status.GIVEN_UP] * 2
    (mail,) = OutboxMessage.objects.filter(kind="webhook_given_up")
    assert mail.recipient == stage.organiser
    assert f"/organiser/meetings/webhooks/{hook.pk}/" in mail.body
    assert len(receiver.got) == 8


def test_after_three_days_of_failing_it_is_switched_off_and_told(stage, hook, receiver):
    receiver.does = 500
    actions.try_webhook(hook, by=stage.organiser)
    Webhook.objects.update(failing_since=timezone.now() - timedelta(days=3))
    actions.send_due()
    row = Webhook.objects.get()
    assert (row.is_active, row.reason, MeetingSetup.objects.get().has_webhooks) == (False, "failing", False)
    assert OutboxMessage.objects.filter(kind="webhook_switched_off", recipient=stage.organiser).count() == 1
    stage.met()
    assert Delivery.objects.count() == 1
    actions.resume_webhook(row, by=stage.organiser)
    receiver.does = 200
    later()
    assert actions.send_due() == 1


def test_one_that_is_gone_for_good_is_switched_off_at_once(stage, hook, receiver):
    receiver.does = 410
    actions.try_webhook(hook, by=stage.organiser)
    actions.send_due()
    assert (Webhook.objects.get().reason, OutboxMessage.objects.filter(kind="webhook_switched_off").count()) == ("gone", 1)


def test_nothing_goes_out_for_who_may_not_any_more(stage, hook, receiver):
    staff = builders.person(is_staff=True, is_superuser=True)
    actions.pause_webhook(hook, by=staff)
    actions.resume_webhook(hook, by=staff)
    actions.try_webhook(hook, by=staff)
    type(staff).objects.filter(pk=staff.pk).update(is_superuser=False)
    assert actions.send_due() == 0
    assert (receiver.connections, Webhook.objects.get().reason) == (0, "owner")


def test_the_owners_second_factor_is_not_asked_again_by_the_job(stage, hook, receiver, settings):
    actions.try_webhook(hook, by=stage.organiser)
    settings.STAFF_SECOND_FACTOR = True
    assert actions.send_due() == 1


def test_messages_of_one_meeting_come_in_order_and_others_do_not_wait(stage, hook, receiver):
    stage.met(stage.slots[0])
    other = actions.ask(stage.another("exhibitor"), stage.buyer, by=stage.organiser, slot=stage.slots[1])
    poison = str(Delivery.objects.order_by("pk")[0].key)
    receiver.does = lambda headers, _body: 500 if headers["webhook-id"] == poison else 200
    actions.send_due()
    assert [status for status, _attempts in states()] == [Status.FAILED, *[Status.WAITING] * 3]
    Delivery.objects.filter(request=other).update(next_attempt_at=timezone.now())
    assert actions.send_due() == 1
    assert [status for status, _attempts in states()] == [Status.FAILED, Status.WAITING, Status.WAITING, Status.SENT]
    receiver.does = 200
    later()
    assert actions.send_due() == 3
    events = [json.loads(body)["event"] for headers, body in receiver.got[2:]]
    assert events == sorted(events)


def test_a_paused_one_is_told_nothing_and_what_waits_goes_on_afterwards(stage, hook, receiver):
    stage.asked()
    actions.pause_webhook(hook, by=stage.organiser)
    assert actions.send_due() == 0
    actions.accept(stage_request(), by=stage.anna)
    assert (receiver.connections, Delivery.objects.count()) == (0, 1)
    actions.resume_webhook(hook, by=stage.organiser)
    assert actions.send_due() == 1


def stage_request():
    from matchmaking.meetings.models import MeetingRequest

    return MeetingRequest.objects.get()


def test_what_did_not_arrive_is_sent_again_under_the_same_name(stage, hook, receiver):
    receiver.does = 500
    stage.met()
    Delivery.objects.update(status=Status.GIVEN_UP, attempts=7)
    old = Delivery.objects.order_by("pk")[0]
    Delivery.objects.filter(pk=old.pk).update(made_at=timezone.now() - timedelta(hours=2))
    names = [str(row.key) for row in Delivery.objects.order_by("pk")]
    assert actions.replay_failed(hook, by=stage.organiser, since=timezone.now() - timedelta(hours=1)) == 2
    receiver.does = 200
    assert actions.send_due() == 2
    assert actions.replay_failed(hook, by=stage.organiser, since=timezone.now() - timedelta(hours=1)) == 0
    actions.replay_delivery(old, by=stage.organiser)
    assert actions.send_due() == 1
    assert [headers["webhook-id"] for headers, _body in receiver.got] == [*names[1:], names[0]]
    assert states() == [(Status.SENT, 1)] * 3


def test_an_attempt_that_somebody_else_took_is_not_made(stage, hook, receiver):
    actions.try_webhook(hook, by=stage.organiser)
    one, same = Delivery.objects.get(), Delivery.objects.get()
    assert delivering._claim(one)
    assert not delivering._claim(same)


def test_a_name_that_leads_to_a_private_network_is_never_called(stage, hook, receiver, settings):
    settings.WEBHOOK_PRIVATE_HOSTS = frozenset()
    Webhook.objects.update(url=f"https://hooks.example.com:{receiver.port}/")
    actions.try_webhook(hook, by=stage.organiser)
    Webhook.objects.update(url=f"https://localhost.localdomain:{receiver.port}/")
    actions.send_due()
    assert receiver.connections == 0
    assert Delivery.objects.get().last_error in {"network", "lookup"}


def test_what_takes_too_long_goes_on_in_the_next_job(stage, hook, receiver):
    for _number in range(3):
        actions.try_webhook(hook, by=stage.organiser)
    assert actions.send_due(seconds=0) == 0
    assert receiver.connections == 0
    assert actions.send_due() == 3
