from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matchmaking.matching.engine.explaining import explain
from matchmaking.matching.engine.facts import Measure, OfferFacts, RequestFacts
from matchmaking.matching.engine.figures import figures_in
from matchmaking.matching.engine.forms import LONGEST_TEXT, atoms, form, plain
from matchmaking.matching.engine.glossary import Concept, Glossary
from matchmaking.matching.engine.hard import failures
from matchmaking.matching.engine.ranking import Postings, near_misses, rank_offers, rank_requests
from matchmaking.matching.engine.reading import Reader
from matchmaking.matching.engine.weights import Weights
from matchmaking.matching.engine.wishes import Wish
from matchmaking.matching.engine.zones import zones_of

GLOSSARY = Glossary(
    [
        Concept("ball-screw", "good", "am", "lead-screw", ("ball screw",), ("滚珠丝杠",)),
        Concept("lead-screw", "good", "am", "", ("lead screw",), ("丝杠",)),
        Concept("ground", "property", "am", "finish", ("ground",), ("研磨级",)),
        Concept("rolled", "property", "am", "finish", ("rolled",), ("轧制",)),
        Concept("titanium-powder", "material", "am", "", ("TC4 powder",), ("TC4粉末",)),
        Concept("factoring", "service", "ss", "", ("factoring",), ("保理",)),
    ]
)
READER = Reader(GLOSSARY)
ASK = RequestFacts("r1", "anna", "am", "parts", "zh", "研磨级滚珠丝杠 C3，直径 40 mm", hs_code="848340", budget=Measure(100, "pc"), quantity=Measure(50, "pc"), days_left=40, deliver_to="CN")  # fmt: skip
GIVE = OfferFacts("o1", "boris", "am", "screws", "en", "Ground ball screws, 40 mm, class C3", hs_code="848340", price=Measure(90, "pc"), minimum=Measure(10, "pc"), lead_time_days=30)  # fmt: skip


def listed(requests, offers):
    return {r: [(m.offer, m.score) for m in ms] for r, ms in rank_offers(Postings(requests, offers, READER)).items()}


def test_a_chinese_request_finds_an_english_offer():
    assert [offer for offer, _ in listed([ASK], [GIVE])["r1"]] == ["o1"]


def test_another_thing_is_not_listed():
    other = replace(GIVE, id="o2", title="Receivables factoring", hs_code="")
    assert [offer for offer, _ in listed([ASK], [other, GIVE])["r1"]] == ["o1"]


def test_an_offer_of_the_same_company_is_not_listed():
    assert listed([ASK], [replace(GIVE, company="anna")])["r1"] == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"ships_to": frozenset({"DE"})}, "MARKET"),
        ({"minimum": Measure(51, "pc")}, "QUANTITY"),
        ({"price": Measure(151, "pc")}, "PRICE"),
        ({"lead_time_days": 81}, "LEAD"),
    ],
)
def test_a_broken_must_is_a_near_miss_and_no_match(change, field):
    offer = replace(GIVE, **change)
    postings = Postings([ASK], [offer], READER)
    assert rank_offers(postings)["r1"] == []
    (miss,) = near_misses(postings, 0)
    assert [one.field for one in miss.failures] == [field]
    assert not failures(ASK, replace(offer, **{name: getattr(GIVE, name) for name in change}))


def test_a_clash_of_grades_in_both_titles_is_a_near_miss():
    postings = Postings([ASK], [replace(GIVE, title="Rolled ball screws, 40 mm, class C3")], READER)
    assert rank_offers(postings)["r1"] == []
    assert near_misses(postings, 0)[0].has_clash


def test_prices_in_other_units_are_not_compared():
    assert failures(ASK, replace(GIVE, price=Measure(900, "kg"))) == ()


def test_both_directions_give_one_score():
    postings = Postings([ASK], [GIVE], READER)
    assert rank_offers(postings)["r1"] == rank_requests(postings)["o1"]


def test_the_explanation_adds_up():
    told = explain(Postings([ASK], [GIVE], READER), 0, 0)
    assert told.score == pytest.approx(100 * told.thing * (1 - told.terms_weight * (1 - told.terms)), abs=1e-3)
    assert told.thing == pytest.approx(sum(f.counted * f.share for f in told.factors[:5]))


@pytest.mark.parametrize(("wish", "points"), [(Wish.BUYER, 2), (Wish.SUPPLIER, 2), (Wish.BOTH, 4)])
def test_a_wish_adds_its_points_and_says_whose_it_is(wish, points):
    late = replace(GIVE, lead_time_days=60)
    plain, wished = (explain(Postings([ASK], [late], READER, wishes=said), 0, 0) for said in ({}, {("r1", "o1"): wish}))
    assert (plain.wish, plain.factors[-1].code) == (0, "wish_unknown")
    assert (wished.wish, wished.factors[-1].code) == (points, f"wish_{wish.name}".lower())
    assert wished.score == pytest.approx(plain.score + points)
    assert wished.factors[:-1] == plain.factors[:-1]


def test_a_wish_never_leads_beyond_100_nor_past_a_must():
    said = {("r1", "o1"): Wish.BOTH}
    full = replace(ASK, language="en", title=GIVE.title)
    told = explain(Postings([full], [GIVE], READER, wishes=said), 0, 0)
    assert told.score == 100
    assert 0 < told.wish < 4
    for broken in (replace(GIVE, ships_to=frozenset({"DE"})), replace(GIVE, title="Rolled ball screws, 40 mm, class C3")):
        plain, wished = (Postings([ASK], [broken], READER, wishes=known) for known in ({}, said))
        assert rank_offers(wished) == {"r1": []}
        assert near_misses(wished, 0) == near_misses(plain, 0) != []


def test_wishes_count_ten_points_at_most():
    assert Weights(wish=10).wish == 10
    with pytest.raises(ValueError, match="at most 10"):
        Weights(wish=10.5)


def test_a_split_term_is_found():
    assert READER.read("TC4 球形粉末 15–53 μm", language="zh").heads["titanium-powder"] == 1


def test_a_negated_grade_does_not_count():
    assert "finish" not in READER.read("Ball screws", "They are not ground.", language="en").properties


@pytest.mark.parametrize(
    ("one", "other"),
    [("800 V", "0.8 kV"), ("10 µF", "10μF"), ("100 万", "1 million".replace("million", "百万")), ("1:100", "100:1")],
)
def test_figures_are_one_in_every_writing(one, other):
    if "万" in one:
        one, other = "100 万 Da", "1 百万 Da"
    assert figures_in(plain(one)) == figures_in(plain(other)) != []


def test_standards_are_no_figures():
    assert figures_in("ISO 9001, IEC 61215, IATF 16949") == []


@pytest.mark.parametrize(
    ("title", "thing"),
    [
        ("Looking for rotor blades for turbines", "rotor blades"),
        ("主驱逆变器用碳化硅功率模块 1200V", "碳化硅功率模块 1200V"),
        ("杂交水稻种子采购(灌区)", "杂交水稻种子"),
        ("家用制氧机", "家用制氧机"),
        ("Fastening for 1,000 mm gauge, ballasted", "Fastening"),
        ("1,000 V cable, shielded", "1,000 V cable"),
        ("供应链金融平台", "供应链金融平台"),
    ],
)
def test_the_thing_of_a_title(title, thing):
    assert zones_of(title).thing == thing


def test_words_have_one_form():
    assert [form(w) for w in ("Batteries", "moulds", "fibre", "Eight", "glass")] == ["battery", "mold", "fiber", "8", "glass"]


@pytest.mark.parametrize("text", ["", "x", "🙂" * 50, "<b>ball screw</b>" * 2000, "滚珠丝杠" * 5000, "a" * 10_000, "\u202eabc\x00漢字кот"])
def test_nonsense_neither_breaks_nor_dominates(text):
    junk = replace(GIVE, id="o0", title=text[:160], description=text, hs_code="")
    lists = listed([ASK, replace(ASK, id="r2", title=text[:160], description=text, hs_code="")], [junk, GIVE])
    assert lists["r1"][0][0] == "o1"
    assert len(atoms(plain(text))) <= LONGEST_TEXT


words = st.lists(st.sampled_from(["ball", "screw", "ground", "rolled", "C3", "C7", "40 mm", "50 mm", "滚珠丝杠", "保理", "TC4 powder"]), min_size=1, max_size=5)  # fmt: skip
amounts = st.one_of(st.none(), st.builds(Measure, st.floats(1, 1000), st.sampled_from(["pc", "kg"])))
countries = st.sampled_from(["CN", "DE", "US"])
country_sets = st.one_of(st.none(), st.frozensets(countries, min_size=1))
certificates = st.frozensets(st.sampled_from(["GMP", "CE", "ISO 9001"]))
days = st.one_of(st.none(), st.integers(1, 200))
terms = st.frozensets(st.sampled_from(["FOB", "DAP"]))
codes = st.sampled_from(["", "84", "8483", "848340", "854129"])
offers = st.builds(OfferFacts, id=st.uuids().map(str), company=st.sampled_from(["", "b", "c"]), chain=st.just("am"), segment=st.sampled_from("xy"), language=st.sampled_from(["en", "zh"]), title=words.map(" ".join), hs_code=codes, price=amounts, minimum=amounts, monthly_capacity=amounts, lead_time_days=days, origin=st.sampled_from(["", "CN", "DE"]), ships_to=country_sets, certificates=certificates, incoterms=terms)  # fmt: skip
requests = st.builds(RequestFacts, id=st.uuids().map(str), company=st.sampled_from(["", "a"]), chain=st.just("am"), segment=st.sampled_from("xy"), language=st.sampled_from(["en", "zh"]), title=words.map(" ".join), hs_code=codes, budget=amounts, quantity=amounts, days_left=days, deliver_to=st.sampled_from(["", "CN"]), origins=country_sets, certificates=certificates, incoterms=terms)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.lists(requests, min_size=1, max_size=3), st.lists(offers, min_size=1, max_size=5))
def test_arrays_and_single_pairs_agree_on_the_musts(asked, given_):
    i, j = (grid.ravel() for grid in np.meshgrid(np.arange(len(asked)), np.arange(len(given_)), indexing="ij"))
    kept = Postings(asked, given_, READER).score(i, j).keeps_musts
    assert list(kept) == [not failures(asked[a], given_[b]) for a, b in zip(i, j, strict=True)]


@settings(max_examples=40, deadline=None)
@given(requests, st.lists(offers, min_size=1, max_size=4), offers)
def test_another_offer_never_changes_the_order_of_the_others(asked, given_, other):
    before = listed([asked], given_)[asked.id]
    after = [pair for pair in listed([asked], [*given_, other])[asked.id] if pair[0] != other.id]
    assert after == before


@settings(max_examples=40, deadline=None)
@given(requests, offers, st.floats(1, 5))
def test_raising_a_price_never_raises_a_score(asked, offer, times):
    if offer.price is None:
        offer = replace(offer, price=Measure(10, "pc"))
    dearer = replace(offer, id=offer.id, price=Measure(offer.price.amount * times, offer.price.unit))
    one, two = (Postings([asked], [each], READER).score(np.array([0]), np.array([0])) for each in (offer, dearer))
    assert two.score[0] <= one.score[0]
    assert two.is_match[0] <= one.is_match[0]


@settings(max_examples=40, deadline=None)
@given(requests, st.lists(offers, min_size=2, max_size=4, unique_by=lambda one: one.id))
def test_two_suppliers_that_swap_their_offers_swap_their_places(asked, given_):
    one, two = given_[0], given_[1]
    swapped = [replace(two, id=one.id), replace(one, id=two.id), *given_[2:]]
    before, after = dict(listed([asked], given_)[asked.id]), dict(listed([asked], swapped)[asked.id])
    assert before.get(one.id) == after.get(two.id)
    assert before.get(two.id) == after.get(one.id)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(requests, min_size=1, max_size=3, unique_by=lambda one: one.id),
    st.lists(offers, min_size=1, max_size=5, unique_by=lambda one: one.id),
)
def test_the_order_in_which_postings_come_changes_nothing(asked, given_):
    assert listed(asked[::-1], given_[::-1]) == listed(asked, given_)


@settings(max_examples=30, deadline=None)
@given(requests, st.lists(offers, min_size=1, max_size=5, unique_by=lambda one: one.id))
def test_what_breaks_a_requirement_is_never_listed_and_never_a_match_when_near(asked, given_):
    postings = Postings([asked], given_, READER)
    broken = {one.id for one in given_ if failures(asked, one)}
    matches = {one.offer for one in rank_offers(postings)[asked.id]}
    assert not matches & broken
    assert not matches & {one.offer for one in near_misses(postings, 0)}
