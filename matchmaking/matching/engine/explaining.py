"""The arithmetic of one pair, as plain data: each factor with its value, its weight, and a code with parameters for its words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any

import numpy as np

from matchmaking.matching.engine.facts import Measure, OfferFacts, RequestFacts
from matchmaking.matching.engine.hard import ROUNDING
from matchmaking.matching.engine.ranking import Postings
from matchmaking.matching.engine.scoring import Scores
from matchmaking.matching.engine.weights import NEUTRAL, TERMS, THING, Weights
from matchmaking.matching.engine.wishes import Wish, worth


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor: its value 0 to 1 (None where it could not be told), what was taken for it, its share of its group, and its words."""

    name: str
    value: float | None
    counted: float
    share: float
    code: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Explanation:
    """score = 100 x thing x (1 - terms_weight x (1 - terms)) + wish; thing and terms are the sums of counted x share of their factors.

    `wish` are the points for wishes to meet. Their factor is the last; its share is that of all 100 points.
    """

    request: str
    offer: str
    score: float
    thing: float
    terms: float
    terms_weight: float
    is_other_kind: bool
    factors: tuple[Factor, ...]
    wish: float = 0.0


def explain(postings: Postings, request: int, offer: int) -> Explanation:
    """Explain the pair of the request and the offer at these places; the same figures as the lists show."""
    result = postings.score(np.array([request]), np.array([offer]))
    asked, given = postings.requests[request], postings.offers[offer]
    factors = tuple(_factor(name, result, asked, given, postings.weights) for name in (*THING, *TERMS))
    raw = sum(one.counted * one.share for one in factors if one.name in THING)
    return Explanation(
        request=asked.id,
        offer=given.id,
        score=float(result.score[0]),
        thing=float(result.thing[0]),
        terms=sum(one.counted * one.share for one in factors if one.name in TERMS),
        terms_weight=postings.weights.terms,
        is_other_kind=raw - float(result.thing[0]) > ROUNDING,
        factors=(*factors, _wish(result, postings.weights, Wish(postings.said.get((asked.id, given.id), 0)))),
        wish=float(result.wish[0]),
    )


def _factor(name: str, result: Scores, asked: RequestFacts, given: OfferFacts, weights: Weights) -> Factor:
    group: Sequence[str] = THING if name in THING else TERMS
    value = float(result.factors[name][0])
    told = None if isnan(value) else value
    counted = NEUTRAL.get(name, 1.0) if told is None else told
    share = getattr(weights, name) / sum(getattr(weights, other) for other in group)
    return Factor(name, told, counted, share, code_of(name, told), _values(name, asked, given))


def _wish(result: Scores, weights: Weights, said: Wish) -> Factor:
    counted = float(result.wish[0]) / weights.wish if weights.wish else 0.0
    code = f"wish_{said.name}".lower() if said else "wish_unknown"
    return Factor("wish", worth(said) if said else None, counted, weights.wish / 100, code, {})


STEPS: Mapping[str, tuple[tuple[float, str], ...]] = {
    "text": ((0.6, "text_much"), (0.25, "text_some"), (0.0, "text_little")),
    "product": ((0.75, "product_same"), (0.3, "product_near"), (0.0, "product_other")),
    "hs": ((1.0, "hs_same"), (0.8, "hs_heading"), (0.3, "hs_chapter"), (0.0, "hs_other")),
    "figures": ((0.9, "figures_met"), (0.5, "figures_partly"), (0.0, "figures_clash")),
    "segment": ((1.0, "segment_same"), (0.75, "segment_linked"), (0.5, "segment_chain"), (0.0, "segment_other")),
    "price": ((1.0, "price_within"), (0.35, "price_little_over"), (0.0, "price_over")),
    "lead_time": ((1.0, "lead_in_time"), (0.35, "lead_little_late"), (0.0, "lead_late")),
    "quantity": ((1.0, "quantity_covered"), (0.0, "quantity_slow")),
    "incoterms": ((1.0, "incoterms_shared"), (0.0, "incoterms_other")),
    "certificates": ((1.0, "certificates_all"), (0.01, "certificates_some"), (0.0, "certificates_none")),
    "language": ((1.0, "language_same"), (0.0, "language_other")),
}
"""From which value on a factor has which words; the first that is reached counts."""


def code_of(name: str, value: float | None) -> str:
    """Return the code of a factor's words; "<name>_unknown" where it could not be told."""
    if value is None:
        return f"{name}_unknown"
    return next(code for least, code in STEPS[name] if value >= least)


def _values(name: str, asked: RequestFacts, given: OfferFacts) -> dict[str, Any]:
    pairs: dict[str, tuple[Any, Any]] = {
        "hs": (asked.hs_code, given.hs_code),
        "segment": ((asked.chain, asked.segment), (given.chain, given.segment)),
        "price": (asked.budget, given.price),
        "lead_time": (asked.days_left, given.lead_time_days),
        "quantity": (asked.quantity, given.monthly_capacity),
        "incoterms": (asked.incoterms, given.incoterms),
        "certificates": (asked.certificates, given.certificates),
        "language": (asked.language, given.language),
        "text": (asked.title, given.title),
    }
    if name not in pairs:
        return {}
    one, other = pairs[name]
    over = (
        other.amount / one.amount - 1
        if isinstance(one, Measure) and isinstance(other, Measure) and one.amount and name == "price"
        else None
    )
    return {"asked": one, "given": other} | ({"over": over} if over is not None else {})
