"""Who comes from the other side, with what they let one's own company see."""

from dataclasses import dataclass

from expo.accounts.models import User
from matchmaking.meetings.queries.pages import Page
from matchmaking.participants.queries import contacts_for_staff, contacts_shown_to


@dataclass(frozen=True)
class Contact:
    """Somebody of the other side who comes, with what may be shown of them by field."""

    company: str
    fields: dict[str, str]


def contacts_of(page: Page, reader: User) -> list[Contact]:
    """Return who comes from the other side, with what they let one's own company see; to staff who only look, who comes from each side.

    One query, none without a meeting.
    """
    others = [seat for seat in page.seats if page.own is None or seat.side != page.side]
    people = [seat.person for seat in others if seat.person is not None]
    shown = contacts_shown_to(page.own.company, people) if page.own is not None else contacts_for_staff(reader, people)
    return [Contact(seat.registration.company.title, shown.get(seat.person_id or 0, {})) for seat in others]
