"""Who is told what of an agreement: the owners of the parties' companies as they chose, and by letter an outside party that has an address."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation

from expo.accounts.models import User, Way
from expo.editions.models import Edition
from expo.foundation.dates import long_day
from expo.foundation.outbox import Letter, Notice, send_letter, tell_all
from expo.foundation.text import one_line
from matchmaking.agreements.models import Agreement, ConfirmationLink, Introduction, Party
from matchmaking.agreements.queries.introductions import is_public
from matchmaking.agreements.queries.links import asker_of
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
    "agreement_introducer_named",
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
    parties = list(agreement.parties_in_order())
    owners = _owners({party.company_id for party in parties if party.company_id is not None and party.company_id not in leave_out})
    tell_all(_notices(agreement, kind, parties, owners, by=by, more={**more, "reason": quoted(reason)}))


def tell_parties_of_all(agreements: Sequence[Agreement], kind: str, *, by: User | None = None) -> None:
    """Tell the parties of many agreements of each, as `tell_parties`; parties and companies are fetched before. Two queries."""
    sides = {row.pk: sorted(row.parties.all(), key=lambda party: (party.order, party.pk)) for row in agreements}
    owners = _owners({party.company_id for parties in sides.values() for party in parties if party.company_id is not None})
    tell_all(notice for row in agreements for notice in _notices(row, kind, sides[row.pk], owners, by=by, more={"reason": ""}))


def _owners(companies: Collection[int]) -> Mapping[int, list[Member]]:
    """Return who owns each of the companies, the first one first. One query."""
    rows = Member.objects.filter(company__in=companies, role=Member.Role.OWNER, status=Member.Status.ACTIVE, user__is_active=True)
    found: dict[int, list[Member]] = defaultdict(list)
    for member in rows.select_related("user").order_by("pk"):
        found[member.company_id].append(member)
    return found


def _notices(
    agreement: Agreement,
    kind: str,
    parties: Sequence[Party],
    owners: Mapping[int, list[Member]],
    *,
    by: User | None,
    more: dict[str, Any],
) -> Iterable[Notice]:
    """Return one notice for each owner of the parties, in the order of their membership; whoever did it is not told."""
    companies = {party.company.pk: party.company for party in parties if party.company is not None}
    notices: dict[int, Notice] = {}
    for member in sorted((one for key in companies for one in owners.get(key, ())), key=lambda one: one.pk):
        if member.user_id not in notices and (by is None or member.user_id != by.pk):
            notices[member.user_id] = _notice(agreement, kind, member.user, companies[member.company_id], parties=parties, more=more)
    return notices.values()


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


def tell_introducer(claim: Introduction, kind: str, *, by: User, **more: Any) -> None:
    """Tell the owners of the company that is named as the one that brought the parties together. Three queries.

    One that is no party reads no more of the agreement than everybody does: its number alone where it is not public.
    """
    agreement = claim.agreement
    parties = list(agreement.parties_in_order())
    if any(party.company_id == claim.introducer_id for party in parties):
        others = {party.company_id for party in parties if party.company_id not in {None, claim.introducer_id}}
        tell_parties(agreement, kind, leave_out=others, by=by, **more)
        return
    shown = parties if is_public(agreement) else []
    if not shown:
        more |= {"title": agreement.label, "day": ""}
    notices = []
    for member in _owners({claim.introducer_id}).get(claim.introducer_id, ()):
        if member.user_id != by.pk:
            with translation.override(member.user.language):
                more["address"] = str(settings.SITE_URL).rstrip("/") + reverse("own_introductions")
            notices.append(_notice(agreement, kind, member.user, claim.introducer, parties=shown, more={**more, "reason": ""}))
    tell_all(notices)


def way_to(person: User, edition: Edition) -> str:
    """Return how a notice about agreements reaches the person: as they chose, and what would be gathered at once while the expo is at hand."""
    chosen: str = person.mails_of_agreements
    return Way.AT_ONCE if chosen == Way.GATHERED and is_at_hand(edition, timezone.now()) else chosen


def send_link(link: ConfirmationLink, secret: str, *, is_anew: bool = False) -> None:
    """Mail an outside party the address that opens the agreement for it, in Chinese where its country or region reads Chinese.

    The mail says only what this site says: names of registered companies, no text that somebody typed. It is forgotten once it is sent.
    `is_anew`: the agreement was corrected, and this link is in the place of an older one.
    """
    agreement = link.agreement
    parties = list(agreement.parties_in_order())
    asker = asker_of(link, parties)
    language = "zh-hans" if str(link.party.country.code or "") in CHINESE_SPEAKING else "en"
    with translation.override(language):
        context = {
            "companies": listed(party.company.title for party in parties if party.company is not None and party.pk != link.party_id),
            "asker": asker.name if asker is not None else "",
            "is_anew": is_anew,
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
