"""Free times for many requests at once."""

from collections.abc import Iterable

from matchmaking.meetings.models import Slot
from matchmaking.meetings.queries.day import OwnDays
from matchmaking.meetings.queries.entries import Entry
from matchmaking.meetings.queries.free import alternatives_to, colleagues_of, tongues_between
from matchmaking.meetings.queries.ground import ground_of


def times_for(own: OwnDays) -> dict[int, list[Slot]]:
    """Return up to three free times for each request that waits for an answer, by its number, nearest to the one proposed.

    Times at which the person is elsewhere are left to the page of the request, where a colleague may come. One query besides
    the timetable.
    """
    requests = [entry.request for entry in own.waits if entry.meeting is None and entry.state == "asked"]
    parties = {one.pk: one for request in requests for one in request.parties}
    if own.setup is None or not parties:
        return {}
    listed = [slot for slot in own.slots if slot.kind == Slot.Kind.MEETING]
    ground = ground_of(list(parties.values()), own.setup, after=own.now, people=[own.person.pk], softly=True, listed=listed)
    ground.slots = {pk: slot for pk, slot in ground.slots.items() if not ground.is_busy(own.person.pk, slot)}
    return {request.pk: alternatives_to(request.slot, ground.free_for(request.parties)) for request in requests}


def without_language(entries: Iterable[Entry]) -> set[int]:
    """Return those of the requests to answer, by number, whose two sides have no language in common and no interpreter. One query."""
    requests = [entry.request for entry in entries if entry.meeting is None and entry.state == "asked"]
    people = colleagues_of({one.company_id for request in requests for one in (request.sender, request.receiver)})
    sides = {request.pk: (people[request.sender.company_id], people[request.receiver.company_id]) for request in requests}
    return {request.pk for request in requests if not request.needs_interpreter and tongues_between(*sides[request.pk])}
