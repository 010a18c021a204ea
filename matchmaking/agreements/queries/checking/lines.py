"""The lines of the log about rows of the ledger, as the checks read them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from expo.foundation.models import Event

SEEDED = "seed"  # The demo writes its rows as they are to be seen, with one line for each, and what hangs on them without.
SAME_MOMENT = timedelta(minutes=5)  # What one verb writes, it writes within seconds; a lock may be waited for between.


@dataclass(frozen=True, slots=True)
class Step:
    """One line: who did what, when, and with which values."""

    at: datetime
    actor: int | None
    verb: str
    data: Mapping[str, Any]

    @classmethod
    def read(cls, at: datetime, actor: int | None, verb: str, data: Any) -> "Step":
        """Return a line as a step. One whose data was changed to something else than names with values says nothing."""
        return cls(at, actor, verb, data if isinstance(data, dict) else {})

    @property
    def state(self) -> str:
        """The digest of what the agreement said after it; '' in lines of before there were such."""
        return str(self.data.get("state") or "")

    def is_by(self, person: int | None) -> bool:
        """Whether a row that it wrote may name that person: whose account is gone is named by no row any more."""
        return person is None or person == self.actor

    def is_of(self, moment: datetime | None) -> bool:
        """Whether something of that moment can have been written with it."""
        return moment is not None and abs(moment - self.at) < SAME_MOMENT


def steps_of(thing: str, keys: Iterable[int]) -> dict[int, list[Step]]:
    """Return the lines of these rows in their order, by the row's key. One query."""
    lines = Event.objects.filter(thing=thing, thing_id__in=[str(key) for key in keys]).order_by("pk")
    found: dict[int, list[Step]] = defaultdict(list)
    for key, *line in lines.values_list("thing_id", "at", "actor", "verb", "data"):
        found[int(key)].append(Step.read(*line))
    return found


def is_seeded(steps: Iterable[Step]) -> bool:
    """Whether the demo wrote the agreement."""
    return any(step.verb == SEEDED for step in steps)
