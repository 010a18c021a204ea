"""The planner of meetings: facts in, a plan out that says how far it is from the best possible. It knows no database, no clock of the expo and no chance but its seed.

    from matchmaking.meetings import planner

    problem = planner.Problem(slots=..., participants=..., requests=..., places=..., interpreters=..., walking={(1, 2): 6}, seed=1)
    plan = planner.make_plan(problem, seconds=60, progress=tell, stop=asked_to_stop, start=seats_of_a_former_run)
    plan.seats[request_id]            # Seat(slot, place, interpreter)
    plan.unseated                     # (Unseated(request, Reason.PARTICIPANT_FULL, {"participant": 7, "meetings": 9}), ...)
    plan.figures.seated, plan.seated_bound, plan.bounds

    breaches = planner.breaches(problem, plan.seats)          # () when every rule is kept; shares no code with the planner

    changed = planner.after_changes(problem, planner.Changes(cancelled={4}, closed_halls={2}, removed_slots={31}, ill_interpreters={1}, blocked={7: {3, 4}}))
    repair = planner.repair_plan(changed, plan.seats)         # or any problem built anew from the rows, and the seats that are published
    repair.diff.moved, repair.diff.unseated, repair.diff.had_to_move

Facts are in `facts.py`, what comes out in `plans.py`. The heavy libraries are imported only when a function runs.

Low to high: facts, plans; idling (bits of a diary), ground (the problem as positions and bits), board (the plan while it is made); choosing (a flow: what can be had at
best), seating (greedy, and chains of moves), polishing (idle slots), strolling (walks), placing (places and interpreters), figures, reasons; planning, repairing;
verifying (by itself). `published` holds the exact model of the literature's small fairs, `made_up` an expo to measure with.
"""

from matchmaking.meetings.planner.changes import Changes, after_changes
from matchmaking.meetings.planner.facts import Interpreter, Participant, Place, Problem, Request, Seat, Slot
from matchmaking.meetings.planner.planning import make_plan
from matchmaking.meetings.planner.plans import Aim, Bound, Diff, Figures, Move, Plan, Progress, Reason, Repair, Seats, Unseated, WorstOff
from matchmaking.meetings.planner.repairing import diff_of, repair_plan
from matchmaking.meetings.planner.verifying import Breach, breaches

__all__ = [
    "Aim",
    "Bound",
    "Breach",
    "Changes",
    "Diff",
    "Figures",
    "Interpreter",
    "Move",
    "Participant",
    "Place",
    "Plan",
    "Problem",
    "Progress",
    "Reason",
    "Repair",
    "Request",
    "Seat",
    "Seats",
    "Slot",
    "Unseated",
    "WorstOff",
    "after_changes",
    "breaches",
    "diff_of",
    "make_plan",
    "repair_plan",
]
