"""Whatever is done in whatever order, at whatever time, by whomever: the rows agree with each other and with a plain model of what was promised."""

import os
from collections import Counter
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from expo.foundation.errors import Refused
from expo.foundation.models import Event
from matchmaking.meetings import actions
from matchmaking.meetings.models import Meeting, MeetingRequest, MoveProposal, Occupancy, Slot
from matchmaking.meetings.queries.invariants import breaches
from matchmaking.meetings.states import MEETING_MOVES, REQUEST_MOVES
from matchmaking.participants.actions import block_company
from matchmaking.participants.models import Block, Member
from tests import builders
from tests.matchmaking.meetings.plain import ANSWERS, LIVE, Date, Question

SEQUENCES = {"sqlite": int(os.environ.get("SEQUENCES", "150"))}
pick = st.integers(0, 50)
side = st.sampled_from(["sender", "receiver"])
acting = st.sampled_from(["own"] * 6 + ["staff"] * 2 + ["stranger", "other side"])
on_one_side = st.sampled_from(["own"] * 6 + ["staff"] * 2 + ["stranger"])
LEGAL = {
    MeetingRequest: {(start, end) for _verb, start, end in REQUEST_MOVES.pairs()},
    Meeting: {(start, end) for _verb, start, end in MEETING_MOVES.pairs()},
}
any_request = precondition(lambda self: self.questions)
any_meeting = precondition(lambda self: self.dates)


class Expo(RuleBasedStateMachine):
    """Three exhibitors, one with two desks, and three buyers of two people each, over two days of five slots, and a clock that goes on."""

    stage = None

    def __init__(self):
        super().__init__()
        self.point = transaction.atomic()
        self.point.__enter__()
        self.states = {MeetingRequest: {}, Meeting: {}}
        self.questions, self.dates, self.passed = {}, {}, timedelta()
        real = timezone.now
        self.clock = patch("django.utils.timezone.now", lambda: real() + self.passed)
        self.clock.start()

    def teardown(self):
        self.clock.stop()
        transaction.set_rollback(True)
        self.point.__exit__(None, None, None)

    @initialize(begins=st.sampled_from([None, None, -10, 5]))
    def people(self, begins):
        """`begins`: before all, or so many minutes from the begin of the first meeting."""
        stage = self.stage
        self.sellers = [stage.exhibitor, stage.another("exhibitor", desks=2), stage.another("exhibitor")]
        self.buyers = [stage.buyer, stage.another(), stage.another()]
        for one in (*self.sellers, *self.buyers):
            builders.member(one.company, builders.person())
        self.slots, self.most_moves = stage.slots, stage.setup.most_moves
        for number in range(4):  # To begin with: two meetings, a request that has an answer, and one that has none.
            self.ask(number, number + number // 3, number, 0, from_buyer=number % 2 == 0, with_time=True, acts="own")
        for number in range(2):
            self.accept(number, 0, 0, with_time=False, acts="own")
        self.counter(2, 0, 5, acts="own")
        assert [one.status for one in self.questions.values()] == ["accepted", "accepted", "pending", "pending"]
        if begins is not None:
            self.a_meeting_comes_near(0, begins)

    # --- Who does what to what ---

    def one_of(self, rows, number):
        rows = list(rows)
        return rows[number % len(rows)]

    def person(self, registration, number):
        return self.one_of(Member.objects.filter(company=registration.company_id).order_by("pk"), number).user

    def who(self, own, other, acts, number=0):
        """Return who takes a step for `own`: one of its people, staff, or somebody who may not."""
        if acts == "staff":
            return {"by": self.stage.organiser, "acting_for": own}
        if acts == "stranger":
            return {"by": self.stage.carla}
        return {"by": self.person(other if acts == "other side" else own, number)}

    def request_at(self, number):
        return MeetingRequest.objects.get(pk=self.one_of(sorted(self.questions), number))

    def meeting_at(self, number, side):
        meeting = Meeting.objects.get(pk=self.one_of(sorted(self.dates), number))
        seats = {seat.side: seat for seat in meeting.seats.all()}
        other = "sender" if side == "receiver" else "receiver"
        return meeting, self.dates[meeting.pk], seats[side].registration, seats[other].registration

    def step(self, call, *, must=False, may=True):
        """Take a step, or be refused by name: nothing else ever comes back. What is refused writes nothing.

        `must`: the model says that nothing stands against it. `may` not: the model says that it is refused.
        """
        before = self.rows()
        try:
            found = call()
        except Refused as refused:
            assert self.rows() == before
            assert not must, refused.code  # noqa: PT017 - refusals are asked for here, and most are right
            return None
        assert may, "it should have been refused"
        return found if found is not None else True

    def rows(self):
        return [model.objects.count() for model in (Occupancy, Meeting, MeetingRequest, MoveProposal, Event)]

    def has_moved(self, meeting):
        """Let the model know the time of a meeting."""
        row = Meeting.objects.select_related("slot").get(pk=meeting.pk)
        date = self.dates[row.pk]
        date.slot, date.begins, date.ends = row.slot_id, row.slot and row.slot.starts_at, row.slot and row.slot.ends_at

    # --- Requests ---

    @rule(seller=pick, buyer=pick, slot=pick, who=pick, from_buyer=st.booleans(), with_time=st.booleans(), acts=acting)
    def ask(self, seller, buyer, slot, who, from_buyer, with_time, acts):
        seller, buyer = self.one_of(self.sellers, seller), self.one_of(self.buyers, buyer)
        sender, receiver = (buyer, seller) if from_buyer else (seller, buyer)
        wanted = self.one_of(self.slots, slot) if with_time else None
        by = self.who(sender, receiver, acts, who)["by"]
        made = self.step(lambda: actions.ask(sender, receiver, by=by, slot=wanted), may=acts in {"own", "staff"})
        if made:
            self.questions[made.pk] = Question(made.expires_at, is_delivered=made.is_delivered)

    @any_request
    @rule(request=pick, who=pick, slot=pick, with_time=st.booleans(), acts=acting)
    def accept(self, request, who, slot, with_time, acts):
        request, question = self.answering(request)
        wanted = self.one_of(self.slots, slot) if with_time else None
        said = self.who(request.answering, self.not_answering(request), acts, who)
        may = acts in {"own", "staff"} and question.is_open("accept", question.turn, timezone.now())
        meeting = self.step(lambda: actions.accept(request, slot=wanted, **said), may=may)
        if meeting:
            question.status = "accepted"
            self.dates[meeting.pk] = Date(meeting.status)
            self.has_moved(meeting)
            assert (meeting.status == "scheduled") == (meeting.slot_id is not None)
            assert wanted is None or meeting.slot_id == wanted.pk

    @any_request
    @rule(request=pick, who=pick, slot=pick, acts=acting)
    def counter(self, request, who, slot, acts):
        request, question = self.answering(request)
        said = self.who(request.answering, self.not_answering(request), acts, who)
        may = acts in {"own", "staff"} and question.is_open("counter", question.turn, timezone.now())
        made = self.step(lambda: actions.counter(request, slot=self.one_of(self.slots, slot), **said), may=may)
        if made:
            question.turn = "sender" if question.turn == "receiver" else "receiver"
            question.expires_at = made.expires_at

    @any_request
    @rule(request=pick, verb=st.sampled_from(["decline", "withdraw"]), who=pick, acts=acting)
    def end_request(self, request, verb, who, acts):
        request, question = self.answering(request)
        own = request.sender if verb == "withdraw" else request.answering
        other = request.receiver if own.pk == request.sender_id else request.sender
        side = "sender" if own.pk == request.sender_id else "receiver"
        said = self.who(own, other, acts, who)
        may = acts in {"own", "staff"} and question.is_open(verb, side, timezone.now())
        reason = {"reason": "no_fit"} if verb == "decline" else {}
        if self.step(lambda: getattr(actions, verb)(request, **said, **reason), must=may, may=may):
            question.status = ANSWERS[verb]

    def answering(self, number):
        request = self.request_at(number)
        return request, self.questions[request.pk]

    def not_answering(self, request):
        return request.receiver if request.answering.pk == request.sender_id else request.sender

    # --- Meetings ---

    @any_meeting
    @rule(meeting=pick, side=side, acts=acting)
    def cancel(self, meeting, side, acts):
        meeting, date, own, other = self.meeting_at(meeting, side)
        may = acts != "stranger" and date.may_cancel(timezone.now())
        said = self.who(own, other, acts)
        if self.step(lambda: actions.cancel(meeting, reason="no_time", **said), must=may, may=may):
            date.status, date.proposed = "cancelled", {}

    @any_meeting
    @rule(meeting=pick, side=side, slot=pick, acts=on_one_side)
    def propose_move(self, meeting, side, slot, acts):
        meeting, date, own, other = self.meeting_at(meeting, side)
        slot = self.one_of(self.slots, slot)
        may = acts != "stranger" and date.may_propose(timezone.now(), self.most_moves)
        made = self.step(lambda: actions.propose_move(meeting, slot=slot, **self.who(own, other, acts)), may=may)
        if made:
            date.proposed = {made.pk: (side, slot.pk)}

    @precondition(lambda self: MoveProposal.objects.exists())
    @rule(proposal=pick, verb=st.sampled_from(["yes", "yes", "no", "back"]), acts=acting)
    def end_move(self, proposal, verb, acts):
        proposal = self.one_of(MoveProposal.objects.order_by("-status", "pk"), proposal)
        date = self.dates[proposal.meeting_id]
        side = proposal.by_seat.side
        seats = {seat.side: seat.registration for seat in proposal.meeting.seats.all()}
        asked, asks = (seats["receiver"], seats["sender"]) if side == "sender" else (seats["sender"], seats["receiver"])
        own, other = (asks, asked) if verb == "back" else (asked, asks)
        may, said = acts in {"own", "staff"} and proposal.pk in date.proposed, self.who(own, other, acts)
        if verb == "back":
            done = self.step(lambda: actions.withdraw_move(proposal, **said), must=may, may=may)
        else:
            done = self.step(lambda: actions.answer_move(proposal, accept=verb == "yes", **said), must=may and verb == "no", may=may)
        if done:
            slot, date.proposed = date.proposed[proposal.pk][1], {}
            if verb == "yes":
                date.moves += 1
                self.has_moved(proposal.meeting)
                assert date.slot == slot

    @any_meeting
    @rule(meeting=pick, side=side, who=pick, acts=on_one_side)
    def hand_over(self, meeting, side, who, acts):
        meeting, date, own, other = self.meeting_at(meeting, side)
        person, said = self.person(own, who), self.who(own, other, acts)
        if self.step(lambda: actions.hand_over(meeting, person=person, **said), may=acts != "stranger" and date.status in LIVE):
            assert meeting.seats.get(side=side).person == person

    @any_meeting
    @rule(meeting=pick, side=side, acts=on_one_side)
    def check_in(self, meeting, side, acts):
        meeting, date, own, other = self.meeting_at(meeting, side)
        may = acts != "stranger" and date.may_check_in(timezone.now()) and meeting.place is not None
        code = meeting.place.key if meeting.place is not None else ""
        if self.step(lambda: actions.check_in(meeting, code=code, **self.who(own, other, acts)), must=may, may=may):
            date.here.add(side)

    @any_meeting
    @rule(
        meeting=pick,
        side=side,
        says=st.sampled_from(["took_place", "took_place", "did_not", "partly"]),
        acts=on_one_side,
    )
    def say_outcome(self, meeting, side, says, acts):
        meeting, date, own, other = self.meeting_at(meeting, side)
        may = acts != "stranger" and date.may_say(timezone.now())
        if self.step(lambda: actions.say_outcome(meeting, says=says, **self.who(own, other, acts)), must=may, may=may):
            date.says[side] = says
            date.status = date.came_to()

    @any_meeting
    @rule(meeting=pick, side=side, stars=st.integers(1, 5), acts=acting)
    def rate(self, meeting, side, stars, acts):
        meeting, date, own, other = self.meeting_at(meeting, side)
        if acts == "other side":
            side = "sender" if side == "receiver" else "receiver"
        may = acts != "stranger" and date.may_rate(side)
        if self.step(lambda: actions.rate(meeting, stars=stars, **self.who(own, other, acts)), must=may, may=may):
            date.rated.add(side)

    @precondition(lambda self: any(one.status == "scheduled" for one in self.dates.values()))
    @rule(meeting=pick, one=st.booleans())
    def a_meeting_goes_well(self, meeting, one):
        keys = sorted(key for key, date in self.dates.items() if date.status == "scheduled")
        place = sorted(self.dates).index(self.one_of(keys, meeting))
        self.a_meeting_comes_near(place, 5)
        for side in ["sender", "receiver"][: 1 if one else 2]:
            self.say_outcome(place, side, "took_place", "own")

    # --- Time, and what keeps people apart ---

    @precondition(lambda self: Occupancy.objects.filter(meeting=None).count() < 4)
    @rule(one=pick, slot=pick, own=st.booleans())
    def keep_free(self, one, slot, own):
        one = self.one_of([*self.sellers, *self.buyers], one)
        by = self.person(one, 0)
        self.step(lambda: actions.block_time(one, by=by, slots=[self.one_of(self.slots, slot)], person=by if own else None))

    @precondition(lambda self: Occupancy.objects.filter(meeting=None).exists())
    @rule(number=pick)
    def let_book_again(self, number):
        kept = self.one_of(Occupancy.objects.filter(meeting=None).order_by("pk"), number)
        one = next(one for one in (*self.sellers, *self.buyers) if one == kept.registration or self.stands_for(kept.person_id, one))
        by = self.person(one, 0)
        assert self.step(lambda: actions.free_time(one, by=by, slots=[kept.slot], person=kept.person), must=True) == 1
        assert not Occupancy.objects.filter(pk=kept.pk).exists()

    def stands_for(self, person, registration):
        return Member.objects.filter(company=registration.company_id, user=person).exists()

    @precondition(lambda self: self.questions and Block.objects.count() < 2)
    @rule(seller=pick, buyer=pick)
    def block(self, seller, buyer):
        buyer, seller = self.one_of(self.buyers, buyer), self.one_of(self.sellers, seller)
        block_company(buyer.company, seller.company, by=self.person(buyer, 0))
        self.look_again(swept=False)

    @rule(hours=st.sampled_from([1, 13, 80]))
    def hours_pass(self, hours):
        self.passed += timedelta(hours=hours)

    @any_meeting
    @rule(meeting=pick, minutes=st.sampled_from([-70, -10, 5]))
    def a_meeting_comes_near(self, meeting, minutes):
        date = self.dates[self.one_of(sorted(self.dates), meeting)]
        if date.begins is not None:
            self.passed += max(timedelta(), date.begins + timedelta(minutes=minutes) - timezone.now())

    @rule()
    def sweep(self):
        actions.sweep_meetings()
        self.look_again(swept=True)

    def look_again(self, *, swept):
        """Take from the rows what was done to them by time or by a block, where that was promised."""
        now = timezone.now()
        for row in MeetingRequest.objects.all():
            question = self.questions[row.pk]
            if row.status != question.status:
                assert (question.status, row.status) in {("pending", "expired"), ("pending", "cancelled")}
                assert row.status == "cancelled" or (swept and question.expires_at <= now)
            assert not (swept and row.status == "pending" and row.expires_at <= now)
            question.status, question.turn, question.is_delivered = row.status, row.waits_for, row.is_delivered
        for row in Meeting.objects.all():
            date = self.dates[row.pk]
            if row.status != date.status:
                ways = {("unscheduled", "scheduled"): swept, ("scheduled", "cancelled"): True, ("unscheduled", "cancelled"): True}
                assert ways.get((date.status, row.status), False) or (swept and date.may_settle_to(row.status, now))
            date.status = row.status
            self.has_moved(row)
            waiting = set(row.proposals.filter(status="pending").values_list("pk", flat=True))
            assert waiting <= set(date.proposed)
            date.proposed = {key: value for key, value in date.proposed.items() if key in waiting}

    # --- What holds after every step ---

    @invariant()
    def rows_agree(self):
        assert breaches() == []

    @invariant()
    def rows_are_as_the_model_has_it(self):
        requests = MeetingRequest.objects.values_list("pk", "status", "waits_for")
        assert {pk: rest for pk, *rest in requests} == {pk: [one.status, one.turn] for pk, one in self.questions.items()}
        meetings = {pk: rest for pk, *rest in Meeting.objects.values_list("pk", "status", "slot", "moves")}
        assert meetings == {pk: [one.status, one.slot, one.moves] for pk, one in self.dates.items()}
        waiting = set(MoveProposal.objects.filter(status="pending").values_list("pk", flat=True))
        assert waiting == {pk for one in self.dates.values() for pk in one.proposed}

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
        live = Meeting.objects.live().exclude(slot__starts_at__lte=timezone.now()).values_list("request__pair_low", "request__pair_high")
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
    run(stage, 5, 12)


@pytest.mark.long
def test_many_sequences_leave_everything_whole(stage):
    run(stage, SEQUENCES.get(connection.vendor, 50), 20)
