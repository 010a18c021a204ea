from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from matchmaking.meetings.planner import (
    Changes,
    Interpreter,
    Place,
    Problem,
    Reason,
    Request,
    Seat,
    after_changes,
    breaches,
    make_plan,
    repair_plan,
)
from matchmaking.meetings.planner.made_up import Size, made_up_expo
from tests.matchmaking.meetings.planner.problems import people, problems, slots

quick = settings(max_examples=30, deadline=None)
SMALL_EXPO = Size(buyers=150, exhibitors=14, requests=600, days=2, slots_a_day=12, halls=3, pool_tables_a_hall=9, interpreters=3)


@quick
@given(problems())
def test_without_need_nothing_moves(problem):
    plan = make_plan(problem)
    diff = repair_plan(problem, plan.seats).diff
    assert diff.kept == tuple(sorted(plan.seats))
    assert (diff.moved, diff.unseated, diff.gone, diff.had_to_move) == ((), (), (), ())


@st.composite
def mishaps(draw, problem):
    def some(ids):
        return draw(st.frozensets(st.sampled_from(ids), max_size=2)) if ids else frozenset()

    when = [slot.id for slot in problem.slots]
    return Changes(
        cancelled=some([request.id for request in problem.requests]),
        closed_halls=draw(st.sampled_from([frozenset(), frozenset({1})])),
        removed_slots=draw(st.frozensets(st.sampled_from(when), max_size=1)),
        ill_interpreters=some([person.id for person in problem.interpreters]),
        blocked=draw(
            st.dictionaries(st.sampled_from([person.id for person in problem.participants]), st.just(frozenset(when[:1])), max_size=2)
        ),
    )


@quick
@given(st.data())
def test_a_repair_breaks_no_rule_and_loses_no_meeting_silently(data):
    problem = data.draw(problems())
    before = make_plan(problem).seats
    changed = after_changes(problem, data.draw(mishaps(problem)))
    repair = repair_plan(changed, before)
    diff = repair.diff
    assert breaches(changed, repair.plan.seats) == ()
    told = [*diff.kept, *(move.request for move in diff.moved), *(each.request for each in diff.unseated), *diff.gone]
    assert sorted(told) == sorted(before)
    assert all(repair.plan.seats[one] == before[one] for one in diff.kept)
    assert all(move.before == before[move.request] != move.after == repair.plan.seats[move.request] for move in diff.moved)


@quick
@given(st.data())
def test_whoever_had_to_move_could_not_have_stayed(data):
    problem = data.draw(problems())
    before = make_plan(problem).seats
    changed = after_changes(problem, data.draw(mishaps(problem)))
    diff = repair_plan(changed, before).diff
    there = {request.id for request in changed.requests}
    alone = {one: seat for one, seat in before.items() if one in there}
    if not diff.had_to_move:
        assert breaches(changed, alone) == ()
        assert not diff.moved
    else:
        assert breaches(changed, alone)


def test_a_closed_hall_moves_hardly_more_than_those_who_were_in_it():
    problem = made_up_expo(SMALL_EXPO)
    before = make_plan(problem).seats
    hall_of = {place.id: place.hall for place in problem.places}
    hit = {one for one, seat in before.items() if hall_of[seat.place] == 1}
    changed = after_changes(problem, Changes(cancelled=set(sorted(before)[:8]), closed_halls={1}))
    repair = repair_plan(changed, before)
    assert breaches(changed, repair.plan.seats) == ()
    assert set(repair.diff.gone) == set(sorted(before)[:8])
    assert set(repair.diff.had_to_move) == hit - set(repair.diff.gone)
    assert 0 < len(repair.diff.moved) <= 1.5 * len(repair.diff.had_to_move)


def test_a_removed_slot_loses_nothing_while_there_is_room():
    problem = Problem(slots(1, 4), people(*range(1, 13)), tuple(Request(one, (one, one + 6), fixed=None) for one in range(1, 7)))
    before = {one: Seat(0) for one in range(1, 7)}
    diff = repair_plan(after_changes(problem, Changes(removed_slots={0})), before).diff
    assert [move.request for move in diff.moved] == [1, 2, 3, 4, 5, 6]
    assert not diff.unseated
    assert {move.after.slot for move in diff.moved} == {1}


def test_an_ill_interpreter_is_replaced_in_the_same_slot_where_another_is_free():
    helpers = (Interpreter(1, frozenset({"en"})), Interpreter(2, frozenset({"en"})))
    problem = Problem(slots(1, 2), people(1, 2, 3, 4), (Request(1, (1, 2), skill="en"), Request(2, (3, 4))), interpreters=helpers)
    before = {1: Seat(0, None, 1), 2: Seat(0)}
    diff = repair_plan(after_changes(problem, Changes(ill_interpreters={1})), before).diff
    assert [(move.request, move.after) for move in diff.moved] == [(1, Seat(0, None, 2))]
    assert diff.kept == (2,)


def test_one_other_meeting_moves_when_that_saves_one():
    problem = Problem(slots(1, 2), people(1, 2, 3), (Request(1, (1, 2)), Request(2, (1, 3))))
    blocked = after_changes(problem, Changes(blocked={2: {0}}))
    diff = repair_plan(blocked, {1: Seat(0), 2: Seat(1)}).diff
    assert diff.had_to_move == (1,)
    assert {move.request: move.after.slot for move in diff.moved} == {1: 1, 2: 0}


def test_whoever_moves_leaves_no_gap_where_that_can_be():
    problem = Problem(slots(1, 4), people(1, 2, 3), (Request(1, (1, 2)), Request(2, (1, 3), fixed=2)))
    diff = repair_plan(after_changes(problem, Changes(blocked={2: {1}})), {1: Seat(1), 2: Seat(2)}).diff
    assert [(move.request, move.after.slot) for move in diff.moved] == [(1, 3)]


def test_what_waited_gets_a_freed_seat_and_moves_nobody():
    problem = Problem(slots(1, 1), people(1, 2, 3), (Request(1, (1, 2)), Request(2, (1, 3))))
    diff = repair_plan(after_changes(problem, Changes(cancelled={1})), {1: Seat(0)}).diff
    assert (diff.gone, diff.new, diff.moved) == ((1,), (2,), ())


def test_a_locked_meeting_whose_slot_is_gone_is_named_and_not_moved():
    problem = Problem(slots(1, 2), people(1, 2), (Request(1, (1, 2), locked=Seat(0, 5)),), (Place(5, 1),))
    diff = repair_plan(after_changes(problem, Changes(removed_slots={0})), {1: Seat(0, 5)}).diff
    assert diff.moved == ()
    assert [(each.request, each.reason) for each in diff.unseated] == [(1, Reason.LOCKED_CLASH)]


def test_a_wrong_seat_is_found_by_every_rule_of_the_verifier():
    asked = Request(1, (1, 2), forbidden=frozenset({0}), fixed=1, locked=Seat(1, 5), place=5, skill="en", after=(9,))
    who = (replace(people(1)[0], unavailable=frozenset({0}), max_per_day=0), *people(2, desks=0))
    problem = Problem(slots(1, 2), who, (asked,), (Place(5, 1, 0), Place(6, 1, 0)), (Interpreter(1, frozenset({"fr"})),))
    rules = {breach.rule for breach in breaches(problem, {1: Seat(0, 5, 1), 4: Seat(0)})}
    assert rules == {
        "unknown_request",
        "unavailable",
        "forbidden",
        "fixed",
        "locked",
        "order",
        "place_capacity",
        "interpreter_unfit",
        "desks",
        "full_day",
    }
    plain = replace(problem, requests=(replace(asked, locked=None),))
    assert {"other_place", "interpreter_needed"} <= {breach.rule for breach in breaches(plain, {1: Seat(1, 6)})}
    assert "no_place" in {breach.rule for breach in breaches(plain, {1: Seat(1)})}
    assert "unknown_slot" in {breach.rule for breach in breaches(plain, {1: Seat(77)})}
    pool = replace(problem, requests=(replace(asked, locked=None, place=None),))
    assert "not_of_the_pool" in {breach.rule for breach in breaches(pool, {1: Seat(1, 6)})}
