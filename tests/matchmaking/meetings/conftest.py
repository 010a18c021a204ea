"""An expo in twenty days with a small timetable: two days of six slots, one of them lunch; Boris has a booth, and there is one table."""

from datetime import time, timedelta

import pytest
from django.utils import timezone

from matchmaking.meetings import actions
from matchmaking.meetings.models import Place, Slot
from tests import builders
from tests.matchmaking.meetings.stage import Stage


@pytest.fixture
def edition(db):
    first = timezone.localdate() + timedelta(days=20)
    return builders.current_edition(starts_on=first, ends_on=first + timedelta(days=1))


@pytest.fixture
def setup(edition, organiser):
    made = actions.set_up_meetings(edition, by=organiser)
    times = []
    for day in (edition.starts_on, edition.ends_on):
        times += actions.day_of_slots(edition, day, begins=time(9), minutes=30, breaks=[3], count=6)
    actions.add_slots(made, by=organiser, times=times)
    return made


@pytest.fixture
def hall(edition):
    return builders.hall(edition, code="N1")


@pytest.fixture
def stage(setup, hall, buyer, exhibitor, organiser, carla):
    """Anna's and Boris's companies, his booth, one table, and the slots in which people meet."""
    exhibitor.booth = builders.booth(hall, code="N1 1", status="assigned")
    exhibitor.save()
    Place.objects.create(edition=setup.edition, kind="table", hall=hall, code="N1-T1")
    builders.member(builders.registration(builders.company("Comet Works"), setup.edition).company, carla)
    return Stage(setup=setup, buyer=buyer, exhibitor=exhibitor, slots=list(Slot.objects.for_meetings()), organiser=organiser)
