"""Limits of the API: exact at the limit whatever happens at once, honest headers, and no writing for a look at a page."""

from itertools import pairwise

import pytest
from django.test import Client

from expo.accounts import actions
from expo.foundation import limits
from expo.foundation.models import RequestCount
from tests import processes

NOW = 1_800_000_000.0  # the first second of a minute, far from midnight
LIST = "/api/v1/editions/"
RACE = """
import sys, time
import django
django.setup()
from django.conf import settings
from expo.foundation import limits
settings.API_LIMITS = {"key": (100, 1_000_000)}
writes, guard, start = sys.argv[1] == "writes", sys.argv[2] == "guard", float(sys.argv[3])
limits.time = type("clock", (), {"time": staticmethod(lambda: 1_800_000_000.0)})
if not guard:  # the control: counting and asking in two steps, as a limit is often written
    def grant(caller, n, now, per_minute, per_day):
        row = limits.RequestCount.objects.filter(caller=caller).first()
        time.sleep(0.002)
        if row and row.in_minute + n > per_minute:
            return None
        limits.RequestCount.objects.update_or_create(
            caller=caller, defaults={"minute": now // 60, "day": now // 86400, "in_minute": (row.in_minute if row else 0) + n, "in_day": 0}
        )
        return (row.in_minute if row else 0) + n, 0
    limits._grant = grant
time.sleep(max(start - time.time(), 0))
print(sum(limits.take("key:1", writes=writes).granted for _try in range(150)))
"""


@pytest.fixture
def at(monkeypatch):
    """Set the clock of the limits."""

    def set_clock(moment):
        monkeypatch.setattr(limits, "time", type("clock", (), {"time": staticmethod(lambda: moment)}))

    set_clock(NOW)
    return set_clock


@pytest.fixture
def few(settings):
    settings.API_LIMITS = {"key": (50, 120), "user": (30, 60), "address": (30, 60)}


def granted(caller, *, writes=False, tries=200):
    return sum(limits.take(caller, writes=writes).granted for _try in range(tries))


def test_no_more_than_the_limit_in_a_minute_and_in_a_day(db, at, few):
    assert [granted("key:1"), granted("key:1", writes=True)] == [50, 0]
    at(NOW + 60)
    assert granted("key:1", writes=True) == 50
    at(NOW + 120)
    assert granted("key:1") == 20
    assert limits.take("key:1", writes=False).reset > 3600
    at(NOW + 86_400)
    assert granted("key:1") == 50
    assert granted("key:2") == 50


def test_processes_share_the_limit(db, at, few):
    """A process that starts anew holds nothing, and finds the row."""
    total = 0
    for _process in range(5):
        limits.forget_what_is_held()
        total += granted("key:1", tries=15)
    assert total <= 50
    assert RequestCount.objects.get().in_minute == 50


def test_what_is_left_is_never_overstated_and_only_falls(db, at, few):
    said = [limits.take("key:1", writes=False) for _try in range(50)]
    assert [one.remaining for one in said] == list(range(49, -1, -1))
    assert {(one.limit, one.reset) for one in said} == {(50, 61)}
    assert all(one.remaining > other.remaining for one, other in pairwise(said))
    assert not limits.take("key:1", writes=False).granted


def test_six_hundred_reads_write_thirty_times(db, at, settings, django_assert_num_queries):
    settings.API_LIMITS = {"key": (600, 50_000)}
    with django_assert_num_queries(34):
        assert granted("key:1", tries=600) == 600


def test_a_look_without_a_key_writes_nothing(db, at, few, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert granted("address:a", tries=20) == 20
    assert granted("address:a") == 10  # The first twenty are counted with the next.
    assert RequestCount.objects.get().in_minute == 30


def test_being_refused_costs_no_query(db, at, few, django_assert_num_queries):
    granted("key:1")
    with django_assert_num_queries(0):
        assert granted("key:1", tries=100) == 0


def test_a_read_is_granted_on_credit_while_the_database_is_busy(db, at, few, monkeypatch):
    def busy(*_given):
        raise limits.OperationalError("database is locked")

    with monkeypatch.context() as patched:
        patched.setattr(limits, "_grant", busy)
        assert granted("key:1", tries=5) == 5
    assert granted("key:1") == 45
    assert RequestCount.objects.get().in_minute == 50


def test_every_answer_states_the_limit(db, client, carla, few, at):
    _key, secret = actions.make_key(carla, by=carla, name="K", scope="read", days=1, with_second_factor=False)
    holder = Client(headers={"authorization": f"Bearer {secret}"})
    answers = [
        holder.get(LIST),
        client.get(LIST),
        client.get("/api/v1/nothing/"),
        client.post(LIST),
        holder.post(LIST),
        client.get("/api/v1/me/"),
    ]
    answers += [
        client.get("/api/v1/schema/"),
        client.get("/api/v1/docs/"),
        client.get("/api/v1/"),
        Client(headers={"authorization": "Bearer x"}).get(LIST),
    ]
    for answer in answers:
        assert int(answer["RateLimit-Limit"]) in {50, 30}
        assert 0 <= int(answer["RateLimit-Remaining"]) < 50
        assert 0 < int(answer["RateLimit-Reset"]) <= 61
    assert answers[0]["RateLimit-Policy"] == "50;w=60, 120;w=86400"
    assert "RateLimit-Limit" not in client.get("/")


def test_who_comes_too_often_waits(db, client, few, at):
    statuses = [client.get(LIST).status_code for _try in range(40)]
    assert statuses == [200] * 30 + [429] * 10
    answer = client.get(LIST)
    assert (answer.json()["code"], answer["Retry-After"], answer["RateLimit-Remaining"]) == ("throttled", "61", "0")
    assert client.get("/api/v1/nothing/").status_code == 429
    assert client.get(LIST, REMOTE_ADDR="203.0.113.9").status_code == 200
    at(NOW + 61)
    assert client.get(LIST).status_code == 200


def test_guessing_keys_is_counted(db, few, at):
    guesser = Client(headers={"authorization": "Bearer guess"})
    assert [guesser.get(LIST).status_code for _try in range(40)].count(429) == 10


def test_a_forged_header_is_no_other_address(db, client, few, at):
    statuses = [client.get(LIST, headers={"x-forwarded-for": f"198.51.100.{number}"}).status_code for number in range(40)]
    assert statuses.count(429) == 10


def test_ipv6_is_counted_by_its_network(db, client, few, at):
    statuses = [client.get(LIST, REMOTE_ADDR=f"2001:db8::{number:x}").status_code for number in range(40)]
    assert statuses.count(429) == 10


def test_an_address_is_kept_as_a_digest(db, client, few, at):
    for _try in range(25):
        client.get(LIST, REMOTE_ADDR="203.0.113.9")
    assert "203.0.113" not in RequestCount.objects.get().caller


def test_old_counts_are_forgotten(db):
    for day, name in ((0, "old"), (10**6, "new")):
        RequestCount.objects.create(caller=name, minute=0, in_minute=1, day=day, in_day=1)
    assert (limits.forget_old_counts(), RequestCount.objects.get().caller) == (1, "new")


def race(tmp_path, writes, guard):
    return sum(map(int, processes.run_together(tmp_path, RACE, writes, guard)))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["reads", "writes"])
def test_four_processes_get_exactly_the_limit(tmp_path, kind):
    assert race(tmp_path, kind, "guard") == 100


@pytest.mark.django_db(transaction=True)
def test_control_counting_in_two_steps_lets_more_through(tmp_path):
    assert race(tmp_path, "writes", "none") > 100
