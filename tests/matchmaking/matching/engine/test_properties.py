"""What must hold of any ranking, on facts of all kinds; each with a ranking that is wrong, to show that the property would be seen to fail."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, assume, find, given, settings
from hypothesis import strategies as st

from matchmaking.matching.engine.exposure import Candidate, spread
from matchmaking.matching.engine.facts import Field, Measure, OfferFacts, RequestFacts
from matchmaking.matching.engine.glossary import Concept, Glossary
from matchmaking.matching.engine.hard import failures
from matchmaking.matching.engine.ranking import MOST, Postings, near_misses, rank_offers
from matchmaking.matching.engine.reading import Reader
from matchmaking.matching.engine.wishes import Wish
from matchmaking.matching.evaluation.bm25 import Bm25

READER = Reader(
    Glossary(
        [
            Concept("ball-screw", "good", "am", "lead-screw", ("ball screw",), ("滚珠丝杠",)),
            Concept("lead-screw", "good", "am", "", ("lead screw",), ("丝杠",)),
            Concept("ground", "property", "am", "finish", ("ground",), ("研磨级",)),
            Concept("rolled", "property", "am", "finish", ("rolled",), ("轧制",)),
            Concept("factoring", "service", "ss", "", ("factoring",), ("保理",)),
        ]
    )
)
MANY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
UNTIL_FOUND = settings(
    max_examples=2000, phases=[Phase.generate], deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
)

titles = st.sampled_from(["Ground ball screws, 40 mm, class C3", "研磨级滚珠丝杠 C3，直径 40 mm", "Rolled ball screws, 40 mm", "滚珠丝杠 50 mm", "Lead screws", "Receivables factoring", "Ball screws C7 and nuts"])  # fmt: skip
texts = st.sampled_from(["", "Ball screw with nut, 40 mm, spare parts.", "供货稳定，研磨级", "Rolled, 2,000 a month. ISO 9001."])
prices = st.one_of(st.none(), st.builds(Measure, st.sampled_from([50.0, 90.0, 100.0, 110.0, 140.0, 151.0, 400.0]), st.sampled_from(["pc", "pc", "kg"])))  # fmt: skip
amounts = st.one_of(st.none(), st.builds(Measure, st.sampled_from([10.0, 50.0, 51.0, 500.0]), st.just("pc")))
days = st.one_of(st.none(), st.integers(1, 120))
countries = st.sampled_from(["CN", "DE", "US"])
some = st.one_of(st.none(), st.frozensets(countries, min_size=1))
shared = {
    "chain": st.just("am"),
    "segment": st.sampled_from("xy"),
    "language": st.sampled_from(["en", "zh"]),
    "title": titles,
    "description": texts,
    "hs_code": st.sampled_from(["", "848340", "848310"]),
    "certificates": st.frozensets(st.sampled_from(["GMP", "CE"])),
    "incoterms": st.frozensets(st.sampled_from(["FOB", "DAP"])),
}
offers = st.builds(
    OfferFacts, id=st.uuids().map(str), company=st.sampled_from("bcde"), price=prices, minimum=amounts, monthly_capacity=amounts,
    lead_time_days=days, origin=st.sampled_from(["", "CN", "DE"]), ships_to=some, **shared,
)  # fmt: skip
requests = st.builds(
    RequestFacts, id=st.uuids().map(str), company=st.just("a"), budget=prices, quantity=amounts, days_left=days,
    deliver_to=st.sampled_from(["", "CN"]), origins=some, musts=st.frozensets(st.sampled_from(list(Field))), **shared,
)  # fmt: skip
several = st.lists(offers, min_size=1, max_size=6, unique_by=lambda one: one.id)
wishes = st.lists(st.integers(0, 3), min_size=7, max_size=7)


def said(asked, given_, wish):
    """Wishes of pairs: no ranking may be turned round by them either."""
    return {(asked.id, one.id): Wish(each) for one, each in zip(given_, wish, strict=False) if each}


def scores_of(asked, given_, wish=()):
    postings = Postings([asked], given_, READER, wishes=said(asked, given_, wish))
    return postings.score(np.zeros(len(given_), dtype=int), np.arange(len(given_)))


# 1. What breaks a requirement never stands above a near miss, nor a near miss above a match.


def shown(asked, given_, wish):
    """All that is shown of a request, from the top: the matches, then the near misses."""
    postings = Postings([asked], given_, READER, wishes=said(asked, given_, wish))
    return [one.offer for one in rank_offers(postings, top=MOST)[asked.id]] + [one.offer for one in near_misses(postings, 0, top=MOST)]


def by_score_alone(asked, given_, wish):
    found = scores_of(asked, given_, wish)
    return [given_[k].id for k in sorted(range(len(given_)), key=lambda k: -found.score[k]) if found.is_same_thing[k]]


def is_in_order_of_what_breaks(ranking, asked, given_, wish):
    clashes = dict(zip((one.id for one in given_), scores_of(asked, given_).has_clash, strict=True))
    breaks = {one.id: len(failures(asked, one)) + int(clashes[one.id]) for one in given_}
    found = [breaks[offer] for offer in ranking(asked, given_, wish)]
    return found == sorted(found) and all(each <= 2 for each in found)


@MANY
@given(requests, several, wishes)
def test_what_breaks_a_requirement_never_stands_above_a_near_miss(asked, given_, wish):
    assert is_in_order_of_what_breaks(shown, asked, given_, wish)


def test_a_ranking_by_score_alone_would_be_seen_to_break_that():
    case = st.tuples(requests, several, wishes)
    assert find(case, lambda one: not is_in_order_of_what_breaks(by_score_alone, *one), settings=UNTIL_FOUND)


# 2. Another offer never changes the order of the others.


def listed(asked, given_):
    return [one.offer for one in rank_offers(Postings([asked], given_, READER), top=MOST)[asked.id]]


def by_plain_words(asked, given_):
    found = Bm25([one.title.lower().split() for one in given_]).scores(asked.title.lower().split())
    return [given_[k].id for k in sorted(range(len(given_)), key=lambda k: (-found[k], given_[k].id))]


def keeps_its_order(ranking, asked, given_, other):
    return [offer for offer in ranking(asked, [*given_, other]) if offer != other.id] == ranking(asked, given_)


@MANY
@given(requests, several, offers)
def test_another_offer_never_changes_the_order_of_the_others(asked, given_, other):
    assume(other.id not in {one.id for one in given_})
    assert keeps_its_order(listed, asked, given_, other)


@MANY
@given(requests, several, st.sampled_from(["Receivables factoring", "保理", "x", ""]), st.integers(1, 3))
def test_an_irrelevant_offer_changes_no_place_after_spreading_either(asked, given_, title, top):
    other = OfferFacts("ffffffff-0", company="z", chain="am", segment="x", title=title)
    assume("factoring" not in asked.title)
    assert chosen(asked, [*given_, other], top) == chosen(asked, given_, top)


def test_a_ranking_whose_words_weigh_by_how_rare_they_are_would_be_seen_to_break_that():
    case = st.tuples(requests, several, offers).filter(lambda one: one[2].id not in {each.id for each in one[1]})
    assert find(case, lambda one: not keeps_its_order(by_plain_words, *one), settings=UNTIL_FOUND)


# 3. A dearer offer never gains: neither score nor a place on the list.


def never_gains(score, asked, offer, times, wish):
    dearer = replace(offer, price=Measure(offer.price.amount * times, offer.price.unit))
    (one, is_match), (other, is_still) = (score(asked, each, wish) for each in (offer, dearer))
    return other <= one and is_still <= is_match


def engine_score(asked, offer, wish):
    found = scores_of(asked, [offer], [wish])
    return found.score[0], found.is_match[0]


def nearest_to_the_budget(asked, offer, wish):
    score, is_match = engine_score(asked, replace(offer, price=None), wish)
    return score - (abs(offer.price.amount - asked.budget.amount) if asked.budget else 0), is_match


priced = offers.filter(lambda one: one.price is not None)
dearer = st.floats(1, 5, exclude_min=True)


@MANY
@given(requests, priced, dearer, st.integers(0, 3))
def test_raising_a_price_never_raises_a_score(asked, offer, times, wish):
    assert never_gains(engine_score, asked, offer, times, wish)


@MANY
@given(requests, several, dearer, st.data())
def test_raising_a_price_never_leads_to_a_better_place(asked, given_, times, data):
    place = data.draw(st.integers(0, len(given_) - 1))
    assume(given_[place].price is not None)
    one = given_[place]
    raised = replace(one, price=Measure(one.price.amount * times, one.price.unit))
    before, after = listed(asked, given_), listed(asked, [raised if each is one else each for each in given_])
    assert one.id not in after or (one.id in before and after.index(one.id) >= before.index(one.id))


def test_a_score_for_what_is_nearest_to_the_budget_would_be_seen_to_break_that():
    case = st.tuples(requests, priced, dearer, st.integers(0, 3))
    assert find(case, lambda one: not never_gains(nearest_to_the_budget, *one), settings=UNTIL_FOUND)


# 4. Two suppliers that offer the same and change names change places.


def chosen(asked, given_, top):
    """The companies of a list whose places are spread, from the top."""
    found = rank_offers(Postings([asked], given_, READER), top=MOST)[asked.id]
    number = {one.id: place for place, one in enumerate(sorted(given_, key=lambda each: each.id))}
    company = {one.id: one.company for one in given_}
    candidates = [Candidate(number[one.offer], company[one.offer], one.score) for one in found]
    return [one.owner for one in spread({0: candidates}, top=top, share=0.05, within=3.0)[0]]


def companies(asked, given_, _top):
    company = {one.id: one.company for one in given_}
    return [company[offer] for offer in listed(asked, given_)]


def equals_by_name(asked, given_, _top):
    found = scores_of(asked, given_)
    order = sorted(range(len(given_)), key=lambda k: (-found.score[k], given_[k].company))
    return [given_[k].company for k in order if found.is_match[k]]


def swap_places(ranking, asked, given_, top):
    """Two equal offers of two companies stand first in `given_`; do the companies change places, and nobody else?"""
    names = {given_[0].company: given_[1].company, given_[1].company: given_[0].company}
    renamed = [replace(one, company=names.get(one.company, one.company)) for one in given_]
    return ranking(asked, renamed, top) == [names.get(one, one) for one in ranking(asked, given_, top)]


@st.composite
def twins(draw):
    given_ = draw(several)
    one = replace(given_[0], company="b")
    rest = [replace(each, company=draw(st.sampled_from("bcde"))) for each in given_[1:]]
    return draw(requests), [one, replace(one, id=draw(st.uuids().map(str)), company="c"), *rest], draw(st.integers(1, 4))


@pytest.mark.parametrize("ranking", [companies, chosen])
@MANY
@given(twins())
def test_swapping_two_equal_suppliers_swaps_their_places(ranking, case):
    assert swap_places(ranking, *case)


def test_a_ranking_of_equals_by_name_would_be_seen_to_break_that():
    assert find(twins(), lambda case: not swap_places(equals_by_name, *case), settings=UNTIL_FOUND)


# The properties say little where nothing matches: the facts above are of a kind that mostly do.


def test_the_facts_make_matches_near_misses_and_what_is_neither():
    for kind in ("is_match", "is_same_thing", "has_clash"):
        for wanted in (True, False):
            assert find(st.tuples(requests, several), lambda one, k=kind, w=wanted: w in getattr(scores_of(*one), k), settings=UNTIL_FOUND)
