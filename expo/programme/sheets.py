"""Spreadsheets of this room: the forums of an edition."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from expo.editions.models import Edition
from expo.editions.sheets import chain_column
from expo.foundation.sheets.by_action import ByAction
from expo.foundation.sheets.choices import Choice, options_of
from expo.foundation.sheets.columns import Column, Day, Moment, Text, Whole
from expo.foundation.sheets.kinds import Given, Report, Scope
from expo.programme.actions import save_forum
from expo.programme.models import Forum


class Forums(ByAction):
    """Known by their key."""

    name, title = "forums", _("Forums")
    model, about_model = Forum, Edition
    views, writes = "programme.view_forum", ("programme.add_forum", "programme.change_forum")

    def home(self, scope: Scope) -> str:
        return reverse("admin:programme_forum_changelist") + f"?edition__id__exact={scope.row.pk}"

    def columns(self, scope: Scope) -> list[Column]:
        zone = scope.row.time_zone
        return [
            Text("key", _("Key"), _("Small letters and hyphens. A forum is known by it."), required=True, longest=100),
            Text("title_en", _("Title (English)"), required=True, longest=240, width=44),
            Text("title_zh", _("Title (Chinese)"), longest=240, width=30),
            Choice("kind", _("Kind"), _("Empty means thematic."), options=lambda: options_of(Forum.Kind.choices), empty="thematic"),
            chain_column(scope),
            Day("on", _("Day"), _("Empty where it is not on record.")),
            Day("until", pgettext_lazy("forum", "Last day"), _("Where it is another one.")),
            Moment("starts_at", _("Starts at"), _("Day and hour at the venue."), zone=zone),
            Moment("ends_at", _("Ends at"), _("Day and hour at the venue."), zone=zone),
            Text("place_en", _("Place (English)"), longest=120),
            Text("place_zh", _("Place (Chinese)"), longest=120),
            Text("note_en", _("Note (English)"), longest=10_000, one_line=False, width=40),
            Text("note_zh", _("Note (Chinese)"), longest=10_000, one_line=False, width=40),
            Whole("capacity", _("Seats"), _("Empty: seats are not reserved.")),
        ]

    def keyed(self, rows: Sequence[Given], scope: Scope, report: Report) -> tuple[Mapping[int, Any], Mapping[int, Any]]:
        keys = {row.number: row.cells.get("key", "") for row in rows}
        there = {forum.key: forum for forum in Forum.objects.filter(key__in=keys.values(), edition=scope.row)}
        return keys, {number: there[key] for number, key in keys.items() if key in there}

    def write(self, row: Any, values: Mapping[str, Any], scope: Scope) -> Any:
        fields = dict(values)
        if "chain" in fields:
            fields["chain"] = scope.memo["chains"].get(fields["chain"])
        return save_forum(row, by=scope.by, edition=scope.row, fields=fields)

    def rows(self, scope: Scope) -> Iterable[Any]:
        yield from scope.row.forums.order_by("on", "pk")

    def count(self, scope: Scope) -> int:
        return int(scope.row.forums.count())


SHEETS = [Forums()]
