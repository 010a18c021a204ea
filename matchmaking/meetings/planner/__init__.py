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
"""

from matchmaking.meetings.planner.facts import Interpreter, Participant, Place, Problem, Request, Seat, Slot
from matchmaking.meetings.planner.plans import Aim, Bound, Diff, Figures, Move, Plan, Progress, Reason, Repair, Seats, Unseated, WorstOff

__all__ = [
    "Aim",
    "Bound",
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
]
