"""Reads of this room: what the run in force found."""

from matchmaking.matching.queries.company import ForYou, Group, best_of, companies_of, for_company, totals_of
from matchmaking.matching.queries.fits import (
    FitCard,
    Fits,
    fits_for_offer,
    fits_for_request,
    looked_at,
    offers_by_segment,
    segment_gaps,
)
from matchmaking.matching.queries.matches import (
    Filters,
    MatchCard,
    MatchList,
    matches_of_offer,
    matches_of_request,
    near_misses,
    own_or_staff,
)

__all__ = [
    "Filters",
    "FitCard",
    "Fits",
    "ForYou",
    "Group",
    "MatchCard",
    "MatchList",
    "best_of",
    "companies_of",
    "fits_for_offer",
    "fits_for_request",
    "for_company",
    "looked_at",
    "matches_of_offer",
    "matches_of_request",
    "near_misses",
    "offers_by_segment",
    "own_or_staff",
    "segment_gaps",
    "totals_of",
]
