"""Writing an agreement down: draft, edit, discard."""

import datetime
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction

from expo.accounts.models import User
from expo.editions.models import Chain, Edition, Segment
from expo.foundation.errors import NotAllowed
from expo.foundation.eventlog import log
from expo.foundation.moves import locked
from matchmaking.agreements import errors, rules
from matchmaking.agreements.actions.common import AgreementInput, attach, latest_entry, save_with_history, write_parties
from matchmaking.agreements.checks import PartyInput
from matchmaking.agreements.models import Agreement
from matchmaking.agreements.states import MOVES


@transaction.atomic
def draft_agreement(
    *,
    by: User,
    edition: Edition,
    title: str,
    kind: str,
    chain: Chain,
    signed_on: datetime.date,
    parties: Sequence[PartyInput],
    segment: Segment | None = None,
    amount: Decimal | None = None,
    currency: str = "",
    is_undisclosed: bool = False,
    visibility: str = Agreement.Visibility.PUBLIC,
    document: Any = None,
) -> Agreement:
    """Write an agreement down as a draft: no number yet, counted nowhere.

    `document` is an uploaded PDF or None; it is kept under a random name with its SHA-256.

    Raises:
        NotAllowed: `by` does not log agreements.
        Invalid: one of the room's errors, for the field that does not hold.
    """
    if not rules.may_draft(by):
        raise NotAllowed
    given = AgreementInput(edition, title, kind, chain, segment, signed_on, amount, currency, is_undisclosed, visibility, parties)
    given.check()
    agreement = Agreement(**given.columns())
    attach(agreement, document)
    save_with_history(agreement, by, "drafted")
    write_parties(agreement, parties)
    log(agreement, "draft", by=by, edition=edition.slug, title=agreement.title)
    return agreement


@transaction.atomic
def edit_draft(agreement: Agreement, *, by: User, given: AgreementInput, document: Any = None, seen: int | None = None) -> Agreement:
    """Replace what a draft says, its parties included. A new document replaces the old one; None keeps it.

    Args:
        seen: the number of the history entry the person looked at (`latest_entry`); when the draft has moved on since,
            nothing is written.

    Raises:
        NotAllowed, IllegalMove (no draft any more), ChangedMeanwhile, Invalid as in `draft_agreement`.
    """
    agreement = locked(agreement)
    if not rules.may_edit(by):
        raise NotAllowed
    MOVES.leads_to("edit", agreement.status)
    if seen is not None and seen != latest_entry(agreement):
        raise errors.ChangedMeanwhile
    given.check()
    columns = given.columns()
    changed = sorted(name for name, value in columns.items() if getattr(agreement, name) != value)
    for name, value in columns.items():
        setattr(agreement, name, value)
    attach(agreement, document)
    save_with_history(agreement, by, "edited")
    write_parties(agreement, given.parties)
    log(agreement, "edit", by=by, changed=changed, document=agreement.document_sha256)
    return agreement


@transaction.atomic
def discard_draft(agreement: Agreement, *, by: User) -> None:
    """Throw a draft away. What has a number can only be voided.

    Raises:
        NotAllowed, IllegalMove (it is on record).
    """
    agreement = locked(agreement)
    if not rules.may_discard(by):
        raise NotAllowed
    MOVES.leads_to("discard", agreement.status)
    log(agreement, "discard", by=by, title=agreement.title)
    agreement.delete()
