"""How editions, chains, segments and publications are searched: as pages that everybody may read."""

from collections.abc import Iterator
from urllib.parse import urlencode

from expo.editions.models import Chain, ChainArea, Edition, Publication, Segment
from expo.foundation.search import Both, Describer, Found, reaches, searched
from expo.foundation.search.register import Keys


def _editions(keys: Keys) -> Iterator[Found]:
    for row in Edition.objects.filter(pk__in=keys):
        yield Found(
            key=row.pk,
            title=Both(row.name_en, row.name_zh),
            route=("edition", [row.slug], ""),
            text=Both(f"{row.theme_en}\n{row.note_en}", f"{row.theme_zh}\n{row.note_zh}"),
            names=(row.short_name_en, row.short_name_zh, row.venue_en, row.venue_zh, row.city_en, row.city_zh, row.host_en, row.host_zh),
            codes=(str(row.year),) if row.year else (),
            aside=Both(f"{row.venue_en} {row.city_en}".strip(), f"{row.city_zh} {row.venue_zh}".strip()),
            edition_id=row.pk,
        )


def _chains(keys: Keys) -> Iterator[Found]:
    areas: dict[int, list[ChainArea]] = {}
    for area in ChainArea.objects.filter(chain__in=keys).order_by("pk"):
        areas.setdefault(area.chain_id, []).append(area)
    for row in Chain.objects.filter(pk__in=keys):
        held = areas.get(row.pk, [])
        yield Found(
            key=row.pk,
            title=Both(row.name_en, row.name_zh),
            route=("chain", [row.slug], ""),
            text=Both(row.summary_en, row.summary_zh),
            names=(row.short_name_en, row.short_name_zh, *(name for area in held for name in (area.name_en, area.name_zh))),
            codes=(row.code,),
            sign=(row.code, row.colour),
        )


def _segments(keys: Keys) -> Iterator[Found]:
    for row in Segment.objects.filter(pk__in=keys).select_related("chain"):
        chain = row.chain
        yield Found(
            key=row.pk,
            title=Both(row.name_en, row.name_zh),
            route=("market", [], f"?{urlencode({'chain': chain.slug, 'segment': row.slug})}"),
            names=(chain.name_en, chain.name_zh, chain.short_name_en, chain.short_name_zh),
            aside=Both(chain.name_en, chain.name_zh),
            sign=(chain.code, chain.colour),
        )


def _publications(keys: Keys) -> Iterator[Found]:
    for row in Publication.objects.filter(pk__in=keys).select_related("edition"):
        yield Found(
            key=row.pk,
            title=Both(row.title_en, row.title_zh),
            route=("edition", [row.edition.slug], "") if row.edition else ("editions", [], ""),
            text=Both(". ".join([row.summary_en, *row.industries_en]), "。".join([row.summary_zh, *row.industries_zh])),
            names=(row.publisher_en, row.publisher_zh),
            aside=Both(row.publisher_en, row.publisher_zh),
            edition_id=row.edition_id,
        )


def register() -> None:
    """Let the event's pages be found."""
    searched(Describer("edition", "page", Edition, _editions))
    searched(Describer("chain", "page", Chain, _chains))
    searched(Describer("segment", "page", Segment, _segments))
    searched(Describer("publication", "page", Publication, _publications))
    reaches(Chain, lambda keys: [(Segment, Segment.objects.filter(chain__in=keys).values_list("pk", flat=True))])
    reaches(Edition, lambda keys: [(Publication, Publication.objects.filter(edition__in=keys).values_list("pk", flat=True))])
    reaches(ChainArea, lambda keys: [(Chain, ChainArea.objects.filter(pk__in=keys).values_list("chain", flat=True))])
