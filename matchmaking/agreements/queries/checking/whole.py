"""Proving the ledger: what its rows say is what the log says they say, numbers have no gaps, sums are right, papers are what was kept.

Each thing that does not hold is told in a sentence that names the row. Rows are read in steps of 500: memory is bounded.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.core.files.storage import default_storage
from django.db.models import Count, Max, QuerySet

from expo.editions.models import Edition
from expo.foundation.models import Event
from expo.foundation.money import to_fen
from expo.foundation.proving import Finding, Tell
from matchmaking.agreements.models import Agreement, FrozenReport, Ledger, Party
from matchmaking.agreements.queries.canonical import state_of
from matchmaking.agreements.queries.report.keeping import digest_of
from matchmaking.agreements.states import DRAFT, MOVES

AT_ONCE = 500
MOST_NAMED = 10
THING, FROZEN = Agreement._meta.label, FrozenReport._meta.label
SEEDED = "seed"  # The demo writes its rows as they are to be seen; the line says in which state.
# What may go without a step of the ledger: a posting may be deleted, and a meeting; what another system calls the row.
LOOSE = frozenset({"meeting_id", "offer_id", "sourcing_request_id", "external_id"})


@dataclass
class LedgerProof:
    """What was looked at: agreements, frozen reports, papers; `unstated` are rows whose lines are older than digests of what they say."""

    agreements: int = 0
    documents: int = 0
    frozen_reports: int = 0
    unstated: int = 0


@dataclass
class _Story:
    """What the log says of one agreement: the states that its verbs can have led to, and the digest in its newest line that has one."""

    states: frozenset[str] = frozenset({DRAFT})
    state: str = ""
    lines: int = 0
    broken_at: str = ""
    bad_lines: list[str] = field(default_factory=list)

    def read(self, verb: str, data: Mapping[str, Any]) -> None:
        self.lines += 1
        self.state = str(data.get("state") or self.state)
        if verb == SEEDED:
            self.states = frozenset({str(data.get("status"))})
            return
        # A verb with two ends stands in the table as two: settle, settle_as_confirmed.
        moves = [move for name, move in MOVES.table.items() if name == verb or name.startswith(f"{verb}_as_")]
        if moves:
            ends = {end or start for starts, end in moves for start in self.states if start in starts}
            if not ends and not self.broken_at:
                self.broken_at = verb
            self.states = frozenset(ends) or self.states


def prove_ledger(tell: Tell) -> LedgerProof:
    """Go through every agreement, every edition's numbers and every frozen report; tell what does not hold, and return what was looked at.

    The site may go on meanwhile: what does not hold is looked at once more, since somebody may have written between two reads.
    """
    proof = LedgerProof()
    for edition in Edition.objects.filter(agreements__isnull=False).distinct().order_by("pk"):
        _tell_what_stays(partial(_prove_numbers, edition), tell)
    for block in _blocks():
        stories = _stories([agreement.pk for agreement in block])
        for agreement in block:
            found: list[Finding] = []
            _prove(agreement, stories.get(agreement.pk, _Story()), proof, found.append)
            if found:
                _tell_what_stays(partial(_prove_anew, agreement.pk), tell)
    _tell_what_stays(_prove_that_none_is_gone, tell)
    _tell_what_stays(partial(_prove_frozen, proof), tell)
    return proof


def _tell_what_stays(prove: Callable[[Tell], None], tell: Tell) -> None:
    """Tell what is found now and a moment later: who changes a row behind the site's back does not put it right again."""
    first: list[Finding] = []
    prove(first.append)
    if first:
        kept = {(finding.code, finding.row) for finding in first}
        prove(lambda finding: tell(finding) if (finding.code, finding.row) in kept else None)


def _prove_anew(pk: int, tell: Tell) -> None:
    for agreement in _rows().filter(pk=pk):
        _prove(agreement, _stories([pk]).get(pk, _Story()), LedgerProof(), tell)


def _rows() -> QuerySet[Agreement]:
    rows: QuerySet[Agreement] = Agreement.objects.select_related("edition").prefetch_related("parties").order_by("pk")
    return rows


def _blocks() -> Iterator[list[Agreement]]:
    last = 0
    rows = _rows()
    while block := list(rows.filter(pk__gt=last)[:AT_ONCE]):
        yield block
        last = block[-1].pk


def _stories(keys: Iterable[int]) -> dict[int, _Story]:
    lines = Event.objects.filter(thing=THING, thing_id__in=[str(key) for key in keys]).order_by("pk")
    stories: dict[int, _Story] = {}
    for thing_id, verb, data in lines.values_list("thing_id", "verb", "data").iterator(AT_ONCE):
        stories.setdefault(int(thing_id), _Story()).read(verb, data)
    return stories


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


def _prove(agreement: Agreement, story: _Story, proof: LedgerProof, tell: Tell) -> None:
    proof.agreements += 1
    row = f"{THING} {agreement.pk}"
    name = f"Agreement {agreement.label} (row {agreement.pk})" if agreement.number else f"Draft {agreement.pk}"
    if not story.lines:
        tell(Finding("agreement_not_logged", row, f"{name} has no line in the log: nobody wrote it by way of the site."))
    elif story.state and story.state != state_of(agreement):
        tell(Finding("agreement_changed", row, f"{name} is not what its newest line says: {_in_words(agreement)}."))
    elif not story.state:
        proof.unstated += 1
        if columns := _differing(agreement, LOOSE | {"is_demo"}):
            tell(Finding("agreement_changed", row, f"{name} is not what its history says: {', '.join(columns)}."))
    if story.lines and agreement.status not in story.states:
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


def _in_words(agreement: Agreement) -> str:
    columns = _differing(agreement, LOOSE)
    if columns:
        return f"{', '.join(columns)} {'differs' if len(columns) == 1 else 'differ'} from its history"
    return "its history was changed with it, or says the same of what was lost"


def _differing(agreement: Agreement, loose: frozenset[str]) -> list[str]:
    """Return the columns in which the row and its parties are not what their newest entries of history say."""
    newest = agreement.history.order_by("-history_id").first()
    columns = [] if newest is None else _unequal(agreement, newest, loose)
    entries: dict[int, Any] = {}
    for entry in Party.history.filter(agreement_id=agreement.pk).order_by("history_id"):
        entries[entry.id] = entry
    there = {party.pk: party for party in agreement.parties.all()}
    for key, entry in entries.items():
        if (key in there) != (entry.history_type != "-"):
            columns.append("parties")
        elif key in there:
            columns += [f"parties.{name}" for name in _unequal(there[key], entry, loose)]
    if there.keys() - entries.keys() and entries:
        columns.append("parties")
    return sorted(set(columns))


def _unequal(row: Any, entry: Any, loose: frozenset[str]) -> list[str]:
    fields = [one for one in row._meta.concrete_fields if one.attname not in loose]
    return [one.name for one in fields if str(getattr(row, one.attname) or "") != str(getattr(entry, one.attname) or "")]


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
    for key in sorted(named - there - discarded):
        tell(
            Finding(
                "agreement_missing", f"{THING} {key}", f"Agreement {key} is gone, and the log does not say that a draft was thrown away."
            )
        )


def _prove_frozen(proof: LedgerProof, tell: Tell) -> None:
    """Tell of frozen reports whose content is not of their digest, whose digest is not the one that the log has, or that are gone."""
    lines = (
        Event.objects.filter(thing=FROZEN, verb="freeze")
        .order_by("pk")
        .values_list("thing_id", "data__sha256", "data__edition", "data__number")
    )
    frozen = {int(key): rest for key, *rest in lines}
    proof.frozen_reports = 0
    for report in FrozenReport.objects.select_related("edition").order_by("pk").iterator(1):
        proof.frozen_reports += 1
        logged = frozen.pop(report.pk, None)
        if digest_of(report.content) != report.sha256 or logged is None or logged[0] != report.sha256:
            says = f"The frozen report {report.number} of {report.edition.slug} is not what was frozen."
            tell(Finding("frozen_report_changed", f"{FROZEN} {report.pk}", says))
    for key, (_sha256, edition, number) in frozen.items():
        tell(Finding("frozen_report_missing", f"{FROZEN} {key}", f"The frozen report {number} of {edition} is gone."))
