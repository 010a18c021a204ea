"""What a visitor finds: the engine says what has the words, `visible_to` what may be seen, and one set of rules what comes first."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When

from expo.foundation.models import SearchEntry
from expo.foundation.search.asked import Asked
from expo.foundation.search.engine import HasWords
from expo.foundation.search.index import kind_token
from expo.foundation.search.register import DESCRIBERS

KINDS = ("company", "offer", "request", "forum", "page")
MOST_COUNTED = 1000
MOST_KEYS = 10_000_000
SHOWN = ("pk", "label", "object_id", "kind", "at", "shown")
# What comes first. Within each: published before not, the current edition's before others', the newest first, the id last.
WHOLE, TITLE, TITLE_LOOSE, TEXT, TEXT_LOOSE = range(5)


class SeenOneByOne(Exists):
    """A condition that PostgreSQL asks of each row found. By itself it would first list all rows that are visible, for each search."""

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="EXISTS(%(subquery)s OFFSET 0)", **context)


class CappedCount(Subquery):
    """How many rows a query finds, counted no further than its limit."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()


@dataclass(frozen=True)
class Search:
    """A search by a visitor. Nothing is read before it is asked for; each answer is one query.

    Attributes:
        current: id of the current edition, whose rows come first among equals.
    """

    asked: Asked
    visitor: Any
    current: int | None = None

    def hits(self, kind: str = "", *, in_title: bool = False) -> QuerySet[SearchEntry]:
        """Return the entries that have all the words and that the visitor may see, in no order."""
        if not self.asked:
            return SearchEntry.objects.none()
        tokens = [kind_token(kind)] if kind else []
        found = SearchEntry.objects.filter(HasWords(self.asked.loose, in_title=in_title, tokens=tokens))
        return found.filter(self._visible(kind))

    def ranked(self, kind: str = "", *, in_title: bool = False) -> Any:
        """Return (id, how well it fits) of the hits, the best first."""
        found = self.hits(kind, in_title=in_title).annotate(tier=self._tier(in_title=in_title), here=self._here())
        return found.order_by("tier", "-is_open", "-here", F("at").desc(nulls_last=True), "label", "-object_id").values_list("pk", "tier")

    def page(self, kind: str = "", *, first: int = 0, size: int = 20) -> list[dict[str, Any]]:
        """Return hits as dictionaries of SHOWN and `tier`, the best first. Two queries, three where many were found but few in titles.

        Of thousands only those with the words in the title are put in order: they are the first ones anyway.
        """
        end = first + size
        is_many = sum(self.counts.values() if not kind else [self.counts[kind]]) > MOST_COUNTED
        best = list(self.ranked(kind, in_title=True)[first:end]) if is_many else []
        if len(best) < size:
            best = list(self.ranked(kind)[first:end])
        return self._shown(best)

    def suggestions(self, most: int = 8) -> list[dict[str, Any]]:
        """Return the best hits by title, as `page`. Two queries."""
        return self._shown(list(self.ranked(in_title=True)[:most]))

    def _shown(self, best: Sequence[tuple[int, int]]) -> list[dict[str, Any]]:
        # Sorting carries ids only: the texts of thousands of hits would be read for the twenty that are shown.
        rows = {row["pk"]: row for row in SearchEntry.objects.filter(pk__in=[pk for pk, _tier in best]).values(*SHOWN)} if best else {}
        return [{**rows[pk], "tier": tier} for pk, tier in best if pk in rows]

    @cached_property
    def counts(self) -> dict[str, int]:
        """Count the hits by kind, each up to 1,001. One query."""
        if not self.asked:
            return dict.fromkeys(KINDS, 0)
        columns = {f"n_{kind}": CappedCount(self.hits(kind).order_by().values("pk")[: MOST_COUNTED + 1]) for kind in KINDS}
        row = SearchEntry.objects.order_by().values_list(*columns.values())[:1]
        return dict(zip(KINDS, next(iter(row), [0] * len(KINDS)), strict=True))

    def _visible(self, kind: str) -> Q:
        seen = Q(pk__in=[])
        for describer in DESCRIBERS.values():
            if kind and describer.kind != kind:
                continue
            if describer.visible is None:
                seen |= Q(label=describer.label)
            else:
                rows = describer.visible(self.visitor).filter(pk=OuterRef("object_id")).order_by()
                seen |= Q(label=describer.label) & Q(SeenOneByOne(rows))  # In this order: PostgreSQL asks from left to right.
        return seen

    def _tier(self, *, in_title: bool) -> Case:
        """Say how well an entry fits: whole title or code, words in the title, begun words in the title, words anywhere, the rest."""
        whole, asked = self.asked.whole, self.asked
        is_whole = Q(whole_en=whole) | Q(whole_zh=whole) | Q(codes__contains=f"|{whole}|")
        steps = [
            When(is_whole, then=Value(WHOLE)),
            When(HasWords(asked.exact, in_title=True), then=Value(TITLE)),
        ]
        if in_title or asked.exact == asked.loose:  # Nothing is begun where every word is as it stands.
            return Case(*steps, default=Value(TITLE_LOOSE if in_title else TEXT), output_field=IntegerField())
        steps += [
            When(HasWords(asked.loose, in_title=True), then=Value(TITLE_LOOSE)),
            When(HasWords(asked.exact, listed=True), then=Value(TEXT)),
        ]
        return Case(*steps, default=Value(TEXT_LOOSE), output_field=IntegerField())

    def _here(self) -> Case:
        return Case(When(edition_id=self.current, then=Value(1)), default=Value(0), output_field=IntegerField())


def keys_with(asked: Asked, label: str) -> Any:
    """Return the ids of the rows under a label that have all the words: `rows.filter(pk__in=keys_with(...))`."""
    tokens = [kind_token(DESCRIBERS[label].kind)]
    found = SearchEntry.objects.filter(HasWords(asked.loose, tokens=tokens), label=label).order_by().values("object_id")
    # With a limit, however high, PostgreSQL looks the words up once. Without one it walked the newest rows and unpacked the tokens of each.
    return found[:MOST_KEYS]
