"""What became of agreements over the API: what one's companies are asked, and their answers."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from expo.accounts.models import User
from expo.foundation.rows import WORKED_OUT, ById, Row, Rows
from expo.foundation.writing import Body, Given, SignedIn, WritableRows, verb
from matchmaking.agreements import actions, rules
from matchmaking.agreements.filters import MilestoneFilter
from matchmaking.agreements.models import Milestone
from matchmaking.agreements.queries.milestones import closing_day, is_open, milestones_of


class MilestoneRow(Row):
    id = serializers.IntegerField()
    agreement = serializers.IntegerField(source="agreement_id")
    party = serializers.IntegerField(source="party_id")
    company = serializers.SlugField(source="party.company.slug")
    days = serializers.IntegerField(help_text="After the day of signing: 1, 30, 90, 180 or 365.")
    due_on = serializers.DateField()
    closes_on = serializers.DateField(
        source=WORKED_OUT, help_text="From this day on it is answered no more: the next one is due, or 60 days are over."
    )
    is_open = serializers.BooleanField(source=WORKED_OUT, help_text="Whether it may be answered now.")
    asked_at = serializers.DateTimeField(allow_null=True, help_text="When the mail was written; null where nobody was asked.")
    reminded_at = serializers.DateTimeField(allow_null=True)
    answered_at = serializers.DateTimeField(allow_null=True)
    stage = serializers.ChoiceField(choices=Milestone.Stage.choices, allow_blank=True, help_text="Empty while it is not answered.")
    closed_reason = serializers.CharField()
    note = serializers.CharField()
    way = serializers.CharField(help_text="desk, link or staff; empty while it is not answered.")


class StageBody(Body):
    stage = serializers.ChoiceField(choices=Milestone.Stage.choices)
    closed_reason = serializers.CharField(max_length=500, required=False, allow_blank=True, help_text="Needed where it is closed.")
    note = serializers.CharField(max_length=1000, required=False, allow_blank=True)


class MilestoneViewSet(ById, WritableRows):
    """What one's companies are asked 1, 30, 90, 180 and 365 days after signing. Staff who see the ledger read what everybody is asked."""

    queryset = Milestone.objects.all()
    serializer_class = MilestoneRow
    filterset_class = MilestoneFilter
    permission_classes = [SignedIn]

    def get_queryset(self) -> QuerySet[Any]:
        user: Any = self.request.user
        return Milestone.objects.all() if rules.may_trace(user) else milestones_of(user)

    def shape(self, read: Rows) -> Rows:
        sent = super().shape(read)
        rows = Milestone.objects.filter(pk__in=[row["id"] for row in sent]).select_related("agreement__edition")
        known = {row.pk: row for row in rows}
        return [{**row, "closes_on": closing_day(known[row["id"]]), "is_open": is_open(known[row["id"]])} for row in sent]

    @verb(StageBody, may_row=rules.may_say_what_became)
    def answer(self, row: Milestone, given: Given, *, by: User) -> Milestone:
        """Say where the agreement stands; it may be said anew until the question closes. For who stands for the party, and the organiser."""
        return actions.answer_milestone(row, by=by, **given)
