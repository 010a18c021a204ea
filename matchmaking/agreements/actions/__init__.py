"""The verbs of the ledger: everything that changes a row of it."""

from matchmaking.agreements.actions.common import AgreementInput, as_written, latest_entry
from matchmaking.agreements.actions.drafting import discard_draft, draft_agreement, edit_draft
from matchmaking.agreements.actions.recording import LONGEST_REASON, record_agreement, void_agreement

__all__ = [
    "LONGEST_REASON",
    "AgreementInput",
    "as_written",
    "discard_draft",
    "draft_agreement",
    "edit_draft",
    "latest_entry",
    "record_agreement",
    "void_agreement",
]
