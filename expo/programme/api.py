"""The programme over the API."""

from rest_framework import serializers
from rest_framework.routers import SimpleRouter

from expo.foundation.rows import ByKey, ReadOnlyRows, Row, Words
from expo.programme.filters import ForumFilter
from expo.programme.models import Forum


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


class ForumViewSet(ByKey, ReadOnlyRows):
    queryset = Forum.objects.all()
    serializer_class = ForumRow
    filterset_class = ForumFilter


def register(router: SimpleRouter) -> None:
    """Enter this room's addresses."""
    router.register("forums", ForumViewSet, basename="api_forum")
