"""What a line of the log comes down to: one SHA-256 over all that it says, the same on every database and in every later version.

Pure: values in, hexadecimal out. The digest is made in two steps, so that what is prepared before its moment is known needs only the second
when it is written: first everything but the moment, then the moment.
"""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any, Protocol

MARK_BYTES = 16


class Said(Protocol):
    """What a line says, the moment apart."""

    actor_id: Any
    verb: str
    thing: str
    thing_id: str
    data: Any
    salt: str


class Timeless(str):
    """The first step's result, where a digest is to stand once the moment is known."""

    __slots__ = ()


def timeless(line: Said) -> Timeless:
    """Return the digest of everything but the moment."""
    said = [line.actor_id, line.verb, line.thing, line.thing_id, _as_kept(line.data), line.salt]
    text = json.dumps(said, sort_keys=True, separators=(",", ":"))
    return Timeless(hashlib.sha256(text.encode()).hexdigest())


def at_moment(before: str, at: datetime) -> str:
    """Return the digest of a line whose other values came down to `before` and that was written at that moment."""
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    return hashlib.sha256(f"{moment} {before}".encode()).hexdigest()


def mark_of(key: int, digest: str) -> bytes:
    """Return a line's place in the listing of its block: its number, and the first half of its digest."""
    return key.to_bytes(8, "big") + bytes.fromhex(digest)[:MARK_BYTES]


def marks_in(listing: bytes) -> dict[int, bytes]:
    """Return the listing as a table: half a digest by the line's number."""
    step = 8 + MARK_BYTES
    places = range(0, len(listing) - len(listing) % step, step)
    return {int.from_bytes(listing[at : at + 8], "big"): listing[at + 8 : at + step] for at in places}


def of_block(number: int, previous: str, at: datetime, listing: bytes, *, is_lasting: bool) -> str:
    """Return the digest of a block: of where it stands, when it was sealed, which lines it holds, and whether they last."""
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    kind = "lasting" if is_lasting else "pruned in time"
    return hashlib.sha256(f"{number} {previous} {moment} {kind} ".encode() + listing).hexdigest()


def _as_kept(data: Any) -> Any:
    """Return numbers as every database gives them back: 2.0 may come back as 2, and 1e16 with all its digits."""
    if isinstance(data, dict):
        return {key: _as_kept(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_as_kept(value) for value in data]
    return int(data) if isinstance(data, float) and data.is_integer() else data
