"""What the matcher finds, in words: codes and plain values come in, sentences of the page's language go out."""

from matchmaking.matching.words.factors import Says, counted_in_full, factor_says, not_asked
from matchmaking.matching.words.mending import clash_mended, failure_mended
from matchmaking.matching.words.requirements import answered, asked_for, exception, shortfall
from matchmaking.matching.words.sums import kept_in_words
from matchmaking.matching.words.unlisted import why_unlisted

__all__ = [
    "Says",
    "answered",
    "asked_for",
    "clash_mended",
    "counted_in_full",
    "exception",
    "factor_says",
    "failure_mended",
    "kept_in_words",
    "not_asked",
    "shortfall",
    "why_unlisted",
]
