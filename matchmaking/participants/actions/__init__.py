"""The verbs of this room: everything that changes a row of it."""

from matchmaking.participants.actions.companies import add_company, block_company, edit_company, found_company, set_logo, unblock_company
from matchmaking.participants.actions.members import answer_join, ask_to_join, end_membership, make_owner, revoke_consent
from matchmaking.participants.actions.registrations import (
    arrange_registration,
    close_company,
    move_booth,
    reject_registration,
    save_participation,
    set_reference,
    start_registration,
    submit_registration,
    verify_registration,
    withdraw_registration,
)

__all__ = [
    "add_company",
    "answer_join",
    "arrange_registration",
    "ask_to_join",
    "block_company",
    "close_company",
    "edit_company",
    "end_membership",
    "found_company",
    "make_owner",
    "move_booth",
    "reject_registration",
    "revoke_consent",
    "save_participation",
    "set_logo",
    "set_reference",
    "start_registration",
    "submit_registration",
    "unblock_company",
    "verify_registration",
    "withdraw_registration",
]
