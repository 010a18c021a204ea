"""Postings of one side as arrays and sparse matrices, so that factors are worked for many pairs at once."""

from array import array
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from matchmaking.matching.engine.facts import Field, Measure, OfferFacts, RequestFacts
from matchmaking.matching.engine.reading import CHANNELS, Reading

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MOST_FIGURES = 16
SURE_HEAD = 0.5
"""From here on a posting is known to be a thing."""


class Names:
    """Numbers for names, in the order they are met. One for both sides, so that columns mean the same."""

    def __init__(self) -> None:
        self.numbers: defaultdict[str, int] = defaultdict()
        self.numbers.default_factory = self.numbers.__len__

    def __getitem__(self, name: str) -> int:
        return self.numbers[name]

    def of(self, names: Iterable[str]) -> Iterator[int]:
        """Return the numbers of these."""
        return map(self.numbers.__getitem__, names)

    def __len__(self) -> int:
        return len(self.numbers)


@dataclass(frozen=True, slots=True)
class Texts:
    """Readings as matrices: row for row the postings."""

    heads: sparse.csr_array
    asked: Mapping[str, sparse.csr_array]
    given: Mapping[str, sparse.csr_array]
    asked_sum: Mapping[str, Floats]
    properties: sparse.csr_array
    families: sparse.csr_array
    figure_kind: Ints
    figure_low: Floats
    figure_high: Floats
    figure_weight: Floats
    certificates: sparse.csr_array
    kind: Ints
    has_head: NDArray[np.bool_]
    points: NDArray[np.float32]


class Vocabulary:
    """The columns of all matrices. Both sides of one comparison share one."""

    def __init__(self) -> None:
        self.heads, self.properties, self.dimensions, self.families = Names(), Names(), Names(), Names()
        self.features = {channel: Names() for channel in CHANNELS}
        self.kinds, self.certificates = Names(), Names()
        self.family_of: dict[int, int] = {}

    def learn(self, readings: Iterable[Reading]) -> None:
        """Number every name of the readings; before any matrix is made."""
        for reading in readings:
            for key in reading.heads:
                self.heads[key]
            for key in sorted(reading.certificates):
                self.certificates[key]
            for group in reading.features:
                deque(self.features[group.channel].of(group.names), maxlen=0)
            for family, members in sorted(reading.properties.items()):
                for member in members:
                    self.family_of[self.properties[member]] = self.families[family]

    def family_matrix(self) -> sparse.csr_array:
        """Return the matrix that leads from properties to their families."""
        members = sorted(self.family_of.items())
        shape = (max(len(self.properties), 1), max(len(self.families), 1))
        return sparse.csr_array((np.ones(len(members)), tuple(zip(*members, strict=True)) or ([], [])), shape=shape)


def texts_of(readings: Sequence[Reading], names: Vocabulary, points: NDArray[np.float32] | None = None) -> Texts:
    """Put readings into matrices. The vocabulary has learnt them. `points` are what a sentence model makes of their texts."""
    weighed = {channel: _features(readings, channel, names.features[channel]) for channel in CHANNELS}
    asked, given = ({channel: weighed[channel][place] for channel in CHANNELS} for place in (0, 1))
    properties = _matrix([{m: 1.0 for ms in one.properties.values() for m in ms} for one in readings], names.properties)
    families = _matrix([{f: max(ms.values()) for f, ms in one.properties.items()} for one in readings], names.families)
    kind, low, high, weight = _figures(readings, names.dimensions)
    return Texts(
        heads=_matrix([one.heads for one in readings], names.heads),
        asked=asked,
        given=given,
        asked_sum={channel: np.asarray(matrix.sum(axis=1)).ravel() for channel, matrix in asked.items()},
        properties=properties,
        families=families,
        figure_kind=kind,
        figure_low=low,
        figure_high=high,
        figure_weight=weight,
        certificates=_matrix([dict.fromkeys(sorted(one.certificates), 1.0) for one in readings], names.certificates),
        kind=np.array([names.kinds[one.kind] if one.kind else -1 for one in readings], dtype=np.int64),
        has_head=np.array([max(one.heads.values(), default=0.0) >= SURE_HEAD for one in readings], dtype=bool),
        points=np.zeros((len(readings), 0), dtype=np.float32) if points is None else points,
    )


def _features(readings: Sequence[Reading], channel: str, names: Names) -> tuple[sparse.csr_array, sparse.csr_array]:
    """Return what is asked and what is given in one channel: the same places, other weights."""
    columns, sizes, weights, ends = array("q"), array("q"), array("d"), array("q", [0])
    for reading in readings:
        for group in reading.features:
            if group.channel == channel:
                columns.extend(names.of(group.names))
                sizes.append(len(group.names))
                weights.extend(group[1:3])
        ends.append(len(columns))
    each = np.repeat(np.array(weights).reshape(-1, 2), np.array(sizes, dtype=np.int64), axis=0)
    shape, places = (len(readings), max(len(names), 1)), (np.array(columns, dtype=np.int64), np.array(ends, dtype=np.int64))
    asked, given = (sparse.csr_array((each[:, place].copy(), *(one.copy() for one in places)), shape=shape) for place in (0, 1))
    asked.eliminate_zeros()
    return asked, given


def _matrix(rows: Sequence[Mapping[str, float]], names: Names) -> sparse.csr_array:
    data: list[float] = []
    columns: list[int] = []
    ends = [0]
    for row in rows:
        columns += names.of(row)
        data += row.values()
        ends.append(len(data))
    shape = (len(rows), max(len(names), 1))
    return sparse.csr_array((np.array(data, dtype=float), np.array(columns, dtype=np.int64), np.array(ends, dtype=np.int64)), shape=shape)


def _figures(readings: Sequence[Reading], names: Names) -> tuple[Ints, Floats, Floats, Floats]:
    shape = (len(readings), MOST_FIGURES)
    kind, low, high, weight = np.full(shape, -1, dtype=np.int64), np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for row, reading in enumerate(readings):
        heavy = sorted(reading.figures.items(), key=lambda pair: -pair[1])[:MOST_FIGURES]
        for place, (figure, share) in enumerate(heavy):
            kind[row, place] = 2 * names[figure.dimension] + figure.of_use  # Odd: of what it is for, never compared with its own.
            low[row, place], high[row, place], weight[row, place] = figure.low, figure.high, share
    return kind, low, high, weight


@dataclass(frozen=True, slots=True)
class Terms:
    """The fields of one side as arrays; nan where not stated, -1 for an unknown unit or code."""

    amount: Floats
    amount_unit: Ints
    price: Floats
    price_unit: Ints
    capacity: Floats
    capacity_unit: Ints
    days: Floats
    hs: Ints
    chain: Ints
    segment: Ints
    language: Ints
    incoterms: Ints
    required: sparse.csr_array
    deliver_to: Ints
    ships_to: sparse.csr_array
    ships_anywhere: NDArray[np.bool_]
    origin: Ints
    origins: sparse.csr_array
    any_origin: NDArray[np.bool_]
    musts: NDArray[np.bool_]


class Codes:
    """Numbers for units, segments and languages, the same on both sides."""

    def __init__(self) -> None:
        self.units, self.segments, self.chains, self.languages, self.incoterms = Names(), Names(), Names(), Names(), Names()
        self.certificates, self.countries = Names(), Names()

    def learn(self, facts: Iterable[OfferFacts | RequestFacts]) -> None:
        """Number certificates and countries, before any matrix is made."""
        for one in facts:
            named = (one.ships_to or (), (one.origin,)) if isinstance(one, OfferFacts) else (one.origins or (), (one.deliver_to,))
            for country in sorted({*named[0], *named[1]}):
                self.countries[country]
            for name in sorted(one.certificates):
                self.certificates[name]


def terms_of(facts: Sequence[OfferFacts] | Sequence[RequestFacts], codes: Codes) -> Terms:
    """Put the fields of one side into arrays. The codes have learnt both sides."""
    offers = [one if isinstance(one, OfferFacts) else None for one in facts]
    requests = [one if isinstance(one, RequestFacts) else None for one in facts]
    prices = [one.price if isinstance(one, OfferFacts) else one.budget for one in facts]
    amounts = [one.minimum if isinstance(one, OfferFacts) else one.quantity for one in facts]
    days = [one.lead_time_days if isinstance(one, OfferFacts) else one.days_left for one in facts]
    return Terms(
        *_measures(amounts, codes.units),
        *_measures(prices, codes.units),
        *_measures([one.monthly_capacity if one else None for one in offers], codes.units),
        days=np.array([np.nan if day is None else day for day in days], dtype=float),
        hs=np.array([int(one.hs_code.ljust(6, "0")) if one.hs_code.isdigit() else -1 for one in facts], dtype=np.int64),
        chain=np.array([codes.chains[one.chain] for one in facts], dtype=np.int64),
        segment=np.array([codes.segments[f"{one.chain}/{one.segment}"] for one in facts], dtype=np.int64),
        language=np.array([codes.languages[one.language] for one in facts], dtype=np.int64),
        incoterms=np.array([sum(1 << codes.incoterms[code] for code in sorted(one.incoterms)) for one in facts], dtype=np.int64),
        required=_sets([one.certificates for one in facts], codes.certificates),
        deliver_to=np.array([codes.countries[one.deliver_to] if one and one.deliver_to else -1 for one in requests], dtype=np.int64),
        ships_to=_sets([(one.ships_to if one else None) or () for one in offers], codes.countries),
        ships_anywhere=np.array([one is None or one.ships_to is None for one in offers], dtype=bool),
        origin=np.array([codes.countries[one.origin] if one and one.origin else -1 for one in offers], dtype=np.int64),
        origins=_sets([(one.origins if one else None) or () for one in requests], codes.countries),
        any_origin=np.array([one is None or one.origins is None for one in requests], dtype=bool),
        musts=np.array([[one is not None and name in one.musts for name in Field] for one in requests], dtype=bool).reshape(-1, len(Field)),
    )


def _sets(sets: Iterable[Iterable[str]], names: Names) -> sparse.csr_array:
    return _matrix([dict.fromkeys(sorted(one), 1.0) for one in sets], names)


def _measures(measures: Sequence[Measure | None], units: Names) -> tuple[Floats, Ints]:
    amounts = np.array([np.nan if one is None else one.amount for one in measures], dtype=float)
    return amounts, np.array([-1 if one is None else units[one.unit] for one in measures], dtype=np.int64)
