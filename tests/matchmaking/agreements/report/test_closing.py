"""The closing report against what is on file: figures, words, changes, and what it does not say."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from expo.editions.models import Disagreement, Metric, Statistic
from matchmaking.agreements.models import Introduction, IntroductionConsent
from matchmaking.agreements.queries.report import REGISTRY, closing_report
from tests import builders


@pytest.fixture
def line(edition, anyone):
    """Return a line of the current edition's report as anyone reads it."""
    return lambda key, visitor=anyone: closing_report(edition, visitor=visitor).line(key)


def exhibitors(edition, number, country="CN", **fields):
    return [builders.registration(builders.company(country=country), edition, **fields) for _ in range(number)]


def published(edition, key, value, **fields):
    metric = Metric.objects.filter(key=key).first() or builders.metric(key, unit=REGISTRY[key].unit if key in REGISTRY else "count")
    return builders.figure(edition, metric, value, **fields)


def entered(edition, key, value, **fields):
    metric = Metric.objects.filter(key=key).first() or builders.metric(key, unit="visits")
    now = timezone.now()
    return Statistic.objects.create(
        **{
            "edition": edition,
            "metric": metric,
            "value": value,
            "source_note": "The gates",
            "measured_at": now,
            "entered_at": now,
            **fields,
        }
    )


def test_the_example_of_the_design_is_said_word_for_word(edition, chain, previous, line, companies):
    edition.exchange_rates.filter(currency="USD").update(cny_per_unit=Decimal("7.24"))
    one, other = companies(2)
    for fields in ({"amount": Decimal(152_309_000_000)}, {"kind": "intention"}, {"amount": None, "currency": "", "is_undisclosed": True}):
        builders.agreement(edition, chain, one, other, **fields)
    found = line("agreements_value_cny")
    assert found.logged == Decimal(152_310_000_000)
    assert found.text.en == "according to incomplete statistics, more than 152 billion yuan (some $21.03 billion)"
    assert found.text.zh == "据不完全统计，金额超过1520亿元人民币（约合210.3亿美元）"
    assert line("agreements_value_usd").text.en == "some $21.03 billion"
    assert line("agreements_and_intentions").text.en == "3 cooperation agreements and intentions"
    assert "1 of them discloses no amount" in found.note.en


def test_exhibitors_are_said_with_their_rise_from_what_was_published(edition, previous, line):
    published(previous, "exhibitors", 5)
    exhibitors(edition, 6)
    found = line("exhibitors")
    assert (found.logged, found.text.en, found.text.zh) == (6, "6, up 20 percent from the previous edition", "6家，比上届增长20%")
    assert (found.change.value, found.change.basis) == (20, "published")
    assert found.change.against.en == f"Against 5 published for {previous.short_name_en}."


def test_the_logged_figure_of_the_previous_edition_comes_before_the_published_one(edition, previous, line):
    published(previous, "exhibitors", 500)
    exhibitors(previous, 8)
    exhibitors(edition, 6)
    found = line("exhibitors")
    assert (found.change.value, found.change.basis, found.change.before) == (-25, "logged", 8)
    assert found.text.en == "6, down 25 percent from the previous edition"


def test_the_share_from_outside_the_mainland_is_a_whole_percent_with_what_it_was(edition, previous, line):
    published(previous, "overseas_share", 26)
    exhibitors(edition, 17)
    exhibitors(edition, 7, "DE")
    exhibitors(edition, 1, "HK")
    found = line("overseas_share")
    assert (found.logged, found.part, found.whole) == (32, 8, 25)
    assert (found.text.en, found.text.zh) == ("up from 26 percent to 32 percent", "从26%上升到32%")
    assert (found.change.value, found.change.unit) == (6, "points")


def test_rows_from_publications_partners_and_unverified_ones_are_not_counted_as_exhibitors(edition, line):
    (leader,) = exhibitors(edition, 1)
    exhibitors(edition, 2, led_by=leader)
    exhibitors(edition, 3, evidence="exhibited")
    exhibitors(edition, 4, status="submitted")
    assert line("exhibitors").logged == 1
    assert line("exhibitors_with_partners").logged == 3


def test_an_international_organisation_counts_for_itself_and_not_for_its_country(edition, line):
    exhibitors(edition, 2)
    exhibitors(edition, 1, "AT")
    builders.registration(builders.company(country="AT", kind="international_organisation"), edition)
    assert line("countries_regions").logged == 2
    assert line("countries_regions_organisations").logged == 3


def test_groups_of_countries_overlap_and_are_marked(edition, line):
    exhibitors(edition, 2, "US")
    exhibitors(edition, 1, "BR")
    exhibitors(edition, 1, "FR")
    shares = {key: line(key) for key in ("americas_europe_share_of_overseas", "us_eu_share_of_overseas", "us_share_of_overseas")}
    assert [found.logged for found in shares.values()] == [100, 75, 50]
    assert all(found.overlaps for found in shares.values())


def test_belt_and_road_countries_are_not_counted_and_it_says_why(edition, line):
    exhibitors(edition, 2, "KZ")
    found = line("belt_and_road_share_of_overseas")
    assert found.logged is None
    assert found.why_not.en == "Not counted here: no list of these countries is on file."
    assert not found.has_rows


def test_where_it_is_not_known_who_is_in_the_global_500_nothing_is_said(edition, line):
    exhibitors(edition, 2)
    assert line("fortune_global_500").logged is None
    company = builders.company(fortune_global_500=True)
    builders.registration(company, edition)
    found = line("fortune_global_500")
    assert (found.logged, found.note.en, found.note.zh) == (1, "Of 2 more it is not known.", "另有2家情况不详。")


def test_published_in_one_total_no_change_is_said_for_either_alone(edition, chain, previous, line, companies):
    published(previous, "agreements_and_intentions", 6000, qualifier="more_than")
    builders.agreement(edition, chain, *companies(2))
    for key in ("agreements_signed", "cooperation_intentions"):
        assert line(key).change is None
        assert (
            line(key).why_no_change.en
            == "No change is said: for the previous edition agreements and intentions were published in one total only."
        )
    assert "no exact figure" in line("agreements_and_intentions").why_no_change.en


def test_published_apart_the_total_has_no_change(edition, chain, previous, line, companies):
    published(previous, "agreements_signed", 210)
    published(previous, "cooperation_intentions", 6700)
    builders.agreement(edition, chain, *companies(2))
    assert "are not added here" in line("agreements_and_intentions").why_no_change.en
    assert "another definition" in line("agreements_signed").why_no_change.en


def test_in_the_edition_itself_it_says_that_only_one_total_was_published(edition, previous, line):
    published(edition, "agreements_and_intentions", 6000, qualifier="more_than")
    assert "in one total only" in line("agreements_signed").why_no_change.en
    assert line("agreements_signed").change is None


def test_logged_in_both_editions_by_one_definition_the_change_is_said(edition, chain, previous, line, companies):
    builders.ExchangeRate.objects.create(edition=previous, currency="CNY", cny_per_unit=1, as_of="2026-01-01", source_note="Test")
    one, other = companies(2)
    for which, number in ((previous, 4), (edition, 3)):
        for _ in range(number):
            builders.agreement(which, chain, one, other)
    assert line("agreements_signed").text.en == "3 cooperation agreements, down 25 percent from the previous edition"
    assert line("agreements_value_cny").text.en == "3 million yuan (some $420,000), down 25 percent from the previous edition"
    assert line("agreements_value_usd").change is None


def test_kinds_are_counted_apart_and_the_total_says_both(edition, chain, line, companies):
    one, other = companies(2)
    for kind in ("agreement", "intention", "intention"):
        builders.agreement(edition, chain, one, other, kind=kind)
    logged = {key: line(key).logged for key in ("agreements_signed", "cooperation_intentions", "agreements_and_intentions")}
    assert list(logged.values()) == [1, 2, 3]


def test_drafts_disputed_and_void_ones_count_nowhere(edition, chain, line, companies):
    one, other = companies(2)
    builders.agreement(edition, chain, one, other)
    for fields in ({"status": "draft"}, {"status": "disputed"}, {"status": "void", "void_reason": "Twice"}):
        builders.agreement(edition, chain, one, other, **fields)
    assert line("agreements_and_intentions").logged == 1
    assert line("agreements_value_cny").logged == 1_000_000


def test_every_published_figure_stands_beside_the_logged_one_with_its_sources(edition, chain, line, companies):
    published(edition, "agreements_signed", 200, qualifier="more_than")
    published(edition, "agreements_signed", 3, is_preferred=True, preferred_reason_en="The exact count.")
    builders.agreement(edition, chain, *companies(2))
    found = line("agreements_signed")
    assert [(one.value, one.stands) for one in found.published] == [(3, True), (200, False)]
    assert found.difference.value == -2
    assert (found.difference.words.en, found.difference.words.zh) == ("2 fewer than published", "比公布的数字少2")
    assert all(one.cites for one in found.published)


def test_a_contradiction_between_sources_is_there_with_its_resolution(edition, anyone):
    figure = published(edition, "exhibitors", 620)
    Disagreement.objects.create(key="so-many", edition=edition, metric=figure.metric, topic_en="T", said_en="S", resolution_en="R")
    report = closing_report(edition, visitor=anyone)
    assert [(one.metric, one.resolution.en) for one in report.contradictions] == [("exhibitors", "R")]
    assert report.line("exhibitors").disagrees


def test_entered_figures_are_said_as_exact_as_they_were_entered(edition, previous, line):
    published(previous, "audience_offline", 150_000)
    entered(edition, "audience_offline", 160_000)
    entered(edition, "audience_online", 37_412, qualifier="at_least")
    assert line("audience_offline").text.en == "160,000, up 7 percent from the previous edition"
    assert line("audience_offline").text.zh == "16万，比上届增长7%"
    assert line("audience_online").text.en == "at least 37,000"
    assert line("audience_total").logged == 197_412
    assert "The gates" in line("audience_offline").note.en


def test_an_inexact_figure_has_no_change(edition, previous, line):
    published(previous, "audience_offline", 150_000)
    entered(edition, "audience_offline", 160_000, qualifier="about")
    assert line("audience_offline").change is None
    assert line("audience_offline").why_no_change.en == "No change is said: the figure is no exact one."


def test_a_figure_of_which_only_some_days_are_entered_has_no_change(edition, previous, line):
    published(previous, "audience_offline", 150_000)
    entered(edition, "audience_offline", 80_000, day=edition.starts_on)
    assert line("audience_offline").change is None
    assert line("audience_offline").text.en == "80,000"
    entered(previous, "audience_online", 1_000, day=previous.starts_on)
    entered(edition, "audience_online", 2_000)
    assert line("audience_online").change is None


def test_who_signed_up_for_the_next_edition_is_counted_until_the_end_of_this_one(edition, previous, anyone):
    during, after = datetime(2026, 6, 24, 15, 59, tzinfo=UTC), datetime(2026, 6, 24, 16, tzinfo=UTC)  # 24:00 in Shanghai
    exhibitors(edition, 2, submitted_at=during)
    exhibitors(edition, 1, submitted_at=during, status="submitted")
    exhibitors(edition, 4, submitted_at=after)
    exhibitors(edition, 1, submitted_at=during, status="withdrawn")
    exhibitors(edition, 1, submitted_at=during, role="buyer")
    assert closing_report(previous, visitor=anyone).line("next_edition_signups").logged == 3


def test_an_introduction_counts_once_every_other_registered_party_has_agreed(edition, chain, line, companies):
    one, other, introducer = companies(3)
    row = builders.agreement(edition, chain, one, other, introducer)
    claim = Introduction.objects.create(agreement=row, introducer=introducer)
    parties = {party.company: party for party in row.parties.all()}
    IntroductionConsent.objects.create(introduction=claim, party=parties[one], answer="yes")
    assert line("agreements_introduced").logged == 0
    IntroductionConsent.objects.create(introduction=claim, party=parties[other], answer="yes")
    assert line("agreements_introduced").logged == 1


def test_meetings_and_who_met_are_counted_from_accepted_requests(edition, line):
    assert line("matches_made").logged is None
    assert line("matches_made").why_not.en == "Nothing of this was logged in this edition."


def test_totals_are_the_same_for_everybody_and_the_view_is_named(edition, chain, anyone, organiser, anna, companies):
    for fields in ({}, {"visibility": "anonymous"}, {"visibility": "totals_only"}):
        builders.agreement(edition, chain, *companies(2), **fields)
    reports = [closing_report(edition, visitor=visitor) for visitor in (anyone, anna, organiser)]
    assert [report.view for report in reports] == ["public", "public", "staff"]
    assert len({tuple((line.key, line.logged) for line in report.lines) for report in reports}) == 1
    assert reports[2].breakdowns.by_chain.cells[0].rows_address
    assert not any(cell.rows_address for cell in reports[0].breakdowns.by_kind.cells)


def test_invented_rows_are_marked(edition, line):
    builders.registration(builders.company(is_demo=True), edition)
    assert line("exhibitors").has_demo
    assert not line("agreements_signed").has_demo


def test_series_run_through_the_editions_with_logged_and_published_points(edition, previous, anyone):
    published(previous, "exhibitors", 515)
    published(previous, "visitors", 150_000)
    entered(edition, "audience_total", 200_000)
    exhibitors(edition, 2)
    found = {one.key: one for one in closing_report(edition, visitor=anyone).series}
    assert [(point.edition, point.best, point.is_this) for point in found["exhibitors"].points] == [("2026", 515, False), ("2027", 2, True)]
    assert found["audience_total"].metrics == {"visitors", "audience_total"}
    assert "different metrics" in found["audience_total"].note.en


def test_a_report_takes_the_same_few_queries_for_one_row_and_for_many(edition, chain, previous, anyone, companies, count_queries):
    published(edition, "exhibitors", 3)
    builders.agreement(edition, chain, *companies(2))
    exhibitors(edition, 1)
    few = count_queries(lambda: closing_report(edition, visitor=anyone))
    for country in ("CN", "DE", "FR"):
        for one in companies(4, country):
            builders.agreement(edition, builders.chain(edition), one, *companies(1))
        exhibitors(edition, 3, country)
    assert count_queries(lambda: closing_report(edition, visitor=anyone)) == few <= 25


def test_an_empty_site_has_a_report_without_figures(edition, anyone):
    report = closing_report(edition, visitor=anyone)
    assert {line.key for line in report.lines} >= set(REGISTRY)
    assert not any(line.is_logged or line.text for line in report.lines)
    assert not report.logs_agreements
    assert all(line.why_not for line in report.lines)
