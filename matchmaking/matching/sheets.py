"""Spreadsheets of this room: the terms of the trade."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from expo.editions.models import Chain, Edition
from expo.foundation.sheets.by_action import ByAction
from expo.foundation.sheets.choices import Choice, options_of
from expo.foundation.sheets.columns import NO, YES, Column, Option, Text, Told, Wrong
from expo.foundation.sheets.kinds import Entry, Given, Report, Scope
from matchmaking.matching.glossary.actions import save_term
from matchmaking.matching.glossary.names import LONGEST_NAME, LONGEST_NAMES, first_key, key_of
from matchmaking.matching.models import Term


class Terms(ByAction):
    """Known by chain and key. They are every edition's; the edition in the address is the one whose desk they are brought to."""

    name, title = "terms", _("Terms")
    model, about_model = Term, Edition
    views, writes = "matching.view_term", ("matching.add_term", "matching.change_term")

    def about(self, scope: Scope) -> str:
        return str(_("every edition"))

    def home(self, scope: Scope) -> str:
        return reverse("admin:matching_term_changelist")

    def columns(self, scope: Scope) -> list[Column]:
        memo = scope.memo
        if "chains" not in memo:
            memo["chains"] = {chain.pk: chain for chain in Chain.objects.order_by("order", "pk")}
        chains = [
            Option(chain.pk, chain.code, (chain.slug, chain.name_en, chain.name_zh, chain.short_name_en, chain.short_name_zh), chain.name)
            for chain in memo["chains"].values()
        ]
        yes_no = [Option(True, "yes", ("true", "1", "x", "是"), YES), Option(False, "no", ("false", "0", "否"), NO)]
        return [
            Text("key", _("Key"), _("A term is known by chain and key. Empty: made of the first name."), longest=LONGEST_NAME, width=26),
            Choice("chain", _("Chain"), _("By its letters. Empty: everywhere."), options=lambda: chains, get=lambda row: row.chain_id, empty=None),
            Choice("kind", _("Kind"), required=True, options=lambda: options_of(Term.Kind.choices)),
            Text("broader", _("Belongs to"), _("A wider term, or for a property the family whose members exclude each other."), longest=LONGEST_NAME),
            Text("english", _("English names"), _("With a bar between: lithium iron phosphate|LFP"), longest=LONGEST_NAMES, width=50),
            Text("chinese", _("Chinese names"), _("With a bar between: 磷酸铁锂|铁锂"), longest=LONGEST_NAMES, width=40),
            Choice("is_active", _("In use"), _("Empty means yes."), options=lambda: yes_no, empty=True),
            Told("is_own", _("Changed here"), get=lambda row: "yes" if row.is_own else ""),
        ]  # fmt: skip

    def keyed(self, rows: Sequence[Given], scope: Scope, report: Report) -> tuple[Mapping[int, Any], Mapping[int, Any]]:
        column = next(column for column in self.columns(scope) if column.key == "chain")
        keys = {row.number: (_chain_in(column, row), _key_in(row.cells)) for row in rows}
        if "terms" not in scope.memo:
            scope.memo["terms"] = {(term.chain_id, term.key): term for term in self.rows(scope)}
        scope.memo.setdefault("coming", set()).update(key for _chain, key in keys.values())
        there = scope.memo["terms"]
        return keys, {number: there[key] for number, key in keys.items() if key in there}

    def store(self, entries: Sequence[Entry], scope: Scope) -> None:
        scope.memo["coming"] = {_key_in(entry.values) for entry in entries}
        super().store(entries, scope)

    def write(self, row: Any, values: Mapping[str, Any], scope: Scope) -> Any:
        fields = dict(values)
        if "chain" in fields:
            fields["chain"] = scope.memo["chains"].get(fields["chain"])
        return save_term(row, by=scope.by, fields=fields, coming=scope.memo.get("coming", ()))

    def rows(self, scope: Scope) -> Iterable[Any]:
        yield from Term.objects.select_related("chain").order_by("chain__order", "chain_id", "pk")

    def count(self, scope: Scope) -> int:
        return Term.objects.count()


def _key_in(cells: Mapping[str, Any]) -> str:
    return key_of(cells.get("key") or "") or first_key(cells.get("english") or "", cells.get("chinese") or "")


def _chain_in(column: Column, row: Given) -> Any:
    try:
        return column.read(row.cells.get("chain", ""))
    except Wrong:
        return row.cells["chain"]  # No chain is called so; the column says it.


SHEETS = [Terms()]
