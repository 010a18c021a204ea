from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings as site
from hypothesis import given, settings
from hypothesis import strategies as st

from matchmaking.matching.engine.blocks import Block, Tops, candidates
from matchmaking.matching.engine.facts import Field, Map, Measure, OfferFacts, RequestFacts
from matchmaking.matching.engine.glossary import Concept, Glossary, read_folder
from matchmaking.matching.engine.ground import Ground
from matchmaking.matching.engine.lexicon import shipped_lexicon
from matchmaking.matching.engine.ranking import Postings, rank_offers, rank_requests
from matchmaking.matching.engine.reading import Reader
from matchmaking.matching.engine.rough import Asking, Giving
from matchmaking.matching.engine.weights import Weights
from matchmaking.matching.engine.wishes import Wish
from matchmaking.matching.evaluation.collection import read_collection

DEV = Path(__file__).parents[3] / "data" / "relevance" / "dev"
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
LINKS = Map(frozenset({(("am", "x"), ("ss", "y"))}))
words = st.lists(
    st.sampled_from(["ball", "screw", "ground", "rolled", "C3", "C7", "40 mm", "50 mm", "≥ 60 mm", "30-90 mm", "for 40 mm shafts", "for 60 mm shafts", "滚珠丝杠", "保理", "ISO 9001", "lead screw"]),
    min_size=1, max_size=5,
).map(" ".join)  # fmt: skip
amounts = st.one_of(st.none(), st.builds(Measure, st.floats(1, 1000), st.sampled_from(["pc", "kg"])))
countries = st.sampled_from(["CN", "DE", "US"])
shared = {
    "company": st.just(""),
    "chain": st.sampled_from(["am", "ss"]),
    "segment": st.sampled_from("xy"),
    "language": st.sampled_from(["en", "zh"]),
    "title": words,
    "description": words,
    "hs_code": st.sampled_from(["", "848340", "848310", "8412", "854129"]),
    "certificates": st.frozensets(st.sampled_from(["GMP", "CE"])),
    "incoterms": st.frozensets(st.sampled_from(["FOB", "DAP"])),
}
offers = st.builds(
    OfferFacts, id=st.uuids().map(str), price=amounts, minimum=amounts, monthly_capacity=amounts, lead_time_days=st.one_of(st.none(), st.integers(0, 200)),
    origin=st.sampled_from(["", "CN", "DE"]), ships_to=st.one_of(st.none(), st.frozensets(countries, min_size=1)), **shared,
)  # fmt: skip
requests = st.builds(
    RequestFacts, id=st.uuids().map(str), budget=amounts, quantity=amounts, days_left=st.one_of(st.none(), st.integers(0, 200)),
    deliver_to=st.sampled_from(["", "CN"]), origins=st.one_of(st.none(), st.frozensets(countries, min_size=1)),
    musts=st.frozensets(st.sampled_from(list(Field))), **shared,
)  # fmt: skip


def block_of(postings):
    asking = Asking(postings._request_texts, postings._request_terms)
    giving = Giving(postings._offer_texts, postings._offer_terms, postings._family_of)
    return Block(asking, giving, postings.weights, postings._family_of, postings._linked, postings._wishes)


@settings(max_examples=60, deadline=None)
@given(st.lists(requests, min_size=1, max_size=4), st.lists(offers, min_size=1, max_size=6), st.data())
def test_rough_scores_are_the_scores_but_for_rounding(asked, given_, data):
    pairs = st.tuples(st.sampled_from([one.id for one in asked]), st.sampled_from([one.id for one in given_]))
    postings = Postings(asked, given_, READER, chart=LINKS, wishes=data.draw(st.dictionaries(pairs, st.integers(1, 3))))
    found = block_of(postings).rough(np.arange(len(asked)))
    exact = postings.score(found.i, found.j)
    sure = exact.is_same_thing  # What is that near a limit is kept by the rough score, and gets no points for wishes by the full one.
    assert np.abs(found.score - exact.score)[sure].max(initial=0) < 0.01
    i, j = (grid.ravel() for grid in np.indices((len(asked), len(given_))))
    listed = set(zip(i[postings.score(i, j).is_match].tolist(), j[postings.score(i, j).is_match].tolist(), strict=True))
    assert listed <= set(zip(found.i[found.is_match].tolist(), found.j[found.is_match].tolist(), strict=True))


@pytest.fixture(scope="module")
def dev():
    found = read_collection(DEV)
    return Postings(found.requests, found.offers, Reader(read_folder(Path(site.BASE_DIR) / "fixtures" / "glossary"), shipped_lexicon()))


def scores_of(lists, pairs):
    return {key: [one.score for one in found if (one.request, one.offer) in pairs] for key, found in lists.items()}


@pytest.mark.parametrize("most", [12, 30])
def test_candidates_hold_every_first_place_of_both_sides(dev, most, monkeypatch):
    monkeypatch.setattr("matchmaking.matching.engine.blocks.PAIRS_AT_ONCE", 500)
    i, j = candidates(block_of(dev), np.arange(len(dev.requests)), offers=most, requests=most, failing=0)
    pairs = {(dev.requests[a].id, dev.offers[b].id) for a, b in zip(i, j, strict=True)}
    for lists in (rank_offers(dev), rank_requests(dev)):
        assert scores_of(lists, pairs) == {key: [one.score for one in found] for key, found in lists.items()}


def test_the_ground_finds_the_same_by_either_side(dev):
    ground = Ground(Reader(Glossary(()), shipped_lexicon()))
    postings = Postings(dev.requests, dev.offers, ground.reader)
    ground.put("request", 1, dict(enumerate(dev.requests)))
    ground.put("offer", 1, dict(enumerate(dev.offers)))
    asking, giving = ground.side("request", [1]), ground.side("offer", [1])
    i, j = ground.nearest(asking, giving, np.arange(len(asking)), most=12, failing=0)
    pairs = {(dev.requests[a].id, dev.offers[b].id) for a, b in zip(i, j, strict=True)}
    lists = rank_offers(postings)
    assert scores_of(lists, pairs) == {key: [one.score for one in found] for key, found in lists.items()}
    j, i = ground.nearest(giving, asking, np.array([7, 3]), most=12)
    assert j.tolist() == sorted(j.tolist(), key=[7, 3].index)
    lists = rank_requests(postings)
    pairs = {(dev.requests[a].id, dev.offers[b].id) for a, b in zip(i, j, strict=True)}
    assert pairs >= {(one.request, one.offer) for place in (3, 7) for one in lists[dev.offers[place].id]}


def test_a_wish_brings_a_pair_among_the_candidates_of_both_sides():
    ask, give = RequestFacts("r", title="ground ball screw", days_left=10), OfferFacts("o", title="ground ball screw", lead_time_days=12)
    asked, given_ = [replace(ask, id=str(n)) for n in range(4)], [replace(give, id=str(n)) for n in range(4)]
    block = block_of(Postings(asked, given_, READER, wishes={("3", "2"): Wish.SUPPLIER}))
    i, j = candidates(block, np.arange(4), offers=1, requests=0, failing=0)
    assert (i.tolist(), j.tolist()) == ([0, 1, 2, 3], [0, 0, 0, 2])
    i, j = candidates(block, np.arange(4), offers=0, requests=1, failing=0)
    assert sorted(zip(j.tolist(), i.tolist(), strict=True)) == [(0, 0), (1, 0), (2, 3), (3, 0)]
    ground = Ground(READER)
    ground.put("request", 1, {n + 10: one for n, one in enumerate(asked)})
    ground.put("offer", 1, {n + 20: one for n, one in enumerate(given_)})
    asking, giving, said = ground.side("request", [1]), ground.side("offer", [1]), {(13, 22): Wish.SUPPLIER, (13, 99): Wish.BOTH}
    assert [pair.tolist() for pair in ground.nearest(asking, giving, np.array([3, 1]), most=1, failing=0, wishes=said)] == [[3, 1], [2, 0]]
    assert [pair.tolist() for pair in ground.nearest(giving, asking, np.array([2]), most=1, wishes=said)] == [[2], [3]]
    plain, wished = (ground.score(asking, giving, np.array([3]), np.array([2]), wishes=known).score[0] for known in ({}, said))
    assert wished == plain + 2


def test_what_fails_comes_apart_and_only_for_requests():
    ask = RequestFacts("r", title="ground ball screw", budget=Measure(10, "pc"), deliver_to="CN")
    fits, dear = OfferFacts("a", title="ground ball screw"), OfferFacts("b", title="ground ball screw", price=Measure(100, "pc"))
    block = block_of(Postings([ask], [dear, fits], READER))
    assert [pair.tolist() for pair in candidates(block, np.arange(1), offers=5, requests=5, failing=0)] == [[0], [1]]
    assert [pair.tolist() for pair in candidates(block, np.arange(1), offers=0, requests=0, failing=5)] == [[0], [0]]


def test_of_equals_the_lower_place_counts():
    ask, give = RequestFacts("r", title="ground ball screw"), OfferFacts("o", title="ground ball screw")
    block = block_of(Postings([replace(ask, id=str(n)) for n in range(9)], [replace(give, id=str(n)) for n in range(5)], READER))
    i, j = candidates(block, np.arange(9), offers=2, requests=0)
    assert j.tolist() == [0, 1] * 9
    i, j = candidates(block, np.arange(9), offers=0, requests=3)
    assert sorted(set(i.tolist())) == [0, 1, 2]
    assert len(j) == 15


def test_nothing_on_a_side_gives_nothing():
    ask, give = RequestFacts("r", title="ball screw"), OfferFacts("o", title="ball screw")
    for asked, given_ in (([ask], []), ([], [give]), ([], [])):
        block = block_of(Postings(asked, given_, READER))
        assert [len(side) for side in candidates(block, np.arange(len(asked)))] == [0, 0]
    assert len(Tops(0, 3).pairs()) == 0


def test_changed_weights_reach_the_candidates():
    ask = RequestFacts("r", title="ground ball screw", budget=Measure(10, "pc"), days_left=10)
    late, dear = (
        OfferFacts(name, title="ground ball screw", price=Measure(price, "pc"), lead_time_days=days)
        for name, price, days in (("late", 9, 18), ("dear", 14, 9))
    )
    for weights, first in ((Weights(price=0), 1), (Weights(lead_time=0), 0)):
        block = block_of(Postings([ask], [late, dear], READER, weights=weights))
        assert candidates(block, np.arange(1), offers=1, requests=0, failing=0)[1].tolist() == [first]
