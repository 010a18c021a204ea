"""What the organiser writes into the ledger over the API: as on the desk, through the same actions."""

from dataclasses import replace
from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request

from expo.accounts.models import User
from expo.editions.models import Chain, Edition, Segment
from expo.foundation.money import CURRENCY_CHOICES
from expo.foundation.rows import ById, Rows
from expo.foundation.writing import Body, Changes, Creates, Given, Ref, WritableRows, verb
from matchmaking.agreements import actions, rules
from matchmaking.agreements.api.rows import AgreementColumns, AgreementRow, agreement_sent
from matchmaking.agreements.checks import MOST_PARTIES, PartyInput
from matchmaking.agreements.errors import LikelyDuplicate
from matchmaking.agreements.filters import OwnAgreementFilter
from matchmaking.agreements.models import Agreement
from matchmaking.agreements.queries import likely_duplicates
from matchmaking.participants.models import Company

# Either of these asks for more than the public list: one's own, or the organiser's drafts and void rows.
BEYOND_PUBLIC = ("mine", "status")


class PartyBody(Body):
    company = Ref(Company.objects.all(), by="slug", required=False, allow_null=True, help_text="Slug of a registered company.")
    outside_name = serializers.CharField(max_length=160, required=False, allow_blank=True, help_text="Or the name of an outside party.")
    country = serializers.CharField(max_length=2, required=False, allow_blank=True, help_text="ISO 3166-1 alpha-2, for an outside party.")


class AgreementBody(Body):
    edition = Ref(Edition.objects.all(), by="slug")
    title = serializers.CharField(max_length=200)
    kind = serializers.ChoiceField(choices=Agreement.Kind.choices)
    chain = Ref(Chain.objects.all(), by="slug")
    segment = Ref(Segment.objects.all(), required=False, allow_null=True, help_text="Id of a segment of the chain.")
    signed_on = serializers.DateField()
    amount = serializers.DecimalField(
        max_digits=18, decimal_places=2, required=False, allow_null=True, help_text="Null when not disclosed."
    )
    currency = serializers.ChoiceField(choices=CURRENCY_CHOICES, required=False, allow_blank=True)
    is_undisclosed = serializers.BooleanField(required=False)
    visibility = serializers.ChoiceField(choices=Agreement.Visibility.choices, required=False)
    parties = serializers.ListField(child=PartyBody(), min_length=2, max_length=MOST_PARTIES)
    not_a_duplicate = serializers.BooleanField(required=False, help_text="True where one like it is on record, and this is another one.")


class VoidBody(Body):
    reason = serializers.CharField(max_length=1000)


class DocumentBody(Body):
    document = serializers.FileField(help_text="A PDF without scripts, up to 20 MB. It replaces the one that is there.")


class AgreementViewSet(ById, Creates, Changes, WritableRows):
    queryset = Agreement.objects.all()
    serializer_class = AgreementRow
    columns_class = AgreementColumns
    filterset_class = OwnAgreementFilter
    create_body = change_body = AgreementBody
    may_create = staticmethod(rules.may_draft)
    may_change = staticmethod(lambda by, _row: rules.may_edit(by))

    def get_queryset(self) -> QuerySet[Any]:
        rows: Any = Agreement.objects
        user = self.request.user
        found: QuerySet[Any]
        if self.action == "list" and not any(name in self.request.query_params for name in BEYOND_PUBLIC):
            found = rows.visible_to(user).counted()
        elif rules.may_trace(user):
            found = rows.all()
        else:
            found = rows.known_to(user)
        return found

    def shape(self, read: Rows) -> Rows:
        sent = super().shape(read)
        user: Any = self.request.user
        slugs = {party["company"] for row in sent for party in row["parties"] if party["company"]}
        with_page = set(Company.objects.visible_to(user).filter(slug__in=slugs).values_list("slug", flat=True))
        traced = rules.may_trace(user)
        own = (
            set()
            if traced
            else set(Agreement.objects.of_party(user).filter(pk__in=[row["id"] for row in read]).values_list("pk", flat=True))
        )
        return [agreement_sent(row, with_page, traced=traced, is_party=row["id"] in own) for row in sent]

    def make(self, given: Given, *, by: User) -> Agreement:
        """Write an agreement down as a draft: it has no number yet and counts nowhere. One like it on record is a 409, unless it is said to be another one. For the organiser."""
        parties, is_another = parties_of(given.pop("parties")), given.pop("not_a_duplicate", False)
        if not is_another and rules.may_draft(by):
            refuse_second(given["edition"], parties, given)
        return actions.draft_agreement(by=by, parties=parties, **given)

    def change(self, row: Agreement, given: Given, *, by: User) -> Agreement:
        """Correct a draft. `parties` are all of them. For the organiser."""
        given.pop("not_a_duplicate", None)
        if "parties" in given:
            given["parties"] = parties_of(given["parties"])
        return actions.edit_draft(row, by=by, given=replace(actions.as_written(row), **given))

    @verb(DocumentBody, upload=True, may=rules.may_edit)
    def attach(self, row: Agreement, given: Given, *, by: User) -> Agreement:
        """Keep the signed paper of a draft. For the organiser."""
        return actions.edit_draft(row, by=by, given=actions.as_written(row), document=given["document"])

    @verb(may=rules.may_record)
    def record(self, row: Agreement, given: Given, *, by: User) -> Agreement:
        """Put the draft on record: it gets the next number and its amount in yuan. For the organiser."""
        return actions.record_agreement(row, by=by)

    @verb(VoidBody, may=rules.may_void)
    def void(self, row: Agreement, given: Given, *, by: User) -> Agreement:
        """Strike an agreement from every total; its row, its number and the reason stay. For the organiser."""
        return actions.void_agreement(row, by=by, reason=given["reason"])

    @verb(status=204, may=rules.may_discard)
    def discard(self, row: Agreement, given: Given, *, by: User) -> None:
        """Throw a draft away. For the organiser."""
        actions.discard_draft(row, by=by)

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def document(self, request: Request, pk: str) -> FileResponse:
        """Read the signed paper. For the organiser."""
        row = self.get_queryset().filter(pk=pk).first() if rules.may_trace(request.user) else None
        if row is None or not row.document or not row.document.storage.exists(str(row.document.name)):
            raise Http404
        answer = FileResponse(
            row.document.open("rb"), as_attachment=True, filename=f"agreement-{row.pk}.pdf", content_type="application/pdf"
        )
        answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
        return answer


def parties_of(given: list[Given]) -> list[PartyInput]:
    """Return the parties as the actions take them."""
    return [PartyInput(party.get("company"), party.get("outside_name", ""), party.get("country", "")) for party in given]


def refuse_second(edition: Edition, parties: list[PartyInput], given: Given) -> None:
    """Raise LikelyDuplicate where an agreement like this one is written down already, as on the operator's sheet."""
    found = likely_duplicates(edition, parties, signed_on=given["signed_on"], amount=given.get("amount"))
    if found:
        raise LikelyDuplicate(found)
