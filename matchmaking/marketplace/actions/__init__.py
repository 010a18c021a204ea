"""The verbs of this room: everything that changes a row of it."""

from matchmaking.marketplace.actions.ladder import (
    expire_postings,
    fulfil_posting,
    pause_posting,
    publish_posting,
    remind_owners,
    renew_posting,
    request_changes,
    resume_posting,
    submit_posting,
    withdraw_posting,
)
from matchmaking.marketplace.actions.saving import HeldCertificate, correct_posting, respell_certificate, save_offer, save_request
from matchmaking.marketplace.actions.together import MOST_AT_ONCE, submit_postings, withdraw_postings

__all__ = [
    "MOST_AT_ONCE",
    "HeldCertificate",
    "correct_posting",
    "expire_postings",
    "fulfil_posting",
    "pause_posting",
    "publish_posting",
    "remind_owners",
    "renew_posting",
    "request_changes",
    "respell_certificate",
    "resume_posting",
    "save_offer",
    "save_request",
    "submit_posting",
    "submit_postings",
    "withdraw_posting",
    "withdraw_postings",
]
