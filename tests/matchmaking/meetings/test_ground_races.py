"""The ground set by several at once, and while people book: one set-up, one timetable, and nobody in a time or beside an interpreter that is gone."""

import json
from collections import Counter

import pytest

from matchmaking.meetings import actions
from matchmaking.meetings.models import Slot
from tests.matchmaking.meetings.crowd import company, timetable
from tests.processes import run_together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]
PROCESSES, ROUNDS = 4, 6

BEGINNING = """
import json, os, sys, time
from datetime import time as hour
import django
django.setup()
from expo.accounts.models import User
from expo.editions.models import Edition
from expo.foundation.errors import Refused
from matchmaking.meetings import actions
from matchmaking.meetings.models import *
from matchmaking.meetings.queries.invariants import breaches

def outcome(act):
    try:
        act()
        return "done"
    except Refused as refused:
        return refused.code
    except Exception as fault:
        return type(fault).__name__ + ": " + str(fault)[:300]

by = User.objects.get(is_staff=True)
folder = sys.argv[1]

def number():
    for one in range(100):
        try:
            os.close(os.open(os.path.join(folder, f"process-{one}"), os.O_CREAT | os.O_EXCL))
            return one
        except FileExistsError:
            continue

def wait_for_all(processes):
    open(os.path.join(folder, f"done-{mine}"), "w").close()
    until = time.time() + 90
    while time.time() < until and not all(os.path.exists(os.path.join(folder, f"done-{one}")) for one in range(processes)):
        time.sleep(0.02)

mine = number()
time.sleep(max(0, float(sys.argv[-1]) - time.time()))
"""

FOUNDING = f"""{BEGINNING}
edition = Edition.objects.get(is_current=True)
found = [outcome(lambda: actions.set_up_meetings(edition, by=by, slot_minutes=20))]
setup = MeetingSetup.objects.get(edition=edition)
plan = actions.DayPlan(hour(9), hour(12), 30)
found.append(outcome(lambda: actions.lay_days(setup, by=by, days=[edition.starts_on], plan=plan)))
from expo.venue.models import Hall
found.append(outcome(lambda: actions.add_tables(Hall.objects.get(), by=by, count=3)))
wait_for_all({PROCESSES})
codes = list(Place.objects.values_list("code", flat=True))
print(json.dumps([found, MeetingSetup.objects.count(), RoleRight.objects.count(), Slot.objects.count(), len(codes), len(set(codes))]))
"""

BOOKING = f"""{BEGINNING}
slots = list(Slot.objects.for_meetings()[:{ROUNDS}])
keys = list(MeetingRequest.objects.order_by("pk").values_list("pk", flat=True))
ines = Interpreter.objects.get()
setup = MeetingSetup.objects.get()
found = []
for at, slot in enumerate(slots):
    if mine % 2:
        asked = MeetingRequest.objects.get(pk=keys[at * {PROCESSES} + mine])
        found.append("accept " + outcome(lambda: actions.accept(asked, by=by, slot=slot)))
    elif at % 2:
        found.append("away " + outcome(lambda: actions.set_absences(ines, by=by, slots=slots[1:at + 1:2])))
    else:
        found.append("remove " + outcome(lambda: actions.remove_slots(setup, by=by, slots=[slot])))
wait_for_all({PROCESSES})
taken = Occupancy.objects.filter(meeting__isnull=False)
gone = taken.filter(slot__removed_at__isnull=False).count()
absent = sum(InterpreterAbsence.objects.filter(interpreter=row.interpreter_id, slot=row.slot_id).exists() for row in taken.exclude(interpreter=None))
print(json.dumps([found, gone, absent, breaches()]))
"""


def test_several_who_begin_at_once_make_one_ground(tmp_path):
    timetable(0).delete()
    told = [json.loads(one) for one in run_together(tmp_path, FOUNDING, tmp_path, processes=PROCESSES)]
    found = Counter(words for answers, *_rest in told for words in answers)
    assert found == {"done": 2 * PROCESSES + 1, "slots_overlap": PROCESSES - 1}
    tables = 3 + 3 * PROCESSES
    assert {tuple(rest) for _found, *rest in told} == {(1, 2, 6, tables, tables)}


def test_nobody_is_booked_into_what_goes_at_that_moment(tmp_path):
    setup = timetable(ROUNDS + 4)
    buyer, anna = company(setup, "buyer", "anna@example.com")
    anna.speaks = ["de"]
    anna.save()
    interpreter = {"name": "Ines", "languages": ["de", "zh"]}
    organiser = type(anna).objects.get(is_staff=True)
    actions.add_interpreter(setup.edition, by=organiser, **interpreter)
    for _number in range(ROUNDS * PROCESSES):
        seller, person = company(setup)
        person.speaks = ["zh"]
        person.save()
        actions.ask(seller, buyer, by=person, needs_interpreter=True)
    told = [json.loads(one) for one in run_together(tmp_path, BOOKING, tmp_path, processes=PROCESSES)]
    found = Counter(words for answers, *_rest in told for words in answers)
    allowed = {"accept done", "accept slot_taken", "accept no_interpreter", "accept day_is_full", "accept too_late", "accept illegal_move"}
    allowed |= {"away done", "away interpreter_is_booked"}
    assert set(found) <= allowed | {"remove done", "remove slot_in_use", "remove illegal_move"}
    assert found["accept done"] + found["remove done"] >= ROUNDS // 2
    assert {(gone, absent, tuple(breaches)) for _found, gone, absent, breaches in told} == {(0, 0, ())}
    assert Slot.objects.exists()
