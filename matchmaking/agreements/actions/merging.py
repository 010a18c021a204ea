"""Two rows that are one: merge them; two that only look like one: say so."""

from django.db import transaction
from django.utils.translation import gettext as _

from expo.accounts.models import User
from expo.foundation.errors import NotAllowed
from matchmaking.agreements import errors, rules
from matchmaking.agreements.actions.common import checked_reason, end_links, ledger_log, refuse_moved_on, save_with_history
from matchmaking.agreements.actions.telling import tell_parties
from matchmaking.agreements.models import Agreement
from matchmaking.agreements.queries.duplicates import KEPT_APART
from matchmaking.agreements.states import MOVES, ON_RECORD


@transaction.atomic
def merge(agreement: Agreement, into: Agreement, *, by: User, reason: str, seen: int | None = None) -> Agreement:
    """Strike an agreement because another one on record is the same, and point to that one. Both keep their history; answers are not moved.

    Raises:
        NotAllowed, IllegalMove (not on record), ChangedMeanwhile, ReasonMissing.
        MergeElsewhere: the other is the same row, of another edition, or does not stand.
    """
    rows = _both(agreement, into)
    agreement, into = rows[agreement.pk], rows[into.pk]
    if not rules.may_merge(by):
        raise NotAllowed
    state = MOVES.leads_to("merge", agreement.status)
    refuse_moved_on(agreement, seen)
    if into.pk == agreement.pk or into.edition_id != agreement.edition_id or into.status not in ON_RECORD:
        raise errors.MergeElsewhere
    agreement.void_reason = checked_reason(reason, _("Say why the two are one; the reason stays on record."))
    agreement.status, agreement.merged_into = state, into
    end_links(agreement)
    save_with_history(agreement, by, "merged")
    tell_parties(agreement, "agreement_voided", by=by, reason=agreement.void_reason)
    said = {"reason": agreement.void_reason, "number": agreement.number}
    ledger_log(agreement, "merge", by=by, into=into.pk, **said)
    ledger_log(into, "merged", by=by, merged=agreement.pk, reason=agreement.void_reason)
    return agreement


@transaction.atomic
def keep_apart(agreement: Agreement, other: Agreement, *, by: User, reason: str = "") -> None:
    """Say that two agreements that look like one are two: they are not pointed out any more. Only the log keeps it.

    Raises:
        NotAllowed, MergeElsewhere (the same row, or of another edition).
    """
    rows = _both(agreement, other)
    agreement, other = rows[agreement.pk], rows[other.pk]
    if not rules.may_merge(by):
        raise NotAllowed
    if other.pk == agreement.pk or other.edition_id != agreement.edition_id:
        raise errors.MergeElsewhere
    ledger_log(agreement, KEPT_APART, by=by, other=other.pk, reason=reason.strip()[:1000])


def _both(one: Agreement, other: Agreement) -> dict[int, Agreement]:
    """Lock two rows, always in the same order, so that two who do this at once wait for each other and not in a ring."""
    rows = Agreement.objects.select_for_update().filter(pk__in=[one.pk, other.pk]).order_by("pk")
    return {row.pk: row for row in rows}
