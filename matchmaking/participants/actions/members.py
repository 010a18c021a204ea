from django.db import transaction
from django.utils import timezone

from expo.accounts.models import User
from expo.foundation.errors import NotAllowed
from expo.foundation.eventlog import log
from expo.foundation.moves import locked
from expo.foundation.outbox import tell
from matchmaking.participants import queries, rules
from matchmaking.participants.errors import AlreadyMember, LastOwner, TooManyAsks
from matchmaking.participants.models import Company, Consent, Member
from matchmaking.participants.states import MEMBER_MOVES

MOST_OPEN_ASKS = 5
SHOWN_WHEN_ASKING = ("full_name", "email")
PURPOSE = "asked to join"


@transaction.atomic
def ask_to_join(company: Company, *, by: User, job_title: str = "") -> Member:
    """Ask the company's owners to let `by` stand for it. They see the name and address of who asks, and it is written down.

    Asking again while it waits changes nothing. A company without an owner is answered by the organiser.

    Raises:
        NotAllowed: nobody is signed in.
        AlreadyMember: `by` stands for it already.
        IllegalMove: the owners have declined.
        TooManyAsks: five companies have not answered yet.
    """
    if not by.is_active:
        raise NotAllowed
    company = locked(company)
    member = Member.objects.select_for_update().filter(company=company, user=by).first()
    if member is not None and member.status == Member.Status.ASKED:
        return member
    if member is not None and member.status == Member.Status.ACTIVE:
        raise AlreadyMember
    status = Member.Status.ASKED if member is None else MEMBER_MOVES.leads_to("ask", member.status)
    if Member.objects.filter(user=by, status=Member.Status.ASKED).count() >= MOST_OPEN_ASKS:
        raise TooManyAsks
    member = member or Member(company=company, user=by)
    member.role, member.status, member.job_title = Member.Role.REPRESENTATIVE, status, job_title.strip()[:120]
    member.asked_at = timezone.now()
    member.save()
    for field in SHOWN_WHEN_ASKING:
        Consent.objects.create(person=by, shown_to=company, field=field, purpose=PURPOSE)
    log(member, "ask_to_join", by=by, company=company.pk)
    for owner in queries.owners_of(company):
        tell(owner, "join_asked", company=company, member=member)
    return member


@transaction.atomic
def answer_join(member: Member, *, by: User, accept: bool) -> Member:
    """Let the person stand for the company, or not, and tell them. The first one of a company without an owner becomes its owner.

    Raises:
        NotAllowed: `by` is neither an owner of the company nor staff, or asks themselves.
        IllegalMove: there is nothing to answer.
    """
    member = locked(member)
    if not rules.may_answer(by, member):
        raise NotAllowed
    verb = "accept" if accept else "decline"
    member.status = MEMBER_MOVES.leads_to(verb, member.status)
    if accept and not queries.owners_of(member.company):
        member.role = Member.Role.OWNER
    member.save(update_fields=["status", "role"])
    if not accept:
        _hide_contacts(member)
    log(member, f"{verb}_join", by=by, company=member.company_id, role=member.role)
    tell(member.user, "join_accepted" if accept else "join_declined", company=member.company)
    return member


@transaction.atomic
def make_owner(member: Member, *, by: User) -> Member:
    """Let an active member own the company too.

    Raises:
        NotAllowed: `by` is neither an owner nor staff.
        AlreadyMember: the person is an owner, or does not stand for the company.
    """
    member = locked(member)
    if not rules.may_answer(by, member):
        raise NotAllowed
    if member.status != Member.Status.ACTIVE or member.role == Member.Role.OWNER:
        raise AlreadyMember
    member.role = Member.Role.OWNER
    member.save(update_fields=["role"])
    log(member, "make_owner", by=by, company=member.company_id)
    tell(member.user, "member_owner", company=member.company)
    return member


@transaction.atomic
def end_membership(member: Member, *, by: User) -> Member:
    """End that the person stands for the company: they leave, or an owner removes them and they are told.

    Raises:
        NotAllowed: it is not `by`'s own membership and `by` is neither an owner nor staff.
        IllegalMove: the person does not stand for the company.
        LastOwner: nobody would own the company.
    """
    locked(member.company)
    member = locked(member)
    if not rules.may_end_membership(by, member):
        raise NotAllowed
    status = MEMBER_MOVES.leads_to("leave", member.status)
    if member.role == Member.Role.OWNER and len(queries.owners_of(member.company)) == 1:
        raise LastOwner
    member.status, member.role = status, Member.Role.REPRESENTATIVE
    member.save(update_fields=["status", "role"])
    _hide_contacts(member)
    # The number stays with the company; who leaves may use it for another one.
    Company.objects.filter(pk=member.company_id, external_id_by=member.user_id).update(external_id_by=None)
    log(member, "end_membership", by=by, company=member.company_id)
    if by.pk != member.user_id:
        tell(member.user, "member_removed", company=member.company)
    return member


@transaction.atomic
def revoke_consent(consent: Consent, *, by: User) -> Consent:
    """Take back that a field of one's own is shown to a company: from the next page on it is not. Doing it again changes nothing.

    Raises:
        NotAllowed: it is somebody else's.
    """
    consent = locked(consent)
    if consent.person_id != by.pk:
        raise NotAllowed
    if consent.revoked_at is None:
        consent.revoked_at = timezone.now()
        consent.save(update_fields=["revoked_at"])
        log(consent, "revoke_consent", by=by, field=consent.field, shown_to=consent.shown_to_id)
    return consent


def _hide_contacts(member: Member) -> None:
    shown = Consent.objects.filter(person=member.user, shown_to=member.company, purpose=PURPOSE, revoked_at__isnull=True)
    shown.update(revoked_at=timezone.now())
