from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from expo.editions.models import Edition
from expo.foundation.lists import filtered, page_of
from expo.foundation.places import country_name
from matchmaking.participants import queries
from matchmaking.participants.filters import ExhibitorFilter
from matchmaking.participants.models import Registration
from matchmaking.participants.queries import EditionCount, ExhibitorCounts

FEW = 5
FILTERS = ("q", "chain", "stage", "country", "kind")


@login_not_required
@require_safe
def exhibitors(request: HttpRequest) -> HttpResponse:
    everyone = Registration.objects.visible_to(request.user).exhibitors().verified()
    chosen = filtered(ExhibitorFilter, request, everyone)
    edition = chosen.edition_shown
    page = page_of(chosen.qs.for_card().order_by("company__name", "pk"), request)
    editions = queries.exhibitors_by_edition(everyone)
    counts = queries.exhibitor_counts(everyone, edition)
    chips = _chips(request, counts, chosen.form.cleaned_data)
    past = [one for one in editions if one.edition != edition and one.count]
    context = {
        "page": page,
        "rows": _rows(page.object_list, editions),
        "edition": edition,
        "tabs": _tabs(editions, edition),
        "counts": counts,
        "chips": chips,
        "clear": _address(request, without=FILTERS),
        "chosen": {name: request.GET.getlist(name) for name in FILTERS},
        "q": chosen.form.cleaned_data["q"],
        "near": [(one.edition.short_name, _edition_address(one.edition), one.count) for one in past],
        "is_thin": bool(past) and not chips and page.paginator.count < FEW,
        "span": _span(_years(editions)),
    }
    return render(request, "participants/exhibitors.html", context)


def _rows(registrations: Any, editions: list[EditionCount]) -> list[dict[str, Any]]:
    listed = list(registrations)
    took_part = queries.years_of([registration.company_id for registration in listed])
    return [_row(registration, _years(editions), took_part.get(registration.company_id, set())) for registration in listed]


def _row(registration: Registration, years: list[int], took_part: set[int]) -> dict[str, Any]:
    company, segment = registration.company, registration.main_segment
    chains = list(registration.chains.all())
    is_plain = registration.evidence in {Registration.Evidence.REGISTERED, Registration.Evidence.EXHIBITED}
    evidence = "" if is_plain else capfirst(registration.get_evidence_display())
    return {
        "address": reverse("company", args=[company.slug]),
        "name": company.title,
        "name_aside": company.title_aside,
        "shows": _(". ").join(part for part in (evidence, registration.shown) if part),
        "booth": registration.booth.code if registration.booth else "",
        "chain": segment.chain if segment else (chains[0] if chains else None),
        "stage": segment.stage if segment else "",
        "country": country_name(company.country.code),
        "years": years,
        "took_part": took_part,
        "is_demo": company.is_demo,
    }


def _years(editions: list[EditionCount]) -> list[int]:
    held = {Edition.Status.LIVE, Edition.Status.CLOSED}
    return sorted(one.edition.year for one in editions if one.edition.year and one.edition.status in held)


def _span(years: list[int]) -> str:
    return "–".join(str(year) for year in dict.fromkeys([years[0], years[-1]])) if years else ""


def _tabs(editions: list[EditionCount], edition: Edition | None) -> list[dict[str, Any]]:
    return [
        {"text": one.edition.short_name, "address": _edition_address(one.edition), "count": one.count, "is_on": one.edition == edition}
        for one in editions
        if one.count or one.edition == edition or one.edition.is_current
    ]


def _edition_address(edition: Edition) -> str:
    address = reverse("exhibitors")
    return address if edition.is_current else f"{address}?edition={edition.slug}"


def _address(request: HttpRequest, *, without: tuple[str, ...] = (), value: tuple[str, str] | None = None) -> str:
    """Return this address without the named filters, or without one value of one of them, on the first page."""
    kept = request.GET.copy()
    for name in ("page", *without):
        kept.pop(name, None)
    if value is not None:
        name, gone = value
        kept.setlist(name, [one for one in kept.getlist(name) if one != gone])
    query = kept.urlencode()
    return f"{request.path}?{query}" if query else request.path


def _chips(request: HttpRequest, counts: ExhibitorCounts, given: dict[str, Any]) -> list[tuple[str, str]]:
    words = {"chain": {chain.slug: str(chain.short_name or chain.name) for chain in given["chain"]}}
    words |= {name: {value: str(text) for value, text, _count in getattr(counts, name)} for name in ("stage", "country", "kind")}
    chips = [(f"“{given['q']}”", _address(request, without=("q",)))] if given["q"] else []
    for name in ("chain", "stage", "country", "kind"):
        chips += [(words[name].get(value, value), _address(request, value=(name, value))) for value in request.GET.getlist(name) if value]
    return chips
