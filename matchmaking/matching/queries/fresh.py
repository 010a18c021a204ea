"""Which matches of somebody's postings are new to them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from expo.accounts.models import User
from matchmaking.marketplace.cards import hides_buyer
from matchmaking.marketplace.models import Offer, Posting, SourcingRequest
from matchmaking.matching.models import Digest, Match, MatchRun, Verdict
from matchmaking.participants.models import Block, Member, Registration

Pair = tuple[int, int]


@dataclass(frozen=True)
class FreshMatch:
    """A match as a mail tells of it: the person's own posting, that of the other side, and the score, 0 to 100."""

    own: Posting
    other: Posting
    score: Decimal

    @property
    def company(self) -> str:
        """Whose the other posting is, in the active language; "" while a buyer hides its name."""
        return "" if hides_buyer(self.other) else str(self.other.registration.company.title)


@dataclass(frozen=True)
class FreshMatches:
    """The pairs (request, offer) that are new, best first; and all pairs told before whose own posting is still open."""

    pairs: list[Pair]
    scores: dict[Pair, Decimal]
    told: set[Pair]
    own_requests: set[int]

    def shown(self, most: int) -> list[FreshMatch]:
        """Return the best of them with what a mail reads. Two queries."""
        best = self.pairs[:most]
        requests = SourcingRequest.objects.for_card().in_bulk([request for request, _offer in best])
        offers = Offer.objects.for_card().in_bulk([offer for _request, offer in best])
        rows = []
        for request, offer in best:
            asked, offered = requests[request], offers[offer]
            own, other = (asked, offered) if request in self.own_requests else (offered, asked)
            rows.append(FreshMatch(own, other, self.scores[request, offer]))
        return rows


def people_to_look_for(*, sent_before: datetime, looked_before: datetime, most: int) -> list[int]:
    """Return the people to look for new matches for, those not looked for longest first: they want such mails, stand for a company that
    takes part where a run is in force, were mailed before `sent_before` or never, and looked for before `looked_before` or never. One query.
    """
    runs = MatchRun.objects.in_force().order_by().values("edition")
    taking_part = Registration.objects.verified().filter(edition__in=runs, company=OuterRef("company"))
    standing = Member.objects.filter(Exists(taking_part), user=OuterRef("pk"), status=Member.Status.ACTIVE)
    waiting = Digest.objects.filter(Q(sent_at__gt=sent_before) | Q(looked_at__gt=looked_before), person=OuterRef("pk"))
    people = User.objects.filter(Exists(standing), ~Exists(waiting), is_active=True, wants_match_mail=True)
    return list(people.order_by("match_digest__looked_at", "pk").values_list("pk", flat=True)[:most])


def fresh_matches(person: User, *, told: Collection[Pair]) -> FreshMatches:
    """Return the matches of the person's postings that are new to them: on a list of the run in force, both open, not told before.

    Left out is what either side turned down or the own side has answered, and where one company blocks the other. Seven queries.
    """
    own = Member.objects.of(person)
    requests = set(SourcingRequest.objects.published().filter(registration__company__in=own).values_list("pk", flat=True))
    offers = set(Offer.objects.published().filter(registration__company__in=own).values_list("pk", flat=True))
    rows = _rows(Q(request__registration__company__in=own, request_rank__isnull=False)) if requests else {}
    rows |= _rows(Q(offer__registration__company__in=own, offer_rank__isnull=False)) if offers else {}
    before = {pair for pair in told if pair[0] in requests or pair[1] in offers}
    apart = _answered(rows, requests, offers) | before
    blocked = _blocked(own)
    left = [(pair, score) for pair, (score, companies) in rows.items() if pair not in apart and companies not in blocked]
    left.sort(key=lambda row: (-row[1], row[0]))
    return FreshMatches([pair for pair, _score in left], dict(left), before, requests)


def _rows(listed: Q) -> dict[Pair, tuple[Decimal, tuple[int, int]]]:
    """Read matches in force with score and companies by pair. One query: of the other side only what is listed is looked at."""
    today, verified = timezone.localdate(), Registration.Status.VERIFIED
    rows = Match.objects.filter(listed, run__status=MatchRun.Status.IN_FORCE)
    for side in ("request", "offer"):
        is_open = {"status": "published", "valid_until__gte": today, "registration__status": verified}
        rows = rows.filter(**{f"{side}__{name}": value for name, value in is_open.items()})
    rows = rows.exclude(request__visibility=SourcingRequest.Visibility.INVITED)
    companies = ("request__registration__company", "offer__registration__company")
    read = rows.values_list("request", "offer", "score", *companies)
    return {(request, offer): (score, (buyer, supplier)) for request, offer, score, buyer, supplier in read}


def _answered(rows: Collection[Pair], requests: set[int], offers: set[int]) -> set[Pair]:
    standing = Verdict.objects.standing().filter(Q(request__in=requests) | Q(offer__in=offers))
    found = set()
    for request, offer, side, says in standing.values_list("request", "offer", "side", "says"):
        is_own = request in requests if side == Verdict.Side.BUYER else offer in offers
        if (request, offer) in rows and (is_own or says == Verdict.Says.NOT_FOR_US):
            found.add((request, offer))
    return found


def _blocked(own: object) -> set[tuple[int, int]]:
    """Return the pairs of companies, in both orders, of which one of the person's own blocks the other or is blocked. One query."""
    blocks = Block.objects.filter(Q(company__in=own) | Q(blocked__in=own)).values_list("company", "blocked")
    return {pair for one, other in blocks for pair in ((one, other), (other, one))}
