"""All figures of an edition's meetings as of a moment, with rates, shares and means: what page, API and spreadsheet print."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Avg, F, Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from expo.editions.models import Edition
from matchmaking.meetings.models import Interpreter, Place, Seat, Slot
from matchmaking.meetings.queries.breakdowns import OF_MEETINGS, OF_REQUESTS, Breakdown, breakdown
from matchmaking.meetings.queries.figures import FEWEST_RATINGS, FIGURES, GROUPS, Words, counted, rows_of_edition
from matchmaking.meetings.queries.participants import participants

MOST_UNSERVED = 10
BREAKDOWNS = [
    *((name, OF_MEETINGS) for name in ("day", "hall", "chain", "role", "country")),
    *((name, OF_REQUESTS) for name in ("chain", "role", "country")),
]


@dataclass(frozen=True)
class Rate:
    """A share of one figure's rows in another's."""

    name: str
    group: str
    title: Words
    definition: Words
    part: str
    of: str


RATES = [
    Rate("answer_rate", "requests", gettext_lazy("of those sent were answered"), gettext_lazy("Answered requests, of all that were sent."), "answered", "sent"),
    Rate("acceptance_rate", "requests", gettext_lazy("of those sent were accepted"), gettext_lazy("Accepted requests, of all that were sent."), "accepted", "sent"),
    Rate("expiry_rate", "requests", gettext_lazy("of those sent ran out"), gettext_lazy("Requests that ran out, of all that were sent."), "expired", "sent"),
    Rate("held_rate", "meetings", gettext_lazy("of those with a time took place"), gettext_lazy("Held meetings, of all that have a time and were not called off."), "held", "with_time"),
    Rate("no_show_rate", "meetings", gettext_lazy("of those with a time did not take place"), gettext_lazy("Meetings that did not take place, of all that have a time and were not called off."), "no_show", "with_time"),
]  # fmt: skip


@dataclass(frozen=True)
class FigureLine:
    """A figure as it is printed. `value` is None where it is not known, or too few stand behind it; `unit` is "", "%", "hours" or "stars".

    `rows` is the address of what it counts, '' for what is made of other figures.
    """

    name: str
    group: str
    title: str
    definition: str
    value: float | None
    unit: str = ""
    rows: str = ""


@dataclass(frozen=True)
class Statistics:
    """Everything on the page: figures by group in order, breakdowns, and who asked and got nothing."""

    at: datetime
    lines: list[FigureLine]
    breakdowns: list[Breakdown]
    unserved: list[FigureLine]

    @property
    def groups(self) -> list[tuple[str, list[FigureLine]]]:
        return [(str(title), [line for line in self.lines if line.group == name]) for name, title in GROUPS.items()]


def figure_lines(edition: Edition, at: datetime) -> list[FigureLine]:
    """Return all figures in order, without the breakdowns. Eleven queries."""
    numbers = counted(FIGURES.values(), edition, at)
    lines = [
        FigureLine(
            one.name, one.group, str(one.title), str(one.definition), numbers[one.name], rows=reverse("meeting_figure", args=[one.name])
        )
        for one in FIGURES.values()
    ]
    for rate in RATES:
        share = percent(numbers[rate.part], numbers[rate.of])
        lines.append(FigureLine(rate.name, rate.group, str(rate.title), str(rate.definition), share, "%"))
    lines.append(_hours_to_answer(edition, at, numbers["answered"]))
    return [*lines, *_use(edition, numbers), *_served(edition), _mean_rating(edition, numbers["rated"])]


def statistics_of(edition: Edition, at: datetime) -> Statistics:
    """Return what the page shows. About thirty queries, whatever the number of rows."""
    parted = [breakdown(name, figures, edition, at) for name, figures in BREAKDOWNS]
    return Statistics(at, figure_lines(edition, at), parted, worst_served(edition))


def percent(part: int, of: int) -> float | None:
    """Return the share in percent, to a tenth; None of nothing."""
    return round(100 * part / of, 1) if of else None


def _hours_to_answer(edition: Edition, at: datetime, answered: int) -> FigureLine:
    """The middle one of all times between sending and answer; of an even number, the mean of the two in the middle."""
    rows = FIGURES["answered"].rows(edition, at).filter(answered_at__isnull=False)
    took = rows.annotate(took=F("answered_at") - F("created_at")).order_by("took").values_list("took", flat=True)
    middle = list(took[(answered - 1) // 2 : answered // 2 + 1]) if answered else []
    hours = round(sum(one.total_seconds() for one in middle) / len(middle) / 3600, 1) if middle else None
    title, definition = (
        _("from sending to answer, half of them sooner"),
        _("Median time between sending and the answer, of answered requests."),
    )
    return FigureLine("median_hours_to_answer", "requests", title, definition, hours, "hours")


def _use(edition: Edition, numbers: dict[str, int]) -> list[FigureLine]:
    """Shares of what there is: desks of open places, and interpreters, each in every time slot of the timetable."""
    slots = Slot.objects.for_meetings().filter(edition=edition).count()
    desks = dict(Place.objects.open().filter(edition=edition).order_by().values_list("kind").annotate(Sum("capacity")))
    pool = Interpreter.objects.filter(edition=edition, is_active=True).count()
    words = [
        ("table_use", "at_tables", desks.get("table", 0), _("of the tables’ times are taken"), _("Meetings at tables, of all open tables times all time slots.")),
        ("booth_use", "at_booths", desks.get("booth", 0), _("of the booths’ times are taken"), _("Meetings at booths, of all desks of open booths times all time slots.")),
        ("interpreter_use", "interpreted", pool, _("of the interpreters’ times are taken"), _("Meetings with an interpreter, of all available interpreters times all time slots.")),
    ]  # fmt: skip
    return [
        FigureLine(name, "places", title, definition, percent(numbers[part], there * slots), "%")
        for name, part, there, title, definition in words
    ]


def _served(edition: Edition) -> list[FigureLine]:
    asked = participants(edition).filter(asked__gt=0)
    address = reverse("meeting_participants") + "?served=none"
    title, definition = (
        _("asked and got nothing"),
        _("Verified participants that sent at least one request and have no meeting with a time."),
    )
    return [FigureLine("unserved", "meetings", title, definition, asked.filter(seated=0).count(), rows=address)]


def worst_served(edition: Edition) -> list[FigureLine]:
    """Return who asked most and got nothing: each with the number of requests. One query."""
    rows = participants(edition).filter(asked__gt=0, seated=0).order_by("-asked", "company__name", "pk")[:MOST_UNSERVED]
    return [
        FigureLine(str(row.pk), "", row.company.title, "", row.asked, rows=reverse("meeting_participant", args=[row.pk])) for row in rows
    ]


def _mean_rating(edition: Edition, number: int) -> FigureLine:
    """The mean, told from five ratings on: below that it would tell who rated how."""
    title, definition = _("of 5 on average"), _("Mean of all ratings, from five ratings on.")
    enough = number >= FEWEST_RATINGS
    mean = rows_of_edition(Seat, edition).aggregate(mean=Avg("rating"))["mean"] if enough else None
    return FigureLine("mean_rating", "ratings", title, definition, round(mean, 2) if mean is not None else None, "stars")
