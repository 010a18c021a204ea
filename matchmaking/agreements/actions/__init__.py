"""The verbs of the ledger: everything that changes a row of it."""

from matchmaking.agreements.actions.answering import confirm, dispute, submit, take_back
from matchmaking.agreements.actions.common import LONGEST_REASON, AgreementInput, as_written, latest_entry, ledger_log
from matchmaking.agreements.actions.drafting import discard_draft, draft_agreement, draft_for, draft_from_meeting, edit_draft
from matchmaking.agreements.actions.introducing import answer_introduction, claim_introduction, end_introduction
from matchmaking.agreements.actions.linking import MadeLink, make_link, use_link
from matchmaking.agreements.actions.merging import keep_apart, merge
from matchmaking.agreements.actions.milestones import answer_milestone, answer_milestone_by_link, sweep_milestones
from matchmaking.agreements.actions.recording import correct, record_agreement, settle, void_agreement
from matchmaking.agreements.actions.verifying import verify, verify_many

__all__ = [
    "LONGEST_REASON",
    "AgreementInput",
    "MadeLink",
    "answer_introduction",
    "answer_milestone",
    "answer_milestone_by_link",
    "as_written",
    "claim_introduction",
    "confirm",
    "correct",
    "discard_draft",
    "dispute",
    "draft_agreement",
    "draft_for",
    "draft_from_meeting",
    "edit_draft",
    "end_introduction",
    "keep_apart",
    "latest_entry",
    "ledger_log",
    "make_link",
    "merge",
    "record_agreement",
    "settle",
    "submit",
    "sweep_milestones",
    "take_back",
    "use_link",
    "verify",
    "verify_many",
    "void_agreement",
]
