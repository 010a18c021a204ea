"""Proving the ledger: what its rows say is what the log says they say, numbers have no gaps, sums are right, papers are what was kept.

Each thing that does not hold is told in a sentence that names the row. Rows are read in steps of 500: memory is bounded.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.core.files.storage import default_storage
from django.db.models import Count, Max, Q, QuerySet

from expo.editions.models import Edition
from expo.foundation.models import Event
from expo.foundation.money import to_fen
from expo.foundation.proving import Finding, Tell
from matchmaking.agreements.models import Agreement, Ledger, Party
from matchmaking.agreements.queries.canonical import state_of
from matchmaking.agreements.queries.checking.around import prove_frozen, prove_rates, prove_statistics
from matchmaking.agreements.queries.checking.history import GONE, differing, prove_history
from matchmaking.agreements.queries.checking.lines import SEEDED, Step, steps_of
from matchmaking.agreements.queries.checking.saying import Hanging, hanging_on, prove_said
from matchmaking.agreements.states import DRAFT, MOVES

AT_ONCE = 500
MOST_NAMED = 10
THING = Agreement._meta.label
UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, ArithmeticError)


@dataclass
class LedgerProof:
    """What was looked at: agreements, frozen reports, papers.

    `unstated` are rows whose lines are older than digests of what they say, `unstated_rates` rates that no line of the log states.
    """

    agreements: int = 0
    documents: int = 0
    frozen_reports: int = 0
    unstated: int = 0
    unstated_rates: int = 0


@dataclass
class _Story:
    """What the log says of one agreement: the states that its verbs can have led to, and the digest in its newest line that has one."""

    steps: Sequence[Step] = ()
    states: frozenset[str] = frozenset({DRAFT})
    state: str = ""
    broken_at: str = ""

    def __post_init__(self) -> None:
        for step in self.steps:
            self._read(step)

    def _read(self, step: Step) -> None:
        self.state, verb = step.state or self.state, step.verb
        if verb == SEEDED:
            self.states = frozenset({str(step.data.get("status"))})
            return
        # A verb with two ends stands in the table as two: settle, settle_as_confirmed.
        moves = [move for name, move in MOVES.table.items() if name == verb or name.startswith(f"{verb}_as_")]
        if moves:
            ends = {end or start for starts, end in moves for start in self.states if start in starts}
            if not ends and not self.broken_at:
                self.broken_at = verb
            self.states = frozenset(ends) or self.states


@dataclass
class _Whole:
    """An agreement with what the log says of it, the history of it and of its parties, and what hangs on it."""

    agreement: Agreement
    story: _Story
    entries: list[Any]
    sides: list[Any]
    hanging: Hanging

    def differing(self, loose: Iterable[str]) -> list[str]:
        """Return the columns in which the row and its parties are not what their newest entries of history say."""
        columns = differing(self.agreement, self.entries[-1], loose) if self.entries else []
        there = {party.pk: party for party in self.agreement.parties.all()}
        newest = {entry.id: entry for entry in self.sides}
        for key, entry in newest.items():
            if (key in there) != (entry.history_type != GONE):
                columns.append("parties")
            elif key in there:
                columns += [f"parties.{name}" for name in differing(there[key], entry)]
        if there.keys() - newest.keys() and newest:
            columns.append("parties")
        return sorted(set(columns))


def prove_ledger(tell: Tell) -> LedgerProof:
    """Go through every agreement and what hangs on it, all numbers, rates, measured figures and frozen reports; tell what does not hold.

    The site may go on meanwhile: what does not hold is looked at once more, since somebody may have written between two reads.
    """
    proof = LedgerProof()
    for edition in Edition.objects.filter(Q(agreements__isnull=False) | Q(ledger__isnull=False)).distinct().order_by("pk"):
        _tell_what_stays(partial(_prove_numbers, edition), tell)
    for block in _blocks():
        found: list[Finding] = []
        for whole in _with_all(block):
            said = len(found)
            _guarded(partial(_prove, whole, proof), found.append, f"{THING} {whole.agreement.pk}")
            if len(found) > said:
                _tell_what_stays(partial(_prove_anew, whole.agreement.pk), tell)
    _tell_what_stays(_prove_that_none_is_gone, tell)
    _tell_what_stays(partial(_prove_frozen, proof), tell)
    _tell_what_stays(partial(_prove_rates, proof), tell)
    _tell_what_stays(prove_statistics, tell)
    return proof


def _prove_frozen(proof: LedgerProof, tell: Tell) -> None:
    proof.frozen_reports = prove_frozen(tell)


def _prove_rates(proof: LedgerProof, tell: Tell) -> None:
    proof.unstated_rates = prove_rates(tell)


def _tell_what_stays(prove: Callable[[Tell], None], tell: Tell) -> None:
    """Tell what is found now and a moment later: who changes a row behind the site's back does not put it right again."""
    first: list[Finding] = []
    _guarded(prove, first.append)
    if first:
        kept = {(finding.code, finding.row) for finding in first}
        _guarded(prove, lambda finding: tell(finding) if (finding.code, finding.row) in kept else None)


def _guarded(prove: Callable[[Tell], None], tell: Tell, row: str = "") -> None:
    """Prove, and tell where a line lacks what such a line says: whoever forged it must not keep the rest from being proved and told."""
    try:
        prove(tell)
    except UNREADABLE as fault:
        says = f"A line of the log about {row or 'what the figures rest on'} cannot be read ({type(fault).__name__}: {fault}): somebody changed it."
        tell(Finding("line_unreadable", row, says))


def _prove_anew(pk: int, tell: Tell) -> None:
    for whole in _with_all(list(_rows().filter(pk=pk))):
        _guarded(partial(_prove, whole, LedgerProof()), tell, f"{THING} {pk}")


def _rows() -> QuerySet[Agreement]:
    rows: QuerySet[Agreement] = Agreement.objects.select_related("edition").prefetch_related("parties").order_by("pk")
    return rows


def _blocks() -> Iterator[list[Agreement]]:
    last = 0
    rows = _rows()
    while block := list(rows.filter(pk__gt=last)[:AT_ONCE]):
        yield block
        last = block[-1].pk


def _with_all(block: Sequence[Agreement]) -> Iterator[_Whole]:
    """Yield each agreement with what the log and its history say of it, and what hangs on it. Eight queries."""
    keys = [agreement.pk for agreement in block]
    steps, hanging = steps_of(THING, keys), hanging_on(keys)
    entries, sides = _by("id", Agreement.history.filter(id__in=keys)), _by("agreement_id", Party.history.filter(agreement_id__in=keys))
    for agreement in block:
        key = agreement.pk
        yield _Whole(agreement, _Story(steps.get(key, ())), entries.get(key, []), sides.get(key, []), hanging[key])


def _by(name: str, rows: QuerySet[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows.order_by("history_id"):
        found[getattr(row, name)].append(row)
    return found


def _prove_numbers(edition: Edition, tell: Tell) -> None:
    last = Ledger.objects.filter(edition=edition).values_list("last_number", flat=True).first() or 0
    there = edition.agreements.filter(number__isnull=False).aggregate(n=Count("pk"), newest=Max("number"))
    if there["n"] == last == (there["newest"] or 0):
        return
    numbers = {number for number in edition.agreements.values_list("number", flat=True) if number is not None}
    given = set(range(1, last + 1))
    for number in sorted(given - numbers)[:MOST_NAMED]:
        entry = Agreement.history.filter(edition=edition, number=number).order_by("-history_id").first()
        row = f"{THING} {entry.id}" if entry else ""
        tell(Finding("number_missing", row, f"Number {number} of {edition.slug} is missing{f': it was “{entry.title}”' if entry else ''}."))
    for extra in sorted(numbers - given)[:MOST_NAMED]:
        row = f"{THING} {edition.agreements.get(number=extra).pk}"
        tell(Finding("number_not_given", row, f"Number {extra} of {edition.slug} was never given: the last one was {last}."))


def _prove(whole: _Whole, proof: LedgerProof, tell: Tell) -> None:
    agreement, story = whole.agreement, whole.story
    proof.agreements += 1
    row = f"{THING} {agreement.pk}"
    name = f"Agreement {agreement.label} (row {agreement.pk})" if agreement.number else f"Draft {agreement.pk}"
    columns = whole.differing({"is_demo"} if not story.state else set())
    if not story.steps:
        tell(Finding("agreement_not_logged", row, f"{name} has no line in the log: nobody wrote it by way of the site."))
    elif story.state and story.state != state_of(agreement):
        tell(Finding("agreement_changed", row, f"{name} is not what its newest line says: {_in_words(columns)}."))
    elif columns:
        tell(Finding("agreement_changed", row, f"{name} is not what its history says: {', '.join(columns)}."))
    proof.unstated += bool(story.steps and not story.state)
    prove_history(agreement, story.steps, whole.entries, whole.sides, tell)
    prove_said(agreement, story.steps, whole.hanging, tell)
    if story.steps and agreement.status not in story.states:
        steps = f"no step “{story.broken_at}” was possible" if story.broken_at else f"its steps lead to {' or '.join(sorted(story.states))}"
        tell(Finding("status_not_reached", row, f"{name} is {agreement.status}, but {steps}."))
    elif story.broken_at:
        tell(Finding("step_not_possible", row, f"{name} took the step “{story.broken_at}”, which was not possible then."))
    if agreement.number is not None and not _sum_is_right(agreement):
        tell(Finding("sum_is_wrong", row, f"{name}: its amount in yuan is not amount times rate, to the fen."))
    if agreement.document or agreement.document_sha256:
        proof.documents += 1
        _prove_document(agreement, row, name, tell)


def _sum_is_right(agreement: Agreement) -> bool:
    if agreement.amount is None or agreement.rate_used is None:
        return agreement.amount is None and agreement.amount_cny is None
    return agreement.amount_cny == to_fen(agreement.amount * agreement.rate_used)


def _in_words(columns: Sequence[str]) -> str:
    if columns:
        return f"{', '.join(columns)} {'differs' if len(columns) == 1 else 'differ'} from its history"
    return "its history was changed with it, or says the same of what was lost"


def _prove_document(agreement: Agreement, row: str, name: str, tell: Tell) -> None:
    digest = hashlib.sha256()
    try:
        with default_storage.open(agreement.document.name or "", "rb") as file:
            for part in file.chunks():
                digest.update(part)
    except (OSError, ValueError, SuspiciousOperation):
        tell(Finding("document_missing", row, f"{name}: its paper {agreement.document.name or 'of record'} cannot be read."))
        return
    if digest.hexdigest() != agreement.document_sha256:
        tell(Finding("document_changed", row, f"{name}: its paper is not the one that was kept; its SHA-256 is another."))


def _prove_that_none_is_gone(tell: Tell) -> None:
    """Tell of agreements that the log speaks of and that are not there, unless it says that the draft was thrown away."""
    named = {
        int(key) for key in Event.objects.filter(thing=THING).order_by().values_list("thing_id", flat=True).distinct() if key.isdecimal()
    }
    there = set(Agreement.objects.values_list("pk", flat=True))
    discarded = {int(key) for key in Event.objects.filter(thing=THING, verb="discard").values_list("thing_id", flat=True)}
    for key, entry in Agreement.history.exclude(id__in=Agreement.objects.values("pk")).order_by("id").values_list("id", "history_id"):
        if key not in named:
            says = f"History entry {entry} is of an agreement {key} of which the log has no line."
            tell(Finding("history_changed", f"{Agreement.history.model._meta.label} {entry}", says))
    for key in sorted(named - there - discarded):
        tell(
            Finding(
                "agreement_missing", f"{THING} {key}", f"Agreement {key} is gone, and the log does not say that a draft was thrown away."
            )
        )
