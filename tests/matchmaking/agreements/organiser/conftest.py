"""The organiser at the desk, an agreement on record, and one in each state."""

import pytest

from tests import builders
from tests.matchmaking.agreements.desk import recorded
from tests.matchmaking.agreements.organiser.desk import STATES_ON_RECORD


@pytest.fixture
def desk(client_of, organiser):
    return client_of(organiser)


@pytest.fixture
def one(sheet, organiser):
    """On record at USD 1,500,000.50; nobody has said anything yet."""
    return recorded(sheet, organiser)


@pytest.fixture
def all_states(edition, chain, aurora, borealis):
    """A row in each state, counted or not, disclosed or not."""
    made = [builders.agreement(edition, chain, aurora, borealis, status="draft", title="In draft")]
    made.append(builders.agreement(edition, chain, aurora, borealis, status="submitted", number=None, recorded_at=None, title="Sent"))
    intention = {"void_reason": "Twice", "kind": "intention", "title": "Intended"}
    made += [builders.agreement(edition, chain, aurora, borealis, status=one, **intention) for one in STATES_ON_RECORD]
    hidden = {"amount": None, "currency": "", "is_undisclosed": True, "title": "Kept back"}
    made.append(builders.agreement(edition, chain, aurora, borealis, status="confirmed", **hidden))
    return made
