"""A problem as the planner works on it: positions instead of ids, sets of slots as bits of a whole number, everything that is limited as a resource.

A resource is whatever can take only so many meetings in a slot: a participant's desks, a booth that is shared, all tables of the pool together, interpreters. A
request needs some of them, all in the same slot. Slots are bits in the order of time, so that "earlier" is a comparison.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import cached_property
from itertools import combinations

from matchmaking.meetings.planner.facts import Interpreter, Participant, Problem, Request, Seat
from matchmaking.meetings.planner.plans import Reason

NO_LIMIT = 1 << 30
SKILLS_TOGETHER = 5
SCORE_STEPS = 10


class Ground:
    """What of a problem never changes while it is planned. Lists are by position: slots by time, participants and requests by id."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.slots = sorted(problem.slots, key=lambda slot: (slot.day, slot.index, slot.id))
        self.slot_at = {slot.id: position for position, slot in enumerate(self.slots)}
        self.everywhere = (1 << len(self.slots)) - 1
        self.people = sorted(problem.participants, key=lambda each: each.id)
        self.person_at = {person.id: position for position, person in enumerate(self.people)}
        self.requests = sorted(problem.requests, key=lambda each: each.id)
        self.request_at = {request.id: position for position, request in enumerate(self.requests)}
        self.places = {place.id: place for place in problem.places}
        self.days = sorted({slot.day for slot in self.slots})
        self.day_of, self.day_masks = self._days()
        self.sides = [tuple(self.person_at[side] for side in request.sides) for request in self.requests]
        self.scores = [round(request.score * SCORE_STEPS) for request in self.requests]
        self.wishes = [request.wishes for request in self.requests]
        self.earlier = [tuple(self.request_at[one] for one in request.after if one in self.request_at) for request in self.requests]
        self.is_orphaned = [any(one not in self.request_at for one in request.after) for request in self.requests]
        self.later = self._later()
        self.clashes: dict[int, Reason] = {}
        self.locked: dict[int, int] = {}
        self._take_locked_seats()
        self.capacity: list[bytearray] = [self._desks(position) for position in range(len(self.people))]
        self.daily: list[tuple[int, ...] | None] = [self._daily(person) for person in self.people]
        self.lacking: dict[int, Reason] = {}  # what it means when a resource that is no participant is taken
        self.needs: list[tuple[int, ...]] = []
        self._add_resources()
        self.opens = [self.bits(slot for slot, number in enumerate(row) if number) for row in self.capacity]
        self.allowed = [self._allowed(position) for position in range(len(self.requests))]

    def bits(self, positions: Iterable[int]) -> int:
        mask = 0
        for position in positions:
            mask |= 1 << position
        return mask

    def slots_mask(self, ids: Iterable[int]) -> int:
        return self.bits(self.slot_at[one] for one in ids if one in self.slot_at)

    def _days(self) -> tuple[list[int], list[int]]:
        numbers = {day: number for number, day in enumerate(self.days)}
        day_of = [numbers[slot.day] for slot in self.slots]
        masks = [0] * len(numbers)
        for position, day in enumerate(day_of):
            masks[day] |= 1 << position
        return day_of, masks

    def _later(self) -> list[tuple[int, ...]]:
        found: dict[int, list[int]] = defaultdict(list)
        for position, before in enumerate(self.earlier):
            for one in before:
                found[one].append(position)
        return [tuple(found.get(position, ())) for position in range(len(self.requests))]

    # Locked seats: theirs for good, before anything else is looked at.

    def _take_locked_seats(self) -> None:
        """Settle which locked seats can be kept, in the order of ids, and count what they use."""
        self.used_places: Counter[tuple[int, int]] = Counter()
        self.used_interpreters: set[tuple[int, int]] = set()
        used_desks: Counter[tuple[int, int]] = Counter()
        used_days: Counter[tuple[int, int]] = Counter()
        for position, request in enumerate(self.requests):
            if request.locked is None:
                continue
            slot = self._lockable_slot(position, request.locked, used_desks, used_days)
            if slot is None:
                self.clashes[position] = Reason.LOCKED_CLASH
                continue
            self.locked[position] = slot
            used_desks.update((side, slot) for side in self.sides[position])
            used_days.update((side, self.day_of[slot]) for side in self.sides[position])
            if request.locked.place is not None:
                self.used_places[request.locked.place, slot] += 1
            if request.locked.interpreter is not None:
                self.used_interpreters.add((request.locked.interpreter, slot))

    def _lockable_slot(
        self, position: int, seat: Seat, used_desks: Counter[tuple[int, int]], used_days: Counter[tuple[int, int]]
    ) -> int | None:
        request, slot = self.requests[position], self.slot_at.get(seat.slot)
        if slot is None or seat.slot in request.forbidden or request.fixed not in {None, seat.slot}:
            return None
        people = [self.people[side] for side in self.sides[position]]
        if any(seat.slot in person.unavailable or used_desks[self.person_at[person.id], slot] >= person.desks for person in people):
            return None
        if not (self._is_place_left(seat, slot) and self._is_interpreter_left(request, seat, slot)):
            return None
        return None if self._has_full_day(self.sides[position], self.day_of[slot], used_days) else slot

    def _has_full_day(self, sides: tuple[int, ...], day: int, used_days: Counter[tuple[int, int]]) -> bool:
        limits = ((side, self.people[side].most_on(self.days[day])) for side in sides)
        return any(limit is not None and used_days[side, day] >= limit for side, limit in limits)

    def _is_place_left(self, seat: Seat, slot: int) -> bool:
        """Whether a locked meeting can have its place: any that there is, the organiser chose it."""
        if seat.place is None:
            return not self.places
        place = self.places.get(seat.place)
        return place is not None and self.used_places[seat.place, slot] < place.capacity

    def _is_interpreter_left(self, request: Request, seat: Seat, slot: int) -> bool:
        if request.skill is None or seat.interpreter is None:
            return request.skill is None and seat.interpreter is None
        person = self._interpreters.get(seat.interpreter)
        is_able = person is not None and request.skill in person.skills and seat.slot not in person.unavailable
        return is_able and (seat.interpreter, slot) not in self.used_interpreters

    @cached_property
    def _interpreters(self) -> dict[int, Interpreter]:
        return {person.id: person for person in self.problem.interpreters}

    # Resources.

    def _daily(self, person: Participant) -> tuple[int, ...] | None:
        """The most meetings on each day by its position, None where there is no limit on any."""
        found = [person.most_on(day) for day in self.days]
        return None if all(one is None for one in found) else tuple(NO_LIMIT if one is None else one for one in found)

    def _desks(self, position: int) -> bytearray:
        """Desks in each slot. Locked meetings take theirs on the board, like the others."""
        person = self.people[position]
        row = bytearray([min(person.desks, 255)]) * len(self.slots)
        for slot in person.unavailable:
            if slot in self.slot_at:
                row[self.slot_at[slot]] = 0
        return row

    def _add(self, row: bytearray, lacking: Reason) -> int:
        self.capacity.append(row)
        self.daily.append(None)
        self.lacking[len(self.capacity) - 1] = lacking
        return len(self.capacity) - 1

    def _add_resources(self) -> None:
        booths, pool, skills = self._booths(), self._pool(), self._skills()
        self.no_place: set[int] = set()
        for position, request in enumerate(self.requests):
            more: list[int] = []
            if position not in self.locked:
                place = self.places.get(request.place) if request.place is not None else None
                if place is not None:
                    more += [booths[place.id]] if place.id in booths else []
                if (place is None and self.places) or (place is not None and place.pool):
                    more += [pool] if pool is not None else []
                    self.no_place.update([position] if pool is None else [])
                more += skills.get(request.skill, []) if request.skill is not None else []
            self.needs.append((*self.sides[position], *more))

    def _booths(self) -> dict[int, int]:
        """A resource for each named place that its desks do not limit already: one side that all its requests share has no more desks than it has."""
        naming: dict[int, list[int]] = defaultdict(list)
        for position, request in enumerate(self.requests):
            if request.place in self.places and request.place is not None:
                naming[request.place].append(position)
        found = {}
        for place_id, positions in sorted(naming.items()):
            shared = set.intersection(*(set(self.sides[position]) for position in positions))
            place = self.places[place_id]
            is_used_by_others = any(used == place_id and self.requests[at].place != place_id for at, used in self._locked_places())
            if place.pool or is_used_by_others or all(self.people[side].desks > place.capacity for side in shared):
                found[place_id] = self._add(self._tables([place_id]), Reason.NO_PLACE)
        return found

    def _locked_places(self) -> list[tuple[int, int | None]]:
        return [(at, seat.place) for at in self.locked if (seat := self.requests[at].locked) is not None]

    def _pool(self) -> int | None:
        tables = [place.id for place in self.problem.places if place.pool]
        return self._add(self._tables(tables), Reason.NO_PLACE) if tables else None

    def _tables(self, ids: list[int]) -> bytearray:
        total = sum(self.places[one].capacity for one in ids)
        return bytearray(
            min(255, max(0, total - sum(self.used_places[one, slot] for one in ids))) if self.used_places else min(255, total)
            for slot in range(len(self.slots))
        )

    def _skills(self) -> dict[str, list[int]]:
        """Resources by skill. Interpreters can be shared out in a slot exactly if no set of skills is asked for more often than somebody knows one of them (Hall)."""
        asked = Counter(request.skill for request in self.requests if request.skill is not None)
        self.skills_of = self._shared_out(asked)
        found: dict[str, list[int]] = {skill: [] for skill in asked}
        groups = [set(asked)] if len(asked) <= SKILLS_TOGETHER else [{skill} for skill in asked]
        for group in groups:
            for size in range(1, len(group) + 1):
                for some in combinations(sorted(group), size):
                    resource = self._add(self._able(set(some)), Reason.NO_INTERPRETER)
                    for skill in some:
                        found[skill].append(resource)
        return found

    def _shared_out(self, asked: Counter[str]) -> dict[int, frozenset[str]]:
        """Skills by interpreter. Where many are asked for, each interpreter is given to the one that has the most requests for each of its own."""
        people = sorted(self.problem.interpreters, key=lambda each: (len(each.skills), each.id))
        if len(asked) <= SKILLS_TOGETHER:
            return {person.id: person.skills for person in people}
        given: Counter[str] = Counter()
        found = {}
        for person in people:
            useful = sorted(skill for skill in person.skills if skill in asked)
            best = max(useful, key=lambda skill: asked[skill] / (1 + given[skill]), default="")
            given[best] += 1
            found[person.id] = frozenset({best})
        return found

    def _able(self, skills: set[str]) -> bytearray:
        row = bytearray(len(self.slots))
        for person in self.problem.interpreters:
            if skills & self.skills_of[person.id]:
                for position, slot in enumerate(self.slots):
                    if slot.id not in person.unavailable and (person.id, position) not in self.used_interpreters:
                        row[position] = min(255, row[position] + 1)
        return row

    def _allowed(self, position: int) -> int:
        """The slots that a request could have if it were alone."""
        if position in self.locked:
            return 1 << self.locked[position]
        request = self.requests[position]
        if position in self.clashes or position in self.no_place or self.is_orphaned[position]:
            return 0
        mask = self.everywhere if request.fixed is None else self.slots_mask([request.fixed])
        mask &= ~self.slots_mask(request.forbidden)
        for resource in self.needs[position]:
            mask &= self.opens[resource]
        return mask
