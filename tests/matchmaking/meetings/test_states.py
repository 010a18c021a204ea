"""Every pair of states against the tables of moves, and what the database keeps below them."""

from itertools import product

import pytest
from django.db import IntegrityError, transaction

from expo.foundation.errors import IllegalMove
from matchmaking.meetings.models import Meeting, MeetingRequest, MoveProposal, Occupancy, PlanRun
from matchmaking.meetings.states import MEETING_MOVES, PLAN_MOVES, PROPOSAL_MOVES, REQUEST_MOVES, WHILE, refuse_unless

LEGAL = {
    "requests": {
        ("pending", "pending"), ("pending", "accepted"), ("pending", "declined"), ("pending", "cancelled"), ("pending", "expired"),
    },
    "meetings": {
        ("unscheduled", "proposed"), ("proposed", "unscheduled"), ("unscheduled", "scheduled"), ("proposed", "scheduled"),
        ("scheduled", "scheduled"), ("scheduled", "unscheduled"), ("scheduled", "held"), ("scheduled", "no_show"), ("scheduled", "disputed"),
        ("held", "no_show"), ("held", "disputed"), ("no_show", "held"), ("no_show", "disputed"), ("disputed", "held"), ("disputed", "no_show"),
        ("unscheduled", "cancelled"), ("proposed", "cancelled"), ("scheduled", "cancelled"),
    },
    "proposals": {("pending", "accepted"), ("pending", "declined"), ("pending", "withdrawn"), ("pending", "expired")},
    "plans": {
        ("queued", "running"), ("running", "running"), ("running", "queued"), ("running", "draft"), ("queued", "interrupted"),
        ("running", "interrupted"), ("draft", "publishing"), ("publishing", "publishing"), ("draft", "published"),
        ("publishing", "published"), ("publishing", "draft"), ("draft", "discarded"),
    },
}  # fmt: skip
TABLES = {
    "requests": (REQUEST_MOVES, MeetingRequest.Status),
    "meetings": (MEETING_MOVES, Meeting.Status),
    "proposals": (PROPOSAL_MOVES, MoveProposal.Status),
    "plans": (PLAN_MOVES, PlanRun.Status),
}


@pytest.mark.parametrize("name", TABLES)
def test_each_pair_of_states_is_a_move_or_is_not(name):
    moves, states = TABLES[name]
    assert {(start, end) for _verb, start, end in moves.pairs()} == LEGAL[name]
    for verb, state in product(moves.table, states.values):
        starts, end = moves.table[verb]
        if state in starts:
            assert moves.leads_to(verb, state) == end
        else:
            with pytest.raises(IllegalMove):
                moves.leads_to(verb, state)


def test_what_is_done_within_a_state_is_done_in_no_other():
    for verb, state in product(WHILE, Meeting.Status.values):
        if state in WHILE[verb]:
            refuse_unless(verb, state)
        else:
            with pytest.raises(IllegalMove):
                refuse_unless(verb, state)


def broken(rows, **columns):
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(**columns)


def test_the_database_keeps_what_must_never_be(stage):
    meeting = stage.met(stage.slots[0])
    rows = Meeting.objects.filter(pk=meeting.pk)
    broken(rows, status="dreamt")
    broken(rows, slot=None)
    broken(rows, place=None)
    broken(rows, status="cancelled", reason="")
    requests = MeetingRequest.objects.all()
    broken(requests, status="dreamt")
    broken(requests, status="declined", reason="")
    broken(requests, waits_for="nobody")
    seats = meeting.seats.all()
    broken(seats, rating=6)
    broken(seats, registration=stage.buyer)
    taken = Occupancy.objects.filter(registration=stage.buyer)
    broken(taken, place=meeting.place)
    broken(taken, why="blocked")
    broken(taken, registration=None)


@pytest.mark.parametrize("resource", ["registration", "place", "person"])
def test_no_resource_is_taken_twice_in_a_slot(stage, resource):
    meeting = stage.met(stage.slots[0])
    row = Occupancy.objects.filter(meeting=meeting, **{f"{resource}__isnull": False}).first()
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)
