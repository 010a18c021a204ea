"""How rows are searched: each room says it of its own, in `searching.py`, and registers it when the site starts."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Model, QuerySet

Keys = Collection[int]


@dataclass(frozen=True)
class Both:
    """A text in English and Chinese; '' where there is none."""

    en: str = ""
    zh: str = ""

    @property
    def texts(self) -> tuple[str, str]:
        return self.en, self.zh


@dataclass(frozen=True)
class Found:
    """What is searched and shown of one row.

    Attributes:
        title: found first, and shown as the link.
        text: found last; a passage of it is shown.
        names: found between the two: who, where, of which kind.
        codes: what somebody types to get to just this row: a booth, an HS code.
        route: name and arguments of the page's address, and what follows it, for example ("offer", [5], "").
        aside: shown beside the title.
        edition_id: the current edition's rows come first.
        is_open: published rows come first.
        at: then the newest.
        sign: code and colour of a chain.
    """

    key: int
    title: Both
    route: tuple[str, list[Any], str]
    text: Both = field(default_factory=Both)
    names: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    aside: Both = field(default_factory=Both)
    edition_id: int | None = None
    is_open: bool = True
    at: datetime | None = None
    sign: tuple[str, str] | None = None
    is_demo: bool = False


@dataclass(frozen=True)
class Describer:
    """How the rows of one model are searched.

    Attributes:
        label: a word for them, unique; one model may be searched under several.
        kind: the tab under which they are listed.
        model: None for pages that no row stands behind.
        describe: from ids to what is searched; ids that are gone or not searched are left out. A fixed number of queries.
        visible: the rows that a visitor may see; None where everybody may see all.
    """

    label: str
    kind: str
    model: type[Model] | None
    describe: Callable[[Keys], Iterable[Found]]
    visible: Callable[[Any], QuerySet[Any]] | None = None


Reach = Callable[[Keys], Iterable[tuple[type[Model], Iterable[int]]]]
DESCRIBERS: dict[str, Describer] = {}
REACHES: dict[type[Model], list[Reach]] = {}


def searched(describer: Describer) -> None:
    """Let the rows be found."""
    DESCRIBERS[describer.label] = describer


def reaches(model: type[Model], reach: Reach) -> None:
    """Say which searched rows speak of the rows of a model: (model, ids) for the ids that changed."""
    REACHES.setdefault(model, []).append(reach)


def describers_of(model: type[Model] | None) -> list[Describer]:
    """Return how the rows of a model are searched; an empty list for most models."""
    return [describer for describer in DESCRIBERS.values() if describer.model is model]
