"""The planner's runs on the organiser's pages: what there is to plan, a draft with what it changes and why, and nothing of it for others."""

import csv
import io
from datetime import timedelta

import openpyxl
import pytest
from django.utils import timezone

from matchmaking.meetings import actions
from matchmaking.meetings.actions import working
from matchmaking.meetings.models import Interpreter, Meeting, PlannedSeat, PlanRun
from matchmaking.meetings.planner.plans import Reason
from tests import builders
from tests.matchmaking.meetings.drafts import draft, line
from tests.matchmaking.meetings.stage import everything

PLANS = "/organiser/meetings/plans/"


@pytest.fixture
def desk(client_of, stage):
    return client_of(stage.organiser)


def at(run, verb=""):
    return f"{PLANS}{run.pk}/{verb}/" if verb else f"{PLANS}{run.pk}/"


def page_of(client, run, **query):
    return client.get(at(run), query).content.decode()


def without_a_time(stage):
    """One more accepted meeting that waits for a time."""
    meeting = Meeting.objects.get(pk=stage.met(stage.slots[0]).pk)
    Meeting.objects.filter(pk=meeting.pk).update(status="unscheduled", slot=None, place=None, queued_at=timezone.now())
    meeting.taken.all().delete()
    return Meeting.objects.get(pk=meeting.pk)


def unseated(stage, run, reason, **data):
    return line(run, without_a_time(stage), "unseated", reason=reason, data=data)


def test_the_list_says_what_there_is_to_plan_before_it_is_ordered(stage, desk):
    without_a_time(stage)
    page = " ".join(desk.get(PLANS).content.decode().split())
    assert "<dt>Accepted, without a time</dt><dd>1</dd>" in page
    assert "<dt>Times to come</dt><dd>10</dd>" in page
    assert "<dt>Free seats in them</dt><dd>20</dd>" in page  # Boris's booth, made with his first meeting, and a table.
    assert "No plan was ordered yet" in page
    assert "Order the plan" in page


def test_each_run_says_how_good_it_is_and_for_whom_it_is_worst(stage, desk):
    worst = {"participant": stage.buyer.pk, "meetings": 1, "minimum": 2}
    draft(stage.setup.edition, worst=worst, asked_by=stage.organiser)
    draft(stage.setup.edition, kind="repair", status="discarded", worst=worst | {"minimum": 0})
    page = " ".join(desk.get(PLANS).content.decode().split())
    assert "<b>2</b> of 3" in page
    assert f"{stage.buyer.company.name}, 1 of 2 meetings" in page
    assert f"{stage.buyer.company.name}, 1 meeting<" in page
    assert "Re-plan " in page
    assert "discarded" in page


def test_while_a_run_is_open_no_other_can_be_ordered(stage, desk):
    run = PlanRun.objects.create(edition=stage.setup.edition, status="running", share=0.42, step="polished", seated=1, idle_slots=1)
    page = desk.get(PLANS).content.decode()
    assert f"Plan {run.pk} is under way" in page
    assert "Order the plan" not in page


def test_a_running_plan_looks_again_by_itself_with_and_without_script(stage, desk):
    run = PlanRun.objects.create(edition=stage.setup.edition, status="running", share=0.42, step="polished", seated=1, idle_slots=2)
    page = " ".join(page_of(desk, run).split())
    assert f'hx-get="{at(run)}" hx-trigger="every 3s"' in page
    assert '<noscript><meta http-equiv="refresh" content="3">' in page
    assert "42% done" in page
    assert "1 meeting has a time so far, with 2 idle times. Idle times between meetings are being taken out." in page
    assert "Stop with the best plan so far" in page
    PlanRun.objects.update(stop_asked_at=timezone.now())
    assert "Stop with the best plan so far" not in page_of(desk, run)


def test_a_draft_says_what_it_reaches_and_how_far_from_the_best_possible(stage, desk):
    run = draft(stage.setup.edition, worst={"participant": stage.buyer.pk, "meetings": 1, "minimum": 2})
    meeting = stage.met(stage.slots[0])
    line(run, meeting, "moved", slot=stage.slots[1], place=meeting.place)
    page = page_of(desk, run)
    assert "at most 1 more is possible" in page
    assert "at most 2 more are possible" in page
    assert "at most 3 fewer are possible" in page
    assert "proven best" in page
    assert f"{stage.buyer.company.name}, 1 of 2 meetings" in page
    assert "A draft: 1 meeting would change" in page
    assert 'hx-trigger="every' not in page


def test_what_moves_stands_with_its_old_and_its_new_time_and_what_stays_is_counted(stage, desk):
    run, other = draft(stage.setup.edition), stage.another()
    moved = stage.met(stage.slots[0])
    line(run, moved, "moved", slot=stage.slots[1], place=moved.place)
    line(run, met_with(stage, other), "kept")
    page = page_of(desk, run)
    assert "09:00, N1 1" in page
    assert "09:30, N1 1" in page
    assert "Kept <b>1</b>" in page
    assert other.company.name not in page
    assert other.company.name in page_of(desk, run, kind="kept")


def met_with(stage, other):
    """A meeting of Boris's with another company."""
    asked = actions.ask(stage.exhibitor, other, by=stage.boris)
    return actions.accept(asked, by=stage.person_of(other))


@pytest.mark.parametrize(
    ("reason", "data", "words"),
    [
        ("no_common_slot", {}, "There is no time at all that all sides could have"),
        ("no_shared_free_slot", {}, "All sides have free times left, but none in common."),
        ("no_place", {"place": None}, "No table is free at any time that all sides could have."),
        ("no_interpreter", {"skill": "en-zh"}, "No interpreter for English and Chinese is free"),
        ("no_interpreter", {"skill": None}, "No interpreter is free at any time"),
        ("order", {"before": -1}, "Another meeting must take place before it"),
        ("locked_clash", {"slot": None, "place": None}, "It is locked, and its time or place is there no more."),
    ],
)
def test_why_a_meeting_has_no_time_is_said_in_words(stage, desk, reason, data, words):
    run = draft(stage.setup.edition)
    unseated(stage, run, reason, **data)
    assert words in page_of(desk, run)


def test_reasons_name_companies_booths_times_and_other_meetings(stage, desk):
    run, meeting = draft(stage.setup.edition), stage.met(stage.slots[0])
    row = line(run, meeting, "unseated", reason="participant_full", data={"participant": stage.exhibitor.pk, "meetings": 1})
    company = stage.exhibitor.company.name

    def said(reason, **data):
        PlannedSeat.objects.filter(pk=row.pk).update(reason=reason, data=data)
        return page_of(desk, run)

    assert f"{company} has no free time left: 1 meeting." in page_of(desk, run)
    assert f"{company} has no free time left: 14 meetings." in said("participant_full", participant=stage.exhibitor.pk, meetings=14)
    assert "The booth N1 1 has no free desk" in said("no_place", place=meeting.place_id)
    assert f"The meeting of {company} and {stage.buyer.company.name} must take place before it" in said("order", before=meeting.pk)
    locked = said("locked_clash", slot=meeting.slot_id, place=meeting.place_id)
    assert "09:00, N1 1, where it cannot be any more." in locked
    assert "loses its time" in locked


def test_every_reason_of_the_planner_has_its_words(stage, desk):
    from matchmaking.meetings.queries.plan_words import SAID

    assert set(SAID) == set(Reason)


def test_the_changes_are_filtered_by_kind_company_hall_and_day(stage, desk):
    run, meeting = draft(stage.setup.edition), stage.met(stage.slots[0])
    line(run, meeting, "moved", slot=stage.slots[-1], place=meeting.place)
    first, last = meeting.slot.day.isoformat(), stage.slots[-1].day.isoformat()
    name = stage.buyer.company.name
    for query in ({"kind": "moved"}, {"company": name[:5].lower()}, {"hall": "N1"}, {"day": first}, {"day": last}):
        assert "09:00, N1 1" in page_of(desk, run, **query), query
    for query in ({"kind": "new"}, {"kind": "lost"}, {"company": "nobody"}, {"hall": "N2"}, {"day": "2001-01-01"}):
        assert "09:00, N1 1" not in page_of(desk, run, **query), query
    assert desk.get(at(run), {"kind": "odd"}).status_code == 400
    assert desk.get(at(run), {"day": "tomorrow"}).status_code == 400
    assert desk.get(at(run), {"page": "2"}).status_code == 404


def test_the_picture_of_the_halls_stands_beside_its_numbers(stage, desk):
    run, meeting = draft(stage.setup.edition), stage.met(stage.slots[0])
    line(run, meeting, "kept", slot=meeting.slot, place=meeting.place)
    page = " ".join(page_of(desk, run).split())
    assert '<path class="h5" d="M112 26h12v20h-12z"/>' in page
    assert "N1, booths" in page
    assert "<td>1 of 5</td><td>0 of 5</td>" in page


def test_the_page_before_publishing_says_how_many_people_are_told(stage, desk):
    run, meeting = draft(stage.setup.edition), stage.met(stage.slots[0])
    line(run, meeting, "moved", slot=stage.slots[1], place=meeting.place)
    page = " ".join(desk.get(at(run, "publish")).content.decode().split())
    assert "2 people are told" in page
    assert "<dt>Move to another time or place</dt><dd>1</dd>" in page
    assert "Publish the plan" in page


def test_the_page_before_publishing_is_for_drafts_alone(stage, desk):
    run = draft(stage.setup.edition, status="discarded")
    assert desk.get(at(run, "publish")).headers["Location"] == at(run)
    assert desk.get(at(run, "discard")).status_code == 404
    assert desk.get(at(run, "odd")).status_code == 404
    assert desk.post(at(run, "odd")).status_code == 404


def test_a_published_plan_says_what_became_of_its_meetings(stage, desk):
    run, meeting = draft(stage.setup.edition), stage.met(stage.slots[0])
    PlanRun.objects.update(status="published", published_at=timezone.now(), published_by=stage.organiser)
    line(run, meeting, "new", slot=meeting.slot, place=meeting.place)
    assert "Where the plan put them: 1. Moved since: 0. Cancelled since: 0." in " ".join(page_of(desk, run).split())
    Meeting.objects.update(slot=stage.slots[1])
    assert "Where the plan put them: 0. Moved since: 1. Cancelled since: 0." in " ".join(page_of(desk, run).split())


def ordered(desk, **given):
    """A run that was ordered on the page and worked out."""
    answer = desk.post(PLANS, {"kind": "plan", "seconds": 5, "seed": 1} | given)
    run = PlanRun.objects.get()
    assert answer.headers["Location"] == at(run)
    assert working.work_on_plan(run.pk)
    return PlanRun.objects.get()


def test_a_plan_is_ordered_looked_at_and_published_and_the_meeting_has_its_time(stage, desk):
    meeting = without_a_time(stage)
    run = ordered(desk)
    page = " ".join(page_of(desk, run).split())
    assert "1 <small>of 1</small>" in page
    assert "gets a time" in page
    assert Meeting.objects.get().status == "unscheduled"
    assert "2 people are told" in " ".join(desk.get(at(run, "publish")).content.decode().split())
    answer = desk.post(at(run, "publish"), follow=True)
    assert "Published. Everybody whose meeting changed is told." in answer.content.decode()
    assert "The people of 1 meeting are still being told." in answer.content.decode()
    assert actions.tell_news(timezone.now() + timedelta(minutes=2)) == 1
    assert "still being told" not in page_of(desk, run)
    after = Meeting.objects.get(pk=meeting.pk)
    assert (after.status, PlanRun.objects.get().status) == ("scheduled", "published")
    before = everything()
    for verb in ("publish", "discard", "stop"):
        again = desk.post(at(run, verb))
        assert (again.status_code, "This step is not possible from" in again.content.decode()) == (409, True)
    assert everything() == before


def test_who_publishes_too_late_reads_what_changed_meanwhile(stage, desk):
    meeting = without_a_time(stage)
    run = ordered(desk)
    planned = run.planned.get()
    actions.block_time(stage.buyer, by=stage.anna, slots=[planned.slot])
    before = everything()
    answer = desk.post(at(run, "publish"))
    page = " ".join(answer.content.decode().split())
    assert answer.status_code == 409
    assert "What changed meanwhile" in page
    assert f'<a href="/meetings/{meeting.pk}/"' in page
    assert "one of the sides is not free then any more" in page
    assert everything() == before


def test_a_draft_is_discarded_and_changes_nothing(stage, desk):
    without_a_time(stage)
    run = ordered(desk)
    answer = desk.post(at(run, "discard"), follow=True)
    assert "Nothing of it was done, and nobody was told." in answer.content.decode()
    assert Meeting.objects.get().status == "unscheduled"


def test_a_run_that_has_not_begun_is_stopped_at_once(stage, desk):
    desk.post(PLANS, {"kind": "plan", "seconds": 5, "seed": 1})
    run = PlanRun.objects.get()
    assert "Waits for the worker" in page_of(desk, run)
    assert "This run was interrupted" in desk.post(at(run, "stop"), follow=True).content.decode()


def test_what_cannot_be_ordered_is_said_beside_the_field_and_writes_nothing(stage, desk):
    before = everything()
    for given, words in (
        ({"seconds": 0}, "greater than or equal to 1"),
        ({"seconds": "many"}, "Enter a whole number."),
        ({"kind": "odd"}, "Select a valid choice."),
        ({"kind": "repair", "with_proposals": "on"}, "A re-plan proposes nothing new."),
    ):
        answer = desk.post(PLANS, {"kind": "plan", "seconds": 5, "seed": 1} | given)
        assert (answer.status_code, words in answer.content.decode()) == (400, True), given
    assert everything() == before


def test_a_second_plan_waits_for_the_first(stage, desk):
    first = PlanRun.objects.create(edition=stage.setup.edition)
    answer = desk.post(PLANS, {"kind": "plan", "seconds": 5, "seed": 1})
    assert (answer.status_code, "Wait for it, or stop it." in answer.content.decode()) == (409, True)
    assert PlanRun.objects.get() == first


def test_the_lines_of_an_old_plan_are_gone_and_its_figures_stay(stage, desk):
    run = draft(stage.setup.edition, status="published", published_at=timezone.now(), published_by=stage.organiser)
    page = page_of(desk, run)
    assert "is kept for thirty days, and is gone" in page
    assert "What changes" not in page
    assert "How near to the best possible" in page


def test_a_draft_is_taken_as_a_spreadsheet_in_which_nothing_runs(stage, desk):
    run, meeting = draft(stage.setup.edition), stage.met(stage.slots[0])
    type(stage.buyer.company).objects.filter(pk=stage.buyer.company_id).update(name="=1+1")
    line(run, meeting, "unseated", reason="no_place", data={"place": meeting.place_id})
    answer = desk.get("/lists/plan-seats.csv", {"run": run.pk})
    rows = list(csv.DictReader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
    assert rows[0]["Who was asked"] == "'=1+1"
    assert (rows[0]["Change"], rows[0]["Time before"], rows[0]["Place before"], rows[0]["Time"]) == ("loses its time", "09:00", "N1 1", "")
    assert rows[0]["Why it has no time"].startswith("The booth N1 1 has no free desk")
    book = b"".join(desk.get("/lists/plan-seats.xlsx", {"run": run.pk}))
    cells = [cell.value for row in openpyxl.load_workbook(io.BytesIO(book)).active.iter_rows() for cell in row]
    assert "=1+1" in cells
    for wrong in ("", "x", str(run.pk + 1)):
        assert desk.get("/lists/plan-seats.csv", {"run": wrong}).status_code == 404


def test_nobody_else_finds_any_of_it(stage, client_of):
    run, meeting = draft(stage.setup.edition), stage.met(stage.slots[0])
    line(run, meeting, "kept")
    before = everything()
    for person in (stage.anna, stage.boris, stage.carla):
        client = client_of(person)
        for address in (PLANS, at(run), at(run, "publish")):
            assert client.get(address).status_code == 404
            assert client.post(address).status_code in {404, 405}
        for verb in ("stop", "discard", "publish"):
            assert client.post(at(run, verb)).status_code == 404
        assert client.get("/lists/plan-seats.csv", {"run": run.pk}).status_code == 404
    assert everything() == before


def test_who_may_not_set_up_meetings_reads_drafts_and_changes_nothing(stage, client_of):
    from django.contrib.auth.models import Permission

    steward = builders.person("steward@example.com", is_staff=True)
    wanted = ["change_meeting", "view_planrun"]
    steward.user_permissions.set(Permission.objects.filter(content_type__app_label="meetings", codename__in=wanted))
    run, client = draft(stage.setup.edition), client_of(steward)
    page = client.get(at(run)).content.decode()
    assert "Publish it" not in page
    assert "Order the plan" not in client.get(PLANS).content.decode()
    before = everything()
    assert client.get(at(run, "publish")).headers["Location"] == at(run)
    for verb in ("publish", "discard", "stop"):
        assert client.post(at(run, verb)).status_code == 403
    assert client.post(PLANS, {"kind": "plan", "seconds": 5, "seed": 1}).status_code == 403
    assert everything() == before


def test_a_draft_takes_as_many_queries_for_three_rows_as_for_one(stage, desk, count_queries):
    run, meeting = draft(stage.setup.edition), stage.met(stage.slots[0])
    interpreter = Interpreter.objects.create(edition=stage.setup.edition, name="Ines", languages=["en", "zh"])
    line(run, meeting, "moved", slot=stage.slots[1], place=meeting.place, interpreter=interpreter)

    def rows(number):
        for _one in range(number):
            other = stage.another()
            line(run, met_with(stage, other), "unseated", reason="participant_full", data={"participant": other.pk, "meetings": 2})

    rows(1)
    desk.get(at(run))
    first = count_queries(lambda: desk.get(at(run)))
    listed = count_queries(lambda: desk.get(PLANS))
    rows(3)
    for _number in range(2):
        draft(stage.setup.edition, worst={"participant": stage.buyer.pk, "meetings": 1, "minimum": 2}, asked_by=stage.organiser)
    assert count_queries(lambda: desk.get(at(run))) == first
    assert count_queries(lambda: desk.get(PLANS)) <= listed + 1
    assert first <= 32
