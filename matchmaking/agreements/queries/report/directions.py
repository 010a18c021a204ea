"""Who supplies whom: agreements from country to country, and on the stations and links of each chain's line."""

from collections.abc import Callable, Iterable, Sequence
from itertools import product

from expo.editions.models import Segment, SegmentLink
from matchmaking.agreements.queries.hiding import SMALLEST, Bin, Split, few, hides, large, split, union, veiled
from matchmaking.agreements.queries.report.breakdowns import (
    TOO_SMALL,
    Ledger,
    country_name,
    country_split,
    with_left_out,
    without_few_nameless,
)
from matchmaking.agreements.queries.report.facts import CUSTOMER, SUPPLIER, Fact
from matchmaking.agreements.queries.report.shapes import NOTHING, Both, ChainLine, Flow, Flows, Link, Station

NOTE = Both(
    "Agreements and intentions of which it is on record who supplies whom. One with parties in several countries or regions is in several flows: they are not added up.",
    "已登记供需方向的协议和意向。签约方来自多个国家和地区的，计入多个流向，不可相加。",
)
REST = Both("others", "其他")
Pair = tuple[str, str]


def flows_of(ledger: Ledger) -> Flows:
    """Return the flows, the largest first. Others than staff see flows of five agreements and more, between countries that may be told."""
    directed = [fact for fact in ledger.facts if _has_direction(fact)]
    facts = directed if ledger.traced else without_few_nameless([fact for fact in ledger.placed if _has_direction(fact)])
    bins = _flow_bins(facts)
    listed = sorted(bins, key=lambda pair: (-bins[pair].size, pair))
    undirected = len(ledger.facts) - len(directed)
    if ledger.traced:
        return Flows(NOTE, tuple(_flow(pair, bins[pair]) for pair in listed), len(directed), undirected)
    enough = veiled(union(list(bins.values())))
    shown = _shown_flows(ledger, bins, enough)
    merged = [bins[pair] for pair in listed if pair not in shown]
    withheld = bool(directed) and (not shown or (bool(merged) and not hides(merged, enough)))
    told = not few(len(directed)) and not few(undirected)
    flows = [] if withheld else [_flow(pair, bins[pair]) for pair in listed if pair in shown]
    if merged and not withheld:
        flows.append(Flow("", "", REST, REST, union(merged).size, merged=len(merged)))
    note = with_left_out(NOTE, len(directed) - len(facts))
    return Flows(note, tuple(flows), len(directed) if told else None, undirected if told else None, TOO_SMALL if withheld else NOTHING)


def _has_direction(fact: Fact) -> bool:
    return bool(fact.countries(SUPPLIER) and fact.countries(CUSTOMER))


def _flow_bins(facts: Iterable[Fact]) -> dict[Pair, Bin]:
    bins: dict[Pair, Bin] = {}
    for fact in facts:
        for pair in product(sorted(fact.countries(SUPPLIER)), sorted(fact.countries(CUSTOMER))):
            one = bins.setdefault(pair, Bin(">".join(pair)))
            one.agreements.add(fact.pk)
            one.parties.update(party.who for party in fact.parties)
            if not fact.is_named:
                one.unnamed.add(fact.pk)
    return bins


def _shown_flows(ledger: Ledger, bins: dict[Pair, Bin], enough: Callable[[Bin], bool]) -> set[Pair]:
    """Return the flows that may be told: what is left of a country's agreements besides them must not be small either."""
    countries, found = country_split(ledger)
    told = {one.key for one in found.shown}
    whole = {one.key: one.agreements for one in countries}
    shown = {pair for pair, one in bins.items() if enough(one) and set(pair) <= told}
    while doubtful := _with_a_small_rest(shown, bins, whole) or _too_few_merged(shown, bins, enough):
        shown.discard(min(doubtful, key=lambda pair: (bins[pair].size, pair)))
    return shown


def _with_a_small_rest(shown: set[Pair], bins: dict[Pair, Bin], whole: dict[str, set[int]]) -> set[Pair]:
    for country in sorted({code for pair in shown for code in pair}):
        own = {pair for pair in shown if country in pair}
        rest = len(whole[country].difference(*(bins[pair].agreements for pair in own)))
        if 0 < rest < SMALLEST:
            return own
    return set()


def _too_few_merged(shown: set[Pair], bins: dict[Pair, Bin], enough: Callable[[Bin], bool]) -> set[Pair]:
    merged = [one for pair, one in bins.items() if pair not in shown]
    return shown if merged and not hides(merged, enough) else set()


def _flow(pair: Pair, one: Bin) -> Flow:
    return Flow(pair[0], pair[1], country_name(pair[0]), country_name(pair[1]), one.size)


def chain_lines(ledger: Ledger, told_chains: set[str]) -> tuple[ChainLine, ...]:
    """Return the line of each chain that has segments or agreements. Two queries.

    `told_chains` are the slugs of those whose total stands alone in the breakdown by chain; of the others nothing is told.
    """
    segments: dict[int, list[Segment]] = {}
    for segment in Segment.objects.filter(chain__in=list(ledger.chains)).order_by("order", "pk"):
        segments.setdefault(segment.chain_id, []).append(segment)
    links = list(
        SegmentLink.objects.filter(supplier__chain__in=list(ledger.chains)).select_related("supplier", "customer__chain").order_by("pk")
    )
    lines = []
    for pk, chain in ledger.chains.items():
        facts = [fact for fact in ledger.facts if fact.chain == pk]
        stations = segments.get(pk, [])
        if not stations and not facts:
            continue
        told = ledger.traced or not facts or chain.slug in told_chains
        found = _station_split(facts, stations, traced=ledger.traced)
        shown = {one.key: one.size for one in found.shown} if told and not found.withheld else {}
        name = Both(chain.name_en, chain.name_zh or chain.name_en)
        lines.append(
            ChainLine(
                chain.slug, chain.code, chain.colour, name, len(facts) if told else None,
                tuple(_station(segment, shown) for segment in stations),
                tuple(_link(link, facts, shown, traced=ledger.traced) for link in links if link.supplier.chain_id == pk),
                elsewhere=shown.get(""),
                hidden=len(facts) - sum(shown.values()) if told else 0,
            )
        )  # fmt: skip
    return tuple(lines)


def _station_split(facts: Sequence[Fact], stations: Sequence[Segment], *, traced: bool) -> Split:
    bins = {str(segment.pk): Bin(str(segment.pk)) for segment in stations} | {"": Bin("")}
    for fact in facts:
        place = str(fact.segment) if str(fact.segment) in bins else ""
        bins[place].agreements.add(fact.pk)
    listed = list(bins.values())
    return Split(tuple(listed)) if traced else split(listed, large)


def _station(segment: Segment, shown: dict[str, int]) -> Station:
    return Station(segment.slug, Both(segment.name_en, segment.name_zh or segment.name_en), segment.stage, shown.get(str(segment.pk)))


def _link(link: SegmentLink, facts: Sequence[Fact], shown: dict[str, int], *, traced: bool) -> Link:
    """An agreement on what a segment makes is on each of its links, unless the request that it grew from says where it goes."""
    made = [fact for fact in facts if fact.segment == link.supplier_id]
    known = sum(fact.wanted == link.customer_id for fact in made)
    open_ = sum(fact.wanted is None or fact.wanted == fact.segment for fact in made)
    total: int | None = known + open_
    if not traced and (
        str(link.supplier_id) not in shown or not all(part == 0 or part >= SMALLEST for part in (known, open_, len(made) - known - open_))
    ):
        total = None
    return Link(link.supplier.slug, link.customer.slug, link.customer.chain.slug, total)
