"""The expo's meetings at a moment: what runs, what comes next, who is late, which places are empty, and what wants somebody's hand."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.foundation.bilingual import is_chinese
from matchmaking.meetings.models import Meeting, MeetingRequest, Seat, Side, Slot
from matchmaking.meetings.queries.free import colleagues_of
from matchmaking.meetings.queries.rooms import HallNow, halls_at
from matchmaking.participants.queries import contacts_for_staff

SHOWN_NOW, SHOWN_NEXT, SHOWN_LATE, SHOWN_ODD = 40, 20, 12, 5
MOST_PHONES = 2
LONG_BEFORE, LONG_DURING = timedelta(hours=24), timedelta(minutes=30)
_S = Meeting.Status
WITH_TIME = (_S.SCHEDULED, _S.HELD, _S.NO_SHOW, _S.DISPUTED)
SEAT_COLUMNS = (
    "meeting", "meeting__slot", "meeting__status", "meeting__place__code", "meeting__place__hall__code", "meeting__queued_at",
    "side", "registration__company", "registration__company__name", "registration__company__name_zh", "person", "checked_in_at",
)  # fmt: skip


@dataclass(frozen=True)
class Party:
    """One seat of a meeting: which company, who is named for it (by number), and whether they have checked in by the moment."""

    side: str
    company_number: int
    company: str
    person: int | None
    is_there: bool


@dataclass(frozen=True)
class Line:
    """A meeting on the board. `place` and `hall` are codes, "" while it has none."""

    pk: int
    slot: int
    status: str
    place: str
    hall: str
    parties: list[Party]

    @property
    def who(self) -> list[str]:
        """The companies, who asked first."""
        return [one.company for one in self.parties]

    @cached_property
    def sides_there(self) -> set[str]:
        return {one.side for one in self.parties if one.is_there}

    @property
    def state(self) -> str:
        """Whether it has begun: "begun" with both sides there, "one", "nobody"; "over" once its outcome is known."""
        if self.status != _S.SCHEDULED:
            return "over"
        return {len(Side): "begun", 1: "one"}.get(len(self.sides_there), "nobody")

    @property
    def missing(self) -> list[Party]:
        """Whoever has not come."""
        return [one for one in self.parties if one.side not in self.sides_there]


@dataclass(frozen=True)
class Phone:
    """Whom to call, and the number; '' for what is not known, or not for this reader."""

    company: str
    name: str
    phone: str


@dataclass(frozen=True)
class Late:
    """A meeting that began some minutes ago without one side, or both, and whom to call."""

    line: Line
    minutes: int
    phones: list[Phone]


@dataclass
class Board:
    """The expo's day at the moment `at`: the one asked for, `asked`, unless that is before the first day or after the last.

    `running` and `coming` are slots, `pause` a break; None where there is none then. `phase` says where in the expo the moment asked for is.
    """

    edition: Edition
    asked: datetime
    at: datetime
    day: date
    slots: list[Slot]
    running: Slot | None
    coming: Slot | None
    pause: Slot | None = None
    now: list[Line] = field(default_factory=list)
    next: list[Line] = field(default_factory=list)
    late: list[Late] = field(default_factory=list)
    halls: list[HallNow] = field(default_factory=list)
    odd: dict[str, list[Line]] = field(default_factory=dict)
    odd_counts: dict[str, int] = field(default_factory=dict)
    waiting: list[MeetingRequest] = field(default_factory=list)
    waiting_count: int = 0
    without_time: int = 0
    late_count: int = 0

    def count(self, state: str) -> int:
        """Return how many of the meetings that run are in this state."""
        return sum(line.state == state for line in self.now)

    @property
    def free(self) -> dict[str, int]:
        """The desks that are free now, at booths and at tables."""
        return {kind: sum(getattr(hall, kind).free for hall in self.halls) for kind in ("booths", "tables")}

    @property
    def phase(self) -> str:
        """Whether the moment asked for is before the first day, after the last, or between them: "before", "during", "after"."""
        today = _day(self.asked, self.edition)
        if today < self.slots[0].day:
            return "before"
        return "after" if today > self.slots[-1].day else "during"


def board_at(edition: Edition, wanted: datetime | None, *, reader: User, now: datetime, hall: str = "") -> Board | None:
    """Return the board at the moment wanted, or now; before the expo at the start of its first day, after it of its last slot.

    Check-ins count as they stood at the moment, what came of a meeting as it is known now. `hall` is the code of the hall whose meetings are
    listed; counts are of all. None while there is no timetable. Ten queries, whatever the size.
    """
    slots = list(Slot.objects.standing().filter(edition=edition).order_by("starts_at"))
    meeting_slots = [slot for slot in slots if slot.kind == Slot.Kind.MEETING]
    if not meeting_slots:
        return None
    board = _empty_board(edition, wanted or now, slots, meeting_slots)
    flags = _odd_of(board)
    shown = {pk for found in flags.values() for pk in found[:SHOWN_ODD]}
    lines = _lines(board, shown)
    in_slot = defaultdict[int, list[Line]](list)
    for line in lines.values():
        in_slot[line.slot].append(line)
    board.now = in_slot[board.running.pk] if board.running is not None else []
    board.next = in_slot[board.coming.pk] if board.coming is not None else []
    board.odd = {name: [lines[pk] for pk in found[:SHOWN_ODD] if pk in lines] for name, found in flags.items()}
    board.odd_counts = {name: len(found) for name, found in flags.items()}
    board.halls = halls_at(edition, board.running, board.now)
    _read_waiting(board)
    _read_late(board, reader, hall)
    if hall:
        board.now, board.next = _in_hall(board.now, hall), _in_hall(board.next, hall)
    return board


def meetings_today(edition: Edition, now: datetime | None = None) -> int:
    """Return how many meetings the edition has on this day of its own clocks, whatever came of them; called off ones apart. One query."""
    day = _day(now or timezone.now(), edition)
    return Meeting.objects.filter(edition=edition, slot__day=day, status__in=WITH_TIME).count()


def _day(at: datetime, edition: Edition) -> date:
    return at.astimezone(ZoneInfo(edition.time_zone)).date()


def _empty_board(edition: Edition, asked: datetime, slots: Sequence[Slot], meetings: list[Slot]) -> Board:
    """The moment in the timetable. A slot runs from its start up to, and not at, its end."""
    today, at = _day(asked, edition), asked
    if today < meetings[0].day:
        at = meetings[0].starts_at
    elif today > meetings[-1].day:
        at = meetings[-1].starts_at
    day = next((slot.day for slot in meetings if slot.day >= today), meetings[-1].day)
    running = next((slot for slot in slots if slot.starts_at <= at < slot.ends_at), None)
    coming = next((slot for slot in meetings if slot.starts_at > at), None)
    is_pause = running is not None and running.kind == Slot.Kind.BREAK
    return Board(edition, asked, at, day, meetings, None if is_pause else running, coming, running if is_pause else None)


def _odd_of(board: Board) -> dict[str, list[int]]:
    """Return, by what is wrong, the numbers of the day's meetings, earliest first. One query."""
    unnamed = Exists(Seat.objects.filter(meeting=OuterRef("pk"), person__isnull=True))
    rows = Meeting.objects.filter(edition=board.edition, slot__day=board.day, slot__removed_at__isnull=True, status__in=WITH_TIME)
    rows = rows.annotate(is_unnamed=unnamed).filter(
        ~Q(status=_S.SCHEDULED) & ~Q(status=_S.HELD)
        | Q(place__isnull=True)
        | Q(is_unnamed=True)
        | Q(interpreter__isnull=True, request__needs_interpreter=True)
    )
    found: dict[str, list[int]] = {"no_show": [], "disputed": [], "without_place": [], "without_interpreter": [], "without_person": []}
    columns = ("pk", "status", "place", "interpreter", "request__needs_interpreter", "is_unnamed", "slot__ends_at")
    for pk, status, place, interpreter, needs, is_unnamed, ends_at in rows.order_by("slot__starts_at", "pk").values_list(*columns):
        if status in {_S.NO_SHOW, _S.DISPUTED}:
            found[status].append(pk)
        if status != _S.SCHEDULED or ends_at <= board.at:
            continue
        wants = {"without_place": place is None, "without_interpreter": needs and interpreter is None, "without_person": is_unnamed}
        for name in (name for name, is_so in wants.items() if is_so):
            found[name].append(pk)
    return found


def _lines(board: Board, others: Collection[int]) -> dict[int, Line]:
    """Return the meetings of the two slots, and the others, by number, in order of time and place. One query."""
    slots = [slot.pk for slot in (board.running, board.coming) if slot is not None]
    wanted = Q(meeting__slot__in=slots, meeting__status__in=WITH_TIME) | Q(meeting__in=others)
    rows = Seat.objects.filter(wanted).order_by("meeting__slot__starts_at", "meeting__place__code", "meeting", "pk")
    found: dict[int, Line] = {}
    for pk, slot, status, place, hall, _queued, side, company, name, name_zh, person, since in rows.values_list(*SEAT_COLUMNS):
        line = found.setdefault(pk, Line(pk, slot, status, place or "", hall or "", []))
        line.parties.append(Party(side, company, _title(name, name_zh), person, since is not None and since <= board.at))
    return found


def _title(name: str, name_zh: str) -> str:
    return (name_zh or name) if is_chinese() else name


def _read_waiting(board: Board) -> None:
    """Requests that nobody has answered for long, and agreed meetings that wait for a time. Three queries."""
    rows = MeetingRequest.objects.filter(waits_long(board.edition, board.asked), edition=board.edition)
    board.waiting_count = rows.count()
    board.waiting = list(rows.select_related("sender__company", "receiver__company").order_by("created_at", "pk")[:SHOWN_ODD])
    board.without_time = Meeting.objects.filter(edition=board.edition, status__in=[_S.UNSCHEDULED, _S.PROPOSED]).count()


def waits_long(edition: Edition, at: datetime) -> Q:
    """Requests that were delivered, and wait for an answer since a day; thirty minutes while the expo runs."""
    is_on = edition.starts_on is not None and edition.ends_on is not None and edition.starts_on <= _day(at, edition) <= edition.ends_on
    since = at - (LONG_DURING if is_on else LONG_BEFORE)
    return Q(status=MeetingRequest.Status.PENDING, is_delivered=True, created_at__lte=since, expires_at__gt=at)


def _read_late(board: Board, reader: User, hall: str) -> None:
    """Who has not come to what has begun, those first for whom somebody waits. Two queries."""
    if board.running is None:
        return
    minutes = int((board.at - board.running.starts_at).total_seconds()) // 60
    late = [line for line in board.now if line.state in {"one", "nobody"}] if minutes else []
    board.late_count = len(late)
    late.sort(key=lambda line: (bool(hall) and line.hall != hall, line.state == "nobody"))
    late = late[:SHOWN_LATE]
    phones = _phones([party for line in late for party in line.missing], reader)
    board.late = [Late(line, minutes, [phone for party in line.missing for phone in phones[party]]) for line in late]


def _phones(parties: Sequence[Party], reader: User) -> dict[Party, list[Phone]]:
    """Return whom to call for each: who is named, else up to two who stand for the company; numbers only as the reader may see them."""
    people = User.objects.in_bulk([one.person for one in parties if one.person is not None])
    unnamed = {one.company_number for one in parties if one.person is None}
    colleagues = colleagues_of(unnamed) if unnamed else {}
    called = {
        one: [people[one.person]] if one.person in people else colleagues.get(one.company_number, [])[:MOST_PHONES] for one in parties
    }
    shown = contacts_for_staff(reader, [person for found in called.values() for person in found])
    return {party: [_phone(party, shown.get(one.pk, {})) for one in found] or [_phone(party, {})] for party, found in called.items()}


def _phone(party: Party, fields: dict[str, str]) -> Phone:
    return Phone(party.company, fields.get("full_name", ""), fields.get("phone", ""))


def _in_hall(lines: Iterable[Line], hall: str) -> list[Line]:
    return [line for line in lines if line.hall == hall]
