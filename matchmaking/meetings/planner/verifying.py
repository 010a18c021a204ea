"""Does a plan keep every hard rule? Reads facts and seats alone and shares no code with what makes plans."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from matchmaking.meetings.planner.facts import Problem, Request, Seat
from matchmaking.meetings.planner.plans import Seats

Seated = list[tuple[Request, Seat]]


@dataclass(frozen=True, slots=True)
class Breach:
    """A rule that is broken, by its name, and at which request (None: by several together; `detail` says where)."""

    rule: str
    request: int | None
    detail: str = ""


def breaches(problem: Problem, seats: Seats) -> tuple[Breach, ...]:
    """Return every breach of a hard rule; none when the plan is right. A request without a seat breaks none."""
    requests = {request.id: request for request in problem.requests}
    slots = {slot.id for slot in problem.slots}
    unknown = [Breach("unknown_request", one) for one in sorted(set(seats) - set(requests))]
    lost = [Breach("unknown_slot", one) for one, seat in sorted(seats.items()) if one in requests and seat.slot not in slots]
    seated = [(requests[one], seat) for one, seat in sorted(seats.items()) if one in requests and seat.slot in slots]
    return (
        *unknown,
        *lost,
        *_each_alone(problem, seated),
        *_order(problem, seated, seats),
        *_places(problem, seated),
        *_interpreters(problem, seated),
        *_crowds(problem, seated),
    )


def _each_alone(problem: Problem, seated: Seated) -> Iterator[Breach]:
    people = {person.id: person for person in problem.participants}
    for request, seat in seated:
        if any(seat.slot in people[side].unavailable for side in request.sides):
            yield Breach("unavailable", request.id)
        if seat.slot in request.forbidden:
            yield Breach("forbidden", request.id)
        if request.fixed is not None and seat.slot != request.fixed:
            yield Breach("fixed", request.id)
        if request.locked is not None and seat != request.locked:
            yield Breach("locked", request.id)


def _order(problem: Problem, seated: Seated, seats: Seats) -> Iterator[Breach]:
    time_of = {slot.id: (slot.day, slot.index) for slot in problem.slots}
    for request, seat in seated:
        for before in request.after:
            other = seats.get(before)
            if other is None or other.slot not in time_of or time_of[other.slot] >= time_of[seat.slot]:
                yield Breach("order", request.id, str(before))


def _places(problem: Problem, seated: Seated) -> Iterator[Breach]:
    places = {place.id: place for place in problem.places}
    used = Counter((seat.place, seat.slot) for _, seat in seated if seat.place is not None)
    for (place_id, slot), number in sorted(used.items()):
        if place_id in places and number > places[place_id].capacity:
            yield Breach("place_capacity", None, f"place {place_id} in slot {slot}")
    for request, seat in seated:
        if seat.place is None or seat.place not in places:
            if places or seat.place is not None:
                yield Breach("no_place", request.id)
        elif request.locked is None and request.place in places and seat.place != request.place:
            yield Breach("other_place", request.id)
        elif request.locked is None and request.place not in places and not places[seat.place].pool:
            yield Breach("not_of_the_pool", request.id)


def _interpreters(problem: Problem, seated: Seated) -> Iterator[Breach]:
    people = {person.id: person for person in problem.interpreters}
    used = Counter((seat.interpreter, seat.slot) for _, seat in seated if seat.interpreter is not None)
    yield from (
        Breach("interpreter_twice", None, f"interpreter {who} in slot {slot}") for (who, slot), number in sorted(used.items()) if number > 1
    )
    for request, seat in seated:
        person = people.get(seat.interpreter) if seat.interpreter is not None else None
        if (request.skill is None) != (seat.interpreter is None):
            yield Breach("interpreter_needed", request.id)
        elif request.skill is not None and (person is None or request.skill not in person.skills or seat.slot in person.unavailable):
            yield Breach("interpreter_unfit", request.id)


def _crowds(problem: Problem, seated: Seated) -> Iterator[Breach]:
    day_of = {slot.id: slot.day for slot in problem.slots}
    at_once = Counter((side, seat.slot) for request, seat in seated for side in request.sides)
    in_a_day = Counter((side, day_of[seat.slot]) for request, seat in seated for side in request.sides)
    people = {person.id: person for person in problem.participants}
    for (side, slot), number in sorted(at_once.items()):
        if number > people[side].desks:
            yield Breach("desks", None, f"participant {side} in slot {slot}")
    for (side, day), number in sorted(in_a_day.items()):
        limit = people[side].max_on.get(day, people[side].max_per_day)
        if limit is not None and number > limit:
            yield Breach("full_day", None, f"participant {side} on day {day}")
