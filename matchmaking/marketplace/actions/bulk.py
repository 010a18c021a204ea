"""Writing many postings of one registration at once, as `save_offer`, `save_request` and `submit_posting` would one by one."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeVar

from django.db import transaction
from django.utils import timezone

from expo.accounts.models import User
from expo.editions.models import Segment
from expo.editions.queries import rates_of
from expo.foundation import search
from expo.foundation.errors import Conflict, Invalid, NotAllowed
from expo.foundation.eventlog import prepared_events_of
from expo.foundation.moves import locked
from expo.foundation.prepared import Prepared, reserved_keys
from matchmaking.marketplace import rules
from matchmaking.marketplace.actions.ladder import hand_in
from matchmaking.marketplace.actions.saving import changed_verb, drop_file, faults_of, named, set_field
from matchmaking.marketplace.errors import CertificateEnded, NotEditable, NotVerified
from matchmaking.marketplace.models import Certificate, Offer, OfferCertificate, Posting, RequestCertificate, SourcingRequest
from matchmaking.marketplace.normalise import normalise
from matchmaking.marketplace.searching import found_of
from matchmaking.marketplace.states import EDITABLE
from matchmaking.participants.models import Registration

BLOCK = 500
# Fields that a sheet's columns let through as permitted values only; a thousand checks of 250 countries are seconds.
PERMITTED = ("origin", "ships_to", "deliver_to", "origins_accepted", "incoterms", "musts")
KEPT = frozenset({"id", "registration", "created_at", "is_demo"})
Held = Mapping[str, date | None]
T = TypeVar("T")
# A new row is a little older than its change: of the two moments the later one is set anew when it is written.
HARDLY = timedelta(microseconds=1)


@dataclass(frozen=True)
class Stated:
    """What one row says: a new posting (`pk` None) or a change, `changed_at` as it was read; certificates None stay as they are."""

    pk: int | None
    fields: Mapping[str, Any]
    certificates: Held | None = None
    submit: bool = False
    changed_at: str = ""


def store_postings(model: type[Offer] | type[SourcingRequest], rows: Sequence[Stated], *, by: User, registration: Registration) -> None:
    """Write all rows or none: new ones as drafts, changed ones as an edit would, handed in where the row says so.

    Each gets its lines in the log, its history and its place in the index. Most of the work is done before the transaction, see
    `PreparedPostings`. `segment` is given by its id; the caller knows that it belongs to the edition, and that references are not taken twice.

    Raises:
        NotAllowed, NotVerified: `by` does not stand for the company, or it takes part in no such role.
        NotEditable, Conflict: a posting has come to its end, or was changed since it was read.
        CertificateEnded, Invalid: as in `save_offer`.
    """
    with closing(PreparedPostings(model, rows, by=by, registration=registration)) as made, transaction.atomic():
        made.store()


class PreparedPostings:
    """Postings of one registration, checked and made ready: `store` then only looks whether all is as it was, and writes.

    Ten queries for each 500 rows here; memory is for one such block, the rest is on disk. Raises as `store_postings`.
    """

    def __init__(
        self, model: Any, rows: Sequence[Stated], *, by: User, registration: Registration, say: Callable[[int], None] = lambda _done: None
    ) -> None:
        self.model, self.by, self.registration, self.edition = model, by, registration, registration.edition
        self.segments = Segment.objects.select_related("chain").in_bulk({row.fields["segment"] for row in rows if "segment" in row.fields})
        self.rates = rates_of(registration.edition)
        self.prepared = Prepared()
        self.certificates: dict[str, Certificate] = {}
        self.changed_at: dict[int, Any] = {}
        self.held: list[dict[int, Held]] = []
        self.words: set[str] = set()
        self.keys = iter(reserved_keys(model, sum(row.pk is None for row in rows)))
        for number, block in enumerate(_blocks(rows), start=1):
            self._prepare(block)
            say(number * BLOCK)

    def store(self) -> None:
        """Write everything, inside the caller's transaction; about 30 queries for each 500 rows. Raises as `store_postings`."""
        registration = locked(self.registration)
        posting = self.model(registration=registration)
        if not rules.may_edit(self.by, posting):
            raise NotAllowed
        if not rules.may_post(self.by, registration, posting.kind):
            raise NotVerified
        if registration.edition.reviews_postings != self.edition.reviews_postings:
            raise Conflict
        for keys in _blocks(list(self.changed_at)):
            rows = self.model.objects.select_for_update().filter(pk__in=keys, registration=registration)
            if dict(rows.values_list("pk", "changed_at")) != {key: self.changed_at[key] for key in keys}:
                raise Conflict
        self.prepared.write()
        for held in self.held:
            (_hold if self.model is Offer else _ask)(held)
        search.learn(self.words)

    def close(self) -> None:
        """Forget what was made ready."""
        self.prepared.close()

    def _prepare(self, block: Sequence[Stated]) -> None:
        """Make the rows of a block ready: postings first, then what points to them."""
        keys = [row.pk for row in block if row.pk is not None]
        there = self.model.objects.filter(pk__in=keys, registration=self.registration).select_related("segment__chain").in_bulk()
        self.changed_at |= {pk: posting.changed_at for pk, posting in there.items()}
        steps: list[tuple[Posting, str, dict[str, Any]]] = []
        postings = [self._stated(row, there, steps) for row in block]
        new = [posting for posting, row in zip(postings, block, strict=True) if row.pk is None]
        old = [posting for posting, row in zip(postings, block, strict=True) if row.pk is not None]
        columns = [field.name for field in self.model._meta.concrete_fields if field.name not in KEPT]
        for posting in new:
            posting.pk, posting.created_at = next(self.keys), self.prepared.moment - HARDLY
        for posting in postings:
            posting.changed_at = self.prepared.moment
        self.prepared.add(new)
        self.prepared.add(old, unique=["id"], update=columns)
        self.prepared.add([self._history(posting, "+") for posting in new] + [self._history(posting, "~") for posting in old])
        self.prepared.add(prepared_events_of(steps, by=self.by, at=self.prepared.moment))
        self._prepare_certificates(postings, block)

    def _stated(self, row: Stated, there: Mapping[int, Any], steps: list[tuple[Posting, str, dict[str, Any]]]) -> Any:
        """Return the posting as the row wants it, checked, with the verbs to be logged noted down."""
        posting = self.model(registration=self.registration, is_demo=self.registration.company.is_demo)
        if row.pk is not None:
            posting = there.get(row.pk)
            if posting is None or posting.changed_at.isoformat() != row.changed_at:
                raise Conflict
            if posting.status not in EDITABLE:
                raise NotEditable
            posting.registration = self.registration
        before = {name: getattr(posting, name) for name in rules.WORDING}
        changed = [
            name for name, value in row.fields.items() if set_field(posting, name, self.segments[value] if name == "segment" else value)
        ]
        wrong = faults_of(posting, checked=PERMITTED)
        if wrong:
            raise Invalid(fields=wrong)
        if row.certificates is not None and row.pk is not None:
            changed.append("certificates")
        if changed or row.pk is None:
            verb = "draft" if row.pk is None else changed_verb(posting, before, changed)
            steps.append((posting, verb, {"changed": changed}))
        if row.submit:
            steps += [(posting, verb, data) for verb, data in hand_in(posting)]
        normalise(posting, self.rates)
        return posting

    def _history(self, posting: Any, sort: str) -> Any:
        """Return the line of history that saving would write."""
        history = posting.history.model
        values = {field.attname: getattr(posting, field.attname) for field in history.tracked_fields}
        return history(history_date=self.prepared.moment, history_user=self.by, history_type=sort, **values)

    def _prepare_certificates(self, postings: Sequence[Any], block: Sequence[Stated]) -> None:
        """Make certificates ready, and the places in the index, which name them. Those of changed postings are compared when they are stored."""
        stated = [
            (posting, row, None if row.certificates is None else named(dict(row.certificates)))
            for posting, row in zip(postings, block, strict=True)
        ]
        self._know({key: name for _posting, _row, names in stated for key, (name, _until) in (names or {}).items()})
        kept = self._names_kept([posting.pk for posting, _row, names in stated if names is None])
        new: list[Any] = []
        entries = []
        for posting, row, names in stated:
            if names is not None and row.pk is None:
                new += [self._holder(posting.pk, self.certificates[key], until) for key, (_name, until) in names.items()]
            called = kept.get(posting.pk, []) if names is None else [self.certificates[key].name for key in names]
            entries.append(found_of(posting, called))
        self.prepared.add(new)
        made = search.entries_of(self.model, entries)
        self.prepared.add(made, **search.UPSERT)
        public = {posting.pk for posting in postings if posting.is_open and getattr(posting, "visibility", "public") != "invited"}
        self.words |= {word for entry in made if entry.object_id in public for word in entry.title.split(" ")}
        self.held.append(
            {posting.pk: row.certificates for posting, row, _names in stated if row.certificates is not None and row.pk is not None}
        )

    def _know(self, called: Mapping[str, str]) -> None:
        """Read the certificates of these keys, and make new ones ready for those that nobody has named yet."""
        wanted = {key: name for key, name in called.items() if key not in self.certificates}
        self.certificates |= {row.key: row for row in Certificate.objects.filter(key__in=wanted)}
        missing = sorted((key, name) for key, name in wanted.items() if key not in self.certificates)
        numbers = reserved_keys(Certificate, len(missing)) if missing else ()
        new = [Certificate(pk=pk, key=key, name=name) for pk, (key, name) in zip(numbers, missing, strict=True)]
        self.prepared.add(new)
        self.certificates |= {row.key: row for row in new}

    def _holder(self, pk: int, certificate: Certificate, until: date | None) -> Any:
        if self.model is not Offer:
            return RequestCertificate(request_id=pk, certificate=certificate)
        if until is not None and until < timezone.localdate():
            raise CertificateEnded
        return OfferCertificate(offer_id=pk, certificate=certificate, valid_until=until)

    def _names_kept(self, keys: Sequence[int]) -> dict[int, list[str]]:
        """Return the names of the certificates that stay as they are, by posting."""
        names: dict[int, list[str]] = {}
        held, whose = (OfferCertificate, "offer") if self.model is Offer else (RequestCertificate, "request")
        for pk, name in held.objects.filter(**{f"{whose}__in": keys}).values_list(f"{whose}_id", "certificate__name") if keys else ():
            names.setdefault(pk, []).append(name)
        return names


def _blocks(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(rows), BLOCK):
        yield rows[start : start + BLOCK]


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
