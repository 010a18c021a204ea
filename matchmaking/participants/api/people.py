"""Who stands for a company, and whom it never meets, over the API. Nobody reads of people but themselves, their owners and the organiser."""

from typing import Any

import django_filters
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from expo.accounts.models import User
from expo.foundation import staff
from expo.foundation.errors import Invalid
from expo.foundation.lists import Filters
from expo.foundation.rows import ById, Rows, Values
from expo.foundation.writing import Body, Creates, Given, Ref, SignedIn, WritableRows, verb
from matchmaking.participants import actions, rules, tokens
from matchmaking.participants.api.rows import BlockRow, ConsentRow, MembershipColumns, MembershipRow
from matchmaking.participants.models import Block, Company, Consent, Member
from matchmaking.participants.rules import running


class MembershipFilter(Filters):
    """Memberships by company, status, and whether they are one's own."""

    company = django_filters.CharFilter(label=_("Company"), field_name="company__slug", max_length=80, help_text=_("By slug."))
    status = django_filters.MultipleChoiceFilter(label=_("Status"), choices=Member.Status.choices)
    mine = django_filters.BooleanFilter(label=_("Mine"), method="of_mine", help_text=_("Only your own."))

    class Meta:
        model = Member
        fields: list[str] = []

    def of_mine(self, rows: Any, _name: str, only: bool) -> Any:  # noqa: FBT001 - the library's signature
        return rows.filter(user=self.request.user) if only else rows


class MembershipBody(Body):
    company = Ref(Company.objects.all(), by="slug", required=False, help_text="Slug of a company that you see.")
    match = serializers.CharField(max_length=200, required=False, help_text="Or what `/company-matches/` calls it.")
    job_title = serializers.CharField(max_length=120, required=False, allow_blank=True)

    def validate(self, attrs: Given) -> Given:
        if ("company" in attrs) == ("match" in attrs):
            raise serializers.ValidationError({"company": ["Give either a company or a match."]})
        return attrs


class MembershipViewSet(ById, Creates, WritableRows):
    queryset = Member.objects.all()
    serializer_class = MembershipRow
    columns_class = MembershipColumns
    filterset_class = MembershipFilter
    permission_classes = [SignedIn]
    create_body = MembershipBody

    def shape(self, read: Rows) -> Rows:
        me: Any = self.request.user
        hides = staff.may(me, "participants.view_member") and not staff.may(me, "accounts.view_user")
        rows = list(super().shape(read))
        shown = consents_of(rows) if not staff.acts_as_staff(me) else None
        return [self.membership(row, me.pk, hides=hides, shown=shown) for row in rows]

    def membership(self, row: Values, me: int, *, hides: bool, shown: set[tuple[int, str, str]] | None) -> Values:
        person = row.pop("person")
        is_me = person == me
        keeps = is_me or (row["status"] != Member.Status.DECLINED and not hides)
        told = {**row, "is_me": is_me, "email": row["email"] if keeps else None}
        if not is_me and shown is not None and row["status"] == Member.Status.ASKED:
            # Who only asks is seen as far as a running consent goes: it can be taken back.
            told["email"] = row["email"] if (person, row["company"], "email") in shown else None
            told["name"] = row["name"] if (person, row["company"], "full_name") in shown else ""
        return told

    def make(self, given: Given, *, by: User) -> Member:
        """Ask to stand for a company. Its owners see your name and e-mail address, and answer."""
        company = given["company"] if "company" in given else matched_company(given["match"], by)
        return actions.ask_to_join(company, by=by, job_title=given.get("job_title", ""))

    @verb(may_row=rules.may_answer)
    def accept(self, row: Member, given: Given, *, by: User) -> Member:
        """Let the person stand for the company. For its owners and the organiser."""
        return actions.answer_join(row, by=by, accept=True)

    @verb(may_row=rules.may_answer)
    def decline(self, row: Member, given: Given, *, by: User) -> Member:
        """Refuse the person. For its owners and the organiser."""
        return actions.answer_join(row, by=by, accept=False)

    @verb(may_row=rules.may_answer)
    def make_owner(self, row: Member, given: Given, *, by: User) -> Member:
        """Let an active member own the company, too. For its owners and the organiser."""
        return actions.make_owner(row, by=by)

    @verb(may_row=rules.may_end_membership)
    def end(self, row: Member, given: Given, *, by: User) -> Member:
        """Leave the company, or remove the person. For oneself, its owners and the organiser."""
        return actions.end_membership(row, by=by)


def consents_of(rows: list[Values]) -> set[tuple[int, str, str]]:
    """Return (person, company, field) of what those who ask to join let the companies see. One query, none where nobody asks."""
    people = [row["person"] for row in rows if row["status"] == Member.Status.ASKED]
    found = Consent.objects.filter(running(), person__in=people).values_list("person", "shown_to__slug", "field")
    return set(found) if people else set()


def matched_company(token: str, person: User) -> Company:
    """Return the company that a match of this person's names."""
    key = tokens.company_of_match(token, person.pk)
    company = None if key is None else Company.objects.filter(pk=key).first()
    if company is None:
        raise Invalid(fields={"match": [_t("This match is too old, or not yours. Look again.")]})
    return company


class ConsentViewSet(ById, WritableRows):
    queryset = Consent.objects.all()
    serializer_class = ConsentRow
    permission_classes = [SignedIn]

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(person__pk=self.request.user.pk)

    @verb(may_row=rules.may_take_back)
    def take_back(self, row: Consent, given: Given, *, by: User) -> Consent:
        """Hide what was shown to the company: from now on it does not see it."""
        return actions.revoke_consent(row, by=by)


class BlockFilter(Filters):
    """Blocks by the company that set them."""

    company = django_filters.CharFilter(label=_("Company"), field_name="company__slug", max_length=80, help_text=_("By slug."))

    class Meta:
        model = Block
        fields: list[str] = []


class BlockBody(Body):
    company = Ref(Company.objects.all(), by="slug", help_text="Your company.")
    blocked = Ref(Company.objects.all(), by="slug", help_text="Whom it never meets.")


class BlockViewSet(ById, Creates, WritableRows):
    queryset = Block.objects.all()
    serializer_class = BlockRow
    filterset_class = BlockFilter
    permission_classes = [SignedIn]
    create_body = BlockBody
    may_create = staticmethod(rules.may_block_somebody)

    def make(self, given: Given, *, by: User) -> Block:
        """Never meet another company. It does not learn of it; setting it twice is once."""
        return actions.block_company(given["company"], given["blocked"], by=by)

    @verb(status=204, may_row=rules.may_lift)
    def lift(self, row: Block, given: Given, *, by: User) -> None:
        """Lift the block. For the owners of the company that set it."""
        actions.unblock_company(row.company, row.blocked, by=by)
