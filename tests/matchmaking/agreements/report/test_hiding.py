"""What is too small to be told cannot be worked out: properties of the rules alone, without a database."""

from itertools import pairwise, product

from hypothesis import given
from hypothesis import strategies as st

from matchmaking.agreements.queries.hiding import Bin, Kinds, hides, large, lines_that_hide_kinds, range_of_agreements, split

SIZES = st.lists(st.integers(0, 12), max_size=8)
KINDS = st.lists(st.builds(Kinds, st.integers(0, 12), st.integers(0, 12), st.booleans()).filter(lambda line: line.total), max_size=7)


def bins(sizes):
    ends = [sum(sizes[:number]) for number in range(len(sizes) + 1)]
    return [Bin(str(number), set(range(start, end))) for number, (start, end) in enumerate(pairwise(ends))]


@given(SIZES)
def test_parts_always_sum_to_the_total_or_nothing_is_shown(sizes):
    found = split(bins(sizes), large)
    if found.withheld:
        assert found.shown == found.merged == ()
        assert any(0 < size < 5 for size in sizes)
    else:
        assert sum(one.size for one in found.shown) + found.rest.size == sum(sizes)


@given(SIZES)
def test_no_shown_line_is_small_and_the_merged_one_is_none_alone(sizes):
    found = split(bins(sizes), large)
    assert not any(0 < one.size < 5 for one in found.shown)
    if found.merged:
        assert len(found.merged) > 1
        assert found.rest.size >= 5
        assert any(one.size for one in found.shown)


@given(SIZES)
def test_a_merged_line_can_be_filled_in_more_than_one_way_whichever_of_its_parts_are_small(sizes):
    merged = split(bins(sizes), large).merged
    total, number = sum(one.size for one in merged), len(merged)
    if merged:
        ways = [sizes for sizes in product(range(1, 5), repeat=number - 1) if total - sum(sizes) >= 1]
        for place in range(number):
            assert len({(*way[:place], total - sum(way), *way[place:])[place] for way in ways}) > 1


def test_lines_of_one_and_lines_of_four_are_not_merged_among_themselves():
    assert not hides(bins([1] * 6), large)
    assert not hides(bins([4] * 3), large)
    assert hides(bins([4, 4, 3]), large)


@given(KINDS)
def test_kinds_are_told_only_where_both_are_none_or_five(lines):
    hidden = lines_that_hide_kinds(lines)
    assert all(line.is_open for number, line in enumerate(lines) if number not in hidden)


@given(KINDS)
def test_a_hidden_kind_may_be_any_of_five_numbers_unless_every_line_hides(lines):
    hidden = lines_that_hide_kinds(lines)
    if hidden and len(hidden) < len(lines):
        for number in hidden:
            low, high = range_of_agreements(lines, number, hidden)
            assert low <= lines[number].agreements <= high
            assert high - low >= 4


@given(KINDS)
def test_the_range_of_a_hidden_kind_is_what_all_fillings_allow(lines):
    hidden = sorted(lines_that_hide_kinds(lines))
    total = sum(lines[number].agreements for number in hidden)
    reached = {0}
    for number in hidden[1:]:
        reached = {one + more for one in reached for more in range(lines[number].total + 1)}
    if hidden:
        first = hidden[0]
        possible = {total - rest for rest in reached if 0 <= total - rest <= lines[first].total}
        assert (min(possible), max(possible)) == range_of_agreements(lines, first, set(hidden))
