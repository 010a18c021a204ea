"""The ledger of agreements on the organiser's desk."""

from matchmaking.agreements.admin.agreement import AgreementAdmin
from matchmaking.agreements.admin.tables import LedgerAdmin

__all__ = ["AgreementAdmin", "LedgerAdmin"]
