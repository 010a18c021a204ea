"""Reads of the ledger: what is known of an agreement, what looks like a duplicate, and what came of an edition."""

from matchmaking.agreements.queries.answers import answers_needed, answers_to, asked_of, waiting_for_company
from matchmaking.agreements.queries.canonical import canonical, state_of
from matchmaking.agreements.queries.duplicates import NEAR_DAYS, Pair, likely_duplicates, likely_pairs
from matchmaking.agreements.queries.links import link_by
from matchmaking.agreements.queries.outcome import (
    COUNTRY_OF_PARTY,
    SMALLEST_CELL,
    Outcome,
    in_yuan,
    outcome,
    sum_in_fen,
    trace_address,
)
from matchmaking.agreements.queries.start import DraftStart, draft_start
from matchmaking.agreements.queries.versions import Change, Version, versions

__all__ = [
    "COUNTRY_OF_PARTY",
    "NEAR_DAYS",
    "SMALLEST_CELL",
    "Change",
    "DraftStart",
    "Outcome",
    "Pair",
    "Version",
    "answers_needed",
    "answers_to",
    "asked_of",
    "canonical",
    "draft_start",
    "in_yuan",
    "likely_duplicates",
    "likely_pairs",
    "link_by",
    "outcome",
    "state_of",
    "sum_in_fen",
    "trace_address",
    "versions",
    "waiting_for_company",
]
