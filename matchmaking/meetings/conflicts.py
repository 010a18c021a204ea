"""What the database refuses, by the name of the rule that it keeps, and what it holds still meanwhile."""

from django.db import DatabaseError, connection

# SQLite names the columns of the index, PostgreSQL the constraint.
RULES = {
    "meetings_occupancy.registration_id": "desk_no_double_booking",
    "meetings_occupancy.place_id": "place_no_double_booking",
    "meetings_occupancy.interpreter_id": "interpreter_no_double_booking",
    "meetings_occupancy.person_id": "person_no_double_booking",
    "meetings_meetingrequest.edition_id, meetings_meetingrequest.pair_low_id": "one_open_request_per_pair",
    "meetings_meetingrequest.edition_id, meetings_meetingrequest.sender_id": "one_open_request_per_sender",
    "meetings_meeting.request_id": "one_meeting_per_request",
    "meetings_moveproposal.meeting_id": "one_open_move_per_meeting",
    "meetings_place.booth_id": "one_place_per_booth",
    "meetings_slot.edition_id": "one_slot_at_a_time",
}
OF_OCCUPANCY = frozenset(rule for rule in RULES.values() if rule.endswith("_no_double_booking"))


DEADLOCK, LOCK_TIMEOUT = "40P01", "55P03"


def hold_what_is_named() -> None:
    """Lock now, against being changed, the rows that this transaction's rows refer to; PostgreSQL else does so only when it commits.

    Somebody who changes such a row under a full lock is waited for, and seen from here on; or waits for this transaction to end. SQLite has
    one writer at a time. One query.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def is_deadlock(fault: DatabaseError) -> bool:
    """Whether two waited for each other, and the database ended this one (PostgreSQL)."""
    return getattr(fault.__cause__, "sqlstate", "") == DEADLOCK


def is_kept_waiting(fault: DatabaseError) -> bool:
    """Whether somebody else is just taking the same, and did not come to an end in the time that the database waits (PostgreSQL)."""
    return getattr(fault.__cause__, "sqlstate", "") == LOCK_TIMEOUT


def broken_rule(fault: DatabaseError) -> str:
    """Return the name of the constraint that was broken, '' where it is none of this room's."""
    told = getattr(getattr(fault.__cause__, "diag", None), "constraint_name", None)
    if told:
        return str(told)
    words = str(fault)
    return next((rule for columns, rule in RULES.items() if columns in words), "")
