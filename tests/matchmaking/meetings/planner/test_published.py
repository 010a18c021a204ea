import json
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.sat.python.cp_model import CpModel, CpSolver

from matchmaking.meetings.planner.published.checking import check_file
from matchmaking.meetings.planner.published.counting import count_of
from matchmaking.meetings.planner.published.instance import read_instance
from matchmaking.meetings.planner.published.measuring import measured
from matchmaking.meetings.planner.published.solving import Status, solve
from tests.matchmaking.meetings.planner.brute_force import fewest_breaks

FOLDER = Path("tests/data/b2b")
KNOWN = json.loads((FOLDER / "best_known.json").read_text())


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_a_tiny_fair_is_solved_to_the_optimum_that_trying_everything_finds(name):
    path = FOLDER / f"{name}.json"
    answer = solve(read_instance(path))
    assert fewest_breaks(json.loads(path.read_text())) == KNOWN[name]["breaks"]
    assert answer.is_proven
    assert answer.breaks == KNOWN[name]["breaks"]
    if answer.breaks is None:
        assert answer.status is Status.INFEASIBLE
        assert not answer.slot_of
    else:
        assert answer.bound == answer.breaks
        assert check_file(path, answer.slot_of, max_difference=2) == ([], answer.breaks)


@pytest.mark.parametrize("limit", [0, 1, None])
def test_fairness_is_as_strict_as_it_is_told(limit):
    path = FOLDER / "tiny-a.tight.json"
    answer = solve(read_instance(path, max_difference=limit))
    assert answer.is_proven
    assert answer.breaks == fewest_breaks(json.loads(path.read_text()), max_difference=99 if limit is None else limit)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_a_made_up_fair_is_solved_to_its_optimum(tmp_path_factory, data):
    row = data.draw(fairs())
    path = tmp_path_factory.mktemp("fair") / "fair.json"
    path.write_text(json.dumps(row))
    answer = solve(read_instance(path))
    assert answer.is_proven
    assert answer.breaks == fewest_breaks(row)
    if answer.slot_of:
        assert check_file(path, answer.slot_of, max_difference=2) == ([], answer.breaks)


@st.composite
def fairs(draw):
    people, slots = draw(st.integers(3, 5)), draw(st.integers(3, 5))
    pairs = [(a, b) for a in range(people) for b in range(a + 1, people)]
    meetings = [
        {
            "id": number,
            "a": a,
            "b": b,
            "session": draw(st.sampled_from(["any", "any", "am", "pm"])),
            "fixed": draw(st.sampled_from([None, None, None, 0, slots - 1])),
            "after": draw(st.sampled_from([[], [], [number - 1]])) if number else [],
        }
        for number, (a, b) in enumerate(draw(st.lists(st.sampled_from(pairs), min_size=2, max_size=6, unique=True)))
    ]
    return {
        "name": "fair",
        "participants": people,
        "slots": slots,
        "morning_slots": draw(st.integers(1, slots)),
        "tables": draw(st.integers(1, 3)),
        "forbidden": [draw(st.lists(st.integers(0, slots - 1), max_size=1)) for _ in range(people)],
        "meetings": meetings,
    }


def test_the_same_fair_and_seed_give_the_same_plan():
    instance = read_instance(FOLDER / "tiny-c.halves.json")
    assert solve(instance, seed=3).slot_of == solve(instance, seed=3).slot_of


def test_a_count_in_unary_is_the_number_of_those_that_hold_up_to_its_most():
    for number, most in product(range(1, 5), range(4)):
        for values in product((0, 1), repeat=number):
            model = CpModel()
            literals = [model.new_bool_var("") for _ in values]
            total = count_of(model, literals, most)
            for literal, value in zip(literals, values, strict=True):
                model.add(literal == value)
            solver = CpSolver()
            solver.parameters.num_workers = 1
            solver.solve(model)
            assert [solver.value(one) for one in total] == [int(sum(values) > k) for k in range(len(total))]
            assert len(total) >= min(number, most + 1)


def fair_with_a_plan():
    path = FOLDER / "tiny-c.order.json"
    return path, json.loads(path.read_text()), dict(solve(read_instance(path)).slot_of)


def said_of(path, slot_of):
    wrong, _ = check_file(path, slot_of, max_difference=2)
    return " ".join(wrong)


def test_the_checker_finds_a_meeting_without_a_slot():
    path, rows, slot_of = fair_with_a_plan()
    del slot_of[rows["meetings"][0]["id"]]
    assert "has no slot" in said_of(path, slot_of)


def test_the_checker_finds_too_many_at_once():
    path, _, slot_of = fair_with_a_plan()
    said = said_of(path, dict.fromkeys(slot_of, 0))
    assert "needs 7 tables" in said
    assert "is booked twice" in said


def test_the_checker_finds_what_is_out_of_order():
    path, rows, slot_of = fair_with_a_plan()
    late = next(row for row in rows["meetings"] if row["after"])
    slot_of[late["id"]] = slot_of[late["after"][0]]
    assert "is not after" in said_of(path, slot_of)


def test_the_checker_finds_forbidden_and_fixed_slots_and_halves_of_the_day(tmp_path):
    _, rows, slot_of = fair_with_a_plan()
    one = rows["meetings"][0]
    rows["forbidden"][one["a"]] = [slot_of[one["id"]]]
    one["fixed"] = (slot_of[one["id"]] + 1) % rows["slots"]
    one["session"] = "pm" if slot_of[one["id"]] < rows["morning_slots"] else "am"
    path = tmp_path / "changed.json"
    path.write_text(json.dumps(rows))
    said = said_of(path, slot_of)
    assert all(words in said for words in ("in a forbidden slot", "left its fixed slot", "in the wrong half"))


def test_a_file_that_is_no_instance_is_named(tmp_path):
    (tmp_path / "shopping.json").write_text('{"milk": 2}')
    with pytest.raises(ValueError, match=r"shopping\.json is no instance"):
        list(measured(tmp_path, seconds=5))


def test_a_value_that_is_better_than_ours_is_not_reached(tmp_path):
    name = "tiny-a.original"
    (tmp_path / f"{name}.json").write_bytes((FOLDER / f"{name}.json").read_bytes())
    (tmp_path / "best_known.json").write_text(json.dumps({name: {"breaks": 0, "status": "optimal", "max_difference": 2}}))
    [row] = measured(tmp_path, seconds=10)
    assert (row.proven, row.breaks, row.best_known, row.is_reached) == (True, 1, 0, False)
