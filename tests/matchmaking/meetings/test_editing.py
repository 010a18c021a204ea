"""Changing the ground under booked meetings: none is lost, all are told once, and it can be undone."""

import pytest
from django.utils import timezone, translation

from expo.foundation.errors import IllegalMove, Invalid, NotAllowed
from expo.foundation.models import Event, OutboxMessage
from matchmaking.meetings import actions, errors
from matchmaking.meetings.actions.editing import apply_edit, undo_edit
from matchmaking.meetings.models import Edit, Meeting, News, Place, Slot
from matchmaking.meetings.queries.edits.previews import Outcome, preview
from matchmaking.meetings.queries.invariants import breaches
from matchmaking.meetings.whys import joined_whys, why_words
from tests import builders
from tests.matchmaking.meetings.booked import crowd, meet, pairs, place_of, rows_of, tables
from tests.matchmaking.meetings.edited import done, told
from tests.matchmaking.meetings.stage import begin_in, everything


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
