"""The market page: what is asked for in the address, what is found, and what else could be asked for."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from heapq import merge
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import CharField, Count, F, Q, Value
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from expo.editions.models import Chain, Edition, Stage
from expo.editions.queries import landmarks
from expo.foundation.bilingual import is_chinese
from expo.foundation.lists import LAST_ROW
from expo.foundation.money import CURRENCY_CHOICES
from expo.foundation.places import country_name
from expo.foundation.units import UNIT_CHOICES
from matchmaking.marketplace.cards import Card, cards_of
from matchmaking.marketplace.facets import Facets, facets_of
from matchmaking.marketplace.models import Certificate, Offer, SourcingRequest
from matchmaking.matching.chips import Chip, chips_of
from matchmaking.matching.filters import OfferFilter, RequestFilter
from matchmaking.matching.kept import kept, state_of_the_market
from matchmaking.participants.queries import chains_of

PAGE_SIZE = 30
NEAREST = 3
MOST_MORE = 50
WITH_KEPT_COUNTS = {"kind", "chain", "open", "sort", "page"}
NO_FILTERS = {"currency", "unit"}  # They say how to read other values.
KINDS = {"all": ("offer", "request"), "offer": ("offer",), "request": ("request",)}
IS_GAP = Q(gap__isnull=False)


@dataclass(frozen=True)
class Sort:
    """An order of postings: the column that offers and requests are sorted by (None: no such column), and which way."""

    offers: str
    requests: str | None
    is_falling: bool = False

    def order(self, kind: str) -> list[Any]:
        """Return it for a query; what has no value comes last, equal ones from the newest number."""
        column = self.offers if kind == "offer" else self.requests
        if column is None:
            return [F("pk").desc()]
        return [F(column).desc() if self.is_falling else F(column).asc(nulls_last=True), F("pk").desc()]

    def key(self, row: tuple[str, int, Any]) -> tuple[Any, ...]:
        """Return the same order for rows of (kind, pk, value) from several queries."""
        _kind, pk, value = row
        if self.is_falling:
            return -value.timestamp(), -pk
        return (value is None, -pk) if value is None else (False, value, -pk)


SORTS = {
    "newest": Sort("published_at", "published_at", is_falling=True),
    "closing": Sort("valid_until", "valid_until"),
    "price": Sort("price_cny_base", "price_cny_base"),
    "lead": Sort("lead_time_days", None),
}
SORT_NAMES = {"newest": _("Newest"), "closing": _("Closing soon"), "price": _("Lowest price"), "lead": _("Shortest lead time")}


@dataclass(frozen=True)
class Choice:
    """One box of a filter: its value in the address, its words, how many it leaves, and whether it is on."""

    value: str
    words: str
    count: int
    is_on: bool
    chain: Chain | None = None


@dataclass(frozen=True)
class Choices:
    """The boxes of one filter; `more` are those that stand behind a further step."""

    name: str
    shown: list[Choice]
    more: list[Choice] = field(default_factory=list)


class Found:
    """The (kind, number) of what fits, in order. A part of it reads as many rows of each kind as it could need, and no more."""

    def __init__(self, rows: Mapping[str, Any], sort: Sort) -> None:
        self.rows = rows
        self.sort = sort

    def __getitem__(self, part: slice) -> list[tuple[str, int]]:
        arms = [self._read(kind, rows.order_by(*self.sort.order(kind)), part.stop) for kind, rows in self.rows.items()]
        return [(kind, pk) for kind, pk, _value in list(merge(*arms, key=self.sort.key))[part]]

    def _read(self, kind: str, rows: Any, most: int) -> list[tuple[str, int, Any]]:
        column = self.sort.offers if kind == "offer" else self.sort.requests
        if column is None:
            return [(kind, pk, None) for pk in rows.values_list("pk", flat=True)[:most]]
        return [(kind, pk, value) for pk, value in rows.values_list("pk", column)[:most]]


class CountedPages(Paginator[Any]):
    """Pages of rows whose number is known already; none beyond the 10,000th row."""

    def __init__(self, rows: Any, size: int, total: int) -> None:
        super().__init__(rows, size)
        self.total = total

    @cached_property
    def count(self) -> int:
        return min(self.total, LAST_ROW)


class Market:
    """What the page shows for an address. Nothing is refused: a value that cannot be read is said beside its field and left out.

    Eight queries for any number of rows. What counts all postings, or those of one chain, is kept until one of them changes; other
    filters are counted anew, in one more.
    """

    def __init__(self, address: QueryDict) -> None:
        self.address = address
        self.landmarks = landmarks()
        self.edition: Edition | None = self.landmarks.current
        self.chains = list(chains_of(self.edition)) if self.edition else []
        self.kind = address.get("kind") if address.get("kind") in KINDS else "all"
        self.sort = address.get("sort") if address.get("sort") in SORTS else "newest"
        offers = OfferFilter(address)
        requests = RequestFilter(address, read_by=offers)
        self.filters = {"offer": (offers, Offer.objects.published()), "request": (requests, SourcingRequest.objects.published())}
        offers.form.full_clean()

    @property
    def form(self) -> Any:
        """The form of the filters, for values and errors; both kinds read the same."""
        return self.filters["offer"][0].form

    @property
    def chain_bar(self) -> list[Chain]:
        """The chains of the layout's bar: without zones."""
        return [chain for chain in self.chains if not chain.is_zone]

    @property
    def kinds(self) -> tuple[str, ...]:
        return KINDS[self.kind or "all"]

    @cached_property
    def facets(self) -> Facets:
        """The counts beside each choice."""
        if self._kept_name is None:
            return self._count_anew()
        return kept(self._kept_name, self._state, self._count_anew)

    @cached_property
    def _state(self) -> str:
        return state_of_the_market()

    @property
    def filter_box(self) -> SafeString:
        """The form of the filters as it is printed; kept together with its counts, where nothing else is filled in."""
        filled = {name for name, values in self.address.lists() if any(values)}
        if self._kept_name is None or filled - WITH_KEPT_COUNTS:
            return self.draw_filter_box()
        return kept(f"box-{self._kept_name}", self._state, self.draw_filter_box)

    def draw_filter_box(self) -> SafeString:
        return render_to_string("matching/_filters.html", {"market": self})

    def _count_anew(self) -> Facets:
        return facets_of(self.filters, self.kinds, IS_GAP)

    @cached_property
    def _kept_name(self) -> str | None:
        """The name under which the counts are kept: of all postings, of one chain's, of the gaps; None for other filters."""
        on = {name for name, value in self.form.cleaned_data.items() if value not in (None, "", [], False) and name not in NO_FILTERS}
        chain = self.one_chain.slug if self.one_chain else ""
        if on - {"chain", "open"} or ("chain" in on and not chain) or self.form.errors:
            return None
        return f"facets-{self.kind}-{chain}-{'open' if 'open' in on else ''}-{'zh' if is_chinese() else 'en'}"

    @cached_property
    def total(self) -> int:
        """How many postings fit the filters."""
        return sum(self.facets.total(kind) for kind in self.kinds)

    @cached_property
    def page(self) -> Page[Any]:
        rows = {kind: chosen.rows(rows).order_by() for kind, (chosen, rows) in self.filters.items() if kind in self.kinds}
        return CountedPages(Found(rows, SORTS[self.sort or "newest"]), PAGE_SIZE, self.total).get_page(self.address.get("page"))

    @cached_property
    def cards(self) -> list[Card]:
        """The cards of this page, in order."""
        keys = list(self.page.object_list) if self.total else []
        found: dict[tuple[str, int], Any] = {}
        for kind, rows in (("offer", Offer.objects), ("request", SourcingRequest.objects.select_related("gap"))):
            wanted = [pk for its_kind, pk in keys if its_kind == kind]
            if wanted:
                found |= {(kind, row.pk): row for row in rows.filter(pk__in=wanted).for_card()}
        without_offer = {pk for (kind, pk), row in found.items() if kind == "request" and hasattr(row, "gap")}
        return cards_of([found[key] for key in keys if key in found], without_offer=without_offer)

    @cached_property
    def chips(self) -> list[Chip]:
        """The filters that are on, in the order of the form."""
        return chips_of(self.form.cleaned_data, self.words)

    def words(self, name: str, value: str) -> str:
        """Name a value of a filter whose names are rows."""
        named: Mapping[str, Callable[[], Iterable[tuple[str, str]]]] = {
            "chain": lambda: ((chain.slug, str(chain.short_name)) for chain in self.chains),
            "segment": lambda: ((place.slug, place.name) for kind in self.kinds for place in self.facets.stations[kind]),
            "certificate": lambda: self.facets.certificates,
        }
        return dict(named[name]()).get(value) or (self._names_of_certificates.get(value, value) if name == "certificate" else value)

    @cached_property
    def _names_of_certificates(self) -> dict[str, str]:
        """Names of chosen certificates that no posting found has. One query, only then."""
        return dict(Certificate.objects.filter(key__in=self._on("certificate")).values_list("key", "name"))

    def address_without(self, name: str, value: str | None = None) -> str:
        """Return this address without a filter, or without one of its values, from page 1."""
        address = self.address.copy()
        address.pop("page", None)
        kept = [text for text in address.getlist(name) if value is not None and text != value]
        address.pop(name, None)
        if kept:
            address.setlist(name, kept)
        return f"?{address.urlencode()}"

    @property
    def short_address(self) -> str:
        """Return this address without what changes nothing: what a form sends along for empty fields."""
        usual = {"kind": "all", "sort": "newest", "page": "1", **({} if self.has_price else {"currency": "CNY"})}
        kept = [(name, text) for name, texts in self.address.lists() for text in dict.fromkeys(texts) if text and text != usual.get(name)]
        return f"?{urlencode(kept)}" if kept else ""

    @property
    def has_price(self) -> bool:
        return any(self.form.cleaned_data.get(name) is not None for name in ("price_min", "price_max"))

    @property
    def address_of_all(self) -> str:
        """Return the address of the same kind and sort without any filter."""
        return f"?{urlencode({name: str(self.address[name]) for name in ('kind', 'sort') if name in self.address})}"

    @cached_property
    def nearest(self) -> list[tuple[str, str, int]]:
        """Return up to three ways on from an empty list: (the filters to drop, the address without them, what it finds). One query."""
        by_name: dict[str, list[str]] = {}
        for chip in self.chips:
            by_name.setdefault(chip.name, []).append(chip.text)
        arms = [self._count(name, kind) for name in by_name for kind in self.kinds]
        counts: dict[str, int] = {}
        for name, count in arms[0].union(*arms[1:], all=True) if arms else ():
            counts[name] = counts.get(name, 0) + count
        best = sorted((name for name in by_name if counts.get(name)), key=lambda name: -counts[name])[:NEAREST]
        return [(_(", ").join(by_name[name]), self.address_without(name), counts[name]) for name in best]

    def _count(self, name: str, kind: str) -> Any:
        chosen, rows = self.filters[kind]
        left = chosen.rows(rows, leave_out=[name]).order_by()
        return left.annotate(dropped=Value(name, CharField())).values("dropped").annotate(left=Count("pk")).values_list("dropped", "left")

    @property
    def chain_choices(self) -> Choices:
        counts, on = self.facets.by("chain", self.kinds), self._on("chain")
        return Choices("chain", [Choice(one.slug, str(one.short_name), counts[one.slug], one.slug in on, one) for one in self.chains])

    @property
    def stage_choices(self) -> Choices:
        counts, on = self.facets.by("stage", self.kinds), self._on("stage")
        return Choices("stage", [Choice(value, str(words), counts[value], value in on) for value, words in Stage.choices])

    @property
    def segment_choices(self) -> Choices | None:
        """The segments of the chosen chain; none before one is chosen, there would be too many."""
        if len(self._on("chain")) != 1 and not self._on("segment"):
            return None
        on = self._on("segment")
        return Choices(
            "segment", [Choice(place.slug, place.name, count, place.slug in on) for place, count in self.facets.segments(self.kinds)]
        )

    @property
    def certificate_choices(self) -> Choices:
        on = self._on("certificate")
        counts = {key: (name, count) for (key, name), count in self.facets.certificates.items()}
        for key in on:
            counts.setdefault(key, (self.words("certificate", key), 0))
        return _cut("certificate", [Choice(key, name, count, key in on) for key, (name, count) in counts.items()], 3)

    @property
    def country_choices(self) -> Choices:
        on = self._on("country")
        counts = {**dict.fromkeys(on, 0), **self.facets.countries}
        return _cut("country", [Choice(code, country_name(code), count, code in on) for code, count in counts.items()], 4)

    @property
    def origin_choices(self) -> list[Choice]:
        on = str(self.form.cleaned_data.get("origin") or "")
        counts = {**({on: 0} if on else {}), **self.facets.origins}
        choices = [Choice(code, country_name(code), count, code == on) for code, count in counts.items()]
        return sorted(choices, key=lambda choice: choice.words)

    @property
    def chip_links(self) -> list[tuple[str, str]]:
        """The filters that are on, each with the address without it."""
        return [(chip.text, self.address_without(chip.name, chip.value)) for chip in self.chips]

    @property
    def near_links(self) -> list[tuple[str, str, int]]:
        return [(_("Without “%(filter)s”") % {"filter": words.strip("“”")}, address, count) for words, address, count in self.nearest]

    @property
    def one_chain(self) -> Chain | None:
        """The chain that colours an empty page, where just one is asked for."""
        on = self._on("chain")
        return next((chain for chain in self.chains if len(on) == 1 and chain.slug == on[0]), None)

    @property
    def currencies(self) -> list[tuple[str, Any]]:
        return CURRENCY_CHOICES

    @property
    def units(self) -> list[tuple[str, Any]]:
        return UNIT_CHOICES

    @property
    def sorts(self) -> list[tuple[str, str, bool]]:
        return [(value, str(words), value == self.sort) for value, words in SORT_NAMES.items()]

    def _on(self, name: str) -> list[str]:
        return list(self.form.cleaned_data.get(name) or ())


def _cut(name: str, choices: list[Choice], shown: int) -> Choices:
    """Put those that are on first, then the most frequent; the next fifty stand behind a further step, by name."""
    ordered = sorted(choices, key=lambda choice: (not choice.is_on, -choice.count, choice.words))
    first = max(shown, sum(choice.is_on for choice in choices))
    return Choices(name, ordered[:first], sorted(ordered[first : first + MOST_MORE], key=lambda choice: choice.words))
