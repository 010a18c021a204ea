"""All postings of a person's companies, whatever their state: filtered, sorted, page by page."""

from collections.abc import Mapping
from typing import Any, cast

from django.core.paginator import Page
from django.db.models import CharField, F, Value
from django.http import Http404, HttpRequest
from django.urls import reverse

from expo.accounts.models import User
from expo.editions.models import Chain, Segment
from expo.foundation.lists import filtered
from matchmaking.desk.filters import SORTS, OwnPostingFilter
from matchmaking.marketplace.models import Offer, Posting, PostingStatus, SourcingRequest
from matchmaking.marketplace.states import POSTING_MOVES
from matchmaking.marketplace.wording import title_of
from matchmaking.matching.market import CountedPages
from matchmaking.matching.queries import totals_of
from matchmaking.participants.models import Member

PAGE_SIZE = 50
MODELS: Mapping[str, Any] = {"offer": Offer, "request": SourcingRequest}
TO_HAND_IN = (PostingStatus.DRAFT, PostingStatus.CHANGES_REQUESTED)
KINDS_OF_STATE = {
    PostingStatus.DRAFT: "",
    PostingStatus.SUBMITTED: "half",
    PostingStatus.CHANGES_REQUESTED: "bad",
    PostingStatus.PUBLISHED: "full",
    PostingStatus.PAUSED: "half",
}


def own_rows(user: User, kind: str) -> Any:
    """Return the postings of one kind of the companies that the person stands for, in any state."""
    return MODELS[kind].objects.filter(registration__company__in=Member.objects.of(user).values("company"))


class OwnPostings:
    """What the page shows for an address. Ten queries for any number of rows. Raises Invalid for odd filters."""

    def __init__(self, request: HttpRequest) -> None:
        self.user = cast("User", request.user)
        bound = {kind: filtered(OwnPostingFilter, request, own_rows(self.user, kind)) for kind in MODELS}
        self.form = bound["offer"].form
        chosen = self.form.cleaned_data.get("kind")
        self.found = {kind: one.qs for kind, one in bound.items() if chosen in {"", None, kind}}
        self.sort = self.form.cleaned_data.get("sort") or "changed"
        self.counts = {kind: rows.count() for kind, rows in self.found.items()}
        self.total = sum(self.counts.values())

    def page(self, number: str | int) -> Page[Any]:
        """Return a page of rows for the template. Raises Http404: no such page, or one beyond the 10,000th row."""
        pages = CountedPages(self._keys(), PAGE_SIZE, self.total)
        if not str(number).isdecimal() or not 1 <= int(number) <= pages.num_pages:
            raise Http404
        page = pages.page(number)
        page.object_list = self._rows(list(page.object_list))
        return page

    def _keys(self) -> Any:
        _words, column, is_down = SORTS[self.sort]
        arms = [
            rows.order_by().annotate(own_kind=Value(kind, CharField()), at=F(column)).values_list("own_kind", "pk", "at")
            for kind, rows in self.found.items()
        ]
        order = (F("at").desc(nulls_last=True), "-pk") if is_down else (F("at").asc(nulls_last=True), "-pk")
        return (arms[0].union(*arms[1:], all=True) if len(arms) > 1 else arms[0]).order_by(*order)

    def _rows(self, keys: list[tuple[str, int, Any]]) -> list[dict[str, Any]]:
        read: dict[tuple[str, int], Posting] = {}
        for kind, model in MODELS.items():
            rows = model.objects.filter(pk__in=[pk for one, pk, _at in keys if one == kind]).for_card()
            read |= {(kind, one.pk): one for one in rows}
        totals = totals_of(list(read.values()))
        several = len({one.registration.company_id for one in read.values()}) > 1
        return [row_of(read[kind, pk], totals.get((kind, pk)), several=several) for kind, pk, _at in keys if (kind, pk) in read]

    def to_hand_in(self) -> int:
        """Return how many of what was found can be handed in. One query for each kind."""
        return sum(rows.filter(status__in=TO_HAND_IN).count() for rows in self.found.values())

    def all_to_hand_in(self, most: int) -> list[Posting]:
        """Return those themselves, so many at most."""
        found: list[Posting] = []
        for rows in self.found.values():
            found += rows.filter(status__in=TO_HAND_IN).order_by("pk")[: most - len(found)]
        return found

    def places(self) -> list[tuple[Chain, list[Segment]]]:
        """Return the chains and segments that own postings stand in, in the order of the expo. Two queries."""
        used = set(own_rows(self.user, "offer").order_by().values_list("segment", flat=True).distinct())
        used |= set(own_rows(self.user, "request").order_by().values_list("segment", flat=True).distinct())
        places: dict[Chain, list[Segment]] = {}
        for segment in Segment.objects.filter(pk__in=used).select_related("chain").order_by("chain__order", "chain", "order", "pk"):
            places.setdefault(segment.chain, []).append(segment)
        return list(places.items())


def row_of(posting: Posting, fits: int | None, *, several: bool) -> dict[str, Any]:
    """Return what the page says of a posting; `fits` is None where it is not known, and the posting's own page has to tell."""
    return {
        "key": f"{posting.kind}-{posting.pk}",
        "kind": posting.kind,
        "title": title_of(posting),
        "address": posting.get_absolute_url(),
        "matches": reverse("offer_matches" if posting.kind == "offer" else "request_matches", args=[posting.pk]),
        "reference": posting.external_id,
        "company": posting.registration.company.title if several else "",
        "segment": posting.segment,
        "chain": posting.segment.chain,
        "state": posting.get_status_display(),
        "state_kind": KINDS_OF_STATE.get(PostingStatus(posting.status), "off"),
        "until": posting.valid_until if posting.is_open else None,
        "fits": fits if posting.is_open else None,
        "is_open": posting.is_open,
        "changed_at": posting.changed_at,
        "is_demo": posting.is_demo,
        "may_step": bool({"submit", "withdraw"} & set(POSTING_MOVES.verbs_from(posting.status))),
    }
