"""Proving that the log is what was written: its blocks follow each other, and hold the lines that were sealed, as they were.

What is found is told in sentences that name the row. Memory is bounded, whatever the length of the log.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from expo.foundation.digests import MARK_BYTES, at_moment, marks_in, of_block, timeless
from expo.foundation.models import Event, Seal
from expo.foundation.sealing import FIRST, LASTING

AT_ONCE = 2000
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


@dataclass(slots=True)
class Block:
    """What lines were sealed with: where the block stands, whether it lasts, and half of each line's digest by its number."""

    number: int = 0
    is_lasting: bool = False
    marks: dict[int, bytes] = field(default_factory=dict)


def prove_log(tell: Tell, *, head: tuple[int, str] | None = None) -> LogProof:
    """Go through all blocks and all lines, tell what is not as it was written, and return what was looked at.

    `head` is number and digest of a block as somebody wrote them down: with it even a chain that was made anew from there back is found.
    A few queries for two thousand lines, however many blocks they are in.
    """
    proof = LogProof()
    newest = Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    _prove_blocks(tell, proof, head)
    _prove_lines(tell, proof, newest)
    return proof


def _prove_blocks(tell: Tell, proof: LogProof, head: tuple[int, str] | None) -> None:
    """Go along the chain, and see that each block still has its lines."""
    written_down, listed = None, list[tuple[int, Seal]]()
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
        proof.number, proof.digest, proof.pruned = seal.number, seal.digest, proof.pruned + seal.is_pruned
        if head and seal.number == head[0]:
            written_down = seal.digest
        listed += [(line, seal) for line in sorted(marks)]
        if len(listed) >= AT_ONCE:
            _tell_missing(tell, listed)
            listed.clear()
    _tell_missing(tell, listed)
    if head and head[0] and written_down != head[1]:
        says = f"Block {head[0]} is not the one that was written down: " + ("it has another digest." if written_down else "there is none.")
        tell(Finding("head_differs", "", says))


def _tell_missing(tell: Tell, listed: Sequence[tuple[int, Seal]]) -> None:
    """Tell which lines are not in the block that they were sealed with. One query for all of them."""
    there = dict(Event.objects.filter(pk__in=[line for line, _seal in listed]).values_list("pk", "seal"))
    for line, seal in listed:
        if there.get(line, 0) != seal.pk and (line in there or not _may_miss_lines(seal)):
            what = "was taken out of" if line in there else "is missing from"
            tell(Finding("line_missing", f"foundation.Event {line}", f"Line {line} {what} block {seal.number}."))


def _may_miss_lines(seal: Seal) -> bool:
    """Whether the time of keeping of some of its lines was over, perhaps only since the block was read."""
    return not seal.is_lasting and (seal.is_pruned or Seal.objects.filter(pk=seal.pk, is_pruned=True).exists())


def _prove_lines(tell: Tell, proof: LogProof, newest: int) -> None:
    """Go through the lines in their order."""
    blocks: dict[int, Block] = {}
    for lines in lines_up_to(newest):
        blocks = _blocks_of(lines, blocks)
        for line in lines:
            proof.lines += 1
            _prove_line(tell, proof, line, None if line.seal_id is None else blocks[line.seal_id])


def _blocks_of(lines: Sequence[Line], held: dict[int, Block]) -> dict[int, Block]:
    """Return the blocks of these lines, by key, from those that are held and from one query. Lines come nearly in the order of their blocks."""
    wanted = {line.seal_id for line in lines if line.seal_id is not None}
    blocks = {key: held.get(key) or Block() for key in wanted}  # A line may name a block that there never was.
    rows = Seal.objects.filter(pk__in=wanted - held.keys()).values_list("pk", "number", "is_lasting", "listing")
    blocks.update((key, Block(number, is_lasting, marks_in(bytes(listing)))) for key, number, is_lasting, listing in rows)
    return blocks


def _prove_line(tell: Tell, proof: LogProof, line: Line, block: Block | None) -> None:
    if block is None:
        proof.waiting += 1
    elif (mark := block.marks.get(line.pk)) is None:
        says = f"{line.words} was put into block {block.number}, which was sealed without it."
        tell(Finding("line_inserted", line.row, says))
        return
    elif line.digest[: 2 * MARK_BYTES] != mark.hex():
        says = f"{line.words} was changed, and its digest with it: block {block.number} was sealed with another."
        tell(Finding("line_changed", line.row, says))
        return
    if line.digest and line.digest != at_moment(timeless(line), line.at):
        # Whoever gives a line of the ledger another thing could call it empty; its block, whose digest says so, knows better.
        if line.is_empty and not (block is not None and block.is_lasting):
            proof.emptied += 1
        else:
            tell(Finding("line_changed", line.row, f"{line.words} was changed: it is not what was written then."))


def lines_up_to(newest: int) -> Iterator[list[Line]]:
    """Yield the lines in the order of their numbers, two thousand a query: no cursor is kept open, so that others may write."""
    last = 0
    while rows := list(Event.objects.filter(pk__gt=last, pk__lte=newest).order_by("pk").values_list(*COLUMNS)[:AT_ONCE]):
        yield [Line(*row) for row in rows]
        last = rows[-1][0]
