"""How a process learns what was written by others: tables that get a row with each write, and what these rows speak of."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, cast

from django.contrib.admin.models import LogEntry
from django.db import connection

from expo.editions.models import Chain, ChainArea, Segment, SegmentLink
from expo.foundation.models import Event
from matchmaking.marketplace.models import Offer, OfferCertificate, RequestCertificate, SourcingRequest
from matchmaking.matching.columns import Changed
from matchmaking.matching.models import GapChange
from matchmaking.participants.models import Company, Registration

SETTLED_AFTER_SECONDS = 1.0
MOST_ABOVE = 200
BETWEEN = chr(31)  # between what two rows say
# What a witness speaks of, by its label, as `Changed` calls it.
SPEAKS_OF = {
    "marketplace.offer": "offers",
    "marketplace.sourcingrequest": "requests",
    "participants.registration": "registrations",
    "participants.company": "companies",
}
ON_CARDS_ONLY = {"venue"}
# What no count and no card of the market reads: rooms, and things of other rooms. Whatever is not named here has everything read anew.
UNCOUNTED = {"account", "accounts", "agreements", "auth", "django_tasks_database", "foundation", "knox", "mfa", "programme", "sessions",
             "usersessions", "matching.digest", "matching.term", "matching.verdict", "matching.weight", "participants.block", "participants.consent", "participants.member", "editions.metric",
             "editions.publication", "editions.reportedfigure", "editions.source"}  # fmt: skip
SOMEBODY_WRITES = """
    SELECT EXISTS (SELECT 1 FROM pg_locks held JOIN pg_stat_activity who USING (pid) WHERE held.locktype = 'transactionid'
    AND held.granted AND held.mode = 'ExclusiveLock' AND who.datname = current_database() AND pid <> pg_backend_pid())
"""
TYPE_OF_ENTRY = "(SELECT app_label || '.' || model FROM django_content_type WHERE django_content_type.id = content_type_id)"
Floors = tuple[int, ...]
# By the number of a row: what it speaks of, as "label id".
Said = Mapping[int, str]


@dataclass(frozen=True)
class Witness:
    """A table that gets a row with each write, and what a row speaks of: label and id, as expressions of SQL."""

    model: Any
    label: str
    thing: str

    def question(self, *, is_first: bool) -> str:
        """Return SQL for the highest number, and for what the rows above a number say; NULL the first time."""
        table, number = (connection.ops.quote_name(name) for name in (self.model._meta.db_table, self.model._meta.pk.column))
        highest = f"(SELECT MAX({number}) FROM {table})"  # noqa: S608 - names of our own, here and below
        if is_first:
            return f"{highest}, NULL"
        texts = " || ' ' || ".join(f"COALESCE(CAST({part} AS text), '')" for part in (number, self.label, self.thing))
        joined = "group_concat" if connection.vendor == "sqlite" else "string_agg"
        return f"{highest}, (SELECT {joined}({texts}, '{BETWEEN}') FROM {table} WHERE {number} > %s)"  # noqa: S608


def _of(model: Any, thing: str = "", about: Any = None) -> Witness:
    return Witness(model, f"'{(about or model)._meta.label_lower}'", thing or model._meta.pk.column)


@cache
def witnesses() -> list[Witness]:
    """Return all tables that are looked at, the log first: of that one the last rows never go."""
    written: list[Any] = [Offer, SourcingRequest, Registration, Company]
    return [
        Witness(Event, "thing", "thing_id"),
        *(_of(model.history.model, "id", model) for model in written),
        *map(_of, (Offer, SourcingRequest, Chain, ChainArea, Segment, SegmentLink)),
        _of(OfferCertificate, "offer_id", Offer),
        _of(RequestCertificate, "request_id", SourcingRequest),
        _of(GapChange, "request_id", SourcingRequest),
        Witness(LogEntry, TYPE_OF_ENTRY, "object_id"),
    ]


@dataclass(frozen=True)
class Heard:
    """Up to where the witnesses were heard: all rows up to `floors`, and above them those of `numbers`.

    Transactions that overlap come to light in another order than their numbers say. On SQLite none do, and the floors are the highest
    numbers. On PostgreSQL they rise to `next_floors`, noted at `noted_at`, once all that was under way then has ended. What was read
    while something was under way is not whole: it is read once more.
    """

    floors: Floors
    numbers: tuple[frozenset[int], ...] = ()
    next_floors: Floors = ()
    is_whole: bool = True
    noted_at: float = field(default_factory=time.monotonic)

    @property
    def waits(self) -> bool:
        """Whether it should be asked if what was under way has ended; not at once, for who writes takes a number a moment earlier."""
        return bool(self.next_floors or not self.is_whole) and time.monotonic() - self.noted_at > SETTLED_AFTER_SECONDS

    @property
    def is_doubtful(self) -> bool:
        return not self.is_whole and self.waits

    def is_past(self, tops: Floors) -> bool:
        """Say whether the log has lost its last rows: somebody put an older database back."""
        return tops[0] < self.floors[0]

    def news(self, said: Sequence[Said]) -> list[str]:
        """Return what was not heard yet."""
        known = self.numbers or (frozenset(),) * len(said)
        return [text for own, heard in zip(said, known, strict=True) for number, text in own.items() if number not in heard]

    def with_all(self, tops: Floors, said: Sequence[Said], *, is_settled: bool) -> "Heard":
        """Return what is heard now; `is_settled`: what was under way at `noted_at` had ended before this was read."""
        if connection.vendor == "sqlite":
            return Heard(tops)
        rises = is_settled and bool(self.next_floors)
        floors = self.next_floors if rises else self.floors
        above = tuple(frozenset(number for number in own if number > floor) for own, floor in zip(said, floors, strict=True))
        heard = replace(self, floors=floors, numbers=above, next_floors=() if rises else self.next_floors)
        if heard.next_floors or sum(map(len, above)) <= MOST_ABOVE:
            return heard
        return replace(heard, next_floors=tops, noted_at=time.monotonic())


def said_above(floors: Floors) -> tuple[Floors, list[Said]]:
    """Return the highest number of each witness, and what those above the floors say; no floors: nothing. One query over ends of indexes."""
    with connection.cursor() as cursor:
        cursor.execute(_question(is_first=not floors), floors)
        found = cast("tuple[Any, ...]", cursor.fetchone())
    return tuple(top or 0 for top in found[::2]), [_read(text) for text in found[1::2]]


def _read(text: str | None) -> Said:
    said = [row.partition(" ") for row in (text or "").split(BETWEEN) if row]
    return {int(number): rest for number, _blank, rest in said}


@cache
def _question(*, is_first: bool) -> str:
    return f"SELECT {', '.join(witness.question(is_first=is_first) for witness in witnesses())}"


def is_quiet() -> bool:
    """Say whether nobody else is writing at this moment. One query on PostgreSQL; on SQLite there is one writer at a time, and none is waited for."""
    if connection.vendor == "sqlite":
        return True
    with connection.cursor() as cursor:
        cursor.execute(SOMEBODY_WRITES)
        return not cast("tuple[bool]", cursor.fetchone())[0]


def spoken_of(news: Iterable[str]) -> Changed:
    """Return the rows that witnesses speak of."""
    changed = Changed()
    for text in news:
        label, _blank, thing = text.lower().partition(" ")
        about, room = SPEAKS_OF.get(label), label.partition(".")[0]
        if about and thing.isdecimal():
            getattr(changed, about).add(int(thing))
        elif room in ON_CARDS_ONLY:
            changed.booths = True
        elif not {room, label} & UNCOUNTED:
            changed.everything = True
    return changed
