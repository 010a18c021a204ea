"""What the parties say: submit, take back, confirm, dispute. An answer is a row that is only added; the state follows from the answers."""

from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from expo.accounts.models import User
from expo.foundation.errors import NotAllowed
from expo.foundation.moves import locked
from matchmaking.agreements import errors, rules
from matchmaking.agreements.actions.common import (
    as_written,
    checked_reason,
    end_links,
    ledger_log,
    named,
    refuse_moved_on,
    refuse_strangers,
    refuse_who_takes_no_part,
    save_with_history,
    stated_rate,
)
from matchmaking.agreements.actions.numbering import give_number
from matchmaking.agreements.actions.telling import shortened, tell_parties
from matchmaking.agreements.models import Agreement, Confirmation, Party
from matchmaking.agreements.queries.answers import answers_needed, answers_to, unanswered
from matchmaking.agreements.queries.duplicates import ANOTHER_THAN
from matchmaking.agreements.states import MOVES, SUBMITTED
from matchmaking.participants.models import Company, Member

MOST_SENT = 20
YES, NO = Confirmation.Answer.CONFIRMED, Confirmation.Answer.DISPUTED
DESK = Confirmation.Way.DESK


@transaction.atomic
def submit(agreement: Agreement, *, by: User, another_than: Collection[int] = (), seen: int | None = None) -> Agreement:
    """Send a draft to its parties, who are asked to confirm it. The company that wrote it confirms by that, when one of its people sends it.

    Args:
        another_than: keys of agreements like it that it is not, as who sends it says; it is not asked again.

    Raises:
        NotAllowed, IllegalMove (no draft), ChangedMeanwhile, Invalid as in `draft_for`, NoRate (no number could be given later on).
        TooManySent: twenty of the company wait for an answer already.
    """
    agreement = locked(agreement)
    if not rules.may_write(by, agreement):
        raise NotAllowed
    state = MOVES.leads_to("submit", agreement.status)
    refuse_moved_on(agreement, seen)
    writer = agreement.drafted_for if rules.wrote(by, agreement) else None
    _check_sendable(agreement, by, writer)
    agreement.status, agreement.submitted_at = state, timezone.now()
    save_with_history(agreement, by, "submitted")
    tell_parties(agreement, "agreement_asked", by=by, leave_out=[writer.pk] if writer is not None else (), asker=writer)
    ledger_log(agreement, "submit", by=by, **({ANOTHER_THAN: list(another_than)} if another_than else {}))
    if writer is not None:
        say_yes(agreement, agreement.parties.select_related("company").get(company=writer), by=by, way=DESK)
    return agreement


def _check_sendable(agreement: Agreement, by: User, writer: Company | None) -> None:
    given = as_written(agreement)
    given.check()
    if writer is not None:
        refuse_strangers(writer, given)
        sent = Agreement.objects.filter(edition=agreement.edition, drafted_for=writer, status=SUBMITTED)
        if sent.count() >= MOST_SENT:
            raise errors.TooManySent
    refuse_who_takes_no_part(given.edition, named(given.parties), by=by)
    rate_for_parties(agreement)


def rate_for_parties(agreement: Agreement) -> None:
    """Raise NoRate in the parties' words where the edition states no rate for the agreement's currency."""
    try:
        stated_rate(agreement)
    except errors.NoRate as refusal:
        words = _("%(edition)s states no exchange rate for %(code)s yet. Ask the organiser to state one.")
        raise errors.NoRate(words % {"edition": agreement.edition.short_name, "code": agreement.currency}) from refusal


@transaction.atomic
def take_back(agreement: Agreement, *, by: User, seen: int | None = None) -> Agreement:
    """Make a draft again of what was sent to the parties, to change it or to throw it away. What is sent next is another version.

    Raises:
        NotAllowed, IllegalMove (it is on record, or was never sent), ChangedMeanwhile.
    """
    agreement = locked(agreement)
    if not rules.may_write(by, agreement):
        raise NotAllowed
    state = MOVES.leads_to("take_back", agreement.status)
    refuse_moved_on(agreement, seen)
    _back_to_draft(agreement, state, by, "taken back")
    own = [agreement.drafted_for_id] if agreement.drafted_for_id is not None and rules.wrote(by, agreement) else []
    tell_parties(agreement, "agreement_taken_back", by=by, leave_out=own)
    ledger_log(agreement, "take_back", by=by)
    return agreement


def _back_to_draft(agreement: Agreement, state: str, by: User | None, why: str) -> None:
    """What was said of the version that was sent stays said of that one: whatever is sent next is another."""
    end_links(agreement)
    agreement.status, agreement.submitted_at = state, None
    agreement.version += 1
    save_with_history(agreement, by, why)


@transaction.atomic
def confirm(
    agreement: Agreement, *, by: User, party: Party | int | None = None, version: int | None = None, seen: int | None = None
) -> Agreement:
    """Say for a registered party that the agreement is right. The last one that is asked makes it a confirmed one; without a number it gets one.

    Args:
        party: for whom, where the person stands for several; a party or its key.
        version: the version that the person read.

    Raises:
        NotAllowed: the person stands for no party, or not for this one. IllegalMove: nobody is asked now.
        AnsweredAlready, ChangedMeanwhile, NoRate. PartyTakesNoPart, YouBlockedParty: a party has left, or is blocked.
    """
    agreement = locked(agreement)
    row = _own_party(agreement, by, party)
    MOVES.leads_to("confirm", agreement.status)
    _refuse_other_version(agreement, version)
    refuse_moved_on(agreement, seen)
    say_yes(agreement, row, by=by, way=DESK)
    return agreement


@transaction.atomic
def dispute(
    agreement: Agreement,
    *,
    by: User,
    reason: str,
    party: Party | int | None = None,
    version: int | None = None,
    seen: int | None = None,
) -> Agreement:
    """Say for a registered party that the agreement is not right, and why. It counts no more until staff have settled it.

    Before it is on record this refuses it: it is a draft of who wrote it again.

    Raises:
        NotAllowed, IllegalMove (a draft, disputed or void), ReasonMissing, ChangedMeanwhile.
    """
    agreement = locked(agreement)
    row = _own_party(agreement, by, party)
    MOVES.leads_to(verb_of_no(agreement), agreement.status)
    _refuse_other_version(agreement, version)
    refuse_moved_on(agreement, seen)
    say_no(agreement, row, by=by, way=DESK, reason=reason)
    return agreement


def verb_of_no(agreement: Agreement) -> str:
    """Return what a no is in the agreement's state."""
    return "refuse" if agreement.status == SUBMITTED else "dispute"


def say_yes(agreement: Agreement, party: Party, *, by: User | None, way: str, name: str = "") -> Confirmation:
    """Write down a party's yes and what follows from it; the agreement is locked, the move is legal. Raises as `confirm`."""
    if answers_to(agreement).get(party.pk) == YES:
        raise errors.AnsweredAlready
    parties = as_written(agreement).parties
    refuse_who_takes_no_part(agreement.edition, named(parties), by=by)
    said = _write(agreement, party, YES, by=by, way=way, name=name)
    if agreement.status in MOVES.table["confirmed"][0] and not answers_needed(agreement):
        _confirmed_by_all(agreement, said, by)
    else:
        ledger_log(agreement, "confirm", by=by, **_data(said))
    return said


def _confirmed_by_all(agreement: Agreement, said: Confirmation, by: User | None) -> None:
    state = MOVES.leads_to("confirmed", agreement.status)
    if agreement.number is None:
        rate_for_parties(agreement)
        as_written(agreement).check()
        give_number(agreement, by=by)
    agreement.status = state
    save_with_history(agreement, by, "confirmed")
    outside = list(unanswered(agreement.parties.filter(company__isnull=True).order_by("order", "pk")))
    tell_parties(agreement, "agreement_confirmed", by=by, outside=[shortened(party.name) for party in outside])
    # Logged only now: who logs holds the log's chain, and nobody waits for a number while holding it.
    ledger_log(agreement, "confirm", by=by, **_data(said))
    ledger_log(agreement, "confirmed", by=by, number=agreement.number, amount_cny=agreement.amount_cny, rate=agreement.rate_used)


def say_no(agreement: Agreement, party: Party, *, by: User | None, way: str, reason: str, name: str = "") -> Confirmation:
    """Write down a party's no and what follows from it; the agreement is locked, the move is legal. Raises ReasonMissing."""
    verb = verb_of_no(agreement)
    state = MOVES.leads_to(verb, agreement.status)
    reason = checked_reason(reason, _("Say what is not right, so that it can be corrected."))
    said = _write(agreement, party, NO, by=by, way=way, name=name, reason=reason)
    own = [party.company_id] if party.company_id is not None else []
    if verb == "refuse":
        _back_to_draft(agreement, state, by, "refused")
        tell_parties(agreement, "agreement_refused", by=by, leave_out=own, reason=reason)
    else:
        agreement.status, agreement.dispute_reason = state, reason
        agreement.verified_by = agreement.verified_at = None
        save_with_history(agreement, by, "disputed")
        tell_parties(agreement, "agreement_disputed", by=by, leave_out=own, reason=reason)
    ledger_log(agreement, verb, by=by, reason=reason, **_data(said))
    return said


def _write(agreement: Agreement, party: Party, answer: str, *, by: User | None, way: str, name: str, reason: str = "") -> Confirmation:
    said: Confirmation = agreement.confirmations.create(
        party=party, party_name=party.name, version=agreement.version, answer=answer, reason=reason, person=by, name=name, way=way
    )
    return said


def _data(said: Confirmation) -> dict[str, Any]:
    """What the log says of an answer: not the name that somebody typed, which may have to be forgotten."""
    return {"party": said.party_id, "way": str(said.way), "confirmation": said.pk, "of_version": said.version}


def _own_party(agreement: Agreement, by: User, wanted: Party | int | None) -> Party:
    """Return the registered party for which the person answers: the wanted one, else one that has not said yes, else any. Three queries at most."""
    own = list(agreement.parties.filter(company__in=Member.objects.of(by)).select_related("company").order_by("order", "pk"))
    if wanted is not None:
        key = wanted.pk if isinstance(wanted, Party) else wanted
        own = [party for party in own if party.pk == key]
    if not own:
        raise NotAllowed
    if len(own) == 1:
        return own[0]
    said = answers_to(agreement)
    return min(own, key=lambda party: said.get(party.pk) == YES)


def _refuse_other_version(agreement: Agreement, version: int | None) -> None:
    if version is not None and version != agreement.version:
        raise errors.ChangedMeanwhile(_("It was changed after you read it. Look at what it says now, and then answer."))
