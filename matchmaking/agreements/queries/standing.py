"""Whether companies may be named together in an agreement of an edition: who takes part, and who blocked whom."""

from collections.abc import Collection

from expo.editions.models import Edition
from matchmaking.meetings.rules import blocks_between
from matchmaking.participants.models import Block, Registration

S = Registration.Status
GONE = (S.REJECTED, S.WITHDRAWN)


def left_out(edition: Edition, companies: Collection[int]) -> list[int]:
    """Return those of the companies, by key, that were rejected or have withdrawn in every role they asked for. One query.

    A company that never registered is none of them: the organiser writes down what others signed with it.
    """
    states = _states_of(edition, companies)
    return [key for key in companies if states[key] and all(state in GONE for state in states[key])]


def not_verified(edition: Edition, companies: Collection[int]) -> list[int]:
    """Return those of the companies, by key, that take no part in the edition as verified ones. One query."""
    states = _states_of(edition, companies)
    return [key for key in companies if S.VERIFIED not in states[key]]


def blocks_among(companies: Collection[int]) -> list[tuple[int, int]]:
    """Return who of the companies has blocked whom of them, by key. One query."""
    return list(Block.objects.filter(blocks_between(companies)).order_by("pk").values_list("company", "blocked"))


def _states_of(edition: Edition, companies: Collection[int]) -> dict[int, list[str]]:
    states: dict[int, list[str]] = {key: [] for key in companies}
    rows = Registration.objects.filter(edition=edition, company__in=companies).values_list("company", "status")
    for company, status in rows:
        states[company].append(status)
    return states
