"""What is known already when an agreement is written down after a meeting."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.utils import timezone

from expo.accounts.models import User
from expo.editions.models import Chain, Edition, Segment
from expo.editions.queries import rates_of
from expo.foundation.errors import NotAllowed
from matchmaking.agreements import rules
from matchmaking.agreements.checks import PartyInput, today_in
from matchmaking.agreements.models import Agreement, Party
from matchmaking.marketplace.models import Offer, SourcingRequest
from matchmaking.marketplace.wording import title_of
from matchmaking.meetings.models import Meeting, Seat
from matchmaking.participants.models import Company, Member, Registration

LONGEST_TITLE = 200


@dataclass(frozen=True)
class DraftStart:
    """What a meeting says of the agreement that came of it, to fill a sheet with.

    Attributes:
        company: for whom it is written, None for the organiser.
        parties: those who met, who writes first, each with its role where that is known.
        offers, sourcing_requests: what the meeting was asked for; `offer` and `sourcing_request` are the first of each.
        chain, segment: None where nothing says which.
        currency: that of the posting, where the edition states a rate for it; '' where nothing says which.
        signed_on: the day of the meeting; today, as far as the edition runs, where it had no time.
        already: agreements that came of this meeting and that the person knows.
    """

    edition: Edition
    meeting: Meeting
    company: Company | None
    parties: list[PartyInput]
    offers: list[Offer]
    sourcing_requests: list[SourcingRequest]
    chain: Chain | None
    segment: Segment | None
    title: str
    visibility: str
    currency: str
    signed_on: datetime.date
    already: list[Agreement]

    @property
    def offer(self) -> Offer | None:
        return self.offers[0] if self.offers else None

    @property
    def sourcing_request(self) -> SourcingRequest | None:
        return self.sourcing_requests[0] if self.sourcing_requests else None


def has_begun(meeting: Meeting, now: datetime.datetime) -> bool:
    """Whether something can have come of the meeting: it was held, or is scheduled and has begun."""
    if meeting.status == Meeting.Status.HELD:
        return True
    return meeting.status == Meeting.Status.SCHEDULED and meeting.slot is not None and meeting.slot.starts_at <= now


def draft_start(meeting: Meeting, by: User, company: Company | None = None) -> DraftStart:
    """Return what is known of an agreement that `by` writes down after a meeting. At most thirteen queries.

    Raises:
        NotAllowed: the person stands for nobody who met (`company`: not for this one), and does not log agreements either.
    """
    meeting = Meeting.objects.select_related("edition", "slot", "request").get(pk=meeting.pk)
    seats = list(meeting.seats.select_related("registration__company", "registration__main_segment__chain").order_by("pk"))
    own = _own_company(seats, by, company)
    if own is None and not rules.may_draft(by):
        raise NotAllowed
    about = list(meeting.request.about.select_related("offer__segment__chain", "sourcing_request__segment__chain").order_by("pk"))
    offers = [row.offer for row in about if row.offer is not None]
    requests = [row.sourcing_request for row in about if row.sourcing_request is not None]
    registrations = [seat.registration for seat in seats]
    segment = next((posting.segment for posting in (*offers, *requests)), None)
    rows = Agreement.objects.filter(meeting=meeting).exclude(status=Agreement.Status.VOID).for_list().order_by("pk")
    return DraftStart(
        edition=meeting.edition,
        meeting=meeting,
        company=own,
        parties=_parties(registrations, own, offers, requests),
        offers=offers,
        sourcing_requests=requests,
        chain=segment.chain if segment is not None else _chain_of(registrations),
        segment=segment,
        title=next((title_of(posting)[:LONGEST_TITLE] for posting in (*offers, *requests)), ""),
        visibility=_visibility(requests),
        currency=_currency(meeting.edition, (*offers, *requests)),
        signed_on=_day(meeting),
        already=list(rows if own is None else rows.on_desk_of(by)),
    )


def _own_company(seats: list[Seat], by: User, wanted: Company | None) -> Company | None:
    mine = set(Member.objects.of(by).values_list("company", flat=True))
    own = [seat.registration.company for seat in seats if seat.registration.company_id in mine]
    if wanted is not None:
        own = [company for company in own if company.pk == wanted.pk]
    return own[0] if own else None


def _parties(
    registrations: list[Registration], own: Company | None, offers: list[Offer], requests: list[SourcingRequest]
) -> list[PartyInput]:
    supplying = {offer.registration_id for offer in offers}
    buying = {request.registration_id for request in requests}
    roles: dict[int, tuple[Company, str]] = {}
    for registration in registrations:
        role = Party.Role.SUPPLIER if registration.role == Registration.Role.EXHIBITOR else Party.Role.CUSTOMER
        if registration.pk in supplying | buying:
            role = Party.Role.SUPPLIER if registration.pk in supplying else Party.Role.CUSTOMER
        roles.setdefault(registration.company_id, (registration.company, role))
    both_sides = len({role for _company, role in roles.values()}) > 1
    parties = [PartyInput(company, role=role if both_sides else "") for company, role in roles.values()]
    return sorted(parties, key=lambda party: party.company != own)


def _chain_of(registrations: list[Registration]) -> Chain | None:
    """The chain of a main segment, or else the one that all of them are interested in, where there is just one."""
    main = {registration.main_segment.chain for registration in registrations if registration.main_segment is not None}
    if len(main) == 1:
        return main.pop()
    shared = set.intersection(*(set(registration.chains.all()) for registration in registrations)) if registrations else set()
    return shared.pop() if len(shared) == 1 else None


def _visibility(requests: list[SourcingRequest]) -> str:
    """Who hid the name behind a request is not named by the ledger either, unless they say so."""
    hidden = any(request.visibility != SourcingRequest.Visibility.PUBLIC for request in requests)
    return Agreement.Visibility.ANONYMOUS if hidden else Agreement.Visibility.PUBLIC


def _currency(edition: Edition, postings: Sequence[Offer | SourcingRequest]) -> str:
    named = [posting.currency for posting in postings if posting.currency]
    return named[0] if named and named[0] in rates_of(edition) else ""


def _day(meeting: Meeting) -> datetime.date:
    if meeting.slot is None:
        return day_in(meeting.edition)
    began = timezone.localdate(meeting.slot.starts_at, ZoneInfo(meeting.edition.time_zone))
    return day_in(meeting.edition, min(began, today_in(meeting.edition)))


def day_in(edition: Edition, day: datetime.date | None = None) -> datetime.date:
    """Return the day, or today where the expo is, or the day of the edition that is nearest to it."""
    day = day or today_in(edition)
    return min(max(day, edition.starts_on or day), edition.ends_on or day)
