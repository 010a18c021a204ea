"""Who is told what of an agreement: the owners of the parties' companies as they chose, and by letter an outside party that has an address."""

from collections.abc import Collection, Iterable
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation

from expo.accounts.models import User, Way
from expo.editions.models import Edition
from expo.foundation.dates import long_day
from expo.foundation.outbox import Letter, Notice, send_letter, tell_all
from expo.foundation.text import one_line
from matchmaking.agreements.models import Agreement, ConfirmationLink, Party
from matchmaking.marketplace.wording import listed
from matchmaking.meetings.rules import is_at_hand
from matchmaking.participants.models import Company, Member

# What an owner may be told; a template of mail for each (templates/emails).
KINDS = {
    "agreement_asked",
    "agreement_reminder",
    "agreement_confirmed",
    "agreement_refused",
    "agreement_taken_back",
    "agreement_disputed",
    "agreement_settled",
    "agreement_corrected",
    "agreement_verified",
    "agreement_voided",
    "agreement_introduced",
    "agreement_introduction_answered",
}
LONGEST_IN_A_MAIL = 120
CHINESE_SPEAKING = {"CN", "HK", "MO", "TW"}


def tell_parties(
    agreement: Agreement, kind: str, *, leave_out: Collection[int] = (), by: User | None = None, reason: str = "", **more: Any
) -> None:
    """Tell the owners of the registered parties, each in their language and in the way they chose.

    Args:
        kind: one of `KINDS`. `more` is what its template reads besides.
        leave_out: keys of companies that need not be told, mostly the one that did it.
        by: who did it; never told of their own deed.
        reason: what was said, quoted in the mail as a block of its own.

    Three queries, whatever the number of parties; two when there is nobody to tell.
    """
    parties = list(agreement.parties.select_related("company").order_by("order", "pk"))
    told = {party.company.pk: party.company for party in parties if party.company is not None and party.company.pk not in leave_out}
    owners = Member.objects.filter(company__in=told, role=Member.Role.OWNER, status=Member.Status.ACTIVE, user__is_active=True)
    more["reason"] = quoted(reason)
    notices: dict[int, Notice] = {}
    for member in owners.select_related("user").order_by("pk"):
        if member.user_id not in notices and (by is None or member.user_id != by.pk):
            notices[member.user_id] = _notice(agreement, kind, member.user, told[member.company_id], parties=parties, more=more)
    tell_all(notices.values())


def _notice(agreement: Agreement, kind: str, person: User, own: Company, *, parties: Iterable[Party], more: dict[str, Any]) -> Notice:
    with translation.override(person.language):
        context = {
            "agreement": agreement,
            "title": shortened(agreement.title),
            "own": own,
            "others": listed(shortened(party.name) for party in parties if party.company_id != own.pk),
            "day": long_day(agreement.signed_on),
            "address": address_of(agreement),
            **more,
        }
    return Notice(person, kind, context, way=way_to(person, agreement.edition))


def way_to(person: User, edition: Edition) -> str:
    """Return how a notice about agreements reaches the person: as they chose, and what would be gathered at once while the expo is at hand."""
    chosen: str = person.mails_of_agreements
    return Way.AT_ONCE if chosen == Way.GATHERED and is_at_hand(edition, timezone.now()) else chosen


def send_link(link: ConfirmationLink, secret: str) -> None:
    """Mail an outside party the address that opens the agreement for it, in Chinese where its country or region reads Chinese.

    The mail says only what this site says: names of registered companies, no text that somebody typed. It is forgotten once it is sent.
    """
    agreement = link.agreement
    parties = agreement.parties.select_related("company").order_by("order", "pk")
    language = "zh-hans" if str(link.party.country.code or "") in CHINESE_SPEAKING else "en"
    with translation.override(language):
        context = {
            "companies": listed(party.company.title for party in parties if party.company is not None),
            "edition": agreement.edition.short_name,
            "address": secret_address(secret),
            "until": long_day(timezone.localdate(link.expires_at)),
        }
    send_letter(Letter(link.email, language, "agreement_link", context, holds_secret=True))


def secret_address(secret: str) -> str:
    """Return the whole address that a secret opens, in the active language."""
    return str(settings.SITE_URL).rstrip("/") + reverse("agreement_by_link", args=[secret])


def address_of(agreement: Agreement) -> str:
    """Return the whole address of the agreement's page on the desk, in the active language."""
    return str(settings.SITE_URL).rstrip("/") + reverse("own_agreement", args=[agreement.pk])


def shortened(text: str) -> str:
    """Return what somebody typed as a mail quotes it: one line, at most 120 signs."""
    line = one_line(text)
    return line if len(line) <= LONGEST_IN_A_MAIL else line[: LONGEST_IN_A_MAIL - 1] + "…"


def quoted(text: str) -> str:
    """Return what somebody wrote as the mail sets it apart: every line begins with four blanks, so that none reads as a word of this site."""
    return "\n".join(f"    {one_line(line)}" for line in text.strip().splitlines())
