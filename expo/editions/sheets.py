"""Columns about the chain that the sheets of several rooms have."""

from collections.abc import Callable
from typing import Any

from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from expo.editions.models import Chain, Segment
from expo.foundation.bilingual import in_each_language
from expo.foundation.sheets.choices import Choice, Choices
from expo.foundation.sheets.columns import Option
from expo.foundation.sheets.kinds import Scope


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
