"""The figures of an edition's meetings: each number is the number of the rows behind it, on the page, over the API and in the spreadsheet."""

import csv
import io
from datetime import timedelta

import pytest
from django.utils import timezone

from matchmaking.meetings import actions, planner
from matchmaking.meetings.models import Interpreter, Meeting, MeetingRequest, Place, Seat
from matchmaking.meetings.queries.breakdowns import DIMENSIONS, breakdown, rows_in, words_of
from matchmaking.meetings.queries.figures import FEWEST_RATINGS, FIGURES, counted
from matchmaking.meetings.queries.statistics import BREAKDOWNS, RATES, figure_lines, percent
from tests.matchmaking.meetings.test_problem import waiting
from tests.matchmaking.meetings.test_reseating import told_later

STATUSES = ["held", "held", "no_show", "disputed", "scheduled", "cancelled", "unscheduled"]


@pytest.fixture
def olga_at(client_of, stage):
    return client_of(stage.organiser)


@pytest.fixture
def past(stage):
    """A meeting in each state, and requests that came to nothing."""
    Interpreter.objects.create(edition=stage.setup.edition, name="Ines", languages=["en", "zh"])
    for number, status in enumerate(STATUSES):
        buyer = stage.another()
        asked = actions.ask(stage.exhibitor, buyer, by=stage.boris)
        MeetingRequest.objects.filter(pk=asked.pk).update(status="accepted", answered_at=asked.created_at + timedelta(hours=number))
        more = {"reason": "no_time"} if status == "cancelled" else {}
        slot = None if status == "unscheduled" else stage.slots[number]
        place = Place.objects.get(kind="table") if number % 2 and slot else None
        waits = {"queued_at": timezone.now()} if place is None else {}
        meeting = Meeting.objects.create(request=asked, edition=stage.setup.edition, slot=slot, place=place, status=status, **more, **waits)
        for side, one in (("sender", stage.exhibitor), ("receiver", buyer)):
            Seat.objects.create(meeting=meeting, registration=one, side=side, rating=4 if status == "held" else None)
    for status in ("pending", "declined", "expired", "cancelled"):
        sender = stage.another("exhibitor")
        asked = actions.ask(sender, stage.another(), by=stage.person_of(sender))
        reason = "no_fit" if status == "declined" else ""
        MeetingRequest.objects.filter(pk=asked.pk).update(status=status, reason=reason, answered_at=timezone.now())
    return stage


def test_each_figure_is_the_number_of_its_rows(past, olga_at):
    edition, now = past.setup.edition, timezone.now()
    numbers = counted(FIGURES.values(), edition, now)
    assert numbers["sent"] == 11
    assert (numbers["held"], numbers["cancelled_no_time"], numbers["rated"]) == (2, 1, 4)
    for name, figure in FIGURES.items():
        assert (
            numbers[name]
            == figure.rows(edition, now).count()
            == olga_at.get(f"/organiser/meetings/figures/{name}/").context["page"].paginator.count
        )


@pytest.mark.parametrize(("name", "figures"), BREAKDOWNS)
def test_the_parts_of_a_figure_are_its_rows_and_together_the_whole(past, name, figures):
    edition, now = past.setup.edition, timezone.now()
    found = breakdown(name, figures, edition, now)
    whole = counted([FIGURES[one] for one in figures], edition, now)
    for place, figure in enumerate(found.figures):
        assert sum(part.counts[place] for part in found.parts) == whole[figure.name]
        for part in found.parts:
            assert rows_in(figure, edition, now, {name: part.value}).count() == part.counts[place]
            assert words_of(name, part.value) == part.words


def test_each_figure_says_what_it_counts(past):
    lines = figure_lines(past.setup.edition, timezone.now())
    assert len({line.name for line in lines}) == len(lines)
    assert all(line.title and line.definition.endswith(".") for line in lines)
    assert all(one.definition for one in DIMENSIONS.values())


def test_rates_are_shares_of_other_figures(past):
    lines = {line.name: line.value for line in figure_lines(past.setup.edition, timezone.now())}
    for rate in RATES:
        assert lines[rate.name] == percent(int(lines[rate.part]), int(lines[rate.of]))
    assert (percent(1, 3), percent(0, 3), percent(0, 0)) == (33.3, 0.0, None)


def test_the_median_is_the_middle_of_all_answered(past):
    """Seven were accepted after 0 to 6 hours, one declined at once."""
    lines = {line.name: line.value for line in figure_lines(past.setup.edition, timezone.now())}
    assert lines["median_hours_to_answer"] == 2.5


def test_the_mean_of_ratings_is_told_from_five_on(past):
    def mean():
        return next(line.value for line in figure_lines(past.setup.edition, timezone.now()) if line.name == "mean_rating")

    assert FEWEST_RATINGS == 5
    assert mean() is None
    Seat.objects.filter(pk=Seat.objects.filter(rating__isnull=True)[0].pk).update(rating=1)
    assert mean() == 3.4


def test_shares_of_tables_count_all_times(past):
    lines = {line.name: line.value for line in figure_lines(past.setup.edition, timezone.now())}
    slots = len(past.slots)
    assert lines["table_use"] == percent(int(lines["at_tables"]), slots)
    assert lines["interpreter_use"] == 0


def test_what_the_planner_laid_ready_and_nobody_sent_is_no_request(past):
    before = counted([FIGURES["sent"]], past.setup.edition, timezone.now())["sent"]
    MeetingRequest.objects.filter(status="pending").update(is_proposal=True, is_delivered=False)
    assert counted([FIGURES["sent"]], past.setup.edition, timezone.now())["sent"] == before - 1


def test_who_asked_and_got_nothing_comes_first(past, olga_at):
    page = olga_at.get("/organiser/meetings/participants/?served=none")
    unserved = [(row.company.name, row.asked) for row in page.context["page"].object_list]
    assert len(unserved) == 4
    assert past.exhibitor.company.name not in dict(unserved)
    figures = olga_at.get("/organiser/meetings/figures/").context["found"]
    assert next(line.value for line in figures.lines if line.name == "unserved") == 4


def test_the_page_reads_well_without_any_meeting(stage, olga_at):
    page = olga_at.get("/organiser/meetings/figures/")
    assert "None yet." in page.content.decode()
    lines = {line.name: line.value for line in page.context["found"].lines}
    assert (lines["sent"], lines["acceptance_rate"], lines["median_hours_to_answer"], lines["mean_rating"]) == (0, None, None, None)
    assert "Nothing is counted here" in olga_at.get("/organiser/meetings/figures/held/").content.decode()


@pytest.mark.parametrize("wrong", ["figures/none-such/", "schedules/none-such/", "participants/999999/"])
def test_what_is_not_there(stage, olga_at, wrong):
    assert olga_at.get(f"/organiser/meetings/{wrong}").status_code == 404


@pytest.mark.parametrize("query", ["day=2026-02-31", "day=soon"])
def test_a_day_that_is_none_is_refused(stage, olga_at, query):
    assert olga_at.get(f"/organiser/meetings/figures/held/?{query}").status_code == 400


def test_page_api_and_spreadsheet_say_the_same(past, olga_at):
    shown = {line.name: line.value for line in olga_at.get("/organiser/meetings/figures/").context["found"].lines}
    told = {row["name"]: row["value"] for row in olga_at.get("/api/v1/meeting-figures/").json()["results"]}
    text = b"".join(olga_at.get("/lists/meeting-figures.csv").streaming_content).decode("utf-8-sig")
    written = {row["Name"]: row["Number"] for row in csv.DictReader(io.StringIO(text)) if ":" not in row["Name"]}
    assert told == shown
    assert {name: float(value) if value else None for name, value in written.items()} == shown


@pytest.mark.parametrize("name", ["meetings", "meeting-requests", "meeting-figures"])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_lists_are_for_staff_alone(past, olga_at, client_of, name, form):
    answer = olga_at.get(f"/lists/{name}.{form}")
    assert answer.status_code == 200
    assert b"".join(answer)
    for person in (past.anna, past.carla):
        assert client_of(person).get(f"/lists/{name}.{form}").status_code == 404
        assert client_of(person).get("/api/v1/meeting-figures/").status_code == 403


def test_a_name_that_looks_like_a_formula_stays_a_text(past, olga_at):
    past.exhibitor.company.name = "=1+1"
    past.exhibitor.company.save()
    for name in ("meetings", "meeting-requests"):
        text = b"".join(olga_at.get(f"/lists/{name}.csv").streaming_content).decode("utf-8-sig")
        assert "'=1+1" in text
        assert ",=1+1" not in text


def test_as_many_queries_for_one_as_for_many(stage, olga_at, count_queries, past):
    def page():
        return olga_at.get("/organiser/meetings/figures/")

    page()
    before = count_queries(page)
    Meeting.objects.filter(status="held")[0].delete()
    assert count_queries(page) == before <= 45


def test_re_seated_are_those_whose_people_were_told(stage, olga_at, organiser):
    edition, meeting = stage.setup.edition, stage.met(stage.slots[0])

    def numbers():
        paged = olga_at.get("/organiser/meetings/figures/re_seated/").context["page"].paginator.count
        return counted([FIGURES["re_seated"]], edition, timezone.now())["re_seated"], paged

    def moved(slot):
        seat = planner.Seat(slot.pk, meeting.place_id, None) if slot is not None else None
        actions.reseat(edition, {meeting.pk: seat}, by=organiser, why="plan")

    moved(stage.slots[1])
    moved(stage.slots[0])
    assert told_later()[1] == []
    assert numbers() == (0, 0)
    moved(None)
    assert numbers() == (0, 0)
    assert {kind for _who, kind in told_later()[1]} == {"meeting_lost_its_time"}
    assert numbers() == (1, 1)
    moved(stage.slots[2])
    told_later()
    assert numbers() == (1, 1)


def test_a_first_time_is_no_other_one(stage, organiser):
    meeting = waiting(stage)
    actions.reseat(stage.setup.edition, {meeting.pk: planner.Seat(stage.slots[0].pk, None, None)}, by=organiser, why="plan")
    assert {kind for _who, kind in told_later()[1]} == {"meeting_scheduled"}
    assert counted([FIGURES["re_seated"]], stage.setup.edition, timezone.now())["re_seated"] == 0
