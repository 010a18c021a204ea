"""Reads of this room that join several models."""

from django.utils import timezone

from expo.accounts.models import User
from matchmaking.marketplace.rules import ROLE_OF, last_day
from matchmaking.participants.models import Registration


def registrations_to_post_for(person: User, kind: str) -> list[Registration]:
    """Return the verified registrations for which the person may post offers or requests now, newest edition first. One query.

    Those of editions whose postings have all run out are left out.
    """
    today = timezone.localdate()
    found = Registration.objects.of(person).verified().filter(role=ROLE_OF[kind]).select_related("company", "edition")
    return [row for row in found.order_by("-edition__ordinal", "company__name") if last_day(row.edition, today) >= today]
