"""Writing a report down as plain JSON and reading it back: nothing is computed again, and the same report gives the same text."""

import dataclasses
import hashlib
import json
from decimal import Decimal
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

from matchmaking.agreements.queries.report.shapes import Report

Shape = TypeVar("Shape")
Plain = dict[str, Any]


def written(report: Report) -> Plain:
    """Return the report as dictionaries, lists, texts, whole numbers, true, false and null; decimals as texts, addresses left out."""
    return cast("Plain", plain(report))


def read(content: Plain) -> Report:
    """Return the report that `written` wrote down. What an older one does not hold yet is left at its default."""
    return cast("Report", _reader(Report)(content))


def digest_of(content: Plain) -> str:
    """Return the SHA-256 of the content as canonical JSON: keys in order, no spaces, UTF-8."""
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def canonical(content: Plain) -> str:
    """Return the one text of the content that its digest is of."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def plain(value: Any) -> Any:
    """Return a value of the report as JSON knows it."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {name: plain(getattr(value, name)) for name in _kept(cast("Any", type(value)))}
    if isinstance(value, tuple | list):
        return [plain(one) for one in value]
    return exact(value) if isinstance(value, Decimal) else value


def exact(value: Decimal) -> str:
    """Return a decimal digit for digit, without an exponent and without zeros behind the point."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@cache
def _kept(shape: Any) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(shape) if field.metadata.get("kept", True))


@cache
def _reader(kind: Any) -> Any:
    """Return a function from plain JSON to a value of that type."""
    if dataclasses.is_dataclass(kind):
        hints = get_type_hints(kind)
        readers = {name: _reader(hints[name]) for name in _kept(cast("Any", kind))}
        return lambda content: cast("Any", kind)(**{name: read_one(content[name]) for name, read_one in readers.items() if name in content})
    if get_origin(kind) is tuple:
        inner = _reader(get_args(kind)[0])
        return lambda content: tuple(inner(one) for one in content)
    if get_origin(kind) is UnionType:
        (inner_kind,) = [one for one in get_args(kind) if one is not NoneType]
        inner = _reader(inner_kind)
        return lambda content: None if content is None else inner(content)
    return Decimal if kind is Decimal else lambda content: content
