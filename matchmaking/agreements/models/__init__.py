"""The tables of the ledger."""

from matchmaking.agreements.models.agreement import ON_RECORD, Agreement, AgreementQuerySet, Party, document_path
from matchmaking.agreements.models.confirming import Confirmation, ConfirmationLink
from matchmaking.agreements.models.introduction import Introduction, IntroductionConsent
from matchmaking.agreements.models.ledger import Ledger
from matchmaking.agreements.models.milestone import Milestone
from matchmaking.agreements.models.report import FrozenReport

__all__ = [
    "ON_RECORD",
    "Agreement",
    "AgreementQuerySet",
    "Confirmation",
    "ConfirmationLink",
    "FrozenReport",
    "Introduction",
    "IntroductionConsent",
    "Ledger",
    "Milestone",
    "Party",
    "document_path",
]
