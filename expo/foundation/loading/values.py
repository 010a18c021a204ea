"""From what a file says to what a column holds, as plain JSON values that can be compared with what was said before."""

import datetime as dt
import unicodedata
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import models
from django.utils.dateparse import parse_date, parse_datetime
from django_countries import countries
from django_countries.fields import CountryField

LONGEST_QUOTE = 60
Reader = Callable[[Any], Any]


class UnreadableError(ValueError):
    """The value is not of the kind that the field holds; says what was expected."""


def shown(value: Any) -> str:
    """Return the value as a message quotes it, at most 60 characters."""
    text = str(value) if not isinstance(value, bool) else str(value).lower()
    text = " ".join(text.split())
    return f'"{text[: LONGEST_QUOTE - 3]}..."' if len(text) > LONGEST_QUOTE else f'"{text}"'


def reader_for(column: models.Field[Any, Any]) -> Reader:
    """Return how to read a value for the column: plain in, plain out.

    The reader raises `UnreadableError`. Length, range and the like are left to the column's own validators.
    """
    if isinstance(column, CountryField):
        return read_country
    if column.choices:
        return lambda value: read_choice(value, [str(code) for code, _name in column.flatchoices])
    for kind, reader in READERS:
        if isinstance(column, kind):
            return reader
    raise TypeError(f"no file can hold a {type(column).__name__}")


def read_text(value: Any) -> str:
    """Text without what no database can store; a number or a day stands for its digits (slug: 2024)."""
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    if isinstance(value, bool | float) or not isinstance(value, str | int):
        raise UnreadableError(f"expected text, found {shown(value)}; put it in quotes if it is meant as text")
    text = str(value).strip()
    if any(unicodedata.category(sign) in {"Cs", "Cc"} and sign not in "\n\t" for sign in text):
        raise UnreadableError("holds a character that cannot be stored, such as NUL")
    return text


def read_choice(value: Any, codes: list[str]) -> str:
    text = read_text(value)
    if text not in codes:
        raise UnreadableError(f"expected one of {', '.join(code for code in codes if code)}; found {shown(text)}")
    return text


def read_country(value: Any) -> str:
    if not isinstance(value, str) or value not in countries:
        raise UnreadableError(f'expected a country code of two capital letters, such as CN or "NO" in quotes; found {shown(value)}')
    return value


def read_number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise UnreadableError(f"expected a whole number, found {shown(value)}")
    return value


def read_decimal(value: Any) -> str:
    try:
        number = None if isinstance(value, bool) else Decimal(str(value))
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite():
        raise UnreadableError(f"expected a number, found {shown(value)}")
    return f"{number.normalize():f}"


def read_yes_or_no(value: Any) -> bool:
    if not isinstance(value, bool):
        raise UnreadableError(f"expected true or false, found {shown(value)}")
    return value


def read_day(value: Any) -> str:
    try:
        day = parse_date(value) if isinstance(value, str) else value
    except ValueError:
        day = None
    if isinstance(day, dt.datetime) or not isinstance(day, dt.date):
        raise UnreadableError(f"expected a day such as 2026-06-22, found {shown(value)}")
    return day.isoformat()


def read_moment(value: Any) -> str:
    try:
        moment = parse_datetime(value) if isinstance(value, str) else value
    except ValueError:
        moment = None
    if not isinstance(moment, dt.datetime):
        raise UnreadableError(f"expected a day and hour such as 2026-06-22 09:30, found {shown(value)}")
    return moment.isoformat()


def read_texts(value: Any) -> list[str]:
    if not isinstance(value, list):
        raise UnreadableError(f"expected a list, found {shown(value)}")
    return [read_text(part) for part in value]


READERS: list[tuple[type[models.Field[Any, Any]], Reader]] = [
    (models.BooleanField, read_yes_or_no),
    (models.DecimalField, read_decimal),
    (models.IntegerField, read_number),
    (models.DateTimeField, read_moment),
    (models.DateField, read_day),
    (models.JSONField, read_texts),
    (models.CharField, read_text),
    (models.TextField, read_text),
]
