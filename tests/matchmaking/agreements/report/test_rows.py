"""The rows under each figure: for every role, what is shown and what is not sum to the figure."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from expo.editions.models import Statistic
from matchmaking.agreements.models import Introduction, IntroductionConsent
from matchmaking.agreements.queries.report import REGISTRY, closing_report, columns_of, drill_down, every_row, rows_of
from matchmaking.agreements.queries.report.measures import Amount, Entered, Share
from matchmaking.meetings.models import Meeting, MeetingRequest, Seat, Slot
from tests import builders


def met(edition, sender, receiver, **fields):
    """A meeting that both sides held."""
    low, high = sorted([sender.company, receiver.company], key=lambda one: one.pk)
    request = MeetingRequest.objects.create(
        edition=edition, sender=sender, receiver=receiver, pair_low=low, pair_high=high, status="accepted", expires_at=timezone.now()
    )
    start = timezone.now() + timedelta(hours=Slot.objects.count())
    slot = Slot.objects.create(edition=edition, starts_at=start, ends_at=start + timedelta(minutes=30), day=start.date())
    meeting = Meeting.objects.create(request=request, edition=edition, slot=slot, **{"status": "held", **fields})
    Seat.objects.create(meeting=meeting, registration=sender, side="sender")
    Seat.objects.create(meeting=meeting, registration=receiver, side="receiver")
    return meeting


@pytest.fixture
def expo(edition, chain, customer_segment, buyer, exhibitor, organiser):
    """A bit of everything that is counted: exhibitors, partners, a debut, forums, meetings, agreements of each visibility, entered figures."""
    following = builders.edition(slug="2028", ordinal=edition.ordinal + 1)
    builders.registration(builders.company(), following, submitted_at=timezone.now(), status="submitted")
    for country in ("US", "FR", "JP", "CN"):
        builders.registration(builders.company(country=country, fortune_global_500=country == "US"), edition)
    builders.registration(builders.company(country="TH", kind="international_organisation"), edition)
    builders.registration(builders.company(), edition, led_by=exhibitor)
    builders.offer(exhibitor, customer_segment, is_debut=True)
    builders.offer(exhibitor, customer_segment, is_debut=True, status="paused")
    builders.forum(edition, kind="thematic")
    builders.forum(edition, kind="opening")
    buyer.is_key_client = True
    buyer.save()
    met(edition, buyer, exhibitor)
    met(edition, builders.registration(builders.company(), edition, role="buyer"), exhibitor, status="scheduled", queued_at=timezone.now())
    for fields in ({}, {"visibility": "anonymous"}, {"visibility": "totals_only"}, {"kind": "intention", "visibility": "totals_only"}):
        row = builders.agreement(edition, chain, buyer.company, exhibitor.company, **fields)
        builders.agreement(edition, chain, *[builders.company() for _ in range(2)], **fields)
    claim = Introduction.objects.create(agreement=row, introducer=exhibitor.company)
    IntroductionConsent.objects.create(introduction=claim, party=row.parties.get(company=buyer.company), answer="yes")
    for key in ("audience_offline", "audience_online", "exhibition_area"):
        metric = builders.metric(key)
        now = timezone.now()
        Statistic.objects.create(edition=edition, metric=metric, value=1000, source_note="Gates", measured_at=now, entered_at=now)
    return edition


@pytest.fixture
def clerk(db):
    """Somebody of the staff without any right."""
    person = builders.person("clerk@example.com", is_staff=True)
    person.get_all_permissions()  # Read once, as before every page.
    return person


@pytest.fixture
def people(anna, boris, carla, clerk, organiser):
    return [AnonymousUser(), anna, boris, carla, clerk, organiser]


def test_every_figure_is_the_count_of_its_rows_for_everybody(expo, people):
    for visitor in people:
        report = closing_report(expo, visitor=visitor)
        for key, one in REGISTRY.items():
            line, found = report.line(key), drill_down(expo, key, visitor=visitor)
            assert line.is_logged == one.has_rows, key
            assert found.total == rows_of(expo, key).count()
            assert found.shown == len(found.rows) == len(list(every_row(expo, key, visitor=visitor)))
            assert found.hidden >= 0
            assert {len(row.values) for row in found.rows} <= {len(found.columns)}
            if isinstance(one.how, Share):
                assert (line.part, line.whole) == (found.total, found.whole)
            elif isinstance(one.how, Amount):
                assert (found.total, found.amount) == (8, report.breakdowns.amount_by_chain.amount_cny)
            elif one.has_rows and not isinstance(one.how, Entered):
                assert line.logged == found.total, key


def test_staff_see_every_row(expo, organiser):
    assert [key for key in REGISTRY if drill_down(expo, key, visitor=organiser).hidden] == []


def shown(expo, key, *people):
    return [drill_down(expo, key, visitor=visitor).shown for visitor in people]


def test_of_agreements_others_see_the_listed_ones_and_parties_their_own(expo, anna, carla, clerk, organiser, anyone):
    assert shown(expo, "agreements_and_intentions", anyone, carla, clerk, anna, organiser) == [4, 4, 4, 6, 8]
    for key in ("matches_made", "meetings_held", "key_clients", "agreements_introduced"):
        assert shown(expo, key, clerk) == [0], key


def test_an_anonymous_one_has_no_name_for_others_than_its_parties(expo, anna, anyone):
    parties = [column.key for column in columns_of("agreements_signed")].index("parties")
    told = {
        who: [row.values[parties] for row in drill_down(expo, "agreements_signed", visitor=visitor).rows]
        for who, visitor in (("anyone", anyone), ("anna", anna))
    }
    assert [bool(names) for names in told["anyone"]] == [True, True, False, False]
    assert [bool(names) for names in told["anna"]] == [True, True, True, False, True]


def test_each_row_leads_to_the_page_that_the_visitor_has_of_it(expo, anna, anyone, organiser, client_of):
    found = {who: [row.address for row in drill_down(expo, "agreements_signed", visitor=who).rows] for who in (anyone, anna, organiser)}
    assert not any(found[anyone])
    assert [bool(address) for address in found[anna]] == [True, False, True, False, True]
    for who in (anna, organiser):
        assert client_of(who).get(next(filter(None, found[who]))).status_code == 200


def test_who_meets_whom_is_for_those_who_meet_and_for_staff(expo, anna, boris, carla, organiser, anyone):
    for key in ("matches_made", "matchmaking_sessions"):
        assert shown(expo, key, anyone, carla, anna, boris, organiser) == [0, 0, 1, 2, 2]
    assert shown(expo, "meetings_held", anyone, carla, anna, organiser) == [0, 0, 1, 1]
    assert shown(expo, "suppliers_connected", anyone, carla, anna, boris, organiser) == [0, 0, 0, 1, 1]
    assert shown(expo, "key_clients", anyone, carla, anna, boris, organiser) == [0, 0, 1, 0, 1]


def test_a_debut_that_is_paused_is_counted_and_not_shown(expo, anyone, boris):
    assert shown(expo, "debuts", anyone, boris) == [1, 2]


def test_sign_ups_that_nobody_has_verified_are_counted_and_not_shown(expo, anyone, organiser):
    assert shown(expo, "next_edition_signups", anyone, organiser) == [0, 1]


def test_countries_are_listed_once_with_their_exhibitors(expo, anyone):
    found = drill_down(expo, "countries_regions_organisations", visitor=anyone)
    assert found.total == 5
    assert sum(row.values[1] for row in found.rows) == closing_report(expo, visitor=anyone).line("exhibitors").logged


def test_there_is_no_drill_down_of_a_metric_that_there_is_not(expo, anyone):
    assert drill_down(expo, "nonsense", visitor=anyone) is None
    assert rows_of(expo, "nonsense") is None
    assert list(every_row(expo, "nonsense", visitor=anyone)) == []


def test_a_published_metric_that_nothing_counts_has_no_rows(expo, anyone):
    builders.metric("satisfaction_of_guests")
    found = drill_down(expo, "satisfaction_of_guests", visitor=anyone)
    assert (found.total, found.rows, found.columns) == (0, (), ())


def test_rows_take_the_same_few_queries_for_one_and_for_many(expo, chain, people, exhibitor, customer_segment, count_queries):
    def asked():
        return {
            (key, number): count_queries(lambda: drill_down(expo, key, visitor=visitor))  # noqa: B023 - called at once
            for key in ("agreements_signed", "exhibitors", "countries_regions", "meetings_held", "debuts", "events")
            for number, visitor in enumerate(people)
        }

    few = asked()
    for _ in range(3):
        builders.agreement(expo, chain, *[builders.company(country="DE") for _ in range(2)])
        builders.registration(builders.company(country="BR"), expo)
        builders.offer(exhibitor, customer_segment, is_debut=True)
        builders.forum(expo)
    assert asked() == few
    assert max(few.values()) <= 10


def test_who_was_introduced_is_for_the_parties_and_the_organiser(expo, boris, carla, organiser):
    row = rows_of(expo, "agreements_introduced").get()
    row.visibility = "public"
    row.save()
    seen = {one: drill_down(expo, "agreements_introduced", visitor=one) for one in (AnonymousUser(), carla, boris, organiser)}
    assert [found.shown for found in seen.values()] == [0, 0, 1, 1]
    assert {found.total for found in seen.values()} == {1}
    assert closing_report(expo, visitor=AnonymousUser()).line("agreements_introduced").rows_address == ""
