"""A made-up expo of any size, to measure the planner with: uneven demand, lunches, busy people, halls, interpreters. The same arguments make the same expo."""

from dataclasses import dataclass
from random import Random

from matchmaking.meetings.planner.facts import Interpreter, Participant, Place, Problem, Request, Slot

SKILLS = ("en-zh", "fr-zh", "es-zh")
FIRST_SLOT_MINUTE = 9 * 60
SLOT_MINUTES = 30


@dataclass(frozen=True, slots=True)
class Size:
    """How large it is. Shares are of all slots, requests or exhibitors; the rest follows from them."""

    buyers: int = 18_000
    exhibitors: int = 1_200
    requests: int = 24_000
    days: int = 5
    slots_a_day: int = 16
    halls: int = 8
    pool_tables_a_hall: int = 12
    interpreters: int = 40
    blocked_share: float = 0.10
    pool_share: float = 0.03
    interpreted_share: float = 0.02
    ordered_share: float = 0.002
    unevenness: float = 0.7


def made_up_expo(size: Size, *, seed: int = 1) -> Problem:
    """Make an expo: exhibitors have the first ids, buyers those after them, both from 1.

    Demand falls with the rank of an exhibitor as 1 / rank ** unevenness, and the first tenth has two desks, the first hundredth four. Everybody eats in one of the
    two slots in the middle of each day, and is busy in a tenth of the others.
    """
    chance = Random(seed)  # noqa: S311 - nothing is secret here
    slots = tuple(
        Slot(day * size.slots_a_day + index, day, index, FIRST_SLOT_MINUTE + index * SLOT_MINUTES)
        for day in range(size.days)
        for index in range(size.slots_a_day)
    )
    booths = tuple(Place(rank, chance.randrange(size.halls), _desks(size, rank)) for rank in range(1, size.exhibitors + 1))
    tables = tuple(Place(size.exhibitors + 1 + hall, hall, size.pool_tables_a_hall, pool=True) for hall in range(size.halls))
    people = tuple(
        Participant(number, _desks(size, number), _busy(size, chance), minimum=1) for number in range(1, size.exhibitors + size.buyers + 1)
    )
    interpreters = tuple(
        Interpreter(number, frozenset(chance.sample(SKILLS, 1 + number % 2)), _busy(size, chance)) for number in range(size.interpreters)
    )
    walking = {(a, b): 2 + 2 * (b - a) for a in range(size.halls) for b in range(a + 1, size.halls)}
    return Problem(slots, people, _requests(size, chance), booths + tables, interpreters, walking, seed)


def _desks(size: Size, rank: int) -> int:
    if rank <= size.exhibitors / 100:
        return 4
    return 2 if rank <= size.exhibitors / 10 else 1


def _busy(size: Size, chance: Random) -> frozenset[int]:
    """Lunch in one of the two slots in the middle, and a share of all slots at random."""
    middle = size.slots_a_day // 2
    lunches = {day * size.slots_a_day + chance.choice((middle - 1, middle)) for day in range(size.days)}
    total = size.days * size.slots_a_day
    return frozenset(lunches | set(chance.sample(range(total), round(total * size.blocked_share))))


def _requests(size: Size, chance: Random) -> tuple[Request, ...]:
    """Distinct pairs, the exhibitor by demand, the buyer by eagerness."""
    ranks = range(1, size.exhibitors + 1)
    demand = [1 / rank**size.unevenness for rank in ranks]
    buyers = range(size.exhibitors + 1, size.exhibitors + size.buyers + 1)
    eagerness = [chance.expovariate(1) + 0.1 for _ in buyers]
    pairs: dict[tuple[int, int], None] = {}
    while len(pairs) < size.requests:
        lacking = size.requests - len(pairs)
        pairs.update(
            dict.fromkeys(zip(chance.choices(ranks, demand, k=lacking), chance.choices(buyers, eagerness, k=lacking), strict=True))
        )
    return tuple(_request(size, chance, number, pair) for number, pair in enumerate(pairs, 1))


def _request(size: Size, chance: Random, number: int, pair: tuple[int, int]) -> Request:
    exhibitor, _ = pair
    return Request(
        number,
        pair,
        score=round(chance.triangular(20, 100, 65), 1),
        wishes=2,
        place=None if chance.random() < size.pool_share else exhibitor,
        skill=chance.choice(SKILLS) if chance.random() < size.interpreted_share else None,
        after=(chance.randrange(1, number),) if number > 1 and chance.random() < size.ordered_share else (),
    )
