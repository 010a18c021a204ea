"""What a published file says. Indices count from 0; slots before `morning_slots` are the morning."""

import json
from dataclasses import dataclass
from pathlib import Path

MAX_DIFFERENCE = 2


@dataclass(frozen=True, slots=True)
class Encounter:
    """A meeting of a published instance: participants `a` and `b`, the slots it may take, and what comes before it (ids)."""

    id: int
    a: int
    b: int
    session: str = "any"
    fixed: int | None = None
    after: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Instance:
    """A small fair. Any two participants may differ by at most `max_difference` breaks (None: by any number)."""

    name: str
    participants: int
    slots: int
    morning_slots: int
    tables: int
    forbidden: tuple[frozenset[int], ...]
    meetings: tuple[Encounter, ...]
    max_difference: int | None = MAX_DIFFERENCE


def read_instance(path: Path, *, max_difference: int | None = MAX_DIFFERENCE) -> Instance:
    """Read one file. A `max_difference` in the file itself comes before the one that is handed over.

    Raises:
        ValueError: it is not such a file; the text says what is missing.
    """
    try:
        row = json.loads(path.read_text(encoding="utf-8"))
        meetings = tuple(
            Encounter(each["id"], each["a"], each["b"], each.get("session") or "any", each.get("fixed"), tuple(each.get("after") or ()))
            for each in row["meetings"]
        )
        return Instance(
            name=row.get("name") or path.stem,
            participants=row["participants"],
            slots=row["slots"],
            morning_slots=row["morning_slots"],
            tables=row["tables"],
            forbidden=tuple(frozenset(slots) for slots in row["forbidden"]),
            meetings=meetings,
            max_difference=row.get("max_difference", max_difference),
        )
    except (KeyError, TypeError, AttributeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path.name} is no instance: {error!r}") from error


def open_slots(instance: Instance, meeting: Encounter) -> tuple[int, ...]:
    """Return the slots that a meeting may take by itself: session, fixed slot and the forbidden slots of both sides."""
    first = instance.morning_slots if meeting.session == "pm" else 0
    end = instance.morning_slots if meeting.session == "am" else instance.slots
    shut = instance.forbidden[meeting.a] | instance.forbidden[meeting.b]
    return tuple(slot for slot in range(first, end) if slot not in shut and meeting.fixed in {None, slot})
