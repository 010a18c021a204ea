"""The organiser's page of the closing report: what it says, what is missing, freezing it, what changed since."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from expo.editions.models import ExchangeRate
from expo.foundation.models import Event
from matchmaking.agreements.actions.report import freeze_report
from matchmaking.agreements.models import Agreement, FrozenReport
from matchmaking.agreements.queries.report import closing_report
from matchmaking.agreements.queries.report.frozen import with_proof
from matchmaking.agreements.queries.report.readiness import changed_since, missing
from matchmaking.desk.roles import set_up_roles
from tests import builders

PAGE = "/organiser/report/"
# One report and the edition's queries around it, whatever the number of rows and of frozen reports.
MOST_QUERIES = 45


@pytest.fixture
def signed(edition, chain, companies):
    """Seven agreements of a million yuan each; more than 210 were announced."""
    for supplier, customer in zip(companies(7), companies(7, "DE"), strict=True):
        builders.agreement(edition, chain, supplier, customer, amount=Decimal(1_000_000))
    builders.figure(edition, builders.metric("agreements_signed", name_en="Agreements signed"), 210, qualifier="more_than")
    return edition


@pytest.fixture
def desk(client_of, organiser):
    return client_of(organiser)


@pytest.fixture
def staff(db):
    """Return a maker of staff with one role."""
    set_up_roles()

    def made(role):
        person = builders.person(f"{role.lower()}@example.com", is_staff=True)
        person.groups.add(Group.objects.get(name=role))
        return person

    return made


def page_of(client, edition):
    answer = client.get(f"{PAGE}?edition={edition.slug}")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_the_page_says_the_main_figures_with_their_press_wording(signed, desk, anyone):
    page = page_of(desk, signed)
    line = closing_report(signed, visitor=anyone).line("agreements_signed")
    assert str(line.text) in page
    assert "CNY 7,000,000" in page
    assert "more than 210" in page
    assert f'href="{reverse("results", args=[signed.slug])}"' in page
    assert f'href="{PAGE}?edition={signed.slug}" aria-current="true"' in page, "the way between the pages of the ledger"


def test_what_is_missing_is_named_with_the_page_where_it_is_mended(signed, chain, companies, desk, anyone):
    one, other = companies(2)
    for status in ("confirmed", "confirmed", "disputed"):
        builders.agreement(signed, chain, one, other, status=status)
    draft = builders.agreement(signed, chain, one, other, status="draft", number=None, recorded_at=None)
    Agreement.objects.filter(pk=draft.pk).update(amount=5, currency="EUR", amount_cny=None, rate_used=None)
    ExchangeRate.objects.filter(edition=signed).delete()
    found = missing(signed, closing_report(signed, visitor=anyone))
    assert {line.key for line in found.not_entered} == {"exhibition_area", "audience_total", "audience_offline", "audience_online"}
    assert {tab.word: tab.count for tab in found.unsettled} == {"to-verify": 2, "disputed": 1, "waiting": 7}
    assert [(line.currency, line.drafts) for line in found.no_rate] == [("EUR", 1)]
    assert found.no_dollar
    assert [line.key for line in found.differing] == ["agreements_signed"], "nine are not more than 210"
    page = page_of(desk, signed)
    for words in ("Audience on site", "1 draft waits for it", "without it the total is not said in dollars", "does not hold"):
        assert words in page
    for address in ("/organiser/statistics/?edition=", "/organiser/rates/?edition=", "queue=to-verify", "queue=disputed"):
        assert address in page


def test_a_few_amounts_in_totals_alone_are_pointed_out(signed, chain, companies, desk, anyone):
    one, other = companies(2)
    for number in range(1, 6):
        builders.agreement(signed, chain, one, other, visibility="totals_only")
        found = missing(signed, closing_report(signed, visitor=anyone))
        assert found.exposed == (number if number < 5 else 0)
        assert ("is left with their sum" in page_of(desk, signed)) == (number < 5)


def test_the_button_freezes_once_however_often_it_is_pressed(signed, desk, organiser):
    for _press in range(2):
        answer = desk.post(f"{PAGE}?edition={signed.slug}", {"note": "Press conference"})
        assert answer["Location"] == f"{PAGE}?edition={signed.slug}"
    row = FrozenReport.objects.get()
    assert (row.edition, row.number, row.note, row.frozen_by) == (signed, 1, "Press conference", organiser)
    page = page_of(desk, signed)
    for words in ("Report 1 is frozen.", row.sha256, row.ledger_head, "Press conference", "Olga Organiser", "Nothing changed."):
        assert words in page
    for name in ("report_frozen", "report_frozen_file"):
        assert f'href="{reverse(name, args=[signed.slug, 1])}"' in page


def test_what_changed_since_is_said_figure_by_figure(signed, chain, companies, desk, organiser, anyone):
    freeze_report(signed, by=organiser)
    builders.agreement(signed, chain, *companies(2), amount=Decimal(500_000))
    (since,) = changed_since(with_proof(FrozenReport.objects.all()), closing_report(signed, visitor=anyone))
    moved = {one.line.key: (one.before, one.after) for one in since.moved}
    assert moved["agreements_signed"] == (7, 8)
    assert moved["agreements_value_cny"] == (7_000_000, 7_500_000)
    assert not since.is_same
    assert since.is_intact
    page = page_of(desk, signed)
    assert "Figures that differ from report 1" in page
    assert "CNY 7,500,000" in page


def test_words_that_changed_without_a_figure_are_not_called_nothing(signed, desk, organiser):
    freeze_report(signed, by=organiser)
    signed.reported_figures.all().delete()
    assert "The figures are the same; words, breakdowns or what was announced changed." in page_of(desk, signed)


def test_a_frozen_report_that_is_not_what_was_frozen_is_said_to_be_so(signed, desk, organiser):
    FrozenReport.objects.create(edition=signed, number=1, definitions_version="1", content={}, sha256="0" * 64, frozen_by=organiser)
    page = page_of(desk, signed)
    assert "This report is not what was frozen" in page
    assert "Since then" not in page


def test_before_the_first_day_nothing_is_frozen(edition, desk):
    edition.status = "announced"
    edition.save()
    page = page_of(desk, edition)
    assert "from the first day of the edition on" in page
    assert "Freeze this report" not in page
    answer = desk.post(f"{PAGE}?edition={edition.slug}", {"note": ""})
    assert answer.status_code == 409
    assert not FrozenReport.objects.exists()


def test_a_note_that_is_too_long_is_told_at_the_form(signed, desk):
    answer = desk.post(f"{PAGE}?edition={signed.slug}", {"note": "x" * 501})
    assert answer.status_code == 400
    assert not FrozenReport.objects.exists()


def test_who_logs_agreements_freezes_and_others_of_the_staff_read(signed, staff, client_of):
    for role, status in (("Reporter", 302), ("Read-only", 403)):
        client = client_of(staff(role))
        assert ("Freeze this report" in page_of(client, signed)) == (role == "Reporter")
        before = FrozenReport.objects.count(), Event.objects.count()
        assert client.post(f"{PAGE}?edition={signed.slug}", {"note": ""}).status_code == status
        changed = (FrozenReport.objects.count(), Event.objects.count()) != before
        assert changed == (role == "Reporter")


def test_for_everybody_else_the_page_does_not_exist(signed, anna, boris, carla, client_of, client):
    for person in (anna, boris, carla):
        assert client_of(person).get(PAGE).status_code == 404
        assert client_of(person).post(PAGE, {"note": ""}).status_code == 404
    assert "/login/" in client.get(PAGE)["Location"]
    assert not FrozenReport.objects.exists()


def test_the_page_takes_the_same_queries_for_few_and_many(signed, chain, companies, desk, organiser, count_queries):
    freeze_report(signed, by=organiser)
    desk.get(PAGE)
    few = count_queries(lambda: page_of(desk, signed))
    for _more in range(3):
        builders.agreement(signed, chain, *companies(2))
        freeze_report(signed, by=organiser)
    assert FrozenReport.objects.count() == 4
    assert count_queries(lambda: page_of(desk, signed)) == few <= MOST_QUERIES
