"""Spreadsheets of this room: the booths of an edition."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from expo.editions.models import ChainArea, Edition, Stage
from expo.editions.sheets import segment_column
from expo.foundation.sheets.by_action import ByAction
from expo.foundation.sheets.choices import Choice, options_of
from expo.foundation.sheets.columns import Amount, Column, Option, Text, fold
from expo.foundation.sheets.kinds import Given, Report, Scope
from expo.venue.actions import save_booth
from expo.venue.models import Booth


class Booths(ByAction):
    """Known by their code."""

    name, title = "booths", _("Booths")
    model, about_model = Booth, Edition
    views, writes = "venue.view_booth", ("venue.add_booth", "venue.change_booth")

    def home(self, scope: Scope) -> str:
        return reverse("admin:venue_booth_changelist") + f"?edition__id__exact={scope.row.pk}"

    def columns(self, scope: Scope) -> list[Column]:
        memo = scope.memo
        if "halls" not in memo:
            memo["halls"] = {hall.pk: hall for hall in scope.row.halls.order_by("code")}
            memo["areas"] = {
                area.pk: area for area in ChainArea.objects.filter(edition=scope.row).select_related("chain").order_by("order")
            }
        halls = [Option(hall.pk, hall.code, (hall.name_en, hall.name_zh), hall.name) for hall in memo["halls"].values()]
        areas = [
            Option(area.pk, area.chain.code, (area.chain.slug, area.chain.name_en, area.chain.name_zh), area.chain.name)
            for area in memo["areas"].values()
        ]

        def metres(key: str, label: Any) -> Amount:
            return Amount(key, label, _("In metres."), required=True, places=2, digits=7, least=Decimal(0))

        return [
            Text("code", pgettext_lazy("booth", "Code"), _("As on the sign, for example SV 212. A booth is known by it."), required=True, longest=12),
            Choice("hall", _("Hall"), required=True, options=lambda: halls, get=lambda row: row.hall_id),
            Choice("area", _("Chain"), _("The chain's area, by its letters."), options=lambda: areas, get=lambda row: row.area_id, empty=None),
            Choice("stage", _("Stage"), options=lambda: options_of(Stage.choices)),
            segment_column(scope, get=lambda row: row.segment_id),
            metres("x", _("Left edge")),
            metres("y", _("Top edge")),
            metres("width", _("Width")),
            metres("depth", _("Depth")),
            Choice("status", _("Status"), _("Assigned by booking only. Empty means free."), options=lambda: options_of(Booth.Status.choices), empty="free"),
        ]  # fmt: skip

    def keyed(self, rows: Sequence[Given], scope: Scope, report: Report) -> tuple[Mapping[int, Any], Mapping[int, Any]]:
        keys = {row.number: fold(row.cells.get("code", "")) for row in rows}
        if "booths" not in scope.memo:
            scope.memo["booths"] = {fold(booth.code): booth for booth in self.rows(scope)}
        there = scope.memo["booths"]
        return keys, {number: there[key] for number, key in keys.items() if key in there}

    def write(self, row: Any, values: Mapping[str, Any], scope: Scope) -> Any:
        fields = dict(values)
        for name, known in (("hall", "halls"), ("area", "areas"), ("segment", "segments")):
            if name in fields:
                fields[name] = scope.memo[known].get(fields[name])
        return save_booth(row, by=scope.by, edition=scope.row, fields=fields)

    def rows(self, scope: Scope) -> Iterable[Any]:
        yield from scope.row.booths.order_by("code")

    def count(self, scope: Scope) -> int:
        return int(scope.row.booths.count())


SHEETS = [Booths()]
