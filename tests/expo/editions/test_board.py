from datetime import date
from decimal import Decimal

import pytest

from expo.editions.queries import Citations, figures_board, headline_figures, sign_of
from tests import builders


@pytest.fixture
def two(edition):
    return [builders.edition(slug="2025", ordinal=1, year=2025), builders.edition(slug="2026", ordinal=2, year=2026)]


def shown(board):
    return [(row.metric.key, [figure and figure.value for figure in row.figures]) for row in board]


def test_the_board_shows_what_at_least_two_editions_published(two):
    shared, alone = builders.metric("exhibitors", order=2), builders.metric("mascots", order=1)
    for edition, value in zip(two, (515, 620), strict=True):
        builders.figure(edition, shared, value)
    builders.figure(two[0], alone, 1)
    assert shown(figures_board(two)) == [("exhibitors", [515, 620])]


def test_a_gap_stays_a_gap(two, edition):
    metric = builders.metric("exhibitors")
    builders.figure(two[0], metric, 515)
    builders.figure(edition, metric, 700)
    assert shown(figures_board([*two, edition])) == [("exhibitors", [515, None, 700])]


@pytest.mark.parametrize(
    ("figures", "stands"),
    [
        ([(620, "exact", False), (700, "nearly", False)], 620),
        ([(600, "more_than", False), (700, "nearly", False)], 700),
        ([(620, "exact", False), (600, "more_than", True)], 600),
    ],
    ids=["exact before rounded", "largest of the rounded", "preferred before all"],
)
def test_where_sources_differ_one_figure_stands_for_the_edition(two, figures, stands):
    metric = builders.metric("exhibitors")
    builders.figure(two[1], metric, 1)
    for value, qualifier, preferred in figures:
        reason = "Both sources agree." if preferred else ""
        builders.figure(two[0], metric, value, qualifier=qualifier, is_preferred=preferred, preferred_reason_en=reason)
    assert shown(figures_board(two)) == [("exhibitors", [stands, 1])]


def test_a_figure_on_the_way_is_not_a_result(two):
    metric = builders.metric("signups")
    for edition in two:
        builders.figure(edition, metric, 100, as_of="2025-03")
    assert figures_board(two) == []


def test_each_group_has_its_most_shared_metrics(two):
    for number in range(8):
        for edition in two:
            builders.figure(edition, builders.metric(f"m{number}{edition.pk}", group="audience"), number)
    metrics = [builders.metric(f"shared{number}", group="audience", order=number) for number in range(8)]
    for metric in metrics:
        for edition in two:
            builders.figure(edition, metric, 1)
    assert [row.metric.key for row in figures_board(two)] == [f"shared{number}" for number in range(6)]


def test_headlines_take_two_of_each_group_that_most_editions_share(two):
    often, seldom, once = (builders.metric(key, group="g", order=order) for order, key in enumerate(("once", "seldom", "often")))
    builders.figure(two[0], often, 1)
    for edition in two:
        builders.figure(edition, seldom, 2)
        builders.figure(edition, once, 3)
    assert [figure.metric.key for figure in headline_figures(two[0])] == ["seldom", "often"]


def test_the_board_takes_one_query_and_headlines_three(two, django_assert_num_queries):
    for number in range(5):
        metric = builders.metric(f"m{number}")
        for edition in two:
            builders.figure(edition, metric, number)
    with django_assert_num_queries(1):
        assert len(figures_board(two)) == 5
    with django_assert_num_queries(3):
        assert [list(figure.sources.all()) for figure in headline_figures(two[0])]


@pytest.mark.parametrize(("unit", "sign"), [("percent_of_exhibitors", "%"), ("CNY", "\N{NO-BREAK SPACE}CNY"), ("companies", "")])
def test_a_figure_has_the_sign_it_needs(db, unit, sign):
    assert sign_of(builders.metric(unit=unit)) == sign


def test_sources_are_numbered_in_the_order_of_the_page(db):
    first, second = builders.source(), builders.source()
    cites = Citations()
    assert (cites.of([second]), cites.of([first, second]), cites.sources) == ([1], [1, 2], [second, first])


def test_the_page_shows_every_edition_and_says_what_is_not_known(two, edition, client):
    metric = builders.metric("agreements_value", name_en="Value of agreements", unit="CNY")
    builders.figure(two[0], metric, Decimal(150_000_000_000), qualifier="more_than")
    builders.figure(two[1], metric, Decimal(152_000_000_000), qualifier="more_than")
    builders.edition(slug="next", short_name_en="The next one", status="announced")
    page = client.get("/editions/")
    for text in (
        "20–24 Jun 2027",
        "Dates not announced yet",
        "The next one",
        "more than",
        "150 billion\N{NO-BREAK SPACE}CNY",
        "not published",
    ):
        assert text in page.text
    assert "1,500亿" in client.get("/zh/editions/").text.replace(" ", "") or "1500亿" in client.get("/zh/editions/").text


def test_the_page_takes_the_same_queries_for_one_edition_and_for_many(edition, client, count_queries):
    client.get("/editions/")
    one = count_queries(lambda: client.get("/editions/"))
    metric = builders.metric()
    for number in range(4):
        builders.figure(builders.edition(starts_on=date(2020, 1, 1), ends_on=date(2020, 1, 2), year=2020), metric, number)
    assert count_queries(lambda: client.get("/editions/")) == one <= 6


def test_an_empty_site_has_a_page_too(db, client):
    assert "No edition has been announced yet." in client.get("/editions/").text
