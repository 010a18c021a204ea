"""What changed since a moment: for programs that keep a copy in step.

A row that the caller sees and that was written since is told with its address; one that was public before and is no longer is told as gone.
What never was public to the caller is not told at all, and of nothing is told who did it.
"""

import base64
import binascii
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import merge
from itertools import islice
from typing import Any, NamedTuple

from django.db.models import BigIntegerField, Exists, Max, Model, OuterRef, Q, QuerySet
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from expo.foundation.lists import moment_of
from expo.foundation.models import Event
from expo.foundation.rest import is_number
from expo.foundation.rows import ReadOnly

AT_ONCE = 500
# A transaction that is under way has written its moment already and shows its rows later: asking again from here misses none of them.
OVERLAP = timedelta(minutes=2)


@dataclass(frozen=True)
class Followed:
    """A kind of row whose changes are told.

    Attributes:
        kind: its place in the API, "offers"; `name` the router's word for it.
        rows: all of them, with `visible_to`.
        shows, hides: verbs of the log that make a row public, and that end it.
        public: which of the rows can have been public at all.
        by: the column that its address names.
        stamp: the column that says when it was last written; "" asks the log, for the verbs of `writes`.
        own: what somebody who signed in reads besides, as one of its sides; there `own_writes` are told too. Only without a `stamp`.
    """

    kind: str
    name: str
    rows: Callable[[], QuerySet[Any]]
    shows: frozenset[str] = frozenset()
    hides: frozenset[str] = frozenset()
    public: Q = field(default_factory=Q)
    by: str = "pk"
    stamp: str = ""
    writes: frozenset[str] = frozenset()
    own: Callable[[Any], QuerySet[Any]] | None = None
    own_writes: frozenset[str] = frozenset()

    def own_of(self, visitor: Any) -> QuerySet[Any] | None:
        """Return what is the visitor's own, None where nothing can be."""
        return self.own(visitor) if self.own is not None and visitor.is_authenticated else None


class Mark(NamedTuple):
    """A place in the stream: everything after it is still to come."""

    at: datetime
    kind: str = ""
    pk: int = 0


class Told(NamedTuple):
    at: datetime
    kind: str
    pk: int
    key: Any
    gone: bool


class ChangeRow(serializers.Serializer[Any]):
    kind = serializers.CharField(help_text="Where it is in the API: offers, companies …")
    id = serializers.CharField(help_text="What its address ends in; the number of what is gone.")
    address = serializers.CharField(help_text="Where to read it; empty when it is gone.")
    at = serializers.DateTimeField(help_text="When it was last written.")
    gone = serializers.BooleanField(help_text="It was public and is no longer: withdrawn, paused, ended.")


@extend_schema_serializer(many=False)  # one object, however the library reads the name of the action
class Changes(serializers.Serializer[Any]):
    until = serializers.DateTimeField(help_text="Ask from here next time. It overlaps by two minutes: rows may come twice, none is missed.")
    next = serializers.CharField(allow_null=True, help_text="Address of the next page, null on the last.")
    results = ChangeRow(many=True)


class ChangesViewSet(ReadOnly):
    """GET /changes/?since=2026-06-22T09:30:00Z"""

    followed: tuple[Followed, ...] = ()
    filter_backends = []
    pagination_class = None

    @extend_schema(
        parameters=[
            OpenApiParameter("since", datetime, required=False, description="A moment with its zone; needed on the first page."),
            OpenApiParameter("cursor", str, required=False, description="As in `next`."),
        ],
        responses=Changes,
    )
    def list(self, request: Request) -> Response:
        until, after = timezone.now() - OVERLAP, self.mark_of(request)
        streams = [tell(one, request.user, after) for one in self.followed for tell in (seen, owned, gone)]
        told = list(islice(merge(*streams), AT_ONCE + 1))
        last = told[AT_ONCE - 1] if len(told) > AT_ONCE else None
        rows = [self.row(one, request) for one in told[:AT_ONCE]]
        return Response({"until": until, "next": self.address_after(last, request) if last else None, "results": rows})

    def mark_of(self, request: Request) -> Mark:
        unknown = {name: ["No such filter."] for name in request.query_params if name not in {"since", "cursor"}}
        if unknown:
            raise ValidationError(unknown)
        if "cursor" in request.query_params:
            return decoded(request.query_params["cursor"])
        return Mark(moment(request.query_params.get("since", "")))

    def row(self, one: Told, request: Request) -> dict[str, Any]:
        named = next(followed for followed in self.followed if followed.kind == one.kind)
        path = "" if one.gone else reverse(f"{named.name}-detail", kwargs={named.by: one.key})
        return {
            "kind": one.kind,
            "id": str(one.key),
            "address": request.build_absolute_uri(path) if path else "",
            "at": one.at,
            "gone": one.gone,
        }

    def address_after(self, last: Told, request: Request) -> str:
        mark = f"{last.at.isoformat()}|{last.kind}|{last.pk}"
        return request.build_absolute_uri(f"{request.path}?cursor={base64.urlsafe_b64encode(mark.encode()).decode()}")


def seen(one: Followed, visitor: Any, after: Mark) -> Iterator[Told]:
    """Tell the rows that the visitor sees and that were written after the mark, in order. One query."""
    rows: Any = one.rows()
    visible = rows.visible_to(visitor) if hasattr(rows, "visible_to") else rows
    own = one.own_of(visitor)
    visible = visible if own is None else visible.exclude(pk__in=own.order_by().values("pk"))
    if one.stamp:
        found = visible.filter(later(after, one.kind, one.stamp, "pk")).order_by(one.stamp, "pk").values_list(one.stamp, "pk", one.by)
    else:
        found = of_log(one, one.writes, after).filter(number__in=visible.values("pk")).values_list("last", "number")
        found = [(at, pk, pk) for at, pk in found[: AT_ONCE + 1]] if one.by == "pk" else named(found[: AT_ONCE + 1], visible, one.by)
    return (Told(at, one.kind, pk, key, gone=False) for at, pk, key in found[: AT_ONCE + 1])


def owned(one: Followed, visitor: Any, after: Mark) -> Iterator[Told]:
    """Tell the rows of the visitor's own that were written after the mark, in order. One query, none where nothing is anybody's own."""
    own = one.own_of(visitor)
    if own is None:
        return iter(())
    found = of_log(one, one.writes | one.own_writes, after).filter(number__in=own.order_by().values("pk")).values_list("last", "number")
    return (Told(at, one.kind, pk, pk, gone=False) for at, pk in found[: AT_ONCE + 1])


def named(found: Any, visible: QuerySet[Any], by: str) -> list[tuple[datetime, int, Any]]:
    read = list(found)
    keys = dict(visible.filter(pk__in=[pk for _at, pk in read]).values_list("pk", by))
    return [(at, pk, keys[pk]) for at, pk in read if pk in keys]


def gone(one: Followed, visitor: Any, after: Mark) -> Iterator[Told]:
    """Tell the rows that were public, ended after the mark, and are not seen now, in order. One query."""
    if not one.hides:
        return iter(())
    rows: Any = one.rows()
    was_shown = Event.objects.filter(thing=rows.model._meta.label, thing_id=OuterRef("thing_id"), verb__in=one.shows, id__lt=OuterRef("id"))
    ended = of_log(one, one.hides, after, Exists(was_shown)).filter(number__in=rows.filter(one.public).values("pk"))
    ended = ended.exclude(number__in=rows.visible_to(visitor).values("pk"))
    own = one.own_of(visitor)
    ended = ended if own is None else ended.exclude(number__in=own.order_by().values("pk"))
    found = ended.values_list("last", "number")[: AT_ONCE + 1]
    return (Told(at, one.kind, pk, pk, gone=True) for at, pk in found)


def of_log(one: Followed, verbs: frozenset[str], after: Mark, *more: Any) -> QuerySet[Any]:
    """Return the rows that the log names under these verbs after the mark: their number, and when it last did."""
    model: type[Model] = one.rows().model
    events = Event.objects.filter(*more, thing=model._meta.label, verb__in=verbs, at__gte=after.at).order_by()
    grouped = events.annotate(number=Cast("thing_id", BigIntegerField())).values("number").annotate(last=Max("at"))
    return grouped.filter(later(after, one.kind, "last", "number")).order_by("last", "number")


def later(after: Mark, kind: str, at: str, pk: str) -> Q:
    """Return what comes after a mark in the order of moment, kind, number."""
    same = Q(**{at: after.at})
    if kind == after.kind:
        same &= Q(**{f"{pk}__gt": after.pk})
    return Q(**{f"{at}__gt": after.at}) | same if kind >= after.kind else Q(**{f"{at}__gt": after.at})


def moment(text: str) -> datetime:
    """Return a moment with its zone.

    Raises:
        ValidationError: it is none, or lies before the year 2000 or after 2200.
    """
    found = moment_of(text)
    if found is None:
        raise ValidationError({"since": ["Give a moment with its zone, for example 2026-06-22T09:30:00Z."]})
    return found


def decoded(cursor: str) -> Mark:
    """Return the mark of a cursor.

    Raises:
        NotFound: it is none of ours.
    """
    try:
        at, kind, pk = base64.urlsafe_b64decode(cursor.encode("ascii")).decode("ascii").split("|")
        mark = Mark(moment(at), kind, int(pk) if is_number(pk) else -1)
    except (ValueError, binascii.Error, ValidationError) as error:
        raise NotFound("No such page.") from error
    if mark.pk < 0:
        raise NotFound("No such page.")
    return mark
