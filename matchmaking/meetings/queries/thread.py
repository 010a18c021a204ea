"""The conversation that belongs to a request."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from expo.foundation.bilingual import has_chinese
from expo.foundation.models import Event
from matchmaking.meetings.models import Message, Side
from matchmaking.meetings.queries.pages import Page

ASKED, WROTE = "meeting_request.sent", "meeting_request.message"


@dataclass(frozen=True)
class Line:
    """A line of the conversation: whose, what, when, and in which language (as a `lang` attribute has it). `who` says where staff wrote it."""

    is_mine: bool
    who: str
    text: str
    at: datetime
    lang: str


def thread_of(page: Page) -> list[Line]:
    """Return the conversation, oldest first: it begins with what came with the question. Two queries."""
    request, rows = page.request, list(Message.objects.filter(request=page.request.pk).order_by("pk"))
    of_staff, lines = _written_by_staff(page), []
    if request.message:
        lines.append(_line(page, Side.SENDER, request.message, request.created_at, "", is_of_staff=None in of_staff))
    return lines + [_line(page, row.side, row.text, row.at, row.language, is_of_staff=row.pk in of_staff) for row in rows]


def _written_by_staff(page: Page) -> set[int | None]:
    """Return the numbers of the lines that staff wrote for a side; None is what came with the question. The log knows, whoever has left since."""
    log = Event.objects.filter(thing="meetings.MeetingRequest", thing_id=str(page.request.pk), verb__in=[ASKED, WROTE])
    return {data.get("message") for data in log.filter(data__has_key="acting_for").values_list("data", flat=True)}


def _line(page: Page, side: str, text: str, at: datetime, language: str, *, is_of_staff: bool) -> Line:
    is_mine = page.own is not None and page.acting_for is None and page.side == side
    company = page.name(page.request.sender if side == Side.SENDER else page.request.receiver)
    if is_of_staff:
        who = _("The organiser for you") if is_mine else _("The organiser for %(company)s") % {"company": company}
    else:
        who = _("You") if is_mine else company
    lang = "zh-Hans" if has_chinese(text) else language if language and not language.startswith("zh") else "en"
    return Line(is_mine, who, text, at, lang)
