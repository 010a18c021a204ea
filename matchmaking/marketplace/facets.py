"""How many postings each choice of a filter would leave."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import CharField, Count, F, Q, Value
from django.db.models.functions import Cast

from expo.foundation.bilingual import is_chinese
from matchmaking.marketplace.filters import PostingFilter

PLACE = ("chain", "segment", "stage")


@dataclass(frozen=True)
class Station:
    """A segment that has postings, and how many of each kind."""

    chain: str
    stage: str
    slug: str
    name: str


@dataclass
class Facets:
    """Counts by kind ("offer", "request") and by value. `chosen` are the values of chain, stage and segment that are on."""

    stations: dict[str, Counter[Station]] = field(default_factory=lambda: defaultdict(Counter))
    certificates: Counter[tuple[str, str]] = field(default_factory=Counter)
    countries: Counter[str] = field(default_factory=Counter)
    origins: Counter[str] = field(default_factory=Counter)
    without_offer: int = 0
    chosen: Mapping[str, Collection[str]] = field(default_factory=dict)

    def total(self, kind: str) -> int:
        """Return how many postings of the kind pass all filters."""
        return sum(count for station, count in self.stations[kind].items() if self._passes(station, PLACE))

    def by(self, place: str, kinds: Collection[str]) -> Counter[str]:
        """Count by "chain", "stage" or "segment" what passes all the other filters."""
        others = [name for name in PLACE if name != place]
        counts: Counter[str] = Counter()
        for kind in kinds:
            for station, count in self.stations[kind].items():
                if self._passes(station, others):
                    counts[_value(station, place)] += count
        return counts

    def segments(self, kinds: Collection[str]) -> list[tuple[Station, int]]:
        """Return the segments of the chosen chains and stages that have postings."""
        counts: Counter[Station] = Counter()
        for kind in kinds:
            for station, count in self.stations[kind].items():
                if self._passes(station, ("chain", "stage")):
                    counts[station] += count
        return sorted(counts.items(), key=lambda pair: (pair[0].chain, pair[0].slug))

    def _passes(self, station: Station, places: Collection[str]) -> bool:
        return all(not self.chosen.get(place) or _value(station, place) in self.chosen[place] for place in places)


def _value(station: Station, place: str) -> str:
    return station.slug if place == "segment" else str(getattr(station, place))


def facets_of(filters: Mapping[str, tuple[PostingFilter, Any]], kinds: Collection[str], without_offer: Q) -> Facets:
    """Count the postings by segment, certificate, country/region, origin, and the requests without an offer. One query.

    Args:
        filters: by kind, the bound and validated filters with all postings of the kind.
        kinds: those that are listed; all but segments are counted among them only.
        without_offer: the condition of a request that no offer fits.
    """
    arms = [_by_segment(kind, chosen.rows(rows, leave_out=PLACE)) for kind, (chosen, rows) in filters.items()]
    for kind in kinds:
        chosen, rows = filters[kind]
        certified = chosen.rows(rows.filter(certificates__isnull=False))
        arms.append(_grouped("certificate", certified, "certificates__certificate__key", "certificates__certificate__name"))
        named = chosen.rows(rows.named() if kind == "request" else rows, leave_out=["country"])
        arms.append(_grouped("country", named, "registration__company__country"))
        if kind == "offer":
            arms.append(_grouped("origin", chosen.rows(rows.exclude(origin=""), leave_out=["origin"]), "origin"))
        else:
            waiting = chosen.rows(rows, leave_out=["open"]).filter(without_offer)
            arms.append(_grouped("open", waiting, "visibility"))
    values = next(iter(filters.values()))[0].form.cleaned_data
    facets = Facets(chosen={place: values.get(place) or () for place in PLACE})
    for facet, key, name, other_name, chain, stage, count in arms[0].union(*arms[1:], all=True):
        _add(facets, facet, (key, (other_name or name) if is_chinese() else name, chain, stage), count)
    return facets


def _add(facets: Facets, facet: str, texts: tuple[str, str, str, str], count: int) -> None:
    key, name, chain, stage = texts
    if facet == "certificate":
        facets.certificates[key, name] += count
    elif facet == "country":
        facets.countries[key] += count
    elif facet == "origin":
        facets.origins[key] += count
    elif facet == "open":
        facets.without_offer += count
    else:
        facets.stations[facet][Station(chain, stage, key, name)] += count


def _by_segment(kind: str, rows: Any) -> Any:
    return _counted(kind, rows, "segment__slug", "segment__name_en", F("segment__name_zh"), F("segment__chain__slug"), F("segment__stage"))


def _grouped(facet: str, rows: Any, key: str, name: str = "") -> Any:
    empty = Value("", CharField())
    return _counted(facet, rows, key, name or key, empty, empty, empty)


def _counted(facet: str, rows: Any, key: str, name: str, *more: Any) -> Any:
    columns = dict(zip(("facet_other", "facet_chain", "facet_stage"), more, strict=True))
    names = ["facet", "facet_key", "facet_name", *columns]
    labelled = rows.order_by().annotate(
        facet=Value(facet, CharField()), facet_key=Cast(key, CharField()), facet_name=Cast(name, CharField()), **columns
    )
    return labelled.values(*names).annotate(facet_count=Count("pk")).values_list(*names, "facet_count")
