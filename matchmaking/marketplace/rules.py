"""Who may, and what counts as a change: yes or no, nothing written."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.contrib.auth.models import AnonymousUser

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.foundation import staff
from matchmaking.marketplace.models import Posting
from matchmaking.participants.models import Registration
from matchmaking.participants.rules import may_speak_for

Person = User | AnonymousUser
DAYS_AFTER_EDITION = 90
DAYS_WITHOUT_DATES = 180
REMINDER_DAYS = (14, 3)
ROLE_OF = {"offer": Registration.Role.EXHIBITOR, "request": Registration.Role.BUYER}
WORDING = ("title", "title_other", "description")
NOT_REVIEWED = ("language", "visibility", "answer_cap", "external_id")
# Measured as shared pairs of neighbouring signs, so that it holds for Chinese too. A typo in a title of one word still shares half.
STILL_THE_SAME_TEXT = 0.5


def may_post(person: Person, registration: Registration, kind: str) -> bool:
    """Whether the person may post an offer or a request ("offer", "request") for this registration. One query.

    The registration is verified and has the right role; the person stands for its company.
    """
    right_role = registration.role == ROLE_OF[kind] and registration.status == Registration.Status.VERIFIED
    return right_role and may_speak_for(person, registration.company)


def may_edit(person: Person, posting: Posting) -> bool:
    """Whether the person may change the posting and move it along: who stands for its company. One query."""
    return may_speak_for(person, posting.registration.company)


def may_review(person: Person, posting: Posting) -> bool:
    """Whether the person may publish a posting or ask for changes: staff who may change such rows."""
    permission = "marketplace.change_offer" if posting.kind == "offer" else "marketplace.change_sourcingrequest"
    return staff.may(person, permission)


def may_respell(person: Person) -> bool:
    """Whether the person may put the spelling of a certificate right: staff with the permission."""
    return staff.may(person, "marketplace.change_certificate")


def last_day(edition: Edition, today: date) -> date:
    """Return until when a posting published today is open: 90 days after the edition, or 180 days from now where it has no dates."""
    if edition.ends_on is None:
        return today + timedelta(days=DAYS_WITHOUT_DATES)
    return edition.ends_on + timedelta(days=DAYS_AFTER_EDITION)


def renewed_until(edition: Edition, today: date) -> date:
    """Return until when a posting renewed today is open: as a new one, and never less than 90 days from now."""
    return max(last_day(edition, today), today + timedelta(days=DAYS_AFTER_EDITION))


def needs_review(posting: Posting, before: dict[str, object], changed: Iterable[str]) -> bool:
    """Whether what changed has to be read again by the organiser: a must-have, or a text that became another text.

    Args:
        before: the values of the wording before the change.
        changed: names of the fields that changed; "certificates" stands for any change of them.
    """
    if not posting.registration.edition.reviews_postings:
        return False
    for name in changed:
        if name in WORDING:
            if not is_same_text(str(before[name]), str(getattr(posting, name))):
                return True
        elif name not in NOT_REVIEWED:
            return True
    return False


def is_same_text(old: str, new: str) -> bool:
    """Whether the new text still says what the old one said: it was corrected or shortened, not replaced."""
    first, second = _pairs(old), _pairs(new)
    if not second:
        return True
    return len(first & second) >= STILL_THE_SAME_TEXT * len(first | second)


def _pairs(text: str) -> set[str]:
    plain = "".join(text.casefold().split())
    return {plain[at : at + 2] for at in range(len(plain) - 1)} or ({plain} if plain else set())
