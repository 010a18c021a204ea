"""How a change reads: each meeting with who meets, where it was and where it goes, and in words why."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from expo.editions.models import Edition
from expo.venue.models import Booth
from matchmaking.meetings import planner
from matchmaking.meetings.models import Edit, Interpreter, MeetingRequest, Place, Slot
from matchmaking.meetings.queries.edits.after import NO_ROW_YET
from matchmaking.meetings.queries.edits.kinds import Kind
from matchmaking.meetings.queries.edits.previews import Hit, Outcome, Preview
from matchmaking.meetings.queries.entries import time_words
from matchmaking.meetings.queries.plan_words import Names, reason_words
from matchmaking.participants.models import Registration

MOST_SHOWN = 100
GROUPS: tuple[tuple[Outcome, str | Promise], ...] = (
    (Outcome.BY_HAND, gettext_lazy("To be dealt with by hand")),
    (Outcome.WAITS, gettext_lazy("Lose their time and wait")),
    (Outcome.TABLE, gettext_lazy("Keep their time and wait for a table")),
    (Outcome.TIME, gettext_lazy("Get another time")),
    (Outcome.PLACE, gettext_lazy("Keep their time, at another place")),
    (Outcome.INTERPRETER, gettext_lazy("Keep time and place, with another interpreter")),
    (Outcome.SAME, gettext_lazy("Stay as they are")),
)
BY_HAND: dict[str, str | Promise] = {
    "running": gettext_lazy("Under way: it goes on where it is."),
    "near": gettext_lazy("Begins within the hour: speak to both sides."),
    "locked": gettext_lazy("Locked: it is not moved by itself."),
    "left": gettext_lazy("Its time was taken out before, and it was left to people."),
}
STAYED: dict[str, str | Promise] = {
    "over": gettext_lazy("It is over, or was called off."),
    "changed": gettext_lazy("It was changed again since."),
    "near": gettext_lazy("It begins within the hour, or has begun."),
    "begun": gettext_lazy("It begins within the hour, or has begun."),
    "slot_taken": gettext_lazy("One side meets somebody else then."),
    "slot_gone": gettext_lazy("The time is no longer in the timetable."),
    "day_is_full": gettext_lazy("The day is full for one side."),
    "place_taken": gettext_lazy("The place is taken then."),
    "place_gone": gettext_lazy("The place is closed."),
    "interpreter_taken": gettext_lazy("The interpreter sits elsewhere then."),
    "interpreter_gone": gettext_lazy("The interpreter is not there."),
}


@dataclass(frozen=True)
class Row:
    """One meeting of a change, in words."""

    meeting: int
    who: tuple[str, ...]
    was: str
    will: str
    says: str = ""
    is_demo: bool = False


@dataclass
class Group:
    """The meetings that come to the same, the first hundred of them as rows."""

    title: str
    count: int
    rows: list[Row] = field(default_factory=list)

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.count - len(self.rows)


@dataclass
class Words:
    """The names that rows need, by number. `moved` is a time as it will be, where that is not stored yet."""

    edition: Edition
    slots: dict[int, Slot]
    places: dict[int, str]
    interpreters: dict[int, str]
    requests: dict[int, MeetingRequest]
    moved: dict[int, Slot] = field(default_factory=dict)

    def seat(self, seat: planner.Seat | None, *, after: bool = False) -> str:
        """Return where a meeting sits: "Mon 22, 09:30 · N2-T4 · Ida"."""
        if seat is None:
            return _("waits for a time")
        slot = (self.moved.get(seat.slot) if after else None) or self.slots.get(seat.slot)
        parts = [time_words(slot, self.edition) if slot is not None else ""]
        parts.append(self.places.get(seat.place, "") if seat.place is not None else "")
        parts.append(self.interpreters.get(seat.interpreter, "") if seat.interpreter is not None else "")
        return " · ".join(part for part in parts if part)

    @property
    def names(self) -> Names:
        """For the sentences of the planner's reasons."""
        times = {pk: time_words(slot, self.edition) for pk, slot in self.slots.items()}
        return Names({}, self.places, times, {pk: " · ".join(self.who(pk)) for pk in self.requests})

    def who(self, meeting: int) -> tuple[str, ...]:
        """The companies that meet."""
        asked = self.requests.get(meeting)
        return tuple(one.company.title for one in asked.parties) if asked is not None else ()

    def row(self, meeting: int, was: str, will: str, says: str) -> Row:
        """Return a line of a table."""
        return Row(meeting, self.who(meeting), was, will, says, is_demo=meeting in self.requests and self.requests[meeting].is_demo)


def words_for(edition: Edition, meetings: Iterable[int], seats: Iterable[planner.Seat | None]) -> Words:
    """Read the names of these meetings' companies, and of all that these seats name. Four queries."""
    there = [seat for seat in seats if seat is not None]
    asked = MeetingRequest.objects.filter(meeting__in=list(meetings)).annotate(of=F("meeting__pk"))
    asked = asked.select_related("sender__company", "receiver__company", "partner__company")
    interpreters = [seat.interpreter for seat in there if seat.interpreter is not None]
    places = [seat.place for seat in there if seat.place is not None]
    pool = Interpreter.objects.filter(pk__in=set(interpreters)).select_related("person")
    return Words(
        edition,
        Slot.objects.in_bulk({seat.slot for seat in there}),
        dict(Place.objects.filter(pk__in=set(places)).values_list("pk", "code")),
        {one.pk: str(one) for one in pool},
        {vars(one)["of"]: one for one in asked},
    )


def groups_of(preview: Preview, edition: Edition) -> list[Group]:
    """Return the meetings of a preview by what becomes of them: first what people must deal with. Up to five queries."""
    chosen = [(title, preview.of(outcome)) for outcome, title in GROUPS]
    shown = [hit for _title, hits in chosen for hit in hits[:MOST_SHOWN]]
    seats = [seat for hit in shown for seat in (hit.before, hit.after)]
    words = words_for(edition, [hit.meeting for hit in shown], seats)
    words.moved = _moved(preview)
    words.places |= _new_places(preview)
    return [Group(str(title), len(hits), [_row(hit, words) for hit in hits[:MOST_SHOWN]]) for title, hits in chosen if hits]


def _moved(preview: Preview) -> dict[int, Slot]:
    begins = parse_datetime(preview.parameters.get("starts_at", ""))
    if begins is None:
        return {}
    return {preview.parameters["slot"]: Slot(starts_at=begins, day=begins.date())}


def _new_places(preview: Preview) -> dict[int, str]:
    """The booth to which an exhibitor moves, where it is no meeting place yet. One query at most."""
    booth = preview.parameters.get("booth")
    code = Booth.objects.filter(pk=booth).values_list("code", flat=True).first() if booth else None
    return {NO_ROW_YET - int(booth): code} if booth and code else {}


def _row(hit: Hit, words: Words) -> Row:
    data = dict(hit.data)
    if hit.outcome == Outcome.BY_HAND:
        says = str(BY_HAND.get(hit.reason, ""))
    elif hit.outcome == Outcome.WAITS:
        says = reason_words(hit.reason, data, words.names)
    else:
        says = "" if hit.is_struck else _("Makes room for another.")
    will = "" if hit.outcome == Outcome.BY_HAND else words.seat(hit.after, after=True)
    return words.row(hit.meeting, words.seat(hit.before), will, says)


def rows_of(edit: Edit) -> tuple[list[Row], int]:
    """Return the first hundred meetings that a change touched, with what became of them by undoing it, and how many more there are. Up to five queries."""
    had, got = edit.before.get("seats", {}), edit.after.get("seats", {})
    stayed = dict(edit.undone.get("could_not", []))
    keys = sorted(map(int, had), key=lambda pk: (pk not in stayed, pk))
    shown = keys[:MOST_SHOWN]
    seats = {pk: (_seat(had[str(pk)]), _seat(got[str(pk)])) for pk in shown}
    words = words_for(edit.edition, shown, [seat for pair in seats.values() for seat in pair])
    rows = [
        words.row(pk, words.seat(before), words.seat(after), str(STAYED.get(stayed[pk], "")) if pk in stayed else "")
        for pk, (before, after) in seats.items()
    ]
    return rows, len(keys) - len(rows)


def _seat(data: Sequence[Any] | None) -> planner.Seat | None:
    return planner.Seat(*data) if data is not None else None


def subjects_of(edits: Sequence[Edit]) -> dict[int, str]:
    """Return what each of the changes was about, in words, by its number. One query, none without interpreters."""
    wanted = {edit.parameters["interpreter"] for edit in edits if "interpreter" in edit.parameters}
    pool = Interpreter.objects.filter(pk__in=wanted).select_related("person") if wanted else ()
    names = {one.pk: str(one) for one in pool}
    return {edit.pk: subject_words(edit.kind, edit.parameters, edit.subject, names) for edit in edits}


def subject_words(kind: str, parameters: dict[str, Any], subject: str, names: dict[int, str]) -> str:
    """Return what a change is about: names of people are looked up, roles are said in the reader's language."""
    if "interpreter" in parameters:
        return " ".join(part for part in (names.get(parameters["interpreter"], ""), subject) if part)
    if kind == Kind.CHANGE_RIGHT:
        return " → ".join(str(Registration.Role(parameters[name]).label) for name in ("asking", "asked"))
    if "hall" in parameters:
        return _("Hall %(code)s") % {"code": subject}
    return subject
