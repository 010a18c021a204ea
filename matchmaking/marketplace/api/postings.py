"""What is done with offers and requests over the API. Their addresses stand in `matching`, with the filters of the market."""

from typing import Any

from django.http import FileResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request

from expo.accounts.models import User
from expo.foundation.errors import Invalid, Refused
from expo.foundation.rows import Rows
from expo.foundation.writing import Changes, Creates, Given, WritableRows, verb, verb_on_list
from matchmaking.marketplace import actions, rules
from matchmaking.marketplace.actions import HeldCertificate
from matchmaking.marketplace.api import bodies
from matchmaking.marketplace.api.rows import BatchRow, CountRow, OfferColumns, OfferRow, RequestColumns, RequestRow
from matchmaking.marketplace.errors import NotVerified
from matchmaking.marketplace.models import Offer, OfferCertificate, Posting, SourcingRequest
from matchmaking.marketplace.normalise import certificate_key
from matchmaking.marketplace.queries import registrations_to_post_for
from matchmaking.marketplace.views.looking import proof_file
from matchmaking.participants.api import OwnColumns
from matchmaking.participants.models import Registration
from matchmaking.participants.rules import stands_for_somebody

OWN_FIELDS = ("external_id", "review_reason", "created_at", "submitted_at")


def may_post_offers(person: User) -> bool:
    return _takes_part(person, "offer")


def may_post_requests(person: User) -> bool:
    return _takes_part(person, "request")


def _takes_part(person: User, kind: str) -> bool:
    """Say yes where the person stands for a verified company of the right role. Raises NotVerified, which says more than no."""
    if not Registration.objects.of(person).verified().filter(role=rules.ROLE_OF[kind]).exists():
        raise NotVerified
    return True


class PostingWrites(OwnColumns, Creates, Changes, WritableRows):
    """The verbs that offers and requests share; `save` is the action that writes the one or the other down."""

    own_fields: tuple[str, ...] = OWN_FIELDS
    may_change = staticmethod(rules.may_edit)
    kind = ""
    model: Any = None

    def save(self, row: Any, given: Given, *, by: User, registration: Registration) -> Any:
        raise NotImplementedError

    def make(self, given: Given, *, by: User) -> Any:
        """Write a posting down as a draft. It is on nobody's list until it is handed in."""
        registration = given.pop("registration", None) or only_registration(by, self.kind)
        return self.save(None, given, by=by, registration=registration)

    def change(self, row: Any, given: Given, *, by: User) -> Any:
        """Change a posting. Where the edition reviews, a changed must-have of a published one goes back to review; a typo does not."""
        if given.pop("registration", row.registration).pk != row.registration_id:
            raise Invalid(fields={"registration": [_("A posting never changes hands.")]})
        return self.save(row, given, by=by, registration=row.registration)

    def keep_one(self, given: Given, *, by: User) -> Any:
        return self.keep(given, by=by, registration=given.pop("registration", None) or only_registration(by, self.kind))[0]

    def keep(self, given: Given, *, by: User, registration: Registration) -> tuple[Any, bool]:
        """Change what the registration has under the reference, or write it down; say whether it is new."""
        reference = given.get("external_id", "")
        rows = self.model.objects.filter(registration=registration, external_id=reference) if reference else self.model.objects.none()
        row = rows.first()
        return self.save(row, given, by=by, registration=registration), row is None

    def keep_all(self, given: Given, *, by: User) -> Given:
        """Keep row after row; one that is refused takes all others with it, and is named by its place."""
        registration = given.get("registration") or only_registration(by, self.kind)
        kept: list[tuple[Any, bool]] = []
        for place, row in enumerate(given["rows"]):
            try:
                kept.append(self.keep(row, by=by, registration=registration))
            except Refused as refused:
                if not refused.fields:
                    raise
                raise Invalid(fields={f"rows.{place}.{name}": texts for name, texts in refused.fields.items()}) from refused
        new = sum(is_new for _row, is_new in kept)
        return {"ids": [row.pk for row, _is_new in kept], "created": new, "changed": len(kept) - new}

    def many(self, given: Given, *, by: User) -> list[Any]:
        """Return the postings that a body names. Raises Invalid, by place, for what is not there for the person, or named twice."""
        own = {row.pk: row for row in self.writable().filter(pk__in=given["rows"])}
        wrong = {
            f"rows.{place}": [_("No such thing, or not for you.") if pk not in own else _("It stands here a second time.")]
            for place, pk in enumerate(given["rows"])
            if pk not in own or pk in given["rows"][:place]
        }
        if wrong:
            raise Invalid(fields=wrong)
        return [own[pk] for pk in given["rows"]]

    @verb_on_list(bodies.ManyBody, answer=CountRow, may=stands_for_somebody)
    def submit_many(self, given: Given, *, by: User) -> Given:
        """Hand up to 100 postings in, all or none. `rows.3` names the fourth where it cannot be."""
        return {"done": actions.submit_postings(self.many(given, by=by), by=by)}

    @verb_on_list(bodies.ManyBody, answer=CountRow, may=stands_for_somebody)
    def withdraw_many(self, given: Given, *, by: User) -> Given:
        """Take up to 100 postings back for good, all or none. `rows.3` names the fourth where it cannot be."""
        return {"done": actions.withdraw_postings(self.many(given, by=by), by=by)}

    @verb(may_row=rules.may_edit)
    def submit(self, row: Posting, given: Given, *, by: User) -> Posting:
        """Hand the posting in: to review, or straight to the market where the edition does not review."""
        return actions.submit_posting(row, by=by)

    @verb(may_row=rules.may_edit)
    def pause(self, row: Posting, given: Given, *, by: User) -> Posting:
        """Take the posting off the market for a while."""
        return actions.pause_posting(row, by=by)

    @verb(may_row=rules.may_edit)
    def resume(self, row: Posting, given: Given, *, by: User) -> Posting:
        """Put a paused posting back."""
        return actions.resume_posting(row, by=by)

    @verb(may_row=rules.may_edit)
    def renew(self, row: Posting, given: Given, *, by: User) -> Posting:
        """Open the posting anew: until 90 days after the edition, at least 90 days from now."""
        return actions.renew_posting(row, by=by)

    @verb(may_row=rules.may_edit)
    def fulfil(self, row: Posting, given: Given, *, by: User) -> Posting:
        """Close the posting because it found its partner. For good."""
        return actions.fulfil_posting(row, by=by)

    @verb(may_row=rules.may_edit)
    def withdraw(self, row: Posting, given: Given, *, by: User) -> Posting:
        """Take the posting back. For good."""
        return actions.withdraw_posting(row, by=by)

    @verb(may_row=rules.may_review)
    def publish(self, row: Posting, given: Given, *, by: User) -> Posting:
        """Let a posting that was handed in onto the market. For the organiser."""
        return actions.publish_posting(row, by=by)

    @verb(bodies.ReasonBody, may_row=rules.may_review)
    def request_changes(self, row: Posting, given: Given, *, by: User) -> Posting:
        """Send the posting back to its author with a reason. For the organiser."""
        return actions.request_changes(row, by=by, reason=given["reason"])


class OfferWrites(PostingWrites):
    serializer_class = OfferRow
    columns_class = OfferColumns
    create_body = change_body = bodies.OfferBody
    may_create = staticmethod(may_post_offers)
    kind = "offer"
    model = Offer

    def shape(self, read: Rows) -> Rows:
        sent = super().shape(read)
        for row in sent:
            for held in row["certificates"]:
                held["has_proof"] = bool(held.pop("file"))
        return sent

    def save(self, row: Any, given: Given, *, by: User, registration: Registration) -> Offer:
        stated = given.pop("certificates", None)
        held = None if stated is None else [HeldCertificate(one["name"], one.get("valid_until")) for one in stated]
        return actions.save_offer(row, by=by, registration=registration, fields=given, certificates=held)

    @verb_on_list(bodies.KeptOfferBody, may=may_post_offers)
    def upsert(self, given: Given, *, by: User) -> Offer:
        """Change the posting that has this reference, or write it down as a draft."""
        offer: Offer = self.keep_one(given, by=by)
        return offer

    @verb_on_list(bodies.OfferBatchBody, answer=BatchRow, may=may_post_offers)
    def batch(self, given: Given, *, by: User) -> Given:
        """Change or write down up to 100 postings, all or none. `rows.3.title` names the fourth row's title."""
        return self.keep_all(given, by=by)

    @verb(bodies.OfferFields, may_row=rules.may_review)
    def correct(self, row: Offer, given: Given, *, by: User) -> Posting:
        """Put right what the author wrote; the state stays. For the organiser."""
        if "certificates" in given:
            raise Invalid(fields={"certificates": [_("Certificates are the author's word; ask for changes.")]})
        return actions.correct_posting(row, by=by, fields=given)

    @verb(bodies.ProofBody, upload=True, may_row=rules.may_edit)
    def prove(self, row: Offer, given: Given, *, by: User) -> Offer:
        """Keep a PDF as the proof of a certificate that the offer holds."""
        proven = certificate_key(given["certificate"])
        rows = list(row.certificates.select_related("certificate"))
        if proven not in {one.certificate.key for one in rows}:
            raise Invalid(fields={"certificate": [_("The offer holds no such certificate.")]})
        held = [
            HeldCertificate(one.certificate.name, one.valid_until, given["file"] if one.certificate.key == proven else None) for one in rows
        ]
        return actions.save_offer(row, by=by, registration=row.registration, fields={}, certificates=held)

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"], url_path=r"proofs/(?P<certificate>[^/.%\x00]{1,80})")
    def proof(self, request: Request, pk: str, certificate: str) -> FileResponse:
        """Read the proof of a certificate."""
        rows = OfferCertificate.objects.exclude(file="").filter(offer__in=self.get_queryset().filter(pk=pk).values("pk"))
        return proof_file(get_object_or_404(rows, certificate__key=certificate))


class RequestWrites(PostingWrites):
    serializer_class = RequestRow
    columns_class = RequestColumns
    create_body = change_body = bodies.RequestBody
    may_create = staticmethod(may_post_requests)
    own_fields = (*OWN_FIELDS, "registration", "answer_cap")
    kind = "request"
    model = SourcingRequest

    def shape(self, read: Rows) -> Rows:
        # Whoever looks: as on the page, a hidden buyer has no company.
        public = SourcingRequest.Visibility.PUBLIC
        return [row if row["visibility"] == public else {**row, "company": None} for row in super().shape(read)]

    def save(self, row: Any, given: Given, *, by: User, registration: Registration) -> SourcingRequest:
        asked = given.pop("certificates", None)
        return actions.save_request(row, by=by, registration=registration, fields=given, certificates=asked)

    @verb_on_list(bodies.KeptRequestBody, may=may_post_requests)
    def upsert(self, given: Given, *, by: User) -> SourcingRequest:
        """Change the posting that has this reference, or write it down as a draft."""
        request: SourcingRequest = self.keep_one(given, by=by)
        return request

    @verb_on_list(bodies.RequestBatchBody, answer=BatchRow, may=may_post_requests)
    def batch(self, given: Given, *, by: User) -> Given:
        """Change or write down up to 100 postings, all or none. `rows.3.title` names the fourth row's title."""
        return self.keep_all(given, by=by)

    @verb(bodies.RequestFields, may_row=rules.may_review)
    def correct(self, row: SourcingRequest, given: Given, *, by: User) -> Posting:
        """Put right what the author wrote; the state stays. For the organiser."""
        if "certificates" in given:
            raise Invalid(fields={"certificates": [_("Certificates are the author's word; ask for changes.")]})
        return actions.correct_posting(row, by=by, fields=given)


def only_registration(person: User, kind: str) -> Registration:
    """Return the registration that the person posts for, where there is just one.

    Raises:
        NotVerified: there is none.
        Invalid: there are several.
    """
    found = registrations_to_post_for(person, kind)
    if not found:
        raise NotVerified
    if len(found) > 1:
        raise Invalid(fields={"registration": [_("You stand for several. Say for which one.")]})
    return found[0]
