"""The life of an agreement as a table. Nothing leads back to draft: what is recorded stays on record."""

from expo.foundation.moves import Moves

DRAFT = "draft"
RECORDED = "recorded"
CONFIRMED = "confirmed"
VERIFIED = "verified"
DISPUTED = "disputed"
VOID = "void"

MOVES = Moves(
    {
        "edit": ({DRAFT}, DRAFT),
        "discard": ({DRAFT}, DRAFT),  # the row goes; only a draft can
        "record": ({DRAFT}, RECORDED),
        "void": ({RECORDED, CONFIRMED, VERIFIED, DISPUTED}, VOID),
    }
)
