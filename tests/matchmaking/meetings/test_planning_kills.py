"""A worker is killed while it plans, publishes or tells: nothing is lost, half or there twice. And two who publish one draft at once."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings as site

from matchmaking.meetings import actions
from matchmaking.meetings.actions import publishing
from matchmaking.meetings.models import PlanRun
from tests.matchmaking.meetings.test_problem import waiting
from tests.processes import address_for_others, run_together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]
MEETINGS = 6

START = """
import json, sys, time
from datetime import timedelta
import django
django.setup()
from django.utils import timezone
from expo.accounts.models import User
from expo.foundation.errors import Refused
from expo.foundation.models import Event, OutboxMessage
from expo.foundation.staff import vouched
from matchmaking.meetings import actions
from matchmaking.meetings.actions import news, reseating, working
from matchmaking.meetings.models import Meeting, News, Occupancy, PlannedSeat, PlanRun
from matchmaking.meetings.queries.invariants import breaches
pk = int(sys.argv[1])
organiser = vouched(User.objects.get(email="organiser@example.com"))
later = timezone.now() + timedelta(minutes=2)

def hang(*_args, **_more):
    print("written", flush=True)
    time.sleep(120)
"""
# Its best plan so far is kept, and the planner is still at it.
PLANS = (
    START
    + """
working.SECOND = working.BETWEEN_CHECKPOINTS = 0.0
kept = working._Reporter.note
def note(self, **columns):
    kept(self, **columns)
    if columns.get("checkpoint", {}).get("seats"):
        hang()
working._Reporter.note = note
actions.work_on_plan(pk)
"""
)
# The last thing of the transaction: all rows are written by then, and none of them is committed.
PUBLISHES = (
    START
    + """
reseating.log_all = hang
actions.publish_plan(PlanRun.objects.get(pk=pk), by=organiser)
"""
)
# The same by a worker: the draft is too large to be published in a request.
PUBLISHES_FOR_ANOTHER = (
    START
    + """
from matchmaking.meetings.actions import publishing
publishing.AT_ONCE_MOST = 0
reseating.log_all = hang
actions.publish_plan(PlanRun.objects.get(pk=pk), by=organiser)  # The job does it as soon as it is asked for.
"""
)
TELLS = (
    START
    + """
news.AT_ONCE = 2
posted, steps = news.post, []
def post(messages):
    posted(messages)
    steps.append(len(messages))
    if len(steps) == 2:
        hang()
news.post = post
actions.tell_news(later)
"""
)
GOES_ON = (
    START
    + """
checkpoint = PlanRun.objects.get(pk=pk).checkpoint
assert not actions.work_on_plan(pk), "somebody has the lease"
PlanRun.objects.filter(pk=pk, status="running").update(taken_at=timezone.now() - timedelta(minutes=4))
actions.sweep_plans()
actions.work_on_plan(pk)
run = PlanRun.objects.get(pk=pk)
seats = {one: slot for one, slot, *_rest in checkpoint["seats"]}
lines = dict(PlannedSeat.objects.filter(run=run).values_list("meeting", "slot"))
print(json.dumps([run.status, run.attempts, len(lines), len(seats), Event.objects.filter(verb="draft_plan").count(), breaches()]))
"""
)
PUBLISHES_AGAIN = (
    START
    + """
before = [Meeting.objects.exclude(status="unscheduled").count(), Occupancy.objects.count(), News.objects.count(), PlanRun.objects.get(pk=pk).status]
actions.publish_plan(PlanRun.objects.get(pk=pk), by=organiser)
after = [Meeting.objects.filter(status="scheduled").count(), News.objects.count(), PlanRun.objects.get(pk=pk).status]
print(json.dumps([before, after, breaches()]))
"""
)
THE_NEXT_PUBLISHES = (
    START
    + """
run = PlanRun.objects.get(pk=pk)
before = [Meeting.objects.exclude(status="unscheduled").count(), Occupancy.objects.count(), News.objects.count(), run.status, run.attempts]
assert actions.sweep_publications() == 1
run.refresh_from_db()
after = [Meeting.objects.filter(status="scheduled").count(), News.objects.count(), run.status, run.attempts]
print(json.dumps([before, after, Event.objects.filter(verb="publish_plan").count(), breaches()]))
"""
)
TELLS_THE_REST = (
    START
    + """
left = News.objects.count()
told = actions.tell_news(later)
rows = OutboxMessage.objects.filter(kind="meeting_scheduled").values_list("recipient", "subject")
print(json.dumps([left, told, len(rows), len(set(rows)), News.objects.count()]))
"""
)
RACE = (
    START
    + """
time.sleep(max(0, float(sys.argv[2]) - time.time()))
try:
    done = actions.publish_plan(PlanRun.objects.get(pk=pk), by=organiser)
    print(json.dumps(["published", len(done.scheduled)]))
except Refused as refused:
    print(json.dumps([refused.code, 0]))
"""
)


CARRIES_OUT = (
    START
    + """
time.sleep(max(0, float(sys.argv[2]) - time.time()))
actions.carry_out_publication(pk)
print(json.dumps([PlanRun.objects.get(pk=pk).status, Event.objects.filter(verb="publish_plan").count(), News.objects.count(), breaches()]))
"""
)


@pytest.fixture
def run(stage):
    """A plan that nobody has begun; the job that asks for it would do so at once here."""
    for number in range(MEETINGS):
        waiting(stage, receiver=stage.another() if number else None)
    actions.prepare_places(stage.setup.edition)
    return PlanRun.objects.create(edition=stage.setup.edition, asked_by=stage.organiser)


@pytest.fixture
def process(tmp_path, run):
    """Start a script as a process of its own; all see one database."""
    environment = {
        **os.environ,
        "DATABASE_URL": address_for_others(tmp_path),
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PYTHONPATH": ".",
    }

    def start(script):
        return subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", script, str(run.pk)],
            env=environment,
            cwd=site.BASE_DIR,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    return start


def killed(worker):
    assert worker.stdout.readline() == "written\n"
    worker.kill()
    worker.communicate(timeout=60)


def said(worker):
    return json.loads(worker.communicate(timeout=120)[0])


def test_a_worker_killed_while_it_plans_is_followed_by_another_that_goes_on(process):
    killed(process(PLANS))
    status, attempts, lines, kept, drafts, broken = said(process(GOES_ON))
    assert (status, attempts, lines, drafts, broken) == ("draft", 2, MEETINGS, 1, [])
    assert 0 < kept <= MEETINGS


def test_killed_while_it_publishes_it_has_published_nothing_and_killed_while_it_tells_it_tells_the_rest(process, run):
    assert said(process(START + "print(json.dumps(actions.work_on_plan(pk)))"))
    killed(process(PUBLISHES))
    before, after, broken = said(process(PUBLISHES_AGAIN))
    assert before == [0, 0, 0, "draft"]
    assert after == [MEETINGS, MEETINGS, "published"]
    assert broken == []
    killed(process(TELLS))
    left, told, mails, different, rest = said(process(TELLS_THE_REST))
    assert (left, told, rest) == (MEETINGS - 2, MEETINGS - 2, 0)
    assert mails == different == 2 * MEETINGS


def test_a_worker_killed_while_it_publishes_for_another_is_followed_by_the_next(process, run):
    assert said(process(START + "print(json.dumps(actions.work_on_plan(pk)))"))
    killed(process(PUBLISHES_FOR_ANOTHER))
    before, after, times, broken = said(process(THE_NEXT_PUBLISHES))
    assert before == [0, 0, 0, "publishing", 1]
    assert after == [MEETINGS, MEETINGS, "published", 2]
    assert (times, broken) == (1, [])


def test_of_several_workers_at_once_one_publishes(tmp_path, run, stage, monkeypatch):
    actions.work_on_plan(run.pk)
    monkeypatch.setattr(publishing, "AT_ONCE_MOST", 0)
    monkeypatch.setattr(publishing, "_ask_worker", lambda _run: None)  # The job would do it at once here.
    actions.publish_plan(run, by=stage.organiser)
    answers = [json.loads(one) for one in run_together(tmp_path, CARRIES_OUT, run.pk, processes=4)]
    assert ["published", 1, MEETINGS, []] in answers
    assert all(status in {"publishing", "published"} and broken == [] and times <= 1 for status, times, _news, broken in answers)


def test_of_two_who_publish_at_once_one_does(tmp_path, run):
    actions.work_on_plan(run.pk)
    answers = sorted(json.loads(one) for one in run_together(tmp_path, RACE, run.pk, processes=4))
    assert answers == [["illegal_move", 0]] * 3 + [["published", MEETINGS]]
