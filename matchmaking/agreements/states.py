"""The life of an agreement as a table. What is recorded stays on record: only what has no number leads back to draft."""

from expo.foundation.moves import Moves

DRAFT = "draft"
SUBMITTED = "submitted"
RECORDED = "recorded"
CONFIRMED = "confirmed"
VERIFIED = "verified"
DISPUTED = "disputed"
VOID = "void"

COUNTED = frozenset({RECORDED, CONFIRMED, VERIFIED})
ON_RECORD = COUNTED | {DISPUTED}  # void ones too, but nothing happens to them any more
ASKED = frozenset({SUBMITTED}) | COUNTED  # the parties may still answer

MOVES = Moves(
    {
        "edit": ({DRAFT}, None),
        "discard": ({DRAFT}, None),  # the row goes; only a draft can
        "submit": ({DRAFT}, SUBMITTED),
        "take_back": ({SUBMITTED}, DRAFT),
        "refuse": ({SUBMITTED}, DRAFT),  # what disputing is while there is no number yet
        "record": ({DRAFT, SUBMITTED}, RECORDED),
        "confirm": (ASKED, None),  # a party's yes
        "confirmed": ({SUBMITTED, RECORDED}, CONFIRMED),  # the yes of the last one that was asked
        "dispute": (COUNTED, DISPUTED),
        "settle": ({DISPUTED}, RECORDED),
        "settle_as_confirmed": ({DISPUTED}, CONFIRMED),
        "correct": (ON_RECORD, RECORDED),
        "verify": ({RECORDED, CONFIRMED}, VERIFIED),
        "make_link": (ASKED, None),
        "introduce": (ASKED, None),
        "merge": (ON_RECORD, VOID),
        "void": (ON_RECORD, VOID),
    }
)
