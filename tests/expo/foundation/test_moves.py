import pytest

from expo.foundation.errors import IllegalMove
from expo.foundation.moves import Moves

LADDER = Moves({"submit": ({"draft"}, "submitted"), "withdraw": ({"draft", "submitted"}, "withdrawn")})


def test_a_legal_move_leads_to_its_state() -> None:
    assert LADDER.leads_to("submit", "draft") == "submitted"


@pytest.mark.parametrize(("verb", "state"), [("submit", "submitted"), ("submit", "withdrawn"), ("withdraw", "withdrawn")])
def test_every_other_move_is_refused_with_409(verb: str, state: str) -> None:
    with pytest.raises(IllegalMove) as refusal:
        LADDER.leads_to(verb, state)
    assert refusal.value.status == 409
    assert refusal.value.code == "illegal_move"


def test_a_state_knows_its_verbs_in_the_order_of_the_table() -> None:
    assert LADDER.verbs_from("draft") == ["submit", "withdraw"]
    assert LADDER.verbs_from("withdrawn") == []


def test_the_table_can_be_read_pair_by_pair() -> None:
    assert list(LADDER.pairs()) == [
        ("submit", "draft", "submitted"),
        ("withdraw", "draft", "withdrawn"),
        ("withdraw", "submitted", "withdrawn"),
    ]
