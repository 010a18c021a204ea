"""Verifying: the organiser says of one agreement, or of many at once, that it is what it says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Prefetch, prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext as _
from simple_history.utils import bulk_update_with_history

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.foundation.errors import NotAllowed, Refused
from expo.foundation.moves import locked
from matchmaking.agreements import errors, rules
from matchmaking.agreements.actions.common import checked_reason, ledger_log, refuse_moved_on, save_with_history
from matchmaking.agreements.actions.lines import ledger_log_all
from matchmaking.agreements.actions.telling import tell_parties, tell_parties_of_all
from matchmaking.agreements.models import Agreement, Party
from matchmaking.agreements.states import MOVES, RECORDED

MOST_AT_ONCE = 500
WHY = "verified"


@transaction.atomic
def verify(agreement: Agreement, *, by: User, reason: str = "", seen: int | None = None) -> Agreement:
    """Say for the organiser that the agreement is what it says. Before all parties have confirmed it, `reason` says what paper was seen.

    Raises:
        NotAllowed, IllegalMove, ChangedMeanwhile, ReasonMissing (not confirmed, and nothing says why it is verified all the same).
    """
    agreement = locked(agreement)
    if not rules.may_verify(by):
        raise NotAllowed
    state = MOVES.leads_to("verify", agreement.status)
    refuse_moved_on(agreement, seen)
    said = _reason(agreement, reason)
    _set(agreement, state, by, timezone.now())
    save_with_history(agreement, by, WHY)
    tell_parties(agreement, "agreement_verified", by=by)
    ledger_log(agreement, "verify", by=by, number=agreement.number, reason=said)
    return agreement


@dataclass(frozen=True)
class Verified:
    """What became of many: those that are verified now, and those that were left as they are, each with why."""

    done: list[Agreement] = field(default_factory=list)
    left: list[tuple[Agreement, Refused]] = field(default_factory=list)


@transaction.atomic
def verify_many(edition: Edition, versions: Mapping[int, int], *, by: User, reason: str = "") -> Verified:
    """Verify agreements of an edition, each as `verify` would: what was changed, disputed or struck meanwhile is left as it is and named.

    One line of the log for each, sealed together. About as many queries for five hundred as for two.

    Args:
        versions: by key, the version that the person looked at; of more than `MOST_AT_ONCE` the rest is passed over.
        reason: the same for all, needed for those that not all parties have confirmed.

    Raises:
        NotAllowed: `by` does not verify agreements.
    """
    if not rules.may_verify(by):
        raise NotAllowed
    found, now, steps = Verified(), timezone.now(), []
    wanted = list(versions)[:MOST_AT_ONCE]
    for row in Agreement.objects.select_for_update().filter(edition=edition, pk__in=wanted).order_by("pk"):
        row.edition = edition
        try:
            state = MOVES.leads_to("verify", row.status)
            if row.version != versions[row.pk]:
                raise errors.ChangedMeanwhile(_("Somebody else changed this agreement meanwhile. Look at it again."))
            said = _reason(row, reason)
        except Refused as refusal:
            found.left.append((row, refusal))
            continue
        _set(row, state, by, now)
        found.done.append(row)
        steps.append((row, "verify", {"number": row.number, "reason": said}))
    _keep(found.done, by)
    ledger_log_all(steps, by=by)
    return found


def _reason(agreement: Agreement, reason: str) -> str:
    """Return the reason as it is kept. Raises ReasonMissing."""
    if agreement.status == RECORDED or reason.strip():
        return checked_reason(reason, _("Not all parties have confirmed it: say what paper was seen."))
    return ""


def _set(agreement: Agreement, state: Any, by: User, at: datetime) -> None:
    agreement.status, agreement.verified_by, agreement.verified_at = state, by, at


def _keep(rows: list[Agreement], by: User) -> None:
    if not rows:
        return
    columns = ["status", "verified_by", "verified_at"]
    bulk_update_with_history(rows, Agreement, columns, batch_size=MOST_AT_ONCE, default_user=by, default_change_reason=WHY)
    prefetch_related_objects(rows, Prefetch("parties", Party.objects.select_related("company").order_by("order", "pk")))
    tell_parties_of_all(rows, "agreement_verified", by=by)
