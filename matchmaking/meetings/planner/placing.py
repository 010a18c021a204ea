"""Who sits where, and who interprets: slots are given, a place and an interpreter are found for each meeting. The board has seen to it that there are enough."""

from collections import Counter, defaultdict
from collections.abc import Mapping

from matchmaking.meetings.planner.board import NOWHERE, Board
from matchmaking.meetings.planner.facts import Seat
from matchmaking.meetings.planner.ground import Ground


def walk_minutes(walking: Mapping[tuple[int, int], int], one: int, other: int) -> int:
    return 0 if one == other else walking.get((min(one, other), max(one, other)), 0)


def named_place(ground: Ground, request: int) -> int | None:
    """The place that a request has whenever it is met: its locked one, or the one it names, if that is there. None: any of the pool."""
    fact = ground.requests[request]
    if request in ground.locked and fact.locked is not None:
        return fact.locked.place
    return fact.place if fact.place in ground.places else None


def seats_of(board: Board, *, before: Mapping[int, Seat] | None = None) -> dict[int, Seat]:
    """Return the seat of each seated request by id. Where its slot is the same as `before`, it also keeps place and interpreter if it can."""
    ground = board.ground
    old = {ground.request_at[one]: seat for one, seat in (before or {}).items() if one in ground.request_at}
    by_slot: defaultdict[int, list[int]] = defaultdict(list)
    for request, slot in enumerate(board.slot_of):
        if slot != NOWHERE:
            by_slot[slot].append(request)
    halls = _Halls(board)
    seats: dict[int, Seat] = {}
    for slot in sorted(by_slot):
        slot_id = ground.slots[slot].id
        kept = {one: old[one] for one in by_slot[slot] if one in old and old[one].slot == slot_id}
        places = _places(ground, halls, slot, by_slot[slot], kept)
        helpers = _interpreters(ground, slot, by_slot[slot], kept)
        for one in by_slot[slot]:
            seats[ground.requests[one].id] = Seat(slot_id, places.get(one), helpers.get(one))
    return dict(sorted(seats.items()))


class _Halls:
    """In which hall everybody is when, as far as it is settled."""

    def __init__(self, board: Board) -> None:
        self.ground = board.ground
        self.known: dict[tuple[int, int], int] = {}
        for request, slot in enumerate(board.slot_of):
            place = named_place(self.ground, request)
            if slot != NOWHERE and place is not None:
                self.settle(request, slot, place)

    def settle(self, request: int, slot: int, place: int) -> None:
        for side in self.ground.sides[request]:
            self.known[side, slot] = self.ground.places[place].hall

    def cost(self, request: int, slot: int, hall: int) -> tuple[int, int]:
        """Changes and minutes of walking that a hall costs its sides, from where they are before and to where they are next on that day."""
        changes = minutes = 0
        for side in self.ground.sides[request]:
            for step in (-1, 1):
                other = self._next(side, slot, step)
                if other is not None and other != hall:
                    changes += 1
                    minutes += walk_minutes(self.ground.problem.walking, hall, other)
        return changes, minutes

    def _next(self, side: int, slot: int, step: int) -> int | None:
        day, at = self.ground.day_of[slot], slot + step
        while 0 <= at < len(self.ground.slots) and self.ground.day_of[at] == day:
            if (side, at) in self.known:
                return self.known[side, at]
            at += step
        return None


def _places(ground: Ground, halls: _Halls, slot: int, requests: list[int], kept: Mapping[int, Seat]) -> dict[int, int]:
    """Places by request, in one slot: the named ones, then those that are kept, then the pool's nearest."""
    found: dict[int, int] = {}
    used: Counter[int] = Counter()
    for one in requests:
        place = named_place(ground, one)
        if place is not None:
            found[one] = place
            used[place] += 1
    pool = sorted((place for place in ground.problem.places if place.pool), key=lambda place: place.id)
    for one in sorted((one for one in requests if one not in found), key=lambda each: (each not in kept, each)):
        open_places = [place for place in pool if used[place.id] < place.capacity]
        if open_places:
            old = kept[one].place if one in kept else None
            best = min(open_places, key=lambda place: (place.id != old, *halls.cost(one, slot, place.hall), place.id))
            found[one] = best.id
            used[best.id] += 1
            halls.settle(one, slot, best.id)
    return found


def _interpreters(ground: Ground, slot: int, requests: list[int], kept: Mapping[int, Seat]) -> dict[int, int]:
    """Interpreters by request, in one slot: a matching by augmenting paths, that begins with those who are kept."""
    locked = {one: ground.requests[one].locked for one in requests if one in ground.locked}
    found = {one: seat.interpreter for one, seat in locked.items() if seat is not None and seat.interpreter is not None}
    asking = [one for one in requests if ground.requests[one].skill is not None and one not in ground.locked]
    if not asking:
        return found
    slot_id = ground.slots[slot].id
    able = {
        one: [
            person.id
            for person in sorted(ground.problem.interpreters, key=lambda each: (len(each.skills), each.id))
            if ground.requests[one].skill in ground.skills_of[person.id]
            and slot_id not in person.unavailable
            and (person.id, slot) not in ground.used_interpreters
        ]
        for one in asking
    }
    held: dict[int, int] = {}
    for one in asking:
        old = kept[one].interpreter if one in kept else None
        if old is not None and old in able[one] and old not in held:
            held[old] = one
    for one in asking:
        if one not in held.values():
            _match(one, able, held, set())
    return found | {one: person for person, one in held.items()}


def _match(one: int, able: Mapping[int, list[int]], held: dict[int, int], seen: set[int]) -> bool:
    for person in able[one]:
        if person not in seen:
            seen.add(person)
            if person not in held or _match(held[person], able, held, seen):
                held[person] = one
                return True
    return False
