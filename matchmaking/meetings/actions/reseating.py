"""Giving many meetings another seat at once: in one transaction, or nothing of it. Their people are told later, once."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, OperationalError, connection, models, transaction
from django.utils import timezone

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.foundation.errors import NotAllowed
from expo.foundation.eventlog import Step, log_all
from matchmaking.meetings import errors, planner, rules
from matchmaking.meetings.actions.fitting import (
    COLUMNS,
    Fitting,
    Ground,
    Held,
    Wanted,
    ground_of,
    in_blocks,
    in_order,
    seat_of,
    seats_by_meeting,
)
from matchmaking.meetings.actions.news import tell_who_is_near
from matchmaking.meetings.conflicts import OF_OCCUPANCY, broken_rule, is_deadlock, is_kept_waiting
from matchmaking.meetings.models import Interpreter, InterpreterAbsence, Meeting, MeetingSetup, MoveProposal, News, Occupancy, Seat
from matchmaking.meetings.queries.problem import NO_TABLE
from matchmaking.meetings.states import MEETING_MOVES, PROPOSAL_MOVES
from matchmaking.meetings.whys import joined_whys
from matchmaking.participants.models import Registration

ROWS_AT_ONCE = 2_000
LONGEST_WHY = 200


@dataclass(frozen=True)
class Reseated:
    """What was done, as numbers of meetings: given a time, moved (time, place or interpreter), left without a time, gone meanwhile."""

    scheduled: tuple[int, ...] = ()
    moved: tuple[int, ...] = ()
    unscheduled: tuple[int, ...] = ()
    gone: tuple[int, ...] = ()


def reseat(
    edition: Edition,
    seats: Mapping[int, planner.Seat | None],
    *,
    by: User | None,
    why: str,
    expected: Mapping[int, int] | None = None,
    known: Mapping[int, planner.Seat | None] | None = None,
    is_planned: bool = False,
) -> Reseated:
    """Give each of the meetings, by number, the seat named; None takes its time away, and it waits for another.

    All or nothing, in one transaction (or the caller's). Desks are found here; who comes keeps coming, if free. A place of None or NO_TABLE keeps
    the time and waits for a table. Meetings that have been called off are left out (`gone`); who sits there already is not touched. Writes the log,
    raises the calendars' SEQUENCE and leaves News, so that `tell_news` tells each of them once. `expected` are the versions that the caller has
    looked at, by meeting; `known` are the seats, for whom any other change does not matter. `is_planned`: it was worked out some time ago, and must not
    touch what the planner would not touch now: what is locked or begins within the hour, and times that are as good as there.

    Raises:
        NotAllowed: `by` looks after neither meetings nor their ground. None is the system itself.
        NoSetup: the edition has no meetings.
        GroundMoved (409): a meeting is in another version than expected, or has another seat than known, or has begun; a time, a place, an interpreter,
            somebody or a day is not free any more, or is too near. `data["meetings"]` says which and why. Nothing is written.
    """
    if by is not None and not (rules.may_look_after(by) or rules.may_set_up(by)):
        raise NotAllowed
    try:
        with transaction.atomic():
            return _reseat(edition, seats, by, why[:LONGEST_WHY], _Known(expected or {}, known or {}, is_planned=is_planned))
    except (IntegrityError, OperationalError) as fault:
        if broken_rule(fault) not in OF_OCCUPANCY and not is_deadlock(fault) and not is_kept_waiting(fault):
            raise
        raise errors.GroundMoved from fault


@dataclass(frozen=True)
class _Known:
    """What the caller has looked at: versions and seats, by meeting."""

    versions: Mapping[int, int]
    seats: Mapping[int, planner.Seat | None]
    is_planned: bool = False

    def is_another(self, meeting: Meeting) -> bool:
        """Whether the meeting is no longer what the caller has seen."""
        pk = meeting.pk
        return self.versions.get(pk, meeting.version) != meeting.version or (pk in self.seats and self.seats[pk] != seat_of(meeting))


def _reseat(edition: Edition, seats: Mapping[int, planner.Seat | None], by: User | None, why: str, known: _Known) -> Reseated:
    setup = MeetingSetup.objects.select_for_update(of=("self",)).filter(edition=edition).first()
    if setup is None:
        raise errors.NoSetup
    ground, now = ground_of(setup), timezone.now()
    meetings = _locked(edition, seats)
    change = _Change(ground, meetings, by=by, why=why, now=now)
    change.sort_out(seats, known)
    change.refuse_what_is_wrong()
    change.write(setup)
    return change.done(seats)


def _locked(edition: Edition, numbers: Iterable[int]) -> dict[int, Meeting]:
    """Read the meetings under their locks, in the order of their numbers as everywhere; only those that are still to come of something."""
    found: dict[int, Meeting] = {}
    for block in in_blocks(numbers):
        rows = Meeting.objects.select_for_update(of=("self",)).filter(edition=edition, pk__in=block).order_by("pk")
        found |= {row.pk: row for row in rows if row.status != Meeting.Status.CANCELLED}
    return found


@dataclass
class _Change:
    """The meetings that change, what they are to have, and what stands in the way."""

    ground: Ground
    meetings: dict[int, Meeting]
    by: User | None
    why: str
    now: datetime
    wanted: dict[int, Wanted] = field(default_factory=dict)
    losing: dict[int, Meeting] = field(default_factory=dict)
    before: dict[int, planner.Seat | None] = field(default_factory=dict)
    seats: dict[int, list[Seat]] = field(default_factory=dict)
    wrong: dict[int, str] = field(default_factory=dict)
    shuffled: dict[tuple[int, int], int] = field(default_factory=dict)
    most: dict[tuple[int, Any], int] = field(default_factory=dict)

    def sort_out(self, seats: Mapping[int, planner.Seat | None], known: _Known) -> None:
        """See who changes at all, and find room for them."""
        for pk, meeting in self.meetings.items():
            wanted = seats[pk]
            if wanted is not None and wanted.place == NO_TABLE:
                wanted = planner.Seat(wanted.slot, None, wanted.interpreter)
            if known.is_another(meeting):
                self.wrong[pk] = "changed"
            elif wanted != seat_of(meeting):
                self._sort_out(meeting, wanted)
                if known.is_planned:
                    self._sort_out_near(meeting, wanted)
        self.seats = seats_by_meeting({pk: self.meetings[pk] for pk in self.before})
        for pk, each in self.wanted.items():
            each.seats = self.seats[pk]
        fitting = Fitting(self.ground)
        fitting.read({each.slot.day for each in self.wanted.values()}, self.before)
        fitting.fit([self.wanted[pk] for pk in sorted(self.wanted)])
        self.wrong = fitting.wrong | self.wrong
        self.shuffled = fitting.shuffled
        self.most = {
            (seat.registration_id, each.slot.day): fitting.most_on(seat.registration_id, each.slot.day)
            for each in self.wanted.values()
            for seat in each.seats
        }

    def _sort_out(self, meeting: Meeting, wanted: planner.Seat | None) -> None:
        self.before[meeting.pk] = seat_of(meeting)
        if not meeting.is_live or (meeting.slot_id in self.ground.slots and self.ground.slots[meeting.slot_id].starts_at <= self.now):
            self.wrong[meeting.pk] = "begun"
        if wanted is None:
            self.losing[meeting.pk] = meeting
            return
        slot, place = self.ground.slots.get(wanted.slot), self.ground.places.get(wanted.place or 0)
        if slot is None:
            self.wrong[meeting.pk] = "slot_gone"
        elif slot.starts_at <= self.now:
            self.wrong[meeting.pk] = "begun"
        elif wanted.place is not None and place is None:
            self.wrong[meeting.pk] = "place_gone"
        elif wanted.interpreter is not None and self._is_away(wanted.interpreter, slot.pk):
            self.wrong[meeting.pk] = "interpreter_gone"
        else:
            self.wanted[meeting.pk] = Wanted(meeting, (), slot, place, wanted.interpreter)

    def _sort_out_near(self, meeting: Meeting, wanted: planner.Seat | None) -> None:
        kept = ((meeting.slot_id, rules.LAST_MINUTES), (wanted.slot if wanted is not None else None, rules.BEFORE_THE_SLOT))
        found = [(self.ground.slots[slot], soon) for slot, soon in kept if slot in self.ground.slots]
        if meeting.is_locked:
            self.wrong.setdefault(meeting.pk, "changed")
        elif any(slot.starts_at <= self.now + soon for slot, soon in found):
            self.wrong.setdefault(meeting.pk, "near")

    def _is_away(self, interpreter: int, slot: int) -> bool:
        return interpreter not in self.ground.interpreters or (interpreter, slot) in self.ground.absent

    def refuse_what_is_wrong(self) -> None:
        if self.wrong:
            raise errors.GroundMoved(self.wrong)

    def write(self, setup: MeetingSetup) -> None:
        """Write it all. The caller has the locks; what others have taken meanwhile is refused by the database."""
        if not self.before:
            return
        others = self._shuffle()
        for block in in_blocks(self.before):
            Occupancy.objects.filter(meeting__in=block).delete()
            ended = PROPOSAL_MOVES.leads_to("withdraw", MoveProposal.Status.PENDING)
            MoveProposal.objects.filter(meeting__in=block, status=MoveProposal.Status.PENDING).update(status=ended)
        held = [row for each in self.wanted.values() for row in each.held()]
        insert_rows(Occupancy, COLUMNS, in_order([*held, *others]))
        self._keep_to_the_day(setup)
        self._write_meetings()
        self._write_seats()
        self._write_news()
        times = {pk: self._times_of(pk) for pk in self.before}
        transaction.on_commit(lambda: tell_who_is_near(setup.edition, times), robust=True)  # What fails here, the sweep makes up for.
        log_all(self._steps(), by=self.by)

    def _shuffle(self) -> list[Held]:
        """Let go of the desks of meetings that stay and change only these; return what they get instead."""
        if not self.shuffled:
            return []
        staying = {meeting for meeting, _registration in self.shuffled}
        list(Meeting.objects.select_for_update(of=("self",)).filter(pk__in=staying).order_by("pk").values_list("pk"))
        rows = list(Occupancy.objects.filter(meeting__in=staying, registration__isnull=False))
        moving = [row for row in rows if (row.meeting_id, row.registration_id) in self.shuffled]
        if len(moving) < len(self.shuffled):
            raise errors.GroundMoved  # One of them was called off or moved just now.
        Occupancy.objects.filter(pk__in=[row.pk for row in moving]).delete()
        return [
            Held(
                "registration",
                row.registration_id or 0,
                row.slot_id,
                self.shuffled[row.meeting_id or 0, row.registration_id or 0],
                row.meeting_id or 0,
            )
            for row in moving
        ]

    def _keep_to_the_day(self, setup: MeetingSetup) -> None:
        """Look and count again, now that the times are taken, as every booking does: see `booking.keep_to_the_day`."""
        days = {day for _registration, day in self.most}
        for block in in_blocks({registration for registration, _day in self.most}):
            rows = Registration.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=block)
            if any(desks < self.ground.desks.get(pk, 1) for pk, desks in rows.order_by("pk").values_list("pk", "parallel_meetings")):
                raise errors.GroundMoved
        self._refuse_who_is_away()
        taken = Occupancy.objects.filter(
            registration__isnull=False, meeting__isnull=False, slot__edition=setup.edition_id, slot__day__in=days
        )
        counted = Counter(taken.order_by().values_list("registration", "slot__day", "desk").iterator(chunk_size=5_000))
        if any(count > self.most.get((registration, day), count) for (registration, day, _desk), count in counted.items()):
            raise errors.GroundMoved

    def _refuse_who_is_away(self) -> None:
        """Whoever notes an absence locks the interpreter, and waits for who has just booked one; or was first, and is seen now."""
        booked = {(each.interpreter, each.slot.pk) for each in self.wanted.values() if each.interpreter is not None}
        if not booked:
            return
        there = Interpreter.objects.filter(pk__in={pk for pk, _slot in booked})
        away = set(InterpreterAbsence.objects.filter(interpreter__in=there).values_list("interpreter", "slot"))
        if booked & away or there.filter(is_active=False).exists():
            raise errors.GroundMoved

    def _write_meetings(self) -> None:
        rows = []
        for pk, meeting in sorted(self.meetings.items()):
            if pk not in self.before:
                continue
            each = self.wanted.get(pk)
            verb = "unschedule" if each is None else ("move" if meeting.status == Meeting.Status.SCHEDULED else "schedule")
            if each is None and meeting.status != Meeting.Status.SCHEDULED:
                continue
            meeting.status = MEETING_MOVES.leads_to(verb, meeting.status)
            meeting.slot, meeting.place = (each.slot, each.place) if each is not None else (None, None)
            meeting.interpreter_id = each.interpreter if each is not None else None
            waits_on = each is not None and each.place is None and meeting.queued_at is not None
            meeting.queued_at = None if each is not None and each.place is not None else (meeting.queued_at if waits_on else self.now)
            meeting.sequence, meeting.version, meeting.changed_at = meeting.sequence + 1, meeting.version + 1, self.now
            rows.append(meeting)
        update_rows(rows, ["status", "slot", "place", "interpreter", "queued_at", "sequence", "version", "changed_at"])

    def _write_seats(self) -> None:
        rows = []
        for pk, seats in sorted(self.seats.items()):
            each = self.wanted.get(pk)
            for seat in seats:
                seat.desk = each.desks[seat.registration_id] if each is not None else None
                seat.person_id = each.people.get(seat.pk) if each is not None else seat.person_id
                seat.alarmed_hours = seat.reminded_hours = None
                rows.append(seat)
        update_rows(rows, ["desk", "person", "alarmed_hours", "reminded_hours"])
        for (meeting, registration), desk in sorted(self.shuffled.items()):
            Seat.objects.filter(meeting=meeting, registration=registration).update(desk=desk)

    def _write_news(self) -> None:
        """What people know of is what they had before the first change; who is back there needs not be told anything. Each reason is kept."""
        known: dict[int, News] = {}
        for block in in_blocks(self.before):
            rows = News.objects.select_for_update(of=("self",)).filter(meeting__in=block)  # Whoever is just telling comes to an end first.
            known |= {row.meeting_id: row for row in rows.order_by("pk")}
        back = {row.pk for pk, row in known.items() if row.before == as_data(seat_of(self.meetings[pk]))}
        for block in in_blocks(sorted(back)):
            News.objects.filter(pk__in=block).delete()
        again: dict[str, list[int]] = {}
        for row in known.values():
            if row.pk not in back:
                again.setdefault(joined_whys(row.why, self.why, longest=LONGEST_WHY), []).append(row.pk)
        for why, rows_of_why in again.items():
            for block in in_blocks(rows_of_why):
                News.objects.filter(pk__in=block).update(why=why, by=self.by, created_at=self.now)
        new = [pk for pk in sorted(self.before) if pk not in known]
        News.objects.bulk_create(
            [News(meeting_id=pk, before=as_data(self.before[pk]), why=self.why, by=self.by, created_at=self.now) for pk in new],
            batch_size=ROWS_AT_ONCE,
        )

    def _times_of(self, pk: int) -> list[int]:
        before, each = self.before[pk], self.wanted.get(pk)
        return [*([before.slot] if before is not None else []), *([each.slot.pk] if each is not None else [])]

    def _steps(self) -> list[Step]:
        return [(self.meetings[pk], *self._step(pk)) for pk in sorted(self.before)]

    def _step(self, pk: int) -> tuple[str, dict[str, Any]]:
        before, each = self.before[pk], self.wanted.get(pk)
        if each is None:
            return "meeting.lost_its_time", {"before": before and before.slot, "why": self.why}
        now = {"slot": each.slot.pk, "place": each.place and each.place.code, "why": self.why}
        if before is None:
            return "meeting.scheduled", now | {"request": each.meeting.request_id}
        return "meeting.moved", now | {"before": before.slot}

    def done(self, seats: Mapping[int, Any]) -> Reseated:
        return Reseated(
            scheduled=tuple(pk for pk in sorted(self.wanted) if self.before[pk] is None),
            moved=tuple(pk for pk in sorted(self.wanted) if self.before[pk] is not None),
            unscheduled=tuple(sorted(self.losing)),
            gone=tuple(sorted(set(seats) - set(self.meetings))),
        )


def as_data(seat: planner.Seat | None) -> dict[str, int | None]:
    """Return a seat as News keeps it."""
    return {"slot": None, "place": None, "interpreter": None} if seat is None else {
        "slot": seat.slot, "place": seat.place, "interpreter": seat.interpreter,
    }  # fmt: skip


def insert_rows(model: type[models.Model], columns: Sequence[str], values: Iterable[Sequence[Any]]) -> None:
    """Insert rows of these columns, of plain values, in the order given: one statement, run for each. A model for each of a hundred thousand takes six times as long."""
    quoted = connection.ops.quote_name
    fields: list[Any] = [model._meta.get_field(name) for name in columns]
    names, places = ", ".join(quoted(one.column) for one in fields), ", ".join(["%s"] * len(fields))
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {quoted(model._meta.db_table)} ({names}) VALUES ({places})", list(values))  # noqa: S608 - names of our own


def update_rows(rows: Sequence[models.Model], columns: Sequence[str]) -> None:
    """Write these columns of many rows: one statement, run for each. `bulk_update` takes minutes for what this takes a second."""
    if not rows:
        return
    meta = rows[0]._meta
    fields: list[Any] = [meta.get_field(name) for name in columns]
    quoted = connection.ops.quote_name
    said = ", ".join(f"{quoted(one.column)} = %s" for one in fields)
    statement = f"UPDATE {quoted(meta.db_table)} SET {said} WHERE {quoted('id')} = %s"  # noqa: S608 - names of our own
    values = [(*(one.get_db_prep_save(getattr(row, one.attname), connection) for one in fields), row.pk) for row in rows]
    with connection.cursor() as cursor:
        cursor.executemany(statement, values)
