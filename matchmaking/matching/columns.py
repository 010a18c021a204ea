"""The postings that everybody may see, as columns in memory, so that any count of them is a mask over some ten thousand numbers.

What is in them is read through `visible_to`, never decided here. `kept.market_now` holds them and has them follow each write.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import BooleanField, CharField, ExpressionWrapper, F, IntegerField, Q, Value
from django.db.models.functions import Cast

from expo.editions.models import Segment, SegmentLink
from matchmaking.marketplace.filters import not_ended
from matchmaking.marketplace.models import Certificate, Offer, OfferCertificate, RequestCertificate, SourcingRequest
from matchmaking.matching.models import Match, MatchRun
from matchmaking.matching.unfilled import is_unfilled

Column = Any  # An array of numpy, one value for each row; its stubs do not carry the dtype through.
EVERYBODY = AnonymousUser()
NAMED = ExpressionWrapper(Q(visibility=SourcingRequest.Visibility.PUBLIC), BooleanField())
IS_GAP = ExpressionWrapper(is_unfilled(), BooleanField())


class Codes:
    """Short texts as numbers, one number for each text for as long as the process lives. Only whoever holds the lock adds some."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def of(self, texts: Iterable[str]) -> Column:
        numbers = self.numbers
        return np.array([numbers.setdefault(text, len(numbers)) for text in texts], np.int32)

    def that(self, fits: Callable[[str], bool]) -> Column:
        """Return, for each number, whether its text fits."""
        return np.array([fits(text) for text in list(self.numbers)], bool)


CODES = Codes()


@dataclass(frozen=True)
class Stop:
    """A segment as the counts name it, with the names in both languages."""

    chain: str
    stage: str
    slug: str
    names: tuple[str, str]


@dataclass(frozen=True)
class Columns:
    """The open postings, in no order, and what the counts beside them name. Nothing in here is ever changed: a write makes a new one.

    Attributes:
        rows: the columns of COLUMNS by name, one value for each posting.
        held: (row, certificate) of what offers hold and has not ended, and of what requests ask for.
        names: (key, name) of each certificate by its id.
        stops: the segments by their ids.
        links: (supplier, customer) by segment ids.
        runs: when the run in force of an edition was finished, by the edition's id.
    """

    rows: Mapping[str, Column]
    held: Column
    names: Mapping[int, tuple[str, str]]
    stops: Mapping[int, Stop]
    links: Sequence[tuple[int, int]]
    runs: Mapping[int, datetime | None]

    def __len__(self) -> int:
        return len(self.rows["key"])

    def of_kind(self, kind: str) -> Column:
        """Return which rows are offers, or requests."""
        is_offer = self.rows["is_offer"]
        return is_offer if kind == "offer" else ~is_offer

    @cached_property
    def unfilled(self) -> frozenset[int]:
        """Return the ids of the requests that no open offer fits."""
        return frozenset(self.rows["key"][self.rows["is_gap"]].tolist())

    @property
    def size_mb(self) -> float:
        return float(sum(column.nbytes for column in (*self.rows.values(), self.held)) / 1e6)


def _numbers(values: Sequence[Any]) -> Column:
    return np.array(values, np.float64)  # None becomes nan, which no comparison lets pass.


def _whole(values: Sequence[Any]) -> Column:
    return np.array(values, np.int32)


def _flags(values: Sequence[Any]) -> Column:
    return np.array(values, bool)


def _days(values: Sequence[Any]) -> Column:
    days = np.array(values, "datetime64[D]")
    return np.where(np.isnat(days), np.nan, days.astype(np.int64))


def _moments(values: Sequence[Any]) -> Column:
    return np.array([text.removesuffix("+00") for text in values], "datetime64[us]").astype(np.int64)


def _plain(name: str, kind: type[CharField[str, str]] | type[IntegerField[int, int]]) -> Cast:
    """Ask for a column as text or number: the driver would make an object of each day, time and flag."""
    return Cast(F(name), kind())


def _nothing(kind: Any) -> Cast:
    return Cast(Value(None), kind())


# Each column: how offers and requests are asked for it, and what numbers it is kept as.
COLUMNS: Mapping[str, tuple[Any, Any, Callable[[Any], Column]]] = {
    "key": (F("pk"), F("pk"), _whole),
    "is_offer": (Value(True, BooleanField()), Value(False, BooleanField()), _flags),
    "segment": (F("segment"), F("segment"), _whole),
    "registration": (F("registration"), F("registration"), _whole),
    "company": (F("registration__company"), F("registration__company"), _whole),
    "edition": (F("registration__edition"), F("registration__edition"), _whole),
    "country": (F("registration__company__country"), F("registration__company__country"), CODES.of),
    "origins": (F("origin"), F("origins_accepted"), CODES.of),
    "hs": (F("hs_code"), F("hs_code"), CODES.of),
    "unit": (F("unit"), F("unit"), CODES.of),
    "price_unit": (F("price_unit"), F("budget_unit"), CODES.of),
    "price": (F("price_cny_base"), F("price_cny_base"), _numbers),
    "quantity": (F("quantity_base"), F("quantity_base"), _numbers),
    "lead_days": (F("lead_time_days"), _nothing(IntegerField), _numbers),
    "needed_by": (_nothing(CharField), _plain("needed_by", CharField), _days),
    "published": (_plain("published_at", CharField), _plain("published_at", CharField), _moments),
    "until": (_plain("valid_until", CharField), _plain("valid_until", CharField), _days),
    "is_debut": (_plain("is_debut", IntegerField), Value(0), _flags),
    "is_demo": (_plain("is_demo", IntegerField), _plain("is_demo", IntegerField), _flags),
    "is_named": (Value(True, BooleanField()), NAMED, _flags),
    "is_gap": (Value(False, BooleanField()), IS_GAP, _flags),
}


@dataclass
class Changed:
    """Which rows may be others than they were, by ids.

    `booths`: only what cards print beside the columns; `everything`: segments or chains, or something that nobody here knows.
    """

    offers: set[int] = field(default_factory=set)
    requests: set[int] = field(default_factory=set)
    registrations: set[int] = field(default_factory=set)
    companies: set[int] = field(default_factory=set)
    booths: bool = False
    everything: bool = False

    def __bool__(self) -> bool:
        """Whether there are rows to read."""
        return bool(self.offers or self.requests or self.registrations or self.companies)


def read_all() -> Columns:
    """Read everything anew. Six queries, and some 0.3 seconds for 50,000 postings."""
    segments = Segment.objects.values_list("pk", "chain__slug", "stage", "slug", "name_en", "name_zh")
    rows = _read([_seen(Offer), _seen(SourcingRequest)], is_once=True)
    return Columns(
        rows=rows,
        held=_held(rows, OfferCertificate.objects.all(), RequestCertificate.objects.all()),
        names=_names(Certificate.objects.all()),
        stops={pk: Stop(chain, stage, slug, (name_en, name_zh or name_en)) for pk, chain, stage, slug, name_en, name_zh in segments},
        links=list(SegmentLink.objects.values_list("supplier", "customer")),
        runs=dict(MatchRun.objects.in_force().order_by().values_list("edition", "finished_at")),
    )


def patched(old: Columns, changed: Changed) -> tuple[Columns, set[int], set[int]]:
    """Read anew what changed, and the requests that list what changed. Three queries, seldom up to four.

    Returns:
        The columns as they are now, and the segments and companies of the postings that were read, came or went.
    """
    if old.runs:
        changed = replace(changed, requests=changed.requests | _listing(old.rows, changed))
    gone = _rows_of(old.rows, changed)
    fresh = _read(_arms(changed))
    left, moved = old.held[~gone[old.held[:, 0]]], np.cumsum(~gone) - 1  # `moved`: where a row that stays will stand.
    left[:, 0] = moved[left[:, 0]]
    offers, requests = (fresh["key"][fresh["is_offer"] == is_offer].tolist() for is_offer in (True, False))
    held = _held(fresh, OfferCertificate.objects.filter(offer__in=offers), RequestCertificate.objects.filter(request__in=requests))
    unnamed = set(held[:, 1].tolist()) - old.names.keys()
    held[:, 0] += len(old) - np.count_nonzero(gone)
    new = replace(
        old,
        rows={name: np.concatenate([column[~gone], fresh[name]]) for name, column in old.rows.items()},
        held=np.concatenate([left, held]),
        names={**old.names, **_names(Certificate.objects.filter(pk__in=unnamed))} if unnamed else old.names,
    )
    segments, companies = ({*old.rows[name][gone].tolist(), *fresh[name].tolist()} for name in ("segment", "company"))
    return new, segments, companies | changed.companies


def _listing(rows: Mapping[str, Column], changed: Changed) -> set[int]:
    """Return the requests on whose lists the changed offers stand: whether somebody can fill them hangs on these. One query, or none."""
    offers = changed.offers.union(rows["key"][_rows_of(rows, changed) & rows["is_offer"]].tolist())
    if not offers:
        return set()
    listed = Match.objects.filter(run__in=MatchRun.objects.in_force(), offer__in=offers, request_rank__isnull=False)
    return set(listed.order_by().values_list("request", flat=True))


def _rows_of(rows: Mapping[str, Column], changed: Changed) -> Column:
    def among(name: str, keys: set[int]) -> Column:
        return np.isin(rows[name], list(keys)) if keys else np.zeros(len(rows[name]), bool)

    own = np.where(rows["is_offer"], among("key", changed.offers), among("key", changed.requests))
    return own | among("registration", changed.registrations) | among("company", changed.companies)


def _arms(changed: Changed) -> list[Any]:
    """Return a query for each way in which rows may have changed: each finds its rows by an index of its own."""
    wanted: list[tuple[Any, str, set[int]]] = [
        (Offer, "pk__in", changed.offers),
        (SourcingRequest, "pk__in", changed.requests),
        *((model, "registration__in", changed.registrations) for model in (Offer, SourcingRequest)),
        *((model, "registration__company__in", changed.companies) for model in (Offer, SourcingRequest)),
    ]
    return [_seen(model).filter(**{name: keys}) for model, name, keys in wanted if keys]


def _seen(model: Any) -> Any:
    """Return what everybody may see of a kind, as the columns are asked for."""
    side = 0 if model is Offer else 1
    asked = {f"c_{name}": one[side] for name, one in COLUMNS.items()}
    return model.objects.visible_to(EVERYBODY).order_by().annotate(**asked).values_list(*asked)


def _read(arms: Sequence[Any], *, is_once: bool = False) -> dict[str, Column]:
    """Return the columns of what the queries find, each posting once. One query, or none."""
    found = _fetched(arms, is_once=is_once)
    values = list(zip(*found, strict=True)) if found else [()] * len(COLUMNS)
    return {name: made(column) for (name, (_offers, _requests, made)), column in zip(COLUMNS.items(), values, strict=True)}


def _fetched(arms: Sequence[Any], *, is_once: bool) -> list[Any]:
    """Return the rows as the driver gives them: to make a set of codes or an exact number of each value takes longer than to read it.

    `is_once` says that no two queries find the same row.
    """
    if not arms:
        return []
    rows = arms[0].union(*arms[1:], all=is_once) if len(arms) > 1 else arms[0]
    with connection.cursor() as cursor:
        cursor.execute(*rows.query.get_compiler(connection=connection).as_sql())
        return list(cursor.fetchall())


def _held(rows: Mapping[str, Column], offers: Any, requests: Any) -> Column:
    """Return (row, certificate) of those that belong to one of the rows. One query."""
    if not len(rows["key"]):
        return np.zeros((0, 2), np.int32)
    held = offers.filter(not_ended()).order_by().values_list(F("offer") * 2 + 1, "certificate")
    asked = requests.order_by().values_list(F("request") * 2, "certificate")
    pairs = np.array(_fetched([held, asked], is_once=True), np.int64).reshape(-1, 2)
    own = rows["key"].astype(np.int64) * 2 + rows["is_offer"]
    order = np.argsort(own)
    places = np.searchsorted(own, pairs[:, 0], sorter=order)
    there = order[np.minimum(places, len(own) - 1)]
    is_there = own[there] == pairs[:, 0]
    return np.stack([there, pairs[:, 1]], axis=1)[is_there].astype(np.int32)


def _names(certificates: Any) -> dict[int, tuple[str, str]]:
    return {pk: (key, name) for pk, key, name in certificates.values_list("pk", "key", "name")}
