"""The organiser's page of figures that no row counts: entered, corrected, ended, with what stood before."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser, Group
from django.utils import timezone

from expo.editions import actions
from expo.editions.models import Statistic
from expo.editions.queries import standing_statistics
from expo.foundation.staff import vouched
from matchmaking.agreements.queries.report import closing_report, drill_down
from matchmaking.desk.roles import set_up_roles
from tests import builders

PAGE = "/organiser/statistics/"


@pytest.fixture
def held(edition):
    """The edition of 2024; another one is current."""
    return builders.edition(slug="2024", year=2024, starts_on=date(2024, 11, 26), ends_on=date(2024, 11, 30), name_en="Expo 2024")


@pytest.fixture
def gates(db):
    builders.metric("audience_online", unit="visits", order=2, name_en="Audience online", name_zh="线上观众")
    return builders.metric(
        "audience_offline", unit="visits", unit_name_en="visits", order=1, name_en="Audience on site", name_zh="线下观众"
    )


def said(gate, **fields):
    return {
        "metric": gate.pk,
        "value": "200000",
        "qualifier": "more_than",
        "source_note": "Gates",
        "measured_at": "2024-11-30T18:00",
        **fields,
    }


@pytest.fixture
def olga(client_of, organiser):
    return client_of(organiser)


def test_a_figure_is_entered_and_shown_with_its_source(held, gates, olga):
    answer = olga.post(f"{PAGE}?edition=2024", said(gates))
    assert answer["Location"] == f"{PAGE}?edition=2024"
    row = Statistic.objects.get()
    assert (row.edition, row.value, row.measured_at.isoformat()) == (held, 200_000, "2024-11-30T10:00:00+00:00"), "the hour is the venue's"
    page = olga.get(f"{PAGE}?edition=2024").content.decode()
    for words in ("Expo 2024", "more than <b>200,000</b>", "Gates", "Olga Organiser", f"{PAGE}{row.pk}/"):
        assert words in page


def test_a_figure_may_be_typed_as_it_is_read(held, gates, olga):
    assert olga.post(f"{PAGE}?edition=2024", said(gates, value="161,234")).status_code == 302
    assert Statistic.objects.get().value == 161_234


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"value": "16,12"}, "Enter a number."),
        ({"value": "-1"}, "A figure is a number from 0"),
        ({"value": "NaN"}, "Enter a number."),
        ({"value": "1e30"}, "A figure is a number from 0"),
        ({"value": "3.5"}, "counted whole"),
        ({"measured_at": "2999-01-01T00:00"}, "still to come"),
        ({"source_note": ""}, "This field is required."),
        ({"day": "2024-12-24"}, "Select a valid choice"),
        ({"metric": "4711"}, "Select a valid choice"),
    ],
)
def test_bad_input_is_told_at_the_form(held, gates, olga, fields, words):
    answer = olga.post(f"{PAGE}?edition=2024", said(gates, **fields))
    assert (answer.status_code, words in answer.content.decode()) == (400, True)
    assert not Statistic.objects.exists()


def test_a_correction_keeps_the_old_value_on_the_page(held, gates, olga):
    olga.post(f"{PAGE}?edition=2024", said(gates))
    row = Statistic.objects.get()
    page = olga.get(f"{PAGE}{row.pk}/").content.decode()
    assert 'value="200000"' in page
    assert 'value="2024-11-30T18:00"' in page
    assert olga.post(f"{PAGE}{row.pk}/", said(gates, value="190000")).status_code == 400, "it needs a reason"
    assert olga.post(f"{PAGE}{row.pk}/", said(gates, value="190000", reason="Gate 3 counted twice")).status_code == 302
    page = olga.get(f"{PAGE}?edition=2024").content.decode()
    assert "<b>190,000</b>" in page
    assert "Gate 3 counted twice" in page


@pytest.mark.parametrize("ending", ["", "end/"])
def test_who_corrects_what_holds_no_more_is_told_and_shown_what_does(ending, held, gates, olga):
    olga.post(f"{PAGE}?edition=2024", said(gates))
    old = Statistic.objects.get()
    olga.post(f"{PAGE}{old.pk}/", said(gates, value="190000", source_note="Gates, recounted", reason="Gate 3 counted twice"))
    new = Statistic.objects.standing().get()
    late = olga.post(f"{PAGE}{old.pk}/{ending}", said(gates, value="180000", reason="Gate 4 was shut"))
    assert late.status_code == 409
    page = late.content.decode()
    now = page.partition('id="stands"')[2].partition('id="stood"')[0]
    for words in ("<b>190,000</b>", "Gates, recounted", f'href="{PAGE}{new.pk}/"'):
        assert words in now
    assert "<b>200,000</b>" not in now
    for words in ("Somebody corrected or ended this figure meanwhile", "180000", "Gate 4 was shut"):
        assert words in page, "what was typed is not lost"
    assert Statistic.objects.count() == 2
    page = olga.get(f"{PAGE}{old.pk}/")
    assert (
        page.status_code,
        "This entry holds no more" in page.content.decode(),
        "<form" in page.content.decode().partition("<h1>")[2],
    ) == (200, True, False)


def test_somebody_who_was_quicker_by_a_moment_is_shown_too(held, gates, olga, organiser, monkeypatch):
    olga.post(f"{PAGE}?edition=2024", said(gates))
    row, real = Statistic.objects.get(), actions.correct_statistic

    def outrun(row, **given):
        real(row, by=vouched(organiser), given=replace(actions.as_measured(row), value=Decimal(7)), reason="First")
        return real(row, **given)

    monkeypatch.setattr("matchmaking.agreements.views.organiser.statistics.correct_statistic", outrun)
    late = olga.post(f"{PAGE}{row.pk}/", said(gates, value="8", reason="Second"))
    assert (late.status_code, "<b>7</b>" in late.content.decode().partition('id="stands"')[2]) == (409, True)
    assert [str(one.value) for one in Statistic.objects.order_by("pk")] == ["200000.00", "7.00"]


def test_of_an_ended_figure_the_page_says_that_nothing_stands(held, gates, olga):
    olga.post(f"{PAGE}?edition=2024", said(gates))
    row = Statistic.objects.get()
    olga.post(f"{PAGE}{row.pk}/end/", {"reason": "Of another expo"})
    page = olga.get(f"{PAGE}{row.pk}/").content.decode()
    assert ("Nothing: it was ended" in page, "Of another expo" in page) == (True, True)


def test_an_invented_figure_is_marked_wherever_it_is_shown(held, gates, olga, organiser):
    given = actions.Measured(Decimal(160_000), "Demo: gates", timezone.now())
    row = actions.enter_statistic(held, gates, by=vouched(organiser), given=given, is_demo=True)
    assert standing_statistics(held)["audience_offline"].has_demo
    line = closing_report(held, visitor=AnonymousUser()).line("audience_offline")
    assert (line.has_demo, drill_down(held, "audience_offline", visitor=AnonymousUser()).rows[0].is_demo) == (True, True)
    assert olga.get(f"{PAGE}?edition=2024").content.decode().count('class="demo"') == 2
    assert olga.get("/api/v1/statistics/", {"edition": "2024"}).json()["results"][0]["is_demo"] is True
    told = actions.correct_statistic(row, by=vouched(organiser), given=replace(given, source_note="Demo, once more"), reason="Words")
    assert told.is_demo, "the value is the invented one"
    counted = actions.correct_statistic(told, by=vouched(organiser), given=replace(given, value=Decimal(158_211)), reason="Counted")
    assert not counted.is_demo
    assert not closing_report(held, visitor=AnonymousUser()).line("audience_offline").has_demo


def test_a_figure_is_ended_with_a_reason(held, gates, olga):
    olga.post(f"{PAGE}?edition=2024", said(gates))
    row = Statistic.objects.get()
    assert olga.post(f"{PAGE}{row.pk}/end/", {"reason": " "}).status_code == 400
    assert olga.post(f"{PAGE}{row.pk}/end/", {"reason": "Of another expo"}).status_code == 302
    row.refresh_from_db()
    assert (row.reason, row.is_standing) == ("Of another expo", False)
    assert "Nothing is entered yet" in olga.get(f"{PAGE}?edition=2024").content.decode()


def test_for_others_the_pages_do_not_exist_and_readers_only_read(held, gates, olga, anna, carla, client_of):
    olga.post(f"{PAGE}?edition=2024", said(gates))
    row = Statistic.objects.get()
    set_up_roles()
    reader = builders.person("reader@example.com", is_staff=True)
    reader.groups.add(Group.objects.get(name="Read-only"))
    for person in (anna, carla):
        for address in (PAGE, f"{PAGE}{row.pk}/"):
            assert client_of(person).get(address).status_code == 404
            assert client_of(person).post(address, said(gates)).status_code == 404
    page = client_of(reader).get(f"{PAGE}?edition=2024")
    assert (page.status_code, "Enter a figure" in page.content.decode()) == (200, False)
    assert client_of(reader).post(f"{PAGE}?edition=2024", said(gates, day="2024-11-26")).status_code == 403
    for address in (f"{PAGE}{row.pk}/", f"{PAGE}{row.pk}/end/"):
        assert client_of(reader).post(address, said(gates, reason="x")).status_code == 404
    assert list(Statistic.objects.standing()) == [row]


def test_a_long_history_takes_no_more_queries(held, gates, olga, count_queries):
    olga.post(f"{PAGE}?edition=2024", said(gates, day="2024-11-26"))
    olga.get(f"{PAGE}?edition=2024")  # It shows the message, once.
    one = count_queries(lambda: olga.get(f"{PAGE}?edition=2024"))
    for day in (27, 28, 29):
        olga.post(f"{PAGE}?edition=2024", said(gates, day=f"2024-11-{day}"))
    olga.get(f"{PAGE}?edition=2024")
    assert count_queries(lambda: olga.get(f"{PAGE}?edition=2024")) == one
    assert "sum of 4 days" in olga.get(f"{PAGE}?edition=2024").content.decode()
