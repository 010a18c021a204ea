"""Another seat for many meetings at once, and who is told of it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from expo.foundation.errors import NotAllowed
from expo.foundation.models import Event, OutboxMessage
from matchmaking.meetings import actions, errors, planner
from matchmaking.meetings.actions import Reseated, reseat, tell_news
from matchmaking.meetings.models import Interpreter, InterpreterAbsence, Meeting, MeetingSetup, News, Occupancy, Place, Slot
from matchmaking.meetings.queries.invariants import breaches
from matchmaking.meetings.queries.problem import NO_TABLE
from tests.matchmaking.meetings.stage import begin_in, everything
from tests.matchmaking.meetings.test_problem import waiting


def at(slot, place=None, interpreter=None):
    return planner.Seat(slot.pk, place and place.pk, interpreter)


def told_later():
    """Let a minute pass and tell."""
    OutboxMessage.objects.all().delete()
    number = tell_news(timezone.now() + timedelta(seconds=61))
    return number, sorted(OutboxMessage.objects.values_list("recipient__email", "kind"))


def test_a_meeting_moves_with_all_that_it_takes(stage, organiser):
    meeting = stage.met(stage.slots[0])
    booth = meeting.place
    done = reseat(stage.setup.edition, {meeting.pk: at(stage.slots[5], booth)}, by=organiser, why="a plan")
    assert done == Reseated(moved=(meeting.pk,))
    moved = Meeting.objects.get(pk=meeting.pk)
    assert (moved.slot_id, moved.place_id, moved.moves, moved.sequence, moved.version) == (
        stage.slots[5].pk,
        booth.pk,
        0,
        meeting.sequence + 1,
        meeting.version + 1,
    )
    assert set(Occupancy.objects.values_list("slot", flat=True)) == {stage.slots[5].pk}
    assert breaches() == []
    event = Event.objects.filter(verb="meeting.moved").get()
    assert (event.actor, event.data["before"], event.data["slot"]) == (organiser, stage.slots[0].pk, stage.slots[5].pk)
    assert told_later() == (1, [("anna@example.com", "meeting_moved"), ("boris@example.com", "meeting_moved")])
    calendar = OutboxMessage.objects.first().calendar
    assert "METHOD:REQUEST" in calendar
    assert f"SEQUENCE:{moved.sequence}" in calendar
    assert told_later() == (0, [])


def test_two_meetings_change_places_and_a_third_finds_the_freed_time(stage, organiser):
    one = stage.met(stage.slots[0])
    other = stage.another()
    two = actions.accept(stage.asked_of(other, stage.slots[1]), by=stage.person_of(other))
    three = waiting(stage, receiver=stage.another())
    seats = {one.pk: at(stage.slots[1], one.place), two.pk: at(stage.slots[2], one.place), three.pk: at(stage.slots[0], one.place)}
    assert reseat(stage.setup.edition, seats, by=organiser, why="a plan") == Reseated(scheduled=(three.pk,), moved=(one.pk, two.pk))
    assert breaches() == []
    number, told = told_later()
    assert number == 3
    assert [kind for _who, kind in told].count("meeting_scheduled") == 2


def test_who_loses_its_time_waits_and_is_told(stage, organiser):
    meeting = stage.met(stage.slots[0])
    assert reseat(stage.setup.edition, {meeting.pk: None}, by=organiser, why="hall closed") == Reseated(unscheduled=(meeting.pk,))
    row = Meeting.objects.get(pk=meeting.pk)
    assert (row.status, row.slot, row.place) == ("unscheduled", None, None)
    assert row.queued_at is not None
    assert not Occupancy.objects.exists()
    assert breaches() == []
    number, told = told_later()
    assert (number, {kind for _who, kind in told}) == (1, {"meeting_lost_its_time"})
    message = OutboxMessage.objects.filter(kind="meeting_lost_its_time").first()
    assert "METHOD:CANCEL" in message.calendar
    assert stage.slots[0].starts_at.strftime("%Y%m%dT%H%M") in message.calendar


def test_back_within_the_minute_tells_nobody_and_twice_moved_is_told_once(stage, organiser):
    meeting = stage.met(stage.slots[0])
    first = at(stage.slots[0], meeting.place)
    reseat(stage.setup.edition, {meeting.pk: at(stage.slots[1], meeting.place)}, by=organiser, why="one")
    reseat(stage.setup.edition, {meeting.pk: None}, by=organiser, why="two")
    reseat(stage.setup.edition, {meeting.pk: first}, by=organiser, why="back")
    assert not News.objects.exists()
    assert told_later() == (0, [])
    reseat(stage.setup.edition, {meeting.pk: at(stage.slots[1], meeting.place)}, by=organiser, why="one")
    reseat(stage.setup.edition, {meeting.pk: at(stage.slots[2], meeting.place)}, by=organiser, why="two")
    assert News.objects.get().before == {"slot": stage.slots[0].pk, "place": meeting.place_id, "interpreter": None}
    assert tell_news() == 0
    number, told = told_later()
    assert (number, len(told)) == (1, 2)


def test_nothing_is_written_where_one_of_many_does_not_fit(stage, organiser):
    meeting = stage.met(stage.slots[0])
    others = [waiting(stage, receiver=stage.another()) for _each in range(2)]
    before = everything()
    seats = {meeting.pk: at(stage.slots[1], meeting.place), **{one.pk: at(stage.slots[4], meeting.place) for one in others}}
    with pytest.raises(errors.GroundMoved) as refused:
        reseat(stage.setup.edition, seats, by=organiser, why="a plan")
    assert refused.value.data == {"meetings": [{"id": others[1].pk, "why": "place_taken"}], "count": 1}
    assert everything() == before
    assert Meeting.objects.get(pk=meeting.pk).slot == stage.slots[0]


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda stage: Slot.objects.filter(pk=stage.slots[1].pk).update(removed_at=timezone.now()), "slot_gone"),
        (lambda stage: Place.objects.update(closed_at=timezone.now()), "place_gone"),
        (lambda stage: actions.block_time(stage.buyer, by=stage.anna, slots=[stage.slots[1]]), "slot_taken"),
        (lambda stage: begin_in(-5), "begun"),
    ],
)
def test_what_is_gone_or_taken_is_named(stage, organiser, spoil, why):
    meeting = stage.met(stage.slots[0])
    spoil(stage)
    with pytest.raises(errors.GroundMoved) as refused:
        reseat(stage.setup.edition, {meeting.pk: at(stage.slots[1], meeting.place)}, by=organiser, why="a plan")
    assert refused.value.meetings == {meeting.pk: why}


def test_another_version_is_refused_and_the_cancelled_left_out(stage, organiser):
    meeting = stage.met(stage.slots[0])
    seats = {meeting.pk: at(stage.slots[1], meeting.place)}
    with pytest.raises(errors.GroundMoved):
        reseat(stage.setup.edition, seats, by=organiser, why="", expected={meeting.pk: meeting.version + 1})
    actions.cancel(meeting, by=stage.anna, reason="no_time")
    assert reseat(stage.setup.edition, seats, by=organiser, why="") == Reseated(gone=(meeting.pk,))


def test_carla_and_anna_reseat_nobody(stage):
    meeting = stage.met(stage.slots[0])
    before = everything()
    for somebody in (stage.carla, stage.anna):
        with pytest.raises(NotAllowed):
            reseat(stage.setup.edition, {meeting.pk: None}, by=somebody, why="")
    assert everything() == before


def test_desks_are_given_out_evenly_and_again_where_one_is_full(stage, organiser):
    """Two desks, at most two meetings a day each: what fills the first desk makes another one change its desk, and nobody is told of that."""
    stage.exhibitor.parallel_meetings = 2
    stage.exhibitor.save()
    MeetingSetup.objects.update(free_slots_a_day=3)
    buyers = [stage.another() for _each in range(4)]
    meetings = []
    for buyer, number in zip(buyers[:3], (0, 1, 0), strict=True):
        request = stage.asked_of(buyer, stage.slots[number])
        meetings.append(actions.accept(request, by=stage.person_of(buyer)))
    desks = dict(Occupancy.objects.filter(registration=stage.exhibitor).values_list("meeting", "desk"))
    assert sorted(desks.values()) == [1, 1, 2]
    last = waiting(stage, receiver=buyers[3])
    booth = Place.objects.get(kind="booth")
    reseat(stage.setup.edition, {last.pk: at(stage.slots[0 if desks[meetings[1].pk] == 2 else 1], booth)}, by=organiser, why="")
    assert breaches() == []
    rows = Occupancy.objects.filter(registration=stage.exhibitor, meeting__isnull=False).values_list("desk", flat=True)
    assert sorted(rows) == [1, 1, 2, 2]
    full = waiting(stage, receiver=stage.another())
    with pytest.raises(errors.GroundMoved) as refused:
        reseat(stage.setup.edition, {full.pk: at(stage.slots[2], booth)}, by=organiser, why="")
    assert refused.value.meetings == {full.pk: "day_is_full"}


def test_without_a_table_it_keeps_its_time_and_waits(stage, organiser):
    meeting = stage.met(stage.slots[0])
    reseat(stage.setup.edition, {meeting.pk: planner.Seat(stage.slots[0].pk, NO_TABLE)}, by=organiser, why="")
    row = Meeting.objects.get(pk=meeting.pk)
    assert (row.status, row.slot, row.place) == ("scheduled", stage.slots[0], None)
    assert row.queued_at is not None
    assert breaches() == []


@pytest.mark.parametrize("number", [1, 3])
def test_reseating_takes_the_same_queries_for_one_and_for_three(stage, organiser, number, django_assert_num_queries):
    booth = stage.met(stage.slots[0]).place
    meetings = [waiting(stage, receiver=stage.another()) for _each in range(number)]
    seats = {one.pk: at(slot, booth) for one, slot in zip(meetings, stage.slots[5:], strict=False)}
    with django_assert_num_queries(21):
        reseat(stage.setup.edition, seats, by=organiser, why="")


def test_who_finds_another_time_before_being_told_is_told_of_that_alone(stage, organiser):
    meeting = stage.met(stage.slots[0])
    reseat(stage.setup.edition, {meeting.pk: None}, by=organiser, why="")
    OutboxMessage.objects.all().delete()
    actions.sweep_meetings()
    assert Meeting.objects.get(pk=meeting.pk).status == "scheduled"
    assert sorted(OutboxMessage.objects.values_list("kind", flat=True)) == ["meeting_scheduled"] * 2
    assert told_later() == (0, [])


@pytest.mark.parametrize(
    ("minutes", "number", "why"),
    [(50, 5, {"near"}), (50, None, {"near"}), (100, 5, set()), (100, None, set())],
)
def test_a_plan_made_some_time_ago_moves_nobody_in_the_last_hour(stage, organiser, minutes, number, why):
    meeting = stage.met(stage.slots[0])
    begin_in(minutes)
    seat = at(stage.slots[number], meeting.place) if number is not None else None
    try:
        reseat(stage.setup.edition, {meeting.pk: seat}, by=organiser, why="a plan", is_planned=True)
        said = set()
    except errors.GroundMoved as refused:
        said = set(refused.meetings.values())
    assert said == why


def test_nor_puts_somebody_into_the_next_half_hour_nor_touches_what_is_locked(stage, organiser):
    locked, new = stage.met(stage.slots[3]), waiting(stage, receiver=stage.another())
    Meeting.objects.filter(pk=locked.pk).update(is_locked=True)
    begin_in(20)
    seats = {locked.pk: at(stage.slots[5], locked.place), new.pk: at(stage.slots[0], locked.place)}
    with pytest.raises(errors.GroundMoved) as refused:
        reseat(stage.setup.edition, seats, by=organiser, why="a plan", is_planned=True)
    assert refused.value.meetings == {locked.pk: "changed", new.pk: "near"}


def gone_meanwhile(stage, ida):
    InterpreterAbsence.objects.create(interpreter=ida, slot=stage.slots[5])


def fewer_desks(stage, _ida):
    type(stage.exhibitor).objects.filter(pk=stage.exhibitor.pk).update(parallel_meetings=1)


@pytest.mark.parametrize("spoil", [gone_meanwhile, fewer_desks])
def test_what_goes_while_the_times_are_taken_is_seen(stage, organiser, spoil):
    type(stage.exhibitor).objects.filter(pk=stage.exhibitor.pk).update(parallel_meetings=2)
    ida = Interpreter.objects.create(edition=stage.setup.edition, name="Ida", languages=["en", "zh"])
    meeting, done = stage.met(stage.slots[0]), []

    def spoil_first(execute, sql, params, many, context):
        if not done and sql.startswith('INSERT INTO "meetings_occupancy"'):
            done.append(sql)
            spoil(stage, ida)
        return execute(sql, params, many, context)

    seat = at(stage.slots[5], meeting.place, ida.pk)
    with connection.execute_wrapper(spoil_first), pytest.raises(errors.GroundMoved):
        reseat(stage.setup.edition, {meeting.pk: seat}, by=organiser, why="")
    assert done
    assert Meeting.objects.get(pk=meeting.pk).slot == stage.slots[0]
