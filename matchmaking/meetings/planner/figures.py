"""The figures of a plan, counted from its seats."""

from collections import defaultdict
from itertools import pairwise

from matchmaking.meetings.planner.facts import Problem
from matchmaking.meetings.planner.idling import idle_gaps, idle_slots
from matchmaking.meetings.planner.placing import walk_minutes
from matchmaking.meetings.planner.plans import Figures, Seats, WorstOff


def figures_of(problem: Problem, seats: Seats) -> Figures:
    """Count the figures of seats that keep the rules. Cost: in proportion to meetings and participants."""
    order = sorted(problem.slots, key=lambda slot: (slot.day, slot.index, slot.id))
    position = {slot.id: number for number, slot in enumerate(order)}
    days: dict[int, int] = defaultdict(int)
    for number, slot in enumerate(order):
        days[slot.day] |= 1 << number
    hall_of = {place.id: place.hall for place in problem.places}
    seated = [(request, seats[request.id]) for request in problem.requests if request.id in seats]
    diaries: dict[int, dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    meetings: dict[int, int] = defaultdict(int)
    for request, seat in seated:
        for side in request.sides:
            meetings[side] += 1
            diaries[side][position[seat.slot]].update([hall_of[seat.place]] if seat.place is not None else [])
    busy = [sum(1 << slot for slot in diary) for diary in diaries.values()]
    changes, minutes = _walks(problem, diaries, [slot.day for slot in order])
    return Figures(
        asked=len(problem.requests),
        seated=len(seated),
        wishes=sum(request.wishes for request, _ in seated),
        shortfall=sum(_lack(person.minimum - meetings[person.id]) for person in problem.participants),
        worst_off=_worst_off(problem, meetings),
        score=round(sum(request.score for request, _ in seated), 3),
        idle_slots=sum(idle_slots(mask, days.values()) for mask in busy),
        idle_gaps=sum(idle_gaps(mask, days.values()) for mask in busy),
        hall_changes=changes,
        walking_minutes=minutes,
    )


def _lack(number: int) -> int:
    return number * (number + 1) // 2 if number > 0 else 0


def _worst_off(problem: Problem, meetings: dict[int, int]) -> WorstOff | None:
    """Among those who are asked for at all or should have a meeting."""
    asked = {side for request in problem.requests for side in request.sides}
    counted = [person for person in problem.participants if person.id in asked or person.minimum]
    if not counted:
        return None
    worst = min(counted, key=lambda person: (min(0, meetings[person.id] - person.minimum), meetings[person.id], person.id))
    return WorstOff(worst.id, meetings[worst.id], worst.minimum)


def _walks(problem: Problem, diaries: dict[int, dict[int, set[int]]], day_of: list[int]) -> tuple[int, int]:
    """Changes of hall and their minutes. With meetings at several desks at once, somebody of the company is in each hall: no change, while one stays the same."""
    changes = minutes = 0
    for diary in diaries.values():
        for before, after in pairwise(sorted(slot for slot, halls in diary.items() if halls)):
            if day_of[before] == day_of[after] and not diary[before] & diary[after]:
                changes += 1
                minutes += min(walk_minutes(problem.walking, one, other) for one in diary[before] for other in diary[after])
    return changes, minutes
