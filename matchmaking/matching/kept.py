"""The market as it is now, held in each process and brought up to every write; and parts of pages worked out from it.

One cheap query names the rows that bear witness of writes since the last look: every verb leaves a line in the log, every save of a
posting, company or registration one of history, the organiser's desk its own log entry. What they speak of is read anew, the rest
stays. So a page counts what its query would count now, in every process, right after each write.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import count
from threading import Lock
from typing import Any, TypeVar, cast

from django.utils import timezone

from matchmaking.matching.columns import Changed, Columns, patched, read_all
from matchmaking.matching.witnesses import Floors, Heard, Said, is_quiet, said_above, spoken_of

T = TypeVar("T")
MOST_KEPT = 600
# Where more than this has changed, everything is read anew: that is quicker.
MOST_CHANGED = 500


@dataclass(frozen=True)
class MarketNow:
    """The open postings of a day, and when what may be kept of them last changed. Never changed itself.

    Attributes:
        version: another number after each write that a count or a card of the market may read.
        read_at: the version at which everything was read anew.
        people: the version at which a company or a registration was last written.
        by_segment, by_company: the versions at which one of their postings was last written, or its company.
    """

    day: date
    columns: Columns
    heard: Heard
    version: int
    read_at: int
    people: int
    by_segment: Mapping[int, int] = field(default_factory=dict)
    by_company: Mapping[int, int] = field(default_factory=dict)

    def of_segments(self, segments: Iterable[int]) -> int:
        """Return the version at which an open posting of these segments was last written."""
        return max([self.read_at, *(self.by_segment.get(segment, 0) for segment in segments)])

    def of_company(self, company: int) -> int:
        """Return the version at which the company, or an open posting of its own, was last written."""
        return max(self.read_at, self.by_company.get(company, 0))


class _Process:
    """What this process holds; who makes another one holds the lock."""

    now: MarketNow | None = None
    versions = count(1)
    lock = Lock()


def market_now() -> MarketNow:
    """Return the open postings as they are now. One query while nothing is written, four after most writes.

    Not for use in a transaction that may still be rolled back: what it wrote would stay in memory.
    """
    held, heard = _Process.now, None
    if held is not None and held.day == timezone.localdate() and not held.heard.is_doubtful:
        heard = said_above(held.heard.floors)
        if not held.heard.news(heard[1]) and not held.heard.is_past(heard[0]):
            return held
    with _Process.lock:  # Another thread may have followed the same write meanwhile; then there is nothing left to do.
        _Process.now = _followed(_Process.now, heard if _Process.now is held else None)
        return _Process.now


def _followed(held: MarketNow | None, heard: tuple[Floors, list[Said]] | None) -> MarketNow:
    if held is None or held.day != timezone.localdate():
        return _anew()
    is_settled = held.heard.waits and is_quiet()
    tops, said = heard if heard is not None and not is_settled else said_above(held.heard.floors)
    news = held.heard.news(said)
    if held.heard.is_past(tops) or (is_settled and not held.heard.is_whole) or len(news) > MOST_CHANGED:
        return _anew()
    changed = spoken_of(news)
    if changed.everything:
        return _anew()
    return replace(_patched(held, changed), heard=held.heard.with_all(tops, said, is_settled=is_settled))


def _anew() -> MarketNow:
    is_whole, (tops, _said) = is_quiet(), said_above(())
    version = next(_Process.versions)
    return MarketNow(timezone.localdate(), read_all(), Heard(tops, is_whole=is_whole), version, version, version)


def _patched(held: MarketNow, changed: Changed) -> MarketNow:
    version = next(_Process.versions)
    if changed.booths:  # Cards print their codes, whose they are is not known here.
        held = replace(held, version=version, read_at=version)
    if not changed:
        return held
    columns, segments, companies = patched(held.columns, changed)
    return replace(
        held,
        columns=columns,
        version=version,
        people=version if changed.registrations or changed.companies else held.people,
        by_segment={**held.by_segment, **dict.fromkeys(segments, version)},
        by_company={**held.by_company, **dict.fromkeys(companies, version)},
    )


_shelf: OrderedDict[str, tuple[int, Any]] = OrderedDict()


def kept(name: str, version: int, work_out: Callable[[], T]) -> T:
    """Return what was worked out under this name at this version, or work it out now. The longest unused of 600 goes first.

    Whoever gets it must not change it.
    """
    known = _shelf.get(name)
    if known is not None and known[0] == version:
        with suppress(KeyError):  # Another thread may just have dropped it.
            _shelf.move_to_end(name)
        return cast("T", known[1])
    made = work_out()
    _shelf[name] = (version, made)
    while len(_shelf) > MOST_KEPT:
        _shelf.popitem(last=False)
    return made


def kept_already(name: str, version: int) -> Any:
    """Return what is kept under this name at this version, None where nothing is; nothing is worked out."""
    known = _shelf.get(name)
    return known[1] if known is not None and known[0] == version else None


def forget() -> None:
    """Forget everything; for whoever changes rows without a witness."""
    _Process.now = None
    _shelf.clear()
