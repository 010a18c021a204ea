"""Several change the ground at once, and others book on it at that moment: one change is made, and nobody sits where nothing is."""

import json
from threading import Thread

import pytest
from django.db import connection, transaction

from expo.accounts.models import User
from expo.foundation.errors import Refused
from matchmaking.meetings import actions
from matchmaking.meetings.models import MeetingRequest, Slot
from matchmaking.meetings.queries.edits.previews import preview
from matchmaking.meetings.queries.invariants import breaches
from tests import builders
from tests.matchmaking.meetings.booked import meet
from tests.matchmaking.meetings.crowd import company, timetable
from tests.matchmaking.meetings.stage import Stage
from tests.processes import run_together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]
PROCESSES, MEETINGS, ASKED = 4, 12, 24

BEGIN = """
import json, sys, time
import django
django.setup()
from expo.accounts.models import User
from expo.foundation.errors import Refused
from matchmaking.meetings import actions
from matchmaking.meetings.models import Edit, Meeting, MeetingRequest, MeetingSetup, Occupancy, Slot
from matchmaking.meetings.queries.edits.previews import preview
from matchmaking.meetings.queries.invariants import breaches

number, start = int(sys.argv[1]), float(sys.argv[-1])
setup, by = MeetingSetup.objects.select_related("edition").get(), User.objects.filter(is_superuser=True).get()
slot = Slot.objects.for_meetings().first()
given = {"slot": slot.pk}
"""
APPLYING = (
    BEGIN
    + """
time.sleep(max(0, start - time.time()))
try:
    actions.apply_edit(setup, "remove_slot", given, digest=sys.argv[2], by=by)
    said = "done"
except Refused as refused:
    said = refused.code
print(json.dumps([said, Edit.objects.count(), breaches()]))
"""
)
BOOKING = (
    BEGIN
    + """
keys = list(MeetingRequest.objects.pending().order_by("pk").values_list("pk", flat=True))
said = []
import os
mine = next(number for number in range(8) if not os.path.exists(f"{sys.argv[2]}/{number}") and not os.close(os.open(f"{sys.argv[2]}/{number}", os.O_CREAT)))
time.sleep(max(0, start - time.time()))
for key in keys[mine::4]:
    if mine == 0 and len(said) == 2:
        for _try in range(20):
            try:
                actions.apply_edit(setup, "remove_slot", given, digest=preview(setup, "remove_slot", given).digest, by=by)
                said.append("edited")
                break
            except Refused as refused:
                said.append(refused.code)
    request = MeetingRequest.objects.select_related("receiver__company").get(pk=key)
    person = User.objects.filter(memberships__company=request.receiver.company_id).first()
    try:
        actions.accept(request, by=person, slot=slot)
        said.append("booked")
    except Refused as refused:
        said.append(refused.code)
left = Meeting.objects.filter(slot=slot, status="scheduled").count() if Slot.objects.get(pk=slot.pk).removed_at else -1
print(json.dumps([said, left, breaches()]))
"""
)


@pytest.fixture
def crowded():
    """Twelve meetings in the first of ten slots, and twenty-four requests for the same slot."""
    setup = timetable(10, tables=40)
    hall = builders.hall(setup.edition, code="B")
    organiser = setup.edition.meeting_setup and builders.person("olga@example.com", is_staff=True)
    slot = Slot.objects.for_meetings().first()
    stage = Stage(setup=setup, buyer=None, exhibitor=None, slots=[slot], organiser=organiser)
    for number in range(MEETINGS):
        booth = builders.booth(hall, code=f"B {number}", status="assigned", x=number * 10)
        meet(stage, company(setup, "buyer")[0], company(setup, booth=booth)[0], slot)
    for _number in range(ASKED):
        asking, person = company(setup)
        actions.ask(asking, company(setup, "buyer")[0], by=person, slot=slot)
    return setup


def test_of_four_who_make_the_same_change_one_does(crowded, tmp_path):
    slot = Slot.objects.for_meetings().first()
    digest = preview(crowded, "remove_slot", {"slot": slot.pk}).digest
    told = [json.loads(one) for one in run_together(tmp_path, APPLYING, 0, digest, processes=PROCESSES)]
    said = [said for said, _count, _breaches in told]
    assert said.count("done") == 1
    assert set(said) <= {"done", "preview_is_old", "invalid"}  # Invalid: who kept no preview and came when the time was gone already.
    assert max(count for _said, count, _breaches in told) == 1
    assert [breaches for *_rest, breaches in told] == [[]] * PROCESSES


def test_nobody_is_booked_into_a_time_while_it_is_taken_out(crowded, tmp_path):
    told = [json.loads(one) for one in run_together(tmp_path, BOOKING, 0, tmp_path, processes=PROCESSES)]
    said = [word for words, _left, _breaches in told for word in words]
    assert said.count("edited") == 1
    assert set(said) <= {"edited", "booked", "slot_taken", "too_late", "preview_is_old", "ground_moved"}
    assert told[-1][1] in {0, -1}
    assert max(left for _words, left, _breaches in told) <= 0
    assert told[-1][2] == []


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time: nothing to wait for")
def test_a_change_of_the_ground_waits_for_a_booking_that_is_being_written(crowded):
    """However long the booking takes to its end: the change, which has not seen it, is then refused."""
    request = MeetingRequest.objects.pending().select_related("receiver__company").first()
    slot, organiser = Slot.objects.for_meetings().first(), User.objects.get(is_superuser=True)
    digest, said = preview(crowded, "remove_slot", {"slot": slot.pk}).digest, []

    def change():
        try:
            actions.apply_edit(crowded, "remove_slot", {"slot": slot.pk}, digest=digest, by=organiser)
            said.append("done")
        except Refused as refused:
            said.append(refused.code)
        finally:
            connection.close()

    changing = Thread(target=change)
    with transaction.atomic():
        actions.accept(request, by=User.objects.filter(memberships__company=request.receiver.company_id).first(), slot=slot)
        changing.start()
        changing.join(timeout=2)
        assert said == []
    changing.join(timeout=60)
    assert said == ["preview_is_old"]
    assert breaches() == []
