"""Whatever is done in whatever order, the rows agree with each other and with a small model of what was promised."""

from collections import Counter

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from expo.foundation.errors import Refused
from matchmaking.meetings import actions
from matchmaking.meetings.models import Meeting, MeetingRequest, MoveProposal, Occupancy, Slot
from matchmaking.meetings.queries.invariants import breaches
from matchmaking.meetings.states import MEETING_MOVES, REQUEST_MOVES
from matchmaking.participants.actions import block_company
from matchmaking.participants.models import Block, Member
from tests import builders

pick = st.integers(0, 50)
LEGAL = {
    MeetingRequest: {(start, end) for _verb, start, end in REQUEST_MOVES.pairs()},
    Meeting: {(start, end) for _verb, start, end in MEETING_MOVES.pairs()},
}


class Expo(RuleBasedStateMachine):
    """Three exhibitors, one with two desks, and three buyers of two people each, over two days of five slots."""

    stage = None

    def __init__(self):
        super().__init__()
        self.point = transaction.atomic()
        self.point.__enter__()
        self.states = {MeetingRequest: {}, Meeting: {}}

    def teardown(self):
        transaction.set_rollback(True)
        self.point.__exit__(None, None, None)

    @initialize()
    def people(self):
        stage = self.stage
        self.sellers = [stage.exhibitor, stage.another("exhibitor", desks=2), stage.another("exhibitor")]
        self.buyers = [stage.buyer, stage.another(), stage.another()]
        for one in (*self.sellers, *self.buyers):
            builders.member(one.company, builders.person())
        self.slots = stage.slots

    def one_of(self, rows, number):
        rows = list(rows)
        return rows[number % len(rows)]

    def person(self, registration, number):
        return self.one_of(Member.objects.filter(company=registration.company_id).order_by("pk"), number).user

    def tried(self, call):
        """Do it, or be refused by name: nothing else ever comes back. What is refused writes nothing."""
        before = Occupancy.objects.count(), Meeting.objects.count()
        try:
            return call()
        except Refused:
            assert (Occupancy.objects.count(), Meeting.objects.count()) == before
            return None

    @rule(seller=pick, buyer=pick, slot=pick, who=pick, from_buyer=st.booleans(), with_time=st.booleans())
    def ask(self, seller, buyer, slot, who, from_buyer, with_time):
        seller, buyer = self.one_of(self.sellers, seller), self.one_of(self.buyers, buyer)
        sender, receiver = (buyer, seller) if from_buyer else (seller, buyer)
        wanted = self.one_of(self.slots, slot) if with_time else None
        self.tried(lambda: actions.ask(sender, receiver, by=self.person(sender, who), slot=wanted))

    @precondition(lambda self: MeetingRequest.objects.exists())
    @rule(request=pick, who=pick, slot=pick, with_time=st.booleans())
    def accept(self, request, who, slot, with_time):
        request = self.one_of(MeetingRequest.objects.order_by("pk"), request)
        wanted = self.one_of(self.slots, slot) if with_time else None
        self.tried(lambda: actions.accept(request, by=self.person(request.answering, who), slot=wanted))

    @precondition(lambda self: MeetingRequest.objects.exists())
    @rule(request=pick, who=pick, slot=pick)
    def counter(self, request, who, slot):
        request = self.one_of(MeetingRequest.objects.order_by("pk"), request)
        self.tried(lambda: actions.counter(request, by=self.person(request.answering, who), slot=self.one_of(self.slots, slot)))

    @precondition(lambda self: MeetingRequest.objects.exists())
    @rule(request=pick, takes_back=st.booleans())
    def end_request(self, request, takes_back):
        request = self.one_of(MeetingRequest.objects.order_by("pk"), request)
        if takes_back:
            self.tried(lambda: actions.withdraw(request, by=self.person(request.sender, 0)))
        else:
            self.tried(lambda: actions.decline(request, by=self.person(request.answering, 0), reason="no_fit"))

    @precondition(lambda self: Meeting.objects.exists())
    @rule(meeting=pick, seat=pick)
    def cancel(self, meeting, seat):
        meeting = self.one_of(Meeting.objects.order_by("pk"), meeting)
        seat = self.one_of(meeting.seats.all(), seat)
        self.tried(lambda: actions.cancel(meeting, by=self.person(seat.registration, 0), reason="no_time"))

    @precondition(lambda self: Meeting.objects.exists())
    @rule(meeting=pick, seat=pick, slot=pick)
    def propose_move(self, meeting, seat, slot):
        meeting = self.one_of(Meeting.objects.order_by("pk"), meeting)
        seat = self.one_of(meeting.seats.all(), seat)
        self.tried(lambda: actions.propose_move(meeting, by=self.person(seat.registration, 0), slot=self.one_of(self.slots, slot)))

    @precondition(lambda self: MoveProposal.objects.exists())
    @rule(proposal=pick, yes=st.booleans())
    def answer_move(self, proposal, yes):
        proposal = self.one_of(MoveProposal.objects.order_by("pk"), proposal)
        seat = proposal.meeting.seats.exclude(side=proposal.by_seat.side).get()
        self.tried(lambda: actions.answer_move(proposal, by=self.person(seat.registration, 0), accept=yes))

    @precondition(lambda self: Meeting.objects.exists())
    @rule(meeting=pick, seat=pick, who=pick)
    def hand_over(self, meeting, seat, who):
        meeting = self.one_of(Meeting.objects.order_by("pk"), meeting)
        seat = self.one_of(meeting.seats.all(), seat)
        self.tried(lambda: actions.hand_over(meeting, by=self.person(seat.registration, 0), person=self.person(seat.registration, who)))

    @rule(one=pick, slot=pick, frees=st.booleans(), own=st.booleans())
    def keep_free(self, one, slot, frees, own):
        one = self.one_of([*self.sellers, *self.buyers], one)
        by = self.person(one, 0)
        verb = actions.free_time if frees else actions.block_time
        self.tried(lambda: verb(one, by=by, slots=[self.one_of(self.slots, slot)], person=by if own else None))

    @precondition(lambda self: Block.objects.count() < 2)
    @rule(seller=pick, buyer=pick)
    def block(self, seller, buyer):
        buyer = self.one_of(self.buyers, buyer)
        block_company(buyer.company, self.one_of(self.sellers, seller).company, by=self.person(buyer, 0))

    @rule()
    def time_passes(self):
        actions.sweep_meetings()

    @invariant()
    def rows_agree(self):
        assert breaches() == []

    @invariant()
    def nobody_is_booked_twice_nor_all_day(self):
        taken = Occupancy.objects.filter(registration__isnull=False).values_list("registration", "desk", "slot", "slot__day", "meeting")
        assert all(count == 1 for count in Counter((one, desk, slot) for one, desk, slot, _day, _meeting in taken).values())
        a_day = Counter((one, desk, day) for one, desk, _slot, day, meeting in taken if meeting)
        assert all(count <= 3 for count in a_day.values())
        kept = {(one, slot) for one, _desk, slot, _day, meeting in taken if meeting is None}
        assert not kept & {(one, slot) for one, _desk, slot, _day, meeting in taken if meeting}

    @invariant()
    def blocked_companies_do_not_meet(self):
        blocked = {frozenset(pair) for pair in Block.objects.values_list("company", "blocked")}
        live = Meeting.objects.live().values_list("request__pair_low", "request__pair_high")
        assert not blocked & {frozenset(pair) for pair in live}

    @invariant()
    def states_follow_the_tables(self):
        for model, legal in LEGAL.items():
            now = dict(model.objects.values_list("pk", "status"))
            for key, state in now.items():
                before = self.states[model].get(key, state)
                assert before == state or (before, state) in legal
            self.states[model] = now


def run(stage, examples, steps):
    Expo.stage = stage
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        Expo,
        settings=settings(max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=checks, derandomize=True),
    )


def test_a_few_sequences_leave_everything_whole(stage):
    assert Slot.objects.for_meetings().count() == 10
    run(stage, 8, 15)


@pytest.mark.long
def test_many_sequences_leave_everything_whole(stage):
    run(stage, 100 if connection.vendor == "sqlite" else 40, 20)
