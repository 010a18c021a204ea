"""What the run in force found for a posting: who fits it, best first, who nearly does, and why. For its own people and the organiser."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext as _

from expo.foundation.places import country_name
from expo.foundation.staff import acts_as_staff
from matchmaking.marketplace.cards import Card, cards_of, hides_buyer
from matchmaking.marketplace.models import Offer, Posting, SourcingRequest
from matchmaking.matching import words
from matchmaking.matching.arithmetic import NEAR_MISS_CAP, whole
from matchmaking.matching.models import Match, MatchRun, Unlisted, Verdict
from matchmaking.matching.queries.explained import FactorLine, Pair, Reasons, reasons_of
from matchmaking.matching.queries.verdicts import verdicts_shown
from matchmaking.participants.models import Block, Member, Visitor

MOST_NEAR = 3
SIDE_OF = {"request": Verdict.Side.BUYER, "offer": Verdict.Side.SUPPLIER}
OTHER_SIDE = {"request": Verdict.Side.SUPPLIER, "offer": Verdict.Side.BUYER}
RANK = {"request": "request_rank", "offer": "offer_rank"}
Choice = tuple[str, str, int, bool]
"""Value, words, count, whether it is chosen."""


@dataclass(frozen=True)
class Filters:
    """What a list is narrowed to: countries and regions, certificates and segments of the other side. Empty: all."""

    country: frozenset[str] = frozenset()
    certificate: frozenset[str] = frozenset()
    segment: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.country or self.certificate or self.segment)


@dataclass(frozen=True)
class MatchCard:
    """A posting of the other side: its card, its score and place, why, and what both sides said of it.

    `score` is what is shown: of a near miss at most 75, while `reasons.total` is the sum. `verdict` is what templates/matching/_verdict.html
    prints, empty for somebody who stands for neither side.
    """

    request: int
    offer: int
    card: Card
    score: int
    rank: int | None
    is_near: bool
    is_new: bool
    reasons: Reasons
    verdict: Mapping[str, Any] = field(default_factory=dict)

    @property
    def factors(self) -> list[FactorLine]:
        return self.reasons.factors

    @property
    def failure(self) -> str:
        """What a near miss fails on, in a row."""
        return _("; ").join(self.reasons.failures)

    @property
    def is_capped(self) -> bool:
        """Whether a near miss shows less than its sum."""
        return self.is_near and self.reasons.total > self.score

    @property
    def has_moved(self) -> bool:
        """Whether terms were changed since the run, so that the sum is another one now."""
        return not self.is_capped and self.reasons.total != self.score


@dataclass(frozen=True)
class MatchList:
    """The matches of a posting. `is_worked_out` is False while no run is in force, or none has read the posting yet.

    `reasons` say why others are not listed, each with how many, most first; `looked_at` is 0 where that is not known.
    """

    is_worked_out: bool
    as_of: datetime | None = None
    looked_at: int = 0
    fits: list[MatchCard] = field(default_factory=list)
    near: list[MatchCard] = field(default_factory=list)
    hidden: list[MatchCard] = field(default_factory=list)
    found: tuple[int, int] = (0, 0)
    choices: Mapping[str, list[Choice]] = field(default_factory=dict)
    reasons: list[tuple[str, int]] = field(default_factory=list)

    @property
    def others(self) -> int:
        """How many of those looked at neither fit nor come close."""
        return sum(count for _words, count in self.reasons)

    @property
    def has_put_all_aside(self) -> bool:
        """Whether something fits, and the own side has put aside all of it."""
        return not self.fits and any(not card.is_near for card in self.hidden)

    @property
    def nearest(self) -> MatchCard | None:
        return self.near[0] if self.near else None


def own_or_staff(kind: str, visitor: Visitor) -> Any:
    """Return the postings of one kind whose matches the visitor may see: those of their own companies, all for staff."""
    model: Any = SourcingRequest if kind == "request" else Offer
    if acts_as_staff(visitor):
        return model.objects.all()
    return model.objects.filter(registration__company__in=Member.objects.of(visitor))


def matches_of_request(
    request: SourcingRequest, visitor: Visitor, filters: Filters | None = None, *, since: datetime | None = None
) -> MatchList:
    """Return the offers that fit the request, best first, those that nearly do, and those that its own people have put aside.

    Only what the run in force found, and only while both postings are open: what was withdrawn is gone at once. Left out for good, and
    without a word to whom, is who blocked the other, and who said that the pair is not for them. The list is spread by the run; filters
    narrow it. Eight queries, whatever its length. The request was read with `for_page()`, and the visitor may see its matches
    (`own_or_staff`).
    """
    return _list_of(request, visitor, filters or Filters(), since)


def matches_of_offer(offer: Offer, visitor: Visitor, filters: Filters | None = None, *, since: datetime | None = None) -> MatchList:
    """Return the requests that the offer fits, as `matches_of_request`. A buyer who hides its name stays hidden."""
    return _list_of(offer, visitor, filters or Filters(), since)


def near_misses(posting: Posting, visitor: Visitor) -> list[MatchCard]:
    """Return the nearest of what breaks one or two musts, each with what fails and what would mend it; of three at most."""
    return _list_of(posting, visitor, Filters(), None).near


def run_in_force(edition_id: int) -> MatchRun | None:
    """Return the run whose matches are shown. One query."""
    return MatchRun.objects.in_force().filter(edition=edition_id).defer("figures").first()


def rows_shown(kind: str, postings: Any, company: Any) -> Any:
    """Return the matches in force of postings of one kind that their company is shown; what it put aside is among them.

    So is what it has just taken back, which has no rank until the job for it is done.

    Args:
        kind: of these postings.
        postings: their numbers, or a query of them.
        company: whose they are, or a query of several.
    """
    of_pair = Verdict.objects.standing().filter(request=OuterRef("request"), offer=OuterRef("offer"), says=Verdict.Says.NOT_FOR_US)
    other = "offer" if kind == "request" else "request"
    blocks = Block.objects.filter(company__in=company).values("blocked"), Block.objects.filter(blocked__in=company).values("company")
    owner = f"{other}__registration__company"
    rows = (
        Match.objects.in_force()
        .filter(**{f"{kind}__in": postings})
        .exclude(Exists(of_pair.filter(side=OTHER_SIDE[kind])))
        .exclude(**{f"{owner}__in": blocks[0]})
        .exclude(**{f"{owner}__in": blocks[1]})
        .exclude(request__registration__company=F("offer__registration__company"))
    )
    aside = Exists(of_pair.filter(side=SIDE_OF[kind]))
    listed = Q(**{f"{RANK[kind]}__isnull": False}) | Q(near_rank__isnull=False)
    coming_back = Q(request_rank=None, offer_rank=None)  # Only a pair that a side put aside is kept without any place.
    return (
        rows.annotate(is_aside=aside).filter(listed | coming_back | Q(is_aside=True)).select_related("request_snapshot", "offer_snapshot")
    )


def pairs_of(kind: str, rows: Sequence[Match], own: Mapping[int, Posting], visitor: Visitor) -> list[Pair]:
    """Return matches with the postings of both sides. One query, none for no rows."""
    other = "offer" if kind == "request" else "request"
    found = read_postings(other, {getattr(row, f"{other}_id") for row in rows}, visitor)
    return joined(rows, own, found) if kind == "request" else joined(rows, found, own)


def read_postings(kind: str, numbers: Collection[int], visitor: Visitor) -> dict[int, Any]:
    """Return the postings of one kind that the visitor may see, with all that a card reads. One query, none for no numbers."""
    model: Any = SourcingRequest if kind == "request" else Offer
    return {one.pk: one for one in model.objects.visible_to(visitor).filter(pk__in=numbers).for_card()} if numbers else {}


def joined(rows: Iterable[Match], requests: Mapping[int, Any], offers: Mapping[int, Any]) -> list[Pair]:
    """Return matches with their postings, those left out of which one is not among the rows."""
    return [
        Pair(row, requests[row.request_id], offers[row.offer_id]) for row in rows if row.request_id in requests and row.offer_id in offers
    ]


def cards_for(kind: str, pairs: Sequence[Pair], reasons: Sequence[Reasons], since: datetime | None) -> list[MatchCard]:
    """Return pairs as cards of the other side. No query: certificates are those that the run read."""
    theirs = [_other(kind, pair) for pair in pairs]
    names = {(one.kind, one.pk): certificates_of(kind, pair) for one, pair in zip(theirs, pairs, strict=True)}
    cards = cards_of(theirs, certificates=names)
    return [_card(kind, *row, since) for row in zip(pairs, cards, reasons, strict=True)]


def certificates_of(kind: str, pair: Pair) -> list[str]:
    """Return the certificates of the other side, as the run read them."""
    snapshot = pair.match.offer_snapshot if kind == "request" else pair.match.request_snapshot
    return list(snapshot.facts.get("certificates", ()))


def _list_of(posting: Any, visitor: Visitor, filters: Filters, since: datetime | None) -> MatchList:
    run = run_in_force(posting.registration.edition_id)
    if run is None or not posting.is_open:
        return MatchList(is_worked_out=False)
    kind, as_of = posting.kind, as_of_run(run)
    rows = _in_order(kind, rows_shown(kind, [posting.pk], [posting.registration.company_id]))
    if not rows and (as_of is None or posting.changed_at > as_of):
        return MatchList(is_worked_out=False, as_of=as_of)
    pairs = pairs_of(kind, rows, {posting.pk: posting}, visitor)
    chosen = [pair for pair in pairs if pair.match.is_aside or all(_keeps(kind, pair, filters).values())]  # type: ignore[attr-defined]
    explained = reasons_of(pairs, run)
    cards = cards_for(kind, chosen, [reasons for pair, reasons in zip(pairs, explained, strict=True) if pair in chosen], since)
    cards = _with_verdicts(kind, cards, posting, visitor)
    aside = {(pair.match.request_id, pair.match.offer_id) for pair in pairs if pair.match.is_aside}  # type: ignore[attr-defined]
    shown = [card for card in cards if (card.request, card.offer) not in aside]
    counted = [pair.match for pair in pairs if not pair.match.is_aside]  # type: ignore[attr-defined]
    near = sum(match.near_rank is not None for match in counted)
    unlisted = _unlisted(run, posting, list(zip(pairs, explained, strict=True)))
    return MatchList(
        is_worked_out=True,
        as_of=as_of,
        looked_at=len(pairs) + sum(unlisted.values()) if unlisted else 0,
        fits=[card for card in shown if not card.is_near],
        near=[card for card in shown if card.is_near],
        hidden=[card for card in cards if (card.request, card.offer) in aside],
        found=(len(counted) - near, near),
        choices=_choices(kind, [pair for pair in pairs if not pair.match.is_aside], filters),  # type: ignore[attr-defined]
        reasons=[(words.why_unlisted(reason), count) for reason, count in unlisted.most_common()],
    )


def _unlisted(run: MatchRun, posting: Posting, shown: Sequence[tuple[Pair, Reasons]]) -> Counter[str]:
    """Count by reason what is not listed, as the run found it, without the near misses that are shown. One query."""
    found = Unlisted.objects.filter(run=run, **{posting.kind: posting.pk}).values_list("reasons", flat=True).first()
    counts = Counter(found or {})
    counts.subtract(reasons.broken for pair, reasons in shown if pair.match.near_rank is not None and reasons.broken)
    return +counts


def as_of_run(run: MatchRun) -> datetime | None:
    """Return until when what was written is in the matches."""
    return max((at for at in (run.followed_until, run.finished_at) if at is not None), default=None)


def _in_order(kind: str, rows: Iterable[Match]) -> list[Match]:
    """Put matches before near misses, each best first; of an offer's near misses the first three."""
    rank = RANK[kind]
    fits = [row for row in rows if row.near_rank is None]
    near = [row for row in rows if row.near_rank is not None]
    fits.sort(key=lambda row: (getattr(row, rank) or 99, -row.score, row.pk))
    near.sort(key=lambda row: ((row.near_rank or 0) if kind == "request" else 0, -row.score, row.pk))
    return fits + near[:MOST_NEAR]


def _other(kind: str, pair: Pair) -> Posting:
    return pair.offer if kind == "request" else pair.request


def _card(kind: str, pair: Pair, card: Card, reasons: Reasons, since: datetime | None) -> MatchCard:
    match, published = pair.match, _other(kind, pair).published_at
    is_near = match.near_rank is not None
    score = whole(float(match.score))
    return MatchCard(
        request=match.request_id,
        offer=match.offer_id,
        card=card,
        score=min(score, NEAR_MISS_CAP) if is_near else score,
        rank=getattr(match, RANK[kind]),
        is_near=is_near,
        is_new=since is not None and published is not None and published > since,
        reasons=reasons,
    )


def _with_verdicts(kind: str, cards: list[MatchCard], posting: Posting, visitor: Visitor) -> list[MatchCard]:
    """Add what both sides said, for who stands for this side: the organiser speaks for nobody. Two queries at most."""
    own = Member.objects.of(visitor).filter(company=posting.registration.company_id)
    if not cards or not own.exists():
        return cards
    said = verdicts_shown([(card.request, card.offer) for card in cards], SIDE_OF[kind])
    return [replace(card, verdict=said[card.request, card.offer]) for card in cards]


def _values(kind: str, pair: Pair) -> Mapping[str, list[tuple[str, str]]]:
    """Return what a pair can be filtered by: (value, words). A buyer who hides its name has no country."""
    other = _other(kind, pair)
    country = "" if hides_buyer(other) else other.registration.company.country.code
    return {
        "country": [(country, country_name(country))] if country else [],
        "certificate": [(name, name) for name in certificates_of(kind, pair)],
        "segment": [(other.segment.slug, str(other.segment.name))],
    }


def _keeps(kind: str, pair: Pair, filters: Filters) -> Mapping[str, bool]:
    """Say of each filter whether the pair passes it."""
    values = _values(kind, pair)
    chosen: Callable[[str], frozenset[str]] = lambda name: getattr(filters, name)  # noqa: E731 - one line, used below
    return {name: not chosen(name) or bool(chosen(name) & {value for value, _words in values[name]}) for name in values}


def _choices(kind: str, pairs: Sequence[Pair], filters: Filters) -> Mapping[str, list[Choice]]:
    """Return the values of each filter with how many are left by the others."""
    found: dict[str, list[Choice]] = {}
    for name in ("country", "certificate", "segment"):
        counts: Counter[str] = Counter()
        words: dict[str, str] = {}
        for pair in pairs:
            passes = _keeps(kind, pair, filters)
            for value, text in _values(kind, pair)[name]:
                words[value] = text
                counts[value] += all(ok for other, ok in passes.items() if other != name)
        chosen = getattr(filters, name)
        found[name] = sorted(((value, words[value], counts[value], value in chosen) for value in words), key=lambda one: one[1])
    return found
