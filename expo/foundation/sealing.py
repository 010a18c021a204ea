"""Sealing the log: blocks of lines, each chained to the one before it, and the proof that no line was changed behind the site's back.

Lines that last (`LASTING`) are sealed in the transaction that writes them, as `foundation.eventlog` writes them; all others by the sweep. Who seals
holds a lock until the end of the transaction, so log last in a verb: two at once would be two chains, which the table refuses besides.
"""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from contextvars import ContextVar
from datetime import datetime, timedelta
from itertools import groupby
from typing import TypeVar

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from expo.foundation.digests import at_moment, mark_of, of_block, timeless
from expo.foundation.models import Event, Seal

# Things, by how their names begin, whose lines are never emptied and never deleted: what the law or the record of the expo wants kept as it is.
LASTING = ("agreements.", "editions.Statistic")
IS_LASTING = Q(*(("thing__startswith", beginning) for beginning in LASTING), _connector=Q.OR)
BLOCK = 1000
MOST_BLOCKS = 50  # In one sweep, so that the other jobs have their turn: 50,000 lines a minute.
PATIENCE = timedelta(minutes=10)
FIRST = "0" * 64  # Nothing came before the first block.
CHAIN_LOCK = 0x5EA1
T = TypeVar("T")
_GATHERED: ContextVar[list[Event] | None] = ContextVar("gathered", default=None)


@transaction.atomic(savepoint=False)
def seal(lines: Sequence[Event]) -> None:
    """Seal these lines now, in the caller's transaction: lasting ones and others in blocks of their own, each in the order of the lines.

    Three queries for a block of up to 1,000 lines, one more on PostgreSQL, which must be told to let one at a time.
    """
    if not lines:
        return
    _hold_the_chain()
    number, previous = head()
    for is_lasting, block in _blocks(lines):
        number += 1
        previous = _sealed(block, number, previous, is_lasting=is_lasting)


def seal_lasting(lines: Iterable[Event]) -> None:
    """Seal those of the lines that last: now, or at the end of `together`."""
    lasting = [line for line in lines if line.thing.startswith(LASTING)]
    gathered = _GATHERED.get()
    if gathered is None:
        seal(lasting)
    else:
        gathered.extend(lasting)


@contextlib.contextmanager
def together() -> Iterator[None]:
    """Seal what is logged within as one, at the end: for many verbs in one transaction, around which it must not reach.

    The chain is then held for a moment instead of for as long as the whole takes.
    """
    if _GATHERED.get() is not None:
        yield
        return
    gathered: list[Event] = []
    token = _GATHERED.set(gathered)
    try:
        yield
    finally:
        _GATHERED.reset(token)
    for lines in _batches(gathered):
        seal(_still_there(lines))


def seal_waiting(*, at_once: bool = False) -> int:
    """Seal what no verb sealed, in transactions of one block each, and return how many lines that were. May run twice at a time.

    A short block waits for more lines, ten minutes at most; `at_once` does not wait. Lines of before there were digests get theirs here.
    """
    sealed = 0
    for _block in range(MOST_BLOCKS):
        oldest = Event.objects.filter(seal__isnull=True).order_by("pk").values_list("at", flat=True).first()
        if oldest is None:
            break
        step = _seal_some(least=1 if at_once or oldest < timezone.now() - PATIENCE else BLOCK)
        sealed += step
        if step < BLOCK:
            break
    return sealed


def head() -> tuple[int, str]:
    """Return number and digest of the newest block: who has these on paper can prove the whole log up to it. One query."""
    newest = Seal.objects.order_by("-number").values_list("number", "digest").first()
    return newest or (0, FIRST)


def prune(lines: Sequence[int]) -> int:
    """Delete lines, by number, whose time of keeping is over, and mark their blocks; return how many lines went."""
    gone = 0
    for keys in _batches(lines):
        with transaction.atomic():
            found = Event.objects.filter(pk__in=keys).exclude(IS_LASTING)
            Seal.objects.filter(pk__in=list(found.values_list("seal", flat=True).distinct()), is_pruned=False).update(is_pruned=True)
            gone += found.delete()[0]
    return gone


@transaction.atomic
def _seal_some(*, least: int) -> int:
    _hold_the_chain()
    lines = list(Event.objects.filter(seal__isnull=True).order_by("pk")[:BLOCK])
    if len(lines) < least:
        return 0
    _give_digests([line for line in lines if not line.digest])
    seal(lines)
    return len(lines)


def _hold_the_chain() -> None:
    """Let one at a time seal. On SQLite whoever writes is alone already."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CHAIN_LOCK])


def _blocks(lines: Sequence[Event]) -> Iterator[tuple[bool, Sequence[Event]]]:
    def lasts(line: Event) -> bool:
        return line.thing.startswith(LASTING)

    for is_lasting, those in groupby(sorted(lines, key=lambda line: (lasts(line), line.pk)), key=lasts):
        for block in _batches(list(those)):
            yield is_lasting, block


def _still_there(lines: Sequence[Event]) -> list[Event]:
    """Leave out lines that are sealed already, or whose verb was undone meanwhile: their numbers may have been given anew."""
    there = dict(Event.objects.filter(pk__in=[line.pk for line in lines], seal__isnull=True).values_list("pk", "digest"))
    return [line for line in lines if there.get(line.pk) == line.digest]


def _batches(things: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(things), BLOCK):
        yield things[start : start + BLOCK]


def _sealed(block: Sequence[Event], number: int, previous: str, *, is_lasting: bool) -> str:
    now = timezone.now()
    listing = b"".join(mark_of(line.pk, line.digest) for line in block)
    digest = of_block(number, previous, now, listing, is_lasting=is_lasting)
    made = Seal.objects.create(
        number=number, previous=previous, digest=digest, lines=len(block), listing=listing, is_lasting=is_lasting, at=now
    )
    Event.objects.filter(pk__in=[line.pk for line in block]).update(seal=made)
    for line in block:
        line.seal = made
    return digest


def _give_digests(lines: Sequence[Event]) -> None:
    if not lines:
        return
    for line in lines:
        line.digest = digest_of(line)
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE foundation_event SET digest = %s WHERE id = %s AND digest = ''", [(line.digest, line.pk) for line in lines]
        )


def digest_of(line: Event) -> str:
    """Return what the line comes down to as it stands."""
    at: datetime = line.at
    return at_moment(timeless(line), at)
