"""Who might meet and has not asked: two who match by both lists, for as long as both have fewer meetings than everybody should. And how well pairs match."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Max

from expo.editions.models import Edition
from matchmaking.marketplace.models import Offer, SourcingRequest
from matchmaking.matching.models import Match, MatchRun, Verdict
from matchmaking.meetings import rules
from matchmaking.meetings.models import Meeting, MeetingRequest, MeetingSetup, RoleRight
from matchmaking.participants.models import Block, Member, Registration

FEW = 500
BOTH = Match.WishedBy.BOTH
OVER = (MeetingRequest.Status.DECLINED, MeetingRequest.Status.CANCELLED, MeetingRequest.Status.EXPIRED)
CAME_TO_NOTHING = (Meeting.Status.CANCELLED, Meeting.Status.NO_SHOW)


@dataclass(frozen=True, slots=True)
class Proposal:
    """Two registrations who match and have not asked. `sender` buys, and would ask; `match` is the best of their matches, between `request` and `offer`.

    `wished_by_both` says that both want it, and that the buyer's name is no secret.
    """

    match: int
    sender: int
    receiver: int
    offer: int
    request: int
    score: float
    wished_by_both: bool


def best_scores(edition: Edition, pairs: Collection[tuple[int, int]]) -> dict[tuple[int, int], float]:
    """Return how well each pair of registrations matches at best, 0 to 100, in the run in force; who does not match is left out. One query."""
    if not pairs:
        return {}
    rows = Match.objects.filter(run__edition=edition, run__status=MatchRun.Status.IN_FORCE, near_rank__isnull=True)
    if len(pairs) <= FEW:
        numbers = {one for pair in pairs for one in pair}
        rows = rows.filter(request__registration__in=numbers, offer__registration__in=numbers)
    best = rows.order_by().values_list("request__registration", "offer__registration").annotate(best=Max("score"))
    known = {(buyer, seller): float(score) for buyer, seller, score in best}
    found = {}
    for one, other in pairs:
        score = max(known.get((one, other), 0.0), known.get((other, one), 0.0))
        if score:
            found[one, other] = score
    return found


def proposals_for(edition: Edition, setup: MeetingSetup, now: datetime) -> list[Proposal]:
    """Return whom to propose to each other: both wished it first, then the best score; nobody beyond the fewest meetings that everybody should have.

    What counts is what one has and waits for, other proposals included. Left out are pairs of companies that have asked each other before, whatever
    became of it; blocked ones; roles that may not ask each other; who takes no part or has nobody to send; what one of them has said no to.
    Nothing while booking is closed. Seven queries.
    """
    if not setup.minimum_meetings or not rules.is_open(setup, now):
        return []
    known, sides = _Known(edition), _sides(edition)
    need = {pk: setup.minimum_meetings - known.meetings[pk] for pk in sides}
    rights = list(setup.rights.all())
    found = []
    for each in _candidates(edition):
        buyer, seller = sides.get(each.sender), sides.get(each.receiver)
        if buyer is None or seller is None or min(need[buyer.pk], need[seller.pk]) <= 0:
            continue
        if known.is_out_of_question(buyer, seller) or not _may_ask(rights, buyer, seller):
            continue
        known.pairs.add(_pair(buyer, seller))
        need[buyer.pk] -= 1
        need[seller.pk] -= 1
        found.append(each)
    return found


@dataclass
class _Known:
    """What there is between companies already: how many meetings each registration has or waits for, who has asked whom, who has blocked whom."""

    edition: Edition
    meetings: Counter[int] = field(default_factory=Counter)
    pairs: set[tuple[int, int]] = field(default_factory=set)

    def __post_init__(self) -> None:
        columns = ("sender", "receiver", "partner", "status", "is_delivered", "is_proposal", "meeting__status", "pair_low", "pair_high")
        rows = MeetingRequest.objects.filter(edition=self.edition).order_by()
        for sender, receiver, partner, status, is_delivered, is_proposal, came, low, high in rows.values_list(*columns):
            self.pairs.add((low, high))
            if status in OVER or came in CAME_TO_NOTHING:
                continue
            knowing = [sender, receiver, partner] if is_delivered or is_proposal else [sender]
            self.meetings.update(one for one in knowing if one is not None)
        self.pairs |= {(min(pair), max(pair)) for pair in Block.objects.values_list("company", "blocked")}

    def is_out_of_question(self, one: Registration, other: Registration) -> bool:
        return one.company_id == other.company_id or _pair(one, other) in self.pairs


class Out:
    """Asks of pairs that were to be proposed to each other whether they still are: both take part, and nobody asked or blocked the other since. Four queries."""

    def __init__(self, edition: Edition) -> None:
        self.known, self.sides = _Known(edition), _sides(edition)

    def standing(self, buyer: int | None, seller: int | None) -> tuple[Registration, Registration] | None:
        """Return the two registrations, None where they are not to be proposed any more. Each pair of companies once."""
        one, other = self.sides.get(buyer or 0), self.sides.get(seller or 0)
        if one is None or other is None or self.known.is_out_of_question(one, other):
            return None
        self.known.pairs.add(_pair(one, other))
        return one, other


def _pair(one: Registration, other: Registration) -> tuple[int, int]:
    return min(one.company_id, other.company_id), max(one.company_id, other.company_id)


def _sides(edition: Edition) -> dict[int, Registration]:
    """Those who take part and have somebody to send, by number."""
    staffed = Member.objects.filter(status=Member.Status.ACTIVE, user__is_active=True).values("company")
    return {one.pk: one for one in Registration.objects.verified().filter(edition=edition, company__in=staffed)}


def _may_ask(rights: Collection[RoleRight], buyer: Registration, seller: Registration) -> bool:
    return rules.may_see(rights, buyer, seller) and rules.may_ask(rights, buyer, seller)


def _candidates(edition: Edition) -> Iterator[Proposal]:
    """Matches of open postings that stand on both lists, the most wanted first."""
    refused = Verdict.objects.standing().filter(says=Verdict.Says.NOT_FOR_US).values_list("request", "offer")
    unwanted = set(refused)
    mutual = Match.objects.in_force().filter(run__edition=edition, request_rank__isnull=False, offer_rank__isnull=False)
    columns = ("pk", "request__registration", "offer__registration", "offer", "request", "score", "wished_by", "request__visibility")
    rows: list[tuple[Any, ...]] = [row for row in mutual.order_by("pk").values_list(*columns) if (row[4], row[3]) not in unwanted]
    rows.sort(key=lambda row: (row[6] != BOTH, -row[5], row[0]))
    for pk, buyer, seller, offer, request, score, wished_by, visibility in rows:
        yield Proposal(pk, buyer, seller, offer, request, float(score), wished_by == BOTH and visibility == "public")


def no_longer_open(proposals: Collection[tuple[int, int]]) -> set[tuple[int, int]]:
    """Return those pairs of sourcing request and offer of which one is not open any more, or to which a side has said no. Three queries."""
    unwanted = set(Verdict.objects.standing().filter(says=Verdict.Says.NOT_FOR_US).values_list("request", "offer"))
    requests = set(SourcingRequest.objects.published().order_by().values_list("pk", flat=True))
    offers = set(Offer.objects.published().order_by().values_list("pk", flat=True))
    return {
        (request, offer) for request, offer in proposals if (request, offer) in unwanted or request not in requests or offer not in offers
    }


def still_wished(proposals: Collection[tuple[int, int]]) -> set[tuple[int, int]]:
    """Return those pairs of sourcing request and offer that both sides want to meet about now, by their own word, the buyer under its name. One query."""
    if not proposals:
        return set()
    says = Verdict.objects.standing().filter(says=Verdict.Says.INTERESTED, request__visibility=SourcingRequest.Visibility.PUBLIC)
    sides: dict[tuple[int, int], set[str]] = {}
    for request, offer, side in says.values_list("request", "offer", "side"):
        sides.setdefault((request, offer), set()).add(side)
    return {pair for pair in proposals if sides.get(pair) == set(Verdict.Side.values)}
