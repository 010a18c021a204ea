"""Who may: yes or no, nothing written."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.utils import timezone

from expo.accounts.models import User
from expo.foundation import staff
from matchmaking.participants.models import Block, Company, Consent, Member, Registration

Person = User | AnonymousUser
CONTACT_FIELDS = ("full_name", "email", "phone")


def may_speak_for(person: Person, company: Company) -> bool:
    """Whether the person stands for the company: an active member of any role. One query."""
    return _is_member(person, company)


def may_manage(person: Person, company: Company) -> bool:
    """Whether the person may edit the company, answer who asks to join, and block: an owner, or staff with the permission."""
    return _is_member(person, company, role=Member.Role.OWNER) or staff.may(person, "participants.change_company")


def may_add_company(person: Person) -> bool:
    """Whether the person may add companies that they do not stand for: staff with the permission."""
    return staff.may(person, "participants.add_company")


def may_register(person: Person, company: Company) -> bool:
    """Whether the person may fill in the company's registration: who stands for it, or staff on its behalf."""
    return may_speak_for(person, company) or may_verify(person)


def may_fill_in(person: Person, registration: Registration) -> bool:
    """Whether the person may change and send the registration."""
    return may_register(person, registration.company)


def stands_for_somebody(person: Person) -> bool:
    """Whether there is a company at all that the person stands for. One query."""
    return bool(Member.objects.of(person).exists())


def may_register_somebody(person: Person) -> bool:
    """Whether there is a company at all that the person may register."""
    return may_verify(person) or stands_for_somebody(person)


def may_block_somebody(person: Person) -> bool:
    """Whether there is a company at all for which the person may block others."""
    return staff.may(person, "participants.change_company") or Member.objects.owned_by(person).exists()


def may_lift(person: Person, block: Block) -> bool:
    """Whether the person may lift the block: who manages the company that set it."""
    return may_manage(person, block.company)


def may_take_back(person: Person, consent: Consent) -> bool:
    """Whether the person may take the consent back: it is theirs."""
    return consent.person_id == person.pk


def may_withdraw(person: Person, registration: Registration) -> bool:
    """Whether the person may end the company's taking part: an owner, or staff."""
    return _is_member(person, registration.company, role=Member.Role.OWNER) or may_verify(person)


def may_verify(person: Person) -> bool:
    """Whether the person may verify and reject registrations: staff with the permission."""
    return staff.may(person, "participants.change_registration")


def may_answer(person: Person, member: Member) -> bool:
    """Whether the person may answer who asks to join: an owner, or staff with the permission; never the one who asks."""
    if person.pk == member.user_id:
        return False
    return _is_member(person, member.company, role=Member.Role.OWNER) or staff.may(person, "participants.change_member")


def may_end_membership(person: Person, member: Member) -> bool:
    """Whether the person may end a membership: their own, or any as an owner or as staff."""
    return (person.is_authenticated and person.pk == member.user_id) or may_answer(person, member)


def may_look_into(person: Person) -> bool:
    """Whether the person may read what companies tell the organiser alone: staff who may look at registrations."""
    return staff.may(person, "participants.view_registration")


def identity_is_checked(company: Company) -> bool:
    """Whether name, country and website are, or are being, checked by the organiser: then its owner no longer changes them. One query."""
    checked = [Registration.Status.SUBMITTED, Registration.Status.VERIFIED]
    return company.registrations.filter(status__in=checked).exists()


def may_see_contact(viewer: Person, person: User, field: str) -> bool:
    """Whether the viewer may see one contact field of the person.

    Yes for oneself, for colleagues of a company that both stand for, for staff who may look at people, and for who
    stands for a company that holds a running consent. Up to four queries; pages that list many people ask
    `queries.contacts_shown_to`.
    """
    if field not in CONTACT_FIELDS or not viewer.is_authenticated or not viewer.is_active:
        return False
    if viewer.pk == person.pk or staff.may(viewer, "accounts.view_user"):
        return True
    stands_for = Member.objects.filter(user_id=viewer.pk, status=Member.Status.ACTIVE).values("company")
    if Member.objects.filter(user=person, status=Member.Status.ACTIVE, company__in=stands_for).exists():
        return True
    return Consent.objects.filter(running(), person=person, field=field, shown_to__in=stands_for).exists()


def running() -> Q:
    """Consents that hold now."""
    return Q(revoked_at__isnull=True) & (Q(until__isnull=True) | Q(until__gt=timezone.now()))


def _is_member(person: Person, company: Company, **fields: str) -> bool:
    if not person.is_authenticated or not person.is_active:
        return False
    return Member.objects.filter(user_id=person.pk, company=company, status=Member.Status.ACTIVE, **fields).exists()
