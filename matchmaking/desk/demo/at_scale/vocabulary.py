"""The words of the large demo, read from fixtures/demo/at_scale: products and services of every segment, in English and Chinese."""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

from expo.editions.models import Edition
from expo.editions.queries import rates_of
from matchmaking.desk.demo.files import Places, read


class Pair(NamedTuple):
    """The same in English and in Chinese."""

    en: str
    zh: str

    @classmethod
    def of(cls, text: Any) -> "Pair":
        """Split "copper|铜"; what has no second part is the same in both languages."""
        english, _bar, chinese = str(text).partition("|")
        return cls(english, chinese or english)

    def fill(self, *parts: "Pair") -> "Pair":
        """Put the parts into the places {0}, {1} … of either language."""
        return Pair(self.en.format(*(part.en for part in parts)), self.zh.format(*(part.zh for part in parts)))


class Span(NamedTuple):
    """From the least to the most."""

    low: float
    high: float

    @classmethod
    def of(cls, text: str) -> "Span":
        low, _dash, high = str(text).partition("-")
        return cls(float(low), float(high or low))

    def at(self, place: float) -> float:
        """Return the value at a place from 0 to 1, in equal ratios rather than equal steps: 1 to 100 has 10 in the middle."""
        if not self.low:
            return self.high * place
        return float(self.low * (self.high / self.low) ** place)


@dataclass(frozen=True)
class Product:
    """One product or service of a segment, with what varies about it.

    Attributes:
        name: with places for the values, "LFP cell, {0} Ah".
        values: for each place what may stand there, from the cheapest to the dearest.
        price: of one `price_unit` in `currency`; least: the smallest order in `unit`; lead: days.
        hs_code: '' for a service.
    """

    segment: str
    name: Pair
    values: tuple[tuple[Pair, ...], ...]
    price: Span
    currency: str
    price_unit: str
    least: Span
    unit: str
    lead: Span
    hs_code: str
    certificates: tuple[str, ...]

    @property
    def is_service(self) -> bool:
        return not self.hs_code

    @property
    def trade(self) -> str:
        """Which of the shared sentences fit."""
        return "services" if self.is_service else "goods"

    def choose(self, luck: random.Random) -> tuple[Pair, float]:
        """Return a name with its values, and how dear these are, from 0 to 1."""
        places = [luck.randrange(len(values)) for values in self.values]
        name = self.name.fill(*(values[place] for values, place in zip(self.values, places, strict=True)))
        heights = [place / max(len(values) - 1, 1) for values, place in zip(self.values, places, strict=True)]
        return name, sum(heights) / len(heights) if heights else 0.5


@dataclass(frozen=True)
class SegmentWords:
    """What is traded in a segment, what for, and what is said of it."""

    code: str
    pk: int
    chain: str
    makers: tuple[Pair, ...]
    products: tuple[Product, ...]
    uses: tuple[Pair, ...]
    notes: tuple[Pair, ...]


@dataclass(frozen=True)
class Vocabulary:
    """All words by segment ("SV/batteries"), how buyers of each chain call themselves, and the shared words."""

    places: Places
    segments: Mapping[str, SegmentWords]
    buyers: Mapping[str, tuple[Pair, ...]]
    shared: Mapping[str, Any]

    @classmethod
    def of(cls, edition: Edition) -> "Vocabulary":
        """Read the words of the edition's chains. Raises LookupError for words of a segment that they do not have."""
        places = Places.of(edition)
        files = {code: read(f"at_scale/{code}") for code in sorted({name.partition("/")[0] for name in places.segments})}
        segments = {f"{code}/{key}": words for code, file in files.items() for key, words in file["segments"].items()}
        return cls(
            places,
            {
                name: _segment(name, places.segment(name).pk, {"makers": files[name.partition("/")[0]]["makers"], **words})
                for name, words in segments.items()
            },
            {code: _pairs(file["buyers"]) for code, file in files.items()},
            read("at_scale/words"),
        )

    @cached_property
    def by_chain(self) -> dict[str, list[SegmentWords]]:
        """The segments of each chain, in order."""
        chains: dict[str, list[SegmentWords]] = {}
        for words in self.segments.values():
            chains.setdefault(words.chain, []).append(words)
        return chains

    @cached_property
    def region_of(self) -> dict[str, str]:
        """The region of each country: it decides how names sound."""
        return {country: region for region, countries in self.shared["regions"].items() for country in countries}

    @cached_property
    def _sentences(self) -> dict[tuple[str, ...], tuple[Pair, ...]]:
        return {}

    def sentences(self, *path: str) -> tuple[Pair, ...]:
        """Return a list of the shared words: `sentences("goods", "offer")`."""
        if path not in self._sentences:
            found: Any = self.shared
            for key in path:
                found = found[key]
            self._sentences[path] = _pairs(found)
        return self._sentences[path]


@dataclass(frozen=True)
class Scene:
    """What everything that is invented for an edition is drawn from."""

    edition: Edition
    words: Vocabulary
    luck: random.Random
    now: datetime

    @cached_property
    def rates(self) -> dict[str, Decimal]:
        """CNY per unit of each currency, as the edition states them."""
        return rates_of(self.edition)


def _segment(name: str, pk: int, words: Mapping[str, Any]) -> SegmentWords:
    products = tuple(_product(name, entry, words.get("certificates", [])) for entry in words["products"])
    makers, chain = _pairs(words["makers"]), name.partition("/")[0]
    return SegmentWords(name, pk, chain, makers, products, _pairs(words["uses"]), _pairs(words["notes"]))


def _product(segment: str, entry: Mapping[str, Any], certificates: Iterable[str]) -> Product:
    price, _blank, per = str(entry["price"]).partition(" ")
    currency, _slash, price_unit = per.partition("/")
    least, _blank, unit = str(entry["least"]).partition(" ")
    return Product(
        segment=segment,
        name=Pair(entry["en"], entry["zh"]),
        values=tuple(_pairs(values) for values in entry.get("of", [])),
        price=Span.of(price),
        currency=currency,
        price_unit=price_unit,
        least=Span.of(least),
        unit=unit,
        lead=Span.of(entry["lead"]),
        hs_code=str(entry.get("hs", "")),
        certificates=tuple(entry.get("certificates", certificates)),
    )


def _pairs(texts: Iterable[Any]) -> tuple[Pair, ...]:
    return tuple(Pair.of(text) for text in texts)
