"""Matching runs, and how often what they found was taken up. For the organiser."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.foundation.errors import NotAllowed
from expo.foundation.rows import ById, Row
from expo.foundation.writing import Body, Creates, Given, Ref, SignedIn, WritableRows
from matchmaking.matching import rules
from matchmaking.matching.actions.runs import start_run
from matchmaking.matching.models import MatchRun, Verdict
from matchmaking.matching.queries.uptake import Uptake, uptake_of


class MatchRunRow(Row):
    id = serializers.IntegerField()
    edition = serializers.CharField(source="edition.slug")
    status = serializers.ChoiceField(choices=MatchRun.Status.choices)
    engine_version = serializers.CharField()
    parameters = serializers.DictField(help_text="Weights, length of lists, largest share of a company.")
    figures = serializers.DictField(help_text="Counts, CPU seconds, peak memory, exposure, quality.")
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    followed_until = serializers.DateTimeField(allow_null=True, help_text="What was written until then is in its matches.")
    note = serializers.CharField(help_text="Why it was interrupted.")


class RunBody(Body):
    edition = Ref(Edition.objects.all(), by="slug")


class UptakeRow(Row):
    chain = serializers.CharField()
    side = serializers.ChoiceField(choices=Verdict.Side.choices)
    shown = serializers.IntegerField(help_text="Matches on the first three places now.")
    interested = serializers.IntegerField(help_text="Of those that ever were: the side would like to meet.")
    not_for_us = serializers.IntegerField()
    reasons = serializers.DictField(child=serializers.IntegerField(), help_text="“Not for us” by reason.")
    share = serializers.FloatField(allow_null=True, help_text="Interested of all that were decided, 0 to 1.")


@extend_schema_serializer(many=False)
class UptakesRow(Row):
    results = UptakeRow(many=True, help_text="By chain of the request, and side.")


class MatchRunViewSet(ById, Creates, WritableRows):
    queryset = MatchRun.objects.all()
    serializer_class = MatchRunRow
    create_body = RunBody
    permission_classes = [SignedIn]
    refuses_readers = True
    may_create = staticmethod(rules.may_start_run)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not rules.may_read_runs(request.user):
            raise NotAllowed

    def get_queryset(self) -> QuerySet[MatchRun]:
        return MatchRun.objects.all()

    def make(self, given: Given, *, by: User) -> MatchRun:
        """Work out the matches of an edition anew. For the organiser."""
        return start_run(given["edition"], by=by)

    @extend_schema(responses=UptakesRow)
    @action(detail=True, methods=["get"])
    def uptake(self, request: Request, pk: str) -> Response:
        """Read how often the first three matches of the run's edition were taken up. For the organiser."""
        if not rules.may_read_uptake(request.user):
            raise NotAllowed
        edition: Any = self.named_row({"pk": pk}).edition
        return Response({"results": [uptake_sent(one) for one in uptake_of(edition)]})


def uptake_sent(one: Uptake) -> Given:
    """Return what is sent of one chain and side."""
    names = ("side", "shown", "interested", "not_for_us", "reasons", "share")
    return {"chain": one.chain.slug, **{name: getattr(one, name) for name in names}}
