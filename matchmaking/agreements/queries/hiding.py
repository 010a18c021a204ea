"""What a breakdown may tell without telling what is too small: pure rules over sizes, no database.

A line below five is merged with others into one, and so many larger ones with it that nobody can work it out from what is shown: neither by
taking the rest from the total, nor because only one way to fill the merged line is left.

One thing cannot be hidden: the exact sum of all amounts is everybody's, and so are the amounts on the public list. The difference is the sum of
what counts in totals alone; of a single one it is the amount, though neither whose it is nor where they are from; and who looks twice sees by how much
the total grew in between. Staff are told of few before they read the report out (`readiness`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

SMALLEST = 5


@dataclass
class Bin:
    """What falls under one line: agreements, the parties that signed them, and which of the agreements no public list names."""

    key: str
    agreements: set[int] = field(default_factory=set)
    parties: set[str] = field(default_factory=set)
    unnamed: set[int] = field(default_factory=set)

    @property
    def size(self) -> int:
        return len(self.agreements)

    @property
    def has_company(self) -> bool:
        """Whether enough parties have signed that the line may be broken down further."""
        return len(self.parties) >= SMALLEST


@dataclass(frozen=True)
class Split:
    """Which lines are shown, in their order, and which are merged into one. With `withheld` there are rows, and none may be shown."""

    shown: tuple[Bin, ...]
    merged: tuple[Bin, ...] = ()
    withheld: bool = False

    @property
    def rest(self) -> Bin:
        """All merged lines as one."""
        return union(self.merged)


def union(bins: Sequence[Bin]) -> Bin:
    """Return one line of all that falls under the bins."""
    return Bin(
        "",
        set().union(*(one.agreements for one in bins)),
        set().union(*(one.parties for one in bins)),
        set().union(*(one.unnamed for one in bins)),
    )


def large(one: Bin) -> bool:
    """Say whether a line of agreements may stand alone."""
    return one.size >= SMALLEST


def large_and_many(one: Bin) -> bool:
    """Say whether a line may stand alone that would name where its parties are from, or what they paid."""
    return large(one) and one.has_company


def veiled(whole: Bin) -> Callable[[Bin], bool]:
    """Return the rule for lines that would name where their parties are from, or what they paid, beside a public list of agreements.

    Whoever takes the listed agreements from a line is left with those that are not listed. They are none or five in every line; where there are
    fewer in the whole, they stand in one line together, and what is left of it is what is left of the public total anyway.
    """

    def enough(one: Bin) -> bool:
        return large_and_many(one) and (not one.unnamed or len(one.unnamed) >= SMALLEST or one.unnamed == whole.unnamed)

    return enough


def few(number: int) -> bool:
    """Say whether there are some, and not enough to hide behind each other."""
    return 0 < number < SMALLEST


def split(bins: Sequence[Bin], enough: Callable[[Bin], bool]) -> Split:
    """Merge the lines that may not stand alone, together with as many larger ones as it takes to hide each of them.

    Empty lines are shown as they are. Where nothing is left to stand beside the merged line, or it would tell what is in it, nothing is shown.
    """
    filled = [one for one in bins if one.size]
    small = sorted((one for one in filled if not enough(one)), key=_by_size)
    others = sorted((one for one in filled if enough(one)), key=_by_size)
    while small and others and not hides(small, enough):
        small.append(others.pop(0))
    if small and (not others or not hides(small, enough)):
        return Split((), (), withheld=True)
    hidden = {id(one) for one in small}
    return Split(tuple(one for one in bins if id(one) not in hidden), tuple(small))


def hides(merged: Sequence[Bin], enough: Callable[[Bin], bool]) -> bool:
    """Say whether the merged line may stand, and no single way to fill its parts is left: not all of one, and not all of four."""
    total = sum(one.size for one in merged)
    open_below = total > len(merged)
    open_above = total < (SMALLEST - 1) * len(merged) or any(one.size >= SMALLEST for one in merged)
    return len(merged) > 1 and enough(union(merged)) and open_below and open_above


def _by_size(one: Bin) -> tuple[int, str]:
    return (one.size, one.key)


@dataclass(frozen=True)
class Kinds:
    """A shown line's agreements and intentions; `may_tell` is false where its parties are too few to break it down."""

    agreements: int
    intentions: int
    may_tell: bool = True

    @property
    def total(self) -> int:
        return self.agreements + self.intentions

    @property
    def is_open(self) -> bool:
        """Whether both kinds are large enough to be told, or none."""
        return self.may_tell and all(count == 0 or count >= SMALLEST for count in (self.agreements, self.intentions))


def lines_that_hide_kinds(lines: Sequence[Kinds]) -> set[int]:
    """Return the numbers of the lines whose kinds are not told.

    The totals of both kinds are public, and so is the size of each line: a single line that keeps its kinds back could be worked out. As many
    of the others keep theirs back too, the smallest first, until each hidden number may be any of at least five.
    """
    hidden = {number for number, line in enumerate(lines) if not line.is_open}
    if not hidden:
        return hidden
    rest = sorted(set(range(len(lines))) - hidden, key=lambda number: (lines[number].total, number))
    while rest and not all(_is_wide(lines, number, hidden) for number in hidden):
        hidden.add(rest.pop(0))
    return hidden


def _is_wide(lines: Sequence[Kinds], number: int, hidden: set[int]) -> bool:
    low, high = range_of_agreements(lines, number, hidden)
    return high - low >= SMALLEST - 1


def range_of_agreements(lines: Sequence[Kinds], number: int, hidden: set[int]) -> tuple[int, int]:
    """Return the least and the largest number of agreements that a hidden line may have, as a reader can work it out."""
    total = lines[number].total
    agreements = sum(lines[one].agreements for one in hidden)
    others = sum(lines[one].total for one in hidden if one != number)
    return max(0, agreements - others), min(total, agreements)
