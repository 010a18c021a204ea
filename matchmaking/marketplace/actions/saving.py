"""Writing a posting down and changing it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from expo.accounts.models import User
from expo.editions.queries import rates_of
from expo.foundation.errors import Invalid, NotAllowed
from expo.foundation.eventlog import log
from expo.foundation.moves import locked
from matchmaking.marketplace import rules
from matchmaking.marketplace.errors import CertificateEnded, NotEditable, NotVerified, QuotaExceeded
from matchmaking.marketplace.models import (
    Certificate,
    Offer,
    OfferCertificate,
    Posting,
    PostingStatus,
    RequestCertificate,
    SourcingRequest,
)
from matchmaking.marketplace.normalise import certificate_key, normalise
from matchmaking.marketplace.proofs import check_pdf
from matchmaking.marketplace.states import EDITABLE, POSTING_MOVES
from matchmaking.participants.models import Registration

SHARED_FIELDS = ("segment", "title", "description", "language", "title_other", "hs_code", "unit", "incoterms", "external_id")
OFFER_FIELDS = (
    *SHARED_FIELDS, "unit_price", "currency", "price_unit", "minimum_quantity", "monthly_capacity", "lead_time_days", "origin", "ships_to",
    "is_debut",
)  # fmt: skip
REQUEST_FIELDS = (
    *SHARED_FIELDS, "quantity", "budget", "currency", "budget_unit", "needed_by", "deliver_to", "origins_accepted", "musts", "visibility",
    "answer_cap",
)  # fmt: skip
MOST_CERTIFICATES = 20
LONGEST_NAME = 80
QUOTA_BYTES = 200 * 1024 * 1024

Row = TypeVar("Row", Offer, SourcingRequest)


@dataclass(frozen=True)
class HeldCertificate:
    """A certificate as its holder states it; `file` None keeps the proof that is there."""

    name: str
    valid_until: date | None = None
    file: File[Any] | None = None


@transaction.atomic
def save_offer(
    offer: Offer | None,
    *,
    by: User,
    registration: Registration,
    fields: Mapping[str, Any],
    certificates: Sequence[HeldCertificate] | None = None,
) -> Offer:
    """Write an offer down as a draft (`offer` None), or change one.

    A change of a must-have of a published offer sends it back to review where the edition reviews; a typo does not.

    Args:
        registration: the exhibitor; an offer never changes hands, so for a change it is only checked.
        fields: values by name, of OFFER_FIELDS; what is left out stays.
        certificates: all that the offer holds; None leaves them as they are. Files are PDFs, see `proofs.check_pdf`.

    Raises:
        NotAllowed, NotVerified: `by` does not stand for the company, or it takes part in no such role.
        NotEditable: the offer has come to its end.
        CertificateEnded: a date newly given for a certificate is over.
        Invalid: by field; UnreadableFile and QuotaExceeded for files.
    """
    is_new = offer is None
    offer = Offer(registration=registration) if offer is None else locked(offer)
    before = _begin(offer, by, registration, is_new=is_new)
    changed = _assign(offer, fields, OFFER_FIELDS)
    held = None if certificates is None else named({entry.name: entry for entry in certificates})
    _check(offer)
    _store(offer, is_new=is_new)
    if held is not None and _keep_offer_certificates(offer, held):
        changed.append("certificates")
    return _finish(offer, by=by, before=before, changed=changed, is_new=is_new)


@transaction.atomic
def save_request(
    request: SourcingRequest | None,
    *,
    by: User,
    registration: Registration,
    fields: Mapping[str, Any],
    certificates: Iterable[str] | None = None,
) -> SourcingRequest:
    """Write a request down as a draft (`request` None), or change one; as `save_offer`, with REQUEST_FIELDS.

    `certificates` are the names of those that are asked for.
    """
    is_new = request is None
    request = SourcingRequest(registration=registration) if request is None else locked(request)
    before = _begin(request, by, registration, is_new=is_new)
    changed = _assign(request, fields, REQUEST_FIELDS)
    if "needed_by" in changed and request.needed_by is not None and request.needed_by < timezone.localdate():
        # A day that passed meanwhile does not stand in the way of putting a typo right.
        raise Invalid(fields={"needed_by": [_("That day is past. Write the day by which it has to be there.")]})
    asked = None if certificates is None else named({name: name for name in certificates})
    _check(request)
    _store(request, is_new=is_new)
    if asked is not None and _keep_request_certificates(request, asked):
        changed.append("certificates")
    return _finish(request, by=by, before=before, changed=changed, is_new=is_new)


@transaction.atomic
def correct_posting(posting: Posting, *, by: User, fields: Mapping[str, Any]) -> Posting:
    """Let staff put right what an author wrote; the state stays. Raises NotAllowed, NotEditable, Invalid."""
    posting = locked(posting)
    if not rules.may_review(by, posting):
        raise NotAllowed
    if posting.status not in EDITABLE:
        raise NotEditable
    is_offer = isinstance(posting, Offer)
    changed = _assign(posting, fields, OFFER_FIELDS if is_offer else REQUEST_FIELDS)
    _check(posting)
    _store(posting, is_new=False)
    log(posting, "correct", by=by, changed=changed)
    return posting


@transaction.atomic
def respell_certificate(certificate: Certificate, *, by: User, name: str) -> Certificate:
    """Put the spelling of a certificate's name right, for all postings. Raises NotAllowed; Invalid when it is another name."""
    certificate = locked(certificate)
    if not rules.may_respell(by):
        raise NotAllowed
    if certificate_key(name) != certificate.key:
        raise Invalid(fields={"name": [_("Another name is another certificate.")]})
    was, certificate.name = certificate.name, name
    certificate.save()
    log(certificate, "respell", by=by, was=was)
    return certificate


def _begin(posting: Posting, by: User, registration: Registration, *, is_new: bool) -> dict[str, object]:
    """Check who and when; return the wording before the change."""
    if not rules.may_edit(by, posting) or registration.pk != posting.registration.pk:
        raise NotAllowed
    if not rules.may_post(by, posting.registration, posting.kind):
        raise NotVerified
    if not is_new and posting.status not in EDITABLE:
        raise NotEditable
    return {name: getattr(posting, name) for name in rules.WORDING}


def _assign(posting: Posting, fields: Mapping[str, Any], known: Sequence[str]) -> list[str]:
    """Set the fields and return the names of those that changed."""
    unknown = sorted(set(fields) - set(known))
    if unknown:
        raise Invalid(fields={name: [_("This field cannot be set.")] for name in unknown})
    return [name for name, value in fields.items() if set_field(posting, name, value)]


def set_field(posting: Any, name: str, value: Any) -> bool:
    """Set one field, read as its column reads it, and say whether it changed."""
    if name == "segment":
        was, posting.segment = posting.segment_id, value
        return bool(was != posting.segment_id)
    column = posting._meta.get_field(name)
    try:
        clean = column.to_python(value)
    except ValidationError as fault:
        raise Invalid(fields={name: fault.messages}) from fault
    changed = column.to_python(getattr(posting, name)) != clean
    setattr(posting, name, clean)
    return bool(changed)


def faults_of(posting: Posting, *, checked: Collection[str] = ()) -> dict[str, list[str]]:
    """Return what does not hold in the posting by itself, as sentences by field; nothing is read from the database.

    `checked` are fields whose values are known to be permitted ones. Titles and references are stripped, a currency without a price
    is dropped. What needs other rows (the segment's edition, whether a reference is taken) is left to the caller.
    """
    is_offer = isinstance(posting, Offer)
    wrong = _price_faults(posting, *(("unit_price", "price_unit") if is_offer else ("budget", "budget_unit")))
    posting.title, posting.title_other = posting.title.strip(), posting.title_other.strip()
    posting.external_id = posting.external_id.strip()
    try:
        posting.full_clean(exclude=["registration", "segment", *checked, *wrong], validate_unique=False, validate_constraints=False)
    except ValidationError as fault:
        wrong = {**fault.message_dict, **wrong}
    return wrong


def _price_faults(posting: Any, price: str, per: str) -> dict[str, list[str]]:
    if getattr(posting, price) is None:
        posting.currency = ""
        setattr(posting, per, "")
        return {}
    is_offer, wrong = isinstance(posting, Offer), {}
    if not posting.currency:
        wrong["currency"] = [_("Pick the currency of the price.") if is_offer else _("Pick the currency of the budget.")]
    if not getattr(posting, per):
        words = _("Say what the price is for: a piece, a kilogram.") if is_offer else _("Say what the budget is for: a piece, a kilogram.")
        wrong[per] = [words]
    return wrong


def _check(posting: Posting) -> None:
    wrong = faults_of(posting)
    if not posting.segment_id:
        wrong["segment"] = [str(posting._meta.get_field("segment").error_messages["null"])]
    elif not posting.segment.chain.areas.filter(edition=posting.registration.edition_id).exists():
        wrong["segment"] = [_("This segment's chain is not part of the edition.")]
    if _reference_is_taken(posting):
        wrong["external_id"] = [_("Another posting of yours has this reference already.")]
    if wrong:
        raise Invalid(fields=wrong)


def _reference_is_taken(posting: Any) -> bool:
    if not posting.external_id:
        return False
    others = type(posting)._default_manager.filter(registration=posting.registration_id, external_id=posting.external_id)
    return bool(others.exclude(pk=posting.pk).exists())


def _store(posting: Posting, *, is_new: bool) -> None:
    normalise(posting, rates_of(posting.registration.edition))
    if is_new:
        posting.is_demo = posting.registration.company.is_demo
    posting.save()


def named(entries: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entries by their certificate's key; empty names are left out, of doubles the last one counts."""
    by_key = {certificate_key(name): (" ".join(name.split()), entry) for name, entry in entries.items() if certificate_key(name)}
    if len(by_key) > MOST_CERTIFICATES:
        raise Invalid(fields={"certificates": [_("No more than 20 certificates: name the ones that matter.")]})
    if any(len(name) > LONGEST_NAME for name, _entry in by_key.values()):
        raise Invalid(fields={"certificates": [_("A certificate's name has at most 80 signs.")]})
    return by_key


def _certificates(entries: Mapping[str, tuple[str, Any]]) -> dict[str, Certificate]:
    known = {row.key: row for row in Certificate.objects.filter(key__in=entries)}
    for key, (name, _entry) in entries.items():
        if key not in known:
            known[key] = Certificate.objects.get_or_create(key=key, defaults={"name": name})[0]
    return known


def _keep_request_certificates(request: SourcingRequest, asked: Mapping[str, tuple[str, str]]) -> bool:
    rows = _certificates(asked)
    there = {row.certificate.key: row for row in request.certificates.select_related("certificate")}
    gone, new = there.keys() - asked.keys(), asked.keys() - there.keys()
    request.certificates.filter(pk__in=[there[key].pk for key in gone]).delete()
    RequestCertificate.objects.bulk_create([RequestCertificate(request=request, certificate=rows[key]) for key in sorted(new)])
    return bool(gone or new)


def _keep_offer_certificates(offer: Offer, held: Mapping[str, tuple[str, HeldCertificate]]) -> bool:
    rows = _certificates(held)
    there = {row.certificate.key: row for row in offer.certificates.select_related("certificate")}
    for key in there.keys() - held.keys():
        drop_file(there[key])
        there[key].delete()
    changed = there.keys() != held.keys()
    for key, (_name, entry) in held.items():
        row = there.get(key) or OfferCertificate(offer=offer, certificate=rows[key])
        if entry.valid_until != row.valid_until and entry.valid_until is not None and entry.valid_until < timezone.localdate():
            raise CertificateEnded
        changed |= row.valid_until != entry.valid_until or entry.file is not None
        row.valid_until = entry.valid_until
        if entry.file is not None:
            _take_file(row, entry.file)
        row.save()
    return changed


def _take_file(row: OfferCertificate, upload: File[Any]) -> None:
    check_pdf(upload)
    company = row.offer.registration.company_id
    kept = OfferCertificate.objects.filter(offer__registration__company=company).exclude(file="").exclude(pk=row.pk)
    if sum(_size(other) for other in kept) + (upload.size or 0) > QUOTA_BYTES:
        raise QuotaExceeded
    drop_file(row)
    row.file = upload


def _size(row: OfferCertificate) -> int:
    try:
        return int(row.file.size)
    except OSError:
        return 0  # A file that is gone takes no room.


def drop_file(row: OfferCertificate) -> None:
    if row.file:
        storage, name = row.file.storage, str(row.file.name)
        transaction.on_commit(lambda: storage.delete(name))


def _finish(posting: Row, *, by: User, before: dict[str, object], changed: list[str], is_new: bool) -> Row:
    verb = "draft" if is_new else changed_verb(posting, before, changed)
    if verb == "send_back":
        posting.save(update_fields=["status", "changed_at"])
    log(posting, verb, by=by, changed=changed)
    return posting


def changed_verb(posting: Posting, before: dict[str, object], changed: Sequence[str]) -> str:
    """Return what a change comes to: "edit", or "send_back" where the organiser has to read it again; then its state is moved, too."""
    is_open = posting.status in {PostingStatus.PUBLISHED, PostingStatus.PAUSED}
    if is_open and rules.needs_review(posting, before, changed):
        posting.status = POSTING_MOVES.leads_to("send_back", posting.status)
        return "send_back"
    return "edit"
