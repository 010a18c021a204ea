"""Writing an agreement down: draft, edit, discard."""

import datetime
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from expo.accounts.models import User
from expo.editions.models import Chain, Edition, Segment
from expo.foundation.errors import NotAllowed
from expo.foundation.moves import locked
from matchmaking.agreements import errors, rules
from matchmaking.agreements.actions.common import (
    AgreementInput,
    attach,
    ledger_log,
    named,
    refuse_moved_on,
    refuse_strangers,
    refuse_who_takes_no_part,
    save_with_history,
    write_parties,
)
from matchmaking.agreements.checks import PartyInput
from matchmaking.agreements.documents import read_document
from matchmaking.agreements.models import Agreement
from matchmaking.agreements.queries.duplicates import ANOTHER_THAN, likely_duplicates
from matchmaking.agreements.queries.start import draft_start, has_begun
from matchmaking.agreements.states import MOVES
from matchmaking.marketplace.models import Offer, SourcingRequest
from matchmaking.meetings.models import Meeting
from matchmaking.participants.models import Company


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
    """Write an agreement down for the organiser, from nothing, as a draft: no number yet, counted nowhere.

    `document` is an uploaded PDF or None; it is kept under a random name with its SHA-256.

    Raises:
        NotAllowed: `by` does not log agreements.
        Invalid: one of the room's errors, for the field that does not hold.
        PartyTakesNoPart, PartiesBlocked: a party was rejected or withdrew, or one blocked another.
    """
    if not rules.may_draft(by):
        raise NotAllowed
    given = AgreementInput(edition, title, kind, chain, segment, signed_on, amount, currency, is_undisclosed, visibility, parties)
    return _drafted(given, by, document, {})


@transaction.atomic
def draft_from_meeting(
    meeting: Meeting,
    *,
    by: User,
    given: AgreementInput,
    company: Company | None = None,
    offer: Offer | None = None,
    sourcing_request: SourcingRequest | None = None,
    document: Any = None,
    is_another: bool = False,
) -> Agreement:
    """Write down what came of a meeting, as a draft of one of those who met, or of the organiser. `queries.draft_start` says what is known.

    Args:
        company: for whom the person writes, where they stand for several that met.
        offer, sourcing_request: what it is about; without either, what the meeting was asked for.
        is_another: it is known that there is one like it, of this meeting or between the same parties.

    Raises:
        NotAllowed: `by` stands for nobody who met. MeetingNotHeld. NotFromMeeting: fewer than two of the parties met there.
        LikelyDuplicate, and as `draft_for`.
    """
    start = draft_start(meeting, by, company)
    if not has_begun(start.meeting, timezone.now()):
        raise errors.MeetingNotHeld
    met = {party.company.pk for party in start.parties if party.company is not None}
    if len(met & set(named(given.parties))) < 2:  # noqa: PLR2004 - two who met
        raise errors.NotFromMeeting
    grown = {"meeting": start.meeting, "offer": offer, "sourcing_request": sourcing_request}
    if offer is None and sourcing_request is None:
        grown |= {"offer": start.offer, "sourcing_request": start.sourcing_request}
    return _grown(start.company, given, by, document, grown, is_another=is_another)


@transaction.atomic
def draft_for(
    company: Company,
    *,
    by: User,
    given: AgreementInput,
    offer: Offer | None = None,
    sourcing_request: SourcingRequest | None = None,
    document: Any = None,
    is_another: bool = False,
) -> Agreement:
    """Write an agreement down for a company that is one of its parties, as a draft that nobody else reads.

    Raises:
        NotAllowed: `by` does not stand for the company.
        NotInAgreement, PartyTakesNoPart, YouBlockedParty, PostingElsewhere: as their names say; every registered party has to be a
            verified one of the edition.
        LikelyDuplicate: the company knows one like it, and `is_another` is false.
        Invalid: one of the room's errors, for the field that does not hold.
    """
    if not rules.may_draft_for(by, company):
        raise NotAllowed
    return _grown(company, given, by, document, {"offer": offer, "sourcing_request": sourcing_request}, is_another=is_another)


def _grown(
    company: Company | None, given: AgreementInput, by: User, document: Any, grown: dict[str, Any], *, is_another: bool
) -> Agreement:
    given.check()
    if company is not None:
        refuse_strangers(company, given)
    _check_postings(given, grown)
    found = likely_duplicates(
        given.edition,
        given.parties,
        signed_on=given.signed_on,
        amount=given.amount,
        document_sha256=read_document(document)[1] if document is not None else "",
        meeting=grown.get("meeting"),
        known_to=None if company is None else by,
    )
    if found and not is_another:
        raise errors.LikelyDuplicate(found)
    return _drafted(given, by, document, {**grown, "drafted_for": company}, another_than=[row.pk for row in found])


def _check_postings(given: AgreementInput, grown: dict[str, Any]) -> None:
    parties = named(given.parties)
    for name in ("offer", "sourcing_request"):
        posting = grown.get(name)
        if posting is not None and posting.registration.company_id not in parties:
            raise errors.PostingElsewhere(field=name)


def _drafted(given: AgreementInput, by: User, document: Any, grown: dict[str, Any], *, another_than: Collection[int] = ()) -> Agreement:
    given.check()
    refuse_who_takes_no_part(given.edition, named(given.parties), by=by)
    agreement = Agreement(**given.columns(), **grown)
    attach(agreement, document)
    save_with_history(agreement, by, "drafted")
    write_parties(agreement, given.parties, by, "drafted")
    keys: dict[str, Any] = {name: row.pk for name, row in grown.items() if row is not None}
    if another_than:
        keys[ANOTHER_THAN] = list(another_than)
    ledger_log(agreement, "draft", by=by, edition=given.edition.slug, title=agreement.title, **keys)
    return agreement


@transaction.atomic
def edit_draft(agreement: Agreement, *, by: User, given: AgreementInput, document: Any = None, seen: int | None = None) -> Agreement:
    """Replace what a draft says, its parties included. A new document replaces the old one; None keeps it.

    Args:
        seen: the number of the history entry the person looked at (`latest_entry`); when the draft has moved on since,
            nothing is written.

    Raises:
        NotAllowed, IllegalMove (no draft any more), ChangedMeanwhile, Invalid as in `draft_agreement`; of a company's own draft as in `draft_for`.
    """
    agreement = locked(agreement)
    if not rules.may_write(by, agreement):
        raise NotAllowed
    MOVES.leads_to("edit", agreement.status)
    refuse_moved_on(agreement, seen)
    given.check()
    if agreement.drafted_for is not None and not rules.may_edit(by):
        refuse_strangers(agreement.drafted_for, given)
    refuse_who_takes_no_part(given.edition, named(given.parties), by=by)
    columns = given.columns()
    changed = sorted(name for name, value in columns.items() if getattr(agreement, name) != value)
    for name, value in columns.items():
        setattr(agreement, name, value)
    attach(agreement, document)
    save_with_history(agreement, by, "edited")
    moved = write_parties(agreement, given.parties, by, "edited")
    ledger_log(agreement, "edit", by=by, changed=changed, parties=moved, document=agreement.document_sha256)
    return agreement


@transaction.atomic
def discard_draft(agreement: Agreement, *, by: User) -> None:
    """Throw a draft away. What has a number can only be voided.

    Raises:
        NotAllowed, IllegalMove (it is on record, or sent to the parties).
    """
    agreement = locked(agreement)
    if not rules.may_throw_away(by, agreement):
        raise NotAllowed
    MOVES.leads_to("discard", agreement.status)
    ledger_log(agreement, "discard", by=by, title=agreement.title)
    agreement.delete()
