"""Pairs worked out again from their snapshots: the factors with their points, what fails, and what would mend it. A handful of pairs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from matchmaking.marketplace.models import Offer, SourcingRequest
from matchmaking.matching import words
from matchmaking.matching.arithmetic import OTHER_KIND, WISH, Points, points_of, whole
from matchmaking.matching.engine.facts import Field
from matchmaking.matching.engine.hard import failures
from matchmaking.matching.engine.weights import TERMS, THING
from matchmaking.matching.explaining import wishes_in
from matchmaking.matching.kept import kept
from matchmaking.matching.models import Match, MatchRun
from matchmaking.matching.readings import known_readings, read_with
from matchmaking.matching.requirements import Outcome, Requirement, requirements_of, stations
from matchmaking.matching.snapshots import from_plain
from matchmaking.matching.world import chart_of, plain_weights, reader_now, weights_of

if TYPE_CHECKING:
    from matchmaking.matching.engine.explaining import Explanation, Factor

OUTCOMES: Mapping[str, Outcome] = {
    "text_much": Outcome.FITS,
    "text_some": Outcome.PARTLY,
    "text_little": Outcome.MISSES,
    "product_same": Outcome.FITS,
    "product_near": Outcome.PARTLY,
    "product_other": Outcome.MISSES,
    "hs_same": Outcome.FITS,
    "hs_heading": Outcome.PARTLY,
    "hs_chapter": Outcome.PARTLY,
    "hs_other": Outcome.MISSES,
    "figures_met": Outcome.FITS,
    "figures_partly": Outcome.PARTLY,
    "figures_clash": Outcome.MISSES,
    "segment_same": Outcome.FITS,
    "segment_linked": Outcome.PARTLY,
    "segment_chain": Outcome.PARTLY,
    "segment_other": Outcome.MISSES,
    "certificates_all": Outcome.FITS,
    "certificates_some": Outcome.PARTLY,
    "certificates_none": Outcome.MISSES,
    "language_same": Outcome.FITS,
    "language_other": Outcome.PARTLY,
    OTHER_KIND: Outcome.MISSES,
    "wish_buyer": Outcome.PARTLY,
    "wish_supplier": Outcome.PARTLY,
    "wish_both": Outcome.FITS,
}
"""How a factor's code is marked; every other code is "not stated"."""
WORTH_SAYING = {"figures_clash", "product_other", "hs_other", "segment_linked", "segment_other", OTHER_KIND}
"""Of what is not a requirement, what is said without a click."""
FACTOR_OF = {Field.PRICE: "price", Field.LEAD_TIME: "lead_time", Field.QUANTITY: "quantity", Field.INCOTERMS: "incoterms"}
ON_ITS_OWN = ("certificates", "language")
MOST_EXCEPTIONS = 4
CLASH, CLASHES = 0.4, "CLASH"


@dataclass(frozen=True)
class FactorLine:
    """A line of the reasons: what was asked for, what is said to it, how it fared, and its points of the most it could have.

    `points` is None for a requirement that only decides whether the pair is listed. `is_must` is None for what is no requirement.
    """

    code: str
    verdict: str
    points: int | None
    most: int | None
    asked: str
    says: str
    is_must: bool | None = None

    @property
    def is_whole(self) -> bool:
        """Whether the points stand alone: nothing, or all there was to have."""
        return self.most is None or self.points == self.most or self.verdict == Outcome.FITS


@dataclass(frozen=True)
class Reasons:
    """Why a pair has its score. `total` is the sum of the lines; `line` is what a requirement line is drawn from."""

    factors: list[FactorLine]
    total: int
    line: list[tuple[str, bool]]
    summary: str
    exceptions: list[tuple[str, str]]
    failures: list[str]
    fixes: list[str]
    broken: str = ""
    """What it fails on first, as `models.Unlisted` says it."""


@dataclass(frozen=True)
class Pair:
    """A match with both postings as rows, read with all that a card reads."""

    match: Match
    request: SourcingRequest
    offer: Offer


def reasons_of(pairs: Sequence[Pair], run: MatchRun) -> list[Reasons]:
    """Return the reasons of each pair, as the run worked them out: its weights, its links, the facts it read, the terms in use now.

    Two queries, or three. Takes what was read of the texts when they were matched: some 20 ms for a list, kept afterwards.
    """
    if not pairs:
        return []
    digest, reader = reader_now()
    ids = "-".join(f"{one.match.request_snapshot_id}.{one.match.offer_snapshot_id}.{one.match.wished_by}" for one in pairs)
    model = reader.embedding.digest if reader.embedding else ""
    explained = kept(f"explained-{run.pk}-{digest}{model}-{ids}", 0, lambda: _explained(pairs, run, reader, digest))
    return [_reasons(pair, explanation) for pair, explanation in zip(pairs, explained, strict=True)]


def requirements_in_words(pair: Pair) -> Reasons:
    """Return what can be said of a pair without working out its score: its requirements. No query, and the engine stays asleep."""
    requirements = _requirements(pair)
    factors = [_requirement_line(one, pair, None, one.outcome) for one in requirements]
    exceptions = _exceptions(requirements, factors, pair)
    return Reasons(factors, whole(float(pair.match.score)), stations(requirements), words.kept_in_words(requirements), exceptions, [], [])


def _explained(pairs: Sequence[Pair], run: MatchRun, reader: Any, digest: str) -> list["Explanation"]:
    # Loaded where a list is explained: the site starts without numpy's linear algebra.
    from matchmaking.matching.engine.explaining import explain
    from matchmaking.matching.engine.ranking import Postings

    requests = _facts(pairs, "request")
    offers = _facts(pairs, "offer")
    weights = weights_of(run.parameters.get("weights") or plain_weights())
    chart = chart_of(run.parameters.get("links", []))
    known = known_readings([*requests.values(), *offers.values()], read_with(digest))
    said = wishes_in(one.match for one in pairs)
    sides = list(requests.values()), list(offers.values())
    postings = Postings(*sides, reader, chart=chart, weights=weights, wishes=said, known=known)
    places = {key: place for place, key in enumerate(requests)}, {key: place for place, key in enumerate(offers)}
    return [explain(postings, places[0][one.match.request_snapshot_id], places[1][one.match.offer_snapshot_id]) for one in pairs]


def _facts(pairs: Iterable[Pair], kind: Any) -> dict[int, Any]:
    snapshots = (getattr(one.match, f"{kind}_snapshot") for one in pairs)
    return {one.pk: from_plain(kind, one.facts) for one in snapshots}


def _requirements(pair: Pair) -> tuple[Requirement, ...]:
    asked = from_plain("request", pair.match.request_snapshot.facts)
    return requirements_of(asked, from_plain("offer", pair.match.offer_snapshot.facts))


def _reasons(pair: Pair, explanation: "Explanation") -> Reasons:
    requirements, points = _requirements(pair), points_of(explanation)
    factors = {one.name: one for one in explanation.factors}
    lines = [_factor_line(factors[name], pair, points[name]) for name in THING]
    if explanation.is_other_kind:
        lines.append(_line(OTHER_KIND, OTHER_KIND, {}, pair, points[OTHER_KIND]))
    stated = set()
    for one in requirements:
        name = FACTOR_OF.get(one.field, "")
        stated.add(name)
        lines.append(_requirement_line(one, pair, points.get(name), _with_factor(one, factors.get(name))))
    lines += [_factor_line(factors[name], pair, points[name]) for name in ON_ITS_OWN if factors[name].value is not None]
    if explanation.wish:
        lines.append(_factor_line(factors[WISH], pair, points[WISH]))
    silent = [name for name in TERMS if name not in stated and factors[name].value is None]
    lines += _silent_line(silent, points)
    broken = failures(from_plain("request", pair.match.request_snapshot.facts), from_plain("offer", pair.match.offer_snapshot.facts))
    is_clash = factors["figures"].code == "figures_clash" and factors["figures"].counted <= CLASH
    return Reasons(
        factors=lines,
        total=whole(explanation.score),
        line=stations(requirements),
        summary=words.kept_in_words(requirements),
        exceptions=_exceptions(requirements, lines, pair),
        failures=[words.shortfall(one, pair.offer) for one in requirements if one.breaks_must],
        broken=broken[0].field.value if broken else CLASHES if is_clash else "",
        fixes=[words.failure_mended(one, pair.request, pair.offer) for one in broken] + ([words.clash_mended()] if is_clash else []),
    )


def _factor_line(factor: "Factor", pair: Pair, points: Points) -> FactorLine:
    return _line(factor.name, factor.code, factor.values, pair, points)


def _line(name: str, code: str, values: Mapping[str, Any], pair: Pair, points: Points) -> FactorLine:
    says = words.factor_says(name, code, values, segments=(str(pair.request.segment.name), str(pair.offer.segment.name)))
    outcome = OUTCOMES.get(code, Outcome.UNKNOWN)
    return FactorLine(code, outcome.value, points.points, points.most, says.asked, says.given)


def _requirement_line(one: Requirement, pair: Pair, points: Points | None, outcome: Outcome) -> FactorLine:
    return FactorLine(
        code=one.field.value,
        verdict=outcome.value,
        points=points.points if points else None,
        most=points.most if points else None,
        asked=words.asked_for(one, pair.request),
        says=words.answered(one, pair.offer),
        is_must=one.is_must,
    )


def _with_factor(one: Requirement, factor: "Factor | None") -> Outcome:
    """Return how a requirement fared, a capacity that takes longer than three months included."""
    if factor is None or one.field is not Field.QUANTITY or one.outcome is Outcome.MISSES:
        return one.outcome
    return Outcome.PARTLY if factor.code == "quantity_slow" and factor.counted < 1 and one.outcome is Outcome.FITS else one.outcome


def _silent_line(names: Sequence[str], points: Mapping[str, Points]) -> list[FactorLine]:
    """Put what the request does not state into one line: it counts in full."""
    total = sum(points[name].points for name in names)
    if not total:
        return []
    return [FactorLine("not_asked", Outcome.FITS.value, total, total, words.not_asked(names), words.counted_in_full())]


def _exceptions(requirements: Sequence[Requirement], lines: Sequence[FactorLine], pair: Pair) -> list[tuple[str, str]]:
    """Return what is said without a click: musts that break, then what else misses, then what is met in part or not stated."""
    order = {Outcome.MISSES: 1, Outcome.PARTLY: 2, Outcome.UNKNOWN: 3}
    said = [
        (0 if one.breaks_must else order[one.outcome], one.outcome.value, words.exception(one, pair.offer))
        for one in requirements
        if one.outcome in order
    ]
    said += [(order[Outcome(line.verdict)], line.verdict, line.says) for line in lines if line.code in WORTH_SAYING]
    return [(verdict, text) for _turn, verdict, text in sorted(said, key=lambda one: one[0])[:MOST_EXCEPTIONS]]
