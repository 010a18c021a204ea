"""Spreadsheets of this room, the figures that staff enter; and columns about the chain that the sheets of several rooms have."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from expo.editions import actions, errors, measured
from expo.editions.models import Chain, Edition, Metric, Segment, Statistic
from expo.foundation.bilingual import in_each_language
from expo.foundation.sheets.by_action import ByAction
from expo.foundation.sheets.choices import Choice, Choices, options_of
from expo.foundation.sheets.columns import YES, Amount, Column, Day, Flag, Moment, Option, Text, Told, Wrong, fold
from expo.foundation.sheets.kinds import Given, Report, Scope


def segment_option(segment: Segment) -> Option:
    """Return how a segment is written and called: "SV · Battery cells", "battery-cells", "电芯"."""
    code = segment.chain.code
    called = in_each_language(lambda: str(segment.name)).values()
    names = [f"{before}{name}" for name in called for before in ("", f"{code} · ", f"{code} ")]
    said = lazy(lambda: f"{code} · {segment.name}", str)()
    understood = (*names, segment.slug, f"{code}/{segment.slug}")
    return Option(segment.pk, f"{code} · {segment.name}", understood, segment.get_stage_display(), said)


def segment_column(scope: Scope, *, get: Callable[[Any], Any]) -> Choice:
    """Return the column of a segment of the edition's chains; the segments are in `scope.memo["segments"]` by their ids. One query."""
    if "segments" not in scope.memo:
        found = Segment.objects.filter(chain__areas__edition=scope.row).select_related("chain").order_by("chain__order", "order", "id")
        scope.memo["segments"] = {segment.pk: segment for segment in found}
    segments = scope.memo["segments"].values()
    return Choice(
        "segment",
        _("Segment"),
        _("Where on the chain; see the permitted values."),
        options=lambda: [segment_option(one) for one in segments],
        get=get,
        empty=None,
        width=30,
    )


def _chains(scope: Scope) -> list[Option]:
    if "chains" not in scope.memo:
        found = Chain.objects.filter(areas__edition=scope.row).order_by("order", "pk")
        scope.memo["chains"] = {chain.pk: chain for chain in found}
    return [
        Option(one.pk, one.code, (one.slug, one.name_en, one.name_zh, one.short_name_en, one.short_name_zh), one.name)
        for one in scope.memo["chains"].values()
    ]


def chain_column(scope: Scope, *, required: bool = False) -> Choice:
    """Return the column of a chain of the edition, by its letters; the chains are in `scope.memo["chains"]` by their ids."""
    options = _chains(scope)
    return Choice(
        "chain", _("Chain"), _("By its letters."), required=required, options=lambda: options, get=lambda row: row.chain_id, empty=None
    )


def chains_column(scope: Scope, *, get: Callable[[Any], Any]) -> Choices:
    """Return the column of several chains, as `chain_column`."""
    options = _chains(scope)
    return Choices("chains", _("Chains"), _("By their letters, with commas between them."), options=lambda: options, get=get)


@dataclass(frozen=True)
class EnteredMetric(Choice):
    """A metric that staff enter; of one that the system counts it says so."""

    counted: frozenset[str] = frozenset()

    def read(self, text: str) -> Any:
        if text and fold(text) in self.counted:
            raise Wrong(errors.NotEntered.detail)
        return super().read(text)


def _metric_column(scope: Scope) -> Column:
    if "metrics" not in scope.memo:
        scope.memo["metrics"] = {one.pk: one for one in Metric.objects.order_by("order", "key")}
    metrics: list[Metric] = list(scope.memo["metrics"].values())
    options = [Option(one.pk, one.key, (one.name_en, one.name_zh), one.name) for one in metrics if one.key in measured.ENTERED]
    counted = [one for one in metrics if one.key not in measured.ENTERED]
    others = frozenset(fold(name) for one in counted for name in (one.key, one.name_en, one.name_zh))
    return EnteredMetric(
        "metric",
        _("Metric"),
        _("What was measured; see the permitted values."),
        required=True,
        options=lambda: options,
        get=lambda row: row.metric_id,
        counted=others,
        width=34,
    )


class Statistics(ByAction):
    """Known by metric and day. Another value corrects the one that stands; the old one stays on record with the reason."""

    name, title = "statistics", _("Statistics")
    model, about_model = Statistic, Edition
    views, writes = "editions.view_statistic", ("editions.add_statistic", "editions.change_statistic")

    def home(self, scope: Scope) -> str:
        try:
            return f"{reverse('organiser_statistics')}?edition={scope.row.slug}"
        except NoReverseMatch:  # A site of the expo alone.
            return reverse("admin:editions_statistic_changelist") + f"?edition__id__exact={scope.row.pk}"

    def columns(self, scope: Scope) -> list[Column]:
        zone = scope.row.time_zone
        return [
            _metric_column(scope),
            Day("day", _("Day"), _("Of what is counted by day. Empty: the edition as a whole.")),
            Amount("value", pgettext_lazy("figure", "Value"), required=True, places=2, least=Decimal(0)),
            Choice("qualifier", _("Qualifier"), _("Empty means exactly."), options=lambda: options_of(measured.QUALIFIERS), empty="exact"),
            Text("source_note", _("Source"), _("Who measured it, and how."), required=True, longest=200, width=44),
            Moment("measured_at", _("Measured at"), _("Day and hour at the venue."), required=True, zone=zone),
            Flag("beside_its_sum", _("Counted by itself"), _("Yes where audience in all stands beside on site and online."), options=lambda: [Option(True, "yes"), Option(False, "no")], get=lambda _row: None, is_remark=True),
            Text("reason", _("Why corrected"), _("Where another value stands already."), longest=500, get=lambda _row: "", is_remark=True),
            Told("unit", _("Unit"), get=lambda row: row.metric.unit),
            Told("demo", _("Demo"), get=lambda row: str(YES) if row.is_demo else ""),
        ]  # fmt: skip

    def keyed(self, rows: Sequence[Given], scope: Scope, report: Report) -> tuple[Mapping[int, Any], Mapping[int, Any]]:
        if "there" not in scope.memo:
            stands = Statistic.objects.standing().filter(edition=scope.row).select_related("metric", "edition")
            scope.memo["there"] = {(one.metric_id, one.day): one for one in stands}
        metrics, day = _metric_column(scope), Day("day", "")
        keys: dict[int, Any] = {}
        for row in rows:
            try:
                keys[row.number] = (metrics.read(row.cells.get("metric", "")), day.read(row.cells.get("day", "")))
            except Wrong:
                continue  # The cell's own check says what is wrong.
        return keys, {number: scope.memo["there"][key] for number, key in keys.items() if key in scope.memo["there"]}

    def write(self, row: Any, values: Mapping[str, Any], scope: Scope) -> Any:
        said = {name: values[name] for name in ("value", "qualifier", "source_note", "measured_at") if name in values}
        if row is not None:
            given = replace(actions.as_measured(row), **said)
            return actions.correct_statistic(row, by=scope.by, given=given, reason=values.get("reason", ""))
        metric, beside = scope.memo["metrics"][values["metric"]], bool(values.get("beside_its_sum"))
        given = actions.Measured(**said)
        return actions.enter_statistic(scope.row, metric, by=scope.by, given=given, day=values.get("day"), beside=beside)

    def rows(self, scope: Scope) -> Iterable[Any]:
        """What stands: that comes back changed. What was corrected and ended stands on the page and in the API."""
        return Statistic.objects.standing().filter(edition=scope.row).select_related("metric").order_by("metric__order", "day", "pk")

    def count(self, scope: Scope) -> int:
        return int(Statistic.objects.standing().filter(edition=scope.row).count())


SHEETS = [Statistics()]
