"""Reads of this room: what fits as of now, and what the run in force found."""

from matchmaking.matching.queries.fits import (
    FitCard,
    Fits,
    fits_for_offer,
    fits_for_request,
    gaps_looked_at,
    known_totals,
    offers_by_segment,
    segment_gaps,
)

__all__ = [
    "FitCard",
    "Fits",
    "fits_for_offer",
    "fits_for_request",
    "gaps_looked_at",
    "known_totals",
    "offers_by_segment",
    "segment_gaps",
]
