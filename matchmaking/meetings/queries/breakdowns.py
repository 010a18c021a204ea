"""Figures by day, hall, chain, role and country: which part a row belongs to. Each row is in one part."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_countries import countries

from expo.editions.models import Chain, Edition
from expo.foundation.dates import long_day
from matchmaking.meetings.models import AboutPosting, Meeting, MeetingRequest
from matchmaking.meetings.queries.figures import FIGURES, Figure, Words, rows_of_edition
from matchmaking.participants.models import Registration

NONE = "none"
MOST_PARTS = 20
OF_MEETINGS = ("with_time", "held", "no_show", "disputed", "cancelled")
OF_REQUESTS = ("sent", "accepted", "declined", "expired")


def _chain(request: str) -> Subquery:
    """The chain of the first posting that the request is about."""
    about = AboutPosting.objects.filter(request=OuterRef(request)).order_by("pk")
    return Subquery(about.values(of=Coalesce("offer__segment__chain__code", "sourcing_request__segment__chain__code"))[:1])


@dataclass(frozen=True)
class Dimension:
    """A way to part rows; `of` says, by model, what the part of a row is, `title_of` what is printed above them."""

    name: str
    title: Words
    definition: Words
    of: Mapping[Any, Any]
    title_of: Mapping[Any, Words]


DIMENSIONS = {
    one.name: one
    for one in (
        Dimension(
            "day",
            gettext_lazy("Day"),
            gettext_lazy("The day of the meeting’s time, on the expo’s clocks; of a cancelled one, of the time that it had."),
            {Meeting: F("slot__day")},
            {Meeting: gettext_lazy("Meetings by day")},
        ),
        Dimension(
            "hall",
            gettext_lazy("Hall"),
            gettext_lazy("The hall of the meeting’s place."),
            {Meeting: F("place__hall__code")},
            {Meeting: gettext_lazy("Meetings by hall")},
        ),
        Dimension(
            "chain",
            gettext_lazy("Chain"),
            gettext_lazy("The chain of the first posting that the request is about."),
            {Meeting: _chain("request"), MeetingRequest: _chain("pk")},
            {Meeting: gettext_lazy("Meetings by chain"), MeetingRequest: gettext_lazy("Requests by chain")},
        ),
        Dimension(
            "role",
            gettext_lazy("Role"),
            gettext_lazy("The role of who asked first."),
            {Meeting: F("request__sender__role"), MeetingRequest: F("sender__role")},
            {Meeting: gettext_lazy("Meetings by role"), MeetingRequest: gettext_lazy("Requests by role")},
        ),
        Dimension(
            "country",
            gettext_lazy("Country/region"),
            gettext_lazy("The country or region of the company that asked first."),
            {Meeting: F("request__sender__company__country"), MeetingRequest: F("sender__company__country")},
            {Meeting: gettext_lazy("Meetings by country or region"), MeetingRequest: gettext_lazy("Requests by country or region")},
        ),
    )
}


@dataclass(frozen=True)
class Part:
    """One part: its value in addresses ("none" for rows without one), its words, and the figures with their numbers."""

    value: str
    words: str
    cells: list[tuple[Figure, int]]

    @property
    def counts(self) -> list[int]:
        return [count for _figure, count in self.cells]

    @property
    def total(self) -> int:
        return self.counts[0]

    @property
    def bar(self) -> tuple[int, int]:
        """What the bar draws: the second figure, and the rest of the first, of which it is a part."""
        return self.counts[1], max(0, self.counts[0] - self.counts[1])


@dataclass(frozen=True)
class Breakdown:
    """Figures by a dimension, largest part first, days and halls in their order; `most` is the largest number in it."""

    dimension: Dimension
    figures: list[Figure]
    parts: list[Part]

    @property
    def title(self) -> str:
        """What heads it: "Meetings by day"."""
        return str(self.dimension.title_of[self.figures[0].model])

    @property
    def most(self) -> int:
        return max((part.total for part in self.parts), default=0)

    @property
    def shown(self) -> list[Part]:
        """What a page shows: the first twenty."""
        return self.parts[:MOST_PARTS]

    @property
    def hidden(self) -> int:
        return max(0, len(self.parts) - MOST_PARTS)


def breakdown(name: str, figures: Sequence[str], edition: Edition, at: datetime) -> Breakdown:
    """Return the figures by the dimension. They must be of one model. One query, two by chain."""
    dimension, chosen = DIMENSIONS[name], [FIGURES[one] for one in figures]
    model = chosen[0].model
    rows = rows_of_edition(model, edition).order_by().values(part=dimension.of[model])
    counts = {one.name: Count("pk", filter=one.which(edition, at) or None) for one in chosen}
    words = _words(name)
    parts = [
        Part(_value(row["part"]), words(row["part"]), [(one, row[one.name]) for one in chosen])
        for row in rows.annotate(**counts)
        if any(row[one.name] for one in chosen)
    ]
    in_order = name in {"day", "hall"}
    parts.sort(key=lambda part: (part.value == NONE, part.value if in_order else "", -part.total, part.words))
    return Breakdown(dimension, chosen, parts)


def rows_in(figure: Figure, edition: Edition, at: datetime, chosen: Mapping[str, str]) -> QuerySet[Any]:
    """Return the rows that the figure counts in these parts, by dimension: the day "2026-06-22", the hall "N1"; "none" for rows without one."""
    rows = figure.rows(edition, at)
    for name, value in chosen.items():
        expression = DIMENSIONS[name].of.get(figure.model)
        if expression is None:
            return rows.none()
        alias = f"part_{name}"
        rows = rows.annotate(**{alias: expression})
        rows = rows.filter(**{f"{alias}__isnull": True}) if value == NONE else rows.filter(**{alias: value})
    return rows


def words_of(name: str, value: str) -> str:
    """Return how a part is called. One query for a chain."""
    read = date.fromisoformat(value) if name == "day" and value != NONE else value
    return str(_words(name)(None if value == NONE else read))


def _value(part: Any) -> str:
    return part.isoformat() if isinstance(part, date) else str(part or NONE)


def _words(name: str) -> Any:
    none = {"day": _("without a time"), "hall": _("without a place"), "chain": _("about no posting")}.get(name, _("not stated"))
    if name == "chain":
        chains = {chain.code: f"{chain.code} {chain.name}" for chain in Chain.objects.all()}
        return lambda part: chains.get(part, part) if part else none
    read: dict[str, Any] = {
        "day": long_day,
        "hall": str,
        "role": lambda role: str(Registration.Role(role).label) if role in Registration.Role.values else str(role),
        "country": lambda code: str(countries.name(str(code)) or code),
    }
    return lambda part: read[name](part) if part else none
