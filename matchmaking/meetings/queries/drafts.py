"""What an organiser reads of the planner's runs: what there is to plan, how good a draft is, what it changes, and why something found no time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.foundation.dates import clock, short_day
from expo.foundation.errors import Refused
from expo.foundation.templatetags.signs import count
from matchmaking.meetings.errors import GroundMoved, NoSetup, PublisherMayNot, PublishingFailed
from matchmaking.meetings.models import Meeting, MeetingSetup, News, Occupancy, Place, PlannedSeat, PlanRun, Seat, Slot
from matchmaking.meetings.planner.plans import Aim
from matchmaking.meetings.queries.plan_words import MEANWHILE, AimLine, Names, aim_lines, gap_words, reason_words
from matchmaking.participants.models import Member, Registration

Kind = PlannedSeat.Kind
# What a draft changes for somebody: a new time, another one, or none any more. What never had one goes on waiting.
HIT = Q(kind__in=[Kind.NEW, Kind.MOVED]) | Q(kind=Kind.UNSEATED, before_slot__isnull=False)
ODD = Count("pk", filter=~Q(reason=""))
LONGEST = timedelta(minutes=3)  # Publishing 22,000 meetings took 72 seconds on a machine that had much else to do.
LARGE = frozenset({Aim.SHORTFALL, Aim.IDLE_SLOTS, Aim.HALL_CHANGES})
SIDES = ("meeting__request__sender", "meeting__request__receiver", "meeting__request__partner", "sender", "receiver")
FULL = (
    *(f"{side}__company" for side in SIDES), "slot", "place__hall", "before_slot", "before_place__hall", "interpreter__person",
)  # fmt: skip


@dataclass(frozen=True)
class ToPlan:
    """What a plan would work with, said before it is ordered. Free seats are desks and tables in the times that are still to come."""

    without_time: int
    with_time: int
    times: int
    free_seats: int


def to_plan(edition: Edition) -> ToPlan:
    """Return what there is to plan now. Four queries."""
    now = timezone.now()
    coming = Slot.objects.for_meetings().filter(edition=edition, starts_at__gt=now)
    times = coming.count()
    desks = Place.objects.open().filter(edition=edition).exclude(kind=Place.Kind.ONLINE).aggregate(all=Sum("capacity"))["all"] or 0
    taken = Occupancy.objects.filter(slot__in=coming, place__isnull=False).exclude(place__kind=Place.Kind.ONLINE).count()
    found = Meeting.objects.filter(edition=edition).aggregate(
        without=Count("pk", filter=Q(status=Meeting.Status.UNSCHEDULED)), placed=Count("pk", filter=Q(status=Meeting.Status.SCHEDULED))
    )
    return ToPlan(found["without"], found["placed"], times, max(desks * times - taken, 0))


def runs_of(edition: Edition, visitor: User) -> QuerySet[PlanRun]:
    """Return the edition's runs that the visitor may see, newest first, without the plans they keep to go on from."""
    return (
        PlanRun.objects.visible_to(visitor)
        .filter(edition=edition)
        .select_related("asked_by", "published_by")
        .defer("checkpoint")
        .order_by("-pk")
    )


@dataclass(frozen=True)
class RunLine:
    """A run in the list. `asked` is None before it is known; `worst` names who is worst off."""

    run: PlanRun
    asked: int | None
    seated: int
    worst: str

    @property
    def name(self) -> str:
        """What the run is called."""
        return run_name(self.run)

    @property
    def state(self) -> str:
        """How its mark is drawn: filled is published, half a draft, hollow still to come."""
        return state_of(self.run)


STATES = {
    PlanRun.Status.DRAFT: "half",
    PlanRun.Status.PUBLISHING: "half",
    PlanRun.Status.PUBLISHED: "full",
    PlanRun.Status.DISCARDED: "off",
    PlanRun.Status.INTERRUPTED: "bad",
}


def state_of(run: PlanRun) -> str:
    """Return how the mark of the run's state is drawn."""
    return STATES.get(PlanRun.Status(run.status), "")


def run_name(run: PlanRun) -> str:
    """Return what a run is called: "Plan 12", "Re-plan 13"."""
    words = _("Re-plan %(number)s") if run.kind == PlanRun.Kind.REPAIR else _("Plan %(number)s")
    return words % {"number": run.pk}


def run_lines(runs: Iterable[PlanRun]) -> list[RunLine]:
    """Return the runs as the list shows them. One query for the names."""
    rows = list(runs)
    names = companies_of([_worst(run).get("participant") for run in rows])
    return [_run_line(run, names) for run in rows]


def _run_line(run: PlanRun, names: Mapping[int, str]) -> RunLine:
    kinds = run.figures.get("kinds")
    asked, seated = (asked_in(kinds), seated_in(kinds)) if kinds else (None, run.seated)
    return RunLine(run, asked, seated, worst_words(_worst(run), names))


def asked_in(kinds: Mapping[str, int]) -> int:
    """Return how many meetings a draft is about, by its lines of each kind. Proposals are none yet."""
    return sum(kinds.get(kind, 0) for kind in (Kind.KEPT, Kind.MOVED, Kind.NEW, Kind.UNSEATED))


def seated_in(kinds: Mapping[str, int]) -> int:
    """Return how many of them have a time in it."""
    return sum(kinds.get(kind, 0) for kind in (Kind.KEPT, Kind.MOVED, Kind.NEW))


def figures_of(run: PlanRun) -> Mapping[str, Any]:
    """Return the figures that a finished run keeps; {} before."""
    return run.figures.get("figures") or {}


def _worst(run: PlanRun) -> Mapping[str, Any]:
    return figures_of(run).get("worst_off") or {}


def worst_words(worst: Mapping[str, Any], names: Mapping[int, str]) -> str:
    """Return who is worst off and how: "Nordic Seating, 1 of 3 meetings"; '' where nobody is named."""
    if not worst:
        return ""
    company = names.get(worst["participant"]) or _("a company that left")
    meetings, minimum = int(worst["meetings"]), int(worst["minimum"])
    if not minimum:
        words = ngettext("%(company)s, %(n)s meeting", "%(company)s, %(n)s meetings", meetings)
    else:
        words = ngettext("%(company)s, %(n)s of %(minimum)s meeting", "%(company)s, %(n)s of %(minimum)s meetings", minimum)
    return words % {"company": company, "n": count(meetings), "minimum": count(minimum)}


def companies_of(registrations: Iterable[Any]) -> dict[int, str]:
    """Return what the companies behind the registrations, by number, are called. One query, none without numbers."""
    wanted = {one for one in registrations if isinstance(one, int)}
    if not wanted:
        return {}
    found = Registration.objects.filter(pk__in=wanted).select_related("company")
    return {one.pk: one.company.title for one in found}


@dataclass
class Draft:
    """A finished run as its page shows it."""

    run: PlanRun

    @property
    def kinds(self) -> Mapping[str, int]:
        """How many lines of each kind the draft was made with."""
        return self.run.figures.get("kinds") or {}

    @property
    def is_forgotten(self) -> bool:
        """Whether its lines are gone, as they are some time after it was published or put away."""
        return bool(sum(self.kinds.values())) and not any(self.by_kind.values())

    @cached_property
    def by_kind(self) -> dict[str, int]:
        """How many lines of each kind there are; "lost" of those without a time had one, "breaks" of the kept break a rule. One query."""
        rows = (
            PlannedSeat.objects.filter(run=self.run).values("kind").annotate(n=Count("pk"), lost=Count("before_slot"), odd=ODD).order_by()
        )
        found = {str(kind): 0 for kind in Kind} | {"lost": 0, "breaks": 0}
        for row in rows:
            found[row["kind"]] = row["n"]
            if row["kind"] == Kind.UNSEATED:
                found["lost"] = row["lost"]
            elif row["kind"] == Kind.KEPT:
                found["breaks"] = row["odd"]
        return found

    @property
    def asked(self) -> int:
        """How many meetings the plan was to seat."""
        return asked_in(self.kinds)

    @property
    def seated(self) -> int:
        """How many of them have a time."""
        return seated_in(self.kinds)

    @property
    def seated_gap(self) -> str:
        """How many more could have one, in words."""
        # The bound counts proposals as well, and so does the number that it is compared with.
        reached = float(figures_of(self.run).get("seated") or 0)
        return gap_words(reached, float(self.run.figures.get("seated_bound") or reached), more_is_better=True)

    @cached_property
    def aims(self) -> list[AimLine]:
        """Each aim, what it reached and what no plan can exceed."""
        return aim_lines(self.run.figures.get("bounds") or [])

    @property
    def shown_aims(self) -> list[AimLine]:
        """The aims that stand in large figures beside the number of meetings."""
        return [line for line in self.aims if line.aim in LARGE]

    @cached_property
    def worst(self) -> str:
        """Who is worst off, in words. One query."""
        worst = _worst(self.run)
        return worst_words(worst, companies_of([worst.get("participant")]))

    @property
    def changes(self) -> int:
        """How many meetings the plan would change, or propose."""
        return sum(self.by_kind[name] for name in (Kind.MOVED, Kind.NEW, Kind.PROPOSAL, "lost"))

    @property
    def counts(self) -> list[tuple[str, int]]:
        """How many meetings of each kind, in words."""
        found = self.by_kind
        return [
            (_("Get a time"), found[Kind.NEW]),
            (_("Move to another time or place"), found[Kind.MOVED]),
            (_("Lose their time"), found["lost"]),
            (_("Proposals"), found[Kind.PROPOSAL]),
            (_("Stay as they are"), found[Kind.KEPT]),
            (_("Still without a time"), found[Kind.UNSEATED] - found["lost"]),
        ]


def people_told(run: PlanRun) -> int:
    """Return how many people publishing the draft would tell: who comes, or all of a company that sends nobody yet; buyers of proposals, and the
    other side where both wished it. Four queries."""
    hit = PlannedSeat.objects.filter(HIT, run=run)
    seats = Seat.objects.filter(meeting__in=hit.values("meeting"))
    active = Member.objects.filter(status=Member.Status.ACTIVE, user__is_active=True)
    named = set(seats.filter(person__is_active=True).values_list("person", flat=True))
    unnamed = set(active.filter(company__in=seats.filter(person=None).values("registration__company")).values_list("user", flat=True))
    proposed = PlannedSeat.objects.filter(run=run, kind=Kind.PROPOSAL)
    asked = set(active.filter(company__in=proposed.values("sender__company")).values_list("user", flat=True))
    agreed = proposed.filter(data__wished_by_both=True).values("receiver__company")
    return len(named | unnamed | asked | set(active.filter(company__in=agreed).values_list("user", flat=True)))


@dataclass(frozen=True)
class Aftermath:
    """What became of the meetings that a published plan gave a time. `untold` are those whose people are still to be told of a change."""

    planned: int
    still: int
    moved: int
    off: int
    untold: int


def aftermath_of(run: PlanRun) -> Aftermath:
    """Return where the meetings of a published plan are now. Two queries."""
    seats = PlannedSeat.objects.filter(run=run, slot__isnull=False, meeting__isnull=False)
    off = Q(meeting__status=Meeting.Status.CANCELLED)
    still = Q(meeting__slot=F("slot")) & ~off
    found = seats.aggregate(planned=Count("pk"), still=Count("pk", filter=still), off=Count("pk", filter=off))
    untold = News.objects.filter(meeting__planned__run=run).count()
    return Aftermath(found["planned"], found["still"], found["planned"] - found["still"] - found["off"], found["off"], untold)


def planned_seats(run: PlanRun) -> QuerySet[PlannedSeat]:
    """Return what the draft says of each meeting; what needs somebody's eye stands first."""
    return PlannedSeat.objects.filter(run=run).order_by("-kind", "pk")


CHANGE_WORDS: dict[Kind, Any] = {
    Kind.KEPT: gettext_lazy("stays"),
    Kind.MOVED: gettext_lazy("moves"),
    Kind.NEW: gettext_lazy("gets a time"),
    Kind.UNSEATED: gettext_lazy("still without a time"),
    Kind.PROPOSAL: gettext_lazy("proposal"),
}


@dataclass(frozen=True)
class DraftRow:
    """A meeting of a draft in words: who, where it was, where it would be, and why it would have no time."""

    seat: PlannedSeat
    sides: tuple[Registration, ...]
    before: str
    after: str
    reason: str

    @property
    def change(self) -> str:
        """What would change, in a word or two."""
        if self.seat.kind == Kind.UNSEATED and self.seat.before_slot is not None:
            return _("loses its time")
        return str(CHANGE_WORDS[Kind(self.seat.kind)])

    @property
    def who(self) -> list[str]:
        """The companies that would meet."""
        return [one.company.title for one in self.sides]

    @property
    def is_demo(self) -> bool:
        """Whether one of them is invented."""
        return any(one.company.is_demo for one in self.sides)


def draft_rows(seats: Iterable[PlannedSeat], setup: MeetingSetup) -> list[DraftRow]:
    """Return the rows of a page, read with FULL, in words. At most four queries, however many rows."""
    return list(rows_in_words(list(seats), setup))


def rows_in_words(seats: Sequence[PlannedSeat], setup: MeetingSetup) -> Iterable[DraftRow]:
    """Return rows that were read with FULL, in words. At most four queries."""
    zone = setup.edition.time_zone
    names = names_for([seat.data for seat in seats if seat.reason], zone)
    for seat in seats:
        reason = reason_words(seat.reason, seat.data, names) if seat.reason else ""
        before = where(seat.before_slot, seat.before_place, zone)
        yield DraftRow(seat, sides_of(seat), before, where(seat.slot, seat.place, zone), reason)


def sides_of(seat: PlannedSeat) -> tuple[Registration, ...]:
    """Return who would meet: two, or three with a partner."""
    request = seat.meeting.request if seat.meeting is not None else seat
    found = (request.sender, request.receiver, getattr(request, "partner", None))
    return tuple(one for one in found if one is not None)


def where(slot: Slot | None, place: Place | None, zone: str) -> str:
    """Return a time and a place in short: "Mon 22, 09:30, N1-T12"; '' without a time."""
    if slot is None:
        return ""
    when = _("%(day)s, %(hour)s") % {"day": short_day(slot.day), "hour": clock(slot.starts_at, zone)}
    if place is None:
        return when
    return pgettext("clauses", ", ").join([when, _("Online") if place.kind == Place.Kind.ONLINE else place.code])


def names_for(data: Sequence[Mapping[str, Any]], zone: str) -> Names:
    """Return the names that reasons with these data need. At most four queries."""
    companies = companies_of(one.get("participant") for one in data)
    places = Place.objects.in_bulk({one["place"] for one in data if isinstance(one.get("place"), int)})
    slots = Slot.objects.in_bulk({one["slot"] for one in data if isinstance(one.get("slot"), int)})
    before = {one["before"] for one in data if isinstance(one.get("before"), int)}
    times = {pk: where(slot, None, zone) for pk, slot in slots.items()}
    return Names(companies, {pk: place.code for pk, place in places.items()}, times, meetings_named(before) if before else {})


def kept_back(run: PlanRun) -> Refused | None:
    """Return why a draft is a draft again after somebody published it, as a request would have been refused; None where it was not."""
    told = run.kept_back or {}
    if run.status != PlanRun.Status.DRAFT or not told:
        return None
    if told["code"] == GroundMoved.code:
        return GroundMoved({each["id"]: each["why"] for each in told["meetings"]})
    return next((one() for one in (PublisherMayNot, NoSetup) if one.code == told["code"]), PublishingFailed())


def waits_for_worker(run: PlanRun) -> bool:
    """Whether nobody is at publishing it: nobody has begun, or whoever has would be done."""
    return run.taken_at is None or run.taken_at < timezone.now() - LONGEST


def changed_meanwhile(refused: Refused | None) -> list[tuple[int, str, str]]:
    """Return what keeps a draft from being published: meetings by number, who meets, and why, in words. One query, none for another refusal."""
    if not isinstance(refused, GroundMoved):
        return []
    whys = dict(sorted(refused.meetings.items())[: GroundMoved.MOST_NAMED])
    names = meetings_named(whys)
    return [(pk, names[pk], str(MEANWHILE.get(why, ""))) for pk, why in whys.items() if pk in names]


def meetings_named(numbers: Iterable[int]) -> dict[int, str]:
    """Return who meets in each of the meetings: "Aurora Motors and Borealis Cells". One query."""
    rows = Meeting.objects.filter(pk__in=numbers).select_related("request__sender__company", "request__receiver__company")
    both = _("%(one)s and %(other)s")
    return {row.pk: both % {"one": row.request.sender.company.title, "other": row.request.receiver.company.title} for row in rows}
