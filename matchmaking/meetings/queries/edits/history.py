"""What was changed so far, by whom, and what can still be undone."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from expo.accounts.models import display_name
from matchmaking.meetings.models import Edit
from matchmaking.meetings.queries.edits.kinds import Kind
from matchmaking.meetings.queries.edits.shown import subjects_of

# What these gave back may be in use by now: who wants it closed closes it, and is shown whom that hits.
ONE_WAY = frozenset({Kind.REOPEN_HALL, Kind.REOPEN_PLACE, Kind.INTERPRETER_BACK})


@dataclass(frozen=True)
class ToldKind:
    """A kind of change as the page offers it: its word, its name, and what it does to who meets there."""

    word: str
    title: str
    text: str
    group: str


SAID: dict[str, tuple[str | Promise, str | Promise, str]] = {
    Kind.REMOVE_SLOT: (gettext_lazy("Take out a time"), gettext_lazy("Its meetings get another time."), "times"),
    Kind.MOVE_SLOT: (gettext_lazy("Move a time"), gettext_lazy("Its meetings move along where both sides can."), "times"),
    Kind.MAKE_BREAK: (gettext_lazy("Make a break of a time"), gettext_lazy("Its meetings get another time."), "times"),
    Kind.CLOSE_HALL: (gettext_lazy("Close a hall"), gettext_lazy("Its meetings go to tables elsewhere."), "places"),
    Kind.REOPEN_HALL: (gettext_lazy("Open a hall again"), gettext_lazy("Its booths and tables can be booked again."), "places"),
    Kind.CLOSE_PLACE: (gettext_lazy("Close a table or booth"), gettext_lazy("Its meetings go to other tables."), "places"),
    Kind.REOPEN_PLACE: (gettext_lazy("Open a table or booth again"), gettext_lazy("It can be booked again."), "places"),
    Kind.CHANGE_CAPACITY: (
        gettext_lazy("Change how many meet at a booth"),
        gettext_lazy("Who no longer fits at a time gets another."),
        "places",
    ),
    Kind.MOVE_EXHIBITOR: (gettext_lazy("Move an exhibitor"), gettext_lazy("Its meetings move along to the new booth."), "places"),
    Kind.INTERPRETER_AWAY: (gettext_lazy("An interpreter is ill"), gettext_lazy("Others take over, or the time changes."), "people"),
    Kind.INTERPRETER_BACK: (gettext_lazy("An interpreter is back"), gettext_lazy("They can be booked again."), "people"),
    Kind.CHANGE_RIGHT: (gettext_lazy("Change who may ask whom"), gettext_lazy("What is booked or asked stays."), "people"),
}


def told_kinds() -> dict[str, ToldKind]:
    """Return all kinds of change in the active language, by their word."""
    return {kind: ToldKind(str(kind), str(title), str(text), group) for kind, (title, text, group) in SAID.items()}


@dataclass(frozen=True)
class EditLine:
    """A change in the list: what it was about, and how many meetings it touched."""

    edit: Edit
    title: str
    subject: str
    by: str
    touched: int
    stayed: int


def edit_lines(edits: Sequence[Edit]) -> list[EditLine]:
    """Return the changes as lines of a list. One query, none without interpreters."""
    subjects, kinds = subjects_of(edits), told_kinds()
    return [
        EditLine(
            edit,
            kinds[edit.kind].title,
            subjects[edit.pk],
            display_name(edit.done_by) if edit.done_by is not None else "",
            len(edit.before.get("seats", {})),
            len(edit.undone.get("could_not", [])),
        )
        for edit in edits
    ]


def may_undo(edit: Edit) -> bool:
    """Whether there is anything to be undone, as far as the change itself says."""
    return edit.undone_at is None and edit.kind not in ONE_WAY
