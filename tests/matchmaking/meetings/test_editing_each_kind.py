"""The ground changes under booked meetings: an exhibitor that moves, an interpreter who is ill, a time, desks, rights."""

from datetime import timedelta

import pytest
from django.utils import translation

from expo.foundation.bilingual import in_each_language
from expo.venue.models import Booth
from matchmaking.meetings import actions, errors
from matchmaking.meetings.actions.editing import undo_edit
from matchmaking.meetings.models import Interpreter, InterpreterAbsence, Meeting, MoveProposal, News, Place, RoleRight, Slot
from matchmaking.meetings.queries.edits.previews import preview
from matchmaking.meetings.queries.edits.shown import groups_of
from matchmaking.meetings.queries.invariants import breaches
from matchmaking.meetings.whys import why_words
from matchmaking.participants.models import Company, Registration
from tests import builders
from tests.matchmaking.meetings.booked import crowd, meet, pairs, place_of, rows_of
from tests.matchmaking.meetings.edited import done
from tests.matchmaking.meetings.stage import everything


def test_an_exhibitor_moves_with_its_meetings(stage, hall, edition):
    new = builders.booth(builders.hall(edition, code="N2"), code="N2 5")
    meetings = [meet(stage, buyer, stage.exhibitor, slot) for buyer, slot in zip([stage.buyer, stage.another()], stage.slots, strict=False)]
    Meeting.objects.filter(pk=meetings[0].pk).update(is_locked=True)
    before = rows_of(meetings)
    shown = groups_of(preview(stage.setup, "move_exhibitor", {"registration": stage.exhibitor.pk, "booth": new.pk}), edition)
    assert [row.will.endswith(" · N2 5") for group in shown for row in group.rows] == [True, True]
    edit = done(stage, "move_exhibitor", registration=stage.exhibitor.pk, booth=new.pk)
    rows = Meeting.objects.filter(pk__in=before).select_related("place__booth", "slot")
    assert {(row.slot_id, row.place.booth.code, row.place.hall.code) for row in rows} == {
        (slot.pk, "N2 5", "N2") for slot in stage.slots[:2]
    }
    stage.exhibitor.refresh_from_db()
    assert (stage.exhibitor.booth_id, Booth.objects.get(pk=new.pk).status) == (new.pk, "assigned")
    assert (edit.counts["place"], News.objects.count()) == (2, 2)
    undo_edit(edit, by=stage.organiser)
    assert rows_of(meetings) == before
    stage.exhibitor.refresh_from_db()
    assert stage.exhibitor.booth.code == "N1 1"


def test_why_an_exhibitor_moved_is_read_with_its_name_in_each_language(stage, hall):
    Company.objects.filter(pk=stage.exhibitor.company_id).update(name="Boreal Cells", name_zh="北原电芯")
    new = builders.booth(hall, code="N1 5", x=50)
    meet(stage, stage.buyer, stage.exhibitor, stage.slots[0])
    with translation.override("zh-hans"):
        done(stage, "move_exhibitor", registration=stage.exhibitor.pk, booth=new.pk)
    said = in_each_language(lambda: why_words(News.objects.get().why))
    assert ("Boreal Cells" in said["en"], "北原电芯" in said["en"]) == (True, False)
    assert ("北原电芯" in said["zh-hans"], "Boreal" in said["zh-hans"]) == (True, False)


def test_moving_an_exhibitor_is_not_undone_once_others_booked_there(stage, edition, hall):
    new = builders.booth(hall, code="N1 5", x=50)
    meet(stage, stage.buyer, stage.exhibitor, stage.slots[0])
    edit = done(stage, "move_exhibitor", registration=stage.exhibitor.pk, booth=new.pk)
    stage.exhibitor.refresh_from_db()
    meet(stage, stage.another(), stage.exhibitor, stage.slots[1])
    counted = everything()
    with pytest.raises(errors.CannotUndo):
        undo_edit(edit, by=stage.organiser)
    assert everything() == counted


def test_staff_cannot_move_a_booth_from_under_its_meetings(stage, hall, client_of):
    from matchmaking.participants import actions as participants

    new = builders.booth(hall, code="N1 5", x=50)
    meet(stage, stage.buyer, stage.exhibitor, stage.slots[0])
    for booth in (new, None):
        with pytest.raises(errors.MeetingsAtTheBooth):
            participants.move_booth(stage.exhibitor, booth, by=stage.organiser)
    stage.exhibitor.refresh_from_db()
    assert stage.exhibitor.booth.code == "N1 1"
    assert Booth.objects.get(pk=new.pk).status == "free"
    answer = client_of(stage.organiser).post(f"/admin/venue/hall/{hall.pk}/delete/", {"post": "yes"})
    assert Place.objects.filter(hall=hall).exists()
    assert "Cannot delete hall" in answer.text


def test_a_place_follows_its_booth_to_another_sign(stage, hall, edition):
    from expo.venue.actions import save_booth

    place, other = place_of(stage.exhibitor), builders.hall(edition, code="N2")
    save_booth(stage.exhibitor.booth, by=stage.organiser, edition=edition, fields={"code": "N2 1", "hall": other})
    place.refresh_from_db()
    assert (place.code, place.hall_id) == ("N2 1", other.pk)
    Booth.objects.filter(pk=stage.exhibitor.booth_id).update(code="N2 2")  # As the admin does.
    actions.sweep_meetings()
    place.refresh_from_db()
    assert place.code == "N2 2"


@pytest.fixture
def interpreted(stage, hall):
    """Three meetings with the first interpreter of two."""
    first, second = (Interpreter.objects.create(edition=stage.setup.edition, name=name, languages=["en", "zh"]) for name in ("Ida", "Ivo"))
    meetings = [meet(stage, *pair, slot, interpreter=first) for pair, slot in zip(pairs(stage, 3, hall), stage.slots, strict=False)]
    for meeting in meetings:
        meeting.request.needs_interpreter = True
        meeting.request.save()
        for seat, tongue in zip(meeting.seats.all(), ("en", "zh-hans"), strict=True):
            seat.person.speaks = [tongue[:2]]
            seat.person.save()
    return first, second, meetings


def test_an_ill_interpreter_is_replaced_and_comes_back(stage, interpreted):
    first, second, meetings = interpreted
    before = rows_of(meetings)
    edit = done(stage, "interpreter_away", interpreter=first.pk, day=stage.slots[0].day)
    assert {row[:2] + row[3:4] for row in rows_of(meetings).values()} == {("scheduled", slot.pk, second.pk) for slot in stage.slots[:3]}
    assert InterpreterAbsence.objects.filter(interpreter=first).count() == 5
    assert "Ida" not in str(edit.subject) + str(edit.before) + str(edit.after) + str(edit.parameters)
    assert breaches() == []
    undo_edit(edit, by=stage.organiser)
    assert rows_of(meetings) == before
    assert not InterpreterAbsence.objects.exists()


def test_without_another_interpreter_the_time_changes_or_waits(stage, interpreted):
    first, second, meetings = interpreted
    second.delete()
    edit = done(stage, "interpreter_away", interpreter=first.pk, day=stage.slots[0].day)
    assert {Slot.objects.get(pk=row[1]).day for row in rows_of(meetings).values()} == {stage.slots[-1].day}
    assert edit.counts["time"] == 3
    for_good = done(stage, "interpreter_away", interpreter=first.pk, day=None)
    assert {row[0] for row in rows_of(meetings).values()} == {"unscheduled"}
    undo_edit(for_good, by=stage.organiser)
    assert {row[0] for row in rows_of(meetings).values()} == {"scheduled"}
    done(stage, "interpreter_back", interpreter=first.pk)
    assert not InterpreterAbsence.objects.exists()


def test_a_time_moves_with_its_meetings(stage, hall):
    slot = stage.slots[0]
    meetings = crowd(stage, slot, 3, hall)
    before = rows_of(meetings)
    begins = stage.slots[4].ends_at + timedelta(hours=1)
    edit = done(stage, "move_slot", slot=slot.pk, starts_at=begins.isoformat())
    new = Slot.objects.standing().get(starts_at=begins)
    assert (new.ends_at - new.starts_at, {row[1] for row in rows_of(meetings).values()}) == (timedelta(minutes=30), {new.pk})
    assert {row[2] for row in rows_of(meetings).values()} == {row[2] for row in before.values()}
    assert (edit.counts["time"], News.objects.count()) == (3, 3)
    assert breaches() == []
    undo_edit(edit, by=stage.organiser)
    assert rows_of(meetings) == before
    assert Slot.objects.standing().count() == 12


def test_a_time_that_becomes_a_break(stage, hall):
    meetings = crowd(stage, stage.slots[0], 2, hall)
    request = stage.asked(stage.slots[0])
    before = rows_of(meetings)
    edit = done(stage, "make_break", slot=stage.slots[0].pk, title="Speeches")
    assert Slot.objects.get(pk=stage.slots[0].pk).kind == "break"
    assert edit.counts["requests"] == 1
    actions.sweep_meetings()
    request.refresh_from_db()
    assert request.slot_id not in {None, stage.slots[0].pk}
    undo_edit(edit, by=stage.organiser)
    assert rows_of(meetings) == before
    assert (Slot.objects.get(pk=stage.slots[0].pk).kind, Slot.objects.get(pk=stage.slots[0].pk).title) == ("meeting", "")


def test_a_proposed_change_to_a_time_that_goes_runs_out(stage):
    meeting = stage.met(stage.slots[1])
    actions.propose_move(meeting, by=stage.anna, slot=stage.slots[0])
    edit = done(stage, "remove_slot", slot=stage.slots[0].pk)
    assert edit.counts["proposals"] == 1
    actions.sweep_meetings()
    assert MoveProposal.objects.get().status == "expired"


def test_fewer_desks_send_away_only_who_no_longer_fits(stage, hall):
    Registration.objects.filter(pk=stage.exhibitor.pk).update(parallel_meetings=3)
    stage.exhibitor.refresh_from_db()
    place = place_of(stage.exhibitor)
    Place.objects.filter(pk=place.pk).update(capacity=3)
    slot = stage.slots[0]
    meetings = [meet(stage, stage.another(), stage.another(), stage.slots[1], Place.objects.get(code="N1-T1"))]
    for desk in (1, 2, 3):
        buyer = stage.another()
        meeting = stage_desk(stage, buyer, slot, desk)
        meetings.append(meeting)
    shown = preview(stage.setup, "change_capacity", {"place": place.pk, "capacity": 1})
    assert shown.counts["struck"] == 2
    edit = done(stage, "change_capacity", place=place.pk, capacity=1)
    at = [Meeting.objects.get(pk=one.pk) for one in meetings[1:]]
    assert sorted(row.status for row in at) == ["scheduled"] * 3
    assert len({row.slot_id for row in at}) == 3
    stage.exhibitor.refresh_from_db()
    assert stage.exhibitor.parallel_meetings == 1
    assert breaches() == []
    undo_edit(edit, by=stage.organiser)
    assert {Meeting.objects.get(pk=one.pk).slot_id for one in meetings[1:]} == {slot.pk}
    assert breaches() == []


def test_a_meeting_that_finds_another_desk_of_its_booth_stays_and_counts_as_not_hit(stage):
    Registration.objects.filter(pk=stage.exhibitor.pk).update(parallel_meetings=2)
    stage.exhibitor.refresh_from_db()
    place = place_of(stage.exhibitor)
    Place.objects.filter(pk=place.pk).update(capacity=2)
    stage_desk(stage, stage.another(), stage.slots[0], 2)
    shown = preview(stage.setup, "change_capacity", {"place": place.pk, "capacity": 1})
    assert (shown.counts["struck"], shown.counts["same"]) == (0, 1)
    (group,) = groups_of(shown, stage.setup.edition)
    assert (group.title, group.rows[0].will) == ("Stay as they are", group.rows[0].was)
    done(stage, "change_capacity", place=place.pk, capacity=1)
    assert breaches() == []


def stage_desk(stage, buyer, slot, desk):
    from matchmaking.meetings.models import MeetingRequest, Occupancy, Seat

    low, high = sorted([buyer.company_id, stage.exhibitor.company_id])
    pair = {"edition": stage.setup.edition, "sender": stage.exhibitor, "receiver": buyer, "pair_low_id": low, "pair_high_id": high}
    asked = MeetingRequest.objects.create(**pair, status="accepted", expires_at=slot.starts_at)
    place = place_of(stage.exhibitor)
    meeting = Meeting.objects.create(request=asked, edition=stage.setup.edition, slot=slot, place=place, status="scheduled")
    Seat.objects.create(meeting=meeting, registration=stage.exhibitor, side="sender", desk=desk)
    Seat.objects.create(meeting=meeting, registration=buyer, side="receiver", desk=1)
    Occupancy.objects.create(slot=slot, meeting=meeting, registration=stage.exhibitor, desk=desk)
    Occupancy.objects.create(slot=slot, meeting=meeting, registration=buyer, desk=1)
    Occupancy.objects.create(slot=slot, meeting=meeting, place=place, desk=desk)
    return meeting


def test_a_changed_right_touches_nobody_and_says_who_is_hit(stage):
    meeting = stage.met(stage.slots[0])
    other = stage.another()
    actions.ask(stage.exhibitor, other, by=stage.boris, slot=stage.slots[1])
    given = {"asking": "exhibitor", "asked": "buyer", "may_see": True, "may_ask": False}
    assert preview(stage.setup, "change_right", given).requests == 1
    edit = done(stage, "change_right", **given)
    assert not RoleRight.objects.get(asking="exhibitor", asked="buyer").may_ask
    meeting.refresh_from_db()
    assert meeting.status == "scheduled"
    undo_edit(edit, by=stage.organiser)
    assert RoleRight.objects.get(asking="exhibitor", asked="buyer").may_ask
