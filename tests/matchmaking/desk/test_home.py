from datetime import timedelta

import pytest
from django.utils import timezone

from expo.editions.models import Chain, Edition
from matchmaking.desk.queries import past_results, shown_forums
from tests import builders

MOST_QUERIES = 12


@pytest.fixture
def past(db):
    held = builders.edition(slug="2024", year=2024, ordinal=2, short_name_en="2nd expo", guest_country="HU")
    for key, value, more in (
        ("exhibitors", 620, {"is_preferred": True, "preferred_reason_en": "The exact count."}),
        ("audience_total", 200_000, {"qualifier": "more_than"}),
        ("agreements_value_cny", 152_000_000_000, {"qualifier": "more_than"}),
        ("overseas_share", 32, {}),
    ):
        metric = builders.metric(key, unit="percent" if key == "overseas_share" else "count")
        builders.figure(held, metric, value, **more)
    builders.figure(held, held.reported_figures.get(metric__key="exhibitors").metric, 700, qualifier="nearly")
    return held


def test_an_empty_site_says_so(client, db):
    page = client.get("/")
    assert page.status_code == 200
    assert "No expo yet" in page.text


def test_what_is_not_announced_is_said_to_be_unknown(client, edition):
    Edition.objects.update(starts_on=None, ends_on=None)
    page = client.get("/").text
    assert page.count("Not announced yet") == 3
    assert "dates not announced" not in page  # Without chains there is no map.


def test_announced_and_counted_stand_side_by_side(client, edition, exhibitor, buyer, supplier_segment, past):
    builders.offer(exhibitor, supplier_segment)
    builders.sourcing_request(buyer, supplier_segment)
    builders.agreement(edition, supplier_segment.chain, exhibitor.company, buyer.company)
    page = client.get("/")
    assert page.context["offers"] == page.context["requests"] == page.context["agreements"] == 1
    assert "Announced for the 2nd expo" in page.text
    assert "<dd>620</dd>" in page.text
    assert "Demo" not in page.text.partition("<main")[2].partition("</main")[0]


def test_invented_rows_are_marked_where_they_are_counted(client, edition, exhibitor, supplier_segment):
    builders.offer(exhibitor, supplier_segment, is_demo=True)
    assert client.get("/").text.count('<span class="demo">Demo</span>') == 2


def test_what_is_not_open_is_not_counted(client, edition, exhibitor, buyer, supplier_segment):
    builders.offer(exhibitor, supplier_segment, status="draft")
    builders.offer(exhibitor, supplier_segment, valid_until=timezone.localdate() - timedelta(days=1))
    builders.sourcing_request(buyer, supplier_segment, visibility="invited")
    page = client.get("/")
    assert page.context["offers"] == page.context["requests"] == 0


def test_past_editions_speak_in_their_own_words(client, edition, past):
    page = client.get("/").text
    table = page.partition('id="past"')[2]
    assert "more than <b>200,000</b>" in table
    assert "more than <b>152 billion</b>" in table
    assert "<b>620</b>" in table
    assert "<b>32</b>%" in table
    assert "700" not in table
    assert "Hungary" in table
    assert "not like for like" in table


def test_an_edition_of_which_nothing_was_published_has_no_column(edition, past):
    newest = builders.edition(slug="2026", year=2026, ordinal=4)
    assert past_results([newest, past]).editions == [past]


def test_an_edition_with_figures_and_no_outcome_has_its_column(edition, past):
    newest = builders.edition(slug="2026", year=2026, ordinal=4)
    builders.figure(newest, past.reported_figures.get(metric__key="exhibitors", value=620).metric, 676)
    results = past_results([newest, past])
    assert results.editions == [past, newest]
    assert [int(figure.value) for figure in results.announced] == [676]


def test_the_days_stand_there_only_while_the_expo_is_live(client, edition, chain):
    today = timezone.localdate()
    assert "dayline" not in client.get("/").text
    edition.starts_on, edition.ends_on, edition.status = today, today + timedelta(days=4), Edition.Status.LIVE
    edition.save()
    page = client.get("/").text
    assert page.count('aria-current="date"') == 1
    assert "Last day" in page


def test_forums_of_the_chains_come_from_the_edition_that_names_most(edition, chain, past):
    newer = builders.edition(slug="2025", year=2025, ordinal=3)
    opening = builders.forum(newer, kind="opening")
    builders.forum(newer, chain=chain)
    thematic = [builders.forum(past, chain=chain) for _ in range(2)]
    assert shown_forums([edition, newer, past]) == [(newer, [opening, newer.forums.last()]), (past, thematic)]


def test_the_map_shows_the_chains_and_where_they_cross(client, edition, chain, supplier_segment):
    other = builders.chain(edition, code="CE", colour=Chain.Colour.CE)
    builders.link(supplier_segment, builders.segment(other, stage="midstream"))
    page = client.get("/").text
    assert 'class="map"' in page
    assert "Battery cells" in page.partition('class="map"')[2].partition("</svg>")[0]


def test_the_number_of_queries_is_the_same_for_one_row_and_for_many(
    client, edition, exhibitor, buyer, supplier_segment, count_queries, past
):
    builders.offer(exhibitor, supplier_segment)
    builders.sourcing_request(buyer, supplier_segment)
    builders.forum(edition)
    client.get("/")
    one = count_queries(lambda: client.get("/"))
    for number in range(3):
        more = builders.chain(edition, code=f"X{number}")
        segment = builders.segment(more)
        builders.link(supplier_segment, segment)
        builders.offer(builders.registration(builders.company(), edition), segment)
        builders.sourcing_request(buyer, segment)
        builders.forum(edition, chain=more)
    client.get("/")
    assert count_queries(lambda: client.get("/")) == one <= MOST_QUERIES


def test_the_chains_page_lists_zones_and_chains_of_the_past(client, edition, chain, count_queries):
    builders.chain(edition, code="AI", kind="zone", parent=chain, name_en="Robot Zone", short_name_en="Robots")
    builders.chain(past_edition := builders.edition(), code="IC", name_en="Innovation Chain")
    page = client.get("/chains/")
    assert "Robots" in page.text
    assert "Innovation Chain" in page.text.partition("Only at past editions")[2]
    assert past_edition.areas.count() == 1
    assert count_queries(lambda: client.get("/chains/")) <= MOST_QUERIES
