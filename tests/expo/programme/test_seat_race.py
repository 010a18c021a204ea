"""Who is first at the last seat. Only PostgreSQL lets them truly meet; SQLite takes one writer at a time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection, connections
from django.utils import timezone

from expo.foundation.errors import Refused
from expo.programme.actions import give_back_seat, reserve_seat
from expo.programme.models import Forum, Seat
from tests import builders

SEATS, RACERS = 3, 8
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time"),
]


def race(forum, people, act):
    """Let all act at once, each with its own connection; return the codes of the refusals."""
    start = Barrier(len(people))

    def run(person):
        try:
            start.wait(10)
            act(Forum.objects.get(pk=forum.pk), by=person)
        except Refused as refused:
            return refused.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(people)) as pool:
        return [code for code in pool.map(run, people) if code]


@pytest.fixture
def forum():
    return builders.forum(builders.current_edition(), capacity=SEATS, starts_at=timezone.now() + timedelta(days=1))


def test_eight_at_once_take_three_seats(forum):
    people = [builders.person() for _ in range(RACERS)]
    assert race(forum, people, reserve_seat) == ["forum_is_full"] * (RACERS - SEATS)
    forum.refresh_from_db()
    assert (Seat.objects.count(), forum.seats_taken) == (SEATS, SEATS)


def test_one_person_pressing_eight_times_takes_one_seat_and_gives_one_back(forum):
    anna = builders.person()
    assert race(forum, [anna] * RACERS, reserve_seat) == ["seat_reserved_already"] * (RACERS - 1)
    assert race(forum, [anna] * RACERS, give_back_seat) == ["no_seat_to_give_back"] * (RACERS - 1)
    forum.refresh_from_db()
    assert (Seat.objects.count(), forum.seats_taken) == (0, 0)
