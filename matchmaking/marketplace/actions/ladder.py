"""The ladder of a posting, step by step."""

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from expo.accounts.models import User
from expo.foundation.errors import NotAllowed
from expo.foundation.eventlog import log
from expo.foundation.moves import locked
from expo.foundation.outbox import tell
from matchmaking.marketplace import rules
from matchmaking.marketplace.errors import HasRunOut, NotVerified, ReasonMissing
from matchmaking.marketplace.models import Offer, Posting, PostingStatus, SourcingRequest
from matchmaking.marketplace.states import POSTING_MOVES
from matchmaking.participants.models import Member, Registration

LONGEST_REASON = 1000
REMINDERS_NEAREST_FIRST = sorted(rules.REMINDER_DAYS)


@transaction.atomic
def submit_posting(posting: Posting, *, by: User) -> Posting:
    """Hand a draft in: to the organiser's review, or straight to the market where the edition does not review.

    Raises:
        NotAllowed: `by` does not stand for the company.
        NotVerified: the registration is not verified (any more).
        IllegalMove: it is neither a draft nor sent back for changes.
    """
    posting = locked(posting)
    _owner(posting, by)
    if not rules.may_post(by, posting.registration, posting.kind):
        raise NotVerified
    steps = hand_in(posting)
    posting.save()
    for verb, data in steps:
        log(posting, verb, by=by, **data)
    return posting


def hand_in(posting: Posting) -> list[tuple[str, dict[str, Any]]]:
    """Move a draft to where handing it in leads, and return the verbs to be logged with their data. Nothing is saved. Raises IllegalMove."""
    posting.status = POSTING_MOVES.leads_to("submit", posting.status)
    posting.submitted_at, posting.review_reason = timezone.now(), ""
    reviewed = posting.registration.edition.reviews_postings
    steps: list[tuple[str, dict[str, Any]]] = [("submit", {"reviewed": reviewed})]
    if not reviewed:
        _open(posting, "publish")
        steps.append(("publish", {"valid_until": posting.valid_until}))
    return steps


@transaction.atomic
def publish_posting(posting: Posting, *, by: User) -> Posting:
    """Let a reviewed posting onto the market, and tell its owners.

    Raises:
        NotAllowed: `by` may not review.
        NotVerified: the company no longer takes part.
        IllegalMove: it does not wait for review.
    """
    posting = locked(posting)
    _reviewer(posting, by)
    if posting.registration.status != Registration.Status.VERIFIED:
        raise NotVerified
    _open(posting, "publish")
    posting.save()
    log(posting, "publish", by=by, valid_until=posting.valid_until)
    _tell_owners(posting, "posting_published")
    return posting


@transaction.atomic
def request_changes(posting: Posting, *, by: User, reason: str) -> Posting:
    """Send a posting back to its author with a reason, and tell them. A published one leaves the market.

    Raises:
        NotAllowed: `by` may not review.
        IllegalMove: it is a draft, or has ended.
        ReasonMissing: there is no reason, or it is longer than 1,000 signs.
    """
    posting = locked(posting)
    _reviewer(posting, by)
    posting.status = POSTING_MOVES.leads_to("request_changes", posting.status)
    posting.review_reason = reason.strip()
    if not posting.review_reason or len(posting.review_reason) > LONGEST_REASON:
        raise ReasonMissing
    posting.save()
    log(posting, "request_changes", by=by, reason=posting.review_reason)
    _tell_owners(posting, "posting_changes")
    return posting


@transaction.atomic
def pause_posting(posting: Posting, *, by: User) -> Posting:
    """Take a posting off the market for a while. Raises NotAllowed, IllegalMove."""
    return _step(posting, "pause", by=by)


@transaction.atomic
def resume_posting(posting: Posting, *, by: User) -> Posting:
    """Put a paused posting back. Raises NotAllowed, IllegalMove; HasRunOut when its time is over (renew it instead)."""
    posting = locked(posting)
    _owner(posting, by)
    status = POSTING_MOVES.leads_to("resume", posting.status)
    if posting.valid_until is None or posting.valid_until < timezone.localdate():
        raise HasRunOut
    posting.status = status
    posting.save()
    log(posting, "resume", by=by)
    return posting


@transaction.atomic
def renew_posting(posting: Posting, *, by: User) -> Posting:
    """Open a published, paused or expired posting anew: to 90 days after the edition, at least 90 days from now.

    Raises:
        NotAllowed: `by` does not stand for the company.
        NotVerified: the company no longer takes part.
        IllegalMove: it was never published, or was withdrawn or fulfilled.
    """
    posting = locked(posting)
    _owner(posting, by)
    posting.status = POSTING_MOVES.leads_to("renew", posting.status)
    if not rules.may_post(by, posting.registration, posting.kind):
        raise NotVerified
    posting.valid_until = rules.renewed_until(posting.registration.edition, timezone.localdate())
    posting.reminded_days = None
    posting.save()
    log(posting, "renew", by=by, valid_until=posting.valid_until)
    return posting


@transaction.atomic
def fulfil_posting(posting: Posting, *, by: User) -> Posting:
    """Close a posting because it found its partner. For good. Raises NotAllowed, IllegalMove."""
    return _step(posting, "fulfil", by=by)


@transaction.atomic
def withdraw_posting(posting: Posting, *, by: User) -> Posting:
    """Take a posting back. For good. Raises NotAllowed, IllegalMove."""
    return _step(posting, "withdraw", by=by)


def expire_postings(today: date) -> int:
    """Close what ran out before `today`, tell the owners, and return how many. Each in its own transaction; may run twice."""
    return sum(_expire(model, key, today) for model in (Offer, SourcingRequest) for key in _due(model, today))


def _due(model: Any, today: date) -> list[int]:
    running = model.objects.filter(status__in=[PostingStatus.PUBLISHED, PostingStatus.PAUSED], valid_until__lt=today)
    return list(running.order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def _expire(model: Any, key: int, today: date) -> int:
    posting = model.objects.select_for_update().get(pk=key)
    if posting.status not in {PostingStatus.PUBLISHED, PostingStatus.PAUSED} or posting.valid_until >= today:
        return 0  # Somebody renewed or closed it since it was listed.
    posting.status = POSTING_MOVES.leads_to("expire", posting.status)
    posting.save()
    log(posting, "expire", by=None, valid_until=posting.valid_until)
    _tell_owners(posting, "posting_expired")
    return 1


def remind_owners(today: date) -> int:
    """Remind the owners 14 and 3 days before a published posting ends, once each, and return how many were due. May run twice."""
    done = 0
    for model in (Offer, SourcingRequest):
        for days in REMINDERS_NEAREST_FIRST:
            ends = {"valid_until__gte": today, "valid_until__lte": today + timedelta(days=days)}
            waiting = model.objects.filter(status=PostingStatus.PUBLISHED, **ends)
            waiting = waiting.exclude(reminded_days__lte=days)
            done += sum(_remind(model, key, days) for key in list(waiting.order_by("pk").values_list("pk", flat=True)))
    return done


@transaction.atomic
def _remind(model: Any, key: int, days: int) -> int:
    posting = model.objects.select_for_update().get(pk=key)
    if posting.status != PostingStatus.PUBLISHED or (posting.reminded_days is not None and posting.reminded_days <= days):
        return 0
    posting.reminded_days = days
    posting.save(update_fields=["reminded_days"])
    log(posting, "remind", by=None, days=days)
    _tell_owners(posting, "posting_reminder")
    return 1


def _step(posting: Posting, verb: str, *, by: User) -> Posting:
    posting = locked(posting)
    _owner(posting, by)
    posting.status = POSTING_MOVES.leads_to(verb, posting.status)
    posting.save()
    log(posting, verb, by=by)
    return posting


def _open(posting: Posting, verb: str) -> None:
    posting.status = POSTING_MOVES.leads_to(verb, posting.status)
    posting.published_at = posting.published_at or timezone.now()  # A change does not make it new.
    posting.valid_until = max(posting.valid_until or date.min, rules.last_day(posting.registration.edition, timezone.localdate()))
    posting.reminded_days, posting.review_reason = None, ""


def _owner(posting: Posting, by: User) -> None:
    if not rules.may_edit(by, posting):
        raise NotAllowed


def _reviewer(posting: Posting, by: User) -> None:
    if not rules.may_review(by, posting):
        raise NotAllowed


def _tell_owners(posting: Posting, notice: str) -> None:
    members = Member.objects.filter(company=posting.registration.company_id, status=Member.Status.ACTIVE, user__is_active=True)
    for member in members.select_related("user"):
        tell(member.user, notice, posting=posting)
