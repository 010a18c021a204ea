"""How companies are searched. What they say for an edition counts once they are verified for it; that somebody buys is told by nothing."""

from collections.abc import Iterator
from typing import Any

from expo.editions.models import Chain, Segment
from expo.foundation.countries import names_of_country, words_of_country
from expo.foundation.search import Both, Describer, Found, reaches, searched
from expo.foundation.search.register import Keys
from expo.venue.models import Booth
from matchmaking.participants.models import Company, Registration


def _companies(keys: Keys) -> Iterator[Found]:
    shows = Registration.objects.filter(company__in=keys, role=Registration.Role.EXHIBITOR, status=Registration.Status.VERIFIED)
    shown: dict[int, list[Registration]] = {}
    for row in shows.select_related("booth", "main_segment").prefetch_related("chains").order_by("edition__ordinal", "pk"):
        shown.setdefault(row.company_id, []).append(row)
    for company in Company.objects.filter(pk__in=keys):
        yield _company(company, shown.get(company.pk, []))


def _company(company: Company, shows: list[Registration]) -> Found:
    code = company.country.code
    chains = {chain.pk: chain for row in shows for chain in row.chains.all()}.values()
    segments = [row.main_segment for row in shows if row.main_segment]
    stations: list[Any] = [*chains, *segments]
    places = [name for one in stations for name in (one.name_en, one.name_zh)]
    return Found(
        key=company.pk,
        title=Both(company.name, company.name_zh),
        route=("company", [company.slug], ""),
        text=Both(_joined(company.about_en, *(row.shown_en for row in shows)), _joined(company.about_zh, *(row.shown_zh for row in shows))),
        names=(*words_of_country(code), *places),
        codes=tuple(row.booth.code for row in shows if row.booth),
        aside=Both(*names_of_country(code)),
        edition_id=shows[-1].edition_id if shows else None,
        is_open=bool(shows),
        at=company.created_at,
        is_demo=company.is_demo,
    )


def _joined(*texts: str) -> str:
    return "\n".join(dict.fromkeys(text for text in texts if text))


def register() -> None:
    """Let companies be found."""
    searched(Describer("company", "company", Company, _companies, Company.objects.visible_to))
    rows = Registration.objects
    reaches(Registration, lambda keys: [(Company, rows.filter(pk__in=keys).values_list("company", flat=True))])
    reaches(Booth, lambda keys: [(Company, rows.filter(booth__in=keys).values_list("company", flat=True))])
    reaches(Chain, lambda keys: [(Company, rows.filter(chains__in=keys).values_list("company", flat=True))])
    reaches(Segment, lambda keys: [(Company, rows.filter(main_segment__in=keys).values_list("company", flat=True))])
