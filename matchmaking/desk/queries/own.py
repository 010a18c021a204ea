"""A person's own desk: what waits for them, their registrations, postings and agreements. Nobody else's."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast
from urllib.parse import urlencode

from django.db.models import Case, Count, Exists, OuterRef, When
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.foundation.dates import span
from matchmaking.agreements.models import Agreement
from matchmaking.agreements.queries.answers import waiting_for_company
from matchmaking.desk.queries.company import agreement_rows
from matchmaking.marketplace.models import Offer, Posting, PostingStatus, SourcingRequest
from matchmaking.marketplace.wording import title_of
from matchmaking.matching.queries import ForYou, for_company
from matchmaking.meetings.queries.board import meetings_today
from matchmaking.meetings.rules import may_look_after
from matchmaking.participants.models import Company, Consent, Member, Registration
from matchmaking.participants.rules import running

MOST_POSTINGS = 12
POSTINGS_WITH_FITS = 3
MOST_AGREEMENTS = 10
MOST_WAITING = 10
MOST_DRAFTS = 3
ENDS_SOON_DAYS = 14
ENDED = (PostingStatus.WITHDRAWN, PostingStatus.EXPIRED)
Row = dict[str, Any]
RegistrationStatus = Registration.Status


@dataclass(frozen=True)
class OwnDesk:
    """What a desk shows: `waits` first what the person owes, then what others owe them.

    `is_unmatched`: own postings are open, and no matching run is in force yet.
    """

    companies: list[Company]
    waits: list[Row]
    registrations: list[Row]
    postings: list[Row]
    postings_total: int
    fits: list[Row]
    is_unmatched: bool
    agreements: list[Row]
    may_offer: bool
    may_request: bool


def own_desk(user: User, edition: Edition | None) -> OwnDesk:
    """Read a person's desk. At most thirty queries."""
    memberships = list(
        Member.objects.filter(user=user).exclude(status=Member.Status.LEFT).select_related("company").order_by("company__name")
    )
    companies = [member.company for member in memberships if member.status == Member.Status.ACTIVE]
    registrations = list(Registration.objects.filter(company__in=companies, edition=edition).for_card().order_by("company__name", "role"))
    postings = _postings(companies, edition)
    open_ones = [posting for posting in postings if posting.is_open]
    found = for_company(companies, user, edition) if companies and edition is not None else None
    fits, totals = _what_fits(found, open_ones)
    roles = {row.role for row in registrations if row.status == RegistrationStatus.VERIFIED}
    return OwnDesk(
        companies,
        [*_asks(user, memberships), *_of_agreements(companies), *_of_registrations(registrations), *_of_postings(postings)],
        [_registration_row(row) for row in registrations],
        [_posting_row(posting, totals) for posting in postings],
        sum(model.objects.filter(registration__company__in=companies).count() for model in (Offer, SourcingRequest)),
        fits,
        bool(open_ones) and (found is None or not found.is_worked_out),
        _agreements(companies, edition),
        Registration.Role.EXHIBITOR in roles,
        Registration.Role.BUYER in roles,
    )


def organiser_queues(user: User, edition: Edition | None = None) -> list[Row]:
    """Return what waits for the organiser, each with its count and the admin's list of exactly these rows. One query for each.

    Who looks after meetings reads first how many there are today at the edition, if there are any, with the way to the board; who sees the
    ledger what of the edition waits to be verified or settled.
    """
    queues: list[tuple[str, str, Any, str]] = [
        (_("Registrations to verify"), "participants.registration", Registration, "submitted"),
        (_("Offers to review"), "marketplace.offer", Offer, "submitted"),
        (_("Requests to review"), "marketplace.sourcingrequest", SourcingRequest, "submitted"),
        (_("Agreements in draft"), "agreements.agreement", Agreement, "draft"),
    ]
    meetings = meetings_today(edition) if edition is not None and may_look_after(user) else 0
    today = [{"text": _("Meetings today"), "address": reverse("meeting_board"), "count": meetings}] if meetings else []
    ledger = _ledger_queues(edition) if edition is not None and user.has_perm("agreements.view_agreement") else []
    waiting = [
        {"text": text, "address": _changelist(label, status), "count": model.objects.filter(status=status).count()}
        for text, label, model, status in queues
        if user.has_perm(label.replace(".", ".view_"))
    ]
    return [*today, *waiting, *ledger]


def _ledger_queues(edition: Edition) -> list[Row]:
    """Return what waits in the ledger to be verified, and what is disputed if anything is, each with the way to it. One query."""
    counts: dict[str, int] = dict(Agreement.objects.filter(edition=edition).order_by().values_list("status").annotate(n=Count("pk")))
    queues = ((_("Agreements to verify"), "to-verify", "confirmed"), (_("Disputed agreements"), "disputed", "disputed"))
    address = f"{reverse('organiser_agreements')}?edition={edition.slug}&queue="
    return [
        {"text": text, "address": address + word, "count": counts.get(status, 0)}
        for text, word, status in queues
        if status == "confirmed" or counts.get(status)
    ]


def _changelist(label: str, status: str) -> str:
    return f"{reverse('admin:' + label.replace('.', '_') + '_changelist')}?{urlencode({'status__exact': status})}"


def _asks(user: User, memberships: Iterable[Member]) -> list[Row]:
    """Who asks to join a company that the person owns, by name while they let it be seen, and where the person's own question stands."""
    mine = [member for member in memberships if member.status == Member.Status.ASKED]
    owned = [member.company_id for member in memberships if member.status == Member.Status.ACTIVE and member.role == Member.Role.OWNER]
    shown = Consent.objects.filter(running(), person=OuterRef("user"), shown_to=OuterRef("company"), field="full_name")
    waiting = Member.objects.filter(company__in=owned, status=Member.Status.ASKED).exclude(user=user)
    asking: Any = waiting.select_related("user", "company").annotate(is_shown=Exists(shown))
    rows = [
        _wait(
            _("%(person)s asks to join %(company)s")
            % {"person": member.user.full_name if member.is_shown else _("Somebody"), "company": member.company.title},
            reverse("company_members", args=[member.company.slug]),
            member.job_title,
            is_mine=True,
        )
        for member in asking
    ]
    words = _("You have asked to join %(company)s")
    return rows + [_wait(words % {"company": member.company.title}, "", _("An owner answers."), is_mine=False) for member in mine]


def _of_agreements(companies: list[Company]) -> list[Row]:
    """Which agreements wait for the answer of one of the companies, and which drafts of theirs are still to be sent. Six queries at most."""
    mine = {company.pk for company in companies}
    if not mine:
        return []
    rows = []
    for agreement in waiting_for_company(mine)[:MOST_WAITING]:
        others = _(", ").join(party.name for party in agreement.parties.all() if party.company_id not in mine)
        note = _("with %(others)s, signed on %(day)s") % {"others": others, "day": span(agreement.signed_on)}
        title = _("Confirm “%(title)s”") % {"title": agreement.title}
        rows.append(_wait(title, reverse("own_agreement", args=[agreement.pk]) + "#answer", note, is_mine=True))
    for draft in Agreement.objects.filter(drafted_for__in=mine, status=Agreement.Status.DRAFT).order_by("-pk")[:MOST_DRAFTS]:
        title = _("Send “%(title)s” to the parties") % {"title": draft.title}
        rows.append(_wait(title, reverse("own_agreement", args=[draft.pk]), _("A draft, seen by nobody else."), is_mine=True))
    return rows


def _of_registrations(registrations: Iterable[Registration]) -> list[Row]:
    rows = []
    for row in registrations:
        words = {"company": row.company.title, "role": row.get_role_display()}
        if row.status == RegistrationStatus.DRAFT:
            text = _("Finish the registration of %(company)s as %(role)s")
            rows.append(_wait(text % words, reverse("registration_participation", args=[row.pk]), _("Begun, not sent yet."), is_mine=True))
        elif row.status == RegistrationStatus.REJECTED:
            text = _("Correct the registration of %(company)s as %(role)s")
            rows.append(_wait(text % words, reverse("registration_participation", args=[row.pk]), row.rejection_reason, is_mine=True))
        elif row.status == RegistrationStatus.SUBMITTED:
            text = _("%(company)s as %(role)s is with the organiser")
            rows.append(_wait(text % words, reverse("registration_review", args=[row.pk]), _sent(row.submitted_at), is_mine=False))
    return rows


def _of_postings(postings: Iterable[Posting]) -> list[Row]:
    soon = timezone.localdate() + timedelta(days=ENDS_SOON_DAYS)
    mine, theirs = [], []
    for posting in postings:
        words, address = {"title": title_of(posting)}, posting.get_absolute_url()
        if posting.status == PostingStatus.CHANGES_REQUESTED:
            mine.append(_wait(_("Change “%(title)s”") % words, address, posting.review_reason, is_mine=True))
        elif posting.status == PostingStatus.DRAFT:
            mine.append(_wait(_("Finish “%(title)s”") % words, address, _("A draft, seen by nobody else."), is_mine=True))
        elif posting.is_open and posting.valid_until is not None and posting.valid_until <= soon:
            mine.append(
                _wait(_("Renew “%(title)s”") % words, address, _("Ends on %(day)s.") % {"day": span(posting.valid_until)}, is_mine=True)
            )
        elif posting.status == PostingStatus.SUBMITTED:
            theirs.append(_wait(_("“%(title)s” is in review") % words, address, _sent(posting.submitted_at), is_mine=False))
    return mine + theirs


def _wait(title: str, address: str, note: str, *, is_mine: bool) -> Row:
    return {"title": title, "address": address, "note": note, "is_mine": is_mine}


def _sent(at: Any) -> str:
    return _("Sent on %(day)s.") % {"day": span(timezone.localdate(at))} if at else ""


def _registration_row(row: Registration) -> Row:
    steps = {
        RegistrationStatus.DRAFT: (_("Finish and send it."), "registration_participation"),
        RegistrationStatus.SUBMITTED: (_("The organiser answers; you are told by mail."), "registration_review"),
        RegistrationStatus.VERIFIED: (_next_step(row), "registration_review"),
        RegistrationStatus.REJECTED: (row.rejection_reason, "registration_review"),
        RegistrationStatus.WITHDRAWN: ("", "registration_review"),
    }
    note, address = steps[RegistrationStatus(row.status)]
    return {"registration": row, "note": note, "address": reverse(address, args=[row.pk])}


def _next_step(row: Registration) -> str:
    if row.role == Registration.Role.BUYER:
        return _("Post what you need.")
    return _("Post what you offer.") if row.booth else _("Post what you offer. No booth is booked.")


def _postings(companies: list[Company], edition: Edition | None) -> list[Posting]:
    """Return the newest postings of the companies, those that need the person's hand first.

    Drafts take the places that the others leave: hundreds from a spreadsheet would hide what is published.
    """
    postings: list[Posting] = []
    turn = Case(When(status=PostingStatus.CHANGES_REQUESTED, then=0), When(status=PostingStatus.DRAFT, then=2), default=1)
    for model in cast("tuple[Any, Any]", (Offer, SourcingRequest)):
        own = model.objects.filter(registration__company__in=companies, registration__edition=edition).exclude(status__in=ENDED)
        postings += own.for_card().order_by(turn, "-changed_at", "-pk")[:MOST_POSTINGS]
    urgent = [PostingStatus.CHANGES_REQUESTED, PostingStatus.DRAFT, PostingStatus.SUBMITTED, PostingStatus.PUBLISHED, PostingStatus.PAUSED]
    order = {status: place for place, status in enumerate(urgent)}
    return sorted(postings, key=lambda posting: order.get(PostingStatus(posting.status), len(order)))


def _what_fits(found: ForYou | None, open_ones: list[Posting]) -> tuple[list[Row], Mapping[tuple[str, int], int]]:
    """Return the best of what the run in force found for own postings, and how many matches each has: nothing while there is no run."""
    if found is None or not found.is_worked_out:
        return [], {}
    rows = [
        {"posting": group.posting, "title": title_of(group.posting), "total": group.total, "cards": group.cards}
        for group in found.groups[:POSTINGS_WITH_FITS]
    ]
    return rows, {(one.kind, one.pk): found.totals.get((one.kind, one.pk), 0) for one in open_ones}


STOPS = {
    PostingStatus.DRAFT: 0,
    PostingStatus.CHANGES_REQUESTED: 1,
    PostingStatus.SUBMITTED: 1,
    PostingStatus.PUBLISHED: 2,
    PostingStatus.PAUSED: 2,
    PostingStatus.FULFILLED: 4,
}


def _posting_row(posting: Posting, totals: Mapping[tuple[str, int], int]) -> Row:
    """Return a posting with its place on the track: draft, review, published, matched, agreed."""
    fits = totals.get((posting.kind, posting.pk))
    at = STOPS[PostingStatus(posting.status)] + bool(fits)
    note = posting.get_status_display()
    if fits is not None and posting.kind == "offer":
        note = ngettext("published, %(count)s request fits", "published, %(count)s requests fit", fits) % {"count": fits}
    elif fits is not None:
        note = ngettext("published, %(count)s offer fits", "published, %(count)s offers fit", fits) % {"count": fits}
    return {
        "title": title_of(posting),
        "address": posting.get_absolute_url(),
        "kind": posting.kind,
        "chain": posting.segment.chain,
        "at": at,
        "note": note,
        "is_demo": posting.is_demo,
    }


def _agreements(companies: list[Company], edition: Edition | None) -> list[Row]:
    """Return what the person's companies signed in the edition, whoever else may see it: they are a party to it."""
    rows = agreement_rows(Agreement.objects.counted().filter(edition=edition), companies, most=MOST_AGREEMENTS)
    return [row | {"own_page": reverse("own_agreement", args=[row["pk"]])} for row in rows]
