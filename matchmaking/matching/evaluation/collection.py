"""A judged collection as facts: a folder of offers.jsonl, requests.jsonl, qrels.jsonl and, if there is one, tags.jsonl.

The fields are those of tests/data/relevance/README.md. Fields that are not known are passed over, and every one but `id` may be null or
missing. Amounts in t become kg; prices become yuan at the collection's fixed rates, so that grades do not move with the market.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from expo.foundation.loading import FilesRefused, Problem
from matchmaking.matching.engine.facts import Measure, OfferFacts, RequestFacts

YUAN = {"CNY": 1.0, "USD": 7.2, "EUR": 7.8}
KG_PER_T = 1000
FAILS = "fails:"
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Collection:
    """Offers, requests, and what each judged pair is worth: grade 0 to 3 by request and offer. What is not judged is worth 0.

    `failing` are the pairs tagged as failing a field, None where nothing is tagged.
    """

    offers: tuple[OfferFacts, ...]
    requests: tuple[RequestFacts, ...]
    grades: Mapping[str, Mapping[str, float]]
    failing: frozenset[tuple[str, str]] | None

    @property
    def unknown(self) -> int:
        """How many judged pairs name a request or an offer that is not there. Such an offer counts as not found."""
        requests, offers = {one.id for one in self.requests}, {one.id for one in self.offers}
        return sum(request not in requests or offer not in offers for request, graded in self.grades.items() for offer in graded)


class _Fields:
    """The fields of one line, checked as they are asked for."""

    def __init__(self, row: Row, note: Callable[[str, str], None]) -> None:
        self.row, self.note = row, note

    def text(self, name: str) -> str:
        value = self.row.get(name)
        if value is not None and not isinstance(value, str):
            self.note(name, f"expected a text, found {json.dumps(value)}")
            return ""
        return value or ""

    def key(self, name: str) -> str:
        value = self.text(name)
        if self.row.get(name) in (None, ""):
            self.note(name, "is missing")
        return value

    def number(self, name: str, row: Row | None = None) -> float | None:
        value = (self.row if row is None else row).get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value) or value < 0:
            self.note(name, f"expected a number from 0 on, found {json.dumps(value)}")
            return None
        return float(value)

    def codes(self, name: str) -> frozenset[str] | None:
        value = self.row.get(name)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            self.note(name, f"expected a list of texts, found {json.dumps(value)}")
            return None
        return frozenset(value)

    def amount(self, name: str) -> Measure | None:
        value, unit = self.number(name), self.text("unit")
        if value is None:
            return None
        return Measure(value * KG_PER_T, "kg") if unit == "t" else Measure(value, unit)

    def price(self, name: str) -> Measure | None:
        value = self.row.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.note(name, f"expected amount, currency and per, found {json.dumps(value)}")
            return None
        amount = self.number("amount", value)
        if amount is None:
            return None
        rate = YUAN.get(str(value.get("currency")))
        if rate is None:
            self.note(name, f"expected a currency of {', '.join(YUAN)}, found {json.dumps(value.get('currency'))}")
            return None
        per = str(value.get("per") or "")
        return Measure(amount * rate / KG_PER_T, "kg") if per == "t" else Measure(amount * rate, per)


def read_collection(folder: Path) -> Collection:
    """Read a folder.

    Raises:
        FilesRefused: every problem by file, line and field: no file, no JSON, a missing or repeated id, a value of another kind.
    """
    problems: list[Problem] = []
    offers = _postings(folder / "offers.jsonl", problems, _offer)
    requests = _postings(folder / "requests.jsonl", problems, _request)
    grades: dict[str, dict[str, float]] = defaultdict(dict)
    for fields in _lines(folder / "qrels.jsonl", problems):
        grade = fields.number("grade")
        if grade is None and fields.row.get("grade") is None:
            fields.note("grade", "is missing")
        grades[fields.key("request")][fields.key("offer")] = grade or 0.0
    failing = _failing(folder / "tags.jsonl", problems)
    for name, rows in (("offer", offers), ("request", requests)):
        if not rows and not problems:
            problems.append(Problem(f"{name}s.jsonl", 0, "", "", f"expected at least one {name}"))
    if problems:
        raise FilesRefused(problems)
    return Collection(tuple(offers), tuple(requests), dict(grades), failing)


def _failing(path: Path, problems: list[Problem]) -> frozenset[tuple[str, str]] | None:
    if not path.exists():
        return None
    tagged = [fields for fields in _lines(path, problems) if any(tag.startswith(FAILS) for tag in fields.codes("tags") or ())]
    return frozenset((fields.key("request"), fields.key("offer")) for fields in tagged) or None


def _postings(path: Path, problems: list[Problem], made: Callable[[_Fields], Any]) -> list[Any]:
    found: dict[str, Any] = {}
    for fields in _lines(path, problems):
        one = made(fields)
        if one.id and one.id in found:
            fields.note("id", "is there twice")
        found[one.id] = one
    return list(found.values())


def _lines(path: Path, problems: list[Problem]) -> Iterator[_Fields]:
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError:
        problems.append(Problem(path.name, 0, "", "", f"expected this file in {path.parent}"))
        return
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line.decode("utf-8-sig"))
        except ValueError as fault:
            row = None
            problems.append(Problem(path.name, number, "", "", f"expected one JSON object in UTF-8 ({fault})"))
        else:
            if not isinstance(row, dict):
                problems.append(Problem(path.name, number, "", "", "expected one JSON object"))
        if isinstance(row, dict):
            yield _Fields(row, _noter(path.name, number, str(row.get("id") or row.get("request") or ""), problems))


def _noter(file: str, line: int, entry: str, problems: list[Problem]) -> Callable[[str, str], None]:
    return lambda field, text: problems.append(Problem(file, line, entry, field, text))


def _days(value: float | None) -> int | None:
    return None if value is None else round(value)


def _offer(row: _Fields) -> OfferFacts:
    return OfferFacts(
        id=row.key("id"),
        chain=row.text("chain"),
        segment=row.text("segment"),
        language=row.text("language")[:2],
        title=row.text("title"),
        description=row.text("description"),
        hs_code=row.text("product_code"),
        price=row.price("price"),
        minimum=row.amount("minimum_quantity"),
        monthly_capacity=row.amount("monthly_capacity"),
        lead_time_days=_days(row.number("lead_time_days")),
        origin=row.text("origin"),
        ships_to=row.codes("ships_to"),
        certificates=row.codes("certificates") or frozenset(),
        incoterms=row.codes("incoterms") or frozenset(),
    )


def _request(row: _Fields) -> RequestFacts:
    return RequestFacts(
        id=row.key("id"),
        chain=row.text("chain"),
        segment=row.text("segment"),
        language=row.text("language")[:2],
        title=row.text("title"),
        description=row.text("description"),
        hs_code=row.text("product_code"),
        budget=row.price("budget"),
        quantity=row.amount("quantity"),
        days_left=_days(row.number("needed_within_days")),
        deliver_to=row.text("deliver_to"),
        origins=row.codes("origins_accepted"),
        certificates=row.codes("certificates_required") or frozenset(),
        incoterms=row.codes("incoterms") or frozenset(),
    )
