"""The conversation that belongs to a request."""

from dataclasses import dataclass
from datetime import datetime

from expo.foundation.bilingual import has_chinese
from matchmaking.meetings.models import Message, Side
from matchmaking.meetings.queries.pages import Page


@dataclass(frozen=True)
class Line:
    """A line of the conversation: whose, what, when, and in which language (as a `lang` attribute has it)."""

    is_mine: bool
    who: str
    text: str
    at: datetime
    lang: str


def thread_of(page: Page) -> list[Line]:
    """Return the conversation, oldest first: it begins with what came with the question. One query."""
    request, lines = page.request, []
    if request.message:
        lines.append(_line(page, Side.SENDER, request.message, request.created_at, ""))
    return lines + [
        _line(page, row.side, row.text, row.at, row.language) for row in Message.objects.filter(request=request.pk).order_by("pk")
    ]


def _line(page: Page, side: str, text: str, at: datetime, language: str) -> Line:
    is_mine = page.own is not None and page.acting_for is None and page.side == side
    who = page.request.sender if side == Side.SENDER else page.request.receiver
    lang = "zh-Hans" if has_chinese(text) else language if language and not language.startswith("zh") else "en"
    return Line(is_mine, page.name(who), text, at, lang)
