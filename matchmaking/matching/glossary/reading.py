"""The terms as the matcher reads them."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING

from django.db.models import Count, Max

from matchmaking.matching.glossary.files import read_folder, shipped_folder
from matchmaking.matching.glossary.names import key_of, names_of
from matchmaking.matching.models import Term

if TYPE_CHECKING:
    from matchmaking.matching.engine.glossary import Concept

Row = tuple[str, str, str, str, str, str]
State = tuple[int, datetime | None]


@dataclass(frozen=True)
class Known:
    """Every term in use, and one digest of them all: the same terms have the same digest on every machine."""

    concepts: tuple["Concept", ...]
    digest: str


def glossary() -> Known:
    """Return the terms in use, of every chain; the shipped ones while the table is empty. One small query, two where somebody changed a term."""
    global _last  # noqa: PLW0603 - one glossary is kept, for whoever asks next in this process
    counted = Term.objects.aggregate(n=Count("pk"), at=Max("changed_at"))
    state = (counted["n"], counted["at"])
    with _lock:
        if _last is None or _last[0] != state:
            _last = (state, known_of(_of_table() if state[0] else _of_files()))
        return _last[1]


def known_of(rows: Iterable[Row]) -> Known:
    """Return the concepts of rows (chain, key, kind, broader, english, chinese). A key that several chains have is one concept."""
    from matchmaking.matching.engine.glossary import Concept, merged  # Only where matching is done: pages do without the engine.

    found: dict[str, Concept] = {}
    for chain, key, kind, broader, english, chinese in sorted(rows):
        one = Concept(key, kind, chain, key_of(broader), tuple(names_of(english)), tuple(names_of(chinese)))
        found[key] = merged(found[key], one) if key in found else one
    concepts = tuple(found.values())
    digest = hashlib.sha256(repr([(one.key, one.kind, one.chain, one.broader, one.en, one.zh) for one in concepts]).encode())
    return Known(concepts, digest.hexdigest())


def _of_table() -> list[Row]:
    rows = Term.objects.filter(is_active=True).values_list("chain__slug", "key", "kind", "broader", "english", "chinese")
    return [(chain or "", *rest) for chain, *rest in rows.order_by()]  # type: ignore[misc] # six columns were asked for


def _of_files() -> list[Row]:
    return [(one.chain, one.key, one.kind, one.broader, one.english, one.chinese) for one in read_folder(shipped_folder())]


_lock = Lock()
_last: tuple[State, Known] | None = None
