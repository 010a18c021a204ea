"""The tables of the ledger."""

from matchmaking.agreements.models.agreement import ON_RECORD, Agreement, AgreementQuerySet, Party, document_path
from matchmaking.agreements.models.ledger import Ledger

__all__ = ["ON_RECORD", "Agreement", "AgreementQuerySet", "Ledger", "Party", "document_path"]
