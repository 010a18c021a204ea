"""Free times for many requests at once."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from expo.accounts.models import User
from matchmaking.meetings.models import MeetingRequest, MeetingSetup, Slot
from matchmaking.meetings.queries.entries import Entry
from matchmaking.meetings.queries.free import alternatives_to, colleagues_of, tongues_between
from matchmaking.meetings.queries.ground import Ground, ground_of


def times_for(entries: Iterable[Entry], setup: MeetingSetup | None, person: User, now: datetime) -> dict[int, list[Slot]]:
    """Return up to three free times for each request that waits for an answer, by its number, nearest to the one proposed.

    Times at which the person is elsewhere are left to the page of the request, where a colleague may come. Three queries.
    """
    requests = [entry.request for entry in entries if entry.meeting is None and entry.state == "asked"]
    parties = {one.pk: one for request in requests for one in request.parties}
    if setup is None or not parties:
        return {}
    ground = ground_of(list(parties.values()), setup, after=now, people=[person.pk], softly=True)
    return {request.pk: alternatives_to(request.slot, _free_on(ground, request, person)) for request in requests}


def without_language(entries: Iterable[Entry]) -> set[int]:
    """Return those of the requests to answer, by number, whose two sides have no language in common and no interpreter. One query."""
    requests = [entry.request for entry in entries if entry.meeting is None and entry.state == "asked"]
    people = colleagues_of({one.company_id for request in requests for one in (request.sender, request.receiver)})
    sides = {request.pk: (people[request.sender.company_id], people[request.receiver.company_id]) for request in requests}
    return {request.pk for request in requests if not request.needs_interpreter and tongues_between(*sides[request.pk])}


def _free_on(ground: Ground, request: MeetingRequest, person: User) -> Sequence[Slot]:
    parties = request.parties
    slots = [slot for slot in ground.slots.values() if not ground.is_busy(person.pk, slot)]
    return [slot for slot in slots if all(ground.free_desk(one, slot, softly=True) for one in parties)]
