"""Who brought the parties together: a claim, and the consent of those who were brought together."""

from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from expo.accounts.models import User
from expo.foundation.errors import NotAllowed
from expo.foundation.models import Event
from expo.foundation.moves import locked
from matchmaking.agreements import errors, rules
from matchmaking.agreements.actions.common import LONGEST_REASON, ledger_log
from matchmaking.agreements.actions.telling import tell_introducer, tell_parties
from matchmaking.agreements.models import Agreement, Introduction, IntroductionConsent, Party
from matchmaking.agreements.states import MOVES
from matchmaking.participants.models import Company, Member

MOST_A_DAY = 20
YES = IntroductionConsent.Answer.YES


@transaction.atomic
def claim_introduction(agreement: Agreement, introducer: Company, *, by: User, note: str = "") -> Introduction:
    """Say that a company brought the parties together. A party that says so consents by that; the other registered ones are asked.

    A claim to which a party has said no gives way to another company's. The same one is made again only by a party that is asked, or by staff.

    Raises:
        NotAllowed, IllegalMove (a draft, disputed or void), IntroducedAlready (a claim stands, or the same one was answered with no).
        TooManyClaims: the company, which is no party, claimed twenty times within a day.
    """
    agreement = locked(agreement)
    if not rules.may_introduce(by, agreement, introducer):
        raise NotAllowed
    MOVES.leads_to("introduce", agreement.status)
    _refuse_too_many(agreement, introducer, by)
    before = Introduction.objects.filter(agreement=agreement).first()
    if before is not None and not _gives_way(before, introducer, by):
        raise errors.IntroducedAlready
    claim = before or Introduction(agreement=agreement)
    if before is not None:
        before.consents.all().delete()  # They were about the claim that ended; the log has them.
    claim.introducer, claim.note, claim.claimed_by = introducer, note.strip()[:LONGEST_REASON], by
    claim.claimed_at, claim.ended_at = timezone.now(), None
    claim.save()
    own = list(_asked(claim).filter(company__in=Member.objects.of(by)))
    for party in own:
        claim.consents.create(party=party, answer=YES, person=by)
    leave_out = [introducer.pk, *(party.company_id for party in own if party.company_id is not None)]
    tell_parties(agreement, "agreement_introduced", by=by, leave_out=leave_out, introducer=introducer)
    if not rules.may_draft_for(by, introducer):
        tell_introducer(claim, "agreement_introducer_named", by=by)
    ledger_log(agreement, "introduce", by=by, introducer=introducer.pk, consented=[party.pk for party in own])
    return claim


@transaction.atomic
def answer_introduction(introduction: Introduction, *, by: User, answer: str, party: Party | int | None = None) -> Introduction:
    """Say for a registered party whether the claim is right: "yes" or "no". The newest answer of each party holds.

    Raises:
        NotAllowed: the person stands for no party that is asked. NotIntroduced: the claim was taken back. UnknownChoice.
    """
    agreement = locked(introduction.agreement)
    claim = locked(introduction)
    asked = _asked(claim).filter(company__in=Member.objects.of(by))
    if party is not None:
        asked = asked.filter(pk=party.pk if isinstance(party, Party) else party)
    row = asked.order_by("order", "pk").first()
    if row is None:
        raise NotAllowed
    if claim.ended_at is not None:
        raise errors.NotIntroduced
    if answer not in IntroductionConsent.Answer.values:
        raise errors.UnknownChoice(field="answer")
    claim.consents.update_or_create(party=row, defaults={"answer": answer, "person": by, "at": timezone.now()})
    tell_introducer(claim, "agreement_introduction_answered", by=by, is_yes=answer == YES)
    ledger_log(agreement, "consent", by=by, party=row.pk, answer=answer, introducer=claim.introducer_id)
    return claim


@transaction.atomic
def end_introduction(introduction: Introduction, *, by: User) -> Introduction:
    """Take a claim back: nobody gets the credit any more. What was answered stays in the log.

    Raises:
        NotAllowed, NotIntroduced (taken back already).
    """
    agreement = locked(introduction.agreement)
    claim = locked(introduction)
    if not rules.may_end_introduction(by, claim):
        raise NotAllowed
    if claim.ended_at is not None:
        raise errors.NotIntroduced
    claim.ended_at = timezone.now()
    claim.save(update_fields=["ended_at"])
    ledger_log(agreement, "introduction_ended", by=by, introducer=claim.introducer_id)
    return claim


def _refuse_too_many(agreement: Agreement, introducer: Company, by: User) -> None:
    """A company that claims what it finds in the public list has its parties asked by mail: no more than twenty a day."""
    if rules.may_correct(by) or rules.may_answer(by, agreement):
        return
    # By the log: who takes a claim back and makes it again has the parties asked again, too.
    claimed = Event.objects.filter(thing=Agreement._meta.label, verb="introduce", at__gt=timezone.now() - timedelta(days=1))
    if claimed.filter(data__introducer=introducer.pk).count() >= MOST_A_DAY:
        raise errors.TooManyClaims


def _gives_way(claim: Introduction, introducer: Company, by: User) -> bool:
    """Whether another claim may stand in its place. A no to the same company stays said, also once that company has taken its claim back."""
    is_refused = claim.consents.filter(answer=IntroductionConsent.Answer.NO).exists()
    if claim.introducer_id != introducer.pk:
        return is_refused or claim.ended_at is not None
    if claim.ended_at is None:
        return False
    return not is_refused or rules.may_correct(by) or _asked(claim).filter(company__in=Member.objects.of(by)).exists()


def _asked(claim: Introduction) -> QuerySet[Party]:
    """Return the parties whose consent it needs: the registered ones but the introducer."""
    found: QuerySet[Party] = claim.agreement.parties.filter(company__isnull=False).exclude(company=claim.introducer_id)
    return found
