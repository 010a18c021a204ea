"""Two worker processes share the shards of a run through a real Redis; one of them is killed in the middle."""

import os
import shutil
import socket
import subprocess
import sys
import time

import pytest
from django.conf import settings as site
from django.core.management import CommandError, call_command

from tests import builders
from tests.matchmaking.matching.matched import CELL, WANTED, another_buyer, another_exhibitor, rows, run
from tests.processes import address_for_others
from tools.machine import install_debian_packages

HOWTO = "No Redis, and none can be installed here: as root, run `apt-get install redis-server`. THE SHARED QUEUE WAS NOT TESTED."
ROW = ("request", "offer", "score", "request_rank", "offer_rank", "near_rank")
SETUP = """
import sys, time, warnings
warnings.simplefilter("ignore")
import django
django.setup()
from django.core.management import call_command
"""
WORK = "call_command('work_shards', verbosity=0)"
# It takes a shard, says so, and never comes to its end.
HANG = """
from matchmaking.matching.actions import runs
def hang(*given):
    print("taken", flush=True)
    time.sleep(300)
runs._work_out = hang
call_command("work_shards", verbosity=0)
"""
START = """
from expo.editions.models import Edition
from matchmaking.matching.actions import start_run
print(start_run(Edition.objects.get(is_current=True), by=None).pk, flush=True)
"""
SWEEP = """
from django.utils import timezone
from datetime import timedelta
from matchmaking.matching.actions import sweep_runs
from matchmaking.matching.models import Shard
Shard.objects.filter(status="taken").update(taken_at=timezone.now() - timedelta(minutes=11))
sweep_runs()
"""
DONE = """
from matchmaking.matching.models import Shard
print(Shard.objects.filter(run__status="running", status="done").count())
"""
TELL = f"""
ROW = {ROW}
from matchmaking.matching.models import Match, MatchRun
run = MatchRun.objects.order_by("-pk").first()
print(run.status, flush=True)
for row in Match.objects.filter(run=run).order_by("request", "offer").values_list(*ROW):
    print(*row)
"""
PASSWORD = "only-for-this-test"


@pytest.fixture
def redis(tmp_path):
    """A Redis of this test's own, on a port that is free."""
    program = shutil.which("redis-server")
    if program is None and install_debian_packages("redis-server"):
        program = shutil.which("redis-server")
    if program is None:
        pytest.skip(HOWTO)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        program,
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--appendonly",
        "no",
        "--dir",
        str(tmp_path),
        "--requirepass",
        PASSWORD,
    ]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(lambda: socket.create_connection(("127.0.0.1", port), timeout=1).close() is None)
        yield f"redis://:{PASSWORD}@127.0.0.1:{port}/0"
    finally:
        server.kill()
        server.wait(timeout=30)


def until(true, seconds=90):
    """Wait until it is true; whatever it raises meanwhile counts as not yet."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if true():
                return
        except OSError:
            pass
        time.sleep(0.2)
    raise AssertionError("It did not come about in time.")


@pytest.fixture
def process(redis, tmp_path):
    """Start another process of the site, which sees a copy of the test's database (on PostgreSQL the database itself) and the Redis."""
    environment = {
        **os.environ,
        "DATABASE_URL": address_for_others(tmp_path),
        "DJANGO_SETTINGS_MODULE": "tests.settings_of_processes",
        "PYTHONPATH": ".",
        "REDIS_URL": redis,
        "TASKS_BACKEND": "redis",
        "PLAIN_HTTP": "true",
    }
    running = []

    def start(script):
        command = [sys.executable, "-W", "ignore", "-c", SETUP + script]
        made = subprocess.Popen(command, env=environment, cwd=site.BASE_DIR, stdout=subprocess.PIPE, text=True)
        running.append(made)
        return made

    yield start
    for one in running:
        one.kill()
        one.communicate(timeout=30)


def told(process, script):
    return process(script).communicate(timeout=90)[0].splitlines()


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_two_workers_share_a_run_and_one_that_is_killed_is_made_up_for(chain, edition, request):
    for number in range(4):
        segment = builders.segment(chain)
        for place in range(3):
            builders.offer(another_exhibitor(edition, f"Seller {number} {place}"), segment, **CELL, lead_time_days=10 * place)
            builders.sourcing_request(another_buyer(edition, f"Buyer {number} {place}"), segment, **WANTED)
    expected = [" ".join(map(str, row)) for row in rows(run(edition))]
    assert len(expected) >= 36
    process = request.getfixturevalue("process")  # Only now: on SQLite it sees a copy of what is there.
    assert len(told(process, START)) == 1
    doomed = process(HANG)
    assert doomed.stdout.readline() == "taken\n"
    for _worker in range(2):
        process(WORK)
    until(lambda: told(process, DONE) == ["3"])
    assert told(process, TELL)[0] == "running"
    doomed.kill()
    told(process, SWEEP)
    until(lambda: told(process, TELL)[0] == "in_force")
    assert told(process, TELL)[1:] == expected


def test_without_redis_the_command_says_who_works_on_shards():
    with pytest.raises(CommandError, match="db_worker"):
        call_command("work_shards")
