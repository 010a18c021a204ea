"""Who reads: for which companies the person stands."""

from typing import Any

from expo.foundation.rows import Values
from matchmaking.meetings.models import Side
from matchmaking.participants.models import Member


def own_companies(person: Any) -> frozenset[int]:
    """Return the companies, by number, that the person stands for. One query."""
    return frozenset(Member.objects.of(person).values_list("company", flat=True))


def side_of(row: Values, own: frozenset[int]) -> Side | None:
    """Return the reader's side of a request; None for who stands for none of those who meet."""
    if row["sender_company"] in own:
        return Side.SENDER
    if row["receiver_company"] in own:
        return Side.RECEIVER
    if row["partner_company"] in own:
        return Side.SENDER if row["partner_led_by"] == row["sender"]["registration"] else Side.RECEIVER
    return None
