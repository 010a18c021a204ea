"""Many booked meetings at once, written as the verbs write them, without the time that the verbs take."""

from typing import Any

from matchmaking.meetings.models import Meeting, MeetingRequest, Occupancy, Place, Seat, Slot
from matchmaking.participants.models import Registration
from tests import builders
from tests.matchmaking.meetings.stage import Stage


def meet(stage: Stage, buyer: Registration, exhibitor: Registration, slot: Slot, place: Place | None = None, **more: Any) -> Meeting:
    """Book the two into the slot, at the exhibitor's booth or the table given, on their first desks."""
    low, high = sorted([buyer.company_id, exhibitor.company_id])
    pair = {"edition": stage.setup.edition, "sender": exhibitor, "receiver": buyer, "pair_low_id": low, "pair_high_id": high}
    asked = MeetingRequest.objects.create(**pair, status="accepted", expires_at=slot.starts_at)
    found = place or place_of(exhibitor)
    meeting = Meeting.objects.create(request=asked, edition=stage.setup.edition, slot=slot, place=found, status="scheduled", **more)
    people = [one.company.members.order_by("pk").first().user for one in (exhibitor, buyer)]
    for side, one, person in zip(("sender", "receiver"), (exhibitor, buyer), people, strict=True):
        Seat.objects.create(meeting=meeting, registration=one, side=side, desk=1, person=person)
    rows = [Occupancy(slot=slot, meeting=meeting, registration=one, desk=1) for one in (exhibitor, buyer)]
    rows += [Occupancy(slot=slot, meeting=meeting, place=found, desk=1)]
    rows += [Occupancy(slot=slot, meeting=meeting, person=person) for person in people]
    if meeting.interpreter_id:
        rows.append(Occupancy(slot=slot, meeting=meeting, interpreter_id=meeting.interpreter_id))
    Occupancy.objects.bulk_create(rows)
    return meeting


def place_of(exhibitor: Registration) -> Place:
    """The meeting place at the exhibitor's booth."""
    booth = exhibitor.booth
    columns = {"edition_id": booth.edition_id, "kind": "booth", "hall_id": booth.hall_id, "code": booth.code}
    return Place.objects.get_or_create(booth=booth, defaults=columns)[0]


def pairs(stage: Stage, count: int, hall: Any) -> list[tuple[Registration, Registration]]:
    """So many buyers, each with an exhibitor of its own at a booth of its own."""
    return [
        (stage.another(), stage.another("exhibitor", booth=builders.booth(hall, code=f"{hall.code} {number + 100}", status="assigned")))
        for number in range(count)
    ]


def crowd(stage: Stage, slot: Slot, count: int, hall: Any) -> list[Meeting]:
    """So many meetings in one slot, each of two companies that have no other."""
    return [meet(stage, buyer, exhibitor, slot) for buyer, exhibitor in pairs(stage, count, hall)]


def tables(hall: Any, count: int) -> list[Place]:
    """So many tables in the hall."""
    made = (Place(edition_id=hall.edition_id, kind="table", hall=hall, code=f"{hall.code}-T{number}") for number in range(1, count + 1))
    return Place.objects.bulk_create(made)


def rows_of(meetings: list[Meeting]) -> dict[int, tuple[Any, ...]]:
    """Where each of the meetings is, and all that it holds: to be compared row by row."""
    return {
        meeting.pk: (
            *Meeting.objects.values_list("status", "slot", "place", "interpreter").get(pk=meeting.pk),
            sorted(
                tuple(str(one) for one in row)
                for row in Occupancy.objects.filter(meeting=meeting).values_list(
                    "slot", "registration", "place", "interpreter", "person", "desk"
                )
            ),
        )
        for meeting in meetings
    }
