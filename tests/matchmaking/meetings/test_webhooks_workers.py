"""Webhooks and workers: killed with a message in their hands, and two at once. Nothing is lost, and nothing is told twice under two names."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter

import pytest
from django.conf import settings as own_settings
from django.utils import timezone

from matchmaking.meetings.models import Delivery, Happening, MeetingSetup, Webhook
from tests import builders
from tests.processes import address_for_others
from tests.receiver import Receiver, authority

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]
MESSAGES, ALL = 40, list(Happening.values)

WORKING = """
import os, sys, time
import django
django.setup()
from django.db import connection
from django.utils import timezone
from matchmaking.meetings import actions
from matchmaking.meetings.actions import delivering
from matchmaking.meetings.models import Delivery
if "unguarded" in sys.argv:  # The control: whoever finds a message due sends it.
    def claim(delivery):
        delivery.attempts += 1
        Delivery.objects.filter(pk=delivery.pk).update(attempts=delivery.attempts)
        return True
    delivering._claim = claim
connection.ensure_connection()
print("ready", flush=True)
while time.time() < float(sys.argv[1]):
    time.sleep(0.005)
print(actions.send_due(seconds=60), flush=True)
"""
COUNTING = """
import django
django.setup()
from collections import Counter
from matchmaking.meetings.models import Delivery
if {later}:
    from django.utils import timezone
    Delivery.objects.open().update(next_attempt_at=timezone.now())
print(sorted(Counter(Delivery.objects.values_list("status", flat=True)).items()), flush=True)
"""


class World:
    """A site that other processes work on, and a receiver that this one is."""

    def __init__(self, folder, receiver, trusted):
        self.receiver, self.folder = receiver, folder
        self.environment = {
            **os.environ,
            "DATABASE_URL": address_for_others(folder),
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "PYTHONPATH": ".",
            "WEBHOOK_PORTS": str(receiver.port),
            "WEBHOOK_PRIVATE_HOSTS": "localhost",
            "WEBHOOK_CA_FILE": str(trusted),
        }

    def begin(self, *arguments, at=0.0):
        command = [sys.executable, "-W", "ignore", "-c", WORKING, str(at), *arguments]
        return subprocess.Popen(command, env=self.environment, stdout=subprocess.PIPE, text=True, cwd=own_settings.BASE_DIR)

    def states(self, *, later=False):
        """Count the messages by state; with `later`, let what waits be due first, as if its time had come."""
        script = COUNTING.format(later=later)
        command = [sys.executable, "-W", "ignore", "-c", script]
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, cwd=own_settings.BASE_DIR, check=True
        ).stdout.strip()

    def names(self):
        return [headers["webhook-id"] for headers, _body in self.receiver.got]


@pytest.fixture
def world(tmp_path, settings):
    trusted, own = authority(tmp_path, "localhost")
    with Receiver(own) as receiver:
        settings.WEBHOOK_PORTS = frozenset({receiver.port})
        settings.WEBHOOK_PRIVATE_HOSTS = frozenset({"localhost"})
        edition = builders.current_edition()
        MeetingSetup.objects.create(edition=edition)
        organiser = builders.person(is_staff=True, is_superuser=True)
        hook = Webhook.objects.create(
            edition=edition, owner=organiser, name="Mirror", url=f"https://localhost:{receiver.port}/", events=ALL
        )
        for number in range(MESSAGES):
            Delivery.objects.create(webhook=hook, event=number, kind="webhook.test", payload={"number": number}, made_at=timezone.now())
        yield World(tmp_path, receiver, trusted)


def test_a_worker_killed_with_a_message_sent_and_not_noted_loses_none(world):
    kills, lock, worker = [], threading.Lock(), None

    def answer(headers, _body):
        """Kill the worker whose message has just come, before it reads that it has: the third, and now and then one more."""
        with lock:
            if len(kills) < 4 and len(world.receiver.got) in {3, 9, 10, 25}:
                kills.append(headers["webhook-id"])
                os.kill(worker.pid, signal.SIGKILL)
        return 204

    world.receiver.does = answer
    for _life in range(8):
        worker = world.begin()
        worker.communicate(timeout=120)
        if world.states(later=True) == f"[('sent', {MESSAGES})]":
            break
    assert len(kills) == 4
    counted = Counter(world.names())
    assert len(counted) == MESSAGES  # None is lost.
    assert {name for name, times in counted.items() if times > 1} == set(
        kills
    )  # Only what was in the hands of a killed one came again, under its name.
    assert set(counted.values()) <= {1, 2, 3}
    assert world.states() == f"[('sent', {MESSAGES})]"
    bodies = {}
    for headers, body in world.receiver.got:
        assert bodies.setdefault(headers["webhook-id"], body) == body


def race(world, *arguments):
    world.receiver.does = slowly
    at = time.time() + 8
    workers = [world.begin(*arguments, at=at) for _one in range(3)]
    for worker in workers:
        worker.communicate(timeout=180)
    return Counter(world.names())


def slowly(_headers, _body):
    time.sleep(0.02)
    return 200


def test_of_several_workers_each_message_is_sent_by_one(world):
    counted = race(world)
    assert len(counted) == MESSAGES
    assert set(counted.values()) == {1}
    assert world.states() == f"[('sent', {MESSAGES})]"


def test_without_the_claim_messages_are_sent_several_times(world):
    assert max(race(world, "unguarded").values()) > 1
