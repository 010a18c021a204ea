"""The lists of postings as rows of Match: the best of the other side, spread over companies, and near misses. Nothing is written here."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from matchmaking.matching.engine.facts import Field
from matchmaking.matching.models import Match, Verdict
from matchmaking.matching.snapshots import Kind
from matchmaking.matching.world import World, chart_of, weights_of
from matchmaking.participants.models import Block

if TYPE_CHECKING:
    from matchmaking.matching.engine.exposure import Candidate
    from matchmaking.matching.engine.facts import Map
    from matchmaking.matching.engine.ground import Side
    from matchmaking.matching.engine.weights import Weights

OTHER: Mapping[Kind, Kind] = {"offer": "request", "request": "offer"}
WISHED_BY: Mapping[str, int] = {Verdict.Side.BUYER: Match.WishedBy.BUYER, Verdict.Side.SUPPLIER: Match.WishedBy.SUPPLIER}
CANDIDATES: Mapping[Kind, int] = {"request": 60, "offer": 40}
RESERVE = 3
"""So many times the places of a list are kept where places are spread: the rest could not come in."""
LOOKED_AT_FOR_NEAR = 12
MOST_FAILURES = 2
REASONS = (*(one.value for one in Field), "CLASH")
"""Why a pair of the same thing is not listed, in the order of `engine.blocks.Tally.breaks` after its first column."""
PAIRS_AT_ONCE = 200_000


@dataclass(frozen=True)
class Terms:
    """What a run works with: weights, links, how long lists are, and how places are spread."""

    weights: "Weights"
    chart: "Map"
    top: int
    near: int
    share: float
    within: float

    @classmethod
    def of(cls, parameters: Mapping[str, Any]) -> "Terms":
        """Read a run's parameters."""
        numbers = {name: parameters[name] for name in ("top", "near", "share", "within")}
        return cls(weights_of(parameters["weights"]), chart_of(parameters["links"]), **numbers)


@dataclass(frozen=True)
class Apart:
    """Who is never brought together: companies where one blocked the other, and pairs of which a side said that they are not for it."""

    companies: frozenset[tuple[str, str]] = frozenset()
    pairs: frozenset[tuple[int, int]] = frozenset()


@dataclass(frozen=True)
class Work:
    """What lists are made of: what was read, where partners are looked for, on which terms, who stays apart, and who would like
    to meet."""

    world: World
    reach: Sequence[int]
    terms: Terms
    apart: Apart = field(default_factory=Apart)
    wishes: Mapping[tuple[int, int], int] = field(default_factory=dict)

    def side(self, kind: Kind) -> "Side":
        """Return the postings of one side within reach."""
        return self.world.side(kind, self.reach)

    @property
    def given(self) -> dict[str, Any]:
        """What each score depends on beside the postings."""
        return {"chart": self.terms.chart, "weights": self.terms.weights, "wishes": self.wishes}


@dataclass(frozen=True)
class Row:
    """A pair of a list: its score and its place, or its place among the near misses; with neither it was said not to fit."""

    request: int
    offer: int
    score: Decimal
    rank: int | None = None
    near: int | None = None


@dataclass(frozen=True)
class LeftOut:
    """Of a posting: how many of the other side were looked at, and how many of these are not on its list, by reason (`models.Unlisted`)."""

    looked_at: int
    reasons: Mapping[str, int]


@dataclass
class Found:
    """The lists of postings of one kind: all rows, what is not on them, and how the places are shared by company before and after spreading."""

    kind: Kind
    rows: list[Row] = field(default_factory=list)
    left_out: dict[int, LeftOut] = field(default_factory=dict)
    pairs: int = 0
    before: dict[str, int] = field(default_factory=dict)
    after: dict[str, int] = field(default_factory=dict)
    score_before: float = 0.0
    score_after: float = 0.0

    @property
    def matches(self) -> int:
        """How many stand on a list."""
        return sum(row.rank is not None for row in self.rows)

    @property
    def near_misses(self) -> int:
        """How many are near misses."""
        return sum(row.near is not None for row in self.rows)


@dataclass
class Scored:
    """What was scored of one posting: those that fit, best first; those that nearly do; and those that were said not to.

    `looked_at` and `breaks` count all of the other side, see `engine.blocks.Tally`; `apart` are those that would fit, of companies that
    are never brought together with the posting's own.
    """

    fits: list["Candidate"] = field(default_factory=list)
    near: list[tuple[int, float, bool]] = field(default_factory=list)
    hidden: list["Candidate"] = field(default_factory=list)
    looked_at: int = 0
    breaks: Sequence[int] = ()
    apart: int = 0

    def left_out(self, listed: int, moved: int) -> LeftOut:
        """Say why the others are not listed, of whom so many are, and so many lost their place to others that fit nearly as well."""
        lower = self.breaks[0] - listed - moved - len(self.hidden) - self.apart
        reasons = dict(zip(REASONS, self.breaks[1:], strict=True))
        reasons |= {"OTHER": self.looked_at - sum(self.breaks), "LOWER": max(lower, 0), "SPREAD": moved}
        return LeftOut(self.looked_at, {reason: count for reason, count in reasons.items() if count})


def lists_of(work: Work, kind: Kind, segment: int) -> Found:
    """Return the lists of all postings of one kind in the segment; the other side is looked for within reach.

    The world has caught up with them. The same postings, terms and verdicts give the same rows. Needs memory for what is within
    reach, and for 200,000 pairs at once.
    """
    from matchmaking.matching.engine import exposure  # Only workers match: the site starts without the engine.

    terms, found = work.terms, Found(kind)
    places = [place for number, place in work.side(kind).place_of.items() if work.world.segment[kind][number] == segment]
    lists: dict[int, list[Candidate]] = {}
    all_scored = score_all(work, kind, places, count=found)
    for number, scored in all_scored:
        lists[number] = scored.fits[: RESERVE * terms.top]
        found.rows += [row_of(kind, number, one) for one in scored.hidden]
        if kind == "request":
            found.rows += near_rows(work, number, scored)
    plain = exposure.by_score(lists, top=terms.top)
    spread = exposure.spread(lists, top=terms.top, share=terms.share, within=terms.within)
    for number, scored in all_scored:
        moved = sum(one not in spread[number] for one in plain[number])
        found.left_out[number] = scored.left_out(len(spread[number]), moved)
    for number, chosen in spread.items():
        found.rows += [row_of(kind, number, one, rank=place) for place, one in enumerate(chosen, start=1)]
    found.before, found.score_before = _shares(plain)
    found.after, found.score_after = _shares(spread)
    for one in (one for candidates in lists.values() for one in candidates):
        found.after.setdefault(str(one.owner), 0)
    return found


def score_all(work: Work, kind: Kind, places: Sequence[int], *, count: Found | None = None) -> list[tuple[int, Scored]]:
    """Score these postings (places in the side) with the nearest of the other side, and return by number what was found of each."""
    import numpy as np  # Only workers match: the site starts without the engine.

    own, other = work.side(kind), work.side(OTHER[kind])
    made: dict[int, Scored] = {place: Scored() for place in places}
    rows = np.array(places, dtype=np.int64)
    tally = work.world.ground.tally(own, other, rows)
    here, there = work.world.ground.nearest(own, other, rows, most=CANDIDATES[kind], tally=tally, **work.given)
    for start in range(0, len(here), PAIRS_AT_ONCE):
        _score(work, kind, here[start : start + PAIRS_AT_ONCE], there[start : start + PAIRS_AT_ONCE], made)
    if count is not None:
        count.pairs += len(here)
    for scored, looked_at, breaks in zip(made.values(), tally.looked_at.tolist(), tally.breaks.tolist(), strict=True):
        scored.looked_at, scored.breaks = looked_at, breaks
        scored.fits.sort(key=lambda one: (-one.score, one.number))
        scored.near.sort(key=lambda one: (-one[1], one[0]))
    return [(int(own.numbers[place]), scored) for place, scored in made.items()]


def _score(work: Work, kind: Kind, here: Any, there: Any, made: Mapping[int, Scored]) -> None:
    from matchmaking.matching.engine.exposure import Candidate  # As above.

    own, other, is_request = work.side(kind), work.side(OTHER[kind]), kind == "request"
    requests, offers = (own, other) if is_request else (other, own)
    i, j = (here, there) if is_request else (there, here)
    result = work.world.ground.score(requests, offers, i, j, **work.given)
    worth = result.is_match | result.comes_close
    owners, others = own.owners, other.owners
    columns = (column[worth].tolist() for column in (here, there, result.score, result.is_match, result.has_clash))
    numbers, counterparts = own.numbers.tolist(), other.numbers.tolist()
    for place, at, score, is_match, has_clash in zip(*columns, strict=True):
        owner, whose = owners[place], others[at]
        if owner == whose or (owner, whose) in work.apart.companies:
            made[place].apart += is_match and owner != whose
            continue
        candidate = Candidate(counterparts[at], whose, score)
        pair = (numbers[place], counterparts[at]) if is_request else (counterparts[at], numbers[place])
        if not is_match:
            made[place].near.append((at, score, has_clash))
        elif pair in work.apart.pairs:
            made[place].hidden.append(candidate)
        else:
            made[place].fits.append(candidate)


def near_rows(work: Work, request: int, scored: Scored) -> list[Row]:
    """Return the nearest of what breaks one or two musts of the request, fewest first, then the best score."""
    from matchmaking.matching.engine.hard import failures  # As above.

    requests, offers = work.side("request"), work.side("offer")
    asked, found = requests.facts[requests.place_of[request]], []
    for at, score, has_clash in scored.near[:LOOKED_AT_FOR_NEAR]:
        broken = len(failures(asked, offers.facts[at])) + has_clash
        if broken <= MOST_FAILURES:
            found.append((broken, -score, int(offers.numbers[at])))
    nearest = enumerate(sorted(found)[: work.terms.near], start=1)
    return [Row(request, offer, _hundredths(-score), near=place) for place, (_broken, score, offer) in nearest]


def row_of(kind: Kind, number: int, one: "Candidate", *, rank: int | None = None) -> Row:
    """Return the row of a posting's candidate."""
    request, offer = (number, one.number) if kind == "request" else (one.number, number)
    return Row(request, offer, _hundredths(one.score), rank)


def _hundredths(score: float) -> Decimal:
    return Decimal(f"{score:.2f}")


def _shares(lists: Mapping[int, Sequence["Candidate"]]) -> tuple[dict[str, int], float]:
    counts: dict[str, int] = defaultdict(int)
    total = 0.0
    for one in (one for chosen in lists.values() for one in chosen):
        counts[str(one.owner)] += 1
        total += one.score
    return dict(counts), total


def apart_of(edition: int) -> Apart:
    """Return who is never brought together in an edition. Two queries."""
    blocks = Block.objects.values_list("company", "blocked")
    both = {pair for one, other in blocks for pair in ((str(one), str(other)), (str(other), str(one)))}
    verdicts = Verdict.objects.standing().filter(says=Verdict.Says.NOT_FOR_US, request__registration__edition=edition)
    return Apart(frozenset(both), frozenset(verdicts.values_list("request", "offer")))


def wishes_of(edition: int) -> dict[tuple[int, int], int]:
    """Return by pair (request, offer) which sides would like to meet; see `Match.WishedBy`. One query."""
    found: dict[tuple[int, int], int] = defaultdict(int)
    verdicts = Verdict.objects.standing().filter(says=Verdict.Says.INTERESTED, request__registration__edition=edition)
    for request, offer, side in verdicts.values_list("request", "offer", "side"):
        found[request, offer] |= WISHED_BY[side]
    return dict(found)
