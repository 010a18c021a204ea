"""Spreadsheets of this room: the agreements of an edition."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from expo.editions.models import Edition
from expo.editions.queries import rates_of
from expo.editions.sheets import chain_column, segment_column
from expo.foundation.errors import Conflict, Refused
from expo.foundation.money import CURRENCY_CHOICES
from expo.foundation.moves import locked
from expo.foundation.sheets.by_action import ByAction, RowRefused
from expo.foundation.sheets.choices import Choice, options_of
from expo.foundation.sheets.columns import Amount, Column, Day, Flag, Names, Option, Text, Told, Wrong, fold
from expo.foundation.sheets.kinds import Entry, Given, Report, Scope
from matchmaking.agreements import actions, errors
from matchmaking.agreements.actions import AgreementInput, as_written
from matchmaking.agreements.actions.common import UNSAID
from matchmaking.agreements.actions.importing import ManyChecks, Written, write_many
from matchmaking.agreements.actions.referring import refer_to
from matchmaking.agreements.checks import MOST_PARTIES
from matchmaking.agreements.models import Agreement
from matchmaking.agreements.notation import KnownCompanies, all_written

LONGEST_PARTY = 260
MOST_ROWS = 20_000
MOST_CHANGED = 2_000
AT_ONCE = 500
OF_DRAFT = "#"


@dataclass(frozen=True)
class Parties(Names):
    """Companies and outside parties as `notation` says, read as party inputs."""

    known: KnownCompanies = field(default_factory=KnownCompanies)

    def read(self, text: str) -> Any:
        return tuple(self.known.party(name) for name in super().read(text))

    def names(self, text: str) -> tuple[str, ...]:
        """Return the parties' texts, none where the cell cannot be read at all."""
        try:
            return super().read(text)
        except Wrong:
            return ()

    def write(self, value: Any) -> str:
        return all_written(value)


class Agreements(ByAction):
    """Known by number, a draft by its sign; else by the own reference, or by title, day and parties. What is on record is not changed from here."""

    name, title = "agreements", gettext_lazy("Agreements")
    model, about_model = Agreement, Edition
    views = "agreements.view_agreement"
    writes = ("agreements.add_agreement", "agreements.change_agreement", "agreements.record_agreement")
    # Rows are checked without writing them, and new ones are written all at once.
    tries_rows, most_changes = False, MOST_ROWS
    choices = {
        "then": (
            gettext_lazy("What then?"),
            [
                ("draft", gettext_lazy("Keep new ones as drafts.")),
                ("record", gettext_lazy("Put new ones and drafts on record: each gets its number.")),
            ],
        )
    }

    def home(self, scope: Scope) -> str:
        return f"{reverse('organiser_agreements')}?edition={scope.row.slug}"

    def columns(self, scope: Scope) -> list[Column]:
        return [
            Text("label", gettext_lazy("Number"), gettext_lazy("Leave it as it is; empty for a new one."), longest=60, get=sign_of, is_sign=True),
            Text("external_id", gettext_lazy("Own reference"), gettext_lazy("What another system of yours calls the agreement; no two have the same."), longest=80),
            Text("title", gettext_lazy("Title"), required=True, longest=200, width=44),
            Choice("kind", gettext_lazy("Kind"), required=True, options=lambda: options_of(Agreement.Kind.choices)),
            chain_column(scope, required=True),
            segment_column(scope, get=lambda row: row.segment_id),
            Day("signed_on", gettext_lazy("Signed on"), gettext_lazy("Year-month-day."), required=True),
            Amount("amount", gettext_lazy("Amount"), gettext_lazy("Empty when not disclosed."), places=2, least=Decimal("0.01")),
            Choice("currency", gettext_lazy("Currency"), options=lambda: options_of(CURRENCY_CHOICES)),
            Flag("is_undisclosed", gettext_lazy("Amount not disclosed"), options=lambda: [Option(True, "yes"), Option(False, "no")]),
            Choice("visibility", gettext_lazy("Visibility"), gettext_lazy("Empty means public."), options=lambda: options_of(Agreement.Visibility.choices), empty="public"),
            _parties_column(scope),
            Told("status", gettext_lazy("Status"), get=lambda row: row.get_status_display()),
            Told("version", gettext_lazy("Version"), get=lambda row: str(row.version), is_number=True),
            Told("amount_cny", gettext_lazy("Amount in CNY"), get=lambda row: row.amount_cny, is_number=True),
            Told("rate_used", gettext_lazy("Rate used"), get=lambda row: row.rate_used, is_number=True),
            Told("confirmed_by", gettext_lazy("Confirmed by"), get=lambda row: "; ".join(confirmed_by(row)), width=44),
            Told("recorded_at", gettext_lazy("Recorded at"), get=lambda row: _moment(row.recorded_at)),
            Told("verified_at", gettext_lazy("Verified at"), get=lambda row: _moment(row.verified_at)),
            Told("document_sha256", gettext_lazy("Document's SHA-256"), get=lambda row: row.document_sha256),
            Told("reason", gettext_lazy("Why disputed or void"), get=lambda row: row.void_reason or row.dispute_reason, width=44),
            Told("merged_into", gettext_lazy("Merged into"), get=lambda row: row.merged_into.label if row.merged_into else ""),
        ]  # fmt: skip

    def keyed(self, rows: Sequence[Given], scope: Scope, report: Report) -> tuple[Mapping[int, Any], Mapping[int, Any]]:
        parties, there = _parties_column(scope), _there(self, scope)
        parties.known.read(name for row in rows for name in parties.names(row.cells.get("parties", "")))
        keys: dict[int, Any] = {}
        found = {}
        for row in rows:
            label = row.cells.get("label", "")
            one = there.get(label) if label else there.get(_reference(row)) or there.get(_meant(row, parties))
            if label and one is None:
                words = gettext_lazy("There is no agreement with this number. Leave the cell empty for a new one.")
                report(row.number, "label", Wrong(words))
            keys[row.number] = one.pk if one is not None else label or _reference(row) or _meant(row, parties)
            if one is not None:
                found[row.number] = one
        return keys, found

    def faults(self, row: Any, values: Mapping[str, Any], scope: Scope) -> Mapping[str, Sequence[str]]:
        reference = values.get("external_id")
        taken = bool(reference) and ("reference", reference) in _there(self, scope)
        said: dict[str, Sequence[str]] = {"external_id": [str(errors.ReferenceTaken.detail)]} if taken else {}
        if row is not None and not row.is_draft:
            on_record = {"title": [_("It is on record. Void it and write another one; it is not changed.")]}
            return said if set(values) == {"external_id"} else on_record
        said |= _checks(scope).faults(_given(row, values, scope), is_recorded=_records(row, scope))
        if row is not None:
            changed = scope.memo.setdefault("changed", set())
            changed.add(row.pk)
            if len(changed) > MOST_CHANGED:
                said["label"] = [_("At most %(most)s drafts may be changed at once. Split the file.") % {"most": MOST_CHANGED}]
        return said

    def completed(self, row: Any, values: dict[str, Any], scope: Scope) -> dict[str, Any]:
        return {**values, "record": True} if _records(row, scope) else values

    def store(self, entries: Sequence[Entry], scope: Scope) -> None:
        """Change drafts one by one, then write all new ones at once: with their numbers in the order of the file."""
        self.columns(scope)  # They fill the memo that values are looked up in.
        changed = [entry.pk for entry in entries if entry.pk is not None]
        # All at once and in one order, whatever the file's is: two who each hold one that the other waits for would wait forever.
        list(Agreement.objects.select_for_update().filter(pk__in=changed).order_by("pk").values_list("pk", flat=True))
        for entry in entries:
            if entry.pk is not None:
                self._change(entry, scope)
        new = [entry for entry in entries if entry.pk is None]
        wanted = [Written(_given(None, entry.values, scope), entry.values.get("external_id", ""), entry.number) for entry in new]
        write_many(scope.row, wanted, by=scope.by, is_recorded=scope.options.get("then") == "record")

    def _change(self, entry: Entry, scope: Scope) -> None:
        row = locked(Agreement(pk=entry.pk))
        if self.stamp(row) != entry.stamp:
            raise Conflict
        try:
            if "external_id" in entry.values:
                row = refer_to(row, by=scope.by, external_id=entry.values["external_id"])
            if set(entry.values) - {"record", "external_id"}:
                row = actions.edit_draft(row, by=scope.by, given=_given(row, entry.values, scope))
            if entry.values.get("record"):
                actions.record_agreement(row, by=scope.by)
        except Refused as refused:
            raise RowRefused(entry.number, refused) from refused

    def rows(self, scope: Scope) -> Iterable[Any]:
        rows: Any = Agreement.objects.filter(edition=scope.row).order_by("number", "pk")
        kept: Iterable[Agreement] = for_sheet(rows).iterator(chunk_size=AT_ONCE)
        return kept

    def count(self, scope: Scope) -> int:
        return int(Agreement.objects.filter(edition=scope.row).count())


def for_sheet(rows: Any) -> Any:
    """Return the rows with all that a line of the sheet reads."""
    return rows.for_list().select_related("merged_into__edition").prefetch_related("confirmations")


def sign_of(row: Agreement) -> str:
    """Return what a row is known by in a sheet: its number, or a draft's sign."""
    return row.label if row.number else f"{OF_DRAFT}{row.pk}"


def confirmed_by(row: Agreement) -> list[str]:
    """Return the names of the parties whose newest answer to the present version is yes, from what is there already."""
    newest = {one.party_id: one for one in row.confirmations.all() if one.version == row.version and one.party_id}
    return [one.party_name for one in newest.values() if one.answer == "confirmed"]


def _parties_column(scope: Scope) -> Parties:
    if "parties" not in scope.memo:
        words = gettext_lazy(
            "With semicolons between them: a company's name, or its address in [ ]; an outside party with its country in ( ). "
            "Before each may stand what it is: “supplier:”, “customer:”, “other:”."
        )
        scope.memo["parties"] = Parties(
            "parties",
            gettext_lazy("Parties"),
            words,
            required=True,
            get=lambda row: row.parties.all(),
            most=MOST_PARTIES,
            longest=LONGEST_PARTY,
            width=60,
        )
    column: Parties = scope.memo["parties"]
    return column


def _there(sheet: Agreements, scope: Scope) -> dict[Any, Agreement]:
    """Return what is stored by all that it may be known by."""
    if "there" not in scope.memo:
        known: dict[Any, Agreement] = {}
        for one in sheet.rows(scope):
            parties = frozenset(
                party.outside_key or f"{party.company.country.code}:{party.company.name_key}"[:160] for party in one.parties.all()
            )
            known[(fold(one.title), one.signed_on.isoformat(), parties)] = one
            known[sign_of(one)] = one
            if one.external_id:
                known[("reference", one.external_id)] = one
        scope.memo["there"] = known
    found: dict[Any, Agreement] = scope.memo["there"]
    return found


def _reference(row: Given) -> Any:
    reference = row.cells.get("external_id", "")
    return ("reference", reference) if reference else None


def _meant(row: Given, column: Parties) -> Any:
    """Return what a row without number and reference is known by, the row's own place where its parties cannot be read."""
    try:
        parties = frozenset(one.identity for one in column.read(row.cells.get("parties", "")))
    except Wrong:
        return "row", row.number
    day = row.cells.get("signed_on", "")
    try:
        read = Day("signed_on", "").read(day)
    except Wrong:
        read = None
    return fold(row.cells.get("title", "")), read.isoformat() if read else day, parties


def _given(row: Any, values: Mapping[str, Any], scope: Scope) -> AgreementInput:
    fields = {name: value for name, value in values.items() if name not in {"label", "record", "external_id"}}
    for name, known in (("chain", "chains"), ("segment", "segments")):
        if name in fields:
            fields[name] = scope.memo[known].get(fields[name])
    if row is None:
        return AgreementInput(**{**UNSAID, **fields, "edition": scope.row})
    return replace(as_written(row), **fields)


def _records(row: Any, scope: Scope) -> bool:
    return scope.options.get("then") == "record" and (row is None or row.is_draft)


def _checks(scope: Scope) -> ManyChecks:
    if "checks" not in scope.memo:
        scope.memo["checks"] = ManyChecks(scope.row, rates_of(scope.row), scope.by)
    made: ManyChecks = scope.memo["checks"]
    return made


def _moment(at: Any) -> str:
    return "" if at is None else at.isoformat(timespec="seconds")


SHEETS = [Agreements()]
