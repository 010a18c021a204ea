"""Lists as spreadsheets: what staff see of the market and on the desk, with the filters of the page they come from."""

from collections.abc import Callable, Iterable
from typing import Any, cast

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Prefetch
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from expo.accounts.models import User
from expo.editions.models import Edition, Segment
from expo.editions.queries import current_edition
from expo.editions.sheets import segment_option
from expo.foundation.errors import Invalid
from expo.foundation.lists import filtered
from expo.foundation.rest import is_number
from expo.foundation.sheets.columns import Column, Moment, Told
from expo.foundation.sheets.kinds import Scope, kinds
from expo.foundation.sheets.lists import Listing, Made
from expo.foundation.sheets.views import take
from matchmaking.agreements.lists.ledger import ledger_list
from matchmaking.agreements.lists.own import own_agreement_list
from matchmaking.desk.filters import OwnPostingFilter
from matchmaking.desk.gap_views import gap_list
from matchmaking.desk.own_postings import own_rows
from matchmaking.marketplace.models import Offer, SourcingRequest
from matchmaking.marketplace.sheets import Postings
from matchmaking.matching.filters import OfferFilter, RequestFilter
from matchmaking.meetings.filters import PlannedSeatFilter
from matchmaking.meetings.lists import figure_list, meeting_list, request_list
from matchmaking.meetings.models import PlanRun
from matchmaking.meetings.queries.draft_sheet import draft_sheet
from matchmaking.meetings.queries.drafts import planned_seats
from matchmaking.participants.filters import ExhibitorFilter
from matchmaking.participants.models import Member, Registration

Rows = Iterable[Any]


@require_safe
def export(request: HttpRequest, name: str, form: str) -> HttpResponseBase:
    if name not in LISTINGS:
        raise Http404
    return take(request, name, form, filters=request.GET.urlencode())


def _changelist(request: HttpRequest, model: Any) -> Any:
    """Return the rows that the desk's list shows for this address. Raises Http404 for who may not see it, Invalid for odd filters."""
    desk = admin.site._registry[model]  # noqa: SLF001 - the way to a registered desk; Django has no other
    if not desk.has_view_permission(request):
        raise Http404
    try:
        return desk.get_changelist_instance(request).get_queryset(request)
    except IncorrectLookupParameters as fault:
        raise Invalid(_("The address asks for something this list does not know.")) from fault


def _posting_columns(kind: str) -> list[Column]:
    segments = Segment.objects.select_related("chain").order_by("chain__order", "order", "id")
    sheet = cast("Postings", kinds()[f"{kind}s"])
    return [
        Told("company", _("Company"), get=lambda row: row.registration.company.name, width=30),
        Told("edition", _("Edition"), get=lambda row: row.registration.edition.slug),
        *sheet.declared(lambda: [segment_option(segment) for segment in segments]),
    ]


def _postings(kind: str, rows: Any) -> Made:
    named = cast("Postings", kinds()[f"{kind}s"]).held.objects.select_related("certificate").order_by("certificate__name")
    full = rows.select_related("registration__company", "registration__edition", "segment__chain").defer(None)
    written = full.prefetch_related(Prefetch("certificates", named)).order_by("-pk").iterator(chunk_size=500)
    return Made(_posting_columns(kind), written, rows.count)


def _market(kind: str, model: Any, filters: Any) -> Callable[[HttpRequest], Made]:
    def made(request: HttpRequest) -> Made:
        if not request.user.has_perm(f"marketplace.view_{model._meta.model_name}"):
            raise Http404
        return _postings(kind, filtered(filters, request, model.objects.visible_to(request.user).published()).qs)

    return made


def _own(kind: str) -> Callable[[HttpRequest], Made]:
    def made(request: HttpRequest) -> Made:
        chosen = filtered(OwnPostingFilter, request, own_rows(cast("User", request.user), kind))
        return _postings(kind, chosen.qs)

    return made


def _desk_postings(kind: str, model: Any) -> Callable[[HttpRequest], Made]:
    return lambda request: _postings(kind, model.objects.filter(pk__in=_changelist(request, model).values("pk")))


def _exhibitors(request: HttpRequest) -> Made:
    if not request.user.has_perm("participants.view_registration"):
        raise Http404
    chosen = filtered(ExhibitorFilter, request, Registration.objects.visible_to(request.user).exhibitors().verified())
    return _listed(Registration.objects.filter(pk__in=chosen.qs.values("pk")))


def _registrations(request: HttpRequest) -> Made:
    found = _changelist(request, Registration)
    return _listed(Registration.objects.filter(pk__in=found.values("pk")))


def _listed(rows: Any) -> Made:
    full = rows.select_related("company", "edition", "booth", "main_segment__chain").prefetch_related("chains")
    return Made(_registration_columns(), full.order_by("company__name", "pk").iterator(chunk_size=500), rows.count)


def _registration_columns() -> list[Column]:
    return [
        Told("company", _("Company"), get=lambda row: row.company.name, width=36),
        Told("name_zh", _("Name (Chinese)"), get=lambda row: row.company.name_zh, width=26),
        Told("slug", _("Address"), get=lambda row: row.company.slug, width=26),
        Told("country", _("Country/region"), get=lambda row: row.company.country.code),
        Told("edition", _("Edition"), get=lambda row: row.edition.slug),
        Told("role", _("Role"), get=lambda row: row.get_role_display()),
        Told("status", _("Status"), get=lambda row: row.get_status_display()),
        Told("chains", _("Chains"), get=lambda row: ", ".join(sorted(chain.code for chain in row.chains.all()))),
        Told("main_segment", _("Main segment"), get=lambda row: row.main_segment and segment_option(row.main_segment).written, width=30),
        Told("attendance", _("Attendance"), get=lambda row: row.get_attendance_display()),
        Told("booth", _("Booth"), get=lambda row: row.booth and row.booth.code),
        Told("external_id", _("Own reference"), get=lambda row: row.external_id),
        Told("demo", _("Demo"), get=lambda row: _("yes") if row.company.is_demo else ""),
    ]


def _people(request: HttpRequest) -> Made:
    found = _changelist(request, User)
    own = Member.objects.filter(status=Member.Status.ACTIVE).select_related("company")
    rows = User.objects.filter(pk__in=found.values("pk")).prefetch_related(Prefetch("memberships", own, to_attr="held")).order_by("pk")
    columns: list[Column] = [
        Told("full_name", _("Name"), width=26),
        Told("email", _("E-mail"), width=30),
        Told("language", _("Language"), get=lambda row: row.get_language_display()),
        Told("companies", _("Companies"), get=lambda row: "; ".join(member.company.name for member in row.held), width=40),
        Moment("date_joined", _("Joined"), is_told=True, zone=settings.TIME_ZONE),
    ]
    return Made(columns, rows.iterator(chunk_size=500), found.count)


def _of_edition(name: str) -> Callable[[HttpRequest], Made]:
    """Return how a list is made whose columns are those of an import: of the edition that is filtered by, or the current one."""

    def made(request: HttpRequest) -> Made:
        sheet = kinds()[name]
        model: Any = sheet.model  # type: ignore[attr-defined] # all of these are ByAction
        found = _changelist(request, model)
        chosen = request.GET.get("edition__id__exact", "")
        edition = Edition.objects.filter(pk=chosen).first() if chosen.isdecimal() else current_edition()
        if edition is None:
            raise Http404
        scope = Scope(cast("User", request.user), edition)
        keys = set(found.values_list("pk", flat=True))
        return Made(sheet.columns(scope), (row for row in sheet.rows(scope) if row.pk in keys), lambda: len(keys))

    return made


def _plan_seats(request: HttpRequest) -> Made:
    number = request.GET.get("run", "")
    runs = PlanRun.objects.visible_to(request.user)
    run = runs.select_related("edition__meeting_setup").filter(pk=int(number)).first() if is_number(number) else None
    setup = getattr(run.edition, "meeting_setup", None) if run is not None else None
    if run is None or setup is None:
        raise Http404
    setup.edition = run.edition
    return draft_sheet(filtered(PlannedSeatFilter, request, planned_seats(run)).qs, setup)


def _of_staff(title: Any, make: Callable[[HttpRequest], Made]) -> Listing:
    return Listing(title, make, may=admin.site.has_permission)


LISTS: dict[str, Listing] = {
    "market-offers": _of_staff(_("Offers"), _market("offer", Offer, OfferFilter)),
    "market-requests": _of_staff(_("Requests"), _market("request", SourcingRequest, RequestFilter)),
    "exhibitors": _of_staff(_("Exhibitors"), _exhibitors),
    "offers": _of_staff(_("Offers"), _desk_postings("offer", Offer)),
    "requests": _of_staff(_("Requests"), _desk_postings("request", SourcingRequest)),
    "registrations": _of_staff(_("Registrations"), _registrations),
    "people": _of_staff(_("People"), _people),
    "chain-gaps": _of_staff(_("Where a chain is open"), gap_list),
    "plan-seats": _of_staff(_("Plan"), _plan_seats),
    "ledger": _of_staff(_("Agreements"), ledger_list),
    "meetings": _of_staff(_("Meetings"), meeting_list),
    "meeting-requests": _of_staff(_("Requests to meet"), request_list),
    "meeting-figures": _of_staff(_("Figures of meetings"), figure_list),
    **{name: _of_staff(kinds_title, _of_edition(name)) for name, kinds_title in (
        ("companies", _("Companies")), ("booths", _("Booths")), ("forums", _("Forums")), ("agreements", _("Agreements")),
        ("terms", _("Terms")),
    )},
}  # fmt: skip
# Lists that anybody takes of their own postings; everything else is for staff.
OWN = {
    "my-offers": Listing(_("Your offers"), _own("offer")),
    "my-requests": Listing(_("Your requests"), _own("request")),
    "my-agreements": Listing(_("Your agreements"), own_agreement_list),
}
LISTINGS = {**LISTS, **OWN}
# Which list of the desk is which export; read by the template tag that puts the links there.
OF_MODEL = {
    "marketplace.offer": "offers",
    "marketplace.sourcingrequest": "requests",
    "participants.company": "companies",
    "participants.registration": "registrations",
    "accounts.user": "people",
    "venue.booth": "booths",
    "programme.forum": "forums",
    "agreements.agreement": "agreements",
    "matching.term": "terms",
}
