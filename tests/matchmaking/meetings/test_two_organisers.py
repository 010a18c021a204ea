"""Two organisers at one page: neither overwrites what the other has just saved without being told; and what has no undo says why."""

import json
import re
from html import unescape

import pytest

from matchmaking.meetings.models import MeetingSetup, Place
from tests.matchmaking.meetings.edited import done
from tests.matchmaking.meetings.test_set_up_pages import AS_SENT, RULES


def seen_on(page):
    return unescape(re.search(r'name="seen" value="([^"]*)"', page)[1])


@pytest.fixture
def olga_at(client_of, stage):
    return client_of(stage.organiser)


def test_rules_that_somebody_else_has_changed_are_not_overwritten_unseen(stage, olga_at):
    shown = seen_on(olga_at.get(RULES).text)
    assert olga_at.post(RULES, {**AS_SENT, "seen": shown}).status_code == 302
    saved = MeetingSetup.objects.values().get()
    late = {**AS_SENT, "open_requests": 30, "opens_at": "2026-01-01T09:00", "seen": shown}
    answer = olga_at.post(RULES, late)
    assert answer.status_code == 409
    assert MeetingSetup.objects.values().get() == saved
    assert "Changed meanwhile; it is now: 7" in answer.text
    assert "Somebody else has changed these rules" in answer.text
    assert 'value="30"' in answer.text
    assert olga_at.post(RULES, {**late, "seen": seen_on(answer.text)}).status_code == 302
    assert MeetingSetup.objects.get().open_requests == 30
    again = olga_at.get(RULES).text
    assert json.loads(seen_on(again))["opens_at"].startswith("2026-01-01T")
    assert olga_at.post(RULES, {**late, "opens_at": "", "seen": seen_on(again)}).status_code == 302


def test_a_slip_of_the_hand_does_not_make_one_overwrite_others(stage, olga_at):
    shown = seen_on(olga_at.get(RULES).text)
    olga_at.post(RULES, {**AS_SENT, "seen": shown})
    wrong = olga_at.post(RULES, {**AS_SENT, "open_requests": -1, "seen": shown})
    assert wrong.status_code == 400
    assert olga_at.post(RULES, {**AS_SENT, "seen": seen_on(wrong.text)}).status_code == 409


@pytest.mark.parametrize("seen", ["", "x", "[]", '{"walking_minutes": 1}', '{"other": 1}'])
def test_a_form_that_does_not_say_what_it_showed_is_no_fault(stage, olga_at, seen):
    assert olga_at.post(RULES, {**AS_SENT, "seen": seen}).status_code == (409 if "walking" in seen else 302)


def test_a_place_that_was_opened_again_says_why_there_is_no_undo(stage, olga_at):
    place = Place.objects.first()
    Place.objects.filter(pk=place.pk).update(closed_at=stage.slots[0].starts_at)
    edit = done(stage, "reopen_place", place=place.pk)
    page = olga_at.get(f"/organiser/meetings/changes/{edit.pk}/").text
    assert "There is no undo: what was given back may be booked by now." in page
    assert f"/changes/{edit.pk}/undo/" not in page
