"""The plan while it is being made: who sits when, and what is still free. Every move is checked, so that no rule is ever broken on it."""

from collections import defaultdict
from collections.abc import Iterator

from matchmaking.meetings.planner.ground import Ground

NOWHERE = -1


class Board:
    """`slot_of` is the slot position of each request (NOWHERE without), `free` the slots in which a resource can take one more, `busy` those in which it has one."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.slot_of = [NOWHERE] * len(ground.requests)
        self.free = list(ground.opens)
        self.busy = [0] * len(ground.capacity)
        self.load = [bytearray(len(ground.slots)) for _ in ground.capacity]
        self.most = {resource: limits for resource, limits in enumerate(ground.daily) if limits is not None}
        self.of_day = {resource: [0] * len(ground.day_masks) for resource in self.most}
        self.at: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
        self.number = 0
        for resource, limits in self.most.items():
            for mask, limit in zip(ground.day_masks, limits, strict=True):
                if limit <= 0:
                    self.free[resource] &= ~mask
        for request, slot in ground.locked.items():
            self.put(request, slot)

    def options(self, request: int) -> int:
        """The slots that a request without a seat could take at once."""
        ground = self.ground
        mask = ground.allowed[request]
        for resource in ground.needs[request]:
            mask &= self.free[resource]
        if mask and (ground.earlier[request] or ground.later[request]):
            mask &= self.window(request)
        return mask

    def window(self, request: int) -> int:
        """The slots that lie after all that must be earlier (none, while one of these has no seat) and before all that must be later."""
        mask = self.ground.everywhere
        for before in self.ground.earlier[request]:
            slot = self.slot_of[before]
            if slot == NOWHERE:
                return 0
            mask &= ~((2 << slot) - 1)
        for after in self.ground.later[request]:
            slot = self.slot_of[after]
            if slot != NOWHERE:
                mask &= (1 << slot) - 1
        return mask

    def put(self, request: int, slot: int) -> None:
        """Seat a request. The slot must be one of its options: this is not asked again."""
        bit, ground = 1 << slot, self.ground
        self.slot_of[request] = slot
        self.number += 1
        for resource in ground.needs[request]:
            load = self.load[resource]
            load[slot] += 1
            self.busy[resource] |= bit
            self.at[resource, slot].append(request)
            if load[slot] >= ground.capacity[resource][slot]:
                self.free[resource] &= ~bit
            if resource in self.of_day:
                self._count_day(resource, slot, 1)

    def lift(self, request: int) -> int:
        """Take a request off its seat, and return the slot that it had."""
        slot, ground = self.slot_of[request], self.ground
        bit = 1 << slot
        self.slot_of[request] = NOWHERE
        self.number -= 1
        for resource in ground.needs[request]:
            load = self.load[resource]
            load[slot] -= 1
            self.at[resource, slot].remove(request)
            if not load[slot]:
                self.busy[resource] &= ~bit
            self.free[resource] |= bit
            if resource in self.of_day:
                self._count_day(resource, slot, -1)
        return slot

    def _count_day(self, resource: int, slot: int, step: int) -> None:
        """Close the whole day where its limit is reached, and open what is free of it where it no longer is."""
        ground, day = self.ground, self.ground.day_of[slot]
        count = self.of_day[resource]
        count[day] += step
        mask = ground.day_masks[day]
        if count[day] >= self.most[resource][day]:
            self.free[resource] &= ~mask
        elif step < 0 and count[day] == self.most[resource][day] - 1:
            load, capacity = self.load[resource], ground.capacity[resource]
            for position in bits_of(mask):
                if load[position] < capacity[position]:
                    self.free[resource] |= 1 << position

    def meetings(self, person: int) -> int:
        """How many meetings a participant has."""
        return sum(self.load[person])

    def blockers(self, request: int, slot: int) -> list[int]:
        """The resources that a request needs and that are taken in a slot."""
        bit = 1 << slot
        return [resource for resource in self.ground.needs[request] if not self.free[resource] & bit]


def bits_of(mask: int) -> Iterator[int]:
    """Yield the positions of the bits of a mask, the lowest first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
