"""A folder of published instances, each solved and checked, beside what is known of it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from matchmaking.meetings.planner.published.checking import check_file
from matchmaking.meetings.planner.published.instance import MAX_DIFFERENCE, read_instance
from matchmaking.meetings.planner.published.solving import Answer, Status, solve

BEST_KNOWN = "best_known.json"
HEAD = f"{'instance':34} {'status':10} {'scheduled':>9} {'breaks':>6} {'bound':>6} {'proven':>6} {'CPU s':>7} {'best known':>10}  verdict"


@dataclass(frozen=True, slots=True)
class Row:
    """One file. `scheduled` and `breaks` are counted by the checker; a plan that breaks a rule counts as none, and `wrong` says why.

    `best_known` is the published number of breaks, "infeasible", or None where the folder says nothing.
    """

    instance: str
    meetings: int
    status: str
    scheduled: int
    breaks: int | None
    bound: int | None
    proven: bool
    cpu_seconds: float
    best_known: int | str | None
    wrong: tuple[str, ...] = ()

    @property
    def is_reached(self) -> bool:
        """Whether the published value (or any value, where none is known) is reached and proven."""
        found = Status.INFEASIBLE.value if self.status == Status.INFEASIBLE else self.breaks
        return self.proven and not self.wrong and self.best_known in {None, found}


def measured(folder: Path, *, seconds: float, seed: int = 1) -> Iterator[Row]:
    """Solve every file of a folder, by name, each within so many CPU seconds, and yield its row.

    Raises:
        ValueError: a file of the folder is no instance.
    """
    known = _known(folder)
    for path in sorted(folder.glob("*.json")):
        if path.name != BEST_KNOWN:
            about = known.get(path.name.removesuffix(".json"), {})
            yield _row(path, about, seconds=seconds, seed=seed)


def _known(folder: Path) -> dict[str, dict[str, Any]]:
    path = folder / BEST_KNOWN
    found: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


def _row(path: Path, about: dict[str, Any], *, seconds: float, seed: int) -> Row:
    limit = about.get("max_difference", MAX_DIFFERENCE)
    instance = read_instance(path, max_difference=limit)
    answer = solve(instance, seconds=seconds, seed=seed)
    wrong, breaks = check_file(path, answer.slot_of, max_difference=limit) if answer.slot_of else ([], None)
    if breaks is not None and breaks != answer.breaks:
        wrong.append(f"{breaks} breaks counted, {answer.breaks} claimed")
    return Row(
        instance.name,
        len(instance.meetings),
        answer.status.value,
        0 if wrong else len(answer.slot_of),
        None if wrong else breaks,
        answer.bound,
        _is_proven(answer, wrong),
        round(answer.cpu_seconds, 2),
        _best_known(about),
        tuple(wrong),
    )


def _is_proven(answer: Answer, wrong: list[str]) -> bool:
    return answer.is_proven and not wrong


def _best_known(about: dict[str, Any]) -> int | str | None:
    if about.get("status") == Status.INFEASIBLE:
        return Status.INFEASIBLE.value
    best: int | None = about.get("breaks")
    return best


def line(row: Row) -> str:
    """Return a row as one line under `HEAD`."""
    verdict = "; ".join(row.wrong) or ("reached, proven" if row.is_reached else "NOT REACHED")
    scheduled = f"{row.scheduled}/{row.meetings}"
    return (
        f"{row.instance:34} {row.status:10} {scheduled:>9} {_shown(row.breaks):>6} {_shown(row.bound):>6} {'yes' if row.proven else 'no':>6} "
        f"{row.cpu_seconds:7.2f} {_shown(row.best_known):>10}  {verdict}"
    )


def summary(rows: list[Row]) -> dict[str, Any]:
    """Return the figures over a folder: files, how many are reached and proven, CPU seconds in the middle and at most."""
    seconds = [row.cpu_seconds for row in rows]
    return {
        "files": len(rows),
        "reached_and_proven": sum(row.is_reached for row in rows),
        "median_cpu_seconds": round(median(seconds), 2) if seconds else None,
        "most_cpu_seconds": max(seconds, default=None),
        "cpu_seconds": round(sum(seconds), 2),
    }


def as_json(rows: list[Row]) -> str:
    return json.dumps({"summary": summary(rows), "instances": [asdict(row) for row in rows]}, indent=1)


def measure(folder: Path, *, seconds: float, say: Callable[[str], object], as_json_text: bool = False, seed: int = 1) -> bool:
    """Measure a folder and say it, as a table that grows or as JSON in the end. Return whether every file is reached and proven.

    Raises:
        ValueError: the folder holds no instance, or a file that is none.
    """
    if not as_json_text:
        say(HEAD)
    rows = []
    for row in measured(folder, seconds=seconds, seed=seed):
        rows.append(row)
        if not as_json_text:
            say(line(row))
    if not rows:
        raise ValueError(f"{folder} holds no instance")
    say(as_json(rows) if as_json_text else _closing(summary(rows)))
    return all(row.is_reached for row in rows)


def _closing(about: dict[str, Any]) -> str:
    return (
        f"{about['reached_and_proven']} of {about['files']} reached and proven; CPU s: median {about['median_cpu_seconds']}, "
        f"at most {about['most_cpu_seconds']}, together {about['cpu_seconds']}"
    )


def _shown(value: float | str | None) -> str:
    return "-" if value is None else str(value)
