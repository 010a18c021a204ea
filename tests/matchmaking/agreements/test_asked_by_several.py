"""Several workers ask at once, one of them is killed, and staff enter the same figure at once: everything happens once, nothing is lost."""

import json
from collections import Counter
from datetime import date, timedelta

import pytest

from matchmaking.agreements.models import Agreement
from matchmaking.agreements.queries.milestones import today_of
from tests import builders
from tests.processes import run_together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]
PROCESSES, AGREEMENTS = 4, 15

BEGINNING = """
import json, os, sys, time
from datetime import datetime, timedelta, timezone as zones
from decimal import Decimal
import django
django.setup()
from django.utils import timezone
from expo.accounts.models import User
from expo.editions.actions import Measured, correct_statistic, enter_statistic
from expo.editions.models import Edition, Metric, Statistic
from expo.foundation.errors import Refused
from expo.foundation.models import Event, OutboxMessage
from matchmaking.agreements.actions import milestones
from matchmaking.agreements.models import Milestone

folder = sys.argv[1]

def number():
    for one in range(100):
        try:
            os.close(os.open(os.path.join(folder, f"process-{one}"), os.O_CREAT | os.O_EXCL))
            return one
        except FileExistsError:
            continue

def outcome(act):
    try:
        act()
        return "done"
    except Refused as refused:
        return refused.code
    except Exception as fault:
        return type(fault).__name__ + ": " + str(fault)[:300]

def wait_for_all(who):
    open(os.path.join(folder, f"done-{mine}"), "w").close()
    until = time.time() + 90
    while time.time() < until and not all(os.path.exists(os.path.join(folder, f"done-{one}")) for one in who):
        time.sleep(0.02)

mine = number()
time.sleep(max(0, float(sys.argv[-1]) - time.time()))
"""

SWEEPING = f"""{BEGINNING}
if mine == 0:
    calls, really = [], milestones.ledger_log
    def dies(*args, **kwargs):
        calls.append(1)
        if len(calls) == 4:
            open(os.path.join(folder, "done-0"), "w").close()
            os._exit(9)  # In the middle of a transaction, with the mails written.
        return really(*args, **kwargs)
    milestones.ledger_log = dies
for moment in (timezone.now(), timezone.now() + timedelta(days=7)):
    while milestones.sweep_milestones(moment):
        pass
wait_for_all(range({PROCESSES}))
while any(milestones.sweep_milestones(moment) for moment in (timezone.now(), timezone.now() + timedelta(days=7))):
    pass
print(json.dumps({{
    "laid": Milestone.objects.count(),
    "asked": Milestone.objects.filter(asked_at__isnull=False).count(),
    "reminded": Milestone.objects.filter(reminded_at__isnull=False).count(),
    "mails": list(OutboxMessage.objects.values_list("kind", "recipient__email").order_by("pk")),
    "lines": list(Event.objects.filter(verb="milestone").values_list("data__step", "data__party", "data__days")),
}}))
"""

CORRECTING = f"""{BEGINNING}
by, edition, metric = User.objects.get(is_staff=True), Edition.objects.get(is_current=True), Metric.objects.get(key="audience_offline")
def said(value):
    return Measured(Decimal(value), "Gates", datetime(2027, 6, 20, tzinfo=zones.utc) - timedelta(days=360))
found = ["enter " + outcome(lambda: enter_statistic(edition, metric, by=by, given=said(100 + mine)))]
wait_for_all(range({PROCESSES}))
row = Statistic.objects.get(replaces=None)
found.append("correct " + outcome(lambda: correct_statistic(row, by=by, given=said(200 + mine), reason="Counted again")))
os.rename(os.path.join(folder, f"done-{{mine}}"), os.path.join(folder, f"before-{{mine}}"))
until = time.time() + 60
while time.time() < until and len([one for one in os.listdir(folder) if one.startswith("before-")]) < {PROCESSES}:
    time.sleep(0.02)
print(json.dumps([found, Statistic.objects.count(), Statistic.objects.standing().count(), Statistic.objects.filter(replaces=row).count()]))
"""


def test_four_workers_ask_and_remind_once_though_one_is_killed_in_the_middle(edition, chain, aurora, borealis, anna, boris, tmp_path):
    for _n in range(AGREEMENTS):
        builders.agreement(edition, chain, aurora, borealis, signed_on=today_of(Agreement(edition=edition)) - timedelta(days=1))
    said = [json.loads(line) for line in run_together(tmp_path, SWEEPING, tmp_path, processes=PROCESSES) if line]
    assert len(said) == PROCESSES - 1
    found, parties = said[0], 2 * AGREEMENTS
    assert (found["laid"], found["asked"], found["reminded"]) == (5 * parties, parties, parties)
    told = Counter(map(tuple, found["mails"]))
    people = ("anna@example.com", "boris@example.com")
    assert told == {(kind, email): AGREEMENTS for kind in ("milestone_asked", "milestone_reminder") for email in people}
    lines = Counter(map(tuple, found["lines"]))
    assert len(lines) == 2 * parties
    assert set(lines.values()) == {1}


def test_of_those_who_enter_or_correct_a_figure_at_once_one_does_and_the_others_are_told(db, organiser, tmp_path):
    builders.current_edition(starts_on=date(2027, 6, 20))
    builders.metric("audience_offline", unit="visits")
    said = [json.loads(line) for line in run_together(tmp_path, CORRECTING, tmp_path, processes=PROCESSES)]
    outcomes = Counter(one for found, *_rest in said for one in found)
    others = PROCESSES - 1
    assert outcomes == {"enter done": 1, "enter stands_already": others, "correct done": 1, "correct holds_no_more": others}
    assert {tuple(rest) for _found, *rest in said} == {(2, 1, 1)}
