"""Parts of pages that are printed once for the same words: a part is remembered by everything it is given, so it cannot grow old.

Only plain values get in, and the part is drawn from the very values that it is remembered by: what a template could read besides
them is not there. A chain comes down to its sign.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.template.loader import get_template
from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

MOST_REMEMBERED = 4000
SIGN = ("code", "colour", "kind")
PLAIN = (str, bool, int, date, type(None))


def part_drawn(template_name: str, given: Mapping[str, Any]) -> SafeString:
    """Return the template drawn with these values in the active language.

    Values are texts, numbers, days, None, or lists, sets and mappings of such; a chain is read as its code, colour and kind.

    Raises:
        TypeError: another kind of value is among them.
    """
    # Who changes a template while developing wants to see it.
    draw: Callable[..., SafeString] = _drawn.__wrapped__ if settings.DEBUG else _drawn
    return draw(template_name, get_language(), frozen(given))


@lru_cache(maxsize=MOST_REMEMBERED)
def _drawn(template_name: str, _language: str | None, given: Any) -> SafeString:
    return mark_safe(get_template(template_name).render(thawed(given)))  # noqa: S308 - the template escaped it


def frozen(value: Any) -> Any:
    """Return a value that can be a key: each with its kind, since 1, True and a text that is safe already are not printed alike."""
    if isinstance(value, Mapping):
        return dict, tuple((name, frozen(inner)) for name, inner in value.items())
    if isinstance(value, list | tuple):
        return list, tuple(frozen(inner) for inner in value)
    if isinstance(value, set | frozenset):
        return set, frozenset(value)
    if hasattr(value, "colour"):
        return frozen({name: str(getattr(value, name)) for name in SIGN})
    return _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return Decimal, str(value)  # 1 and 1.0 are equal, and not printed alike.
    if isinstance(value, Promise):
        return str, str(value)
    if isinstance(value, PLAIN) and not isinstance(value, datetime):
        return type(value), value
    raise TypeError(f"{type(value).__name__} is no plain value")


def thawed(key: Any) -> Any:
    """Return the value that `frozen` made the key of."""
    kind, value = key
    if kind is dict:
        return {name: thawed(inner) for name, inner in value}
    if kind is list:
        return [thawed(inner) for inner in value]
    return kind(value) if kind in {set, Decimal} else value
