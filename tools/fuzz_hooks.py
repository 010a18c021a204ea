"""What schemathesis is told beyond the API's description; `tools.fuzz` names this module in SCHEMATHESIS_HOOKS.

Of the valid addresses half name a row that exists. Of the valid bodies half are the description's example, often with fields left out or one of them
generated; half of the others were generated, with other rows that exist named in them: so writes reach the actions. The rest, and all that is invalid,
stays as it was generated.
"""

import json
import os
import random
import re
from functools import cache
from pathlib import Path
from typing import Any

import schemathesis
from schemathesis.core.parameters import ParameterLocation

HALF = 0.5
VISIBLE = "[!-~]{1,255}"
# What takes a row out of use gets an existing one seldom: there would soon be none left to write to.
SELDOM = 0.1
# Of the example, what is refused beside another field of it: the one or the other may be given.
INSTEAD = {"match", "outside_name"}
ENDS = ("decline", "discard", "end", "lift", "make-current", "reject", "void", "withdraw")
chance = random.Random(1)  # noqa: S311 - the same cases in every run, no secret


def a_new_word() -> str:
    """Return a word that was not there before, and is the same one in every run."""
    return f"{chance.getrandbits(128):032x}"


@cache
def known() -> dict[str, Any]:
    """Return what `tools.fuzz_known` found."""
    found: dict[str, Any] = json.loads(Path(os.environ["FUZZ_KNOWN"]).read_text(encoding="utf-8"))
    return found


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: dict[str, Any]) -> None:
    """Name rows that exist, and give every request an idempotency key of its own and no condition.

    Repeated, the example's key and condition would be refused before anything is read.
    """
    headers = case.headers or {}
    if re.fullmatch(VISIBLE, headers.get("Idempotency-Key", "")):
        headers["Idempotency-Key"] = a_new_word()
    headers.pop("If-Match", None)
    if is_valid(case, ParameterLocation.PATH):
        name_a_row(case)
    if is_valid(case, ParameterLocation.BODY) and isinstance(case.body, dict):
        make_believable(case)


def is_valid(case: Any, place: ParameterLocation) -> bool:
    """Say whether this part of the request was generated to be valid."""
    return case.meta is not None and not case.meta.is_negative_at(place)


def name_a_row(case: Any) -> None:
    share = SELDOM if case.path.rstrip("/").endswith(ENDS) else HALF
    for name, values in known()["rows"].get(case.path, {}).items():
        if values and case.path_parameters and name in case.path_parameters and chance.random() < share:
            case.path_parameters[name] = chance.choice(values)


def make_believable(case: Any) -> None:
    content = case.operation.definition.raw.get("requestBody", {}).get("content", {}).get("application/json")
    if not content:
        return
    if chance.random() < HALF:
        body = with_refs(content["example"])
        if chance.random() < HALF:
            needed = required(case, content["schema"])
            body = {name: value for name, value in body.items() if name in needed or chance.random() < HALF}
        if case.body and chance.random() < HALF:
            name = chance.choice(sorted(case.body))
            body[name] = case.body[name]
        case.body = body
    elif chance.random() < HALF:
        case.body = with_refs(case.body)


def required(case: Any, schema: dict[str, Any]) -> list[str]:
    schemas = case.operation.schema.raw_schema["components"]["schemas"]
    found: list[str] = schemas.get(schema.get("$ref", "").rpartition("/")[2], {}).get("required", [])
    return found


def with_refs(value: Any, field: str = "") -> Any:
    """Return a body with other rows that exist named in it, and with a reference and a name of its own."""
    if isinstance(value, dict):
        return {name: with_refs(inner, name) for name, inner in value.items() if name not in INSTEAD}
    if field == "external_id":
        return a_new_word()
    if field == "name":
        return f"Borealis {a_new_word()[:8]}"
    values = known()["refs"].get(field)
    if isinstance(value, list):
        return [chance.choice(values)] if values else [with_refs(one) for one in value]
    if value is None:
        return None
    return chance.choice(values) if values else value
