"""What becomes of an agreement: asked by mail after 1, 30, 90, 180 and 365 days, answered with one click. The sweep finds its work in rows."""

import base64
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.crypto import salted_hmac

from expo.accounts.models import User, Way
from expo.foundation.dates import long_day
from expo.foundation.errors import NotAllowed
from expo.foundation.models import OutboxMessage
from expo.foundation.moves import locked
from expo.foundation.outbox import Notice, post, written
from matchmaking.agreements import errors, rules
from matchmaking.agreements.actions.common import ledger_log
from matchmaking.agreements.actions.telling import address_of, shortened, way_to
from matchmaking.agreements.models import Agreement, Milestone, Party
from matchmaking.agreements.queries.links import digest_of
from matchmaking.agreements.queries.milestones import (
    due_day,
    is_open,
    last_day,
    milestone_by,
    owners,
    to_ask,
    to_remind,
    today_of,
    without_milestones,
)
from matchmaking.marketplace.wording import listed

AT_ONCE = 300
SALT = "agreements.milestone"
LONGEST_REASON, LONGEST_NOTE = 500, 1000


def sweep_milestones(now: datetime | None = None) -> int:
    """Lay what is to be asked, ask what is due, remind once; at most 300 of each. It may run twice at once, or be killed at any moment."""
    now = now or timezone.now()
    return lay_milestones() + _each(_ask, to_ask(now), now) + _each(_remind, to_remind(now), now)


@transaction.atomic
def lay_milestones() -> int:
    """Write down when the parties of agreements that count are asked, five rows for each, and return for how many parties. Twice does no harm."""
    parties = list(without_milestones()[:AT_ONCE])
    rows = [
        Milestone(agreement=party.agreement, party=party, days=days, due_on=due_day(party.agreement, days))
        for party in parties
        for days in Milestone.DAYS
    ]
    Milestone.objects.bulk_create(rows, ignore_conflicts=True)
    return len(parties)


def _each(step: Callable[[int, datetime], int], rows: Any, now: datetime) -> int:
    done = 0
    for key in list(rows.values_list("pk", flat=True)[:AT_ONCE]):
        with transaction.atomic():
            done += step(key, now)
    return done


def _held(key: int) -> Milestone | None:
    """Return the question, with its agreement locked and then itself, as every verb of agreements does; None: it went with its party."""
    found = Milestone.objects.filter(pk=key).values_list("agreement", flat=True).first()
    if found is None:
        return None
    agreement = Agreement.objects.select_related("edition").get(pk=locked(Agreement(pk=found)).pk)
    row = Milestone.objects.select_for_update(of=("self",)).select_related("party__company").filter(pk=key).first()
    if row is not None:
        row.agreement = agreement
    return row


def _ask(key: int, now: datetime) -> int:
    row = _held(key)
    if row is None or row.asked_at is not None or row.answered_at is not None:
        return 0
    due = due_day(row.agreement, row.days)
    if row.due_on != due:  # The day of signing was corrected since.
        row.due_on = due
        row.save(update_fields=["due_on"])
    if not is_open(row, now):
        return 0
    row.asked_at = now
    _write(row, "milestone_asked", now)
    row.save(update_fields=["asked_at", "digest", "link_made_at"])
    ledger_log(row.agreement, "milestone", by=None, step="asked", party=row.party_id, days=row.days)
    return 1


def _remind(key: int, now: datetime) -> int:
    row = _held(key)
    if row is None or row.reminded_at is not None or row.answered_at is not None or not is_open(row, now):
        return 0
    row.reminded_at = now
    _write(row, "milestone_reminder", now)
    row.save(update_fields=["reminded_at", "digest", "link_made_at"])
    ledger_log(row.agreement, "milestone", by=None, step="reminded", party=row.party_id, days=row.days)
    return 1


def _write(row: Milestone, kind: str, now: datetime) -> list[OutboxMessage]:
    """Write to the owners of the company: by mail with the secret address, on the desk or gathered with the page that asks to sign in."""
    secret = secret_of(row)
    if not secret or digest_of(secret) != row.digest:  # None yet, or the site's own key was changed since.
        row.link_made_at = now
        secret = secret_of(row)
        row.digest = digest_of(secret)
    parties = list(row.agreement.parties_in_order())
    others = [party for party in parties if party.pk != row.party_id]
    messages = []
    for member in owners().filter(company=row.party.company_id).select_related("user").order_by("pk"):
        way = way_to(member.user, row.agreement.edition)
        message = written(Notice(member.user, kind, _context(row, member.user, secret if way == Way.AT_ONCE else "", others), way=way))
        message.holds_secret = way == Way.AT_ONCE
        messages.append(message)
    return post(messages)


def _context(row: Milestone, person: User, secret: str, others: Iterable[Party]) -> dict[str, Any]:
    with translation.override(person.language):
        return {
            "agreement": row.agreement,
            "title": shortened(row.agreement.title),
            "own": row.party.company,
            "others": listed(shortened(party.name) for party in others),
            "days": row.days,
            "day": long_day(row.agreement.signed_on),
            "until": long_day(last_day(row)),
            "answer_address": secret_address(secret) if secret else "",
            "address": address_of(row.agreement),
            "notices_address": str(settings.SITE_URL).rstrip("/") + reverse("account_notices"),
        }


def secret_of(row: Milestone) -> str:
    """Return the 256 bits that the question's link is made of; '' before it was made. Kept nowhere: the row holds their digest."""
    if row.link_made_at is None:
        return ""
    made = salted_hmac(SALT, f"{row.pk}.{row.link_made_at.isoformat()}", algorithm="sha256").digest()
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def secret_address(secret: str) -> str:
    """Return the whole address that a secret opens, in the active language."""
    return str(settings.SITE_URL).rstrip("/") + reverse("milestone_by_link", args=[secret])


@transaction.atomic
def answer_milestone(milestone: Milestone, *, by: User, stage: str, closed_reason: str = "", note: str = "") -> Milestone:
    """Say for a party where an agreement stands; it may be said anew until the question closes.

    Raises:
        NotAllowed: `by` neither stands for the party nor corrects agreements.
        MilestoneOver: it is not due yet, or open no more; or the agreement is disputed or void.
        UnknownChoice, ClosingNeedsReason.
    """
    row = _held(milestone.pk)
    if row is None:
        raise errors.MilestoneOver
    if not rules.may_say_what_became(by, row):
        raise NotAllowed
    way = "desk" if rules.may_answer_for(by, row.party) else "staff"
    return _answered(row, by=by, way=way, stage=stage, closed_reason=closed_reason, note=note)


@transaction.atomic
def answer_milestone_by_link(secret: str, *, stage: str, closed_reason: str = "", note: str = "") -> Milestone:
    """Say for a party where an agreement stands, with the secret of the mail as the only proof.

    Raises:
        LinkUnknown, MilestoneOver, UnknownChoice, ClosingNeedsReason.
    """
    row = _held(milestone_by(secret).pk)
    if row is None or row.digest != digest_of(secret):
        raise errors.LinkUnknown
    return _answered(row, by=None, way="link", stage=stage, closed_reason=closed_reason, note=note)


def _answered(row: Milestone, *, by: User | None, way: str, stage: str, closed_reason: str, note: str) -> Milestone:
    now = timezone.now()
    if not is_open(row, now):
        raise errors.MilestoneOver if row.due_on <= today_of(row.agreement, now) else errors.MilestoneNotDue
    if stage not in Milestone.Stage.values:
        raise errors.UnknownChoice(field="stage")
    reason, note = " ".join(closed_reason.split()), note.strip()
    if stage == Milestone.Stage.CLOSED and not 0 < len(reason) <= LONGEST_REASON:
        raise errors.ClosingNeedsReason
    if len(note) > LONGEST_NOTE:
        raise errors.NoteTooLong
    said = {"stage": stage, "closed_reason": reason if stage == Milestone.Stage.CLOSED else "", "note": note}
    if row.answered_at is not None and all(getattr(row, name) == value for name, value in said.items()):
        return row  # The same click again.
    before = row.stage
    for name, value in {**said, "answered_at": now, "person": by, "way": way}.items():
        setattr(row, name, value)
    row.save(update_fields=[*said, "answered_at", "person", "way"])
    ledger_log(row.agreement, "milestone", by=by, step="answered", party=row.party_id, days=row.days, stage=stage, before=before, way=way)
    return row
