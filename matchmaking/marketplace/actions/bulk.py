"""Writing many postings of one registration at once, as `save_offer`, `save_request` and `submit_posting` would one by one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from expo.accounts.models import User
from expo.editions.models import Segment
from expo.editions.queries import rates_of
from expo.foundation.errors import Conflict, Invalid, NotAllowed
from expo.foundation.eventlog import log_all
from expo.foundation.moves import locked
from matchmaking.marketplace import rules
from matchmaking.marketplace.actions.ladder import hand_in
from matchmaking.marketplace.actions.saving import changed_verb, drop_file, faults_of, named, set_field
from matchmaking.marketplace.errors import CertificateEnded, NotEditable, NotVerified
from matchmaking.marketplace.models import Certificate, Offer, OfferCertificate, Posting, RequestCertificate, SourcingRequest
from matchmaking.marketplace.normalise import normalise
from matchmaking.marketplace.states import EDITABLE
from matchmaking.participants.models import Registration

BLOCK = 500
# Fields that a sheet's columns let through as permitted values only; a thousand checks of 250 countries are seconds.
PERMITTED = ("origin", "ships_to", "deliver_to", "origins_accepted", "incoterms", "musts")
KEPT = frozenset({"id", "registration", "created_at", "is_demo"})
Held = Mapping[str, date | None]


@dataclass(frozen=True)
class Stated:
    """What one row says: a new posting (`pk` None) or a change, `changed_at` as it was read; certificates None stay as they are."""

    pk: int | None
    fields: Mapping[str, Any]
    certificates: Held | None = None
    submit: bool = False
    changed_at: str = ""


@dataclass
class _Work:
    by: User
    registration: Registration
    segments: Mapping[int, Segment]
    rates: Mapping[str, Decimal]
    steps: list[tuple[Posting, str, dict[str, Any]]] = field(default_factory=list)


@transaction.atomic
def store_postings(model: type[Offer] | type[SourcingRequest], rows: Sequence[Stated], *, by: User, registration: Registration) -> None:
    """Write all rows or none: new ones as drafts, changed ones as an edit would, handed in where the row says so.

    Each gets its lines in the log, its history and its place in the index. About 25 queries for each 500 rows, which are all that is held in
    memory beside `rows`. `segment` is given by its id; the caller knows that it belongs to the edition, and that references are not taken twice.

    Raises:
        NotAllowed, NotVerified: `by` does not stand for the company, or it takes part in no such role.
        NotEditable, Conflict: a posting has come to its end, or was changed since it was read.
        CertificateEnded, Invalid: as in `save_offer`.
    """
    registration = locked(registration)
    posting = model(registration=registration)
    if not rules.may_edit(by, posting):
        raise NotAllowed
    if not rules.may_post(by, registration, posting.kind):
        raise NotVerified
    segments = Segment.objects.in_bulk({row.fields["segment"] for row in rows if "segment" in row.fields})
    work = _Work(by, registration, segments, rates_of(registration.edition))
    for block in _blocks(rows):
        _store_block(model, block, work)
        log_all(work.steps, by=by)
        work.steps.clear()  # A block is done with: memory is for one.


def _blocks(rows: Sequence[Stated]) -> Iterator[Sequence[Stated]]:
    for start in range(0, len(rows), BLOCK):
        yield rows[start : start + BLOCK]


def _store_block(model: Any, block: Sequence[Stated], work: _Work) -> None:
    keys = [row.pk for row in block if row.pk is not None]
    there = {posting.pk: posting for posting in model.objects.select_for_update().filter(pk__in=keys, registration=work.registration)}
    postings = [_stated(model, row, there, work) for row in block]
    new = [posting for posting in postings if posting.pk is None]
    old = [posting for posting in postings if posting.pk is not None]
    model.objects.bulk_create(new, batch_size=BLOCK)
    overwrite(model, old)
    model.history.bulk_history_create(new, batch_size=BLOCK, default_user=work.by)
    model.history.bulk_history_create(old, batch_size=BLOCK, update=True, default_user=work.by)
    held = {posting.pk: row.certificates for posting, row in zip(postings, block, strict=True) if row.certificates is not None}
    (_hold if model is Offer else _ask)(held)


def _stated(model: Any, row: Stated, there: Mapping[int, Any], work: _Work) -> Any:
    """Return the posting as the row wants it, checked, with the verbs to be logged noted down; nothing is saved."""
    posting = model(registration=work.registration, is_demo=work.registration.company.is_demo)
    if row.pk is not None:
        posting = there.get(row.pk)
        if posting is None or posting.changed_at.isoformat() != row.changed_at:
            raise Conflict
        if posting.status not in EDITABLE:
            raise NotEditable
        posting.registration = work.registration
    before = {name: getattr(posting, name) for name in rules.WORDING}
    changed = [name for name, value in row.fields.items() if set_field(posting, name, work.segments[value] if name == "segment" else value)]
    wrong = faults_of(posting, checked=PERMITTED)
    if wrong:
        raise Invalid(fields=wrong)
    if row.certificates is not None and row.pk is not None:
        changed.append("certificates")
    if changed or row.pk is None:
        verb = "draft" if row.pk is None else changed_verb(posting, before, changed)
        work.steps.append((posting, verb, {"changed": changed}))
    if row.submit:
        work.steps += [(posting, verb, data) for verb, data in hand_in(posting)]
    normalise(posting, work.rates)
    return posting


def overwrite(model: Any, old: Sequence[Any]) -> None:
    """Update rows in one statement. The day of creation is set anew on the object by the insert that this is; it is put back."""
    created = [posting.created_at for posting in old]
    names = [field.name for field in model._meta.concrete_fields if field.name not in KEPT]
    model.objects.bulk_create(old, batch_size=BLOCK, update_conflicts=True, unique_fields=["id"], update_fields=names)
    for posting, at in zip(old, created, strict=True):
        posting.created_at = at


def _certificates(held: Mapping[int, Held]) -> tuple[dict[int, dict[str, Any]], dict[str, Certificate]]:
    """Return what each posting names, by the certificates' keys, and the rows of these certificates; new ones are made."""
    wanted = {pk: named(dict(names)) for pk, names in held.items()}
    called = {key: name for names in wanted.values() for key, (name, _until) in names.items()}
    known = {row.key: row for row in Certificate.objects.filter(key__in=called)}
    missing = [Certificate(key=key, name=name) for key, name in sorted(called.items()) if key not in known]
    if missing:
        Certificate.objects.bulk_create(missing, ignore_conflicts=True)
        known = {row.key: row for row in Certificate.objects.filter(key__in=called)}
    return {pk: {key: until for key, (_name, until) in names.items()} for pk, names in wanted.items()}, known


def _hold(held: Mapping[int, Held]) -> None:
    wanted, known = _certificates(held)
    today, gone, changed = timezone.localdate(), [], []
    for row in OfferCertificate.objects.filter(offer__in=held).select_related("certificate").select_for_update():
        names = wanted[row.offer_id]
        if row.certificate.key not in names:
            drop_file(row)
            gone.append(row.pk)
            continue
        until = names.pop(row.certificate.key)
        if until != row.valid_until:
            row.valid_until = until
            changed.append(row)
    new = [
        OfferCertificate(offer_id=pk, certificate=known[key], valid_until=until)
        for pk, names in wanted.items()
        for key, until in names.items()
    ]
    if any(row.valid_until is not None and row.valid_until < today for row in (*changed, *new)):
        raise CertificateEnded
    OfferCertificate.objects.filter(pk__in=gone).delete()
    OfferCertificate.objects.bulk_update(changed, ["valid_until"], batch_size=BLOCK)
    OfferCertificate.objects.bulk_create(new, batch_size=BLOCK)


def _ask(asked: Mapping[int, Held]) -> None:
    wanted, known = _certificates(asked)
    there = RequestCertificate.objects.filter(request__in=asked).select_related("certificate")
    gone = [row.pk for row in there if wanted[row.request_id].pop(row.certificate.key, row) is row]
    RequestCertificate.objects.filter(pk__in=gone).delete()
    new = [RequestCertificate(request_id=pk, certificate=known[key]) for pk, names in wanted.items() for key in names]
    RequestCertificate.objects.bulk_create(new, batch_size=BLOCK)
