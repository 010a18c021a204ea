"""The links by which a party answers without an account: found by their secret, of which only the digest is kept."""

import hashlib
from collections.abc import Iterable

from django.utils import timezone

from matchmaking.agreements import errors
from matchmaking.agreements.models import ConfirmationLink, Party
from matchmaking.agreements.states import ASKED
from matchmaking.participants.models import Member

LONGEST_SECRET = 100


def digest_of(secret: str) -> str:
    """Return the SHA-256 of a secret, in hex."""
    return hashlib.sha256(secret.encode()).hexdigest()


def link_by(secret: str) -> ConfirmationLink:
    """Return the link that a secret opens, with its agreement and party. One query.

    Raises:
        LinkUnknown: there is none; a sign of the address is missing or was changed.
        LinkUsed, LinkOfOtherVersion, LinkEnded, LinkExpired: there is one that works no more, and why.
    """
    if not secret or len(secret) > LONGEST_SECRET:
        raise errors.LinkUnknown
    rows = ConfirmationLink.objects.select_related("agreement__edition", "agreement__chain", "agreement__segment", "party__company")
    link = rows.filter(digest=digest_of(secret)).first()
    if link is None:
        raise errors.LinkUnknown
    refuse_dead(link)
    return link


def refuse_dead(link: ConfirmationLink) -> None:
    """Pass silently, or say why the link works no more."""
    if link.used_at is not None:
        raise errors.LinkUsed
    if link.version != link.agreement.version:
        raise errors.LinkOfOtherVersion
    if link.ended_at is not None or link.agreement.status not in ASKED:
        raise errors.LinkEnded
    if link.expires_at <= timezone.now():
        raise errors.LinkExpired


def asker_of(link: ConfirmationLink, parties: Iterable[Party]) -> Party | None:
    """Return the party whose people had the link made, None where it was the organiser. One query."""
    members = Member.objects.filter(user=link.made_by_id, status=Member.Status.ACTIVE).values_list("company", flat=True)
    companies = set(members) if link.made_by_id is not None else set()
    return next((party for party in parties if party.company_id in companies and party.pk != link.party_id), None)
