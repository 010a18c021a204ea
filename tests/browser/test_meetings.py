"""Meetings on a phone: asked, accepted, moved, checked in and rated; every page on the way accessible and no wider than the screen."""

import pytest

from matchmaking.meetings import actions
from matchmaking.meetings.models import Meeting, MeetingRequest, Place, Slot
from tests import builders
from tests.matchmaking.meetings.conftest import edition, hall, setup, stage  # noqa: F401 - the small expo of the room's own tests
from tests.matchmaking.meetings.stage import begin_in

WIDE = {"color_scheme": "light"}
PHONE = {"color_scheme": "dark", "viewport": {"width": 390, "height": 844}}


def fits(page):
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.fixture
def offer(stage, supplier_segment):  # noqa: F811 - the fixture imported above
    return builders.offer(stage.exhibitor, supplier_segment, title="LFP cells")


@pytest.mark.parametrize("visitor", [PHONE], indirect=True)
def test_a_meeting_from_the_question_to_the_rating(visitor, stage, offer, page, sign_in, axe):  # noqa: F811
    anna, boris = stage.anna, stage.boris

    def look():
        axe()
        assert fits(page), page.url

    sign_in(anna)
    page.goto(f"/offers/{offer.pk}/")
    page.get_by_role("link", name="Ask to meet").click()
    look()
    page.get_by_label("Message").fill("May we meet?")
    page.get_by_role("button", name="Ask to meet").click()
    page.get_by_text("They decide").first.wait_for()
    look()

    sign_in(boris)
    page.goto("/desk/meetings/")
    look()
    page.get_by_role("button", name="Accept").click()
    page.get_by_role("heading", name="Who comes").wait_for()
    look()
    meeting = Meeting.objects.get()

    page.get_by_text("Propose another time").click()
    page.get_by_label("Free for both").select_option(str(stage.slots[2].pk))
    page.get_by_role("button", name="Propose it").click()
    page.get_by_role("heading", name="You proposed").wait_for()
    sign_in(anna)
    page.goto("/desk/meetings/waiting/")
    look()
    page.get_by_role("button", name="Accept").click()
    page.get_by_text("Moved to").first.wait_for()
    meeting.refresh_from_db()
    assert meeting.slot == stage.slots[2]

    begin_in(-55)  # The third slot begins in five minutes.
    sign_in(boris)
    page.goto(f"/meetings/places/{meeting.place.pk}/sign/")
    look()
    sign_in(anna)
    page.goto(f"/meetings/here/{Place.objects.get(pk=meeting.place_id).key}/")
    look()
    page.get_by_role("button", name="I am here").click()
    page.get_by_text("You are checked in.").first.wait_for()

    begin_in(-95)
    for person in (boris, anna):
        sign_in(person)
        page.goto(f"/meetings/{meeting.pk}/")
        page.get_by_role("button", name="Took place").click()
        page.get_by_text("Noted.").wait_for()
    look()
    page.get_by_role("button", name="5", exact=True).click()
    page.get_by_text("You gave it 5 of 5").wait_for()
    assert Meeting.objects.get().status == "held"


@pytest.mark.parametrize("visitor", [WIDE, PHONE], indirect=True)
@pytest.mark.parametrize("language", ["", "/zh"])
def test_the_pages_of_a_persons_days_are_accessible_and_fit(visitor, language, stage, offer, page, sign_in, axe):  # noqa: F811
    stage.met(stage.slots[0], postings=[offer])
    other = stage.another("exhibitor")
    actions.ask(other, stage.buyer, by=stage.person_of(other), slot=stage.slots[1], message="您好")
    sign_in(stage.anna)
    request = MeetingRequest.objects.pending().get()
    days = ("", "?view=week", "?view=list", "waiting/", "times/", "calendar/")
    for path in (*(f"/desk/meetings/{day}" for day in days), f"/meetings/requests/{request.pk}/", "/desk/"):
        assert page.goto(language + path).status == 200
        page.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true; })")
        axe()
        assert fits(page), path


def test_who_loses_a_race_is_offered_three_times_and_takes_one(stage, page, sign_in, axe):  # noqa: F811
    request = stage.asked(stage.slots[0])
    sign_in(stage.anna)
    page.goto(f"/meetings/requests/{request.pk}/")
    other = stage.another("exhibitor")
    actions.accept(actions.ask(other, stage.buyer, by=stage.person_of(other), slot=stage.slots[0]), by=stage.anna)
    page.locator("form", has=page.locator(f'input[name="slot"][value="{stage.slots[0].pk}"]')).get_by_role("button").click()
    alert = page.get_by_role("alert")
    alert.get_by_text("Free for both:").wait_for()
    axe()
    assert alert.get_by_role("button").count() == 3
    alert.get_by_role("button").first.click()
    page.get_by_role("heading", name="Who comes").wait_for()
    assert Slot.objects.get(meetings__request=request) != stage.slots[0]
