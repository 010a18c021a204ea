"""The lines of what became of agreements, and what they keep to themselves: pure rules over numbers, no database.

To others than staff no number of answers between one and four is told, nor what would tell it: the rest of a total besides its lines, or the
difference between one day and the next.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from expo.editions.models import Chain
from matchmaking.agreements.models import Milestone
from matchmaking.agreements.queries.outcome import SMALLEST_CELL

REACHED, DISAGREE, NOT_YET, SILENT = STATES = ("reached", "disagree", "not_yet", "silent")
LAST = Milestone.DAYS[-1]


@dataclass(frozen=True)
class Line:
    """What became of the agreements of one group.

    Attributes:
        name: in the page's language; '' for what was too small to stand alone.
        counted: how many are on record. The others are None where they are too small to be told; where only `disagree` is, those of which
            the sides disagree are in `not_yet`.
        merged: how many groups were too small to stand alone, 0 for an ordinary line.
        trace: for staff the address of the rows, to which "&state=" and a state are added; '' for everyone else.
    """

    name: str
    counted: int
    reached: int | None
    disagree: int | None
    not_yet: int | None
    silent: int | None
    chain: Chain | None = None
    days: int = LAST
    merged: int = 0
    trace: str = ""

    @property
    def is_told(self) -> bool:
        """Whether more than the number of agreements is said."""
        return self.reached is not None

    @property
    def answered(self) -> int | None:
        """Those of which at least one party answered."""
        return None if self.reached is None else self.reached + (self.disagree or 0) + (self.not_yet or 0)

    @property
    def asked(self) -> int | None:
        """Those of which at least one party was asked, or answered unasked."""
        return None if self.answered is None else self.answered + (self.silent or 0)

    @property
    def share(self) -> int | None:
        """Reached out of answered in whole percents, rounded half up; None where nobody answered, or where it is not told."""
        if not self.answered or self.reached is None:
            return None
        return int((Decimal(100 * self.reached) / self.answered).quantize(Decimal(1), rounding=ROUND_HALF_UP))

    @property
    def bar(self) -> list[int]:
        """The parts of the line's bar: reached, the sides disagree, not yet."""
        return [self.reached or 0, self.disagree or 0, self.not_yet or 0]

    @property
    def rest(self) -> int:
        """Those that answered and did not reach it, or of which the sides disagree."""
        return (self.answered or 0) - (self.reached or 0)


def chains_hidden(lines: Sequence[Line], total: Line) -> list[Line]:
    """Let lines that are too small to be told keep silent, and as many of the others, the smallest first, as it takes to hide what they hold.

    `total` is the line of all of them as it is told. One line never keeps silent alone: it would be what is missing in the sum.
    """
    told = [kept_back(line) for line in lines]
    while _tells_what_is_silent(told, lines):
        least = min((line for line in told if line.is_told), key=lambda line: line.answered or 0)
        told = [silent(line) if line is least else line for line in told]
    return _without_disagreeing(told) if _tells_who_disagrees(told, total) else told


def _tells_what_is_silent(told: Sequence[Line], lines: Sequence[Line]) -> bool:
    """Whether the numbers of the silent lines, taken together, are small, or those of one alone."""
    quiet = [line for line, shown in zip(lines, told, strict=True) if not shown.is_told]
    if not quiet or len(quiet) == len(told):
        return False
    return len(quiet) == 1 or _is_small(sum(line.reached or 0 for line in quiet)) or _is_small(sum(line.rest for line in quiet))


def _tells_who_disagrees(told: Sequence[Line], total: Line) -> bool:
    """Whether those of which the sides disagree can be worked out for the lines that do not tell them."""
    kept = [line for line in told if line.disagree is None]
    if not kept or total.disagree is None:
        return False
    open_ones = [line for line in told if line.disagree is not None]
    disagree = total.disagree - sum(line.disagree or 0 for line in open_ones)
    not_yet = (total.not_yet or 0) - sum(line.not_yet or 0 for line in open_ones)
    return len(kept) == 1 or _is_small(disagree) or _is_small(not_yet)


def days_hidden(lines: Sequence[Line]) -> list[Line]:
    """Let the lines of earlier days keep what would tell, beside the next one that is told, what few did in between. The last one is told first."""
    told: list[Line] = []
    later: Line | None = None
    for line in map(kept_back, reversed(lines)):
        told.append(line if later is None else _beside(line, later))
        later = told[-1] if told[-1].is_told else later
    return told[::-1]


def _beside(line: Line, later: Line) -> Line:
    if line.reached is None or later.reached is None:
        return line
    if _is_small(abs(later.reached - line.reached)) or _is_small(abs(later.rest - line.rest)):
        return silent(line)
    if line.disagree is None or later.disagree is None:
        return line
    moved = (later.disagree - line.disagree, (later.not_yet or 0) - (line.not_yet or 0))
    return _without_disagreeing([line])[0] if any(_is_small(abs(number)) for number in moved) else line


def kept_back(line: Line) -> Line:
    """Return the line as it may stand alone: silent where those that reached it, or those that did not, are few."""
    if _is_small(line.reached or 0) or _is_small(line.rest):
        return silent(line)
    if _is_small(line.disagree or 0) or _is_small(line.not_yet or 0):
        return _without_disagreeing([line])[0]
    return line


def _without_disagreeing(lines: Sequence[Line]) -> list[Line]:
    """Return the lines with those of which the sides disagree among those that did not reach it."""
    return [replace(line, disagree=None, not_yet=line.rest) if line.is_told else line for line in lines]


def silent(line: Line) -> Line:
    """Return the line with nothing but how many are on record."""
    return replace(line, reached=None, disagree=None, not_yet=None, silent=None)


def _is_small(number: int) -> bool:
    return 0 < number < SMALLEST_CELL
