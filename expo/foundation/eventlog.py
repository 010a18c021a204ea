"""The log of what was done: one row for each verb, in the same transaction. Every line bears a digest of itself, see `foundation.models.Event`."""

import json
import secrets
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AnonymousUser
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from expo.foundation import search
from expo.foundation.digests import timeless
from expo.foundation.models import SALT_BYTES, Event
from expo.foundation.sealing import IS_LASTING, seal_lasting

if TYPE_CHECKING:
    from expo.accounts.models import User

Step = tuple[models.Model, str, Mapping[str, Any]]
Touched = Mapping[type[models.Model], Collection[int]]
# What rooms above do when something is done: called in the transaction, with the rows that were written, by model.
FOLLOWERS: list[Callable[[Touched], None]] = []
# What rooms above do with the lines themselves: called in the transaction, with each thing and its line.
READERS: list[Callable[[Sequence[tuple[models.Model, Event]]], None]] = []


def followed_by(follower: Callable[[Touched], None]) -> None:
    """Have a room follow whatever is done, once the site has started. It must be quick: it runs within every verb."""
    if follower not in FOLLOWERS:
        FOLLOWERS.append(follower)


def read_by(reader: Callable[[Sequence[tuple[models.Model, Event]]], None]) -> None:
    """Have a room read the lines as they are written, once the site has started. It must be quick, as `followed_by` says."""
    if reader not in READERS:
        READERS.append(reader)


def log(thing: models.Model, verb: str, *, by: "User | AnonymousUser | None", **data: Any) -> Event:
    """Write that `by` did `verb` to `thing`; `data` holds what changed, as plain values. The search index follows the thing at once.

    `by` is None for the system itself (a sweep, a load of fixtures). A line of the ledger is sealed at once: log last in the verb.
    """
    search.follow(thing)
    _tell({type(thing): [thing.pk]})
    line = Event.objects.create(actor=_actor(by), verb=verb, thing=thing._meta.label, thing_id=str(thing.pk), data=_plain(data))
    _show([(thing, line)])
    seal_lasting([line])
    return line


def log_all(steps: Iterable[Step], *, by: "User | AnonymousUser | None") -> list[Event]:
    """Write many lines at once, as `log` does one by one: thing, verb, data. The index follows each thing once. Returns the lines in order."""
    steps, touched = list(steps), defaultdict[type[models.Model], set[int]](set)
    for thing, _verb, _data in steps:
        touched[type(thing)].add(thing.pk)
    lines = Event.objects.bulk_create(events_of(steps, by=by), batch_size=500)
    search.follow_rows(touched)
    _tell(touched)
    _show([(step[0], line) for step, line in zip(steps, lines, strict=True)])
    seal_lasting(lines)
    return lines


def _tell(touched: Touched) -> None:
    for follower in FOLLOWERS:
        follower(touched)


def _show(written: Sequence[tuple[models.Model, Event]]) -> None:
    for reader in READERS:
        reader(written)


def events_of(steps: Iterable[Step], *, by: "User | AnonymousUser | None") -> list[Event]:
    """Return the lines that `log_all` would write; nothing is written, and the index does not follow."""
    actor = _actor(by)
    return [
        Event(actor=actor, verb=verb, thing=thing._meta.label, thing_id=str(thing.pk), data=_plain(dict(data)))
        for thing, verb, data in steps
    ]


def prepared_events_of(steps: Iterable[Step], *, by: "User | AnonymousUser | None", at: datetime) -> list[Event]:
    """Return the lines for `foundation.prepared`, whose moment is `at`: it writes them with a later one, and their digests with that."""
    lines = events_of(steps, by=by)
    for line in lines:
        line.at, line.salt = at, secrets.token_hex(SALT_BYTES)
        line.digest = timeless(line)
    return lines


def empty(lines: "models.QuerySet[Event]") -> int:
    """Take from lines what they say, and leave that something was done: for the privacy of people. Lines of the ledger are left as they are.

    Their digest stays, and says nothing without the salt, which goes too. Returns how many lines were emptied.
    """
    return lines.exclude(IS_LASTING).exclude(data={}).update(data={}, salt="")


def disown(lines: "models.QuerySet[Event]") -> int:
    """Take from lines who did it, and what they say, where the person's row itself is to go. Lines of the ledger are left as they are."""
    return lines.exclude(IS_LASTING).update(actor=None, data={}, salt="")


def _actor(by: "User | AnonymousUser | None") -> "User | None":
    return None if by is None or isinstance(by, AnonymousUser) else by


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(json.dumps(data, cls=DjangoJSONEncoder, default=str)) if data else {}
    return plain
