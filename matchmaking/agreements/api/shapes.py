"""The shapes of the closing report as the API describes them: one component for each dataclass, field by field."""

import dataclasses
from decimal import Decimal
from functools import cache
from types import NoneType, UnionType
from typing import Any, cast, get_args, get_origin, get_type_hints

from rest_framework import serializers

from expo.foundation.rows import Row
from matchmaking.agreements.queries.report.shapes import Both

EXACT = r"^-?[0-9]+(\.[0-9]+)?$"
NAMES = {"Report": "ClosingReport", "Breakdowns": "ReportBreakdowns"}


class BothRow(Row):
    """A text in both languages."""

    en = serializers.CharField(allow_blank=True)
    zh = serializers.CharField(allow_blank=True)


@cache
def row_of_shape(shape: Any) -> type[Row]:
    """Return the description of a dataclass of the report, and of all that it holds. Decimals are texts, digit for digit."""
    if shape is Both:
        return BothRow
    hints = get_type_hints(shape)
    kept = [field.name for field in dataclasses.fields(shape) if field.metadata.get("kept", True)]
    fields: dict[str, Any] = {name: _field(hints[name]) for name in kept}
    about = (shape.__doc__ or "").partition("\n")[0]
    return cast("type[Row]", type(f"{NAMES.get(shape.__name__, 'Report' + shape.__name__)}Row", (Row,), {**fields, "__doc__": about}))


def _field(kind: Any, *, may_miss: bool = False) -> Any:
    if get_origin(kind) is UnionType:
        (inner,) = [one for one in get_args(kind) if one is not NoneType]
        return _field(inner, may_miss=True)
    if get_origin(kind) is tuple:
        inner = get_args(kind)[0]
        return (
            row_of_shape(cast("Any", inner))(many=True) if dataclasses.is_dataclass(inner) else serializers.ListField(child=_field(inner))
        )
    if dataclasses.is_dataclass(kind):
        return row_of_shape(cast("Any", kind))(allow_null=may_miss)
    if kind is Decimal:
        return serializers.RegexField(EXACT, allow_null=may_miss, help_text="Exact, digit for digit.")
    plain = {str: serializers.CharField, int: serializers.IntegerField, bool: serializers.BooleanField}[kind]
    return plain(allow_null=may_miss)
