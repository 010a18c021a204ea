"""Changing the ground under booked meetings: none is lost, all are told once, and it can be undone."""

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from expo.foundation.bilingual import in_each_language
from expo.foundation.errors import IllegalMove, Invalid, NotAllowed
from expo.foundation.models import Event, OutboxMessage
from expo.venue.models import Booth
from matchmaking.meetings import actions, errors
from matchmaking.meetings.actions.editing import apply_edit, undo_edit
from matchmaking.meetings.actions.news import tell_news
from matchmaking.meetings.models import Edit, Interpreter, InterpreterAbsence, Meeting, MoveProposal, News, Place, RoleRight, Slot
from matchmaking.meetings.queries.edits.previews import Outcome, preview
from matchmaking.meetings.queries.edits.shown import groups_of
from matchmaking.meetings.queries.invariants import breaches
from matchmaking.meetings.whys import joined_whys, why_words
from matchmaking.participants.models import Company, Registration
from tests import builders
from tests.matchmaking.meetings.booked import crowd, meet, pairs, place_of, rows_of, tables
from tests.matchmaking.meetings.stage import begin_in, everything

LATER = timedelta(minutes=2)


def done(stage, kind, **given):
    shown = preview(stage.setup, kind, given)
    return apply_edit(stage.setup, kind, given, digest=shown.digest, by=stage.organiser)


def told():
    tell_news(timezone.now() + LATER)


def test_taking_out_a_time_with_forty_meetings_loses_none_and_undoing_brings_all_back(stage, hall):
    slot = stage.slots[0]
    meetings = crowd(stage, slot, 40, hall)
    before = rows_of(meetings)
    shown = preview(stage.setup, "remove_slot", {"slot": slot.pk})
    assert (shown.counts["struck"], shown.counts["companies"], shown.counts["people"]) == (40, 80, 80)
    assert everything() == everything()
    edit = apply_edit(stage.setup, "remove_slot", {"slot": slot.pk}, digest=shown.digest, by=stage.organiser)
    after = {row.pk: row for row in Meeting.objects.filter(pk__in=before)}
    assert len(after) == 40
    assert all(row.status == "scheduled" and row.slot_id not in {None, slot.pk} and row.place_id for row in after.values())
    assert all(row.sequence == 1 for row in after.values())
    assert {hit.meeting: hit.after.slot for hit in shown.hits} == {pk: row.slot_id for pk, row in after.items()}
    assert News.objects.count() == 40
    assert (len(edit.before["seats"]), len(edit.after["seats"]), edit.counts["time"]) == (40, 40, 40)
    assert breaches() == []
    undo_edit(edit, by=stage.organiser)
    assert rows_of(meetings) == before
    assert edit.undone == {"restored": 40, "could_not": []}
    assert News.objects.count() == OutboxMessage.objects.filter(kind="meeting_moved").count() == 0
    assert Slot.objects.get(pk=slot.pk).removed_at is None
    assert breaches() == []


def test_everybody_is_told_once_and_again_when_it_is_undone_later(stage, hall):
    meetings = crowd(stage, stage.slots[0], 3, hall)
    edit = done(stage, "remove_slot", slot=stage.slots[0].pk)
    told()
    told()
    mails = OutboxMessage.objects.filter(kind="meeting_moved")
    assert mails.count() == 6
    assert all("SEQUENCE:1" in mail.calendar for mail in mails.all())
    undo_edit(edit, by=stage.organiser)
    told()
    assert mails.count() == 12
    assert {row.sequence for row in Meeting.objects.filter(pk__in=[one.pk for one in meetings])} == {2}


def test_a_day_with_a_time_less_has_room_for_fewer_meetings(stage, hall):
    first, *_others = [
        meet(stage, stage.buyer, seller, slot) for (_buyer, seller), slot in zip(pairs(stage, 3, hall), stage.slots, strict=False)
    ]
    done(stage, "remove_slot", slot=stage.slots[0].pk)
    assert Meeting.objects.get(pk=first.pk).slot.day == stage.slots[-1].day
    assert breaches() == []


def test_the_mail_says_why(stage, hall, edition):
    tables(builders.hall(edition, code="N2"), 2)
    meet(stage, stage.buyer, stage.exhibitor, stage.slots[0])
    done(stage, "close_hall", hall=hall.pk)
    told()
    assert all("Hall N1 was closed." in mail.body for mail in OutboxMessage.objects.all())
    assert OutboxMessage.objects.filter(kind="meeting_changed").count() == 2


def test_the_mail_gives_both_reasons_each_once(stage, hall, edition):
    tables(builders.hall(edition, code="N2"), 2)
    meet(stage, stage.buyer, stage.exhibitor, stage.slots[0])
    done(stage, "remove_slot", slot=stage.slots[0].pk)
    done(stage, "close_hall", hall=hall.pk)
    lines = News.objects.get().why.split("\n")
    assert [line.split("|")[0] for line in lines] == ["remove_slot", "close_hall"]
    told()
    mails = [mail.body for mail in OutboxMessage.objects.filter(kind="meeting_moved")]
    assert len(mails) == 2
    assert all("was taken out of the timetable; Hall N1 was closed." in mail for mail in mails)


def test_reasons_are_kept_once_and_the_newest_where_there_is_no_room():
    assert joined_whys("", "plan", longest=200) == "plan"
    assert joined_whys("close_hall|N1\nplan", "close_hall|N1", longest=200) == "close_hall|N1\nplan"
    assert joined_whys("a" * 100, "b" * 100, longest=200) == "b" * 100
    assert joined_whys("a" * 90 + "\nb", "c" * 150, longest=200) == "b\n" + "c" * 150
    with translation.override("zh-hans"):
        assert why_words("plan\nrepair").count("；") == 1


def test_who_finds_no_other_time_waits_and_is_told(stage, hall):
    meeting = meet(stage, stage.buyer, stage.exhibitor, stage.slots[0])
    actions.block_time(stage.buyer, by=stage.anna, slots=stage.slots[1:])
    shown = preview(stage.setup, "remove_slot", {"slot": stage.slots[0].pk})
    assert [(hit.outcome, bool(hit.reason)) for hit in shown.hits] == [(Outcome.WAITS, True)]
    edit = done(stage, "remove_slot", slot=stage.slots[0].pk)
    meeting.refresh_from_db()
    assert (meeting.status, meeting.slot_id, meeting.queued_at is not None) == ("unscheduled", None, True)
    told()
    assert OutboxMessage.objects.filter(kind="meeting_lost_its_time").count() == 2
    undo_edit(edit, by=stage.organiser)
    meeting.refresh_from_db()
    assert (meeting.status, meeting.slot_id, meeting.place_id) == ("scheduled", stage.slots[0].pk, place_of(stage.exhibitor).pk)
    assert breaches() == []


def test_a_closed_hall_sends_its_meetings_to_tables_elsewhere_and_undoing_brings_them_back(stage, hall, edition):
    other = builders.hall(edition, code="N2")
    tables(other, 12)
    meetings = crowd(stage, stage.slots[0], 10, hall)
    elsewhere = meet(stage, stage.another(), stage.another("exhibitor", booth=builders.booth(other, code="N2 7")), stage.slots[0])
    before = rows_of([*meetings, elsewhere])
    edit = done(stage, "close_hall", hall=hall.pk)
    rows = Meeting.objects.filter(pk__in=[one.pk for one in meetings]).select_related("place")
    assert {(row.status, row.slot_id, row.place.hall_id) for row in rows} == {("scheduled", stage.slots[0].pk, other.pk)}
    assert rows_of([elsewhere])[elsewhere.pk] == before[elsewhere.pk]
    assert not Place.objects.open().filter(hall=hall).exists()
    assert Place.objects.filter(booth=stage.exhibitor.booth, closed_at__isnull=False).exists()
    assert edit.counts["place"] == 10
    assert breaches() == []
    undo_edit(edit, by=stage.organiser)
    assert rows_of([*meetings, elsewhere]) == before
    assert Place.objects.open().filter(hall=hall).exists()
    assert not Place.objects.filter(closed_at__isnull=False, hall=hall).exists()


def test_a_booth_that_was_no_meeting_place_yet_takes_nobody_in_a_closed_hall(stage, hall, edition):
    tables(builders.hall(edition, code="N2"), 3)
    done(stage, "close_hall", hall=hall.pk)
    booked = stage.met(stage.slots[0])
    assert booked.place.code == "N2-T1"


def test_a_meeting_in_twenty_minutes_gets_the_nearest_free_table_at_its_time(stage, hall, edition):
    far, near = builders.hall(edition, code="N9", x=5000), builders.hall(edition, code="N2", x=200)
    tables(far, 1)
    tables(near, 2)
    begin_in(20)
    slot = Slot.objects.get(pk=stage.slots[0].pk)
    other = meet(stage, stage.another(), stage.another(), slot, Place.objects.get(code="N2-T1"))
    meeting = meet(stage, stage.buyer, stage.exhibitor, slot)
    edit = done(stage, "close_hall", hall=hall.pk)
    meeting.refresh_from_db()
    assert (meeting.slot_id, meeting.place.code, meeting.status) == (slot.pk, "N2-T2", "scheduled")
    assert rows_of([other])[other.pk][2] == Place.objects.get(code="N2-T1").pk
    assert edit.counts["place"] == 1
    assert breaches() == []


def test_without_any_free_table_the_next_meetings_wait_for_one_at_their_time(stage, hall):
    begin_in(20)
    meeting = meet(stage, stage.buyer, stage.exhibitor, Slot.objects.get(pk=stage.slots[0].pk))
    edit = done(stage, "close_hall", hall=hall.pk)
    meeting.refresh_from_db()
    assert (meeting.status, meeting.slot_id, meeting.place_id) == ("scheduled", stage.slots[0].pk, None)
    assert edit.counts["table"] == 1
    undo_edit(edit, by=stage.organiser)
    meeting.refresh_from_db()
    assert (meeting.place_id, meeting.queued_at) == (place_of(stage.exhibitor).pk, None)


def test_what_is_locked_near_or_under_way_is_left_to_people(stage, hall):
    begin_in(-10)
    slots = list(Slot.objects.for_meetings())
    under_way, near, locked, far = (
        meet(stage, *pair, slot) for pair, slot in zip(pairs(stage, 4, hall), [slots[0], slots[1], slots[2], slots[4]], strict=True)
    )
    Meeting.objects.filter(pk=locked.pk).update(is_locked=True)
    with pytest.raises(Invalid):
        preview(stage.setup, "remove_slot", {"slot": slots[0].pk})
    shown = preview(stage.setup, "remove_slot", {"slot": slots[1].pk})
    assert [(hit.meeting, hit.outcome, hit.reason) for hit in shown.hits] == [(near.pk, Outcome.BY_HAND, "near")]
    before = rows_of([under_way, near, locked])
    done(stage, "remove_slot", slot=slots[1].pk)
    edit = done(stage, "close_hall", hall=hall.pk)
    assert rows_of([under_way, near, locked]) == before
    assert (edit.counts["by_hand"], list(edit.before["seats"])) == (3, [str(far.pk)])


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


def test_a_stale_preview_is_refused_and_nothing_is_written(stage, hall):
    slot = stage.slots[0]
    meeting = meet(stage, stage.buyer, stage.exhibitor, slot)
    shown = preview(stage.setup, "remove_slot", {"slot": slot.pk})
    crowd(stage, slot, 1, hall)
    counted = everything()
    with pytest.raises(errors.PreviewIsOld):
        apply_edit(stage.setup, "remove_slot", {"slot": slot.pk}, digest=shown.digest, by=stage.organiser)
    assert everything() == counted
    shown = preview(stage.setup, "remove_slot", {"slot": slot.pk})
    Meeting.objects.filter(pk=meeting.pk).update(version=9)
    for digest in (shown.digest, "", "0" * 32):
        with pytest.raises(errors.PreviewIsOld):
            apply_edit(stage.setup, "remove_slot", {"slot": slot.pk}, digest=digest, by=stage.organiser)
    assert everything() == counted


def test_a_seat_that_somebody_takes_in_between_refuses_all_of_it(stage, hall):
    meeting = meet(stage, stage.buyer, stage.exhibitor, stage.slots[0])
    crowd(stage, stage.slots[0], 2, hall)
    shown = preview(stage.setup, "remove_slot", {"slot": stage.slots[0].pk})
    to = next(hit.after.slot for hit in shown.hits if hit.meeting == meeting.pk)
    actions.block_time(stage.buyer, by=stage.anna, slots=[Slot.objects.get(pk=to)])
    counted = everything()
    with pytest.raises(errors.GroundMoved):
        apply_edit(stage.setup, "remove_slot", {"slot": stage.slots[0].pk}, digest=shown.digest, by=stage.organiser)
    assert everything() == counted
    assert Slot.objects.get(pk=stage.slots[0].pk).removed_at is None
    assert not Edit.objects.exists()


def test_done_twice_is_done_once(stage, hall):
    crowd(stage, stage.slots[0], 2, hall)
    given = {"slot": stage.slots[0].pk}
    shown = preview(stage.setup, "remove_slot", given)
    edit = apply_edit(stage.setup, "remove_slot", given, digest=shown.digest, by=stage.organiser)
    counted = everything()
    with pytest.raises(errors.PreviewIsOld):
        apply_edit(stage.setup, "remove_slot", given, digest=shown.digest, by=stage.organiser)
    assert everything() == counted
    undo_edit(edit, by=stage.organiser)
    with pytest.raises(IllegalMove):
        undo_edit(edit, by=stage.organiser)


def test_undoing_says_which_could_not_go_back(stage, hall):
    slot = stage.slots[0]
    first, second, third, fourth = crowd(stage, slot, 4, hall)
    edit = done(stage, "remove_slot", slot=slot.pk)
    actions.cancel(Meeting.objects.get(pk=first.pk), by=stage.organiser, reason="organiser", note="", acting_for=first.request.sender)
    Meeting.objects.filter(pk=second.pk).update(is_locked=False)
    moved = Meeting.objects.get(pk=second.pk)
    from matchmaking.meetings import planner
    from matchmaking.meetings.actions.reseating import reseat

    free = next(one for one in stage.slots[1:] if one.pk != moved.slot_id)
    reseat(edit.edition, {second.pk: planner.Seat(free.pk, moved.place_id, None)}, by=stage.organiser, why="")
    Slot.objects.filter(pk=slot.pk).update(removed_at=None)
    actions.block_time(third.request.receiver, by=stage.organiser, slots=[Slot.objects.get(pk=slot.pk)])
    Slot.objects.filter(pk=slot.pk).update(removed_at=timezone.now())
    undone = undo_edit(edit, by=stage.organiser).undone
    assert undone == {"restored": 1, "could_not": [[first.pk, "over"], [second.pk, "changed"], [third.pk, "slot_taken"]]}
    assert Meeting.objects.get(pk=fourth.pk).slot_id == slot.pk
    assert breaches() == []


@pytest.mark.parametrize("who", ["anna", "boris", "carla"])
def test_only_who_sets_up_meetings_changes_the_ground(stage, who):
    given = {"slot": stage.slots[0].pk}
    digest = preview(stage.setup, "remove_slot", given).digest
    edit = Edit.objects.create(edition=stage.setup.edition, kind="remove_slot", subject="x", parameters=given)
    counted = everything()
    with pytest.raises(NotAllowed):
        apply_edit(stage.setup, "remove_slot", given, digest=digest, by=getattr(stage, who))
    with pytest.raises(NotAllowed):
        undo_edit(edit, by=getattr(stage, who))
    assert everything() == counted
    assert not Edit.objects.visible_to(getattr(stage, who)).exists()


def test_the_meeting_says_what_happened_and_why(stage, hall, edition, client_of):
    tables(builders.hall(edition, code="N2"), 2)
    meeting = meet(stage, stage.buyer, stage.exhibitor, stage.slots[0])
    done(stage, "close_hall", hall=hall.pk)
    page = client_of(stage.anna).get(f"/meetings/{meeting.pk}/").text
    assert "Hall N1 was closed" in page
    assert Event.objects.filter(verb="change_meetings_ground").count() == 1


def test_the_number_of_queries_does_not_grow_with_the_meetings(stage, hall, count_queries):
    crowd(stage, stage.slots[0], 1, hall)
    one = count_queries(lambda: done(stage, "remove_slot", slot=stage.slots[0].pk))
    for number, (buyer, exhibitor) in enumerate(pairs(stage, 5, builders.hall(stage.setup.edition, code=f"N{3}"))):
        meet(stage, buyer, exhibitor, stage.slots[6 + number % 1])
    several = count_queries(lambda: done(stage, "remove_slot", slot=stage.slots[6].pk))
    assert several <= one + 12
