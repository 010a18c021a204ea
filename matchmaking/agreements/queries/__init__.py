"""Reads of the ledger: what looks like a duplicate, and what came of an edition."""

from matchmaking.agreements.queries.duplicates import NEAR_DAYS, likely_duplicates
from matchmaking.agreements.queries.outcome import (
    COUNTRY_OF_PARTY,
    SMALLEST_CELL,
    Cell,
    Counts,
    Outcome,
    in_yuan,
    outcome,
    sum_in_fen,
    trace_address,
)

__all__ = [
    "COUNTRY_OF_PARTY",
    "NEAR_DAYS",
    "SMALLEST_CELL",
    "Cell",
    "Counts",
    "Outcome",
    "in_yuan",
    "likely_duplicates",
    "outcome",
    "sum_in_fen",
    "trace_address",
]
