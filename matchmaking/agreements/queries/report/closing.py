"""The closing report of an edition, put together: at most twenty-five queries, whatever the number of rows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.urls import reverse

from expo.editions.models import Edition
from matchmaking.agreements import rules
from matchmaking.agreements.queries.report import breakdowns, directions
from matchmaking.agreements.queries.report.changes import MERGED_HERE, Before, before_of, change_of
from matchmaking.agreements.queries.report.comparing import Side, side_by_side
from matchmaking.agreements.queries.report.facts import facts_of
from matchmaking.agreements.queries.report.measures import Measure
from matchmaking.agreements.queries.report.metrics import ALONE, DEFINITIONS, REGISTRY, TOGETHER
from matchmaking.agreements.queries.report.published import Record, record_of
from matchmaking.agreements.queries.report.rows import may_see_rows
from matchmaking.agreements.queries.report.said import day_words, difference_of, note_of, why_not, words_of
from matchmaking.agreements.queries.report.series import charted
from matchmaking.agreements.queries.report.shapes import NOTHING, Both, Breakdowns, Contradiction, Group, Line, Report, SourceShown
from matchmaking.agreements.queries.report.tallies import NONE, Tallies, tallies
from matchmaking.agreements.queries.report.vocabulary import Vocabulary, group_name, vocabulary
from matchmaking.agreements.rules import Person

STAFF, PUBLIC = "staff", "public"
TRIES = 3


@dataclass(frozen=True)
class Material:
    """All that lines are made of."""

    edition: Edition
    editions: Sequence[Edition]
    known: Vocabulary
    tallied: Tallies
    record: Record
    visitor: Person

    @property
    def previous(self) -> Edition | None:
        """The edition before this one."""
        earlier = [one for one in self.editions if one.ordinal < self.edition.ordinal]
        return earlier[-1] if earlier else None


def closing_report(edition: Edition, *, visitor: Person) -> Report:
    """Return the closing report as the visitor may read it: figures, press wording, changes, breakdowns, series and sources.

    Totals are the same for everyone. Whoever may not trace every agreement sees small cells merged. Nothing is written, and nothing is kept
    between two calls.
    """
    return _report(*_counted(edition, visitor))


@dataclass(frozen=True)
class AmongEditions:
    """A report, and beside it the editions up to its own, oldest first, with their metrics side by side."""

    report: Report
    editions: tuple[Edition, ...]
    sides: tuple[Side, ...]


def report_among_editions(edition: Edition, *, visitor: Person, most: int) -> AmongEditions:
    """Return the closing report with at most so many editions side by side, counted once for both. As many queries as the report."""
    material, parts = _counted(edition, visitor)
    until = tuple(one for one in material.editions if one.ordinal <= edition.ordinal)[-most:]
    return AmongEditions(
        _report(material, parts), until, side_by_side(until, material.known.measures.values(), material.tallied, material.record.best)
    )


def _counted(edition: Edition, visitor: Person) -> tuple[Material, Breakdowns]:
    editions, known = list(Edition.objects.order_by("ordinal")), vocabulary()
    tallied, parts = _counted_together(edition, editions, known, visitor)
    return Material(edition, editions, known, tallied, record_of(edition), visitor), parts


def _report(material: Material, parts: Breakdowns) -> Report:
    edition, tallied, previous = material.edition, material.tallied, material.previous
    groups = _groups(material)
    return Report(
        edition=edition.slug,
        title=Both(edition.name_en, edition.name_zh),
        short=Both(edition.short_name_en, edition.short_name_zh or edition.short_name_en),
        dates=day_words(edition.starts_on, edition.ends_on),
        place=_place(edition),
        view=STAFF if rules.may_trace(material.visitor) else PUBLIC,
        definitions=DEFINITIONS,
        previous=previous.slug if previous else "",
        groups=groups,
        breakdowns=parts,
        series=charted(material.editions, material.known.measures, tallied, material.record.best, this=edition),
        contradictions=material.record.contradictions,
        sources=material.record.sources,
        has_demo=any(line.has_demo for group in groups for line in group.lines),
        logs_agreements=tallied[edition.pk, TOGETHER].value is not None,
    )


@dataclass(frozen=True)
class Figure:
    """One metric of the report by itself: its line, what sources contradict each other about it, and the sources that its figures cite, numbered anew."""

    line: Line
    contradictions: tuple[Contradiction, ...]
    sources: tuple[SourceShown, ...]


def figure_of(edition: Edition, key: str, *, visitor: Person) -> Figure | None:
    """Return a metric as the report has it, None where the report does not have it. At most twenty-five queries; breakdowns are not made."""
    editions, known = list(Edition.objects.order_by("ordinal")), vocabulary()
    measure = known.measures.get(key)
    if measure is None:
        return None
    material = Material(edition, editions, known, tallies(editions, known.measures.values()), record_of(edition), visitor)
    if not _has(measure, material):
        return None
    line = _line(measure, material)
    numbers = {number for one in line.published for number in one.cites}
    cited = [one for one in material.record.sources if one.number in numbers]
    anew = {one.number: place for place, one in enumerate(cited, start=1)}
    published = tuple(replace(one, cites=tuple(anew[number] for number in one.cites)) for one in line.published)
    return Figure(
        replace(line, published=published),
        tuple(one for one in material.record.contradictions if one.metric == key),
        tuple(replace(one, number=anew[one.number]) for one in cited),
    )


def _has(measure: Measure, material: Material) -> bool:
    """Say whether the report has a line of it: all that is counted here, and what was entered or published of the rest."""
    tally = material.tallied[material.edition.pk, measure.key]
    return measure.key in REGISTRY or tally.value is not None or measure.key in material.record.figures


def breakdowns_of(edition: Edition, *, visitor: Person) -> Breakdowns:
    """Return the breakdowns alone, as the visitor may read them. Five queries."""
    facts = facts_of(edition)
    ledger = breakdowns.Ledger(edition, facts, breakdowns.chains_of(edition, facts), rules.may_trace(visitor))
    by_chain = breakdowns.by_chain(ledger)
    return Breakdowns(
        breakdowns.by_kind(ledger),
        breakdowns.by_day(ledger),
        by_chain,
        breakdowns.by_country(ledger),
        breakdowns.amount_by_chain(ledger),
        directions.flows_of(ledger),
        directions.chain_lines(ledger, {cell.key for cell in by_chain.cells}),
    )


def chains_told_apart(edition: Edition) -> set[str]:
    """Return the slugs of the chains of which everybody is told how many agreements and how many intentions they have. Three queries."""
    facts = facts_of(edition)
    ledger = breakdowns.Ledger(edition, facts, breakdowns.chains_of(edition, facts), traced=False)
    return {cell.key for cell in breakdowns.by_chain(ledger).cells if cell.key and cell.agreements is not None}


def _counted_together(edition: Edition, editions: Sequence[Edition], known: Vocabulary, visitor: Person) -> tuple[Tallies, Breakdowns]:
    """Return figures and breakdowns that agree: where an agreement came or went between the two, they are counted again."""
    for _try in range(TRIES):
        tallied, parts = tallies(editions, known.measures.values()), breakdowns_of(edition, visitor=visitor)
        if int(tallied[edition.pk, TOGETHER].value or 0) == parts.by_kind.total:
            break
    return tallied, parts


def _place(edition: Edition) -> Both:
    english = ", ".join(part for part in (edition.city_en, edition.venue_en) if part)
    return Both(english, "".join(part for part in (edition.city_zh, edition.venue_zh) if part) or english)


def _groups(material: Material) -> tuple[Group, ...]:
    lines: dict[str, list[Line]] = {}
    for measure in material.known.measures.values():
        if _has(measure, material):
            lines.setdefault(measure.group, []).append(_line(measure, material))
    return tuple(Group(key, group_name(key), tuple(found)) for key, found in lines.items())


def _line(measure: Measure, material: Material) -> Line:
    edition, previous, record = material.edition, material.previous, material.record
    tally = material.tallied[edition.pk, measure.key]
    then = material.tallied[previous.pk, measure.key] if previous else NONE
    published = record.figures.get(measure.key, ())
    before = before_of(measure, tally, previous, then, record.best)
    said_before = before if isinstance(before, Before) else None
    counted_by = material.known.definitions.get(measure.key, NOTHING)
    opens = tally.value is not None and may_see_rows(measure, material.visitor)
    return Line(
        key=measure.key,
        name=measure.name,
        unit=measure.unit,
        unit_name=measure.unit_name,
        definition=measure.definition,
        version=measure.version,
        has_own_definition=measure.has_own_definition,
        overlaps=measure.overlaps,
        logged=tally.value,
        text=words_of(measure, tally, said_before),
        why_not=why_not(measure, tally),
        part=tally.part,
        whole=tally.whole,
        note=note_of(measure, tally),
        published=published,
        published_definition=counted_by if measure.has_own_definition and published else NOTHING,
        disagrees=measure.key in record.disputed,
        difference=difference_of(measure, tally, next((one for one in published if one.stands), None)),
        change=change_of(measure, tally, said_before) if said_before else None,
        why_no_change=_why_no_change(measure.key, before, material),
        has_demo=tally.has_demo,
        has_rows=measure.has_rows and tally.value is not None,
        rows_address=reverse("report_rows", args=[edition.slug, measure.key]) if opens else "",
        address=reverse("report_figure", args=[edition.slug, measure.key]),
    )


def _why_no_change(key: str, before: Before | Both, material: Material) -> Both:
    if isinstance(before, Before):
        return NOTHING
    figures = material.record.figures
    if key in ALONE and TOGETHER in figures and not any(alone in figures for alone in ALONE) and not before:
        return MERGED_HERE
    return before
