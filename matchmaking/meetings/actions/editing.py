"""Changing the ground while meetings are booked: shown before, done in one transaction, undone as far as it still can be."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from expo.accounts.models import User
from expo.foundation.errors import IllegalMove, Invalid, NotAllowed
from expo.foundation.eventlog import log
from matchmaking.meetings import errors, planner, rules
from matchmaking.meetings.actions.grounds import clean_desks, restore_ground, write_ground
from matchmaking.meetings.actions.reseating import reseat
from matchmaking.meetings.models import Edit, Meeting, MeetingSetup, Place, Slot
from matchmaking.meetings.queries.edits.after import NO_ROW_YET, new_place_of, struck_by
from matchmaking.meetings.queries.edits.history import may_undo
from matchmaking.meetings.queries.edits.kinds import Change, Kind, read_change
from matchmaking.meetings.queries.edits.previews import Outcome, Preview, kept_preview, preview
from matchmaking.meetings.whys import why_code

MOST_TRIES = 20
Seats = dict[int, planner.Seat | None]
# Their meetings stand on what the change made: it goes as a whole, or not at all.
AS_A_WHOLE = frozenset({Kind.MOVE_SLOT, Kind.MOVE_EXHIBITOR})


def apply_edit(setup: MeetingSetup, kind: str, given: Mapping[str, Any], *, digest: str, by: User, now: datetime | None = None) -> Edit:
    """Do what the preview with this digest showed: the ground, the seats of all it touches, and the news of it, or nothing.

    Nobody loses a meeting by it: whoever cannot be seated anew waits, and is told. What is to be dealt with by hand stays as it is.

    Raises:
        NotAllowed: `by` may not set up meetings. Invalid: by field.
        PreviewIsOld (409): it is not what would happen now; look at a new preview.
        GroundMoved (409): somebody took one of the seats at this moment. Nothing is written.
    """
    if not rules.may_set_up(by):
        raise NotAllowed
    now = now or timezone.now()
    shown = kept_preview(digest)
    try:
        change = read_change(setup, kind, given, now)
    except Invalid as fault:
        if shown is not None:
            raise errors.PreviewIsOld from fault
        raise
    if shown is None or (shown.kind, shown.parameters) != (change.kind, change.parameters):
        shown = preview(setup, kind, given, now=now)
    if shown.digest != digest:
        raise errors.PreviewIsOld
    with transaction.atomic():
        return _apply(setup, shown, by, now)


def _apply(setup: MeetingSetup, shown: Preview, by: User, now: datetime) -> Edit:
    row = MeetingSetup.objects.select_for_update(of=("self",)).select_related("edition").get(pk=setup.pk)
    _lock_ground(row, shown, now)
    try:
        change = read_change(row, shown.kind, shown.parameters, now)
    except Invalid as fault:  # Done meanwhile, or no longer there.
        raise errors.PreviewIsOld from fault
    if tuple(struck_by(row, change, now)) != shown.struck or not _in_time(shown, now):
        raise errors.PreviewIsOld
    stood_for = new_place_of(change) if change.booth is not None else None
    before, after = write_ground(change, by, now)
    seats = _real(shown.seats, {stood_for: after.get("place")}, {change.slot.pk: after.get("slot")} if change.slot is not None else {})
    versions = {hit.meeting: hit.version for hit in shown.hits}
    moving = {pk: seat for pk, seat in seats.items() if seat != _before(shown)[pk]}
    reseat(row.edition, moving, by=by, why=change.why, expected={pk: versions[pk] for pk in moving})
    clean_desks(change)
    edit = Edit.objects.create(
        edition=row.edition,
        kind=change.kind,
        subject=change.subject,
        parameters=change.parameters,
        before=before | {"seats": {str(pk): _as_data(_before(shown)[pk]) for pk in moving}},
        after=after | {"seats": {str(pk): _as_data(seat) for pk, seat in moving.items()}},
        counts=shown.counts,
        done_by=by,
    )
    log(edit, "change_meetings_ground", by=by, kind=edit.kind, subject=edit.subject, **shown.counts)
    return edit


def _lock_ground(setup: MeetingSetup, shown: Preview, now: datetime) -> None:
    """Let bookings that are just being written come to an end: who writes into these rows later looks at them again and is refused."""
    change = _still(setup, shown, now)
    places = {*change.places, *([change.place.pk] if change.place is not None else [])}
    for rows in (
        Slot.objects.filter(pk=change.slot.pk) if change.slot is not None else None,
        Place.objects.filter(pk__in=places) if places else None,
        type(change.interpreter).objects.filter(pk=change.interpreter.pk) if change.interpreter is not None else None,
    ):
        if rows is not None:
            list(rows.select_for_update(of=("self",)).order_by("pk").values_list("pk"))


def _still(setup: MeetingSetup, shown: Preview, now: datetime) -> Change:
    try:
        return read_change(setup, shown.kind, shown.parameters, now)
    except Invalid as fault:
        raise errors.PreviewIsOld from fault


def _in_time(shown: Preview, now: datetime) -> bool:
    """Whether nobody is moved from, or to, a time that has come too near since the preview."""
    others = {hit.before.slot for hit in shown.hits if not hit.is_struck}
    others |= {hit.after.slot for hit in shown.of(Outcome.TIME) if hit.after is not None}
    soon = now + rules.LAST_MINUTES
    return not Slot.objects.filter(pk__in=others - {shown.parameters.get("slot", 0)}, starts_at__lte=soon).exists()


def _before(shown: Preview) -> Seats:
    return {hit.meeting: _plain(hit.before) for hit in shown.hits}


def _plain(seat: planner.Seat) -> planner.Seat:
    """Without the planner's sign for a table that is waited for."""
    return planner.Seat(seat.slot, None, seat.interpreter) if seat.place is not None and NO_ROW_YET < seat.place < 0 else seat


def _real(seats: Seats, new_places: Mapping[int | None, int | None], new_slots: Mapping[int, int | None]) -> Seats:
    """Put the rows that the change has just made in the place of the numbers that stood for them."""

    def real(seat: planner.Seat | None) -> planner.Seat | None:
        if seat is None:
            return None
        return _plain(planner.Seat(new_slots.get(seat.slot) or seat.slot, new_places.get(seat.place) or seat.place, seat.interpreter))

    return {pk: real(seat) for pk, seat in seats.items()}


def _as_data(seat: planner.Seat | None) -> list[int | None] | None:
    return [seat.slot, seat.place, seat.interpreter] if seat is not None else None


def _seat(data: list[Any] | None) -> planner.Seat | None:
    return planner.Seat(*data) if data is not None else None


@transaction.atomic
def undo_edit(edit: Edit, *, by: User, now: datetime | None = None) -> Edit:
    """Put the ground back, and every meeting that still can be where it was. `undone` says how many came back, which could not, and why.

    Raises:
        NotAllowed: `by` may not set up meetings.
        IllegalMove: it is undone already. CannotUndo: something stands in the way; nothing is written.
    """
    if not rules.may_set_up(by):
        raise NotAllowed
    now = now or timezone.now()
    setup = MeetingSetup.objects.select_for_update(of=("self",)).select_related("edition").get(edition=edit.edition_id)
    row: Edit = Edit.objects.select_for_update(of=("self",)).get(pk=edit.pk)
    if row.undone_at is not None:
        raise IllegalMove
    if not may_undo(row):
        raise errors.CannotUndo
    restore_ground(row, setup, by, now)
    wanted, stay = _to_bring_back(row, now)
    back, refused = _brought_back(setup, wanted, by=by)
    stay |= refused
    if stay and row.kind in AS_A_WHOLE:
        raise errors.CannotUndo
    row.undone = {"restored": len(back), "could_not": [[pk, stay[pk]] for pk in sorted(stay)]}
    row.undone_by, row.undone_at = by, now
    row.save(update_fields=["undone", "undone_by", "undone_at"])
    log(row, "undo_meetings_ground", by=by, kind=row.kind, subject=row.subject, restored=len(back), could_not=sorted(stay))
    edit.undone, edit.undone_by, edit.undone_at = row.undone, row.undone_by, row.undone_at
    return row


def _to_bring_back(edit: Edit, now: datetime) -> tuple[Seats, dict[int, str]]:
    """Return the seats that meetings had and may still go back to, and what is in the way of the others. Two queries."""
    had = {int(pk): _seat(data) for pk, data in edit.before.get("seats", {}).items()}
    got = {int(pk): _seat(data) for pk, data in edit.after.get("seats", {}).items()}
    meetings = Meeting.objects.filter(pk__in=had).only("pk", "status", "slot", "place", "interpreter")
    begins = dict(Slot.objects.filter(pk__in=_slots_of(had) | _slots_of(got)).values_list("pk", "starts_at"))
    wanted, stay = Seats(), dict[int, str]()
    for meeting in meetings:
        before, after = had[meeting.pk], got[meeting.pk]
        sits = planner.Seat(meeting.slot_id, meeting.place_id, meeting.interpreter_id) if meeting.slot_id is not None else None
        if meeting.status not in Meeting.LIVE:
            stay[meeting.pk] = "over"
        elif sits != after:
            stay[meeting.pk] = "changed"
        elif before is not None and not _is_early_enough(before, after, begins, now):
            stay[meeting.pk] = "near"
        else:
            wanted[meeting.pk] = before
    return wanted, stay


def _slots_of(seats: Seats) -> set[int]:
    return {seat.slot for seat in seats.values() if seat is not None}


def _is_early_enough(before: planner.Seat, after: planner.Seat | None, begins: Mapping[int, datetime], now: datetime) -> bool:
    """At the same time, while it has not begun; from one time to another, while neither is within the hour."""
    if after is not None and after.slot == before.slot:
        return begins[before.slot] > now
    soon: timedelta = rules.LAST_MINUTES
    return begins[before.slot] > now + soon and (after is None or begins[after.slot] > now + soon)


def _brought_back(setup: MeetingSetup, wanted: Seats, *, by: User) -> tuple[Seats, dict[int, str]]:
    """Seat all that can be seated as before; who cannot stays, with the word for why. Up to twenty tries."""
    refused = dict[int, str]()
    for _number in range(MOST_TRIES):
        if not wanted:
            break
        try:
            with transaction.atomic():
                reseat(setup.edition, wanted, by=by, why=why_code("undone"))
            break
        except errors.GroundMoved as fault:
            found = {pk: why for pk, why in fault.meetings.items() if pk in wanted}
            if not found:
                raise
            refused |= found
            wanted = {pk: seat for pk, seat in wanted.items() if pk not in found}
    return wanted, refused
