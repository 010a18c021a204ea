"""Optima of tiny instances, by trying everything. Knows nothing of the planner."""

from itertools import pairwise, product


def fewest_breaks(row, *, max_difference=2):
    """The fewest breaks of a tiny published-style instance, or None where there is no plan."""
    best = None
    meetings = row["meetings"]
    for slots in product(*(_open(row, meeting) for meeting in meetings)):
        breaks = _breaks(row, slots)
        if breaks is None or (breaks and max(breaks) - min(breaks) > max_difference):
            continue
        best = sum(breaks) if best is None else min(best, sum(breaks))
    return best


def _open(row, meeting):
    first = row["morning_slots"] if meeting["session"] == "pm" else 0
    end = row["morning_slots"] if meeting["session"] == "am" else row["slots"]
    shut = row["forbidden"][meeting["a"]] + row["forbidden"][meeting["b"]]
    return [slot for slot in range(first, end) if slot not in shut and meeting["fixed"] in {None, slot}]


def _breaks(row, slots):
    if any(slots.count(slot) > row["tables"] for slot in set(slots)):
        return None
    slot_of = {meeting["id"]: slot for meeting, slot in zip(row["meetings"], slots, strict=True)}
    if any(slot_of[before] >= slot_of[meeting["id"]] for meeting in row["meetings"] for before in meeting["after"]):
        return None
    found = []
    for who in range(row["participants"]):
        diary = sorted(slot_of[meeting["id"]] for meeting in row["meetings"] if who in {meeting["a"], meeting["b"]})
        if len(diary) != len(set(diary)):
            return None
        found.append(sum(later - earlier > 1 for earlier, later in pairwise(diary)))
    return found


def most_meetings(problem):
    """The most requests that can be seated together, of a tiny problem without places, interpreters or order."""
    slots = [None, *(slot.id for slot in problem.slots)]
    people = {person.id: person for person in problem.participants}
    return max(
        sum(slot is not None for slot in chosen)
        for chosen in product(slots, repeat=len(problem.requests))
        if _is_allowed(problem, people, chosen)
    )


def _is_allowed(problem, people, chosen):
    used = {}
    for request, slot in zip(problem.requests, chosen, strict=True):
        if slot is None:
            continue
        if slot in request.forbidden or request.fixed not in {None, slot}:
            return False
        for side in request.sides:
            used[side, slot] = used.get((side, slot), 0) + 1
            if slot in people[side].unavailable or used[side, slot] > people[side].desks:
                return False
    return True
