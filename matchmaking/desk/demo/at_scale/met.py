"""The meetings of a past edition: a timetable, requests that were accepted, and what came of the meetings. Nobody is told."""

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from expo.editions.models import Edition
from matchmaking.desk.demo.at_scale.companies import Buyer, Exhibitor
from matchmaking.desk.demo.at_scale.past import Guests
from matchmaking.desk.demo.at_scale.size import blocks
from matchmaking.desk.demo.at_scale.vocabulary import Scene
from matchmaking.desk.demo.measured import day_in
from matchmaking.meetings.models import Meeting, MeetingRequest, Reason, Seat, Side, Slot

TIMES_A_DAY, MINUTES, FIRST_HOUR = 14, 30, 10
ENDS = {"held": 91, "no_show": 5, "cancelled": 3, "disputed": 1}
SAYS = {
    "held": ("took_place", "took_place"),
    "no_show": ("did_not", "did_not"),
    "disputed": ("took_place", "did_not"),
    "cancelled": ("", ""),
}


def add_meetings(guests: Guests, scene: Scene, number: int) -> int:
    """Let buyers have met exhibitors so many times, key clients among the first; return how many meetings there are."""
    edition = guests.edition
    if not (guests.exhibitors and guests.buyers) or Slot.objects.filter(edition=edition).exists():
        return 0
    slots, written = _slots(edition), 0
    pairs = [(guests.buyers[place % len(guests.buyers)], scene.luck.choice(guests.exhibitors)) for place in range(number)]
    for block in blocks([(buyer, exhibitor) for buyer, exhibitor in pairs if buyer.company != exhibitor.company]):
        written += _write(edition, block, slots, scene)
    return written


def _slots(edition: Edition) -> list[Slot]:
    days = (edition.ends_on - edition.starts_on).days + 1 if edition.starts_on and edition.ends_on else 0
    zone, slots = ZoneInfo(edition.time_zone), []
    for day in range(days):
        for place in range(TIMES_A_DAY):
            begins = day_in(edition, day, FIRST_HOUR) + timedelta(minutes=MINUTES * place)
            ends = begins + timedelta(minutes=MINUTES)
            slots.append(Slot(edition=edition, starts_at=begins, ends_at=ends, day=begins.astimezone(zone).date()))
    return Slot.objects.bulk_create(slots)


def _write(edition: Edition, pairs: Sequence[tuple[Buyer, Exhibitor]], slots: Sequence[Slot], scene: Scene) -> int:
    luck = scene.luck
    requests = [_request(edition, buyer, exhibitor, luck.choice(slots)) for buyer, exhibitor in pairs]
    MeetingRequest.objects.bulk_create(requests)
    meetings = []
    for request in requests:
        status = luck.choices(list(ENDS), weights=list(ENDS.values()))[0]
        reason = luck.choice([Reason.NO_TIME, Reason.NOT_COMING]) if status == "cancelled" else ""
        meetings.append(Meeting(request=request, edition=edition, slot=request.slot, status=status, reason=reason))
    Meeting.objects.bulk_create(meetings)
    Seat.objects.bulk_create(
        seat
        for meeting, (buyer, exhibitor) in zip(meetings, pairs, strict=True)
        for seat in (
            Seat(meeting=meeting, registration_id=buyer.registration, side=Side.SENDER, desk=1, says=SAYS[meeting.status][0]),
            Seat(meeting=meeting, registration_id=exhibitor.registration, side=Side.RECEIVER, desk=1, says=SAYS[meeting.status][1]),
        )
    )
    return len(meetings)


def _request(edition: Edition, buyer: Buyer, exhibitor: Exhibitor, slot: Slot) -> MeetingRequest:
    low, high = sorted([buyer.company, exhibitor.company])
    return MeetingRequest(
        edition=edition,
        sender_id=buyer.registration,
        receiver_id=exhibitor.registration,
        pair_low_id=low,
        pair_high_id=high,
        status=MeetingRequest.Status.ACCEPTED,
        slot=slot,
        expires_at=slot.starts_at - timedelta(days=1),
        answered_at=slot.starts_at - timedelta(days=3),
        is_demo=True,
    )
