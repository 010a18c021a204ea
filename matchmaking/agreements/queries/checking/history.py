"""The history of agreements and of their parties: taken step by step it says what the lines of the log stand for, no entry more and none less."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from expo.foundation.proving import Finding, Tell
from matchmaking.agreements.models import Agreement, Party
from matchmaking.agreements.queries.canonical import state_of
from matchmaking.agreements.queries.checking.lines import Step, is_seeded

OF_ROW, OF_PARTY = Agreement.history.model._meta.label, Party.history.model._meta.label
GONE = "-"
# What may go without a step of the ledger: a posting may be deleted, and a meeting.
MAY_GO = frozenset({"meeting_id", "offer_id", "sourcing_request_id"})
Run = tuple[str, list[Any]]  # What the agreement said, and the entries that say it.


def prove_history(agreement: Agreement, steps: Sequence[Step], entries: Sequence[Any], sides: Sequence[Any], tell: Tell) -> None:
    """Tell of entries that no line stands for, of lines without their entry, and of entries in another's name.

    `entries` are those of the agreement, `sides` those of its parties, each in their order. Rows without any history have nothing to prove.
    """
    stated = [step for step in steps if step.state]
    if not stated or not entries:
        return
    said = [(state, list(those)) for state, those in groupby(stated, key=lambda step: step.state)]
    runs = _runs(entries, sides)
    if len(stated) < len(steps) and not is_seeded(steps):  # The first lines are of before: what they stand for is not said.
        runs = runs[-len(said) :]
    if [state for state, _those in runs] != [state for state, _those in said]:
        _tell_odd(agreement, said, runs, sides, tell)
        return
    for (_state, lines), (_same, those) in zip(said, runs, strict=True):
        for entry in those:
            if not any(line.is_by(entry.history_user_id) or line.verb == "seed" for line in lines) and len(stated) == len(steps):
                tell(_changed(OF_ROW, entry, agreement, "says that somebody else did it"))


def differing(row: Any, entry: Any, loose: Iterable[str] = ()) -> list[str]:
    """Return the columns in which a row is not what an entry of its history says; what may go, may be gone."""
    fields = [one for one in row._meta.concrete_fields if one.attname not in loose]
    return [one.name for one in fields if not _same(row, entry, one.attname)]


def _same(row: Any, entry: Any, name: str) -> bool:
    now, then = getattr(row, name), getattr(entry, name)
    return str(now or "") == str(then or "") or (name in MAY_GO and now is None)


def _runs(entries: Sequence[Any], sides: Sequence[Any]) -> list[Run]:
    """Return what the agreement said one after the other, each with the entries that say so: its parties are those until its next entry."""
    states, there, at = list[tuple[str, Any]](), dict[int, Any](), 0
    ends = [entry.history_date for entry in entries[1:]]
    for entry, end in zip(entries, [*ends, None], strict=True):
        while at < len(sides) and (end is None or sides[at].history_date < end):
            there.pop(sides[at].id, None)
            if sides[at].history_type != GONE:
                there[sides[at].id] = sides[at]
            at += 1
        states.append((state_of(entry.instance, [side.instance for side in there.values()]), entry))
    return [(state, [entry for _state, entry in those]) for state, those in groupby(states, key=lambda one: one[0])]


def _tell_odd(agreement: Agreement, said: Sequence[tuple[str, list[Step]]], runs: Sequence[Run], sides: Sequence[Any], tell: Tell) -> None:
    """Name the entry at which history leaves what the lines say: of a party, where its newest one is not what the party is now."""
    newest = {side.id: side for side in sides}
    for party in agreement.parties.all():
        if party.pk in newest and (newest[party.pk].history_type == GONE or differing(party, newest[party.pk])):
            tell(_changed(OF_PARTY, newest[party.pk], agreement, "is not what the log says of that step"))
            return
    first = next((at for at, pair in enumerate(zip(runs, said, strict=False)) if pair[0][0] != pair[1][0]), min(len(runs), len(said)))
    left_runs, left_said = len(runs) - first, len(said) - first
    if left_runs >= left_said:
        tell(_changed(OF_ROW, runs[first][1][0], agreement, "is not what the log says of that step"))
        return
    step = said[first][1][0]
    row = f"{Agreement._meta.label} {agreement.pk}"
    says = f"Agreement {agreement.label} (row {agreement.pk}) has no entry of history for its step “{step.verb}” of {step.at:%Y-%m-%d %H:%M} UTC."
    tell(Finding("history_missing", row, says))


def _changed(of: str, entry: Any, agreement: Agreement, what: str) -> Finding:
    says = f"History entry {entry.history_id} of {'agreement' if of == OF_ROW else 'a party of agreement'} {agreement.label} (row {agreement.pk}) {what}."
    return Finding("history_changed", f"{of} {entry.history_id}", says)
