"""Spreadsheets of this room: the agreements of an edition."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from expo.editions.models import Edition
from expo.editions.sheets import chain_column, segment_column
from expo.foundation.errors import Invalid
from expo.foundation.money import CURRENCY_CHOICES
from expo.foundation.sheets.by_action import ByAction
from expo.foundation.sheets.choices import Choice, country_of, options_of
from expo.foundation.sheets.columns import Amount, Column, Day, Flag, Names, Option, Text, Told, Wrong, fold, quoted
from expo.foundation.sheets.kinds import Given, Report, Scope
from matchmaking.agreements import actions
from matchmaking.agreements.actions import AgreementInput, as_written
from matchmaking.agreements.checks import MOST_PARTIES, PartyInput
from matchmaking.agreements.models import Agreement
from matchmaking.participants.models import Company
from matchmaking.participants.names import name_key

REGISTERED = re.compile(r"(.*)\[([-\w]+)\]")
OUTSIDE = re.compile(r"(.*\S)\s*[(（]([^()（）]+)[)）]")
LONGEST_PARTY = 260


@dataclass(frozen=True)
class Parties(Names):
    """Companies by name and address in square brackets, outside parties with their country in round ones; read as party inputs."""

    def read(self, text: str) -> Any:
        return tuple(_party(name) for name in super().read(text))

    def write(self, value: Any) -> str:
        return "; ".join(
            f"{one.company.name} [{one.company.slug}]" if one.company else f"{one.outside_name} ({one.country.code})" for one in value
        )


class Agreements(ByAction):
    """Known by number; a draft by its title and day. What is on record is not changed from here."""

    name, title = "agreements", gettext_lazy("Agreements")
    model, about_model = Agreement, Edition
    views = "agreements.view_agreement"
    writes = ("agreements.add_agreement", "agreements.change_agreement", "agreements.record_agreement")
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
        return reverse("admin:agreements_agreement_changelist") + f"?edition__id__exact={scope.row.pk}"

    def columns(self, scope: Scope) -> list[Column]:
        return [
            Text("label", gettext_lazy("Number"), gettext_lazy("Leave it as it is; empty for a new one."), longest=60, get=lambda row: row.label if row.number else ""),
            Text("title", gettext_lazy("Title"), gettext_lazy("A draft is known by title and day."), required=True, longest=200, width=44),
            Choice("kind", gettext_lazy("Kind"), required=True, options=lambda: options_of(Agreement.Kind.choices)),
            chain_column(scope, required=True),
            segment_column(scope, get=lambda row: row.segment_id),
            Day("signed_on", gettext_lazy("Signed on"), gettext_lazy("Year-month-day."), required=True),
            Amount("amount", gettext_lazy("Amount"), gettext_lazy("Empty when not disclosed."), places=2, least=Decimal("0.01")),
            Choice("currency", gettext_lazy("Currency"), options=lambda: options_of(CURRENCY_CHOICES)),
            Flag("is_undisclosed", gettext_lazy("Amount not disclosed"), options=lambda: [Option(True, "yes"), Option(False, "no")]),
            Choice("visibility", gettext_lazy("Visibility"), gettext_lazy("Empty means public."), options=lambda: options_of(Agreement.Visibility.choices), empty="public"),
            Parties("parties", gettext_lazy("Parties"), gettext_lazy("With semicolons between them: a company's name, or its address in [ ]; an outside party with its country in ( )."), required=True, get=lambda row: row.parties.all(), most=MOST_PARTIES, longest=LONGEST_PARTY, width=60),
            Told("status", gettext_lazy("Status"), get=lambda row: row.get_status_display()),
            Told("amount_cny", gettext_lazy("Amount in CNY"), get=lambda row: row.amount_cny, is_number=True),
        ]  # fmt: skip

    def keyed(self, rows: Sequence[Given], scope: Scope, report: Report) -> tuple[Mapping[int, Any], Mapping[int, Any]]:
        if "there" not in scope.memo:
            there = list(self.rows(scope))
            scope.memo["there"] = {
                **{(fold(one.title), one.signed_on.isoformat()): one for one in there},
                **{one.label: one for one in there if one.number},
            }
        known = scope.memo["there"]
        keys: dict[int, Any] = {}
        found = {}
        for row in rows:
            label = row.cells.get("label", "")
            key: Any = label or (fold(row.cells.get("title", "")), row.cells.get("signed_on", ""))
            one = known.get(key)
            if label and one is None:
                report(
                    row.number, "label", Wrong(gettext_lazy("There is no agreement with this number. Leave the cell empty for a new one."))
                )
            keys[row.number] = key if one is None else one.pk
            if one is not None:
                found[row.number] = one
        return keys, found

    def write(self, row: Any, values: Mapping[str, Any], scope: Scope) -> Any:
        if row is not None and not row.is_draft:
            raise Invalid(fields={"title": [_("It is on record. Void it and write another one; it is not changed.")]})
        fields = {name: value for name, value in values.items() if name not in {"label", "record"}}
        for name, known in (("chain", "chains"), ("segment", "segments")):
            if name in fields:
                fields[name] = scope.memo[known].get(fields[name])
        if row is None:
            row = actions.draft_agreement(by=scope.by, edition=scope.row, **fields)
        elif fields:
            row = actions.edit_draft(row, by=scope.by, given=AgreementInput(**{**vars(as_written(row)), **fields}))
        return actions.record_agreement(row, by=scope.by) if values.get("record") else row

    def completed(self, row: Any, values: dict[str, Any], scope: Scope) -> dict[str, Any]:
        records = scope.options.get("then") == "record" and (row is None or row.is_draft)
        return {**values, "record": True} if records else values

    def rows(self, scope: Scope) -> Iterable[Any]:
        return Agreement.objects.filter(edition=scope.row).for_list().order_by("number", "pk")

    def count(self, scope: Scope) -> int:
        return int(Agreement.objects.filter(edition=scope.row).count())


def _party(name: str) -> PartyInput:
    registered, outside = REGISTERED.fullmatch(name), OUTSIDE.fullmatch(name)
    if registered:
        company = Company.objects.filter(slug=registered[2]).first()
        if company is None:
            raise Wrong(gettext_lazy("There is no company with the address “%(value)s”."), value=quoted(registered[2]))
        return PartyInput(company)
    named = list(Company.objects.filter(name_key=name_key(name))[:2])
    if len(named) == 1:
        return PartyInput(named[0])
    if outside:
        return PartyInput(None, outside[1], country_of(outside[2]))
    raise Wrong(
        gettext_lazy(
            "“%(value)s” is no company here, or there are several. Expected: its address in [ ], or an outside party's country in ( )."
        ),
        value=quoted(name),
    )


SHEETS = [Agreements()]
