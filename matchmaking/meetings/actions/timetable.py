"""The timetable: the times at which people meet, and the breaks. Only what nobody uses is changed here."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.foundation.dates import clock, short_day
from expo.foundation.errors import IllegalMove, Invalid, NotAllowed
from expo.foundation.eventlog import log
from expo.foundation.text import one_line
from matchmaking.meetings import errors, rules
from matchmaking.meetings.models import MeetingSetup, Slot
from matchmaking.meetings.queries.timetable import Use, days_of, uses_of
from matchmaking.meetings.zones import moment_on

LUNCH = gettext_noop("Lunch")  # Kept in English and translated where it is shown: the organiser's language is not everybody's.
Time = tuple[datetime, datetime, str, str]
LEAST_MINUTES, MOST_MINUTES = 5, 240
MOST_BREAKS, MOST_DAYS = 12, 60
LONGEST_TITLE = 80
MOST_SENTENCES = 5


@dataclass(frozen=True)
class Pause:
    """A break of a day, on the expo's clocks."""

    begins: time
    ends: time
    title: str = LUNCH


@dataclass(frozen=True)
class DayPlan:
    """How a day is laid: meetings of so many minutes from `begins` to `ends`, on the expo's clocks, with breaks between them."""

    begins: time
    ends: time
    minutes: int
    pauses: tuple[Pause, ...] = ()


@dataclass
class LaidDay:
    """What laying would make of a day: the new times, the slots that it takes out, those that stay because they are in use.

    `same` stand there already just as planned: nothing is done to them.
    """

    day: date
    times: list[Time]
    gone: list[Slot] = field(default_factory=list)
    stay: list[Slot] = field(default_factory=list)
    same: list[Slot] = field(default_factory=list)


@transaction.atomic
def add_slots(setup: MeetingSetup, *, by: User, times: Sequence[Time], only_expo: bool = False) -> list[Slot]:
    """Add to the timetable: begin, end, kind and title of each. They may touch each other and what is there, and never overlap.

    With `only_expo` they lie on days of the expo, or on days that have times already.

    Raises:
        NotAllowed: `by` may not. SlotsOverlap, Invalid: nothing is added; the sentences name the times.
    """
    row = _locked(setup, by)
    new = [_slot(row.edition, one) for one in times]
    if only_expo:
        _refuse_other_days(row.edition, [slot.day for slot in new])
    return _added(row, new, by)


@transaction.atomic
def lay_days(setup: MeetingSetup, *, by: User, days: Collection[date], plan: DayPlan, replace: bool = False) -> list[LaidDay]:
    """Lay whole days alike. With `replace`, the times of these days that nobody uses are taken out first; they can be put back.

    What stands there already just as planned stays as it is, and where that is all, nothing is written.

    Raises:
        NotAllowed: `by` may not. SlotsOverlap, Invalid: nothing is written; the sentences name the row.
    """
    row = _locked(setup, by)
    laid = days_laid(row.edition, days, plan, replace=replace)
    gone = [slot.pk for one in laid for slot in one.gone]
    if gone:
        _still_free(gone)
        Slot.objects.filter(pk__in=gone).update(removed_at=timezone.now())
    new = [_slot(row.edition, time) for one in laid for time in one.times]
    if gone or new:
        _added(row, new, by, taken_out=gone)
    return laid


def days_laid(edition: Edition, days: Collection[date], plan: DayPlan, *, replace: bool = False) -> list[LaidDay]:
    """Return what `lay_days` would do, and write nothing. Four queries. Raises SlotsOverlap, Invalid as it does."""
    _refuse_other_days(edition, days)
    standing = list(Slot.objects.standing().filter(edition=edition, day__in=days).order_by("starts_at"))
    uses = uses_of([slot.pk for slot in standing]) if replace else {}
    laid, wrong = [], []
    for day in sorted(set(days)):
        own = [slot for slot in standing if slot.day == day]
        laid.append(_laid_day(edition, day, plan, own, uses if replace else None))
        wrong += _clashes([_slot(edition, one) for one in laid[-1].times], [*laid[-1].stay, *laid[-1].same], edition)
    if wrong:
        raise errors.SlotsOverlap(fields={"days": wrong})
    return laid


def _laid_day(edition: Edition, day: date, plan: DayPlan, own: list[Slot], uses: dict[int, Use] | None) -> LaidDay:
    """Return what becomes of the day's own slots and of the plan's times; without `uses` nothing is replaced."""
    times = times_of_day(edition, day, plan)
    if uses is None:
        return LaidDay(day, times, stay=own)
    standing = {_time_of(slot): slot for slot in own}
    same = [standing[time] for time in times if time in standing]
    others = [slot for slot in own if slot not in same]
    gone = [slot for slot in others if not uses[slot.pk].is_used]
    stay = [slot for slot in others if uses[slot.pk].is_used]
    return LaidDay(day, [time for time in times if time not in standing], gone, stay, same)


def _time_of(slot: Slot) -> Time:
    return slot.starts_at, slot.ends_at, slot.kind, slot.title


@transaction.atomic
def remove_slots(setup: MeetingSetup, *, by: User, slots: Collection[Slot]) -> int:
    """Take times out of the timetable that nobody uses, all or none, and return how many. They can be put back.

    Raises:
        NotAllowed: `by` may not. SlotInUse: somebody meets or is asked in one. IllegalMove: one is out already.
    """
    row = _locked(setup, by)
    keys = _of_setup(row, slots, standing=True)
    _still_free(keys)
    Slot.objects.filter(pk__in=keys).update(removed_at=timezone.now())
    log(row, "remove_slots", by=by, slots=keys)
    return len(keys)


@transaction.atomic
def restore_slots(setup: MeetingSetup, *, by: User, slots: Collection[Slot]) -> int:
    """Put times back that were taken out, and return how many.

    Raises:
        NotAllowed: `by` may not. SlotsOverlap: something else stands there now. IllegalMove: one was not taken out.
    """
    row = _locked(setup, by)
    keys = _of_setup(row, slots, standing=False)
    found = list(Slot.objects.filter(pk__in=keys).select_related("edition"))
    _refuse_overlaps(row.edition, found)
    Slot.objects.filter(pk__in=keys).update(removed_at=None)
    log(row, "restore_slots", by=by, slots=keys)
    return len(keys)


@transaction.atomic
def change_slot(slot: Slot, *, by: User, **fields: object) -> Slot:
    """Move a time that nobody uses, make it a break or a meeting time, or name it: `starts_at`, `ends_at`, `kind`, `title`.

    Raises:
        NotAllowed: `by` may not. SlotInUse: somebody meets or is asked in it, and more than its title would change.
        SlotsOverlap, Invalid: by field. IllegalMove: it was taken out.
    """
    row = _locked(MeetingSetup.objects.get(edition=slot.edition_id), by)
    _of_setup(row, [slot], standing=True)
    old = Slot.objects.select_related("edition").get(pk=slot.pk)
    sent = {name: fields.get(name, getattr(old, name)) for name in ("starts_at", "ends_at", "kind", "title")}
    new = _slot(row.edition, (sent["starts_at"], sent["ends_at"], sent["kind"], sent["title"]))
    if any(getattr(new, name) != getattr(old, name) for name in ("starts_at", "ends_at", "kind")):
        _still_free([old.pk])
    _refuse_other_days(row.edition, [new.day])
    _refuse_overlaps(row.edition, [new], apart_from=old.pk)
    new.pk, new.removed_at = old.pk, None
    new.save(update_fields=["starts_at", "ends_at", "day", "kind", "title"])
    log(new, "change_slot", by=by, before=[old.starts_at, old.ends_at, old.kind, old.title], **fields)
    return new


def _locked(setup: MeetingSetup, by: User) -> MeetingSetup:
    if not rules.may_set_up(by):
        raise NotAllowed
    found: MeetingSetup = MeetingSetup.objects.select_for_update(of=("self",)).select_related("edition").get(pk=setup.pk)
    return found


def _of_setup(row: MeetingSetup, slots: Collection[Slot], *, standing: bool) -> list[int]:
    """Lock the slots, so that no booking comes between, and return their numbers. Raises IllegalMove."""
    keys = sorted({slot.pk for slot in slots})
    found = Slot.objects.select_for_update(of=("self",)).filter(pk__in=keys, edition=row.edition_id, removed_at__isnull=standing)
    if len(found.order_by("pk")) < len(keys) or not keys:
        raise IllegalMove
    return keys


def _still_free(keys: Collection[int]) -> None:
    list(Slot.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk").values_list("pk"))
    if any(use.is_used for use in uses_of(keys).values()):
        raise errors.SlotInUse


def _slot(edition: Edition, one: Sequence[object]) -> Slot:
    """Return a time as a row that is not stored yet. Raises Invalid."""
    begin, end, kind, title = one
    if not isinstance(begin, datetime) or not isinstance(end, datetime):
        raise Invalid(fields={"starts_at": [_("Give a begin and an end.")]})
    zone = ZoneInfo(edition.time_zone)
    day, words = begin.astimezone(zone).date(), one_line(str(title))
    if end <= begin:
        raise Invalid(fields={"ends_at": [_("A time ends after it begins.")]})
    if (end - timedelta(microseconds=1)).astimezone(zone).date() != day:
        raise Invalid(fields={"ends_at": [_("A time begins and ends on the same day.")]})
    if kind not in Slot.Kind.values or len(words) > LONGEST_TITLE:
        raise Invalid(fields={"kind" if kind not in Slot.Kind.values else "title": [_("This is not possible.")]})
    return Slot(edition=edition, starts_at=begin, ends_at=end, day=day, kind=str(kind), title=words)


def _added(row: MeetingSetup, new: list[Slot], by: User, **more: object) -> list[Slot]:
    _refuse_overlaps(row.edition, new)
    made = Slot.objects.bulk_create(new)
    log(row, "add_slots", by=by, count=len(made), days=sorted({str(slot.day) for slot in made}), **more)
    return made


def _refuse_overlaps(edition: Edition, new: Iterable[Slot], *, apart_from: int | None = None) -> None:
    others = [slot for slot in Slot.objects.standing().filter(edition=edition) if slot.pk != apart_from]
    if wrong := _clashes(list(new), others, edition):
        raise errors.SlotsOverlap(fields={"starts_at": wrong})


def _clashes(new: Sequence[Slot], others: Sequence[Slot], edition: Edition) -> list[str]:
    """Return which of the new ones overlap what, in sentences, at most five: the new one is named first."""
    found, are_new = [], {id(slot) for slot in new}
    by_begin = sorted([*others, *new], key=lambda one: (one.starts_at, one.ends_at))
    for pair in pairwise(by_begin):
        one, other = sorted(pair, key=lambda slot: id(slot) not in are_new)
        if pair[1].starts_at < pair[0].ends_at:
            one.edition = other.edition = edition
            words = {"day": short_day(other.day), "one": one.hours, "other": other.hours}
            stands = id(other) not in are_new
            said = _("%(day)s: %(one)s overlaps %(other)s, which stands there.") if stands else _("%(day)s: %(one)s overlaps %(other)s.")
            found.append(said % words)
    return found[:MOST_SENTENCES]


def _refuse_other_days(edition: Edition, days: Collection[date]) -> None:
    if not days or len(set(days)) > MOST_DAYS:
        raise Invalid(fields={"days": [_("Choose at least one day.")]})
    other = sorted(set(days) - set(days_of(edition)))
    if other:
        words = ", ".join(str(day) for day in other[:5])
        raise Invalid(fields={"days": [_("Not a day of the expo: %(days)s.") % {"days": words}]})


def times_of_day(edition: Edition, day: date, plan: DayPlan) -> list[Time]:
    """Return a day's timetable: breaks where they were asked for, and meetings of the same length wherever one fits between them.

    Raises:
        Invalid: by field; a break is named by its number.
    """
    begin, end = _span(edition, day, plan, ("begins", "ends"))
    if not LEAST_MINUTES <= plan.minutes <= MOST_MINUTES:
        raise Invalid(fields={"minutes": [_("From %(least)s to %(most)s minutes.") % {"least": LEAST_MINUTES, "most": MOST_MINUTES}]})
    breaks = _breaks(edition, day, plan, begin, end)
    length, made, at = timedelta(minutes=plan.minutes), list[Time](), begin
    for stop, goes_on, title in [*breaks, (end, end, "")]:
        while at + length <= stop:
            made.append((at, at + length, Slot.Kind.MEETING, ""))
            at += length
        if goes_on > stop:
            made.append((stop, goes_on, Slot.Kind.BREAK, title))
        at = goes_on
    if not any(kind == Slot.Kind.MEETING for _begin, _end, kind, _title in made):
        raise Invalid(fields={"minutes": [_("No meeting of this length fits into the day.")]})
    return made


def _breaks(edition: Edition, day: date, plan: DayPlan, begin: datetime, end: datetime) -> list[tuple[datetime, datetime, str]]:
    """Return the day's breaks, earliest first. Raises Invalid, which names the break by its number."""
    if len(plan.pauses) > MOST_BREAKS:
        raise Invalid(fields={"breaks": [_("At most %(most)s.") % {"most": MOST_BREAKS}]})
    found, wrong = list[tuple[datetime, datetime, str, int]](), []
    for number, pause in enumerate(plan.pauses, 1):
        try:
            since, until = _span(edition, day, pause, ("breaks", "breaks"))
        except Invalid as fault:
            wrong += [_("Break %(number)s: %(said)s") % {"number": number, "said": said} for said in fault.fields["breaks"]]
            continue
        if since < begin or until > end:
            hours = f"{clock(since, edition.time_zone)}–{clock(until, edition.time_zone)}"
            wrong.append(_("Break %(number)s: %(hours)s is not within the day.") % {"number": number, "hours": hours})
        found.append((since, until, pause.title or LUNCH, number))
    found.sort()
    for one, other in pairwise(found):
        if other[0] < one[1]:
            wrong.append(_("Break %(number)s overlaps break %(other)s.") % {"number": other[3], "other": one[3]})
    if wrong:
        raise Invalid(fields={"breaks": wrong})
    return [(since, until, title) for since, until, title, _number in found]


def _span(edition: Edition, day: date, hours: DayPlan | Pause, names: tuple[str, str]) -> tuple[datetime, datetime]:
    """Return the two moments of the day in UTC, in which hours are as long as they are. Raises Invalid, by the names of the fields."""
    begin, end = (moment_on(day, hour, edition.time_zone) for hour in (hours.begins, hours.ends))
    for moment, name, hour in ((begin, names[0], hours.begins), (end, names[1], hours.ends)):
        if moment is None:
            words = {"hour": f"{hour:%H:%M}", "day": short_day(day)}
            raise Invalid(fields={name: [_("%(hour)s is not one moment on %(day)s, when the clocks change.") % words]})
    if begin is None or end is None or end <= begin:
        raise Invalid(fields={names[1]: [_("It ends after it begins.")]})
    return begin, end


def day_of_slots(edition: Edition, day: date, *, begins: time, minutes: int, breaks: Iterable[int], count: int) -> list[Time]:
    """Return a day's timetable for `add_slots`: `count` slots of so many minutes one after the other; `breaks` are numbers of lunch breaks."""
    start = datetime.combine(day, begins, ZoneInfo(edition.time_zone)).astimezone(UTC)
    lunch, length = set(breaks), timedelta(minutes=minutes)
    kinds = ((Slot.Kind.BREAK, LUNCH) if number in lunch else (Slot.Kind.MEETING, "") for number in range(count))
    return [(start + number * length, start + (number + 1) * length, *kind) for number, kind in enumerate(kinds)]
