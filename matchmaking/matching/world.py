"""What a process has read of an edition's postings: kept between jobs, and brought up to what is written before each use."""

import gc
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import cached_property
from itertools import islice
from threading import RLock
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from expo.editions.models import Edition, Segment, SegmentLink
from matchmaking.matching.glossary.reading import glossary
from matchmaking.matching.meaning import meaning_now
from matchmaking.matching.models import Snapshot, Weight
from matchmaking.matching.readings import read_with, readings_of
from matchmaking.matching.snapshots import BLOCK, MODELS, Kind, as_plain, digest_of, facts_of

if TYPE_CHECKING:
    from matchmaking.matching.engine.facts import Map
    from matchmaking.matching.engine.ground import Side
    from matchmaking.matching.engine.reading import Reader
    from matchmaking.matching.engine.weights import Weights

MOST_BYTES = 500 * 1024 * 1024
PERCENT = 100
KINDS: tuple[Kind, ...] = ("offer", "request")
_lock = RLock()


@dataclass(frozen=True)
class Layout:
    """The segments and how they lie to each other, as they are now."""

    chain_of: Mapping[int, int]
    names: Mapping[int, tuple[str, str]]
    links: tuple[tuple[int, int], ...]

    def reach(self, chain: int) -> tuple[int, ...]:
        """Return where partners of a chain's postings are looked for: its segments, and those linked with one of them either way."""
        own = {segment for segment, of in self.chain_of.items() if of == chain}
        near = {end for link in self.links if own & set(link) for end in link}
        return tuple(sorted(own | near))

    @cached_property
    def plain_links(self) -> list[list[list[str]]]:
        """The links by names, as values of JSON."""
        return sorted([list(self.names[supplier]), list(self.names[customer])] for supplier, customer in self.links)


def layout_now() -> Layout:
    """Read the layout. Two queries."""
    rows = list(Segment.objects.order_by("pk").values_list("pk", "chain", "chain__slug", "slug"))
    links = tuple(SegmentLink.objects.order_by("supplier", "customer").values_list("supplier", "customer"))
    return Layout({pk: chain for pk, chain, _c, _s in rows}, {pk: (slug, own) for pk, _chain, slug, own in rows}, links)


def chart_of(plain_links: Iterable[Sequence[Sequence[str]]]) -> "Map":
    """Return links by names as the engine reads them."""
    from matchmaking.matching.engine.facts import Map  # Only workers match: the site starts without the engine.

    return Map(frozenset(((one[0], one[1]), (other[0], other[1])) for one, other in plain_links))


def plain_weights() -> dict[str, float]:
    """Return the weights by factor: the engine's own, and what the organiser made of them. One query."""
    from matchmaking.matching.engine.weights import Weights  # As above.

    own, said = Weights(), dict(Weight.objects.values_list("factor", "points"))
    known = {item.name: float(getattr(own, item.name)) for item in fields(own)}
    return known | {name: points / PERCENT if name == "terms" else float(points) for name, points in said.items() if name in known}


def weights_of(plain: Mapping[str, float]) -> "Weights":
    """Return weights as the engine reads them. Raises ValueError where a group has none above zero."""
    from matchmaking.matching.engine.weights import Weights  # As above.

    return Weights(**plain)


@contextmanager
def garbage_later() -> Iterator[None]:
    """Do not look through some hundred thousand facts for garbage again and again: none of them is any before the work ends."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class World:
    """The open postings of an edition on a day, as far as they were asked for."""

    def __init__(self, edition: int, day: date, reader: "Reader", glossary_digest: str) -> None:
        from matchmaking.matching.engine.ground import Ground  # As above.

        self.edition, self.day, self.name = edition, day, (edition, day, glossary_digest)
        self._read_with = read_with(glossary_digest)
        self.texts_read = 0  # The texts of so many postings were read here; of the others readings were kept.
        self.ground = Ground(reader)
        self.snapshot: dict[Kind, dict[int, int]] = {"offer": {}, "request": {}}
        self.segment: dict[Kind, dict[int, int]] = {"offer": {}, "request": {}}
        self._written: dict[tuple[Kind, int], dict[int, datetime]] = {}

    @garbage_later()
    def catch_up(self, segments: Collection[int]) -> None:
        """Read what was written in these segments since they were read: two queries, and seven for each 1,000 postings that are new.

        Each posting that is read leaves a snapshot, and a reading of its texts where there is none yet. Beyond 500 MB of arrays the segments that were used longest ago are forgotten.
        """
        for kind in KINDS:
            now: dict[int, dict[int, datetime]] = defaultdict(dict)
            rows = self._open(kind).filter(segment__in=segments).values_list("pk", "segment", "changed_at")
            for pk, segment, changed in rows.order_by("segment", "pk").iterator(chunk_size=5000):
                now[segment][pk] = changed
            for segment in segments:
                self._follow(kind, segment, now.get(segment, {}))
        self._make_room(segments)

    def unread(self, segments: Iterable[int]) -> list[int]:
        """Return those of the segments that were never read, while there is room for them."""
        read = {segment for _kind, segment in self._written}
        return [segment for segment in segments if segment not in read] if self.ground.bytes < MOST_BYTES else []

    def side(self, kind: Kind, segments: Sequence[int]) -> "Side":
        """Return the postings of one side in these segments, in the order of their numbers."""
        return self.ground.side(kind, segments)

    def forget(self, kind: Kind, postings: Iterable[int]) -> None:
        """Read these postings anew when they are asked for next."""
        for posting in postings:
            segment = self.segment[kind].get(posting)
            if segment is not None:
                self._written.get((kind, segment), {}).pop(posting, None)

    def _open(self, kind: Kind) -> QuerySet[Any]:
        rows: QuerySet[Any] = MODELS[kind].objects.published().filter(registration__edition=self.edition)
        return rows

    def _follow(self, kind: Kind, segment: int, now: dict[int, datetime]) -> None:
        before = self._written.pop((kind, segment), {})  # Put back last: the order tells what was used longest ago.
        if now != before:
            fresh = [pk for pk, changed in now.items() if before.get(pk) != changed]
            self.ground.drop(kind, segment, before.keys() - now.keys())
            self._read(kind, segment, fresh, is_all=len(fresh) == len(now))
        self._written[kind, segment] = now

    def _read(self, kind: Kind, segment: int, keys: Sequence[int], *, is_all: bool) -> None:
        if is_all:
            self.ground.drop(kind, segment, list(self._written.get((kind, segment), ())))
        waiting = iter(keys)
        while block := list(islice(waiting, BLOCK)):
            for facts in facts_of(kind, MODELS[kind]._default_manager.filter(pk__in=block), day=self.day):
                self.snapshot[kind] |= keep_snapshots(kind, {pk: as_plain(one) for pk, one in facts.items()})
                self.segment[kind] |= dict.fromkeys(facts, segment)
                readings, read = readings_of(kind, facts, self.ground.reader, self._read_with)
                self.texts_read += read
                self.ground.put(kind, segment, facts, readings)

    def _make_room(self, wanted: Collection[int]) -> None:
        for segment in dict.fromkeys(segment for _kind, segment in list(self._written)):
            if self.ground.bytes <= MOST_BYTES:
                return
            if segment not in wanted:
                self.ground.forget(segment)
                for kind in KINDS:
                    self._written.pop((kind, segment), None)


@transaction.atomic
def keep_snapshots(kind: Kind, plain: Mapping[int, Mapping[str, Any]]) -> dict[int, int]:
    """Keep what these postings say now, where it is not kept yet, and return the snapshots' numbers by posting. Four queries."""
    digests = {pk: digest_of(facts) for pk, facts in plain.items()}
    column = f"{kind}_id"
    known = _known(column, digests)
    Snapshot.objects.filter(pk__in=known.values()).update(read_at=timezone.now())
    missing = [Snapshot(**{column: pk}, digest=digests[pk], facts=facts) for pk, facts in plain.items() if pk not in known]
    if missing:
        # Another worker may write the same at the same moment; then its row is read.
        Snapshot.objects.bulk_create(missing, ignore_conflicts=True, batch_size=BLOCK)
        known |= _known(column, {getattr(one, column): one.digest for one in missing})
    return known


def _known(column: str, digests: Mapping[int, str]) -> dict[int, int]:
    rows = Snapshot.objects.filter(**{f"{column}__in": list(digests)}).values_list(column, "digest", "pk")
    return {posting: pk for posting, digest, pk in rows if digests[posting] == digest}


class _Process:
    world: World | None = None
    reader: "tuple[str, Reader] | None" = None


def reader_now() -> "tuple[str, Reader]":
    """Return the reader with the terms and the sentence model in use, and the digest of the terms. One query; what is read of them is kept."""
    from matchmaking.matching.engine.glossary import Glossary  # As above.
    from matchmaking.matching.engine.lexicon import shipped_lexicon
    from matchmaking.matching.engine.reading import Reader

    known, model = glossary(), meaning_now().model
    with _lock:
        if _Process.reader is None or (_Process.reader[0], _Process.reader[1].embedding) != (known.digest, model):
            _Process.reader = (known.digest, Reader(Glossary(known.concepts), shipped_lexicon, model))
        return _Process.reader


def world_of(edition: Edition | int, day: date) -> World:
    """Return what this process holds of the edition on the day; empty where it holds another, or where terms have changed."""
    key = edition if isinstance(edition, int) else edition.pk
    digest, reader = reader_now()
    with _lock:
        if _Process.world is None or _Process.world.name != (key, day, digest) or _Process.world.ground.reader is not reader:
            _Process.world = World(key, day, reader, digest)
        return _Process.world


def held() -> World | None:
    """Return what this process holds, None where it has read nothing."""
    return _Process.world


def forget() -> None:
    """Let go of all that was read."""
    with _lock:
        _Process.world = None
