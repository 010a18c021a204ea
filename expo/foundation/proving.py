"""Proving that the log is what was written: its blocks follow each other, and hold the lines that were sealed, as they were.

What is found is told in sentences that name the row. Memory is bounded, whatever the length of the log.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from expo.foundation.digests import MARK_BYTES, at_moment, marks_in, of_block, timeless
from expo.foundation.models import Event, Seal
from expo.foundation.sealing import FIRST, LASTING

AT_ONCE = 2000
BLOCKS_HELD = 64
STAY = timedelta(days=28)
COLUMNS = ("pk", "at", "actor_id", "verb", "thing", "thing_id", "data", "salt", "digest", "seal_id")


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it was written.

    Attributes:
        code: what kind it is of, stable: "line_changed".
        row: which row, "foundation.Event 12"; "" where it is none.
        says: one sentence for people.
    """

    code: str
    row: str
    says: str


Tell = Callable[[Finding], None]


@dataclass
class LogProof:
    """What was looked at, and where the chain ends: `number` and `digest` of the newest block."""

    number: int = 0
    digest: str = FIRST
    lines: int = 0
    waiting: int = 0
    emptied: int = 0
    pruned: int = 0

    @property
    def head(self) -> str:
        """The newest block as it is written down on paper."""
        return f"{self.number}:{self.digest}"


@dataclass(slots=True)
class Line:
    """A line as it stands, without the weight of a row."""

    pk: int
    at: datetime
    actor_id: int | None
    verb: str
    thing: str
    thing_id: str
    data: Any
    salt: str
    digest: str
    seal_id: int | None

    @property
    def row(self) -> str:
        return f"foundation.Event {self.pk}"

    @property
    def words(self) -> str:
        """Which line it is."""
        return f"Line {self.pk} ({self.verb} of {self.thing} {self.thing_id}, {self.at:%Y-%m-%d %H:%M} UTC)"

    @property
    def is_empty(self) -> bool:
        """Whether it was emptied for somebody's privacy, as lines that last never are."""
        return not self.data and not self.salt and not self.thing.startswith(LASTING)


def prove_log(tell: Tell, *, head: tuple[int, str] | None = None) -> LogProof:
    """Go through all blocks and all lines, tell what is not as it was written, and return what was looked at.

    `head` is number and digest of a block as somebody wrote them down: with it even a chain that was made anew from there back is found.
    """
    proof = LogProof()
    newest = Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    listed = _prove_blocks(tell, proof, head)
    found = _prove_lines(tell, proof, newest)
    for key, (number, lines, is_pruned) in listed.items():
        if found.get(key, 0) != lines:
            _tell_missing(tell, key, number, is_pruned=is_pruned)
    return proof


def _prove_blocks(tell: Tell, proof: LogProof, head: tuple[int, str] | None) -> dict[int, tuple[int, int, bool]]:
    """Go along the chain; return number, count of lines and whether it is pruned, by the block's key."""
    listed, written_down = {}, None
    for seal in Seal.objects.order_by("number").iterator(100):
        listing, row = bytes(seal.listing), f"foundation.Seal {seal.pk}"
        if seal.number != proof.number + 1:
            gone = f"{proof.number + 1}" if seal.number == proof.number + 2 else f"{proof.number + 1} to {seal.number - 1}"
            tell(Finding("seal_missing", row, f"Block {gone} is missing before block {seal.number}."))
        elif seal.previous != proof.digest:
            tell(
                Finding(
                    "seal_does_not_follow", row, f"Block {seal.number} does not follow block {proof.number}: one of the two was exchanged."
                )
            )
        marks = marks_in(listing)
        if of_block(seal.number, seal.previous, seal.at, listing, is_lasting=seal.is_lasting) != seal.digest or len(marks) != seal.lines:
            tell(Finding("seal_changed", row, f"Block {seal.number} is not what was sealed on {seal.at:%Y-%m-%d %H:%M} UTC."))
        if seal.is_pruned and (seal.is_lasting or seal.at > timezone.now() - STAY):
            tell(Finding("seal_pruned", row, f"Block {seal.number} is marked as pruned, and must not be: its lines are to be kept."))
        listed[seal.pk] = (seal.number, len(marks), seal.is_pruned and not seal.is_lasting)
        proof.number, proof.digest, proof.pruned = seal.number, seal.digest, proof.pruned + seal.is_pruned
        if head and seal.number == head[0]:
            written_down = seal.digest
    if head and head[0] and written_down != head[1]:
        says = f"Block {head[0]} is not the one that was written down: " + ("it has another digest." if written_down else "there is none.")
        tell(Finding("head_differs", "", says))
    return listed


def _prove_lines(tell: Tell, proof: LogProof, newest: int) -> dict[int, int]:
    """Go through the lines in their order; return how many of its own lines each block holds, by its key."""
    blocks, found = _Blocks(), dict[int, int]()
    for line in lines_up_to(newest):
        proof.lines += 1
        now = at_moment(timeless(line), line.at)
        mark = None
        if line.seal_id is None:
            proof.waiting += 1
        else:
            mark = blocks.marks(line.seal_id).get(line.pk)
            found[line.seal_id] = found.get(line.seal_id, 0) + (mark is not None)
        if line.seal_id is not None and mark is None:
            tell(
                Finding(
                    "line_inserted",
                    line.row,
                    f"{line.words} was put into block {blocks.number(line.seal_id)}, which was sealed without it.",
                )
            )
        elif mark is not None and line.digest[: 2 * MARK_BYTES] != mark.hex():
            says = f"{line.words} was changed, and its digest with it: block {blocks.number(line.seal_id or 0)} was sealed with another."
            tell(Finding("line_changed", line.row, says))
        elif line.digest and now != line.digest:
            # Whoever gives a line of the ledger another thing could call it empty; its block, whose digest says so, knows better.
            if line.is_empty and not (line.seal_id is not None and blocks.is_lasting(line.seal_id)):
                proof.emptied += 1
            else:
                tell(Finding("line_changed", line.row, f"{line.words} was changed: it is not what was written then."))
    return found


def lines_up_to(newest: int) -> Iterator[Line]:
    """Yield the lines in the order of their numbers, two thousand a query: no cursor is kept open, so that others may write."""
    last = 0
    while rows := list(Event.objects.filter(pk__gt=last, pk__lte=newest).order_by("pk").values_list(*COLUMNS)[:AT_ONCE]):
        yield from (Line(*row) for row in rows)
        last = rows[-1][0]


def _tell_missing(tell: Tell, key: int, number: int, *, is_pruned: bool) -> None:
    marks = marks_in(bytes(Seal.objects.values_list("listing", flat=True).get(pk=key)))
    there = dict(Event.objects.filter(pk__in=marks).values_list("pk", "seal"))
    for line in sorted(marks):
        if there.get(line, 0) == key or (line not in there and is_pruned):
            continue
        what = "was taken out of" if line in there else "is missing from"
        tell(Finding("line_missing", f"foundation.Event {line}", f"Line {line} {what} block {number}."))


class _Blocks:
    """The listings of the blocks that are just being read: lines come nearly in the order of their blocks."""

    def __init__(self) -> None:
        self._held: OrderedDict[int, tuple[int, dict[int, bytes], bool]] = OrderedDict()

    def _of(self, key: int) -> tuple[int, dict[int, bytes], bool]:
        if key not in self._held:
            row = Seal.objects.filter(pk=key).values_list("number", "listing", "is_lasting").first()
            number, listing, is_lasting = row or (0, b"", False)
            self._held[key] = (number, marks_in(bytes(listing)), is_lasting)
            if len(self._held) > BLOCKS_HELD:
                self._held.popitem(last=False)
        self._held.move_to_end(key)
        return self._held[key]

    def marks(self, key: int) -> dict[int, bytes]:
        return self._of(key)[1]

    def number(self, key: int) -> int:
        return self._of(key)[0]

    def is_lasting(self, key: int) -> bool:
        return self._of(key)[2]
