"""The JSON that the API reads: plain, bounded, and nothing in it that a database or another program could stumble over."""

import json
import re
from decimal import Decimal
from typing import Any

from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

LARGEST = 1024 * 1024
DEEPEST = 32
LONGEST_NUMBER = 60
LARGEST_EXPONENT = 40
LARGEST_INTEGER = 2**63 - 1
# Control characters other than tab and line breaks, and halves of pairs: a NUL breaks PostgreSQL, a half pair every list that holds it.
UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


class TooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "The body is larger than 1 MB."
    default_code = "too_large"


class StrictJSONParser(BaseParser):
    """UTF-8 JSON of at most 1 MB and 32 levels, without repeated names, NaN, endless numbers and control characters. Decimals stay exact."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        length = str(((parser_context or {}).get("request") and parser_context["request"].META.get("CONTENT_LENGTH")) or "")
        if length.isdecimal() and int(length) > LARGEST:
            raise TooLarge
        raw = stream.read(LARGEST + 1)
        if len(raw) > LARGEST:
            raise TooLarge
        return loads(raw)


def loads(raw: bytes) -> Any:
    """Return what the bytes say.

    Raises:
        ParseError: with a sentence that says what cannot be read.
    """
    try:
        data = json.loads(
            raw.decode("utf-8"), object_pairs_hook=_object, parse_constant=_constant, parse_int=_integer, parse_float=_decimal
        )
    except UnicodeDecodeError as error:
        raise ParseError("The body is not UTF-8.") from error
    except RecursionError as error:
        raise ParseError(f"The body is nested deeper than {DEEPEST} levels.") from error
    except ValueError as error:
        raise ParseError("The body is not JSON.") from error
    _check(data)
    return data


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ParseError("An object holds a name twice.")
    return found


def _constant(_name: str) -> Any:
    raise ParseError("NaN and Infinity are no numbers.")


def _integer(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER or abs(number := int(digits)) > LARGEST_INTEGER:
        raise ParseError("A number is out of range.")
    return number


def _decimal(digits: str) -> Decimal:
    number = Decimal(digits) if len(digits) <= LONGEST_NUMBER else None
    if number is None or abs(number.adjusted()) > LARGEST_EXPONENT:
        raise ParseError("A number is out of range.")
    return number


def _check(data: Any) -> None:
    """Look at every text and every level, without recursion."""
    level, waiting = 0, [data]
    while waiting:
        level += 1
        inner: list[Any] = []
        for one in waiting:
            if isinstance(one, str) and UNREADABLE.search(one):
                raise ParseError("A text holds a character that cannot be read.")
            if isinstance(one, dict):
                inner += [*one.keys(), *one.values()]
            elif isinstance(one, list):
                inner += one
        if inner and level >= DEEPEST:
            raise ParseError(f"The body is nested deeper than {DEEPEST} levels.")
        waiting = inner
