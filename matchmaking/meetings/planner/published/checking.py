"""Is a plan of a published instance right? Reads the file's own rows once more and shares no code with the model or with `instance`."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any


def check_file(path: Path, slot_of: Mapping[int, int], *, max_difference: int | None) -> tuple[list[str], int]:
    """Return what is wrong with a plan (nothing when it keeps every rule), and the breaks that it really has.

    Args:
        path: the published file.
        slot_of: the slot of each meeting, by meeting id.
        max_difference: by how many breaks two participants may differ, None for any number. The file's own comes first.
    """
    rows = json.loads(path.read_text(encoding="utf-8"))
    limit = rows.get("max_difference", max_difference)
    diaries = _diaries(rows, slot_of)
    breaks = {who: sum(later - earlier > 1 for earlier, later in pairwise(sorted(slots))) for who, slots in diaries.items()}
    spread = [breaks.get(who, 0) for who in range(rows["participants"])]
    wrong = [*_missing(rows, slot_of), *_misplaced(rows, slot_of), *_clashes(rows, slot_of, diaries)]
    if limit is not None and spread and max(spread) - min(spread) > limit:
        wrong.append(f"breaks differ by {max(spread) - min(spread)}, not by {limit} at most")
    return wrong, sum(spread)


def _diaries(rows: dict[str, Any], slot_of: Mapping[int, int]) -> dict[int, list[int]]:
    diaries: dict[int, list[int]] = defaultdict(list)
    for row in rows["meetings"]:
        if row["id"] in slot_of:
            diaries[row["a"]].append(slot_of[row["id"]])
            diaries[row["b"]].append(slot_of[row["id"]])
    return diaries


def _missing(rows: dict[str, Any], slot_of: Mapping[int, int]) -> list[str]:
    asked = {row["id"] for row in rows["meetings"]}
    return [f"meeting {one} has no slot" for one in sorted(asked - set(slot_of))] + [
        f"meeting {one} is not in the file" for one in sorted(set(slot_of) - asked)
    ]


def _misplaced(rows: dict[str, Any], slot_of: Mapping[int, int]) -> list[str]:
    wrong = []
    for row in rows["meetings"]:
        slot = slot_of.get(row["id"])
        if slot is None:
            continue
        half = "am" if slot < rows["morning_slots"] else "pm"
        if not 0 <= slot < rows["slots"]:
            wrong.append(f"meeting {row['id']} is outside the day")
        if row["session"] not in {"any", half}:
            wrong.append(f"meeting {row['id']} is in the wrong half of the day")
        if row["fixed"] is not None and row["fixed"] != slot:
            wrong.append(f"meeting {row['id']} left its fixed slot")
        if any(slot in rows["forbidden"][who] for who in (row["a"], row["b"])):
            wrong.append(f"meeting {row['id']} is in a forbidden slot")
        wrong += [f"meeting {row['id']} is not after {before}" for before in row["after"] if slot_of.get(before, slot) >= slot]
    return wrong


def _clashes(rows: dict[str, Any], slot_of: Mapping[int, int], diaries: Mapping[int, list[int]]) -> list[str]:
    twice = [
        f"participant {who} is booked twice in slot {slot}"
        for who, slots in sorted(diaries.items())
        for slot, times in Counter(slots).items()
        if times > 1
    ]
    crowds = Counter(slot_of.values())
    return twice + [f"slot {slot} needs {crowd} tables" for slot, crowd in sorted(crowds.items()) if crowd > rows["tables"]]
