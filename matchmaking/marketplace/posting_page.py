"""What a posting's own page shows: its facts, and to its owners and the organiser where it stands and what can be done."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from expo.foundation.places import country_name
from matchmaking.marketplace import rules, wording
from matchmaking.marketplace.models import Offer, OfferCertificate, Posting, PostingStatus, SourcingRequest
from matchmaking.marketplace.states import EDITABLE, POSTING_MOVES

STOPS = (gettext_lazy("Draft"), gettext_lazy("Review"), gettext_lazy("Published"), gettext_lazy("Matched"), gettext_lazy("Agreed"))
STOP_OF = {
    PostingStatus.DRAFT: 0,
    PostingStatus.CHANGES_REQUESTED: 0,
    PostingStatus.SUBMITTED: 1,
    PostingStatus.PUBLISHED: 2,
    PostingStatus.PAUSED: 2,
    PostingStatus.FULFILLED: 4,
    PostingStatus.EXPIRED: 2,
    PostingStatus.WITHDRAWN: 2,
}
OWNER_VERBS: Mapping[str, Promise] = {
    "submit": gettext_lazy("Hand in"),
    "pause": gettext_lazy("Pause"),
    "resume": gettext_lazy("Resume"),
    "renew": gettext_lazy("Renew"),
    "fulfil": gettext_lazy("Mark as fulfilled"),
    "withdraw": gettext_lazy("Withdraw"),
}
FOR_GOOD = frozenset({"fulfil", "withdraw"})
MAIN_VERBS = ("submit", "resume", "renew")
SOON_DAYS = 14


@dataclass(frozen=True)
class Verb:
    """A button: the verb, its words, whether it is asked again because it cannot be undone, whether it is the one to press."""

    name: str
    words: str
    is_for_good: bool
    is_main: bool


class Standing:
    """Where a posting stands, for somebody. Empty for strangers."""

    def __init__(self, posting: Posting, person: rules.Person) -> None:
        self.posting = posting
        self.person = person

    @cached_property
    def is_owner(self) -> bool:
        return rules.may_edit(self.person, self.posting)

    @cached_property
    def may_review(self) -> bool:
        return rules.may_review(self.person, self.posting)

    @property
    def may_edit(self) -> bool:
        return self.is_owner and self.posting.status in EDITABLE

    @cached_property
    def verbs(self) -> list[Verb]:
        """What its owner can do now, the one to press first."""
        if not self.is_owner:
            return []
        legal = [name for name in OWNER_VERBS if name in POSTING_MOVES.verbs_from(self.posting.status)]
        if "renew" in legal and self.posting.status != PostingStatus.EXPIRED and not self.ends_soon:
            legal.remove("renew")
        main = next((name for name in MAIN_VERBS if name in legal), "")
        ordered = sorted(legal, key=lambda name: (name != main, name in FOR_GOOD))
        return [Verb(name, str(OWNER_VERBS[name]), name in FOR_GOOD, name == main) for name in ordered]

    @property
    def ends_soon(self) -> bool:
        end = self.posting.valid_until
        return end is not None and (end - timezone.localdate()).days <= SOON_DAYS

    @property
    def stops(self) -> list[str]:
        return [str(stop) for stop in STOPS]

    @property
    def at(self) -> int:
        return STOP_OF[PostingStatus(self.posting.status)]

    @property
    def note(self) -> str:
        """Say in one sentence where it stands."""
        end = wording.day(self.posting.valid_until) if self.posting.valid_until else ""
        says = {
            PostingStatus.DRAFT: _("Only you see this draft."),
            PostingStatus.SUBMITTED: _("The organiser reads it. Only you see it until then."),
            PostingStatus.CHANGES_REQUESTED: _("The organiser asks for a change."),
            PostingStatus.PUBLISHED: _("On the market until %(day)s.") % {"day": end},
            PostingStatus.PAUSED: _("Paused: nobody else sees it."),
            PostingStatus.FULFILLED: _("Fulfilled."),
            PostingStatus.EXPIRED: _("Ran out on %(day)s.") % {"day": end},
            PostingStatus.WITHDRAWN: _("Withdrawn."),
        }
        return says[PostingStatus(self.posting.status)]


@dataclass(frozen=True)
class Fact:
    """A line of the facts; `is_must` tells a requirement that is hard (True) from a wish (False), None is no requirement."""

    term: str
    value: str
    is_must: bool | None = None


@dataclass(frozen=True)
class Shown:
    """The facts of a posting, and an offer's certificates with their end and proof."""

    facts: list[Fact]
    certificates: list[tuple[OfferCertificate, bool]]

    @property
    def musts(self) -> list[Fact]:
        return [fact for fact in self.facts if fact.is_must]

    @property
    def wishes(self) -> list[Fact]:
        return [fact for fact in self.facts if fact.is_must is False]

    @property
    def plain(self) -> list[Fact]:
        return [fact for fact in self.facts if fact.is_must is None]


def facts_shown(posting: Posting) -> Shown:
    """Return what is stated, in the order people ask for it. The posting was read with `for_page()`; no query."""
    if isinstance(posting, Offer):
        today = timezone.localdate()
        held = [(row, _has_ended(row, today)) for row in posting.certificates.all()]
        return Shown(list(_offer_facts(posting)), held)
    return Shown(list(_request_facts(posting)) if isinstance(posting, SourcingRequest) else [], [])


def _has_ended(row: OfferCertificate, today: date) -> bool:
    return row.valid_until is not None and row.valid_until < today


def _offer_facts(offer: Offer) -> Iterator[Fact]:
    for term, value in wording.offer_specs(offer, ()):
        yield Fact(term, value)
    if offer.origin:
        yield Fact(_("Origin"), str(offer.origin.name))
    yield Fact(_("Ships to"), _places(offer.ships_to) or _("anywhere"))
    if offer.incoterms:
        yield Fact(_("Incoterms"), wording.listed(offer.incoterms))
    if offer.hs_code:
        yield Fact(_("HS code"), offer.hs_code)


def _request_facts(request: SourcingRequest) -> Iterator[Fact]:
    field = SourcingRequest.Requirement
    asked = wording.listed(row.certificate.name for row in request.certificates.all())
    stated: list[tuple[str, str, str]] = [
        (field.CERTIFICATES, _("Certificates"), asked),
        (field.QUANTITY, _("Volume"), wording.amount(request.quantity, request.unit) if request.quantity is not None else ""),
        (field.PRICE, _("Budget"), _budget(request)),
        (field.LEAD_TIME, _("Needed by"), wording.day(request.needed_by) if request.needed_by else ""),
        (field.DELIVERY, _("Deliver to"), str(request.deliver_to.name) if request.deliver_to else ""),
        (field.ORIGIN, _("Origins accepted"), _places(request.origins_accepted)),
        (field.INCOTERMS, _("Incoterms"), wording.listed(request.incoterms)),
    ]
    for requirement, term, value in stated:
        if value:
            yield Fact(term, value, requirement in request.musts)
    if request.hs_code:
        yield Fact(_("HS code"), request.hs_code)


def _budget(request: SourcingRequest) -> str:
    return "" if request.budget is None else wording.price(request.budget, request.currency, request.budget_unit)


def _places(codes: tuple[str, ...]) -> str:
    return wording.listed(sorted(country_name(code) for code in codes))
