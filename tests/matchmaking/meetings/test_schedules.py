"""Printed schedules: a page each for participants, places and interpreters, in parts."""

import pytest

from matchmaking.meetings import actions
from matchmaking.meetings.models import Interpreter, Meeting, Place
from matchmaking.meetings.queries import schedules
from matchmaking.meetings.queries.schedules import Choice, sheets_of, whose
from matchmaking.meetings.views.organiser import schedules as pages


@pytest.fixture
def olga_at(client_of, stage):
    return client_of(stage.organiser)


def printed(stage, kind, **choice):
    chosen = Choice(**choice)
    return sheets_of(kind, list(whose(kind, stage.setup.edition, chosen)), chosen)


def test_each_participant_gets_a_page_with_their_meetings(stage, olga_at):
    stage.met(stage.slots[1])
    assert [(sheet.title, len(sheet.meetings)) for sheet in printed(stage, "participants")] == [("Aurora Motors", 1), ("Borealis Cells", 1)]
    page = olga_at.get("/organiser/meetings/schedules/participants/").content.decode()
    assert page.count('class="daysheet"') == 2
    for words in ("09:30–10:00", "Aurora Motors", "Borealis Cells", "Borealis Cells: Boris Bo"):
        assert words in page


def test_a_booth_gets_a_page_with_the_code_to_check_in(stage, olga_at):
    stage.met(stage.slots[1])
    page = olga_at.get("/organiser/meetings/schedules/places/").content.decode()
    assert page.count('class="daysheet"') == 1
    assert "Code to check in" in page
    assert "N1 1" in page


def test_an_interpreter_gets_a_page(stage, olga_at):
    ines = Interpreter.objects.create(edition=stage.setup.edition, name="Ines", languages=["en", "zh"])
    stage.met(stage.slots[1])
    assert printed(stage, "interpreters") == []
    Meeting.objects.update(interpreter=ines)
    assert [sheet.title for sheet in printed(stage, "interpreters")] == ["Ines"]
    assert "Ines" in olga_at.get("/organiser/meetings/schedules/interpreters/").content.decode()


def test_only_of_a_hall_a_day_a_letter_or_one(stage):
    stage.met(stage.slots[1])
    titles = lambda **choice: [sheet.title for sheet in printed(stage, "participants", **choice)]  # noqa: E731 - asked six times below
    assert titles(hall="N1") == ["Aurora Motors", "Borealis Cells"]
    assert titles(hall="N2") == []
    assert titles(day=stage.slots[0].day) == ["Aurora Motors", "Borealis Cells"]
    assert titles(day=stage.slots[-1].day) == []
    assert titles(initial="B") == ["Borealis Cells"]
    assert titles(initial="#") == []
    assert titles(of=stage.buyer.pk) == ["Aurora Motors"]
    assert [sheet.title for sheet in printed(stage, "places", hall="N2")] == []


def test_a_name_of_no_letter_stands_under_the_sign(stage):
    stage.met(stage.slots[1])
    stage.buyer.company.name = "曙光汽车"
    stage.buyer.company.save()
    assert [sheet.pk for sheet in printed(stage, "participants", initial="#")] == [stage.buyer.pk]


def test_what_was_called_off_is_not_printed(stage):
    meeting = stage.met(stage.slots[1])
    actions.cancel(meeting, by=stage.anna, reason="no_time")
    for kind in ("participants", "places", "interpreters"):
        assert printed(stage, kind) == []


def test_long_jobs_come_in_parts(stage, olga_at, monkeypatch):
    stage.met(stage.slots[1])
    monkeypatch.setattr(pages, "MOST_SHEETS", 1)
    first = olga_at.get("/organiser/meetings/schedules/participants/")
    assert [sheet.title for sheet, _code in first.context["sheets"]] == ["Aurora Motors"]
    assert 'rel="next"' in first.content.decode()
    second = olga_at.get("/organiser/meetings/schedules/participants/?page=2")
    assert [sheet.title for sheet, _code in second.context["sheets"]] == ["Borealis Cells"]
    for page in ("3", "0", "x"):
        assert olga_at.get(f"/organiser/meetings/schedules/participants/?page={page}").status_code == 404
    assert schedules.MOST_SHEETS == 200


@pytest.mark.parametrize("query", ["hall=N9", "day=2020-01-01", "letter=ab", "of=x"])
def test_a_choice_that_is_none_is_refused(stage, olga_at, query):
    assert olga_at.get(f"/organiser/meetings/schedules/?{query}").status_code == 400


def test_as_many_queries_for_two_pages_as_for_eight(stage, olga_at, count_queries):
    def page():
        return olga_at.get("/organiser/meetings/schedules/participants/")

    stage.met(stage.slots[1])
    page()
    before = count_queries(page)
    for _number in range(3):
        buyer, seller = stage.another(), stage.another("exhibitor")
        asked = actions.ask(seller, buyer, by=stage.person_of(seller), slot=stage.slots[1])
        actions.accept(asked, by=stage.person_of(buyer))
    assert len(page().context["sheets"]) == 8
    assert count_queries(page) == before
    assert Place.objects.count() == 2
