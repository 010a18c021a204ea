"""The verbs of the ledger: draft, edit, discard, record, void."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from expo.accounts.models import User
from expo.editions.models import Chain, Edition, Segment
from expo.editions.queries import rates_of
from expo.foundation.errors import NotAllowed
from expo.foundation.eventlog import log
from expo.foundation.money import to_fen
from expo.foundation.moves import locked
from matchmaking.agreements import checks, errors, rules
from matchmaking.agreements.checks import PartyInput
from matchmaking.agreements.documents import read_document
from matchmaking.agreements.models import Agreement, Ledger, Party
from matchmaking.agreements.states import MOVES

LONGEST_REASON = 1000


@dataclass(frozen=True)
class AgreementInput:
    """What an operator writes down about an agreement, the document apart."""

    edition: Edition
    title: str
    kind: str
    chain: Chain
    segment: Segment | None
    signed_on: datetime.date
    amount: Decimal | None
    currency: str
    is_undisclosed: bool
    visibility: str
    parties: Sequence[PartyInput]

    def check(self) -> None:
        """Pass silently, or raise the room's error for the first field that does not hold."""
        checks.check_title(self.title)
        for field, value, choices in (("kind", self.kind, Agreement.Kind), ("visibility", self.visibility, Agreement.Visibility)):
            if value not in choices.values:
                raise errors.UnknownChoice(field=field)
        checks.check_place(self.edition, self.chain, self.segment)
        checks.check_signed_on(self.edition, self.signed_on)
        checks.check_amount(self.amount, self.currency, is_undisclosed=self.is_undisclosed)
        checks.check_parties(self.parties)

    def columns(self) -> dict[str, Any]:
        """Return the values of the row's columns."""
        return {
            "edition": self.edition,
            "title": " ".join(self.title.split()),
            "kind": self.kind,
            "chain": self.chain,
            "segment": self.segment,
            "signed_on": self.signed_on,
            "amount": self.amount,
            "currency": "" if self.is_undisclosed else self.currency,
            "is_undisclosed": self.is_undisclosed,
            "visibility": self.visibility,
        }


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
    _attach(agreement, document)
    _save(agreement, by, "drafted")
    _write_parties(agreement, parties)
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
    _attach(agreement, document)
    _save(agreement, by, "edited")
    _write_parties(agreement, given.parties)
    log(agreement, "edit", by=by, changed=changed, document=agreement.document_sha256)
    return agreement


@transaction.atomic
def record_agreement(agreement: Agreement, *, by: User) -> Agreement:
    """Put a draft on record: it gets the edition's next number, without gaps, and its amount in yuan.

    The edition's ledger row stays locked until the number is committed, so two operators never get the same number and
    a failure gives none away. The amount in yuan is rounded half up to the fen; the rate used is kept with it.

    Raises:
        NotAllowed, IllegalMove (recorded already), NoRate (the edition states no rate for the currency), Invalid.
    """
    agreement = locked(agreement)
    if not rules.may_record(by):
        raise NotAllowed
    state = MOVES.leads_to("record", agreement.status)
    as_written(agreement).check()
    rate = _rate(agreement)
    Ledger.objects.get_or_create(edition=agreement.edition)
    ledger = Ledger.objects.select_for_update().get(edition=agreement.edition)
    ledger.last_number += 1
    ledger.save(update_fields=["last_number"])
    agreement.number, agreement.status = ledger.last_number, state
    agreement.rate_used = rate
    agreement.amount_cny = to_fen(agreement.amount * rate) if agreement.amount is not None and rate is not None else None
    agreement.recorded_by, agreement.recorded_at = by, timezone.now()
    _save(agreement, by, "recorded")
    log(agreement, "record", by=by, number=agreement.number, amount_cny=agreement.amount_cny, rate=rate)
    return agreement


@transaction.atomic
def void_agreement(agreement: Agreement, *, by: User, reason: str) -> Agreement:
    """Strike an agreement from every total. Its row, its number and the reason stay on record.

    Raises:
        NotAllowed, IllegalMove (a draft, or void already), ReasonMissing.
    """
    agreement = locked(agreement)
    if not rules.may_void(by):
        raise NotAllowed
    state = MOVES.leads_to("void", agreement.status)
    if not reason.strip():
        raise errors.ReasonMissing
    if len(reason.strip()) > LONGEST_REASON:
        raise errors.ReasonMissing(_("Say it in at most 1,000 characters."))
    agreement.status, agreement.void_reason = state, reason.strip()
    _save(agreement, by, "voided")
    log(agreement, "void", by=by, number=agreement.number, reason=agreement.void_reason)
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


def as_written(agreement: Agreement) -> AgreementInput:
    """Return what the row says, as input: one query for the parties."""
    parties = [
        PartyInput(company=party.company, outside_name=party.outside_name, country=str(party.country.code or ""))
        for party in agreement.parties.select_related("company")
    ]
    return AgreementInput(
        agreement.edition,
        agreement.title,
        agreement.kind,
        agreement.chain,
        agreement.segment,
        agreement.signed_on,
        agreement.amount,
        agreement.currency,
        agreement.is_undisclosed,
        agreement.visibility,
        parties,
    )


def latest_entry(agreement: Agreement) -> int | None:
    """Return the number of the row's newest history entry, to be handed back to `edit_draft`. One query."""
    entry: int | None = agreement.history.values_list("history_id", flat=True).first()
    return entry


def _rate(agreement: Agreement) -> Decimal | None:
    if agreement.is_undisclosed:
        return None
    return checks.check_rate(agreement.edition, agreement.currency, rates_of(agreement.edition))


def _attach(agreement: Agreement, document: Any) -> None:
    if document is not None:
        agreement.document, agreement.document_sha256 = read_document(document)


def _save(agreement: Agreement, by: User, why: str) -> None:
    vars(agreement).update(_history_user=by, _change_reason=why)  # read by the history: who, and what for
    agreement.save()


def _write_parties(agreement: Agreement, parties: Sequence[PartyInput]) -> None:
    agreement.parties.all().delete()
    for order, party in enumerate(parties):
        Party.objects.create(
            agreement=agreement,
            order=order,
            company=party.company,
            outside_name="" if party.company else party.name,
            outside_key="" if party.company else party.identity,
            country="" if party.company else party.country,
        )
