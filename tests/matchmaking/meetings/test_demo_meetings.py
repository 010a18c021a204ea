"""The demo's meetings are in every state, marked, whole, and the same each time."""

from pathlib import Path

import pytest
from django.conf import settings as project
from django.core.management import call_command
from django.db.models import Count

from expo.editions.queries import current_edition
from expo.foundation.models import OutboxMessage
from matchmaking.desk.demo import seed_demo
from matchmaking.meetings.models import InterpreterAbsence, Meeting, MeetingRequest, MeetingSetup, Place, Slot
from matchmaking.meetings.queries.invariants import breaches


@pytest.fixture
def demo(db, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    call_command("load_expo", str(Path(project.BASE_DIR) / "fixtures" / "cisce"), verbosity=0)
    edition = current_edition()
    seed_demo(edition)
    return edition


def test_there_is_something_in_each_state_and_all_of_it_is_marked(demo):
    assert set(MeetingRequest.objects.values_list("status", flat=True)) == set(MeetingRequest.Status.values)
    assert set(Meeting.objects.values_list("status", flat=True)) == set(Meeting.Status.values) - {"proposed"}
    assert not MeetingRequest.objects.filter(is_demo=False).exists()
    assert MeetingSetup.objects.get().is_demo
    assert breaches() == []
    assert not OutboxMessage.objects.exists()
    assert Slot.objects.filter(kind="break").count() == 10
    assert Slot.objects.for_meetings().count() == 8 + 5 * 14
    assert Place.objects.tables().count() == 24
    away = InterpreterAbsence.objects.values_list("interpreter__name").annotate(times=Count("pk")).order_by("interpreter__name")
    assert dict(away) == {"Amal Zhou": 4, "Ida Lin": 3}


def test_a_second_load_changes_nothing(demo):
    before = list(MeetingRequest.objects.values_list("pk", "version"))
    assert seed_demo(demo)["meetings"] == 0
    assert list(MeetingRequest.objects.values_list("pk", "version")) == before
