from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from matchmaking.matching.engine.exposure import Candidate, by_score, measured, most_places, spread


@st.composite
def lists(draw):
    made = {}
    for key in range(draw(st.integers(1, 6))):
        found = draw(
            st.lists(st.tuples(st.integers(0, 30), st.integers(0, 5), st.integers(0, 100)), max_size=12, unique_by=lambda one: one[0])
        )
        candidates = [Candidate(number, owner, float(score)) for number, owner, score in found]
        made[key] = sorted(candidates, key=lambda one: (-one.score, one.number))
    return made


TOP = st.integers(1, 4)
SHARE = st.sampled_from([0.05, 0.2, 0.5, 1.0])
WITHIN = st.sampled_from([0.0, 3.0, 10.0, 100.0])


@given(lists(), TOP, SHARE, WITHIN)
def test_only_candidates_are_chosen_and_as_many_as_by_score(found, top, share, within):
    chosen = spread(found, top=top, share=share, within=within)
    assert list(chosen) == list(found)
    for key, places in chosen.items():
        assert set(places) <= set(found[key])
        assert len(set(places)) == len(places) == min(top, len(found[key]))
        assert places == sorted(places, key=lambda one: (-one.score, one.number))


@given(lists(), TOP, SHARE, WITHIN)
def test_no_place_loses_more_than_the_stated_points(found, top, share, within):
    plain, chosen = by_score(found, top=top), spread(found, top=top, share=share, within=within)
    for key, places in chosen.items():
        for before, after in zip(plain[key], places, strict=True):
            assert before.score - within <= after.score <= before.score


@given(lists(), TOP, SHARE, WITHIN)
def test_who_is_over_the_bound_had_nobody_near_beside_him(found, top, share, within):
    chosen = spread(found, top=top, share=share, within=within)
    bound = most_places(found, top=top, share=share, fair=2.0)
    taken = Counter(one.owner for places in chosen.values() for one in places)
    beyond = Counter()
    for key, places in chosen.items():
        left_out = [one for one in found[key] if one not in places and taken[one.owner] < bound]
        if all(one.score < found[key][0].score - within for one in left_out):
            beyond.update(one.owner for one in places)
    # As many places as an owner has beyond the bound are on lists where nobody below it would have been near.
    assert all(beyond[owner] >= count - bound for owner, count in taken.items() if count > bound)


@given(lists(), TOP)
def test_without_a_bound_or_points_the_lists_are_those_by_score(found, top):
    plain = by_score(found, top=top)
    assert spread(found, top=top, share=1.0, within=100.0) == plain
    strict = spread(found, top=top, share=0.05, within=0.0)
    assert {key: [one.score for one in places] for key, places in strict.items()} == {
        key: [one.score for one in places] for key, places in plain.items()
    }


def test_a_company_that_would_fill_all_lists_leaves_places_to_others_that_fit_nearly_as_well():
    found = {key: [Candidate(1, "large", 90.0), Candidate(2, "large", 89.0), Candidate(10 + key, f"small {key}", 88.0)] for key in range(8)}
    plain, chosen = by_score(found, top=2), spread(found, top=2, share=0.25, within=3.0)
    assert Counter(one.owner for places in plain.values() for one in places) == {"large": 16}
    assert Counter(one.owner for places in chosen.values() for one in places)["large"] == 8
    assert all([one.owner for one in places] == ["large", f"small {key}"] for key, places in chosen.items() if key)


def test_nobody_is_lifted_who_fits_much_worse():
    found = {key: [Candidate(1, "large", 90.0), Candidate(2, "small", 80.0)] for key in range(20)}
    chosen = spread(found, top=1, share=0.05, within=3.0, fair=1.0)
    assert all(places == [Candidate(1, "large", 90.0)] for places in chosen.values())


def test_swapping_two_equal_companies_swaps_their_places():
    def made(one, other):
        return {key: [Candidate(1, one, 70.0), Candidate(2, other, 70.0), Candidate(3, "third", 60.0)] for key in range(5)}

    swap = {"a": "b", "b": "a", "third": "third"}
    first, second = (spread(made(*names), top=1, share=0.2, within=0.0) for names in (("a", "b"), ("b", "a")))
    assert [[(one.number, swap[one.owner]) for one in places] for places in first.values()] == [
        [(one.number, one.owner) for one in places] for places in second.values()
    ]


def test_exposure_is_measured_by_largest_share_and_gini():
    even, one_has_all = measured([5, 5, 5, 5]), measured([20, 0, 0, 0])
    assert (even.largest_share, even.gini) == (0.25, 0.0)
    assert (one_has_all.largest_share, one_has_all.gini, one_has_all.places) == (1.0, 0.75, 20)
    assert measured([]).places == 0
