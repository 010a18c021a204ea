"""Whether a report can be read out: what is still missing before the press conference, and what changed since one was frozen."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from expo.editions.models import Edition
from expo.editions.queries import standing_statistics
from matchmaking.agreements.models import Agreement, FrozenReport
from matchmaking.agreements.queries.hiding import few
from matchmaking.agreements.queries.queue import Tab, tabs_of
from matchmaking.agreements.queries.rates import RateLine, rate_lines
from matchmaking.agreements.queries.report.frozen import opened
from matchmaking.agreements.queries.report.keeping import digest_of, written
from matchmaking.agreements.queries.report.said import NO_RATE, NOT_ENTERED
from matchmaking.agreements.queries.report.shapes import Line, Report

# What press conferences are about, in the order in which it is read out.
MAIN = (
    *("exhibitors", "countries_regions", "overseas_share", "audience_total", "meetings_held"),
    *("agreements_signed", "cooperation_intentions", "agreements_and_intentions", "agreements_value_cny", "next_edition_signups"),
)
# Agreements that somebody still has to do something about.
UNSETTLED = ("to-verify", "disputed", "submitted", "waiting")


@dataclass(frozen=True)
class Missing:
    """What is still to be done before the report is read out.

    Attributes:
        not_entered: figures that staff have to enter, and did not.
        some_days: those that were entered for some of the days only.
        no_rate: currencies in which agreements are, without a rate.
        no_dollar: amounts cannot be said in dollars, since no rate of the dollar is stated.
        unsettled: the queues of agreements that wait for somebody, none of them empty.
        differing: figures of which what was published does not hold, or says another number.
        exposed: how many amounts count in totals alone, where they are few: the exact total less the public list is their sum.
    """

    not_entered: list[Line]
    some_days: list[Line]
    no_rate: list[RateLine]
    no_dollar: bool
    unsettled: list[Tab]
    differing: list[Line]
    exposed: int = 0

    def __bool__(self) -> bool:
        return any(vars(self).values())


def missing(edition: Edition, report: Report) -> Missing:
    """Return what the edition's report still lacks. Six queries; the report is as `closing_report` gave it."""
    lines, standing = list(report.lines), standing_statistics(edition)
    rates = [line for line in rate_lines(edition) if line.rate is None]
    return Missing(
        not_entered=[line for line in lines if line.why_not == NOT_ENTERED],
        some_days=[line for line in lines if line.key in standing and not standing[line.key].is_whole],
        no_rate=rates,
        no_dollar=any(line.why_not == NO_RATE for line in lines) and all(line.currency != "USD" for line in rates),
        unsettled=[tab for tab in tabs_of(Agreement.objects.filter(edition=edition)) if tab.word in UNSETTLED and tab.count],
        differing=[line for line in lines if _differs(line)],
        exposed=_exposed(edition),
    )


def _exposed(edition: Edition) -> int:
    rows = Agreement.objects.filter(edition=edition, visibility=Agreement.Visibility.TOTALS_ONLY, is_undisclosed=False).counted()
    number = rows.count()
    return number if few(number) else 0


def _differs(line: Line) -> bool:
    found = line.difference
    return found is not None and (bool(found.value) if found.holds is None else not found.holds)


def main_lines(report: Report) -> list[Line]:
    """Return the figures that press conferences are about, as far as the report has something to say of them."""
    found = (report.line(key) for key in MAIN)
    return [line for line in found if line is not None and (line.is_logged or line.published)]


@dataclass(frozen=True)
class Moved:
    """A figure that is another one now: `before` and `after` are what was logged, None for nothing. `redefined`: it is counted by another definition."""

    line: Line
    before: Decimal | None
    after: Decimal | None
    redefined: bool


@dataclass(frozen=True)
class Since:
    """A frozen report, and what is different now.

    Attributes:
        is_intact: its content still has the digest that was kept with it.
        is_same: the report that would be frozen now is the same to the letter.
        moved: figures that differ. Where there are none although it is not the same, words, breakdowns or what was published differ.
    """

    row: FrozenReport
    is_intact: bool
    is_same: bool
    moved: list[Moved]


def changed_since(rows: Iterable[FrozenReport], now: Report) -> list[Since]:
    """Return for each frozen report, read `with_proof`, what differs from the report `now`, as everyone reads it. No query."""
    digest = digest_of(written(now))
    return [_since(row, now, digest) for row in rows]


def _since(row: FrozenReport, now: Report, digest: str) -> Since:
    then = opened(row)
    if then is None:  # What was tampered with is compared with nothing.
        return Since(row, is_intact=False, is_same=False, moved=[])
    return Since(row, is_intact=True, is_same=row.sha256 == digest, moved=moved(then, now))


def moved(then: Report, now: Report) -> list[Moved]:
    """Return the figures that are others now, in the order of the present report; those that it has no more come last."""
    old = {line.key: line for line in then.lines}
    found = [_moved(old.pop(line.key, None), line) for line in now.lines]
    gone = [Moved(line, line.logged, None, redefined=False) for line in old.values() if line.is_logged]
    return [one for one in found if one is not None] + gone


def _moved(then: Line | None, now: Line) -> Moved | None:
    before = then.logged if then else None
    redefined = then is not None and then.version != now.version and then.is_logged and now.is_logged
    return Moved(now, before, now.logged, redefined) if before != now.logged or redefined else None
