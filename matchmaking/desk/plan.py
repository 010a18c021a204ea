"""The floor plan: where the booths are (venue) and who stands there (participants)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_not_required
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from expo.editions.models import Chain, Edition
from expo.editions.queries import current_edition
from expo.foundation.drawing.plan import FloorPlan, PlanBooth, PlanHall, PlanLine
from expo.venue.models import Booth, Hall
from matchmaking.marketplace.models import Offer
from matchmaking.participants.models import Registration, Visitor

MOST_FOUND = 20


@dataclass
class Stand:
    """A booth and who stands there, as far as the visitor may know; `offers` are the open ones."""

    booth: Booth
    registration: Registration | None = None
    offers: int = 0

    @property
    def chain(self) -> Chain | None:
        return self.booth.area.chain if self.booth.area else None

    @property
    def company(self) -> str:
        return self.registration.company.title if self.registration else ""

    @property
    def name(self) -> str:
        """The booth in words, for the tooltip and for screen readers."""
        return self.booth.code + pgettext("clauses", ", ") + (self.company or self.booth.get_status_display())

    def answers(self, words: str) -> bool:
        """Say whether the words stand in the code or in a name of the company, whatever the case and the blanks."""
        company = self.registration.company if self.registration else None
        names = (self.booth.code, company.name, company.name_zh) if company else (self.booth.code,)
        return any(_plain(words) in _plain(name) for name in names)


@dataclass
class Floor:
    """A hall with its stands, in the order of their codes."""

    hall: Hall
    stands: list[Stand] = field(default_factory=list)


@login_not_required
@require_safe
def plan(request: HttpRequest) -> HttpResponse:
    edition = get_object_or_404(Edition, slug=request.GET["edition"]) if request.GET.get("edition") else current_edition()
    floors = floors_of(edition, visitor=request.user) if edition else []
    stands = [stand for floor in floors for stand in floor.stands]
    words = " ".join(request.GET.get("q", "").split())[:80]
    found = [stand for stand in stands if stand.answers(words)] if words else []
    selected = _selected(stands, request.GET.get("booth", ""), words, found)
    shown = _in_hall(floors, request.GET.get("hall", ""))
    context = {
        "edition": edition,
        "floors": floors,
        "shown": shown,
        "hall": shown[0].hall if len(shown) == 1 and len(floors) > 1 else None,
        "chains": _chains([stand for floor in shown for stand in floor.stands]),
        "drawing": drawing_of(shown, edition, selected) if edition else None,
        "selected": selected,
        "words": words,
        "found": found[:MOST_FOUND],
        "is_demo": any(floor.hall.is_demo for floor in floors),
        "is_elsewhere": bool(edition and not edition.is_current),
    }
    return render(request, "desk/plan.html", context)


def floors_of(edition: Edition, *, visitor: Visitor) -> list[Floor]:
    """Return the edition's halls with their booths, and who stands there as far as the visitor may see. Four queries."""
    floors = {hall.pk: Floor(hall) for hall in Hall.objects.filter(edition=edition).order_by("code")}
    taken = Registration.objects.visible_to(visitor).filter(edition=edition, booth__isnull=False).select_related("company")
    here = {registration.booth_id: registration for registration in taken}
    offers = Offer.objects.published().filter(registration__edition=edition, registration__booth__isnull=False)
    counts = dict(offers.order_by().values_list("registration").annotate(Count("pk")))
    for booth in Booth.objects.filter(edition=edition).select_related("area__chain", "segment").order_by("code"):
        registration = here.get(booth.pk)
        floors[booth.hall_id].stands.append(Stand(booth, registration, counts.get(registration.pk, 0) if registration else 0))
    return list(floors.values())


def drawing_of(floors: Sequence[Floor], edition: Edition, selected: Stand | None) -> FloorPlan:
    """Return the plan of these halls. A booth leads to its exhibitor, a free one to its own card."""
    title = _("Floor plan of %(edition)s") % {"edition": edition.short_name}
    alone = len(floors) == 1
    return FloorPlan([_hall(floor, edition, selected, alone=alone) for floor in floors], title, _("Concourse"))


def _hall(floor: Floor, edition: Edition, selected: Stand | None, *, alone: bool) -> PlanHall:
    hall = floor.hall
    lines = [PlanLine(chain.code, chain.colour, chain.is_zone) for chain in _chains(floor.stands)]
    booths = [_booth(stand, edition, is_selected=stand is selected) for stand in floor.stands]
    x, y = (None, None) if alone else (float(hall.x), float(hall.y))
    return PlanHall(str(hall.name), float(hall.width), float(hall.depth), booths, lines, x, y)


def _booth(stand: Stand, edition: Edition, *, is_selected: bool) -> PlanBooth:
    booth, chain = stand.booth, stand.chain
    state = "hot" if stand.offers else "free" if booth.status == Booth.Status.FREE and not is_selected else ""
    return PlanBooth(
        booth.code,
        float(booth.x),
        float(booth.y),
        float(booth.width),
        float(booth.depth),
        chain.colour if chain else "",
        address_of(stand, edition),
        stand.name,
        state,
        chain.is_zone if chain else False,
        is_selected,
    )


def address_of(stand: Stand, edition: Edition) -> str:
    """Return where the booth leads: to its company, or to its card where nobody is known to stand there."""
    if stand.registration:
        return reverse("company", args=[stand.registration.company.slug])
    words = {"booth": stand.booth.code} if edition.is_current else {"edition": edition.slug, "booth": stand.booth.code}
    return f"{reverse('plan')}?{urlencode(words)}#booth"


def _selected(stands: Sequence[Stand], code: str, words: str, found: Sequence[Stand]) -> Stand | None:
    wanted = _plain(code or words)
    exact = next((stand for stand in stands if wanted and _plain(stand.booth.code) == wanted), None)
    return exact or (found[0] if len(found) == 1 else None)


def _in_hall(floors: list[Floor], code: str) -> list[Floor]:
    if not code:
        return floors
    chosen = [floor for floor in floors if floor.hall.code == code]
    if not chosen:
        raise Http404
    return chosen


def _chains(stands: Sequence[Stand]) -> list[Chain]:
    chains = {stand.chain.pk: stand.chain for stand in stands if stand.chain}
    return sorted(chains.values(), key=lambda chain: (chain.is_zone, chain.order, chain.code))


def _plain(words: str) -> str:
    return "".join(words.split()).casefold()
