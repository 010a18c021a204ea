"""The organiser's morning: a hall is closed, all is planned anew and published, and everybody is told once; every page on the way accessible."""

from datetime import timedelta

import pytest
from django.utils import timezone

from expo.foundation.models import OutboxMessage
from matchmaking.meetings import actions
from matchmaking.meetings.models import Meeting, Place, PlannedSeat, PlanRun
from tests import builders
from tests.browser.test_meetings import PHONE, WIDE, fits
from tests.matchmaking.meetings.conftest import edition, hall, setup, stage  # noqa: F401 - the small expo of the room's own tests
from tests.matchmaking.meetings.drafts import draft, line

PLANS = "/organiser/meetings/plans/"


@pytest.fixture
def other_hall(stage):  # noqa: F811 - the fixture imported above
    """A second hall with a table, so that there is somewhere to go."""
    made = builders.hall(stage.setup.edition, code="N2", name_en="Hall N2", x=200)
    Place.objects.create(edition=stage.setup.edition, kind="table", hall=made, code="N2-T1")
    return made


def who_waits(stage):  # noqa: F811
    """A meeting of Boris's with another buyer, accepted and without a time."""
    buyer = stage.another()
    meeting = actions.accept(actions.ask(stage.exhibitor, buyer, by=stage.boris), by=stage.person_of(buyer))
    meeting.taken.all().delete()
    Meeting.objects.filter(pk=meeting.pk).update(status="unscheduled", slot=None, place=None, queued_at=timezone.now())
    return meeting


@pytest.mark.parametrize("visitor", [WIDE], indirect=True)
def test_the_morning_on_which_a_hall_is_closed(visitor, stage, other_hall, page, sign_in, axe):  # noqa: F811
    booked, waiting = stage.met(stage.slots[0]), who_waits(stage)
    OutboxMessage.objects.all().delete()

    def look():
        axe()
        assert fits(page), page.url

    def click(name, role="link"):
        page.get_by_role(role, name=name, exact=True).click()

    sign_in(stage.organiser)
    page.goto("/organiser/meetings/")
    click("Changes")
    look()
    click("Close a hall")
    page.get_by_label("Hall").select_option(label=str(stage.exhibitor.booth.hall))
    look()
    click("See whom it hits", "button")
    page.get_by_role("heading", name="What it does").wait_for()
    assert stage.buyer.company.name in page.content()
    look()
    click("Do it", "button")
    page.get_by_text("Everybody whose meeting changed is told in a minute").wait_for()
    look()
    booked.refresh_from_db()
    assert (booked.status, booked.place.hall) == ("scheduled", other_hall)

    click("Plans")
    page.get_by_label("A re-plan: what can stay stays, and as few as possible move").check()
    look()
    click("Order the plan", "button")
    page.get_by_text("gets a time").wait_for()  # Jobs of tests run at once.
    look()
    click("Publish it")
    page.get_by_role("heading", name="2 people are told").wait_for()
    look()
    click("Publish the plan", "button")
    page.get_by_text("Published. Everybody whose meeting changed is told.").wait_for()
    look()
    waiting.refresh_from_db()
    assert (waiting.status, waiting.place.hall) == ("scheduled", other_hall)
    assert waiting.slot != booked.slot

    later = timezone.now() + timedelta(minutes=2)
    assert (actions.tell_news(later), actions.tell_news(later)) == (2, 0)
    told = sorted(OutboxMessage.objects.filter(kind__startswith="meeting_").values_list("recipient__email", "kind"))
    anna, boris, other = stage.anna.email, stage.boris.email, stage.person_of(waiting.request.receiver).email
    assert told == sorted(
        [(anna, "meeting_changed"), (boris, "meeting_changed"), (boris, "meeting_scheduled"), (other, "meeting_scheduled")]
    )


def test_a_run_becomes_a_draft_before_the_readers_eyes(stage, page, sign_in, axe):  # noqa: F811
    run = PlanRun.objects.create(edition=stage.setup.edition, status="running", share=0.4, step="polished", seated=1)
    sign_in(stage.organiser)
    page.goto(f"{PLANS}{run.pk}/")
    page.get_by_role("heading", name="40% done").wait_for()
    done, meeting = draft(stage.setup.edition), stage.met(stage.slots[0])
    line(run, meeting, "kept", slot=meeting.slot, place=meeting.place)
    PlanRun.objects.filter(pk=run.pk).update(status="draft", figures=done.figures, finished_at=timezone.now())
    page.get_by_role("link", name="Publish it").wait_for()
    page.get_by_role("button", name="Print").wait_for()
    assert page.locator("#plan-head").get_by_text("draft").count() == 1
    axe()


@pytest.mark.parametrize("visitor", [WIDE, PHONE], indirect=True)
@pytest.mark.parametrize("language", ["", "/zh"])
def test_the_pages_of_plans_are_accessible_and_fit(visitor, language, stage, page, sign_in, axe):  # noqa: F811
    worst = {"participant": stage.buyer.pk, "meetings": 1, "minimum": 2}
    run = draft(stage.setup.edition, worst=worst, asked_by=stage.organiser)
    row = line(run, stage.met(stage.slots[0]), "moved", slot=stage.slots[1], place=Place.objects.get(code="N1-T1"))
    published = draft(stage.setup.edition, kind="repair", status="published", published_at=timezone.now(), published_by=stage.organiser)
    PlannedSeat.objects.create(run=published, meeting=row.meeting, kind="unseated", reason="no_place", data={"place": None})
    running = PlanRun.objects.create(edition=stage.setup.edition, status="running", share=0.4, step="polished", seated=1)
    sign_in(stage.organiser)
    for path in (PLANS, *(f"{PLANS}{one.pk}/" for one in (run, published, running)), f"{PLANS}{run.pk}/publish/"):
        assert page.goto(language + path).status == 200
        page.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true; })")
        axe()
        assert fits(page), path
