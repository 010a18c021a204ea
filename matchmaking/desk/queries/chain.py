"""Who stands on a chain, now and before, and what it has to do with the other chains."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.core.paginator import Page
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from expo.editions.models import Chain, Edition, Segment, SegmentLink
from expo.foundation.lists import page_of
from expo.foundation.places import country_name
from expo.programme.models import Forum
from matchmaking.desk.queries.expo import HELD, Expo
from matchmaking.matching.columns import EVERYBODY
from matchmaking.participants.models import Registration
from matchmaking.participants.queries import years_of

ROWS_A_PAGE = 12
MOST_PAST = 60
SEGMENTS_OF_A_CROSSING = 3
PLAIN = (Registration.Evidence.REGISTERED, Registration.Evidence.EXHIBITED)


@dataclass(frozen=True)
class ChainLists:
    """The chain's exhibitors of the current edition, page by page, and those that reports name for editions held."""

    page: Page[Any]
    rows: list[dict[str, Any]]
    past: list[dict[str, Any]]


@dataclass(frozen=True)
class Counted:
    """Rows whose number is known already, so that the pager does not count them again."""

    rows: QuerySet[Registration]
    number: int

    def __len__(self) -> int:
        return self.number

    def __getitem__(self, part: slice) -> QuerySet[Registration]:
        return self.rows[part]


@dataclass(frozen=True)
class Crossing:
    """Another chain that supplies this one or is supplied by it, and by which of its segments."""

    chain: Chain
    address: str
    names: list[str]
    more: int


def chain_lists(chain: Chain, expo: Expo, request: HttpRequest, *, stage: str, number: int) -> ChainLists:
    """Return who stands on the chain: a page of the current edition's exhibitors, of one stage or of all, and up to 60 of before.

    `number` says how many there are of that stage. Three queries, whatever the number of rows.

    Raises:
        Http404: `?page=` asks for a page that is not there.
    """
    exhibitors = Registration.objects.visible_to(EVERYBODY).verified().exhibitors().filter(chains=chain)
    exhibitors = exhibitors.select_related("company", "booth", "main_segment")
    now = exhibitors.filter(edition=expo.current).order_by(F("booth__code").asc(nulls_last=True), "company__name", "pk")
    here = now.filter(main_segment__stage=stage, main_segment__chain=chain) if stage else now
    page = page_of(cast("list[Any]", Counted(here, number)), request, size=ROWS_A_PAGE)
    # Invented companies stand in no report, and a demo may have hundreds of them.
    held = exhibitors.filter(edition__status__in=HELD, company__is_demo=False).exclude(edition=expo.current)
    before = _latest(held.order_by("-edition__ordinal", "company__name"))
    listed = list(page.object_list)
    took_part = years_of([row.company_id for row in [*listed, *before]])

    def rows(registrations: Iterable[Registration]) -> list[dict[str, Any]]:
        return [exhibitor_row(row, chain, expo.years, took_part.get(row.company_id, set())) for row in registrations]

    return ChainLists(page, rows(listed), rows(before))


def _latest(registrations: Iterable[Registration]) -> list[Registration]:
    """Keep the newest registration of each company, by name."""
    newest: dict[int, Registration] = {}
    for registration in registrations:
        newest.setdefault(registration.company_id, registration)
    return sorted(newest.values(), key=lambda row: row.company.title.casefold())[:MOST_PAST]


def exhibitor_row(registration: Registration, chain: Chain, years: Sequence[int], took_part: set[int]) -> dict[str, Any]:
    """Return a registration as templates/components/_company_row.html prints it. A booth only where there is one."""
    company, segment = registration.company, registration.main_segment
    evidence = "" if registration.evidence in PLAIN else capfirst(registration.get_evidence_display())
    return {
        "address": reverse("company", args=[company.slug]),
        "name": company.title,
        "name_aside": company.title_aside,
        "shows": _(". ").join(part for part in (evidence, registration.shown or company.about) if part),
        "booth": registration.booth.code if registration.booth else "",
        "chain": chain,
        "stage": segment.stage if segment else "",
        "country": country_name(company.country.code),
        "years": years,
        "took_part": took_part,
        "is_demo": company.is_demo,
    }


def crossings_of(chain: Chain, edition: Edition | None) -> list[Crossing]:
    """Return the other chains of the edition that are linked with this one, in the order of the expo. One query."""
    here = Q(supplier__chain=chain) ^ Q(customer__chain=chain)
    links = SegmentLink.objects.filter(here).select_related("supplier__chain", "customer__chain")
    if edition is not None:
        links = links.filter(supplier__chain__areas__edition=edition, customer__chain__areas__edition=edition)
    others: dict[Chain, dict[int, Segment]] = {}
    for link in links:
        other = link.customer if link.supplier.chain_id == chain.pk else link.supplier
        others.setdefault(other.chain, {})[other.pk] = other
    return [_crossing(other, segments.values()) for other, segments in sorted(others.items(), key=lambda item: item[0].order)]


def _crossing(chain: Chain, segments: Iterable[Segment]) -> Crossing:
    names = [str(segment.name) for segment in sorted(segments, key=lambda segment: segment.order)]
    shown = names[:SEGMENTS_OF_A_CROSSING]
    return Crossing(chain, reverse("chain", args=[chain.slug]), shown, len(names) - len(shown))


def forum_of(chain: Chain) -> Forum | None:
    """Return the chain's newest forum, a thematic one before others of its edition. One query."""
    forums = Forum.objects.filter(chain=chain).select_related("edition")
    thematic = forums.annotate(is_other=~Q(kind=Forum.Kind.THEMATIC)).order_by("-edition__ordinal", "is_other", "pk")
    return thematic.first()
