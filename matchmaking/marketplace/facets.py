"""How many postings each choice of a filter would leave."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

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
