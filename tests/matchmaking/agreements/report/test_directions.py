"""Flows from country to country, and the stations and links of a chain's line."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expo.editions.models import Segment
from matchmaking.agreements.queries.report import breakdowns_of
from matchmaking.agreements.queries.report.directions import _station_split
from matchmaking.agreements.queries.report.facts import Fact
from tests import builders

STATIONS = [Segment(pk=pk, slug=f"s{pk}") for pk in range(1, 5)]
PLACES = st.lists(st.sampled_from([None, 1, 1, 1, 2, 2, 3, 4]), max_size=40)


@settings(max_examples=60)
@given(PLACES)
def test_stations_and_what_is_hidden_sum_to_the_chain_and_no_station_shown_is_small(places):
    facts = [Fact(pk, True, 1, place, None, date(2027, 6, 20), 1, "public", ()) for pk, place in enumerate(places)]
    found = _station_split(facts, STATIONS, traced=False)
    if not found.withheld:
        assert sum(one.size for one in found.shown) + found.rest.size == len(facts)
        assert not [one for one in found.shown if 0 < one.size < 5]
        assert len(found.merged) != 1


@pytest.fixture
def flowing(edition, sign, companies, supplier_segment, customer_segment):
    """Six from China to Germany, five from China to France, one from Japan to Germany, six without a direction."""
    chinese, german, french = companies(6), companies(6, "DE"), companies(5, "FR")
    for number in range(6):
        sign(1, chinese[number], german[number], segment=supplier_segment)
    for number in range(5):
        sign(1, chinese[number], french[number], segment=customer_segment)
    sign(1, companies(1, "JP")[0], german[0])
    for number in range(6):
        builders.agreement(edition, supplier_segment.chain, chinese[number], companies(1)[0])
    return edition


def test_staff_see_every_flow_and_how_many_have_no_direction(flowing, organiser):
    found = breakdowns_of(flowing, visitor=organiser).flows
    assert [(flow.supplier, flow.customer, flow.total) for flow in found.flows] == [("CN", "DE", 6), ("CN", "FR", 5), ("JP", "DE", 1)]
    assert (found.directed, found.undirected) == (12, 6)


def test_for_others_a_flow_that_would_tell_a_small_one_is_kept_back_too(flowing, sign, companies, anyone):
    for one, other in zip(companies(6), companies(6, "US"), strict=True):
        sign(1, one, other)
    found = breakdowns_of(flowing, visitor=anyone).flows
    # Germany's other one would be left over from the six, and France stands merged with Japan in the breakdown by country.
    assert [(flow.supplier, flow.customer, flow.total, flow.merged) for flow in found.flows] == [("CN", "US", 6, 0), ("", "", 12, 3)]


def test_where_every_flow_would_tell_a_small_one_none_is_shown(flowing, anyone):
    found = breakdowns_of(flowing, visitor=anyone).flows
    assert found.flows == ()
    assert found.withheld


def test_stations_links_and_the_rest_sum_to_the_chain(flowing, organiser, anyone, supplier_segment):
    (line,) = breakdowns_of(flowing, visitor=organiser).chain_lines
    assert [(station.key, station.total) for station in line.stations] == [("battery-cells", 6), ("complete-vehicles", 5)]
    assert [(link.supplier, link.customer, link.total) for link in line.links] == [("battery-cells", "complete-vehicles", 6)]
    assert (line.total, line.elsewhere, line.hidden) == (18, 7, 0)
    (public,) = breakdowns_of(flowing, visitor=anyone).chain_lines
    assert (public.total, public.elsewhere, public.hidden) == (18, 7, 0)


def test_a_link_tells_only_those_whose_request_goes_there_or_is_not_known(
    edition, chain, buyer, sign, companies, supplier_segment, customer_segment, organiser
):
    other = builders.segment(chain, slug="storage", order=3)
    builders.link(supplier_segment, other)
    wanted = builders.sourcing_request(buyer, other)
    one, two = companies(2)
    sign(2, one, two, segment=supplier_segment)
    sign(3, one, two, segment=supplier_segment, sourcing_request=wanted)
    (line,) = breakdowns_of(edition, visitor=organiser).chain_lines
    assert {link.customer: link.total for link in line.links} == {"complete-vehicles": 2, "storage": 5}
    assert line.stations[0].total == 5


def test_of_a_chain_that_is_too_small_nothing_on_its_line_is_told(edition, chain, sign, companies, supplier_segment, anyone):
    one, two = companies(2)
    sign(3, one, two, segment=supplier_segment)
    (line,) = breakdowns_of(edition, visitor=anyone).chain_lines
    assert line.total is None
    assert line.elsewhere is None
    assert not any(station.total for station in line.stations)
