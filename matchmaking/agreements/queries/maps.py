"""The supply chain map of a chain in an edition: who stands on its segments, and who supplies whom.

The same for everybody: only companies whose page anybody sees, published links with their sources, and agreements that both sides
confirmed or the organiser verified and that are public. What is anonymous or only in the totals is on no map.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from expo.editions.models import Chain, Edition, Segment, SegmentLink, Source
from expo.foundation.bilingual import is_chinese
from expo.foundation.places import country_name
from matchmaking.agreements.models import Agreement, Party
from matchmaking.agreements.queries.outcome import SMALLEST_CELL
from matchmaking.marketplace.models import Offer
from matchmaking.matching.columns import EVERYBODY
from matchmaking.participants.models import Company, Registration, SupplyLink
from matchmaking.participants.queries import with_page

SURE = (Agreement.Status.CONFIRMED, Agreement.Status.VERIFIED)


@dataclass(frozen=True)
class Side:
    """A company on the map: its names, its country or region, and the key of its page, '' where it has none to show."""

    name: str
    name_zh: str
    country: str
    slug: str
    is_demo: bool = False

    @property
    def title(self) -> str:
        """The name in the page's language."""
        return (self.name_zh or self.name) if is_chinese() else self.name

    @property
    def country_name(self) -> str:
        return country_name(self.country)


@dataclass(frozen=True)
class Standing:
    """A company on a segment: by its main segment, or by what it offers there."""

    side: Side
    is_main: bool


@dataclass
class MapStation:
    """A segment with its companies, those whose main segment it is first."""

    segment: Segment
    companies: list[Standing] = field(default_factory=list)

    @property
    def countries(self) -> list[tuple[str, int]]:
        """Where the companies are from, most first: codes with counts. Empty below five companies: so few are not broken down."""
        if len(self.companies) < SMALLEST_CELL:
            return []
        counts = Counter(one.side.country for one in self.companies)
        return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


@dataclass(frozen=True)
class Supply:
    """One known supply: who, whom, from which segment to which, and how it is known.

    A published link says what (`item_en`, `item_zh`), of which year, and has sources; an agreement has a label, a kind and a title.
    """

    supplier: Side
    customer: Side
    start: Segment | None
    end: Segment | None
    item_en: str = ""
    item_zh: str = ""
    year: int | None = None
    sources: tuple[Source, ...] = ()
    label: str = ""
    kind: str = ""
    title: str = ""
    is_demo: bool = False

    @property
    def is_published(self) -> bool:
        return not self.label


@dataclass
class Lane:
    """All that is known to flow from one segment to another; None is off every line. `is_built` says that the chains link the two."""

    start: Segment | None
    end: Segment | None
    is_built: bool = False
    published: list[Supply] = field(default_factory=list)
    agreed: list[Supply] = field(default_factory=list)


@dataclass(frozen=True)
class ChainMap:
    """The whole map. `lanes` stand in the order of the segments; those that leave or reach the chain are among them."""

    edition: Edition
    chain: Chain
    stations: list[MapStation]
    lanes: list[Lane]

    @property
    def published(self) -> list[Supply]:
        return [supply for lane in self.lanes for supply in lane.published]

    @property
    def agreed(self) -> list[Supply]:
        return [supply for lane in self.lanes for supply in lane.agreed]

    @property
    def companies(self) -> int:
        """How many companies stand on the line; who stands on two segments counts once."""
        return len({(one.side.name, one.side.country) for station in self.stations for one in station.companies})

    @property
    def has_demo(self) -> bool:
        """Whether an invented row is on the map."""
        standing = any(one.side.is_demo for station in self.stations for one in station.companies)
        return standing or any(supply.is_demo for supply in self.agreed)

    def is_here(self, segment: Segment | None) -> bool:
        return segment is not None and segment.chain_id == self.chain.pk


@dataclass(frozen=True)
class MapTile:
    """A chain in the list of maps, with what its map holds."""

    chain: Chain
    companies: int
    published: int
    agreed: int


def chain_maps(edition: Edition) -> list[MapTile]:
    """Return the edition's chains that have segments, in its order. Two queries."""
    companies = _exhibitors(edition).filter(main_segment__chain=OuterRef("pk")).values("main_segment__chain")
    agreed = _sure(edition).order_by().filter(chain=OuterRef("pk")).values("chain")
    chains: Any = (
        Chain.objects.in_edition(edition)
        .filter(Exists(Segment.objects.filter(chain=OuterRef("pk"))))
        .annotate(
            companies=Coalesce(Subquery(companies.annotate(n=Count("company", distinct=True)).values("n")), 0),
            agreed=Coalesce(Subquery(agreed.annotate(n=Count("pk")).values("n")), 0),
        )
    )
    published: Counter[int] = Counter()
    for ends in _links(edition).order_by().values_list("supplier_segment__chain", "customer_segment__chain"):
        published.update(set(ends) - {None})
    return [MapTile(chain, chain.companies, published[chain.pk], chain.agreed) for chain in chains]


def chain_map(edition: Edition, chain: Chain) -> ChainMap:
    """Return the map of a chain. At most eleven queries, whatever the number of companies and agreements."""
    segments = list(Segment.objects.filter(chain=chain).select_related("chain").order_by("order", "pk"))
    stations = _stations(edition, chain, segments)
    lanes: dict[tuple[int | None, int | None], Lane] = {}

    def lane(start: Segment | None, end: Segment | None) -> Lane:
        return lanes.setdefault((start.pk if start else None, end.pk if end else None), Lane(start, end))

    for link in SegmentLink.objects.filter(_touches(chain)).select_related("supplier__chain", "customer__chain"):
        lanes[link.supplier_id, link.customer_id] = Lane(link.supplier, link.customer, is_built=True)
    for supply in _published(edition, chain):
        lane(supply.start, supply.end).published.append(supply)
    for supply in _agreed(edition, chain):
        lane(supply.start, supply.end).agreed.append(supply)
    return ChainMap(edition, chain, stations, sorted(lanes.values(), key=_in_order))


def _in_order(lane: Lane) -> tuple[Any, ...]:
    """Put lanes in the order of the line; what comes from or goes off it stands last."""
    return tuple((end is None, (end.chain.order, end.order, end.pk) if end else ()) for end in (lane.start, lane.end))


def _exhibitors(edition: Edition) -> Any:
    return Registration.objects.visible_to(EVERYBODY).verified().exhibitors().filter(edition=edition).order_by()


def _stations(edition: Edition, chain: Chain, segments: Iterable[Segment]) -> list[MapStation]:
    """Put the exhibitors on the segments. Two queries."""
    columns = ("company__name", "company__name_zh", "company__country", "company__slug", "company__is_demo")
    offers = Offer.objects.visible_to(EVERYBODY).filter(registration__edition=edition, segment__chain=chain).order_by()
    offered = set(offers.values_list("segment", "registration").distinct())
    wanted = Q(main_segment__chain=chain) | Q(pk__in=offers.values("registration"))
    stations = {segment.pk: MapStation(segment) for segment in segments}
    standing: dict[int, list[Standing]] = defaultdict(list)
    by_registration: dict[int, tuple[int | None, Side]] = {}
    rows = _exhibitors(edition).filter(wanted).order_by("company__name", "pk").values_list("pk", "main_segment", *columns)
    for pk, main, name, name_zh, country, slug, is_demo in rows:
        by_registration[pk] = (main, Side(name, name_zh, str(country), slug, is_demo))
        if main in stations:
            stations[main].companies.append(Standing(by_registration[pk][1], is_main=True))
    for segment, registration in offered:
        if registration in by_registration and by_registration[registration][0] != segment:
            standing[segment].append(Standing(by_registration[registration][1], is_main=False))
    for segment, more in standing.items():
        stations[segment].companies += sorted(more, key=lambda one: one.side.name)
    return list(stations.values())


def _touches(chain: Chain) -> Q:
    return Q(supplier__chain=chain) | Q(customer__chain=chain)


def _links(edition: Edition) -> QuerySet[SupplyLink]:
    """Those that reports tell of the edition's year; an edition that has none yet shows all that is known."""
    links = SupplyLink.objects.all()
    return links.filter(year=edition.year) if edition.year else links


def _published(edition: Edition, chain: Chain) -> Iterator[Supply]:
    """Yield the published links that touch the chain. Three queries."""
    here = Q(supplier_segment__chain=chain) | Q(customer_segment__chain=chain)
    links = list(
        _links(edition)
        .filter(here)
        .select_related("supplier", "customer", "supplier_segment__chain", "customer_segment__chain")
        .prefetch_related("sources")
    )
    shown = with_page({company for link in links for company in (link.supplier_id, link.customer_id) if company}, EVERYBODY)
    for link in links:
        yield Supply(
            _side(link.supplier, link.supplier_name, link.supplier_country, shown, name_zh=link.supplier_name_zh),
            _side(link.customer, link.customer_name, link.customer_country, shown, name_zh=link.customer_name_zh),
            link.supplier_segment,
            link.customer_segment,
            link.item_en,
            link.item_zh,
            link.year,
            tuple(link.sources.all()),
        )


def _sure(edition: Edition) -> QuerySet[Agreement]:
    """Public agreements that both sides confirmed or the organiser verified."""
    found: QuerySet[Agreement] = Agreement.objects.filter(edition=edition, visibility=Agreement.Visibility.PUBLIC, status__in=SURE)
    return found


def _agreed(edition: Edition, chain: Chain) -> Iterator[Supply]:
    """Yield the agreements that say who supplies whom and touch the chain, by number, each pair of sides for itself. Five queries.

    What is supplied is of the agreement's segment; the customer stands where it exhibits, or off the line where it does not.
    """
    stands = dict(_exhibitors(edition).exclude(main_segment=None).values_list("company", "main_segment"))
    own = set(Segment.objects.filter(chain=chain).values_list("pk", flat=True))
    there = [company for company, segment in stands.items() if segment in own]
    customers = Party.objects.filter(role=Party.Role.CUSTOMER, company__in=there).values("agreement")
    rows = list(_sure(edition).filter(Q(chain=chain) | Q(pk__in=customers)).order_by("number"))
    sides = _parties(rows)
    needed = {row.segment_id for row in rows if row.segment_id} | set(stands.values())
    segments = {segment.pk: segment for segment in Segment.objects.filter(pk__in=needed).select_related("chain")}
    for row in rows:
        row.edition = edition
        for supplier, by in sides.get(row.pk, {}).get(Party.Role.SUPPLIER, ()):
            for customer, to in sides[row.pk].get(Party.Role.CUSTOMER, ()):
                start, end = segments.get(row.segment_id or stands.get(by or 0, 0)), segments.get(stands.get(to or 0, 0))
                if any(one is not None and one.chain_id == chain.pk for one in (start, end)):
                    yield Supply(supplier, customer, start, end, label=row.label, kind=row.kind, title=row.title, is_demo=row.is_demo)


def _parties(rows: Iterable[Agreement]) -> Mapping[int, Mapping[str, list[tuple[Side, int | None]]]]:
    """Return the sides by agreement and role, each with the key of its company. Two queries."""
    parties = list(
        Party.objects.filter(agreement__in=[row.pk for row in rows], role__in=[Party.Role.SUPPLIER, Party.Role.CUSTOMER])
        .select_related("company")
        .order_by("order", "pk")
    )
    shown = with_page({party.company_id for party in parties if party.company_id}, EVERYBODY)
    found: dict[int, dict[str, list[tuple[Side, int | None]]]] = defaultdict(lambda: defaultdict(list))
    for party in parties:
        side = _side(party.company, party.outside_name, party.country, shown)
        found[party.agreement_id][party.role].append((side, party.company_id))
    return found


def _side(company: Company | None, name: str, country: Any, shown: Collection[int], *, name_zh: str = "") -> Side:
    if company is None:
        return Side(name, name_zh, str(country.code or ""), "")
    side = Side(company.name, company.name_zh, str(company.country.code), company.slug, company.is_demo)
    return side if company.pk in shown else replace(side, slug="")
