"""The programme over the API, and one's own seats in it."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.routers import SimpleRouter

from expo.accounts.models import User
from expo.foundation.rows import ById, ByKey, ReadOnlyRows, Row, Words
from expo.foundation.writing import Given, SignedIn, WritableRows, verb
from expo.programme import actions, rules
from expo.programme.filters import ChangedForumFilter
from expo.programme.models import Forum, Seat


class SessionRow(Row):
    title_en = serializers.CharField()
    title_zh = serializers.CharField()
    starts_at = serializers.DateTimeField(allow_null=True)
    ends_at = serializers.DateTimeField(allow_null=True)
    order = serializers.IntegerField()


class SpeakerRow(Row):
    name_en = serializers.CharField()
    name_zh = serializers.CharField()
    role_en = serializers.CharField()
    role_zh = serializers.CharField()
    session = serializers.CharField(source="session.title_en", help_text="English title of the session.")


class ForumRow(Row):
    key = serializers.SlugField()
    edition = serializers.SlugField(source="edition.slug")
    title_en = serializers.CharField()
    title_zh = serializers.CharField()
    kind = serializers.ChoiceField(choices=Forum.Kind.choices)
    chain = serializers.SlugField(source="chain.slug", allow_null=True)
    on = serializers.DateField(allow_null=True, help_text="Null when the day is not on record.")
    until = serializers.DateField(allow_null=True)
    starts_at = serializers.DateTimeField(allow_null=True)
    ends_at = serializers.DateTimeField(allow_null=True)
    place_en = serializers.CharField()
    place_zh = serializers.CharField()
    note_en = serializers.CharField()
    note_zh = serializers.CharField()
    capacity = serializers.IntegerField(allow_null=True, help_text="Null where seats are not reserved.")
    seats_taken = serializers.IntegerField()
    changed_at = serializers.DateTimeField()
    sessions = SessionRow(many=True)
    speakers = SpeakerRow(many=True, source="sessions.speakers")
    sources = Words(source="sources.key")


class SeatRow(Row):
    id = serializers.IntegerField()
    forum = serializers.SlugField(source="forum.key")
    reserved_at = serializers.DateTimeField()


class ForumViewSet(ByKey, WritableRows):
    queryset = Forum.objects.all()
    serializer_class = ForumRow
    filterset_class = ChangedForumFilter

    @verb(may=rules.may_reserve_seat)
    def reserve_seat(self, row: Forum, given: Given, *, by: User) -> Forum:
        """Reserve a seat in the forum."""
        actions.reserve_seat(row, by=by)
        return row

    @verb(may=rules.may_give_back_seat)
    def give_back_seat(self, row: Forum, given: Given, *, by: User) -> Forum:
        """Give your seat back."""
        actions.give_back_seat(row, by=by)
        return row


class SeatViewSet(ById, ReadOnlyRows):
    queryset = Seat.objects.all()
    serializer_class = SeatRow
    permission_classes = [SignedIn]

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().filter(person__pk=self.request.user.pk)


def register(router: SimpleRouter) -> None:
    """Enter this room's addresses."""
    router.register("forums", ForumViewSet, basename="api_forum")
    router.register("seats", SeatViewSet, basename="api_seat")
