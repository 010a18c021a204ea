"""Answering without an account: a link for one party, one version, one answer. Only the digest of its secret is kept."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from expo.accounts.models import User
from expo.foundation.errors import NotAllowed
from expo.foundation.moves import locked
from expo.foundation.sealing import together
from expo.foundation.text import one_line
from matchmaking.agreements import errors, rules
from matchmaking.agreements.actions.answering import say_no, say_yes, verb_of_no
from matchmaking.agreements.actions.common import end_links, ledger_log
from matchmaking.agreements.actions.telling import send_link
from matchmaking.agreements.models import Agreement, Confirmation, ConfirmationLink, Party
from matchmaking.agreements.queries.links import digest_of, link_by, refuse_dead
from matchmaking.agreements.states import MOVES
from matchmaking.participants.models import Member

LASTS = timedelta(days=14)
SECRET_BYTES = 32
MOST_A_DAY = 3
LONGEST_NAME = 120
ANSWERS = tuple(Confirmation.Answer.values)


@dataclass(frozen=True)
class MadeLink:
    """A link and its secret, which is known only now; '' to a company, which has the link mailed and does not see it."""

    link: ConfirmationLink
    secret: str


@transaction.atomic
def make_link(agreement: Agreement, party: Party, *, by: User, email: str = "") -> MadeLink:
    """Make a link by which a party answers once, within fourteen days; its older ones end. It is mailed where an address is given.

    Staff make one for any party, and may hand it over themselves. A company that is a party makes one for an outside party, by mail only,
    three a day for each: what it could open itself would confirm nothing.

    Raises:
        NotAllowed, IllegalMove (nobody is asked now), LinkNeedsAddress, LinkNotForYou (the address is of another party), TooManyLinks.
    """
    agreement = locked(agreement)
    own = agreement.parties.select_related("agreement", "company").filter(pk=party.pk).first()
    if own is None or not rules.may_invite(by, own):
        raise NotAllowed
    party = own
    MOVES.leads_to("make_link", agreement.status)
    email, sees_secret = email.strip(), rules.may_record(by)
    if not sees_secret:
        _check_invitation(agreement, party, email)
    elif email:
        _refuse_other_side(agreement, party, email)
    made = _made(agreement, party, email, made_by=by)
    _log_made(agreement, made.link, by)
    return made if sees_secret else MadeLink(made.link, "")


def _made(agreement: Agreement, party: Party, email: str, *, made_by: User | None, is_anew: bool = False) -> MadeLink:
    end_links(agreement, party)
    secret, now = secrets.token_urlsafe(SECRET_BYTES), timezone.now()
    link = ConfirmationLink.objects.create(
        agreement=agreement,
        party=party,
        version=agreement.version,
        digest=digest_of(secret),
        email=email,
        made_by=made_by,
        made_at=now,
        expires_at=now + LASTS,
    )
    if email:
        send_link(link, secret, is_anew=is_anew)
    return MadeLink(link, secret)


def mailed_links(agreement: Agreement) -> list[ConfirmationLink]:
    """Return the links that work and that were mailed, with the addresses they went to: what a correction ends and sends anew. One query."""
    rows = agreement.links.filter(used_at__isnull=True, ended_at__isnull=True, expires_at__gt=timezone.now()).exclude(email="")
    return list(rows.select_related("made_by").order_by("pk"))


def renew_links(agreement: Agreement, ended: Iterable[ConfirmationLink], *, by: User) -> None:
    """Mail who had a link another one, for the version that there is now; a party that a correction took out gets none.

    The agreement is locked. A link stays that of who made it first: in their hands the new one confirms nothing, either. Nor does one in the
    hands of a party that the correction brought in.
    """
    parties = {party.pk: party for party in agreement.parties.select_related("company")}
    for link in ended:
        party = parties.get(link.party_id)
        if party is not None and not _is_of_other_side(agreement, party, link.email):
            made = _made(agreement, party, link.email, made_by=link.made_by, is_anew=True)
            _log_made(agreement, made.link, by)


def _log_made(agreement: Agreement, link: ConfirmationLink, by: User) -> None:
    """The digest is of 256 bits that nobody guesses: with it in the log nobody puts another secret in the link's place."""
    said = {"party": link.party_id, "link": link.pk, "digest": link.digest, "made_by": link.made_by_id}
    ledger_log(agreement, "link_made", by=by, **said, is_mailed=bool(link.email))


def _check_invitation(agreement: Agreement, party: Party, email: str) -> None:
    if not email:
        raise errors.LinkNeedsAddress
    _refuse_other_side(agreement, party, email)
    if party.links.filter(made_at__gt=timezone.now() - timedelta(days=1)).count() >= MOST_A_DAY:
        raise errors.TooManyLinks


def _refuse_other_side(agreement: Agreement, party: Party, email: str) -> None:
    if _is_of_other_side(agreement, party, email):
        raise errors.LinkNotForYou


def _is_of_other_side(agreement: Agreement, party: Party, email: str) -> bool:
    others = agreement.parties.exclude(pk=party.pk).filter(company__isnull=False).values("company")
    return Member.objects.filter(company__in=others, status=Member.Status.ACTIVE, user__email__iexact=email).exists()


@transaction.atomic
def use_link(secret: str, *, answer: str, name: str, reason: str = "", by: User | None = None) -> Agreement:
    """Answer for the party that a link was made for: "confirmed", or "disputed" with a reason. Then the link is used up.

    Of several who use one link at once, one does. Nothing is used up by a refusal.

    Args:
        name: who answers, as they typed it.
        by: who is signed in, if anybody is; somebody of another party cannot answer for this one.

    Raises:
        LinkUnknown, LinkUsed, LinkExpired, LinkEnded, LinkOfOtherVersion, LinkForwarded: as their sentences say.
        NameMissing, ReasonMissing, UnknownChoice, and as `confirm`.
    """
    found = link_by(secret)
    agreement = locked(found.agreement)
    link = ConfirmationLink.objects.select_for_update(of=("self",)).select_related("party__company").get(pk=found.pk)
    link.agreement = agreement
    refuse_dead(link)
    _refuse_forwarded(link, by)
    if answer not in ANSWERS:
        raise errors.UnknownChoice(field="answer")
    name = one_line(name)
    if not name or len(name) > LONGEST_NAME:
        raise errors.NameMissing
    MOVES.leads_to("confirm" if answer == Confirmation.Answer.CONFIRMED else verb_of_no(agreement), agreement.status)
    link.used_at, link.email = timezone.now(), ""
    link.save(update_fields=["used_at", "email"])
    way = Confirmation.Way.LINK
    with together():  # Nobody waits for a number while holding the log's chain.
        ledger_log(agreement, "link_used", by=by, party=link.party_id, link=link.pk)
        if answer == Confirmation.Answer.CONFIRMED:
            say_yes(agreement, link.party, by=by, way=way, name=name)
        else:
            say_no(agreement, link.party, by=by, way=way, name=name, reason=reason)
    return agreement


def _refuse_forwarded(link: ConfirmationLink, by: User | None) -> None:
    """A link in the hands of who made it, or of somebody of another party, confirms nothing."""
    if by is None:
        return
    others = link.agreement.parties.exclude(pk=link.party_id).filter(company__in=Member.objects.of(by))
    own = link.agreement.parties.filter(pk=link.party_id, company__in=Member.objects.of(by))
    if not own.exists() and (others.exists() or link.made_by_id == by.pk):
        raise errors.LinkForwarded
