"""Many lines of the ledger's log at once."""

from collections.abc import Iterable, Mapping
from typing import Any

from expo.accounts.models import User
from expo.foundation.eventlog import log_all
from expo.foundation.models import Event
from matchmaking.agreements.models import Agreement
from matchmaking.agreements.queries.canonical import state_of

Step = tuple[Agreement, str, Mapping[str, Any]]


def ledger_log_all(steps: Iterable[Step], *, by: User | None) -> list[Event]:
    """Write a line for each step as `ledger_log` does for one, the parties fetched before: one step for each agreement, the last of its verb."""
    return log_all(((row, verb, {**data, "version": row.version, "state": state_of(row)}) for row, verb, data in steps), by=by)
