"""Hits as pages and the API show them: in the active language, with what was searched for marked."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from expo.foundation.bilingual import is_chinese
from expo.foundation.search.finding import TEXT_LOOSE
from expo.foundation.search.marking import Marker, Piece


@dataclass(frozen=True)
class Sign:
    """A chain as its bullet is printed."""

    code: str
    colour: str


@dataclass(frozen=True)
class Hit:
    """One line of a list of results.

    Attributes:
        title_aside: the title in the other language, where only that one has what was searched for.
        score: 5 for a whole title or code, 4 words of the title, 3 begun words of the title, 2 words of the text, 1 begun ones.
    """

    kind: str
    label: str
    key: int
    address: str
    title: list[Piece]
    title_aside: list[Piece]
    passage: list[Piece]
    aside: str
    sign: Sign | None
    is_demo: bool
    score: int

    @property
    def title_text(self) -> str:
        return "".join(text for text, _is_hit in self.title)

    @property
    def passage_text(self) -> str:
        return "".join(text for text, _is_hit in self.passage)


def shown(rows: Iterable[dict[str, Any]], marker: Marker) -> list[Hit]:
    """Return rows of `Search.page` as hits, in the same order. No query."""
    here = 1 if is_chinese() else 0
    return [_hit(row, marker, here) for row in rows]


def _hit(row: dict[str, Any], marker: Marker, here: int) -> Hit:
    said = row["shown"]
    title, other = _pair(said.get("title"), here)
    text, text_other = _pair(said.get("text"), here)
    name, args, rest = said["route"]
    only_other = bool(other) and other != title and marker.is_in(other) and not marker.is_in(title)
    passage = text_other if text_other and marker.is_in(text_other) and not marker.is_in(text) else text or text_other
    return Hit(
        kind=row["kind"],
        label=row["label"],
        key=row["object_id"],
        address=reverse(name, args=args) + rest,
        title=marker.pieces(title or other),
        title_aside=marker.pieces(other) if only_other and title else [],
        passage=marker.passage(passage),
        aside=_pair(said.get("aside"), here)[0],
        sign=Sign(*said["sign"]) if "sign" in said else None,
        is_demo=bool(said.get("demo")),
        score=TEXT_LOOSE + 1 - row["tier"],
    )


def _pair(texts: list[str] | None, here: int) -> tuple[str, str]:
    """Return a text in the active language and in the other one."""
    return (texts[here], texts[1 - here]) if texts else ("", "")
