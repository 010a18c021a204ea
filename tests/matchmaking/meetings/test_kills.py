"""Web, worker and database are killed while bookings pour in: what was answered is there, nothing is half, and nothing is there twice."""

import json
import os
import random
import threading
import time
import uuid
from collections import Counter
from http.client import HTTPException

import pytest
from django.db import connection

from expo.foundation.models import OutboxMessage
from tests import figures
from tests.databases import killable_copy
from tests.live import Site
from tests.matchmaking.meetings.crowd import company, key_of, timetable

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]
KILLS = dict(zip(("web", "worker", "database"), map(int, os.environ.get("KILLS", "20 10 5").split()), strict=True))
ANSWERS_BETWEEN = int(os.environ.get("ANSWERS_BETWEEN_KILLS", "5"))
BUYERS, SELLERS, DAYS, SLOTS = 8, 4, 4, 24
LONGEST_SECONDS = 60 * sum(KILLS.values())
IMPORTS = """
from django.utils import timezone
from expo.foundation.models import Event, OutboxMessage
from expo.foundation.outbox import AT_ONCE, send_waiting_messages
"""
MAIL_THE_REST = "[OutboxMessage.objects.filter(sent_at=None).update(next_attempt_at=timezone.now()), send_waiting_messages(most=100_000)]"
FOUND = """{
    "breaches": breaches(),
    "requests": list(MeetingRequest.objects.values_list("pk", flat=True)),
    "meetings": list(Meeting.objects.values_list("pk", "status", "slot", "moves")),
    "log": list(Event.objects.filter(verb__startswith="meeting").values_list("verb", "thing_id")),
    "mails": list(OutboxMessage.objects.filter(way=AT_ONCE).values_list("message_id", "kind")),
    "unsent": OutboxMessage.objects.filter(way=AT_ONCE, sent_at=None).count(),
}"""


class Bookings(threading.Thread):
    """One pair of companies that asks, accepts, moves and cancels, and repeats what was not answered under the same key until it is."""

    def __init__(self, site, pair, keys, slots, counts):
        super().__init__(daemon=True)
        self.site, self.pair, self.keys, self.slots, self.counts = site, pair, keys, slots, counts
        self.done = {}  # By number of the meeting: what was answered of it last.
        self.asked, self.moves, self.is_to_stop, self.chance = [], Counter(), False, random.Random(pair["sender"])

    def run(self):
        while not self.is_to_stop:
            request = self.act("sender", "meeting-requests/", self.pair)["id"]
            self.asked.append(request)
            meeting = self.act("receiver", f"meeting-requests/{request}/accept/", {})["meeting"]
            self.done[meeting] = ["scheduled", None]
            if self.chance.random() < 0.5:
                self.move(meeting, self.chance.choice(self.slots))
            if self.is_to_stop:
                return
            self.act(self.chance.choice(["sender", "receiver"]), f"meetings/{meeting}/cancel/", {"reason": "no_time"})
            self.done[meeting][0] = "cancelled"

    def move(self, meeting, slot):
        proposed = self.act("sender", f"meetings/{meeting}/propose-move/", {"slot": slot}, may_fail=True)
        if proposed and self.act("receiver", f"meetings/{meeting}/answer-move/", {"accept": True}, may_fail=True):
            self.done[meeting] = ["scheduled", slot]
            self.moves[meeting] += 1

    def act(self, side, path, body, *, may_fail=False):
        """Return the answer of a write, however often it must be sent; None where it is refused and may be."""
        name = str(uuid.uuid4())
        while True:
            try:
                status, _headers, said = self.site.call("POST", f"/api/v1/{path}", key=self.keys[side], body=body, name=name)
            except (OSError, HTTPException):
                self.counts["unanswered"] += 1
                time.sleep(0.1)
                continue
            self.counts[status] += 1
            if status in {200, 201}:
                return json.loads(said)
            assert status in {409, 503}, said
            if status == 409 and may_fail and b"still_running" not in said:
                return None
            name = name if status >= 500 or b"still_running" in said else str(uuid.uuid4())  # Somebody was quicker: asked anew.
            time.sleep(0.1)


class Killer:
    """Kills what has done something since it was started, until each was killed as often as it should be."""

    def __init__(self, site, copy, counts):
        self.site, self.copy, self.counts = site, copy, counts
        self.left, self.chance = dict(KILLS), random.Random(1)
        self.marks = dict.fromkeys(KILLS, (0, 0))

    def done(self):
        return sum(self.counts[status] for status in (200, 201)), len(self.site.mailbox.taken)

    def is_ripe(self, name):
        answered, mailed = (now - then for now, then in zip(self.done(), self.marks[name], strict=True))
        return self.left[name] and (mailed > 2 if name == "worker" else answered > ANSWERS_BETWEEN)

    def run(self):
        until = time.monotonic() + LONGEST_SECONDS
        while any(self.left.values()) and time.monotonic() < until:
            time.sleep(self.chance.uniform(0.05, 0.4))
            ripe = [name for name in self.left if self.is_ripe(name)]
            if ripe:
                name = self.chance.choice(ripe)
                getattr(self, name)()
                self.left[name] -= 1
                self.marks[name] = self.done()
            for name in ("web", "worker"):
                if self.site.running[name].poll() is not None:  # As systemd does: the worker ends when its database does.
                    self.site.start(name)
        assert not any(self.left.values()), (self.left, self.counts)

    def web(self):
        if self.left["web"] % 5:
            self.site.kill_one("web")
        else:
            self.again("web")

    def worker(self):
        self.again("worker")

    def again(self, *names):
        for name in names:
            self.site.kill(name)
        for name in names:
            self.site.start(name)

    def database(self):
        """PostgreSQL with all its processes, or its first alone; of SQLite whoever has the file open."""
        if connection.vendor == "postgresql":
            self.copy.kill(with_all=self.left["database"] % 2 == 1)
            self.copy.start()
        else:
            self.again("web", "worker")


def test_what_was_answered_is_there_whatever_is_killed(tmp_path):
    setup = timetable(SLOTS, tables=20, days=DAYS)
    slots = list(setup.edition.slots.values_list("pk", flat=True))
    sellers = [company(setup) for _number in range(SELLERS)]
    buyers = [company(setup, "buyer") for _number in range(BUYERS)]
    keys = {one.pk: key_of(person) for one, person in sellers + buyers}
    counts, sent_before = Counter(), set(OutboxMessage.objects.values_list("message_id", flat=True))
    with killable_copy(tmp_path) as database, Site(database.address, tmp_path) as site:
        site.start("web")
        site.start("worker")
        site.until_it_answers()
        pouring = []
        for number, (buyer, _person) in enumerate(buyers):
            seller = sellers[number % SELLERS][0]
            pair = {"sender": buyer.pk, "receiver": seller.pk}
            pouring.append(Bookings(site, pair, {"sender": keys[buyer.pk], "receiver": keys[seller.pk]}, slots, counts))
        for one in pouring:
            one.start()
        began = time.monotonic()
        Killer(site, database, counts).run()
        for one in pouring:
            one.is_to_stop = True
        for one in pouring:
            one.join(120)
            assert not one.is_alive()
        seconds = round(time.monotonic() - began)
        site.kill("worker")
        site.tell(MAIL_THE_REST, imports=IMPORTS)
        found = site.tell(FOUND, imports=IMPORTS)
        mailed = Counter(site.mailbox.taken)
    booked = {key: last for one in pouring for key, last in one.done.items()}
    nothing_is_lost_half_or_twice(found, pouring, booked)
    twice = every_mail_came(found, mailed, sent_before, booked)
    figures.note(
        "kills",
        kills=KILLS,
        seconds=seconds,
        acknowledged=counts[200] + counts[201],
        bookings=len(booked),
        answers={str(status): count for status, count in counts.items()},
        mails=len(mailed),
        mails_twice=twice,
    )


def nothing_is_lost_half_or_twice(found, pouring, booked):
    """What was asked was repeated until it was answered: so all that is there was answered, and all that was answered is there."""
    assert found["breaches"] == []
    assert sorted(found["requests"]) == sorted(key for one in pouring for key in one.asked)
    assert sorted(key for key, *_rest in found["meetings"]) == sorted(booked)
    moved = sum((one.moves for one in pouring), Counter())
    for key, status, slot, moves in found["meetings"]:
        assert status == booked[key][0]
        assert booked[key][1] in {None, slot}
        assert moves == moved[key]
    log = Counter((verb, int(key)) for verb, key in found["log"])
    assert {key: count for (verb, key), count in log.items() if verb == "meeting.scheduled"} == dict.fromkeys(booked, 1)
    ended = [key for key, last in booked.items() if last[0] == "cancelled"]
    assert {key: count for (verb, key), count in log.items() if verb == "meeting.cancelled"} == dict.fromkeys(ended, 1)


def every_mail_came(found, mailed, sent_before, booked):
    """Return how many came twice: no more than were killed between sending and noting it, each under its Message-ID."""
    kinds = Counter(kind for name, kind in found["mails"] if name not in sent_before)
    assert kinds["meeting_scheduled"] == 2 * len(booked)
    assert kinds["meeting_cancelled"] == 2 * sum(last[0] == "cancelled" for last in booked.values())
    assert found["unsent"] == 0
    assert set(mailed) == {name for name, _kind in found["mails"]} - sent_before
    twice = sum(mailed.values()) - len(mailed)
    assert twice <= KILLS["worker"] + KILLS["database"]
    return twice
