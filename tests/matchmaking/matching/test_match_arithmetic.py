"""Points that sum up to the score, and words for every code that the engine knows."""

from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from matchmaking.marketplace.models import Offer, SourcingRequest
from matchmaking.matching import words
from matchmaking.matching.arithmetic import in_whole, points_of, whole
from matchmaking.matching.engine.explaining import STEPS, Explanation, Factor
from matchmaking.matching.engine.facts import Field, Measure, OfferFacts, RequestFacts
from matchmaking.matching.engine.hard import failures
from matchmaking.matching.engine.weights import TERMS, THING, Weights
from matchmaking.matching.engine.wishes import Wish
from matchmaking.matching.queries.explained import FACTOR_OF
from matchmaking.matching.requirements import Outcome, requirements_of, stations
from matchmaking.matching.words.mending import _short

shares = st.floats(0, 1)


@st.composite
def explanations(draw):
    """An explanation of any pair, by the engine's own arithmetic."""
    weights, counted = Weights(terms=draw(shares)), {name: draw(shares) for name in (*THING, *TERMS)}
    parts = []
    for group in (THING, TERMS):
        total = sum(getattr(weights, name) for name in group)
        parts += [Factor(name, counted[name], counted[name], getattr(weights, name) / total, name, {}) for name in group]
    raw = sum(one.counted * one.share for one in parts if one.name in THING)
    terms = sum(one.counted * one.share for one in parts if one.name in TERMS)
    is_other_kind = draw(st.booleans()) and raw > 1e-6
    thing = max(raw - 0.25, 0) if is_other_kind else raw
    plain = 100 * thing * (1 - weights.terms * (1 - terms))
    wish = min(draw(st.sampled_from([0, 0.5, 1])) * weights.wish, 100 - plain)
    parts.append(Factor("wish", 1.0, wish / weights.wish, weights.wish / 100, "wish_both", {}))
    return Explanation("1", "2", round(plain + wish, 4), thing, terms, weights.terms, is_other_kind, tuple(parts), wish)


@given(explanations())
def test_points_are_whole_and_sum_up_to_the_score(explanation):
    points = points_of(explanation)
    assert sum(one.points for one in points.values()) == whole(explanation.score)
    assert all(0 <= one.points <= one.most for name, one in points.items() if name != "other_kind")


@given(st.dictionaries(st.text(max_size=3), st.floats(0, 40), min_size=1))
def test_rounding_moves_no_part_by_a_whole_point(parts):
    rounded = in_whole(parts, whole(sum(parts.values())))
    assert all(abs(rounded[name] - value) < 1 + 1e-9 for name, value in parts.items())


def test_a_half_goes_up():
    assert [whole(score) for score in (0, 0.5, 74.4999, 74.5)] == [0, 1, 74, 75]


@pytest.mark.parametrize("name", [name for name in (*THING, *TERMS) if name not in FACTOR_OF.values()])
def test_every_code_has_words(name):
    for code in [code for _least, code in STEPS[name]] + [f"{name}_unknown"]:
        if code not in {"text_unknown", "segment_unknown", "language_unknown", "certificates_unknown"}:  # These can always be told.
            said = words.factor_says(name, code, {"asked": "850760", "given": "850720"}, segments=("Cells", "Packs"))
            assert said.asked
            assert said.given


@pytest.mark.parametrize("wish", Wish)
def test_every_wish_has_words(wish):
    said = words.factor_says("wish", f"wish_{wish.name}".lower() if wish else "wish_unknown", {})
    assert said.asked == "Wish to meet"
    assert said.given


ASKED = RequestFacts(
    "1",
    budget=Measure(10.0, "pc"),
    quantity=Measure(100.0, "pc"),
    days_left=20,
    deliver_to="DE",
    origins=frozenset({"DE", "FR", "IT", "ES", "PL"}),
    certificates=frozenset({"CE", "UL"}),
    incoterms=frozenset({"DAP"}),
    musts=frozenset(Field),
)
BREAKS = OfferFacts(
    "2",
    price=Measure(40.0, "pc"),
    minimum=Measure(500.0, "pc"),
    lead_time_days=60,
    origin="CN",
    ships_to=frozenset({"CN"}),
    certificates=frozenset({"CE"}),
    incoterms=frozenset({"EXW"}),
)
KEEPS = OfferFacts(
    "3",
    price=Measure(11.0, "pc"),
    minimum=Measure(50.0, "pc"),
    lead_time_days=14,
    origin="DE",
    certificates=frozenset({"CE", "UL"}),
    incoterms=frozenset({"DAP", "EXW"}),
)
REQUEST = SourcingRequest(quantity=Decimal(100), unit="pc", budget=Decimal(10), currency="USD", budget_unit="pc")
OFFER = Offer(minimum_quantity=Decimal(500), unit="pc", unit_price=Decimal(40), currency="EUR", price_unit="pc")


def plain(text):
    return text.replace("\N{NO-BREAK SPACE}", " ")


def outcomes(offer):
    return {one.field: one.outcome for one in requirements_of(ASKED, offer)}


def test_what_breaks_a_must_here_is_what_the_engine_refuses():
    broken = {one.field for one in requirements_of(ASKED, BREAKS) if one.breaks_must}
    assert broken == {one.field for one in failures(ASKED, BREAKS)} == set(Field)


def test_what_is_met_met_in_part_and_not_stated():
    assert outcomes(KEEPS) == dict.fromkeys(Field, Outcome.FITS) | {Field.PRICE: Outcome.PARTLY}
    silent = outcomes(OfferFacts("4", certificates=frozenset({"CE", "UL"})))
    assert {field for field, outcome in silent.items() if outcome is Outcome.UNKNOWN} == set(Field) - {Field.CERTIFICATES, Field.DELIVERY}


def test_musts_come_before_wishes():
    wishful = requirements_of(RequestFacts("1", days_left=5, certificates=frozenset({"CE"}), musts=frozenset({Field.LEAD_TIME})), KEEPS)
    assert stations(wishful) == [("misses", True), ("fits", False)]
    assert words.kept_in_words(wishful) == "not the one must-have, the one wish"


def test_every_failure_says_what_is_missing_and_what_would_mend_it():
    said = [plain(words.exception(one, OFFER)) for one in requirements_of(ASKED, BREAKS)]
    assert said == [
        "Must-have: Lacks UL",
        "Must-have: Does not ship to Germany",
        "Must-have: Made in China (mainland)",
        "Must-have: Smallest order 500 pieces",
        "Must-have: 4 times the budget",
        "Must-have: 40 days too late",
        "Must-have: Delivers EXW only",
    ]
    assert [plain(words.failure_mended(one, REQUEST, OFFER)) for one in failures(ASKED, BREAKS)] == [
        "A valid certificate: UL. If it exists, the offer should name it.",
        "Shipping to Germany as well, or another place of delivery.",
        "Goods made in France, Germany, Italy, Poland and 1 more, or a request that accepts China (mainland).",
        "An order of 500 pieces, or a smallest order of 100 pieces.",
        "A price of at most USD 15 per piece, or a budget from EUR 26.67 per piece.",
        "A lead time of 40 days at most, or a later date: 60 days are needed.",
        "Agreeing on one term of delivery: asked for DAP, offered EXW.",
    ]


def test_words_are_there_in_chinese_too():
    with translation.override("zh-hans"):
        assert all(words.exception(one, OFFER) for one in requirements_of(ASKED, BREAKS))


@given(st.decimals(Decimal("0.0001"), Decimal(10) ** 12, places=4))
def test_an_amount_is_rounded_up_to_four_figures(amount):
    assert amount <= _short(amount) <= amount * Decimal("1.001")
