"""The market page: what is asked for in the address, what is found, and what else could be asked for."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from expo.editions.models import Chain, Edition, Stage
from expo.editions.queries import landmarks
from expo.foundation.lists import LAST_ROW
from expo.foundation.money import CURRENCY_CHOICES
from expo.foundation.places import country_name
from expo.foundation.units import UNIT_CHOICES
from matchmaking.marketplace.cards import Card, cards_of
from matchmaking.marketplace.facets import Facets
from matchmaking.marketplace.models import Offer, SourcingRequest
from matchmaking.matching.chips import Chip, chips_of
from matchmaking.matching.filters import OfferFilter
from matchmaking.matching.kept import MarketNow, kept, market_now
from matchmaking.matching.masks import SORTS, Passing, Sort
from matchmaking.matching.unfilled import told
from matchmaking.participants.queries import chains_of

PAGE_SIZE = 30
NEAREST = 3
MOST_MORE = 50
WITH_KEPT_BOX = {"kind", "chain", "open", "sort", "page"}
KINDS = {"all": ("offer", "request"), "offer": ("offer",), "request": ("request",)}
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
    """The (kind, number) of what passes, in order, part by part."""

    def __init__(self, passing: Passing, sort: Sort) -> None:
        self.passing = passing
        self.sort = sort

    def __getitem__(self, part: slice) -> list[tuple[str, int]]:
        return self.passing.first(self.sort, part)


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

    Six queries for any number of rows and filters, two more for words, three or four more right after a write.
    """

    def __init__(self, address: QueryDict) -> None:
        self.address = address
        self.landmarks = landmarks()
        self.edition: Edition | None = self.landmarks.current
        self.chains = list(chains_of(self.edition)) if self.edition else []
        self.kind = address.get("kind") if address.get("kind") in KINDS else "all"
        self.sort = address.get("sort") if address.get("sort") in SORTS else "newest"
        self.form: Any = OfferFilter(address).form  # Both kinds read the same.
        self.form.full_clean()

    @property
    def chain_bar(self) -> list[Chain]:
        """The chains of the layout's bar: without zones."""
        return [chain for chain in self.chains if not chain.is_zone]

    @property
    def kinds(self) -> tuple[str, ...]:
        return KINDS[self.kind or "all"]

    @cached_property
    def now(self) -> MarketNow:
        return market_now()

    @cached_property
    def passing(self) -> Passing:
        """What passes the filters, among all open postings."""
        return Passing(self.now.columns, self.form.cleaned_data, self.kinds)

    @cached_property
    def facets(self) -> Facets:
        """The counts beside each choice."""
        return self.passing.facets()

    @property
    def filter_box(self) -> SafeString:
        """The form of the filters as it is printed; kept with its counts, where no more than a chain is chosen."""
        filled, on = {name for name, values in self.address.lists() if any(values)}, self._on("chain")
        if filled - WITH_KEPT_BOX or self.form.errors or on != ([self.one_chain.slug] if self.one_chain else []):
            return self.draw_filter_box()
        name = f"box-{self.kind}-{'-'.join(on)}-{bool(self.form.cleaned_data.get('open'))}-{get_language()}"
        return kept(name, self.now.version, self.draw_filter_box)

    def draw_filter_box(self) -> SafeString:
        return render_to_string("matching/_filters.html", {"market": self})

    @property
    def without_offer(self) -> int | None:
        """How many requests no offer fits, as it is told; None also while no run is in force."""
        is_known = self.edition is not None and self.edition.pk in self.now.columns.runs
        return told(self.facets.without_offer) if is_known else None

    @cached_property
    def total(self) -> int:
        """How many postings fit the filters."""
        return sum(self.facets.total(kind) for kind in self.kinds)

    @cached_property
    def page(self) -> Page[Any]:
        return CountedPages(Found(self.passing, SORTS[self.sort or "newest"]), PAGE_SIZE, self.total).get_page(self.address.get("page"))

    @cached_property
    def cards(self) -> list[Card]:
        """The cards of this page, in order. What was withdrawn since the counts were read is left out."""
        keys = list(self.page.object_list) if self.total else []
        found: dict[tuple[str, int], Any] = {}
        for kind, rows in (("offer", Offer.objects), ("request", SourcingRequest.objects)):
            wanted = [pk for its_kind, pk in keys if its_kind == kind]
            if wanted:
                found |= {(kind, row.pk): row for row in rows.published().filter(pk__in=wanted).for_card()}
        return cards_of([found[key] for key in keys if key in found], without_offer=self.now.columns.unfilled)

    @cached_property
    def chips(self) -> list[Chip]:
        """The filters that are on, in the order of the form."""
        return chips_of(self.form.cleaned_data, self.words)

    def words(self, name: str, value: str) -> str:
        """Name a value of a filter whose names are rows."""
        named: Mapping[str, Callable[[], Iterable[tuple[str, str]]]] = {
            "chain": lambda: ((chain.slug, str(chain.short_name)) for chain in self.chains),
            "segment": lambda: ((place.slug, place.name) for kind in self.kinds for place in self.facets.stations[kind]),
            "certificate": self.now.columns.names.values,
        }
        return dict(named[name]()).get(value, value)

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
        """Return up to three ways on from an empty list: (the filters to drop, the address without them, what it finds)."""
        by_name: dict[str, list[str]] = {}
        for chip in self.chips:
            by_name.setdefault(chip.name, []).append(chip.text)
        counts = {name: self.passing.count(leave_out=[name]) for name in by_name}
        best = sorted((name for name in by_name if counts.get(name)), key=lambda name: -counts[name])[:NEAREST]
        return [(_(", ").join(by_name[name]), self.address_without(name), counts[name]) for name in best]

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
