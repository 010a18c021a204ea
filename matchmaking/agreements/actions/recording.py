"""What staff do with the ledger: record, correct, settle, void."""

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from expo.accounts.models import User
from expo.foundation.errors import NotAllowed
from expo.foundation.moves import locked
from matchmaking.agreements import errors, rules
from matchmaking.agreements.actions.common import (
    AgreementInput,
    as_written,
    attach,
    checked_reason,
    end_links,
    ledger_log,
    named,
    refuse_moved_on,
    refuse_who_takes_no_part,
    save_with_history,
    stated_rate,
    write_parties,
)
from matchmaking.agreements.actions.linking import mailed_links, renew_links
from matchmaking.agreements.actions.numbering import give_number
from matchmaking.agreements.actions.telling import tell_parties
from matchmaking.agreements.actions.valuing import worth
from matchmaking.agreements.models import Agreement, Confirmation, Milestone
from matchmaking.agreements.queries.answers import answers_needed
from matchmaking.agreements.queries.milestones import due_day
from matchmaking.agreements.states import DRAFT, MOVES


@transaction.atomic
def record_agreement(agreement: Agreement, *, by: User, seen: int | None = None) -> Agreement:
    """Put a draft, or what was sent to the parties, on record: it gets the edition's next number, without gaps, and its amount in yuan.

    The amount in yuan is rounded half up to the fen; the rate used is kept with it. What the parties said of it stands.

    Raises:
        NotAllowed, IllegalMove (recorded already), NoRate (the edition states no rate for the currency), ChangedMeanwhile, Invalid.
        PartyTakesNoPart, PartiesBlocked: a party was rejected or withdrew, or one blocked another.
    """
    agreement = locked(agreement)
    if not rules.may_record(by):
        raise NotAllowed
    state = MOVES.leads_to("record", agreement.status)
    refuse_moved_on(agreement, seen)
    given = as_written(agreement)
    given.check()
    refuse_who_takes_no_part(given.edition, named(given.parties), by=by)
    was_draft = agreement.status == DRAFT
    give_number(agreement, by=by)
    agreement.status = state
    save_with_history(agreement, by, "recorded")
    if was_draft:
        tell_parties(agreement, "agreement_asked", by=by)
    ledger_log(agreement, "record", by=by, number=agreement.number, amount_cny=agreement.amount_cny, rate=agreement.rate_used)
    return agreement


@transaction.atomic
def settle(agreement: Agreement, *, by: User, reason: str, as_confirmed: bool = False, seen: int | None = None) -> Agreement:
    """End a dispute: the agreement stands as it is. The party that disputed it is asked again.

    Args:
        as_confirmed: staff have it from every party that the agreement is right after all; that is written down for those who had not said so.

    Raises:
        NotAllowed, IllegalMove (not disputed), ReasonMissing, ChangedMeanwhile.
    """
    agreement = locked(agreement)
    if not rules.may_settle(by):
        raise NotAllowed
    state = MOVES.leads_to("settle_as_confirmed" if as_confirmed else "settle", agreement.status)
    refuse_moved_on(agreement, seen)
    reason = checked_reason(reason, _("Say how the dispute was settled; the reason stays on record."))
    agreement.status, agreement.dispute_reason = state, ""
    written = _confirm_for_all(agreement, by, reason) if as_confirmed else []
    save_with_history(agreement, by, "settled")
    tell_parties(agreement, "agreement_settled", by=by, reason=reason)
    ledger_log(agreement, "settle", by=by, number=agreement.number, reason=reason, as_confirmed=as_confirmed, confirmations=written)
    return agreement


def _confirm_for_all(agreement: Agreement, by: User, reason: str) -> list[int]:
    """Write down a yes for those who had not said so, and return the keys of these answers."""
    said = {
        "version": agreement.version,
        "answer": Confirmation.Answer.CONFIRMED,
        "reason": reason,
        "person": by,
        "way": Confirmation.Way.STAFF,
    }
    return [agreement.confirmations.create(party=party, party_name=party.name, **said).pk for party in answers_needed(agreement)]


@transaction.atomic
def correct(
    agreement: Agreement, *, by: User, given: AgreementInput, reason: str, document: Any = None, seen: int | None = None
) -> Agreement:
    """Correct what is on record: a new version under the same number. All parties are asked again; what they said of the old one stays there.

    The amount in yuan follows at the rate that was used, for another currency at the edition's present one. Links end; who
    had one by mail and has not answered gets another.

    Raises:
        NotAllowed, IllegalMove (not on record), ChangedMeanwhile, ReasonMissing, EditionFixed, NothingCorrected, NoRate, Invalid.
        PartyTakesNoPart, PartiesBlocked: of parties that come in anew.
    """
    agreement = locked(agreement)
    if not rules.may_correct(by):
        raise NotAllowed
    state = MOVES.leads_to("correct", agreement.status)
    refuse_moved_on(agreement, seen)
    reason = checked_reason(reason, _("Say why it is corrected; the reason stays on record."))
    before, mailed = as_written(agreement), mailed_links(agreement)
    _check_correction(before, given, by)
    changes = _changes(before, given)
    sha256 = agreement.document_sha256
    attach(agreement, document)
    if not changes and agreement.document_sha256 == sha256:
        raise errors.NothingCorrected
    _set_worth(agreement, before, given)
    agreement.version, agreement.status = agreement.version + 1, state
    agreement.dispute_reason, agreement.verified_by, agreement.verified_at = "", None, None
    save_with_history(agreement, by, "corrected")
    write_parties(agreement, given.parties, by, "corrected")
    if "signed_on" in changes:
        _move_questions(agreement)
    end_links(agreement)
    tell_parties(agreement, "agreement_corrected", by=by, reason=reason)
    if agreement.document_sha256 != sha256:
        changes["document"] = [sha256, agreement.document_sha256]
    ledger_log(agreement, "correct", by=by, number=agreement.number, reason=reason, changes=changes, amount_cny=agreement.amount_cny)
    renew_links(agreement, mailed, by=by)
    return agreement


def _move_questions(agreement: Agreement) -> None:
    """Let what was neither asked nor answered yet be asked so many days after the corrected day of signing."""
    rows = list(agreement.milestones.filter(asked_at=None, answered_at=None))
    for row in rows:
        row.due_on = due_day(agreement, row.days)
    Milestone.objects.bulk_update(rows, ["due_on"])


def _check_correction(before: AgreementInput, given: AgreementInput, by: User) -> None:
    if given.edition.pk != before.edition.pk:
        raise errors.EditionFixed
    given.check()
    there, wanted = named(before.parties), named(given.parties)
    if wanted.keys() - there.keys():
        refuse_who_takes_no_part(given.edition, wanted, by=by)


def _changes(before: AgreementInput, given: AgreementInput) -> dict[str, list[Any]]:
    """Return what differs, by column, as before and after; the parties as lists of who and in which role."""
    old, new = before.columns(), given.columns()
    changes = {name: [_plain(old[name]), _plain(new[name])] for name in old if old[name] != new[name]}
    sides = [[[party.identity, party.role] for party in written.parties] for written in (before, given)]
    return changes | ({"parties": sides} if sides[0] != sides[1] else {})


def _plain(value: Any) -> Any:
    return value.pk if hasattr(value, "pk") else value


def _set_worth(agreement: Agreement, before: AgreementInput, given: AgreementInput) -> None:
    used: Decimal | None = agreement.rate_used
    for name, value in given.columns().items():
        setattr(agreement, name, value)
    if given.is_undisclosed:
        agreement.amount_cny = agreement.rate_used = None
        return
    rate = used if used is not None and given.currency == before.currency else stated_rate(agreement)
    agreement.rate_used = rate
    agreement.amount_cny = worth(given.amount, rate) if given.amount is not None and rate is not None else None


@transaction.atomic
def void_agreement(agreement: Agreement, *, by: User, reason: str, seen: int | None = None) -> Agreement:
    """Strike an agreement from every total. Its row, its number and the reason stay on record; its links end.

    Raises:
        NotAllowed, IllegalMove (not on record, or void already), ReasonMissing, ChangedMeanwhile.
    """
    agreement = locked(agreement)
    if not rules.may_void(by):
        raise NotAllowed
    state = MOVES.leads_to("void", agreement.status)
    refuse_moved_on(agreement, seen)
    agreement.void_reason = checked_reason(reason, errors.ReasonMissing.detail)
    agreement.status = state
    end_links(agreement)
    save_with_history(agreement, by, "voided")
    tell_parties(agreement, "agreement_voided", by=by, reason=agreement.void_reason)
    ledger_log(agreement, "void", by=by, number=agreement.number, reason=agreement.void_reason)
    return agreement
