"""The planner's runs on the organiser's pages: what there is to plan, a draft with what it changes and why, and nothing of it for others."""

import pytest

from tests.matchmaking.meetings.drafts import draft, line

PLANS = "/organiser/meetings/plans/"


@pytest.fixture
def desk(client_of, stage):
    return client_of(stage.organiser)


def page_of(client, run, **query):
    return client.get(f"{PLANS}{run.pk}/", query).content.decode()


def test_a_draft_says_what_it_reaches_and_how_far_from_the_best_possible(stage, desk):
    run = draft(stage.setup.edition, worst={"participant": stage.buyer.pk, "meetings": 1, "minimum": 2})
    meeting = stage.met(stage.slots[0])
    line(run, meeting, "moved", slot=stage.slots[1], place=meeting.place)
    page = page_of(desk, run)
    assert "at most 1 more is possible" in page
    assert "at most 3 fewer are possible" in page
    assert "proven best" in page
    assert f"{stage.buyer.company.name}, 1 of 2 meetings" in page
