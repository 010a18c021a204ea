"""The ground itself, as a change of the organiser alters it and its undoing puts it back. Under the lock that the verb holds."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.dateparse import parse_datetime

from expo.accounts.models import User
from expo.foundation.errors import Refused
from expo.venue.models import Booth
from matchmaking.meetings import errors
from matchmaking.meetings.models import (
    Edit,
    Interpreter,
    InterpreterAbsence,
    Meeting,
    MeetingSetup,
    MoveProposal,
    Occupancy,
    Place,
    RoleRight,
    Seat,
    Slot,
)
from matchmaking.meetings.queries.edits.kinds import Change, Kind
from matchmaking.participants import actions as participants
from matchmaking.participants.models import Registration

Ground = dict[str, Any]
# Set while a change moves an exhibitor together with its meetings: then nothing is left behind at the old booth.
MOVES_ALONG: ContextVar[bool] = ContextVar("moves_along", default=False)


@contextmanager
def moving_along() -> Iterator[None]:
    """Let an exhibitor's booth change while its meetings are moved by the same transaction."""
    token = MOVES_ALONG.set(True)
    try:
        yield
    finally:
        MOVES_ALONG.reset(token)


def write_ground(change: Change, by: User, now: datetime) -> tuple[Ground, Ground]:
    """Alter the ground, and return what is needed to put it back, and what was made."""
    before, after = WRITERS[change.kind](change, by, now)
    if change.slot is not None:
        before["proposals"] = _end_proposals(change.slot, now)
    return before, after


def _end_proposals(slot: Slot, now: datetime) -> dict[str, str]:
    """Let proposed changes to this time run out now: the next sweep tells who proposed them."""
    rows = MoveProposal.objects.filter(slot=slot, status=MoveProposal.Status.PENDING, expires_at__gt=now)
    ended = {str(pk): expires_at.isoformat() for pk, expires_at in rows.values_list("pk", "expires_at")}
    MoveProposal.objects.filter(pk__in=ended).update(expires_at=now)
    return ended


def _remove_slot(change: Change, _by: User, now: datetime) -> tuple[Ground, Ground]:
    Slot.objects.filter(pk=_slot(change).pk).update(removed_at=now)
    return {}, {}


def _make_break(change: Change, _by: User, _now: datetime) -> tuple[Ground, Ground]:
    slot = _slot(change)
    Slot.objects.filter(pk=slot.pk).update(kind=Slot.Kind.BREAK, title=change.parameters["title"])
    return {"title": slot.title}, {}


def _move_slot(change: Change, _by: User, now: datetime) -> tuple[Ground, Ground]:
    """The old time is taken out and another stands in its stead: so that it can be told which was which."""
    old = _slot(change)
    if change.begins is None or change.ends is None:
        raise LookupError(change.kind)
    Slot.objects.filter(pk=old.pk).update(removed_at=now)
    day = change.begins.astimezone(ZoneInfo(old.edition.time_zone)).date()
    columns = {"edition_id": old.edition_id, "kind": old.kind, "title": old.title}
    new = Slot.objects.create(starts_at=change.begins, ends_at=change.ends, day=day, **columns)
    if change.begins < old.ends_at and change.ends > old.starts_at:
        kept = Occupancy.objects.filter(slot=old, meeting__isnull=True).values_list("registration", "person", "desk", "why")
        Occupancy.objects.bulk_create(
            Occupancy(slot=new, registration_id=registration, person_id=person, desk=desk, why=why)
            for registration, person, desk, why in kept
        )
    return {}, {"slot": new.pk}


def _close_hall(change: Change, _by: User, now: datetime) -> tuple[Ground, Ground]:
    """Booths that are no meeting places yet become closed ones: else the first meeting there would open them."""
    hall = change.hall
    booths = Booth.objects.filter(hall=hall, meeting_place__isnull=True).values_list("pk", "code", "edition")
    kind = Place.Kind.BOOTH
    Place.objects.bulk_create(
        (Place(edition_id=edition, hall=hall, kind=kind, booth_id=pk, code=code) for pk, code, edition in booths),
        batch_size=500,
    )
    closed = list(Place.objects.open().filter(hall=hall).order_by("pk").values_list("pk", flat=True))
    Place.objects.filter(hall=hall, closed_at__isnull=True).update(closed_at=now)
    return {}, {"closed": closed, "since": now.isoformat()}


def _reopen_hall(change: Change, _by: User, _now: datetime) -> tuple[Ground, Ground]:
    return {}, {"opened": _opened(Place.objects.filter(hall=change.hall, closed_at__isnull=False))}


def _close_place(change: Change, _by: User, now: datetime) -> tuple[Ground, Ground]:
    Place.objects.filter(pk=_place(change).pk).update(closed_at=now)
    return {}, {"closed": [_place(change).pk], "since": now.isoformat()}


def _reopen_place(change: Change, _by: User, _now: datetime) -> tuple[Ground, Ground]:
    return {}, {"opened": _opened(Place.objects.filter(pk=_place(change).pk))}


def _opened(rows: Any) -> list[int]:
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    Place.objects.filter(pk__in=keys).update(closed_at=None)
    return keys


def _change_capacity(change: Change, by: User, _now: datetime) -> tuple[Ground, Ground]:
    place, host = _place(change), change.registration
    before = {"capacity": place.capacity, "parallel_meetings": host.parallel_meetings if host is not None else None}
    Place.objects.filter(pk=place.pk).update(capacity=change.capacity)
    if host is not None:
        participants.arrange_registration(host, by=by, parallel_meetings=change.capacity)
    return before, {"host": host.pk if host is not None else None}


def _move_exhibitor(change: Change, by: User, _now: datetime) -> tuple[Ground, Ground]:
    host, booth = change.registration, change.booth
    if host is None or booth is None:
        raise LookupError(change.kind)
    columns = {"edition_id": booth.edition_id, "hall_id": booth.hall_id, "kind": Place.Kind.BOOTH, "code": booth.code}
    place = Place.objects.get_or_create(booth=booth, defaults=columns)[0]
    Place.objects.filter(pk=place.pk).update(capacity=host.parallel_meetings)
    before = {"booth": host.booth_id}
    try:
        with moving_along():
            participants.move_booth(host, booth, by=by)
    except Refused as fault:
        raise errors.PreviewIsOld(fault.detail) from fault
    return before, {"place": place.pk}


def _interpreter_away(change: Change, _by: User, _now: datetime) -> tuple[Ground, Ground]:
    interpreter = _interpreter(change)
    if change.parameters["day"] is None:
        Interpreter.objects.filter(pk=interpreter.pk).update(is_active=False)
        return {}, {"for_good": True}
    there = set(interpreter.absences.values_list("slot", flat=True))
    new = sorted(change.away - there)
    InterpreterAbsence.objects.bulk_create(InterpreterAbsence(interpreter=interpreter, slot_id=slot) for slot in new)
    return {}, {"absent": new}


def _interpreter_back(change: Change, _by: User, now: datetime) -> tuple[Ground, Ground]:
    interpreter = _interpreter(change)
    Interpreter.objects.filter(pk=interpreter.pk).update(is_active=True)
    interpreter.absences.filter(slot__ends_at__gt=now).delete()
    return {}, {}


def _change_right(change: Change, _by: User, _now: datetime) -> tuple[Ground, Ground]:
    setup = MeetingSetup.objects.get(edition=change.edition)
    asking, asked = change.roles
    cell = setup.rights.filter(asking=asking, asked=asked).first()
    before = {"cell": [cell.may_see, cell.may_ask] if cell is not None else None}
    says = {name: change.parameters[name] for name in ("may_see", "may_ask")}
    RoleRight.objects.update_or_create(setup=setup, asking=asking, asked=asked, defaults=says)
    return before, {}


WRITERS: dict[str, Callable[[Change, User, datetime], tuple[Ground, Ground]]] = {
    Kind.REMOVE_SLOT: _remove_slot,
    Kind.MOVE_SLOT: _move_slot,
    Kind.MAKE_BREAK: _make_break,
    Kind.CLOSE_HALL: _close_hall,
    Kind.REOPEN_HALL: _reopen_hall,
    Kind.CLOSE_PLACE: _close_place,
    Kind.REOPEN_PLACE: _reopen_place,
    Kind.CHANGE_CAPACITY: _change_capacity,
    Kind.MOVE_EXHIBITOR: _move_exhibitor,
    Kind.INTERPRETER_AWAY: _interpreter_away,
    Kind.INTERPRETER_BACK: _interpreter_back,
    Kind.CHANGE_RIGHT: _change_right,
}


def clean_desks(change: Change) -> None:
    """Give who sits at a desk that is there no more one of the desks that are left. Nobody is told: time and place are the same."""
    if change.kind != Kind.CHANGE_CAPACITY:
        return
    place, host = _place(change).pk, change.registration
    for wanted in ({"place": place}, {"registration": host.pk} if host is not None else {"place": place}):
        for row in list(Occupancy.objects.filter(**wanted, meeting__isnull=False, desk__gt=change.capacity, slot__removed_at__isnull=True)):
            taken = set(Occupancy.objects.filter(**wanted, slot=row.slot_id).values_list("desk", flat=True))
            free = next((desk for desk in range(1, change.capacity + 1) if desk not in taken), None)
            if free is None:
                continue  # Locked, under way or over: people deal with it.
            Occupancy.objects.filter(pk=row.pk).update(desk=free)
            if row.registration_id is not None:
                Seat.objects.filter(meeting=row.meeting_id, registration=row.registration_id).update(desk=free)


def restore_ground(edit: Edit, setup: MeetingSetup, by: User, now: datetime) -> None:
    """Put the ground back as it was before the change.

    Raises:
        CannotUndo: something else stands there now, or was booked on what the change made.
    """
    RESTORERS[edit.kind](edit, setup, by, now)
    for pk, expires_at in edit.before.get("proposals", {}).items():
        rows = MoveProposal.objects.filter(pk=int(pk), status=MoveProposal.Status.PENDING)
        rows.update(expires_at=parse_datetime(expires_at))


def _bring_slot_back(edit: Edit, setup: MeetingSetup, _by: User, _now: datetime) -> None:
    slot = Slot.objects.get(pk=edit.parameters["slot"])
    others = Slot.objects.standing().filter(edition=setup.edition_id, starts_at__lt=slot.ends_at, ends_at__gt=slot.starts_at)
    if others.exclude(pk=slot.pk).exists():
        raise errors.CannotUndo
    title = {"title": edit.before["title"]} if "title" in edit.before else {}
    Slot.objects.filter(pk=slot.pk).update(removed_at=None, kind=Slot.Kind.MEETING, **title)


def _bring_slot_home(edit: Edit, setup: MeetingSetup, by: User, now: datetime) -> None:
    new = edit.after["slot"]
    _refuse_booked_since(edit, Meeting.objects.live().filter(slot=new))
    Slot.objects.filter(pk=new).update(removed_at=now)
    _bring_slot_back(edit, setup, by, now)


def _refuse_booked_since(edit: Edit, rows: Any) -> None:
    """What the change made cannot go while others have booked there."""
    moved = [int(pk) for pk in edit.after.get("seats", {})]
    if rows.exclude(pk__in=moved).exists():
        raise errors.CannotUndo


def _open_again(edit: Edit, _setup: MeetingSetup, _by: User, _now: datetime) -> None:
    since = parse_datetime(edit.after["since"])
    Place.objects.filter(pk__in=edit.after["closed"], closed_at=since).update(closed_at=None)


def _bring_capacity_back(edit: Edit, _setup: MeetingSetup, by: User, _now: datetime) -> None:
    if edit.before["capacity"] < edit.parameters["capacity"]:
        raise errors.CannotUndo
    Place.objects.filter(pk=edit.parameters["place"]).update(capacity=edit.before["capacity"])
    host = Registration.objects.filter(pk=edit.after["host"]).first()
    if host is not None:
        participants.arrange_registration(host, by=by, parallel_meetings=edit.before["parallel_meetings"])


def _bring_exhibitor_back(edit: Edit, _setup: MeetingSetup, by: User, now: datetime) -> None:
    host = Registration.objects.get(pk=edit.parameters["registration"])
    booth = Booth.objects.filter(pk=edit.before["booth"]).first()
    _refuse_booked_since(edit, Meeting.objects.live().filter(place=edit.after["place"], slot__starts_at__gt=now))
    if booth is None or host.booth_id != edit.parameters["booth"]:
        raise errors.CannotUndo
    try:
        with moving_along():
            participants.move_booth(host, booth, by=by)
    except Refused as fault:
        raise errors.CannotUndo from fault


def _call_interpreter_back(edit: Edit, _setup: MeetingSetup, _by: User, _now: datetime) -> None:
    who = edit.parameters["interpreter"]
    if edit.after.get("for_good"):
        Interpreter.objects.filter(pk=who).update(is_active=True)
    InterpreterAbsence.objects.filter(interpreter=who, slot__in=edit.after.get("absent", [])).delete()


def _bring_right_back(edit: Edit, setup: MeetingSetup, _by: User, _now: datetime) -> None:
    cell = edit.before["cell"]
    rows = setup.rights.filter(asking=edit.parameters["asking"], asked=edit.parameters["asked"])
    if cell is None:
        rows.delete()
    else:
        rows.update(may_see=cell[0], may_ask=cell[1])


RESTORERS: dict[str, Callable[[Edit, MeetingSetup, User, datetime], None]] = {
    Kind.REMOVE_SLOT: _bring_slot_back,
    Kind.MAKE_BREAK: _bring_slot_back,
    Kind.MOVE_SLOT: _bring_slot_home,
    Kind.CLOSE_HALL: _open_again,
    Kind.CLOSE_PLACE: _open_again,
    Kind.CHANGE_CAPACITY: _bring_capacity_back,
    Kind.MOVE_EXHIBITOR: _bring_exhibitor_back,
    Kind.INTERPRETER_AWAY: _call_interpreter_back,
    Kind.CHANGE_RIGHT: _bring_right_back,
}


def _slot(change: Change) -> Slot:
    if change.slot is None:
        raise LookupError(change.kind)
    return change.slot


def _place(change: Change) -> Place:
    if change.place is None:
        raise LookupError(change.kind)
    return change.place


def _interpreter(change: Change) -> Interpreter:
    if change.interpreter is None:
        raise LookupError(change.kind)
    return change.interpreter
