"""The supply chain map as a picture, as data and as rows of a .csv."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from expo.editions.models import Chain, Segment, Stage
from expo.foundation.bilingual import is_chinese
from expo.foundation.drawing.portable import Frame, portable
from expo.foundation.drawing.supply_map import MapLink, MapStop, SupplyMap, supply_map
from expo.foundation.sheets.inert import inert
from expo.foundation.sheets.writing import MARK
from matchmaking.agreements.queries.maps import ChainMap, Lane, MapStation, Side, Supply

NAMES_ON_A_CARD = 3
COUNTRIES_TOLD = 3
CODES_ON_A_CARD = 4
COLUMNS = (
    *("kind", "chain", "stage", "segment", "company", "country", "to_chain", "to_segment", "to_company", "to_country"),
    *("item", "year", "number", "sources", "agreements", "demo"),
)


def drawn_map(shown: ChainMap) -> str:
    """Return the picture of the map, as the page holds it."""
    return supply_map(
        SupplyMap(
            code=shown.chain.code,
            colour=shown.chain.colour,
            name=summary_of(shown),
            stages=[(value, _stage_name(shown.chain, value)) for value in Stage.values],
            stops=[_stop(station, shown) for station in shown.stations],
            links=[
                MapLink(str(lane.start.pk), str(lane.end.pk), len(lane.published), len(lane.agreed))
                for lane in shown.lanes
                if lane.start and lane.end and shown.is_here(lane.start) and shown.is_here(lane.end)
            ],
            words_={
                "published": _("published links, with their number"),
                "agreed": _("public agreements, with their number"),
                "built": _("what the line is built like"),
                "supplied_by": pgettext("chains that supply it", "from"),
                "supplies": pgettext("chains that it supplies", "to"),
            },
        )
    )


def map_file(shown: ChainMap) -> str:
    """Return the picture as a file of its own, with its heading and its edition."""
    source = str(shown.edition.name) + (f" · {_('Demo')}" if shown.has_demo else "")
    frame = Frame(title_of(shown), summary_of(shown), source=source, language="zh-Hans" if is_chinese() else "en")
    return portable(drawn_map(shown), frame)


def title_of(shown: ChainMap) -> str:
    """Return the heading of the map."""
    return _("Supply chain map: %(chain)s") % {"chain": shown.chain.name}


def summary_of(shown: ChainMap) -> str:
    """Return what is on the map, in a sentence: the name of the picture."""
    segments, companies = len(shown.stations), shown.companies
    published, agreed = len(shown.published), len(shown.agreed)
    parts = [
        ngettext("%(n)s segment", "%(n)s segments", segments) % {"n": segments},
        ngettext("%(n)s company", "%(n)s companies", companies) % {"n": f"{companies:,}"},
        ngettext("%(n)s published link", "%(n)s published links", published) % {"n": f"{published:,}"},
        ngettext("%(n)s public agreement", "%(n)s public agreements", agreed) % {"n": f"{agreed:,}"},
    ]
    is_line = any(station.segment.stage != Stage.SERVICE for station in shown.stations)
    said = _("%(chain)s, from upstream to downstream: %(parts)s") if is_line else _("%(chain)s: %(parts)s")
    return said % {"chain": shown.chain.name, "parts": _(", ").join(parts)}


def countries_line(station: MapStation, most: int = COUNTRIES_TOLD) -> str:
    """Return where most of a segment's companies are from, "China 20 · Germany 5"; '' below five companies."""
    names = {one.side.country: one.side.country_name for one in station.companies}
    return " · ".join(f"{names[code]} {count}" for code, count in _leading(station)[:most])


def _leading(station: MapStation) -> list[tuple[str, int]]:
    """Return the countries with more than one company; all where none has."""
    return [(code, count) for code, count in station.countries if count > 1] or station.countries


def _stage_name(chain: Chain, stage: str) -> str:
    if stage == Stage.SERVICE and chain.kind != Chain.Kind.SERVICES:
        return _("Services on this line")
    return str(Stage(stage).label)


def _stop(station: MapStation, shown: ChainMap) -> MapStop:
    count = len(station.companies)
    lines = [ngettext("%(n)s company", "%(n)s companies", count) % {"n": f"{count:,}"} if count else _("no company")]
    lines += [one.side.title for one in station.companies[:NAMES_ON_A_CARD]]
    more = count - NAMES_ON_A_CARD
    if more > 0:
        lines.append(ngettext("and %(n)s more", "and %(n)s more", more) % {"n": f"{more:,}"})
    # By their codes, as the names would be cut off; the table has them.
    told = " · ".join(f"{code} {count}" for code, count in _leading(station)[:CODES_ON_A_CARD])
    lines += [told] if told else []
    key = station.segment.pk
    inside = sum(
        len(lane.published) + len(lane.agreed) for lane in shown.lanes if lane.start and lane.start == lane.end and lane.start.pk == key
    )
    lines += [ngettext("%(n)s link inside it", "%(n)s links inside it", inside) % {"n": f"{inside:,}"}] if inside else []
    sent = [lane.end for lane in shown.lanes if lane.start and lane.start.pk == key and lane.end and not shown.is_here(lane.end)]
    taken = [lane.start for lane in shown.lanes if lane.end and lane.end.pk == key and lane.start and not shown.is_here(lane.start)]
    return MapStop(str(key), str(station.segment.name), station.segment.stage, lines, _signs(taken), _signs(sent))


def _signs(segments: Iterable[Segment]) -> list[tuple[str, str]]:
    return list(dict.fromkeys((one.chain.code, one.chain.colour) for one in segments))


def map_data(shown: ChainMap) -> dict[str, Any]:
    """Return the whole map as plain values, for the .json and the API."""
    return {
        "edition": shown.edition.slug,
        "chain": shown.chain.slug,
        "code": shown.chain.code,
        "name_en": shown.chain.name_en,
        "name_zh": shown.chain.name_zh,
        "segments": [_segment_sent(station) for station in shown.stations],
        "lanes": [_lane_sent(lane) for lane in shown.lanes],
        "supplies": [_supply_sent(supply) for supply in (*shown.published, *shown.agreed)],
        "has_demo": shown.has_demo,
    }


def _segment_sent(station: MapStation) -> dict[str, Any]:
    segment = station.segment
    return {
        "slug": segment.slug,
        "stage": segment.stage,
        "name_en": segment.name_en,
        "name_zh": segment.name_zh,
        "companies": [{**_side_sent(one.side), "is_main": one.is_main} for one in station.companies],
        "countries": [{"country": code, "companies": count} for code, count in station.countries],
    }


def _side_sent(side: Side) -> dict[str, Any]:
    names = {"name": side.name, "name_zh": side.name_zh, "country": side.country}
    return {"company": side.slug or None, **names, "is_demo": side.is_demo}


def _place_sent(segment: Segment | None) -> dict[str, str] | None:
    return None if segment is None else {"chain": segment.chain.slug, "segment": segment.slug}


def _lane_sent(lane: Lane) -> dict[str, Any]:
    ends = {"start": _place_sent(lane.start), "end": _place_sent(lane.end)}
    return {**ends, "is_built": lane.is_built, "published": len(lane.published), "agreed": len(lane.agreed)}


def _supply_sent(supply: Supply) -> dict[str, Any]:
    return {
        "supplier": _side_sent(supply.supplier),
        "customer": _side_sent(supply.customer),
        "start": _place_sent(supply.start),
        "end": _place_sent(supply.end),
        "item_en": supply.item_en,
        "item_zh": supply.item_zh,
        "year": supply.year,
        "sources": [source.key for source in supply.sources],
        "number": supply.label,
        "kind": supply.kind,
        "is_demo": supply.is_demo,
    }


def map_lines(shown: ChainMap) -> Iterator[str]:
    """Yield the lines of a .csv: the companies of each segment, each published link, each agreement, each link between segments."""
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, COLUMNS, restval="")
    writer.writeheader()
    for row in _rows(shown):
        writer.writerow({name: inert(str(value)) for name, value in row.items()})
    yield MARK
    yield buffer.getvalue()


def _rows(shown: ChainMap) -> Iterator[dict[str, Any]]:
    for station in shown.stations:
        place = _between(station.segment, None)
        for one in station.companies:
            stands = {"company": one.side.title, "country": one.side.country, "demo": _flag(is_on=one.side.is_demo)}
            yield {"kind": "company" if one.is_main else "company by its offers", **place, **stands}
    for supply in (*shown.published, *shown.agreed):
        yield {
            "kind": "published link" if supply.is_published else supply.kind,
            **_between(supply.start, supply.end),
            "company": supply.supplier.title,
            "country": supply.supplier.country,
            "to_company": supply.customer.title,
            "to_country": supply.customer.country,
            "item": supply_words(supply),
            "year": supply.year or "",
            "number": supply.label,
            "sources": "; ".join(str(source) for source in supply.sources),
            "demo": _flag(is_on=supply.is_demo),
        }
    for lane in shown.lanes:
        if lane.is_built:
            yield {"kind": "link of the line", **_between(lane.start, lane.end), "agreements": len(lane.agreed)}


def supply_words(supply: Supply) -> str:
    """Return what is supplied, in the page's language, or the title of the agreement."""
    return ((supply.item_zh or supply.item_en) if is_chinese() else supply.item_en) if supply.is_published else supply.title


def _between(start: Segment | None, end: Segment | None) -> dict[str, Any]:
    here = {"chain": start.chain.code, "stage": start.stage, "segment": start.name} if start else {}
    return {**here, **({"to_chain": end.chain.code, "to_segment": end.name} if end else {})}


def _flag(*, is_on: bool) -> str:
    return "demo" if is_on else ""


def lanes_of(shown: ChainMap) -> tuple[list[Lane], list[Lane]]:
    """Return the lanes with agreements, and those that lead into other chains or come from them."""
    agreed = [lane for lane in shown.lanes if lane.agreed]
    crossing = [lane for lane in shown.lanes if lane.start and lane.end and lane.start.chain_id != lane.end.chain_id]
    return agreed, crossing
