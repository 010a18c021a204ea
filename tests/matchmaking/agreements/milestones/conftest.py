"""Agreements that were signed so many days ago, and the page that a secret address opens."""

from datetime import timedelta

import pytest
from django.test import Client

from matchmaking.agreements import actions
from matchmaking.agreements.models import Agreement
from matchmaking.agreements.queries.milestones import today_of
from tests import builders
from tests.matchmaking.agreements.milestones.asked import secret_for


@pytest.fixture
def signed(edition, chain, aurora, borealis, anna, boris):
    """Return a maker of agreements that Anna's and Boris's companies signed so many days ago."""

    def made(days_ago, **fields):
        row = Agreement(edition=edition)
        return builders.agreement(edition, chain, aurora, borealis, signed_on=today_of(row) - timedelta(days=days_ago), **fields)

    return made


@pytest.fixture
def opened(signed):
    """A browser of nobody, and the address that Anna was sent."""
    agreement = signed(1, title="Cells for Aurora")
    actions.sweep_milestones()
    return Client(), f"/agreements/milestone/{secret_for('anna@example.com')}/", agreement
