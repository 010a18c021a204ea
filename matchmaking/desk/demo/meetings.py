"""The demo's meetings: a timetable, tables, and a few requests and meetings in each of their states. Nobody is mailed of them."""

from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from django.utils import timezone

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.foundation.staff import vouched
from matchmaking.desk.demo.files import read
from matchmaking.desk.demo.people import ORGANISER, demo_logins
from matchmaking.marketplace.models import SourcingRequest
from matchmaking.meetings import rules
from matchmaking.meetings.actions import add_slots, add_tables, day_of_slots, set_absences, set_up_meetings
from matchmaking.meetings.actions.booking import place_at_booth
from matchmaking.meetings.models import (
    AboutPosting,
    Interpreter,
    Meeting,
    MeetingRequest,
    MeetingSetup,
    Message,
    Occupancy,
    Place,
    Seat,
    Side,
    Slot,
)
from matchmaking.participants.models import Member, Registration

ENDED = {"declined": "declined", "withdrawn": "cancelled", "expired": "expired"}
MET = ("scheduled", "held", "no_show", "disputed")
ONLINE = "Online"


def add_meetings(edition: Edition) -> int:
    """Give an edition that has no set-up of meetings a timetable, and the demo's requests and meetings; return how many. Needs its companies."""
    if MeetingSetup.objects.filter(edition=edition).exists():
        return 0
    entries = read("meetings")
    organiser = vouched(User.objects.get(email=next(login.email for login in demo_logins() if login.role == ORGANISER)))
    setup = set_up_meetings(edition, by=organiser, slot_minutes=entries["timetable"]["minutes"])
    MeetingSetup.objects.filter(pk=setup.pk).update(is_demo=True)
    stage = _Stage(edition, _lay_out(setup, entries, organiser), _registrations(edition))
    for hall in edition.halls.filter(is_demo=True, code__in=entries["tables"]):
        add_tables(hall, by=organiser, count=entries["tables"][hall.code])
    Interpreter.objects.bulk_create(Interpreter(edition=edition, **entry) for entry in entries["interpreters"])
    for one in Interpreter.objects.filter(edition=edition, name__in=entries["away"]).order_by("pk"):
        set_absences(one, by=organiser, slots=[stage.slots[day, at] for day, at in entries["away"][one.name]])
    stage.keep_free(entries["kept_free"])
    return sum(stage.add(entry) for entry in entries["meetings"])


def _registrations(edition: Edition) -> dict[str, Registration]:
    rows = (
        Registration.objects.verified()
        .filter(edition=edition, company__is_demo=True)
        .select_related("company", "booth__hall", "booth__meeting_place")
    )
    return {f"{row.company.slug}/{row.role}": row for row in rows}


def _lay_out(setup: MeetingSetup, entries: dict[str, Any], organiser: User) -> dict[tuple[int, int], Slot]:
    """Add the slots of the online day and of the expo's days; return them by number of day and of time."""
    rules_of_days, online = entries["timetable"], entries["online_day"]
    days = [timezone.localdate() - timedelta(days=1), *_days(setup.edition, rules_of_days)]
    placed: dict[tuple[int, int], Slot] = {}
    for number, day in enumerate(days):
        kind = rules_of_days if number else online
        times = day_of_slots(
            setup.edition,
            day,
            begins=time.fromisoformat(kind["begins"]),
            minutes=kind["minutes"],
            breaks=kind.get("breaks", ()),
            count=kind["times"],
        )
        placed.update(((number, at), slot) for at, slot in enumerate(add_slots(setup, by=organiser, times=times)))
    return placed


def _days(edition: Edition, timetable: dict[str, Any]) -> list[date]:
    """Return the edition's days where they are to come, else as many days from some weeks on."""
    first, last = edition.starts_on, edition.ends_on
    if first is None or last is None or first <= timezone.localdate():
        first = timezone.localdate() + timedelta(days=timetable["starts_in"])
        last = first + timedelta(days=timetable["days"] - 1)
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


@dataclass
class _Stage:
    """Where and between whom the demo's meetings are."""

    edition: Edition
    slots: dict[tuple[int, int], Slot]
    registrations: dict[str, Registration]

    def keep_free(self, entries: dict[str, list[list[int]]]) -> None:
        """Keep some times free for some companies."""
        rows = [
            Occupancy(slot=slot, registration=one, desk=desk, why=Occupancy.Why.BLOCKED)
            for name, times in entries.items()
            if (one := self.registrations.get(name)) is not None
            for slot in (self.slots[day, at] for day, at in times)
            for desk in range(1, one.parallel_meetings + 1)
        ]
        Occupancy.objects.bulk_create(rows)

    def add(self, entry: dict[str, Any]) -> int:
        """Write one request, and the meeting that came of it. Companies that the edition's demo does not have are passed over."""
        sender, receiver = self.registrations.get(entry["from"]), self.registrations.get(entry["to"])
        if sender is None or receiver is None:
            return 0
        slot = self.slots[tuple(entry["in"])] if "in" in entry else None
        state = entry["is"]
        request = self._request(entry, sender, receiver, slot)
        if title := entry.get("about"):
            posting = SourcingRequest.objects.get(registration=sender if sender.role == "buyer" else receiver, title=title)
            AboutPosting.objects.create(request=request, sourcing_request=posting)
        for number, text in enumerate(entry.get("answers", ())):
            side = Side.SENDER if number % 2 else Side.RECEIVER
            Message.objects.create(request=request, by=_person(request.answering), side=side, text=text, language="en")
        if state not in ENDED and state not in {"pending", "countered"}:
            self._meeting(entry, request, slot)
        return 1

    def _request(self, entry: dict[str, Any], sender: Registration, receiver: Registration, slot: Slot | None) -> MeetingRequest:
        state, now = entry["is"], timezone.now()
        waits = state in {"pending", "countered"}
        low, high = sorted([sender.company_id, receiver.company_id])
        return MeetingRequest.objects.create(
            edition=self.edition,
            sender=sender,
            receiver=receiver,
            pair_low_id=low,
            pair_high_id=high,
            sent_by=_person(sender),
            message=entry.get("message", ""),
            status="pending" if waits else ENDED.get(state, "accepted"),
            slot=slot,
            waits_for=Side.SENDER if state == "countered" else Side.RECEIVER,
            expires_at=rules.expires_at(self.edition, slot, now) if waits else now - timedelta(days=2),
            answered_by=_person(receiver) if state not in {"pending", "expired", "withdrawn"} else None,
            answered_at=None if state == "pending" else now,
            reason=entry.get("reason", "") if state == "declined" else "",
            note=entry.get("note", "") if state == "declined" else "",
            is_demo=True,
        )

    def _meeting(self, entry: dict[str, Any], request: MeetingRequest, slot: Slot | None) -> None:
        state, now = entry["is"], timezone.now()
        holds = state in MET and slot is not None
        place = self._place(entry, request) if holds else None
        meeting = Meeting.objects.create(
            request=request,
            edition=self.edition,
            slot=slot,
            place=place,
            status=state,
            queued_at=now if state == "unscheduled" else None,
            reason=entry.get("reason", "") if state == "cancelled" else "",
            note=entry.get("note", "") if state == "cancelled" else "",
            cancelled_side=Side.SENDER if state == "cancelled" else "",
            outcome_asked_at=now if state in MET[1:] else None,
        )
        says, stars = entry.get("says", ["", ""]), entry.get("stars", [None, None])
        seats = [
            Seat(
                meeting=meeting,
                registration=one,
                side=side,
                desk=1 if holds else None,
                person=_person(one),
                says=said,
                said_by=_person(one) if said else None,
                said_at=now if said else None,
                rating=rating,
            )
            for one, side, said, rating in zip(request.parties, Side, says, stars, strict=True)
        ]
        Seat.objects.bulk_create(seats)
        if holds and slot is not None:
            _take(meeting, slot, place, seats)

    def _place(self, entry: dict[str, Any], request: MeetingRequest) -> Place | None:
        """Meet online on the online day, else at the exhibitor's booth, else at a table."""
        host = next(one for one in request.parties if one.role == Registration.Role.EXHIBITOR)
        if entry["in"][0] == 0:
            return Place.objects.get_or_create(edition=self.edition, kind=Place.Kind.ONLINE, code=ONLINE, defaults={"capacity": 1000})[0]
        if host.booth_id is not None:
            return place_at_booth(host)
        taken = Occupancy.objects.filter(slot=request.slot, place__isnull=False).values("place")
        table: Place | None = Place.objects.tables().filter(edition=self.edition).exclude(pk__in=taken).order_by("code").first()
        return table


def _take(meeting: Meeting, slot: Slot, place: Place | None, seats: list[Seat]) -> None:
    rows = [Occupancy(slot=slot, meeting=meeting, registration=seat.registration, desk=1) for seat in seats]
    if place is not None and place.kind != Place.Kind.ONLINE:
        rows.append(Occupancy(slot=slot, meeting=meeting, place=place, desk=1))
    rows += [Occupancy(slot=slot, meeting=meeting, person=seat.person) for seat in seats]
    Occupancy.objects.bulk_create(rows)


def _person(registration: Registration) -> User:
    """Return who stands for the demo's company: it has one."""
    return Member.objects.filter(company=registration.company_id, status=Member.Status.ACTIVE).order_by("pk")[0].user
