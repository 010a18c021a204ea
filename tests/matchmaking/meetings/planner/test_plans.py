from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matchmaking.meetings.planner import Aim, Interpreter, Participant, Place, Problem, Reason, Request, Seat, breaches, make_plan
from matchmaking.meetings.planner.made_up import Size, made_up_expo
from tests.matchmaking.meetings.planner.brute_force import most_meetings
from tests.matchmaking.meetings.planner.problems import people, problems, slots

quick = settings(max_examples=30, deadline=None)
SMALL_EXPO = Size(buyers=150, exhibitors=14, requests=600, days=2, slots_a_day=10, halls=3, pool_tables_a_hall=2, interpreters=3)


@quick
@given(problems())
def test_a_plan_breaks_no_rule_and_accounts_for_every_request(problem):
    plan = make_plan(problem)
    assert breaches(problem, plan.seats) == ()
    asked = {request.id for request in problem.requests}
    assert set(plan.seats) | {each.request for each in plan.unseated} == asked
    assert len(plan.seats) + len(plan.unseated) == len(asked) == plan.figures.asked


@quick
@given(problems())
def test_no_plan_is_better_than_its_bounds(problem):
    plan = make_plan(problem)
    wishes, shortfall, score, *rest = plan.bounds
    assert plan.figures.seated <= plan.seated_bound
    assert wishes.reached <= wishes.bound
    assert shortfall.reached >= shortfall.bound
    assert score.reached <= score.bound + 1e-6
    assert all(bound.reached >= bound.bound for bound in rest)


@quick
@given(problems(most_requests=5, is_plain=True))
def test_the_bound_is_above_what_trying_everything_finds(problem):
    assert make_plan(problem).seated_bound >= most_meetings(problem)


@quick
@given(problems())
def test_the_same_problem_gives_the_same_plan_in_whatever_order_it_comes(problem):
    plan = make_plan(problem)
    turned = replace(
        problem,
        slots=problem.slots[::-1],
        participants=problem.participants[::-1],
        requests=problem.requests[::-1],
        places=problem.places[::-1],
        interpreters=problem.interpreters[::-1],
    )
    assert make_plan(problem).seats == plan.seats
    assert make_plan(turned).seats == plan.seats


@quick
@given(problems(), st.data())
def test_locked_seats_never_move(problem, data):
    first = make_plan(problem)
    held = data.draw(st.sets(st.sampled_from(sorted(first.seats))) if first.seats else st.just(set()))
    after = {request.id: request.after for request in problem.requests}
    while (
        more := {before for one in held for before in after[one]} - held
    ):  # What must be earlier stands with what stands, all the way back.
        held |= more
    locked = replace(
        problem,
        requests=tuple(replace(request, locked=first.seats[request.id]) if request.id in held else request for request in problem.requests),
        seed=problem.seed + 1,
    )
    plan = make_plan(locked)
    assert breaches(locked, plan.seats) == ()
    assert {one: plan.seats.get(one) for one in held} == {one: first.seats[one] for one in held}


def test_a_busy_fair_reaches_its_bound_and_loses_most_idle_slots():
    problem = made_up_expo(SMALL_EXPO)
    idle = []
    plan = make_plan(problem, progress=lambda progress: idle.append(progress.idle_slots))
    assert breaches(problem, plan.seats) == ()
    assert plan.figures.seated < len(problem.requests)
    assert plan.figures.seated >= 0.97 * plan.seated_bound
    assert plan.figures.idle_slots < 0.5 * max(idle)


def test_what_is_wished_for_more_is_seated_first_and_of_equals_the_better_fit():
    problem = Problem(
        slots(1, 2),
        people(1, 2, 3, 4, 5),
        (
            Request(1, (1, 2), score=90, wishes=1),
            Request(2, (1, 3), score=10, wishes=2),
            Request(3, (1, 4), score=50, wishes=1),
            Request(4, (1, 5), score=60, wishes=1),
        ),
    )
    plan = make_plan(problem)
    assert set(plan.seats) == {1, 2}
    assert all(bound.is_proven_best for bound in plan.bounds)
    assert {each.reason for each in plan.unseated} == {Reason.PARTICIPANT_FULL}
    assert plan.unseated[0].data == {"participant": 1, "meetings": 2}


def test_whoever_has_nothing_comes_before_a_better_fit_for_others():
    lonely = Participant(3, minimum=1)
    problem = Problem(slots(1, 1), (*people(1, 2), lonely), (Request(1, (1, 2), score=99), Request(2, (1, 3), score=1)))
    assert set(make_plan(problem).seats) == {2}


def test_others_make_room_along_a_chain():
    """Greedy takes the first slot for 1 and 2; 1 and 3 can only meet then."""
    problem = Problem(
        slots(1, 2), (*people(1, 2), Participant(3, unavailable=frozenset({1}))), (Request(1, (1, 2), score=9), Request(2, (1, 3)))
    )
    assert {one: seat.slot for one, seat in make_plan(problem).seats.items()} == {1: 1, 2: 0}


def test_what_must_be_later_is_later_though_both_are_free_at_once():
    problem = Problem(slots(1, 2), people(1, 2, 3, 4), (Request(1, (1, 2), after=(2,)), Request(2, (3, 4))))
    assert {one: seat.slot for one, seat in make_plan(problem).seats.items()} == {1: 1, 2: 0}
    late = replace(problem, requests=(problem.requests[0], replace(problem.requests[1], fixed=1)))
    assert [(each.request, each.reason, each.data) for each in make_plan(late).unseated] == [(1, Reason.ORDER, {"before": 2})]


def test_a_day_has_no_more_meetings_than_somebody_wants():
    who = (Participant(1, max_per_day=1), *people(2, 3, 4))
    plan = make_plan(Problem(slots(2, 3), who, tuple(Request(one, (1, one)) for one in (2, 3, 4))))
    assert len(plan.seats) == plan.seated_bound == 2
    assert {seat.slot // 100 for seat in plan.seats.values()} == {0, 1}


def test_three_meet_at_once_and_at_a_booth_with_desks():
    problem = Problem(
        slots(1, 3), people(1, 2, 3, desks=2), (Request(1, (1, 2, 3), place=7), Request(2, (1, 2), place=7)), places=(Place(7, 1, 1),)
    )
    plan = make_plan(problem)
    assert {seat.place for seat in plan.seats.values()} == {7}
    assert len({seat.slot for seat in plan.seats.values()}) == 2


def test_an_interpreter_is_in_one_place_at_a_time():
    helpers = (Interpreter(1, frozenset({"en"})), Interpreter(2, frozenset({"en", "fr"})))
    asked = (Request(1, (1, 2), score=9, skill="fr"), Request(2, (3, 4), skill="en"), Request(3, (5, 6), skill="en"))
    plan = make_plan(Problem(slots(1, 1), people(1, 2, 3, 4, 5, 6), asked, interpreters=helpers))
    assert plan.seats[1].interpreter == 2
    assert len(plan.seats) == 2
    assert [each.reason for each in plan.unseated] == [Reason.NO_INTERPRETER]


def test_a_meeting_without_a_booth_gets_a_table_in_the_hall_of_its_neighbours():
    places = (Place(1, 4), Place(10, 3, pool=True), Place(11, 4, pool=True))
    asked = (Request(1, (1, 2), place=1, fixed=0), Request(2, (2, 3), fixed=1))
    plan = make_plan(Problem(slots(1, 2), people(1, 2, 3), asked, places))
    assert plan.seats[2] == Seat(1, 11)
    assert plan.figures.hall_changes == 0


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"forbidden": frozenset({0, 1})}, Reason.NO_COMMON_SLOT),
        ({"place": 99}, Reason.NO_PLACE),
        ({"skill": "fr"}, Reason.NO_INTERPRETER),
        ({"after": (8,)}, Reason.ORDER),
        ({"locked": Seat(55, 1)}, Reason.LOCKED_CLASH),
    ],
)
def test_each_request_without_a_seat_says_why(facts, reason):
    asked = (replace(Request(1, (1, 2), place=1), **facts), Request(8, (3, 4), place=1, forbidden=frozenset({0, 1})))
    plan = make_plan(Problem(slots(1, 2), people(1, 2, 3, 4), asked, places=(Place(1, 1),)))
    assert {each.request: each.reason for each in plan.unseated} == {1: reason, 8: Reason.NO_COMMON_SLOT}


def test_a_plan_that_is_stopped_is_whole_and_can_be_gone_on_with():
    problem = made_up_expo(SMALL_EXPO)
    stored = []
    stopped = make_plan(problem, stop=lambda: True, progress=lambda progress: stored.append(progress.seats()))
    assert stopped.is_cut_short
    assert breaches(problem, stopped.seats) == ()
    assert stopped.seats == stored[-1]
    again = make_plan(problem, start=stored[-1])
    assert not again.is_cut_short
    assert again.figures.seated >= stopped.figures.seated
    assert again.figures.idle_slots < stopped.figures.idle_slots


def test_a_small_fair_in_which_all_are_seated_is_proven_to_the_last_idle_slot():
    """1 meets 2, 3 and 4; 2 can only come first, 3 only last, and 4 not in between: one idle slot is the least."""
    who = (Participant(1), *(Participant(one, unavailable=frozenset(shut)) for one, shut in ((2, {1, 2, 3}), (3, {0, 1, 2}), (4, {1}))))
    plan = make_plan(Problem(slots(1, 4), who, tuple(Request(one, (1, one)) for one in (2, 3, 4))))
    assert {one: seat.slot for one, seat in plan.seats.items()} == {2: 0, 3: 3, 4: 2}
    assert [(bound.reached, bound.bound) for bound in plan.bounds if bound.aim is Aim.IDLE_SLOTS] == [(1, 1)]


def test_progress_only_grows():
    told = []
    make_plan(made_up_expo(SMALL_EXPO), progress=told.append)
    assert [progress.share for progress in told] == sorted(progress.share for progress in told)
    assert [progress.step for progress in told][:2] == ["chosen", "seated"]
