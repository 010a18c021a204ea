"""What is written into the ledger over the API, by the parties and by the organiser: as on their desks, through the same actions."""

from dataclasses import replace
from typing import Any

from django.db.models import Q, QuerySet
from django.http import FileResponse, Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request

from expo.accounts.models import User
from expo.foundation.errors import IllegalMove, Invalid
from expo.foundation.rows import ById, Rows
from expo.foundation.writing import Changes, Creates, Given, WritableRows, verb
from matchmaking.agreements import actions, rules
from matchmaking.agreements.actions import AgreementInput
from matchmaking.agreements.actions.common import UNSAID
from matchmaking.agreements.actions.referring import refer_to
from matchmaking.agreements.api.bodies import (
    AgreementBody,
    AgreementChangeBody,
    AgreementLinkBody,
    AnswerIntroductionBody,
    ConfirmAgreementBody,
    CorrectBody,
    CorrectPaperBody,
    DisputeAgreementBody,
    DocumentBody,
    IntroduceBody,
    KeepApartBody,
    MergeAgreementBody,
    SettleAgreementBody,
    VerifyAgreementBody,
    VoidBody,
)
from matchmaking.agreements.api.rows import AgreementColumns, AgreementLinkRow, AgreementRow, agreements_sent
from matchmaking.agreements.checks import PartyInput
from matchmaking.agreements.errors import LikelyDuplicate
from matchmaking.agreements.filters import OwnAgreementFilter
from matchmaking.agreements.models import Agreement, Introduction, Party
from matchmaking.agreements.queries import likely_duplicates
from matchmaking.agreements.queries.introductions import claim_on
from matchmaking.agreements.states import SUBMITTED
from matchmaking.agreements.views.documents import document_file
from matchmaking.participants.models import Member

# Either of these asks for more than the public list: one's own, or the organiser's drafts and void rows.
BEYOND_PUBLIC = ("mine", "status")
NOT_THERE = "No such thing, or not for you."
GROWN = ("drafted_for", "meeting", "offer", "sourcing_request")


def may_write_one_down(person: User) -> bool:
    """The organiser, and who stands for a company."""
    return rules.may_draft(person) or Member.objects.of(person).exists()


def may_claim(person: User, agreement: Agreement) -> bool:
    """Who may say at all that somebody brought the parties together; for whom, the action says."""
    return rules.may_correct(person) or rules.may_answer(person, agreement) or Member.objects.of(person).exists()


def may_end_claim(person: User, agreement: Agreement) -> bool:
    claim = Introduction.objects.filter(agreement=agreement).select_related("introducer").first()
    return rules.may_correct(person) if claim is None else rules.may_end_introduction(person, claim)


def may_invite_some(person: User, agreement: Agreement) -> bool:
    """Who may have a link made at all; for which party, the action says."""
    return rules.may_record(person) or rules.may_answer(person, agreement)


class AgreementViewSet(ById, Creates, Changes, WritableRows):
    queryset = Agreement.objects.all()
    serializer_class = AgreementRow
    columns_class = AgreementColumns
    filterset_class = OwnAgreementFilter
    create_body, change_body = AgreementBody, AgreementChangeBody
    may_create = staticmethod(may_write_one_down)
    may_change = staticmethod(rules.may_write)

    def get_queryset(self) -> QuerySet[Any]:
        rows: Any = Agreement.objects
        user = self.request.user
        found: QuerySet[Any]
        if self.action == "list" and not any(name in self.request.query_params for name in BEYOND_PUBLIC):
            found = rows.visible_to(user).counted()
        elif rules.may_trace(user):
            found = rows.all()
        else:
            found = rows.filter(
                Q(pk__in=rows.known_to(user).order_by().values("pk")) | Q(pk__in=rows.on_desk_of(user).order_by().values("pk"))
            )
        return found

    def shape(self, read: Rows) -> Rows:
        return agreements_sent(super().shape(read), [row["id"] for row in read], visitor=self.request.user)

    def make(self, given: Given, *, by: User) -> Agreement:
        """Write an agreement down as a draft: it has no number yet and counts nowhere. For a company of yours that is a party name it as `drafted_for`; the organiser leaves that out. One like it is a 409, unless it is said to be another one."""
        reference, is_another = given.pop("external_id", ""), given.pop("not_a_duplicate", False)
        grown = {name: given.pop(name, None) for name in GROWN}
        said = said_of(given)
        row = _drafted(said, grown, by=by, is_another=is_another)
        return refer_to(row, by=by, external_id=reference) if reference else row

    def change(self, row: Agreement, given: Given, *, by: User) -> Agreement:
        """Correct a draft. `parties` are all of them. The organiser's own reference can be set at any time."""
        given.pop("not_a_duplicate", None)
        if "external_id" in given:
            row = refer_to(row, by=by, external_id=given.pop("external_id"))
        if not given:
            return row
        return actions.edit_draft(row, by=by, given=_changed(row, given))

    @verb(DocumentBody, upload=True, may_row=rules.may_write)
    def attach(self, row: Agreement, given: Given, *, by: User) -> Agreement:
        """Keep the signed paper of a draft."""
        return actions.edit_draft(row, by=by, given=actions.as_written(row), document=given["document"])

    @verb(may_row=rules.may_write)
    def submit(self, row: Agreement, given: Given, *, by: User) -> Agreement:
        """Send the draft to its parties, who are asked to confirm it. The company that wrote it confirms by that."""
        return actions.submit(row, by=by)

    @verb(may_row=rules.may_write)
    def take_back(self, row: Agreement, given: Given, *, by: User) -> Agreement:
        """Make a draft again of what was sent to the parties. What is sent next is another version."""
        return actions.take_back(row, by=by)

    @verb(ConfirmAgreementBody, may_row=rules.may_answer)
    def confirm(self, row: Agreement, given: Given, *, by: User) -> Agreement:
        """Say for your company that the agreement is right. The last party that is asked makes it a confirmed one; without a number it gets one."""
        return actions.confirm(row, by=by, **given)

    @verb(DisputeAgreementBody, may_row=rules.may_answer)
    def refuse(self, row: Agreement, given: Given, *, by: User) -> Agreement:
        """Say for your company that what was sent is not right, before it is on record: it is a draft of who wrote it again, and yours to read no more (204)."""
        if row.status != SUBMITTED:
            raise IllegalMove
        return actions.dispute(row, by=by, **given)

    @verb(DisputeAgreementBody, may_row=rules.may_answer)
    def dispute(self, row: Agreement, given: Given, *, by: User) -> Agreement:
        """Say for your company that the agreement is not right, and why. It counts no more until the organiser has settled it."""
        return actions.dispute(row, by=by, **given)

    @verb(may=rules.may_record)
    def record(self, row: Agreement, given: Given, *, by: User) -> Agreement:
        """Put the draft, or what was sent to the parties, on record: it gets the next number and its amount in yuan. For the organiser."""
        return actions.record_agreement(row, by=by)

    @verb(VerifyAgreementBody, may=rules.may_verify)
    def verify(self, row: Agreement, given: Given, *, by: User) -> Agreement:
        """Say that the agreement is what it says. For the organiser."""
        return actions.verify(row, by=by, **given)

    @verb(SettleAgreementBody, may=rules.may_settle)
    def settle(self, row: Agreement, given: Given, *, by: User) -> Agreement:
        """End a dispute: the agreement stands as it is, and the party that disputed it is asked again. For the organiser."""
        return actions.settle(row, by=by, **given)

    @verb(CorrectBody, may=rules.may_correct)
    def correct(self, row: Agreement, given: Given, *, by: User) -> Agreement:
        """Correct what is on record: a new version under the same number, of which all parties are asked again. For the organiser."""
        reason = given.pop("reason")
        return actions.correct(row, by=by, given=_changed(row, given), reason=reason)

    @verb(CorrectPaperBody, upload=True, may=rules.may_correct)
    def correct_paper(self, row: Agreement, given: Given, *, by: User) -> Agreement:
        """Keep another paper of what is on record: a new version, as `correct`. For the organiser."""
        return actions.correct(row, by=by, given=actions.as_written(row), reason=given["reason"], document=given["document"])

    @verb(VoidBody, may=rules.may_void)
    def void(self, row: Agreement, given: Given, *, by: User) -> Agreement:
        """Strike an agreement from every total; its row, its number and the reason stay. For the organiser."""
        return actions.void_agreement(row, by=by, reason=given["reason"])

    @verb(MergeAgreementBody, may=rules.may_merge)
    def merge(self, row: Agreement, given: Given, *, by: User) -> Agreement:
        """Strike an agreement because another one is the same, and point to that one. Both keep their history. For the organiser."""
        return actions.merge(row, _other(given["into"], "into"), by=by, reason=given["reason"])

    @verb(KeepApartBody, may=rules.may_merge)
    def keep_apart(self, row: Agreement, given: Given, *, by: User) -> Agreement:
        """Say that two agreements that look like one are two: they are not pointed out any more. For the organiser."""
        actions.keep_apart(row, _other(given["other"], "other"), by=by, reason=given.get("reason", ""))
        return row

    @verb(AgreementLinkBody, answer=AgreementLinkRow, status=201, name="links", may_row=may_invite_some)
    def make_link(self, row: Agreement, given: Given, *, by: User) -> Any:
        """Mail a party a link by which it answers once, without an account, within fourteen days. A party has it mailed to an outside one, the organiser to any."""
        party = Party.objects.filter(agreement=row, pk=given["party"]).first()
        if party is None:
            raise Invalid(fields={"party": [NOT_THERE]})
        return actions.make_link(row, party, by=by, email=given["email"]).link

    @verb(IntroduceBody, may_row=may_claim)
    def introduce(self, row: Agreement, given: Given, *, by: User) -> Agreement:
        """Say that a company brought the parties together. It gets the credit once every other registered party has said yes."""
        actions.claim_introduction(row, given["introducer"], by=by, note=given.get("note", ""))
        return row

    @verb(AnswerIntroductionBody, may_row=rules.may_answer)
    def answer_introduction(self, row: Agreement, given: Given, *, by: User) -> Agreement:
        """Say for your company whether it is right that it was introduced. The newest answer holds."""
        actions.answer_introduction(claim_on(row), by=by, **given)
        return row

    @verb(may_row=may_end_claim)
    def end_introduction(self, row: Agreement, given: Given, *, by: User) -> Agreement:
        """Take the claim back: nobody gets the credit any more."""
        actions.end_introduction(claim_on(row), by=by)
        return row

    @verb(status=204, may_row=rules.may_throw_away)
    def discard(self, row: Agreement, given: Given, *, by: User) -> None:
        """Throw a draft away."""
        actions.discard_draft(row, by=by)

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def document(self, request: Request, pk: str) -> FileResponse:
        """Read the signed paper. For the parties and the organiser."""
        row = self.get_queryset().filter(pk=pk).first()
        if row is None or not rules.may_look_at(request.user, row):
            raise Http404
        return document_file(row)


def _drafted(said: AgreementInput, grown: Given, *, by: User, is_another: bool) -> Agreement:
    """Write a draft for a company, from a meeting, or for the organiser. Raises Invalid where a company does not say which it is."""
    company, meeting = grown.pop("drafted_for"), grown.pop("meeting")
    if meeting is not None:
        return actions.draft_from_meeting(meeting, by=by, given=said, company=company, is_another=is_another, **grown)
    if company is not None:
        return actions.draft_for(company, by=by, given=said, is_another=is_another, **grown)
    if not rules.may_draft(by):
        raise Invalid(fields={"drafted_for": ["Say which of your companies writes it down."]})
    if not is_another:
        refuse_second(said)
    return actions.draft_agreement(by=by, **vars(said))


def said_of(given: Given) -> AgreementInput:
    """Return a whole agreement as the actions take it."""
    return AgreementInput(**{**UNSAID, **given, "parties": parties_of(given["parties"])})


def _changed(row: Agreement, given: Given) -> AgreementInput:
    if "parties" in given:
        given["parties"] = parties_of(given["parties"])
    return replace(actions.as_written(row), **given)


def _other(pk: int, field: str) -> Agreement:
    row: Agreement | None = Agreement.objects.filter(pk=pk).first()
    if row is None:
        raise Invalid(fields={field: [NOT_THERE]})
    return row


def parties_of(given: list[Given]) -> list[PartyInput]:
    """Return the parties as the actions take them."""
    return [
        PartyInput(party.get("company"), party.get("outside_name", ""), party.get("country", ""), party.get("role", "")) for party in given
    ]


def refuse_second(said: AgreementInput) -> None:
    """Raise LikelyDuplicate where an agreement like this one is written down already, as on the operator's sheet."""
    found = likely_duplicates(said.edition, said.parties, signed_on=said.signed_on, amount=said.amount)
    if found:
        raise LikelyDuplicate(found)
