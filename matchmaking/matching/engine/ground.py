"""What was read of postings, kept by segment as arrays: each posting is read once, and any part of them is scored in any pairs."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, Literal, TypeVar

import numpy as np
from scipy import sparse

from matchmaking.matching.engine.arrays import Codes, Ints, Terms, Texts, Vocabulary, terms_of, texts_of
from matchmaking.matching.engine.blocks import Block, Tally, candidates
from matchmaking.matching.engine.embedding import points_of
from matchmaking.matching.engine.factors import Pairs
from matchmaking.matching.engine.facts import Map, OfferFacts, RequestFacts
from matchmaking.matching.engine.ranking import linked_segments, read_posting
from matchmaking.matching.engine.reading import CHANNELS, Reader, Reading
from matchmaking.matching.engine.rough import Asking, Giving
from matchmaking.matching.engine.scoring import Scores, score
from matchmaking.matching.engine.weights import Weights
from matchmaking.matching.engine.wishes import placed

Kind = Literal["offer", "request"]
Facts = OfferFacts | RequestFacts
Said = Mapping[tuple[int, int], int]
"""Wishes to meet by the numbers of request and offer; see `wishes.Wish`."""
Table = TypeVar("Table", Texts, Terms)
Prepared = TypeVar("Prepared", Asking, Giving)
ROWS_AT_ONCE = 256
FAILING = 12


@dataclass
class Side:
    """Postings of one side in the order of their numbers."""

    kind: Kind
    numbers: Ints
    facts: Sequence[Any]
    texts: Texts
    terms: Terms
    owner: Ints
    prepared: tuple[Mapping[str, int], Any] | None = None

    def __len__(self) -> int:
        return len(self.facts)

    @cached_property
    def place_of(self) -> dict[int, int]:
        """Where each number stands."""
        return {number: place for place, number in enumerate(self.numbers.tolist())}

    @cached_property
    def owners(self) -> list[str]:
        """Whose each of them is."""
        return [one.company for one in self.facts]


class _Part:
    """The postings of one segment and side. `row_of` says where each stands; rows that it does not name are dead."""

    def __init__(self) -> None:
        self.texts: Texts | None = None
        self.terms: Terms | None = None
        self.facts: list[Facts] = []
        self.row_of: dict[int, int] = {}
        self.version = 0

    @property
    def bytes(self) -> int:
        return sum(_bytes(table) for table in (self.texts, self.terms) if table is not None)


class Ground:
    """Everything that was read, by side and segment, with the words that all of it shares. Only what reading costs is kept, not the texts."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self._names, self._codes = Vocabulary(), Codes()
        self._owners: dict[str, int] = {}
        self._parts: dict[tuple[Kind, Hashable], _Part] = {}
        self._sides: dict[Kind, tuple[Any, Side]] = {}

    def put(self, kind: Kind, segment: Hashable, postings: Mapping[int, Facts], known: Mapping[int, Reading] | None = None) -> None:
        """Read these postings and keep them in the segment, in place of what was kept under their numbers.

        `known` are readings of them that there are already: these texts are not read again.
        """
        part = self._parts.setdefault((kind, segment), _Part())
        part.version += 1
        if not postings:
            return
        facts = list(postings.values())
        there = known or {}
        readings = [there[number] if number in there else read_posting(self.reader, one) for number, one in postings.items()]
        self._names.learn(readings)
        self._codes.learn(facts)
        texts, terms = texts_of(readings, self._names, points_of(self.reader.embedding, facts)), terms_of(facts, self._codes)  # type: ignore[arg-type] # all of one kind
        if part.texts is None or part.terms is None:
            part.texts, part.terms = _slim(texts), _slim(terms)
        else:
            part.texts, part.terms = self._joined([part.texts, texts]), self._joined([part.terms, terms])
        start = len(part.facts)
        part.facts += [replace(one, description="", title_other="") for one in facts]
        part.row_of |= {number: start + place for place, number in enumerate(postings)}
        if len(part.facts) > 2 * len(part.row_of) + ROWS_AT_ONCE:
            self._tidy(part)

    def drop(self, kind: Kind, segment: Hashable, numbers: Iterable[int]) -> None:
        """Forget postings of a segment."""
        part = self._parts.get((kind, segment))
        if part is not None:
            part.version += 1
            for number in numbers:
                part.row_of.pop(number, None)

    def forget(self, segment: Hashable) -> None:
        """Forget a segment: both sides."""
        for kind in ("offer", "request"):
            self._parts.pop((kind, segment), None)

    @property
    def bytes(self) -> int:
        """How much the arrays take, about."""
        return sum(part.bytes for part in self._parts.values())

    def side(self, kind: Kind, segments: Sequence[Hashable]) -> Side:
        """Return what is kept of these segments, in the order of the numbers. The last one asked for of each kind is kept."""
        parts = [(segment, self._parts.get((kind, segment))) for segment in segments]
        name = tuple((segment, part.version if part else -1) for segment, part in parts)
        if kind in self._sides and self._sides[kind][0] == name:
            return self._sides[kind][1]
        self._sides.pop(kind, None)
        made = self._side(kind, [part for _segment, part in parts if part is not None and part.row_of])
        self._sides[kind] = (name, made)
        return made

    def _side(self, kind: Kind, parts: Sequence[_Part]) -> Side:
        numbers = np.array([number for part in parts for number in part.row_of], dtype=np.int64)
        starts = np.cumsum([0, *(len(part.facts) for part in parts)])
        rows = np.array([start + row for part, start in zip(parts, starts, strict=False) for row in part.row_of.values()], dtype=np.int64)
        order = np.argsort(numbers)
        numbers, rows = numbers[order], rows[order]
        facts = [one for part in parts for one in part.facts]
        texts = self._joined([part.texts for part in parts if part.texts] or [texts_of([], self._names)])
        terms = self._joined([part.terms for part in parts if part.terms] or [terms_of([], self._codes)])
        ordered = [facts[row] for row in rows.tolist()]
        owner = np.array([self._owners.setdefault(one.company, len(self._owners)) for one in ordered], dtype=np.int64)
        return Side(kind, numbers, ordered, _rows(texts, rows), _rows(terms, rows), owner)

    def tally(self, own: Side, other: Side, rows: Ints) -> Tally:
        """Return what counts, for these rows of one side, all that `nearest` looks at."""
        is_request = own.kind == "request"
        return Tally(is_request, (own.owner[rows], other.owner) if is_request else (other.owner, own.owner[rows]))

    def score(
        self,
        requests: Side,
        offers: Side,
        i: Ints,
        j: Ints,
        *,
        chart: Map | None = None,
        weights: Weights | None = None,
        wishes: Said | None = None,
    ) -> Scores:
        """Score the pairs of request `i[k]` and offer `j[k]`."""
        widths = self._widths()
        one, other = _widened(requests.texts, widths), _widened(offers.texts, widths)
        known = placed(wishes or {}, requests.place_of, offers.place_of)
        pairs = Pairs(one, other, _widened(requests.terms, widths), _widened(offers.terms, widths), i, j, known)
        return score(pairs, weights or Weights(), self._names.family_matrix(), linked_segments(chart, self._codes) if chart else None)

    def nearest(
        self,
        own: Side,
        other: Side,
        rows: Ints,
        *,
        most: int,
        failing: int = FAILING,
        chart: Map | None = None,
        weights: Weights | None = None,
        wishes: Said | None = None,
        tally: Tally | None = None,
    ) -> tuple[Ints, Ints]:
        """Return for these rows of one side their `most` nearest of the other: pairs of places, row by row.

        Nearness is the score itself, roughly (see `rough`): whoever would stand in the first places is among them. For requests, the
        `failing` nearest that would not be listed come too. Of equals the lower number comes first.
        """
        linked, weights = linked_segments(chart, self._codes) if chart else None, weights or Weights()
        family_of, is_request = self._names.family_matrix(), own.kind == "request"
        some = replace(own, texts=_rows(own.texts, rows), terms=_rows(own.terms, rows), prepared=None)
        requests, offers = (some, other) if is_request else (other, some)
        own_places = {number: place for place, number in enumerate(own.numbers[rows].tolist())}
        places = (own_places, other.place_of) if is_request else (other.place_of, own_places)
        known = placed(wishes or {}, *places)
        block = Block(self._asking(requests), self._giving(offers, family_of), weights, family_of, linked, known)
        if is_request:
            i, j = candidates(block, np.arange(len(rows)), offers=most, requests=0, failing=failing, tally=tally)
            return rows[i], j
        i, j = candidates(block, np.arange(len(requests)), offers=0, requests=most, failing=0, tally=tally)
        order = np.argsort(j, kind="stable")
        return rows[j[order]], i[order]

    def _asking(self, side: Side) -> Asking:
        return self._prepared(side, lambda texts: Asking(texts, _widened(side.terms, self._widths())))

    def _giving(self, side: Side, family_of: sparse.csr_array) -> Giving:
        return self._prepared(side, lambda texts: Giving(texts, _widened(side.terms, self._widths()), family_of))

    def _prepared(self, side: Side, make: Callable[[Texts], Prepared]) -> Prepared:
        """Return a side as rough scores need it; kept with the side while no word is added."""
        widths = self._widths()
        if side.prepared is None or side.prepared[0] != widths:
            side.prepared = (widths, make(_widened(side.texts, widths)))
        made: Prepared = side.prepared[1]
        return made

    def _joined(self, tables: Sequence[Table]) -> Table:
        widths = self._widths()
        return _each(lambda name, *parts: _slimmer(_stack([_wide(part, widths.get(name, 0)) for part in parts])), *tables)

    def _tidy(self, part: _Part) -> None:
        rows = np.array(sorted(part.row_of.values()), dtype=np.int64)
        numbers = sorted(part.row_of, key=lambda number: part.row_of[number])
        part.facts = [part.facts[row] for row in rows.tolist()]
        part.texts, part.terms = _rows(part.texts, rows), _rows(part.terms, rows)  # type: ignore[type-var] # both are there
        part.row_of = {number: place for place, number in enumerate(numbers)}

    def _widths(self) -> dict[str, int]:
        names, codes = self._names, self._codes
        return {
            **{channel: max(len(names.features[channel]), 1) for channel in CHANNELS},
            "heads": max(len(names.heads), 1),
            "properties": max(len(names.properties), 1),
            "families": max(len(names.families), 1),
            "certificates": max(len(names.certificates), 1),
            "required": max(len(codes.certificates), 1),
            "ships_to": max(len(codes.countries), 1),
            "origins": max(len(codes.countries), 1),
        }


def _each(do: Callable[..., Any], *tables: Table) -> Table:
    """Make a table of the same kind by doing something with each column, and with the name that its width goes by."""
    made: dict[str, Any] = {}
    for item in fields(tables[0]):
        columns = [getattr(table, item.name) for table in tables]
        if isinstance(columns[0], Mapping):
            made[item.name] = {channel: do(channel, *(column[channel] for column in columns)) for channel in columns[0]}
        else:
            made[item.name] = do(item.name, *columns)
    return type(tables[0])(**made)


def _rows(table: Table, rows: Ints) -> Table:
    return _each(lambda _name, column: column[rows], table)


def _widened(table: Table, widths: Mapping[str, int]) -> Table:
    return _each(lambda name, column: _wide(column, widths.get(name, 0)), table)


def _slim(table: Table) -> Table:
    return _each(lambda _name, column: _slimmer(column), table)


def _bytes(table: Any) -> int:
    sizes: list[int] = []
    _each(
        lambda _name, column: sizes.append(column.data.nbytes + column.indices.nbytes if sparse.issparse(column) else column.nbytes), table
    )
    return sum(sizes)


def _wide(column: Any, width: int) -> Any:
    """Return a matrix with more columns, all of them empty; the numbers in it are shared."""
    if not sparse.issparse(column) or column.shape[1] >= width:
        return column
    return sparse.csr_array((column.data, column.indices, column.indptr), shape=(column.shape[0], width))


def _slimmer(column: Any) -> Any:
    """Return a matrix whose places take half as many bytes."""
    if not sparse.issparse(column) or column.indices.dtype == np.int32:
        return column
    return sparse.csr_array((column.data, column.indices.astype(np.int32), column.indptr.astype(np.int32)), shape=column.shape)


def _stack(columns: Sequence[Any]) -> Any:
    if len(columns) == 1:
        return columns[0]
    return sparse.csr_array(sparse.vstack(columns, format="csr")) if sparse.issparse(columns[0]) else np.concatenate(columns)
