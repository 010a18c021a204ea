from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from expo.accounts.models import User
from expo.editions.models import Chain, Edition, Segment
from expo.foundation.errors import Invalid, NotAllowed
from expo.foundation.eventlog import log
from expo.foundation.moves import locked
from expo.foundation.outbox import tell
from expo.foundation.text import one_line
from expo.venue.models import Booth
from matchmaking.participants import queries, rules
from matchmaking.participants.errors import AlreadyRegistered, BoothTaken, NotComplete, RegistrationClosed
from matchmaking.participants.models import LONGEST_REFERENCE, Company, Consent, Member, Registration
from matchmaking.participants.states import MEMBER_MOVES, REGISTRATION_MOVES

MOST_DESKS = 50
LONGEST_REASON = 1000
ARRANGED = ("main_segment", "attendance", "parallel_meetings", "pavilion", "led_by", "is_key_client")
Status = Registration.Status


@transaction.atomic
def start_registration(company: Company, edition: Edition, role: str, *, by: User) -> Registration:
    """Begin, or go on with, the company's registration for the edition in this role.

    A draft or a rejected one is returned as it is; a withdrawn one becomes a draft again.

    Raises:
        NotAllowed: `by` does not stand for the company.
        RegistrationClosed: the edition takes none now.
        AlreadyRegistered: it is submitted or verified.
    """
    company = locked(company)
    if not rules.may_register(by, company):
        raise NotAllowed
    _refuse_when_closed(edition)
    if role not in Registration.Role.values:
        raise Invalid(fields={"role": [_("Choose exhibitor or buyer.")]})
    found = Registration.objects.select_for_update(of=("self",)).filter(company=company, edition=edition, role=role).first()
    if found is None:
        made = Registration.objects.create(company=company, edition=edition, role=role, created_by=by)
        log(made, "start_registration", by=by, edition=edition.slug, role=role)
        return made
    if found.status in {Status.SUBMITTED, Status.VERIFIED}:
        raise AlreadyRegistered(found)
    if found.status == Status.WITHDRAWN:
        found.status = REGISTRATION_MOVES.leads_to("restart", found.status)
        found.created_by, found.submitted_at, found.decided_at = by, None, None
        found.save()
        log(found, "restart_registration", by=by)
    return found


@transaction.atomic
def save_participation(
    registration: Registration,
    *,
    by: User,
    chains: Iterable[Chain],
    main_segment: Segment | None = None,
    attendance: str,
    parallel_meetings: int,
    booth: Booth | None = None,
    external_id: str | None = None,
) -> Registration:
    """Keep what the company says about taking part, as a draft. A booth is reserved at once, and the former one is free again.

    `external_id` is the company's own number for it; None leaves the one that is there.

    A submitted registration is taken back by this, and a rejected one is being corrected: both need submitting again.

    Raises:
        NotAllowed: `by` does not stand for the company.
        IllegalMove: it is verified or withdrawn.
        RegistrationClosed: the edition takes none now.
        Invalid: by field.
        BoothTaken: the booth is not free any more; nothing is kept.
    """
    registration = locked(registration)
    if not rules.may_register(by, registration.company):
        raise NotAllowed
    status = REGISTRATION_MOVES.leads_to("save", registration.status)
    _refuse_when_closed(registration.edition)
    chosen = list(chains)
    wrong = _wrong_fields(
        registration, chains=chosen, main_segment=main_segment, attendance=attendance, parallel_meetings=parallel_meetings, booth=booth
    )
    if wrong:
        raise Invalid(fields=wrong)
    registration.external_id = registration.external_id if external_id is None else one_line(external_id)
    _change_booth(registration, booth, Booth.Status.RESERVED)
    registration.status, registration.submitted_at = status, None
    registration.main_segment, registration.attendance = main_segment, attendance
    registration.parallel_meetings = parallel_meetings
    _save(registration)
    registration.chains.set(chosen)
    log(registration, "save_participation", by=by, chains=[chain.code for chain in chosen], booth=booth.code if booth else "")
    return registration


@transaction.atomic
def set_reference(registration: Registration, *, by: User, external_id: str) -> Registration:
    """Keep the company's own number for the registration, in any state; '' takes it away. What the organiser checks stays as it is.

    Raises:
        NotAllowed: `by` does not stand for the company.
        Invalid: another registration of the company has the number, or it is longer than 80 signs.
    """
    registration = locked(registration)
    if not rules.may_register(by, registration.company):
        raise NotAllowed
    registration.external_id = one_line(external_id)
    _save(registration, update_fields=["external_id", "changed_at"])
    log(registration, "set_reference", by=by, external_id=registration.external_id)
    return registration


@transaction.atomic
def submit_registration(registration: Registration, *, by: User) -> Registration:
    """Send the registration to the organiser, who verifies or rejects it. The owners get a receipt.

    Raises:
        NotAllowed: `by` does not stand for the company.
        IllegalMove: it is with the organiser already, or is withdrawn.
        RegistrationClosed: the edition takes none now.
        NotComplete: by field, what is missing.
    """
    registration = locked(registration)
    if not rules.may_register(by, registration.company):
        raise NotAllowed
    status = REGISTRATION_MOVES.leads_to("submit", registration.status)
    _refuse_when_closed(registration.edition)
    if not registration.chains.exists():
        raise NotComplete(_("Choose at least one chain."), fields={"chains": [_("Choose at least one chain.")]})
    registration.status, registration.submitted_at = status, timezone.now()
    registration.decided_at, registration.rejection_reason = None, ""
    registration.save()
    log(registration, "submit_registration", by=by)
    _tell_company(registration, "registration_submitted")
    return registration


@transaction.atomic
def verify_registration(registration: Registration, *, by: User) -> Registration:
    """Let the company take part: from now on it is visible and may post. Its booth is assigned, its owners are told.

    Raises:
        NotAllowed: `by` is no organiser.
        IllegalMove: it is not submitted.
    """
    registration = locked(registration)
    if not rules.may_verify(by):
        raise NotAllowed
    registration.status = REGISTRATION_MOVES.leads_to("verify", registration.status)
    registration.decided_at = timezone.now()
    registration.save()
    if registration.booth_id is not None:
        Booth.objects.filter(pk=registration.booth_id).update(status=Booth.Status.ASSIGNED)
    log(registration, "verify_registration", by=by)
    _tell_company(registration, "registration_verified")
    return registration


@transaction.atomic
def reject_registration(registration: Registration, *, by: User, reason: str) -> Registration:
    """Refuse the company, or take its verification back, with a reason it can act on. Its booth is free, its owners are told.

    Raises:
        NotAllowed: `by` is no organiser.
        IllegalMove: it is neither submitted nor verified.
        Invalid: no reason, or one of more than 1,000 characters.
    """
    registration = locked(registration)
    if not rules.may_verify(by):
        raise NotAllowed
    status = REGISTRATION_MOVES.leads_to("reject", registration.status)
    reason = reason.strip()
    if not reason:
        raise Invalid(fields={"reason": [_("Write a reason that the company can act on.")]})
    if len(reason) > LONGEST_REASON:
        raise Invalid(fields={"reason": [_("Keep the reason below 1,000 characters.")]})
    _change_booth(registration, None, Booth.Status.RESERVED)
    registration.status, registration.rejection_reason = status, reason
    registration.decided_at = timezone.now()
    registration.save()
    log(registration, "reject_registration", by=by, reason=reason)
    _tell_company(registration, "registration_rejected")
    return registration


@transaction.atomic
def withdraw_registration(registration: Registration, *, by: User) -> Registration:
    """End the company's taking part: it is hidden, its booth is free, its owners are told.

    Raises:
        NotAllowed: `by` is neither an owner nor an organiser.
        IllegalMove: it is withdrawn already.
        RegistrationClosed: the edition is over; what was is not undone, except by the organiser.
    """
    registration = locked(registration)
    if not rules.may_withdraw(by, registration):
        raise NotAllowed
    status = REGISTRATION_MOVES.leads_to("withdraw", registration.status)
    if registration.edition.status == Edition.Status.CLOSED and not rules.may_verify(by):
        raise RegistrationClosed(_("This edition is over."))
    _change_booth(registration, None, Booth.Status.RESERVED)
    registration.status = status
    registration.save()
    log(registration, "withdraw_registration", by=by)
    _tell_company(registration, "registration_withdrawn")
    return registration


@transaction.atomic
def move_booth(registration: Registration, booth: Booth | None, *, by: User) -> Registration:
    """Give the exhibitor another booth, or none, whatever it had asked for.

    Raises:
        NotAllowed: `by` is no organiser.
        Invalid: the booth is of another edition, or the company is no exhibitor that takes part on site.
        BoothTaken: somebody has it.
    """
    registration = locked(registration)
    if not rules.may_verify(by):
        raise NotAllowed
    wrong = _wrong_booth(registration, registration.attendance, booth)
    if booth is not None and registration.status in {Status.REJECTED, Status.WITHDRAWN}:
        wrong = _("This company does not take part.")
    if wrong:
        raise Invalid(wrong, fields={"booth": [wrong]})
    is_verified = registration.status == Status.VERIFIED
    _change_booth(registration, booth, Booth.Status.ASSIGNED if is_verified else Booth.Status.RESERVED)
    registration.save()
    log(registration, "move_booth", by=by, booth=booth.code if booth else "")
    return registration


@transaction.atomic
def arrange_registration(registration: Registration, *, by: User, **fields: Any) -> Registration:
    """Set what the organiser decides about an exhibitor or buyer, whatever its state: ARRANGED, field by field; the rest stays.

    Raises:
        NotAllowed: `by` is no organiser.
        Invalid: by field: not one of ARRANGED, a pavilion or leader of another edition, or a segment of no chain of the edition.
    """
    registration = locked(registration)
    if not rules.may_verify(by):
        raise NotAllowed
    wrong = {name: [_("This is not set here.")] for name in sorted(set(fields) - set(ARRANGED))} or _wrong_arrangement(registration, fields)
    if wrong:
        raise Invalid(fields=wrong)
    changed = sorted(name for name, value in fields.items() if getattr(registration, name) != value)
    for name in changed:
        setattr(registration, name, fields[name])
    registration.save(update_fields=[*changed, "changed_at"])
    log(registration, "arrange_registration", by=by, fields=changed)
    return registration


@transaction.atomic
def close_company(company: Company, *, by: User | None) -> Company:
    """Let the company take part in nothing that is still to come, and let nobody stand for it. What was stays on record.

    Its owners are told of each registration that ends. `by` is None where the site itself does it, for want of people.

    Raises:
        NotAllowed: `by` is neither an owner nor staff who may edit companies.
    """
    company = locked(company)
    if by is not None and not rules.may_manage(by, company):
        raise NotAllowed
    taking_part = Registration.objects.filter(company=company).exclude(edition__status=Edition.Status.CLOSED)
    for registration in taking_part.exclude(status=Status.WITHDRAWN):
        registration.status = REGISTRATION_MOVES.leads_to("withdraw", registration.status)
        _change_booth(registration, None, Booth.Status.RESERVED)
        registration.save()
        log(registration, "withdraw_registration", by=by)
        _tell_company(registration, "registration_withdrawn")
    members = Member.objects.filter(company=company, status__in=[Member.Status.ACTIVE, Member.Status.ASKED])
    Consent.objects.filter(shown_to=company, revoked_at__isnull=True).update(revoked_at=timezone.now())
    left = members.update(status=MEMBER_MOVES.leads_to("close", Member.Status.ACTIVE), role=Member.Role.REPRESENTATIVE)
    # As where somebody leaves: the number stays with the company, who gave it may use it for another one.
    Company.objects.filter(pk=company.pk).update(external_id_by=None)
    log(company, "close_company", by=by, members=left)
    return company


def _wrong_arrangement(registration: Registration, fields: Mapping[str, Any]) -> dict[str, list[str]]:
    wrong = {}
    edition = registration.edition_id
    pavilion, leader, segment = fields.get("pavilion"), fields.get("led_by"), fields.get("main_segment")
    if pavilion is not None and pavilion.edition_id != edition:
        wrong["pavilion"] = [_("Choose a pavilion of this edition.")]
    if leader is not None and (leader.edition_id != edition or leader.pk == registration.pk):
        wrong["led_by"] = [_("Choose another registration of this edition.")]
    if segment is not None and not segment.chain.areas.filter(edition=edition).exists():
        wrong["main_segment"] = [_("Choose a segment of this edition.")]
    if "attendance" in fields and fields["attendance"] not in Registration.Attendance.values:
        wrong["attendance"] = [_("Choose on site or online.")]
    if "parallel_meetings" in fields and not 1 <= fields["parallel_meetings"] <= MOST_DESKS:
        wrong["parallel_meetings"] = [_("Write a number from 1 to 50.")]
    return wrong


def _save(registration: Registration, **options: Any) -> None:
    """Save the row, or say that its reference is too long or taken, also where another one took it a moment ago."""
    if len(registration.external_id) > LONGEST_REFERENCE:
        raise Invalid(fields={"external_id": [_("Keep it below 80 characters.")]})
    _refuse_taken_reference(registration)
    try:
        with transaction.atomic():
            registration.save(**options)
    except IntegrityError:
        _refuse_taken_reference(registration)
        raise


def _refuse_taken_reference(registration: Registration) -> None:
    others = Registration.objects.filter(company=registration.company_id, external_id=registration.external_id)
    if registration.external_id and others.exclude(pk=registration.pk).exists():
        raise Invalid(fields={"external_id": [_("Another registration of the company has this reference already.")]})


def _refuse_when_closed(edition: Edition) -> None:
    if not edition.takes_registrations:
        raise RegistrationClosed


def _wrong_fields(
    registration: Registration,
    *,
    chains: Collection[Chain],
    main_segment: Segment | None,
    attendance: str,
    parallel_meetings: int,
    booth: Booth | None,
) -> dict[str, list[str]]:
    wrong = {}
    keys = {chain.pk for chain in chains}
    if not keys:
        wrong["chains"] = [_("Choose at least one chain.")]
    elif Chain.objects.in_edition(registration.edition).filter(pk__in=keys).count() < len(keys):
        wrong["chains"] = [_("Choose chains of this edition.")]
    if main_segment is not None and main_segment.chain_id not in keys | {chain.parent_id for chain in chains}:
        wrong["main_segment"] = [_("Choose a segment of one of your chains.")]
    if attendance not in Registration.Attendance.values:
        wrong["attendance"] = [_("Choose on site or online.")]
    if not 1 <= parallel_meetings <= MOST_DESKS:
        wrong["parallel_meetings"] = [_("Write a number from 1 to 50.")]
    wrong_booth = _wrong_booth(registration, attendance, booth)
    if wrong_booth:
        wrong["booth"] = [wrong_booth]
    return wrong


def _wrong_booth(registration: Registration, attendance: str, booth: Booth | None) -> str:
    if booth is None:
        return ""
    if registration.role != Registration.Role.EXHIBITOR:
        return _("Only exhibitors have a booth.")
    if attendance != Registration.Attendance.ON_SITE:
        return _("Who takes part online has no booth.")
    return "" if booth.edition_id == registration.edition_id else _("Choose a booth of this edition.")


def _change_booth(registration: Registration, booth: Booth | None, status: Booth.Status) -> None:
    """Take `booth` and free the former one; `registration` is locked by the caller and saved by it afterwards.

    The update is conditional on the booth being free: of two that grab it at once the database lets one win.
    """
    former = registration.booth_id
    if booth is not None and booth.pk == former:
        return
    if booth is not None and not Booth.objects.filter(pk=booth.pk, status=Booth.Status.FREE).update(status=status):
        raise BoothTaken(fields={"booth": [BoothTaken.detail]})
    registration.booth = booth
    if former is not None:
        Booth.objects.filter(pk=former).update(status=Booth.Status.FREE)


def _tell_company(registration: Registration, kind: str) -> None:
    for person in queries.people_told_of(registration):
        tell(person, kind, registration=registration, company=registration.company, edition=registration.edition)
