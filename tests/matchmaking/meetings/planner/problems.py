"""Small problems for the planner: by hand, and by hypothesis."""

from hypothesis import strategies as st

from matchmaking.meetings.planner import Interpreter, Participant, Place, Problem, Request, Slot


def slots(days, a_day):
    return tuple(Slot(day * 100 + index, day, index) for day in range(days) for index in range(a_day))


def people(*ids, **facts):
    return tuple(Participant(one, **facts) for one in ids)


@st.composite
def problems(draw, *, most_requests=12, is_plain=False):
    """Problems of any kind of rule; plain ones have no places, interpreters, order and limits of a day."""
    when = slots(draw(st.integers(1, 2)), draw(st.integers(1, 4)))
    ids = [slot.id for slot in when]
    some = st.frozensets(st.sampled_from(ids), max_size=2)
    who = tuple(
        Participant(
            number,
            desks=draw(st.sampled_from([1, 1, 2])),
            unavailable=draw(some),
            max_per_day=None if is_plain else draw(st.sampled_from([None, None, 1, 2])),
            minimum=draw(st.integers(0, 2)),
            max_on={} if is_plain else draw(st.sampled_from([{}, {}, {0: 1}, {1: 2}, {0: 0, 1: 3}])),
        )
        for number in range(1, draw(st.integers(3, 6)) + 1)
    )
    places, helpers = (), ()
    if not is_plain:
        places = (Place(1, 1, draw(st.integers(1, 2))), *(Place(10 + hall, hall, 1, pool=True) for hall in range(draw(st.integers(0, 2)))))
        helpers = tuple(Interpreter(number, draw(SKILL_SETS), draw(some)) for number in range(draw(st.integers(0, 2))))
    asked = tuple(draw(requests(number, who, ids, is_plain=is_plain)) for number in range(1, draw(st.integers(1, most_requests)) + 1))
    return Problem(when, who, asked, places, helpers, {(0, 1): 5}, draw(st.integers(0, 3)))


SKILL_SETS = st.frozensets(st.sampled_from(["en", "fr"]), min_size=1)


@st.composite
def requests(draw, number, who, ids, *, is_plain):
    sides = draw(st.lists(st.sampled_from([person.id for person in who]), min_size=2, max_size=2 if is_plain else 3, unique=True))
    return Request(
        number,
        tuple(sides),
        score=draw(st.integers(0, 100)),
        wishes=draw(st.integers(0, 2)),
        forbidden=draw(st.frozensets(st.sampled_from(ids), max_size=1)),
        fixed=draw(st.sampled_from([None, None, None, ids[0]])),
        place=None if is_plain else draw(st.sampled_from([None, 1, 77])),
        skill=None if is_plain else draw(st.sampled_from([None, None, "en", "fr"])),
        after=() if is_plain or number == 1 else draw(st.sampled_from([(), (), (number - 1,)])),
    )
