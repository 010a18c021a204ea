"""What the expo's files may say of editions, chains, figures and sources."""

from collections.abc import Iterator

from expo.editions.models import (
    Chain,
    ChainArea,
    Disagreement,
    Edition,
    ExchangeRate,
    Metric,
    Publication,
    ReportedFigure,
    Segment,
    SegmentLink,
    Source,
    closes_circle,
)
from expo.foundation.loading import Plan, Problem, Row, Sheet


def _only_safe_addresses(row: Row, _plan: Plan) -> None:
    row.values["link_ok"] = bool(row.values["address"])


def _one_current(_plan: Plan, rows: list[Row]) -> Iterator[Problem]:
    current = [row for row in rows if row.values["is_current"]]
    yield from (row.problem("is_current", f"only one edition is the current one; {current[0].label} is it already") for row in current[1:])


def _hand_over(rows: list[Row]) -> None:
    if any(row.values["is_current"] for row in rows):
        Edition.objects.filter(is_current=True).exclude(slug__in=[row.values["slug"] for row in rows]).update(is_current=False)


def _no_circle(plan: Plan, rows: list[Row]) -> Iterator[Problem]:
    """Find the links that close a circle inside a chain, with those that stand here already counted in."""
    numbers: dict[tuple[str, ...], int] = {}

    def pair(key: tuple[str, ...]) -> tuple[int, int]:
        return numbers.setdefault(key[:2], len(numbers)), numbers.setdefault(key[2:], len(numbers))

    inside = {row.key: row for row in rows if row.key and row.key[0] == row.key[2] and row.key[:2] != row.key[2:]}
    pairs = [pair(key) for key in plan.stored(LINKS) if key[0] == key[2] and key not in inside]
    if not closes_circle([*pairs, *(pair(key) for key in inside)]):
        return
    for key, row in inside.items():
        if closes_circle([*pairs, pair(key)]):
            yield row.problem("customer", "this link closes a circle inside the chain")
        else:
            pairs.append(pair(key))


def _one_preferred(_plan: Plan, rows: list[Row]) -> Iterator[Problem]:
    first: dict[tuple[str, str], Row] = {}
    for row in rows:
        if row.values["is_preferred"]:
            other = first.setdefault((str(row.values["edition"]), str(row.values["metric"])), row)
            if other is not row:
                yield row.problem("is_preferred", f"only one figure of a metric is preferred; {other.label} is it already")


SOURCES = Sheet(
    name="sources",
    model=Source,
    key=("key",),
    fields=("key", "title", "publisher", "published_on", "address", "reliability"),
    worked_out={"link_ok": "address"},
    finish=_only_safe_addresses,
)
SEGMENTS = Sheet(
    name="segments",
    model=Segment,
    key=("chain", "slug"),
    parent="chain",
    fields=("slug", "stage", "name", "basis", "sources"),
)
CHAINS = Sheet(
    name="chains",
    model=Chain,
    key=("slug",),
    fields=("slug", "code", "name", "short_name", "colour", "kind", "parent", "summary", "sources"),
    children=(SEGMENTS,),
)
AREAS = Sheet(
    name="areas",
    model=ChainArea,
    key=("edition", "chain"),
    parent="edition",
    fields=("chain", "name", "area_sqm", "summary"),
)
EDITIONS = Sheet(
    name="editions",
    model=Edition,
    key=("slug",),
    fields=(
        *("slug", "ordinal", "year", "name", "short_name", "theme", "starts_on", "ends_on", "venue", "city", "time_zone", "host", "note"),
        *("status", "area_sqm", "guest_country", "currency", "is_current", "reviews_postings", "sources"),
    ),
    children=(AREAS,),
    exclusive="is_current",
    check=_one_current,
    before=_hand_over,
)
LINKS = Sheet(
    name="links",
    model=SegmentLink,
    key=("supplier", "customer"),
    fields=("supplier", "customer", "note"),
    check=_no_circle,
)
METRICS = Sheet(
    name="metrics",
    model=Metric,
    key=("key",),
    fields=("key", "group", "name", "unit", "unit_name", "definition"),
)
FIGURES = Sheet(
    name="figures",
    model=ReportedFigure,
    key=("key",),
    fields=("key", "edition", "metric", "qualifier", "value", "as_of", "note", "is_preferred", "preferred_reason", "sources"),
    exclusive="is_preferred",
    check=_one_preferred,
)
DISAGREEMENTS = Sheet(
    name="disagreements",
    model=Disagreement,
    key=("key",),
    fields=("key", "edition", "metric", "topic", "said", "resolution"),
)
PUBLICATIONS = Sheet(
    name="publications",
    model=Publication,
    key=("key",),
    fields=("key", "edition", "kind", "title", "publisher", "published_on", "summary", "industries", "sources"),
)
RATES = Sheet(
    name="rates",
    model=ExchangeRate,
    key=("edition", "currency"),
    fields=("edition", "currency", "cny_per_unit", "as_of", "source_note"),
)
SHEETS = (SOURCES, CHAINS, EDITIONS, LINKS, METRICS, FIGURES, DISAGREEMENTS, PUBLICATIONS, RATES)
