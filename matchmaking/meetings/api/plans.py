"""The planner's runs over the API, for the organiser: ordered, looked at as drafts, stopped, published, discarded."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.foundation.errors import NotAllowed
from expo.foundation.rows import WORKED_OUT, ById, ReadOnlyRows, Row, Rows
from expo.foundation.writing import Body, Creates, Given, Ref, SignedIn, WritableRows, verb
from matchmaking.meetings import rules
from matchmaking.meetings.actions import planning, publishing
from matchmaking.meetings.api.ground import OnlyForStaff
from matchmaking.meetings.api.rows import InterpreterShortRow, PartyToMeetRow, PlaceShortRow, SlotShortRow
from matchmaking.meetings.filters import PlannedSeatFilter, PlanRunFilter
from matchmaking.meetings.models import PlannedSeat, PlanRun
from matchmaking.meetings.planner.plans import Reason
from matchmaking.meetings.queries.drafts import names_for
from matchmaking.meetings.queries.plan_words import reason_words

REASONS = [*((str(one), str(one)) for one in Reason), ("", "–")]


class PlanRunRow(Row):
    id = serializers.IntegerField()
    edition = serializers.SlugField(source="edition.slug")
    kind = serializers.ChoiceField(choices=PlanRun.Kind.choices)
    status = serializers.ChoiceField(choices=PlanRun.Status.choices)
    seed = serializers.IntegerField()
    seconds = serializers.IntegerField(help_text="CPU seconds, at most.")
    with_proposals = serializers.BooleanField()
    step = serializers.CharField(help_text="The planner's own word for what it did last, or empty.")
    share = serializers.FloatField(help_text="How far it is, 0 to 1.")
    seated = serializers.IntegerField(help_text="Meetings with a time, so far.")
    idle_slots = serializers.IntegerField(help_text="So far.")
    figures = serializers.DictField(
        help_text="Of a draft: `figures`, `bounds` with the gap of each aim, `seated_bound`, `cpu_seconds`, `is_cut_short`."
    )
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    stop_asked_at = serializers.DateTimeField(allow_null=True)
    publish_asked_at = serializers.DateTimeField(allow_null=True, help_text="When it was published for a worker to put it into force.")
    kept_back = serializers.DictField(
        allow_null=True, help_text="Why it is a draft again: `code`, and of `ground_moved` the `meetings` with `why` as in that refusal."
    )
    published_at = serializers.DateTimeField(allow_null=True)
    note = serializers.CharField(help_text="Why it was interrupted, or empty.")


class PlanBody(Body):
    edition = Ref(Edition.objects.all(), by="slug", help_text="By its address.")
    kind = serializers.ChoiceField(
        choices=PlanRun.Kind.choices, required=False, help_text="`plan` gives a time to who has none; `repair` moves as few as it takes."
    )
    seed = serializers.IntegerField(
        min_value=0, max_value=2**31 - 1, required=False, help_text="The same facts and seed give the same plan."
    )
    seconds = serializers.IntegerField(min_value=1, max_value=600, required=False, help_text="CPU seconds, at most; 60 without it.")
    with_proposals = serializers.BooleanField(required=False, help_text="Of a plan: also of pairs who match each other.")


class PlannedSeatRow(Row):
    id = serializers.IntegerField()
    run = serializers.IntegerField(source="run_id")
    meeting = serializers.IntegerField(source="meeting_id", allow_null=True, help_text="Null for a proposal.")
    kind = serializers.ChoiceField(choices=PlannedSeat.Kind.choices)
    sender = PartyToMeetRow(allow_null=True, help_text="Who asked, or would.")
    receiver = PartyToMeetRow(allow_null=True)
    partner = PartyToMeetRow(source="meeting.request.partner", allow_null=True, help_text="A third that comes along.")
    slot = SlotShortRow(allow_null=True, help_text="Null where it would have no time.")
    place = PlaceShortRow(allow_null=True)
    interpreter = InterpreterShortRow(allow_null=True)
    before_slot = SlotShortRow(allow_null=True, help_text="When it was planned.")
    before_place = PlaceShortRow(allow_null=True)
    before_interpreter = InterpreterShortRow(allow_null=True)
    reason = serializers.ChoiceField(
        choices=REASONS, help_text="Why it has no time, or empty. A kept one may have one, too: it breaks a rule and stays."
    )
    said = serializers.CharField(source=WORKED_OUT, help_text="The reason in a sentence, or empty.")
    facts = serializers.DictField(source="data", help_text="The ids and figures that the sentence is made of.")
    score = serializers.FloatField(help_text="Of a proposal, 0 to 100.")


class PlannedSeatColumns(PlannedSeatRow):
    """The same with who meets already."""

    asked_by = PartyToMeetRow(source="meeting.request.sender", allow_null=True)
    asked = PartyToMeetRow(source="meeting.request.receiver", allow_null=True)
    zone = serializers.CharField(source="run.edition.time_zone")


class PlanRunViewSet(ById, Creates, WritableRows):
    queryset = PlanRun.objects.all()
    serializer_class = PlanRunRow
    filterset_class = PlanRunFilter
    permission_classes = [SignedIn]
    create_body = PlanBody
    may_create = staticmethod(rules.may_set_up)
    refuses_readers = True

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not rules.may_look_after(request.user):
            raise NotAllowed

    def make(self, given: Given, *, by: User) -> PlanRun:
        """Order a plan of an edition's meetings. A worker makes a draft of it; nothing changes before that is published."""
        return planning.order_plan(given.pop("edition"), by=by, **given)

    @verb(may=rules.may_set_up)
    def stop(self, row: PlanRun, given: Given, *, by: User) -> PlanRun:
        """End the run: the best plan so far becomes the draft."""
        return planning.stop_plan(row, by=by)

    @verb(may=rules.may_set_up)
    def publish(self, row: PlanRun, given: Given, *, by: User) -> PlanRun:
        """Put the draft into force. Everybody whose meeting changes is told once. 409 where something that it goes by has changed.

        More than 500 changes are left to a worker: the run is `publishing` until it is `published`, or a `draft` again that says why in `kept_back`.
        """
        publishing.publish_plan(row, by=by)
        return row

    @verb(may=rules.may_set_up)
    def discard(self, row: PlanRun, given: Given, *, by: User) -> PlanRun:
        """Put the draft away: nothing changes."""
        return planning.discard_plan(row, by=by)


class PlannedSeatViewSet(OnlyForStaff, ById, ReadOnlyRows):
    queryset = PlannedSeat.objects.all()
    serializer_class = PlannedSeatRow
    columns_class = PlannedSeatColumns
    filterset_class = PlannedSeatFilter

    def get_queryset(self) -> QuerySet[Any]:
        return PlannedSeat.objects.filter(run__in=PlanRun.objects.visible_to(self.request.user))

    def shape(self, read: Rows) -> Rows:
        sent = super().shape(read)
        zones = [row.pop("zone") for row in sent]
        names = names_for([row["facts"] for row in sent if row["reason"]], zones[0] if zones else "UTC")
        for row in sent:
            row["sender"], row["receiver"] = row.pop("asked_by") or row["sender"], row.pop("asked") or row["receiver"]
            row["said"] = reason_words(row["reason"], row["facts"], names) if row["reason"] else ""
        return sent
