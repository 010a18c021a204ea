"""The filters of the market over its columns: which rows pass, how many another choice would leave, and which come first.

What `OfferFilter` and `RequestFilter` say to the database, said to arrays of numbers: the tests hold both against each other.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np
from django.core.validators import EMPTY_VALUES
from django.utils import timezone

from expo.editions.models import ExchangeRate
from expo.foundation.bilingual import is_chinese
from expo.foundation.search.asked import read
from expo.foundation.search.finding import keys_with
from expo.foundation.units import UNITS, in_base
from matchmaking.marketplace.facets import PLACE, Facets, Station
from matchmaking.marketplace.normalise import certificate_key, same_base
from matchmaking.matching.columns import CODES, Column, Columns

Values = Mapping[str, Any]
Mask = Callable[[Columns, Any, Values], Column]


@dataclass(frozen=True)
class Sort:
    """An order of postings: the column that it goes by, and which way. What has no value comes last, equal ones from the newest number."""

    column: str
    is_falling: bool = False

    def values(self, columns: Columns) -> Column:
        """Return numbers that grow in this order."""
        column = columns.rows[self.column]
        if column.dtype.kind == "f":
            column = np.where(np.isnan(column), np.inf, column)
        return -column if self.is_falling else column


SORTS = {"newest": Sort("published", is_falling=True), "closing": Sort("until"), "price": Sort("price"), "lead": Sort("lead_days")}


class Passing:
    """Which postings pass the filters of an address, by the values that its form could read. Only words ask the database: two queries."""

    def __init__(self, columns: Columns, values: Values, kinds: Collection[str]) -> None:
        self.columns = columns
        self.kinds = kinds
        self.chosen = {place: values.get(place) or () for place in PLACE}
        self.masks: dict[str, Column] = {
            name: MASKS[name](columns, value, values)
            for name, value in values.items()
            if name in MASKS and value is not False and value not in EMPTY_VALUES
        }

    def rows(self, *, leave_out: Collection[str] = (), kinds: Collection[str] | None = None) -> Column:
        """Return which rows pass all filters but those of `leave_out`: what there would be with another choice of them."""
        kinds = self.kinds if kinds is None else kinds
        left = np.ones(len(self.columns), bool) if len(kinds) > 1 else self.columns.of_kind(*kinds)
        for name, mask in self.masks.items():
            if name not in leave_out:
                left = left & mask
        return left

    @cached_property
    def passing(self) -> Column:
        return self.rows()

    def count(self, *, leave_out: Collection[str] = ()) -> int:
        return int(np.count_nonzero(self.rows(leave_out=leave_out)))

    def first(self, sort: Sort, part: slice) -> list[tuple[str, int]]:
        """Return (kind, id) of a part of what passes, in order."""
        rows, places = self.columns.rows, np.flatnonzero(self.passing)
        values = sort.values(self.columns)[places]
        if part.stop < len(places):  # Only what can be among the first is put in order.
            near = values <= np.partition(values, part.stop)[part.stop]
            places, values = places[near], values[near]
        keys, is_offer = rows["key"][places], rows["is_offer"][places]
        order = np.lexsort([~is_offer, -keys, values])[part]
        return [("offer" if one else "request", key) for one, key in zip(is_offer[order].tolist(), keys[order].tolist(), strict=True)]

    def facets(self) -> Facets:
        """Count the postings by segment, certificate, country/region, origin, and the requests without an offer.

        All but segments are counted among the kinds that are listed only.
        """
        rows, passing = self.columns.rows, self.passing
        countries = self.rows(leave_out=["country"]) & rows["is_named"]
        origins = self.rows(leave_out=["origin"]) & rows["is_offer"]
        held = self.columns.held[passing[self.columns.held[:, 0]], 1]
        codes = list(CODES.numbers)
        return Facets(
            stations={kind: self._stations(kind) for kind in ("offer", "request")},
            certificates=Counter({self.columns.names[pk]: count for pk, count in counted(held)}),
            countries=Counter({codes[code]: count for code, count in counted(rows["country"][countries])}),
            origins=Counter({codes[code]: count for code, count in counted(rows["origins"][origins]) if codes[code]}),
            without_offer=int(np.count_nonzero(self.rows(leave_out=["open"]) & rows["is_gap"])),
            chosen=self.chosen,
        )

    def _stations(self, kind: str) -> Counter[Station]:
        counts = counted(self.columns.rows["segment"][self.rows(leave_out=PLACE, kinds=[kind])])
        stops = [(self.columns.stops[segment], count) for segment, count in counts]
        return Counter({Station(stop.chain, stop.stage, stop.slug, stop.names[is_chinese()]): count for stop, count in stops})


def newest(columns: Columns, kind: str, segments: Collection[int], most: int) -> list[int]:
    """Return the ids of the newest postings of a kind in some segments."""
    places = np.flatnonzero(columns.of_kind(kind) & np.isin(columns.rows["segment"], list(segments)))
    published, keys = (columns.rows[name][places] for name in ("published", "key"))
    found: list[int] = keys[np.lexsort([-keys, -published])][:most].tolist()
    return found


def counted(numbers: Column) -> list[tuple[int, int]]:
    """Return (number, how often) of those that occur; they are small: ids of few rows, or codes."""
    counts = np.bincount(numbers)
    return [(number, int(counts[number])) for number in np.flatnonzero(counts).tolist()]


def _by_segment(place: str) -> Mask:
    def mask(columns: Columns, wanted: Collection[str], _values: Values) -> Column:
        return np.isin(columns.rows["segment"], [pk for pk, stop in columns.stops.items() if getattr(stop, place) in wanted])

    return mask


def _search(columns: Columns, text: str, _values: Values) -> Column:
    asked, rows = read(text), columns.rows
    if not asked:
        return np.zeros(len(columns), bool)
    found = {kind: list(keys_with(asked, kind).values_list("object_id", flat=True)) for kind in ("offer", "request")}
    return np.where(rows["is_offer"], np.isin(rows["key"], found["offer"]), np.isin(rows["key"], found["request"]))


def _from_countries(columns: Columns, wanted: Collection[str], _values: Values) -> Column:
    return columns.rows["is_named"] & CODES.that(lambda code: code in wanted)[columns.rows["country"]]


def _of_origin(columns: Columns, wanted: str, _values: Values) -> Column:
    """Offers from there, and requests that accept it or say nothing."""
    rows = columns.rows
    accepts = CODES.that(lambda codes: not codes or wanted in codes.split(","))[rows["origins"]]
    return np.where(rows["is_offer"], CODES.that(lambda code: code == wanted)[rows["origins"]], accepts)


def _hs(columns: Columns, start: str, _values: Values) -> Column:
    return CODES.that(lambda code: code.startswith(start))[columns.rows["hs"]]


def _certificates(columns: Columns, wanted: Collection[str], _values: Values) -> Column:
    left = np.ones(len(columns), bool)
    ids = {key: pk for pk, (key, _name) in columns.names.items()}
    for key in wanted:
        has = np.zeros(len(columns), bool)
        has[columns.held[columns.held[:, 1] == ids.get(certificate_key(key), -1), 0]] = True
        left &= has
    return left


def _priced(compare: Callable[[Any, Any], Column]) -> Mask:
    def mask(columns: Columns, amount: Decimal, values: Values) -> Column:
        unit, currency = values.get("unit"), values.get("currency") or "CNY"
        rates = ExchangeRate.objects.filter(edition__is_current=True, currency=currency).values_list("cny_per_unit", flat=True)
        rate = Decimal(1) if currency == "CNY" else rates.first()
        if rate is None:
            return np.zeros(len(columns), bool)
        left = compare(columns.rows["price"], float((amount / UNITS[unit].factor if unit else amount) * rate))
        return left & _in_units("price_unit", columns, unit) if unit else left

    return mask


def _in_units(name: str, columns: Columns, unit: str) -> Column:
    units = same_base(unit)
    return CODES.that(lambda code: code in units)[columns.rows[name]]


def _of_quantity(columns: Columns, amount: Decimal, values: Values) -> Column:
    rows, unit = columns.rows, values.get("unit")
    most = float(in_base(amount, unit)[0] if unit else amount)
    left = np.where(rows["is_offer"], ~(rows["quantity"] > most), rows["quantity"] >= most)
    return left & _in_units("unit", columns, unit) if unit else left


def _lead(compare: Callable[[Any, Any], Column]) -> Mask:
    def mask(columns: Columns, weeks: Decimal, _values: Values) -> Column:
        rows, days = columns.rows, int(weeks) * 7
        until = np.datetime64(timezone.localdate() + timedelta(days=days)).astype(np.int64)
        return np.where(rows["is_offer"], compare(rows["lead_days"], days), compare(rows["needed_by"], until))

    return mask


# By the name of the filter: which rows it lets pass. `currency` and `unit` say how to read others.
MASKS: Mapping[str, Mask] = {
    "q": _search,
    "chain": _by_segment("chain"),
    "segment": _by_segment("slug"),
    "stage": _by_segment("stage"),
    "country": _from_countries,
    "origin": _of_origin,
    "hs": _hs,
    "certificate": _certificates,
    "price_min": _priced(np.greater_equal),
    "price_max": _priced(np.less_equal),
    "quantity": _of_quantity,
    "lead_min": _lead(np.greater_equal),
    "lead_max": _lead(np.less_equal),
    "debut": lambda columns, _only, _values: columns.rows["is_debut"],
    "open": lambda columns, _only, _values: columns.rows["is_gap"],
}
