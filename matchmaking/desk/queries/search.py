"""What a search answers: hits and counts; where nothing is found, those of the likeliest other spelling."""

from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator

from expo.editions.models import Edition
from expo.foundation.search import asked, spelling
from expo.foundation.search.finding import KINDS, MOST_COUNTED, Search
from expo.foundation.search.marking import Marker
from expo.foundation.search.showing import Hit, shown
from expo.foundation.text import one_line
from matchmaking.participants.models import Visitor

PAGE_SIZE = 20
SHORTEST_START = 2


class Answer:
    """What a search answers, page by page. Five queries at most for the first page, two more where the spelling was forgiven.

    Attributes:
        typed: the words as typed.
        kind: the kind that is listed, '' for all.
    """

    def __init__(self, typed: str, visitor: Visitor, *, kind: str, current: int | None) -> None:
        self.typed, self.kind = one_line(typed)[: asked.MOST_SIGNS], kind if kind in KINDS else ""
        self._typed = Search(asked.read(typed), visitor, current)

    @cached_property
    def forgiven(self) -> str:
        """The other spelling that was searched for, '' where what was typed is found or nothing like it is."""
        if not self._typed.asked or any(self._typed.counts.values()):
            return ""
        other = spelling.respelled(self._typed.asked.words)
        return other if other and any(self._other(other).counts.values()) else ""

    def _other(self, words: str) -> Search:
        if "_respelled" not in self.__dict__:
            self._respelled = Search(asked.read(words), self._typed.visitor, self._typed.current)
        return self._respelled

    @cached_property
    def found(self) -> Search:
        """The search whose hits are listed."""
        return self._other(self.forgiven) if self.forgiven else self._typed

    @property
    def is_asked(self) -> bool:
        """Whether anything was typed that can be looked for."""
        return bool(self._typed.asked)

    @property
    def total(self) -> int:
        return self.count_of("")

    def count_of(self, kind: str) -> int:
        """Return how many hits of the kind there are, no more than a thousand of each."""
        counts = self.found.counts
        return min(counts[kind], MOST_COUNTED) if kind else sum(min(count, MOST_COUNTED) for count in counts.values())

    def is_more(self, kind: str) -> bool:
        """Say whether there are more than were counted."""
        counts = self.found.counts
        return counts[kind] > MOST_COUNTED if kind else max(counts.values()) > MOST_COUNTED

    @property
    def listed(self) -> int:
        """How many hits there are of the kind that is listed, as far as they are counted; `plus` follows where there are more."""
        return self.count_of(self.kind)

    @property
    def plus(self) -> str:
        return "+" if self.is_more(self.kind) else ""

    @property
    def is_cut(self) -> bool:
        """Whether the list ends before the hits do."""
        return bool(self.plus) or self.listed > MOST_COUNTED

    def hits(self, first: int = 0, size: int = PAGE_SIZE) -> list[Hit]:
        """Return the hits from the first of these on, in the active language."""
        if not self.count_of(self.kind):
            return []
        return shown(self.found.page(self.kind, first=first, size=size), Marker(self.found.asked))


class HitPages(Paginator[Hit]):
    """The hits page by page, as far as they are counted."""

    def __init__(self, answer: Answer) -> None:
        super().__init__([], PAGE_SIZE)
        self.answer = answer

    @cached_property
    def count(self) -> int:
        return min(self.answer.count_of(self.answer.kind), MOST_COUNTED)

    def page(self, number: int | str) -> Page[Hit]:
        number = self.validate_number(number)
        return Page(self.answer.hits((number - 1) * PAGE_SIZE), number, self)


def answer_of(typed: str, visitor: Any, *, kind: str, current: Edition | None) -> Answer:
    """Return what the search answers the visitor; nothing is read before it is asked for."""
    return Answer(typed, visitor, kind=kind, current=current.pk if current else None)


def suggestions_of(typed: str, visitor: Any, *, current: Edition | None, most: int = 8) -> list[Hit]:
    """Return the best titles that have these words, the last of which may just have begun. Two queries."""
    words = asked.read(typed)
    if not words or (words.text.isascii() and len(words.text) < SHORTEST_START):
        return []
    found = Search(words, visitor, current.pk if current else None)
    return shown(found.suggestions(most), Marker(words))
