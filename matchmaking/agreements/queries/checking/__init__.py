"""Proving the ledger: what its rows say is what the log says they say. See `checking.whole`."""

from matchmaking.agreements.queries.checking.whole import LedgerProof, prove_ledger

__all__ = ["LedgerProof", "prove_ledger"]
