"""Boris met Anna: what both browsers show of it, the sheet as it comes filled in, a draft, and the same sent."""

import pytest

from matchmaking.agreements.models import Agreement
from matchmaking.meetings.models import Meeting
from tests import builders
from tests.matchmaking.agreements.own.sheets import NEW, address, rows
from tests.matchmaking.meetings.conftest import edition, hall, setup, stage  # noqa: F401 - the small expo of the room of meetings
from tests.matchmaking.meetings.stage import begin_in


@pytest.fixture
def offer(stage, supplier_segment):  # noqa: F811 - the fixture imported above
    return builders.offer(stage.exhibitor, supplier_segment, title="LFP cells")


@pytest.fixture
def meeting(stage, offer):  # noqa: F811
    """Boris met Anna about his cells, an hour ago."""
    met = stage.met(stage.slots[0], postings=[offer])
    begin_in(-60)
    met.refresh_from_db()
    return met


@pytest.fixture
def filled(meeting, chain, supplier_segment, aurora):
    """What Boris's browser sends from the sheet as it comes."""
    today = Meeting.objects.get(pk=meeting.pk).edition.starts_on
    return {
        "own_role": "supplier",
        "title": "LFP cells",
        "kind": "agreement",
        "chain": str(chain.pk),
        "segment": str(supplier_segment.pk),
        "signed_on": today.isoformat(),
        "amount": "1,500,000",
        "currency": "USD",
        "visibility": "public",
        **rows({"key": aurora.pk, "role": "customer"}),
    }


@pytest.fixture
def boris_at(client_of, stage):  # noqa: F811
    return client_of(stage.boris)


@pytest.fixture
def anna_at(client_of, stage):  # noqa: F811
    return client_of(stage.anna)


@pytest.fixture
def draft(boris_at, meeting, filled):
    """Boris's draft of what came of the meeting."""
    assert boris_at.post(f"{NEW}?meeting={meeting.pk}", filled).status_code == 302
    return Agreement.objects.get()


@pytest.fixture
def sent(boris_at, draft):
    assert boris_at.post(address(draft, "submit")).status_code == 302
    draft.refresh_from_db()
    return draft
