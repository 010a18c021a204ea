"""What can be changed while meetings are booked: the parameters of each kind read and checked, and what it takes from the planner's ground."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.db.models import Model, Q, QuerySet
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from expo.editions.models import Edition
from expo.foundation.errors import Invalid
from expo.foundation.text import one_line
from expo.venue.models import Booth, Hall
from matchmaking.meetings.models import Edit, Interpreter, InterpreterAbsence, MeetingSetup, Place, Slot
from matchmaking.meetings.queries.timetable import days_of
from matchmaking.meetings.whys import why_code
from matchmaking.meetings.zones import moment_on
from matchmaking.participants.models import Registration

Kind = Edit.Kind
Parameters = dict[str, Any]
Row = TypeVar("Row", bound=Model)
NOTHING = Q(pk__in=())
MOST_AT_ONCE = 100
SHORTEST, LONGEST = 5, 240


@dataclass(frozen=True)
class Change:
    """A change that could be made: what it is called, which booked meetings stand on what goes away, and what goes away.

    `hit` finds those meetings among the scheduled ones. `keeps_time` says that they could stay at their time, at another place or with another
    interpreter: then even a meeting in twenty minutes is helped. Names of people are not kept: an interpreter stands as a number.
    """

    kind: str
    parameters: Parameters
    subject: str
    name: str
    name_zh: str = ""
    hit: Q = NOTHING
    keeps_time: bool = True
    slots: frozenset[int] = frozenset()
    places: frozenset[int] = frozenset()
    away: frozenset[int] = frozenset()
    interpreter: Interpreter | None = None
    slot: Slot | None = None
    begins: datetime | None = None
    ends: datetime | None = None
    hall: Hall | None = None
    place: Place | None = None
    capacity: int = 0
    registration: Registration | None = None
    booth: Booth | None = None
    roles: tuple[str, str] = ("", "")
    edition: int = 0

    @property
    def why(self) -> str:
        """What the people read of it, as a code."""
        return why_code(self.kind, self.name, self.name_zh)

    @property
    def takes_away(self) -> bool:
        """Whether anything goes away at all that a meeting may stand on."""
        return self.hit != NOTHING


def read_change(setup: MeetingSetup, kind: str, given: Mapping[str, Any], now: datetime) -> Change:
    """Read what is to be changed at the edition. At most four queries.

    Raises:
        Invalid: by field: no such thing, it is so already, or it has begun.
    """
    reader = READERS.get(kind)
    if reader is None:
        raise Invalid(fields={"kind": [_("There is no such change.")]})
    return replace(reader(setup, given, now), edition=setup.edition_id)


def _named(rows: QuerySet[Row], given: Mapping[str, Any], name: str) -> Row:
    try:
        found = rows.filter(pk=int(given.get(name) or 0)).first()
    except (TypeError, ValueError, OverflowError):
        found = None
    if found is None:
        raise Invalid(fields={name: [_("There is no such thing here.")]})
    return found


def _slot(setup: MeetingSetup, given: Mapping[str, Any], now: datetime) -> Slot:
    slot = _named(Slot.objects.for_meetings().filter(edition=setup.edition_id).select_related("edition"), given, "slot")
    if slot.starts_at <= now:
        raise Invalid(fields={"slot": [_("This time has begun. Its meetings are dealt with by hand.")]})
    return slot


def _remove_slot(setup: MeetingSetup, given: Mapping[str, Any], now: datetime) -> Change:
    slot = _slot(setup, given, now)
    return _without_slot(Kind.REMOVE_SLOT, slot, {"slot": slot.pk})


def _make_break(setup: MeetingSetup, given: Mapping[str, Any], now: datetime) -> Change:
    slot = _slot(setup, given, now)
    return _without_slot(Kind.MAKE_BREAK, slot, {"slot": slot.pk, "title": _words(given.get("title"))})


def _words(given: Any) -> str:
    """Return a name as it is kept: on one line, and nothing that cannot be written."""
    return one_line(str(given or "").encode(errors="replace").decode())[:80].strip()


def _without_slot(kind: str, slot: Slot, parameters: Parameters) -> Change:
    return Change(
        kind,
        parameters,
        f"{slot.day:%Y-%m-%d} {slot.hours}",
        slot.hours,
        hit=Q(slot=slot.pk),
        keeps_time=False,
        slots=frozenset({slot.pk}),
        slot=slot,
    )


def _move_slot(setup: MeetingSetup, given: Mapping[str, Any], now: datetime) -> Change:
    slot = _slot(setup, given, now)
    begins = _moment(given.get("starts_at"), setup.edition)
    minutes = _number(given.get("minutes") or (slot.ends_at - slot.starts_at).seconds // 60, "minutes", SHORTEST, LONGEST)
    if begins <= now:
        raise Invalid(fields={"starts_at": [_("Choose a time that is still to come.")]})
    ends = begins + timedelta(minutes=minutes)
    _refuse_other_days(setup.edition, begins, ends)
    if (begins, ends) == (slot.starts_at, slot.ends_at):
        raise Invalid(fields={"starts_at": [_("This is the time as it is.")]})
    others = Slot.objects.standing().filter(edition=setup.edition_id, starts_at__lt=ends, ends_at__gt=begins).exclude(pk=slot.pk)
    if others.exists():
        raise Invalid(fields={"starts_at": [_("This overlaps another time of the timetable.")]})
    parameters = {"slot": slot.pk, "starts_at": begins.isoformat(), "minutes": minutes}
    words = f"{slot.day:%Y-%m-%d} {slot.hours}"
    return Change(Kind.MOVE_SLOT, parameters, words, slot.hours, hit=Q(slot=slot.pk), keeps_time=False, slot=slot, begins=begins, ends=ends)


def _refuse_other_days(edition: Edition, begins: datetime, ends: datetime) -> None:
    if begins.date() not in days_of(edition):
        raise Invalid(fields={"starts_at": [_("Not a day of the expo: %(days)s.") % {"days": begins.date()}]})
    if (ends - timedelta(microseconds=1)).date() != begins.date():
        raise Invalid(fields={"starts_at": [_("A time begins and ends on the same day.")]})


def _moment(given: Any, edition: Edition) -> datetime:
    """Without a zone of its own a time is on the expo's clocks."""
    try:
        moment = given if isinstance(given, datetime) else parse_datetime(str(given or ""))
    except ValueError:
        moment = None
    if moment is None:
        raise Invalid(fields={"starts_at": [_("Give a day and an hour.")]})
    if moment.tzinfo is None:
        moment = moment_on(moment.date(), moment.time(), edition.time_zone)
    if moment is None:
        raise Invalid(fields={"starts_at": [_("The clocks change then: this hour is not one moment.")]})
    return moment.astimezone(ZoneInfo(edition.time_zone))


def _number(given: Any, name: str, least: int, most: int) -> int:
    try:
        number = int(given)
    except (TypeError, ValueError):
        number = least - 1
    if not least <= number <= most:
        raise Invalid(fields={name: [_("From %(least)s to %(most)s.") % {"least": least, "most": most}]})
    return number


def _close_hall(setup: MeetingSetup, given: Mapping[str, Any], _now: datetime) -> Change:
    hall = _named(Hall.objects.filter(edition=setup.edition_id), given, "hall")
    places = frozenset(Place.objects.open().filter(hall=hall).values_list("pk", flat=True))
    if not places:
        raise Invalid(fields={"hall": [_("No table and no booth of this hall is open.")]})
    return Change(Kind.CLOSE_HALL, {"hall": hall.pk}, hall.code, hall.code, hit=Q(place__hall=hall.pk), places=places, hall=hall)


def _reopen_hall(setup: MeetingSetup, given: Mapping[str, Any], _now: datetime) -> Change:
    hall = _named(Hall.objects.filter(edition=setup.edition_id), given, "hall")
    if not Place.objects.filter(hall=hall, closed_at__isnull=False).exists():
        raise Invalid(fields={"hall": [_("Nothing in this hall is closed.")]})
    return Change(Kind.REOPEN_HALL, {"hall": hall.pk}, hall.code, hall.code, hall=hall)


def _place(setup: MeetingSetup, given: Mapping[str, Any], **wanted: Any) -> Place:
    rows = Place.objects.filter(edition=setup.edition_id, **wanted).exclude(kind=Place.Kind.ONLINE)
    return _named(rows.select_related("hall", "booth__registration__company"), given, "place")


def _close_place(setup: MeetingSetup, given: Mapping[str, Any], _now: datetime) -> Change:
    place = _place(setup, given, closed_at__isnull=True)
    places = frozenset({place.pk})
    return Change(Kind.CLOSE_PLACE, {"place": place.pk}, place.code, place.code, hit=Q(place=place.pk), places=places, place=place)


def _reopen_place(setup: MeetingSetup, given: Mapping[str, Any], _now: datetime) -> Change:
    place = _place(setup, given, closed_at__isnull=False)
    return Change(Kind.REOPEN_PLACE, {"place": place.pk}, place.code, place.code, place=place)


def _change_capacity(setup: MeetingSetup, given: Mapping[str, Any], _now: datetime) -> Change:
    place = _place(setup, given, closed_at__isnull=True, kind=Place.Kind.BOOTH)
    capacity = _number(given.get("capacity"), "capacity", 1, MOST_AT_ONCE)
    host = getattr(place.booth, "registration", None)
    now_fits = host.parallel_meetings if host is not None else place.capacity
    if capacity == now_fits:
        raise Invalid(fields={"capacity": [_("This is the number as it is.")]})
    hit = Q(place=place.pk, taken__place=place.pk, taken__desk__gt=capacity)
    if host is not None:
        hit |= Q(taken__registration=host.pk, taken__desk__gt=capacity)
    return Change(
        Kind.CHANGE_CAPACITY,
        {"place": place.pk, "capacity": capacity},
        f"{place.code}: {now_fits} → {capacity}",
        place.code,
        hit=hit if capacity < now_fits else NOTHING,
        keeps_time=False,
        place=place,
        capacity=capacity,
        registration=host,
    )


def _move_exhibitor(setup: MeetingSetup, given: Mapping[str, Any], _now: datetime) -> Change:
    exhibitors = Registration.objects.filter(edition=setup.edition_id, booth__isnull=False, status=Registration.Status.VERIFIED)
    one = _named(exhibitors.select_related("company", "edition", "booth__hall", "booth__meeting_place"), given, "registration")
    booth = _named(Booth.objects.filter(edition=setup.edition_id).select_related("hall", "meeting_place"), given, "booth")
    if booth.status != Booth.Status.FREE:
        raise Invalid(fields={"booth": [_("This booth is not free.")]})
    new_place = getattr(booth, "meeting_place", None)
    if new_place is not None and new_place.closed_at is not None:
        raise Invalid(fields={"booth": [_("This booth is closed.")]})
    place = getattr(one.booth, "meeting_place", None)
    subject = f"{one.company.title}: {one.booth.code if one.booth else ''} → {booth.code}"
    hit = Q(place=place.pk) if place is not None else NOTHING
    parameters = {"registration": one.pk, "booth": booth.pk}
    names = (one.company.name, one.company.name_zh)
    return Change(Kind.MOVE_EXHIBITOR, parameters, subject[:200], *names, hit=hit, place=place, registration=one, booth=booth)


def _interpreter_away(setup: MeetingSetup, given: Mapping[str, Any], now: datetime) -> Change:
    pool = Interpreter.objects.filter(edition=setup.edition_id, is_active=True).select_related("person")
    interpreter = _named(pool, given, "interpreter")
    day = _day(given.get("day"))
    slots = Slot.objects.for_meetings().filter(edition=setup.edition_id, ends_at__gt=now)
    away = frozenset((slots.filter(day=day) if day is not None else slots).values_list("pk", flat=True))
    if day is not None and not away - _absences(interpreter):
        raise Invalid(fields={"day": [_("Nobody meets on this day any more, or the interpreter is away already.")]})
    subject = day.isoformat() if day is not None else ""
    parameters = {"interpreter": interpreter.pk, "day": day.isoformat() if day is not None else None}
    hit = Q(interpreter=interpreter.pk, slot__in=away)
    return Change(Kind.INTERPRETER_AWAY, parameters, subject, "", hit=hit, interpreter=interpreter, away=away)


def _interpreter_back(setup: MeetingSetup, given: Mapping[str, Any], _now: datetime) -> Change:
    interpreter = _named(Interpreter.objects.filter(edition=setup.edition_id).select_related("person"), given, "interpreter")
    if interpreter.is_active and not _absences(interpreter):
        raise Invalid(fields={"interpreter": [_("The interpreter is not away.")]})
    return Change(Kind.INTERPRETER_BACK, {"interpreter": interpreter.pk}, "", "", interpreter=interpreter)


def _absences(interpreter: Interpreter) -> set[int]:
    return set(InterpreterAbsence.objects.filter(interpreter=interpreter).values_list("slot", flat=True))


def _day(given: Any) -> date | None:
    if not given:
        return None
    try:
        found = given if isinstance(given, date) else parse_date(str(given))
    except ValueError:
        found = None
    if found is None:
        raise Invalid(fields={"day": [_("Give a day.")]})
    return found


def _change_right(setup: MeetingSetup, given: Mapping[str, Any], _now: datetime) -> Change:
    asking, asked = str(given.get("asking") or ""), str(given.get("asked") or "")
    wrong = {name: [_("Choose a role.")] for name, role in (("asking", asking), ("asked", asked)) if role not in Registration.Role.values}
    if wrong:
        raise Invalid(fields=wrong)
    may_ask = bool(given.get("may_ask"))
    may_see = bool(given.get("may_see")) or may_ask
    cell = setup.rights.filter(asking=asking, asked=asked).first()
    now_is = (cell.may_see, cell.may_ask) if cell is not None else (asking != asked, asking != asked)
    if now_is == (may_see, may_ask):
        raise Invalid(fields={"may_ask": [_("It is so already.")]})
    parameters = {"asking": asking, "asked": asked, "may_see": may_see, "may_ask": may_ask}
    return Change(Kind.CHANGE_RIGHT, parameters, f"{asking} → {asked}", "", roles=(asking, asked))


READERS: dict[str, Callable[[MeetingSetup, Mapping[str, Any], datetime], Change]] = {
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
