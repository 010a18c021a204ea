"""What happens to an expo: the same problem after cancellations, closed halls and places, removed slots, ill interpreters and people who are busy now."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from matchmaking.meetings.planner.facts import Problem


@dataclass(frozen=True, slots=True)
class Changes:
    """Ids of what is no longer there. `blocked` are further slots in which a participant cannot meet."""

    cancelled: AbstractSet[int] = frozenset()
    closed_halls: AbstractSet[int] = frozenset()
    closed_places: AbstractSet[int] = frozenset()
    removed_slots: AbstractSet[int] = frozenset()
    ill_interpreters: AbstractSet[int] = frozenset()
    blocked: Mapping[int, AbstractSet[int]] = field(default_factory=dict)


def after_changes(problem: Problem, changes: Changes) -> Problem:
    """Return the problem as it is now. What waited for a cancelled request waits no more."""
    return replace(
        problem,
        slots=tuple(slot for slot in problem.slots if slot.id not in changes.removed_slots),
        places=tuple(place for place in problem.places if place.hall not in changes.closed_halls and place.id not in changes.closed_places),
        interpreters=tuple(person for person in problem.interpreters if person.id not in changes.ill_interpreters),
        participants=tuple(
            replace(person, unavailable=person.unavailable | changes.blocked[person.id]) if person.id in changes.blocked else person
            for person in problem.participants
        ),
        requests=tuple(
            replace(request, after=tuple(one for one in request.after if one not in changes.cancelled)) if request.after else request
            for request in problem.requests
            if request.id not in changes.cancelled
        ),
    )
