"""Who comes from the other side, with what they let one's own company see."""

from dataclasses import dataclass

from matchmaking.meetings.queries.pages import Page
from matchmaking.participants.queries import contacts_shown_to


@dataclass(frozen=True)
class Contact:
    """Somebody of the other side who comes, with what may be shown of them by field."""

    company: str
    fields: dict[str, str]


def contacts_of(page: Page) -> list[Contact]:
    """Return who comes from the other side, with what they let one's own company see. One query, none without a meeting."""
    others = [seat for seat in page.seats if seat.side != page.side]
    if page.own is None:
        return []
    shown = contacts_shown_to(page.own.company, [seat.person for seat in others if seat.person is not None])
    return [Contact(seat.registration.company.title, shown.get(seat.person_id or 0, {})) for seat in others]
