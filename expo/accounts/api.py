"""Oneself over the API: the profile and the keys. Signing up, passwords, addresses and second factors stay on pages, where a person confirms them."""

from typing import Any, cast

from django.core.exceptions import ValidationError as InvalidFields
from django.db import transaction
from django.db.models import QuerySet
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from expo.accounts import actions, rules
from expo.accounts.models import MOST_LANGUAGES, ApiKey, User, Way, known_languages, known_time_zone
from expo.foundation.rows import WORKED_OUT, ById, Row, Rows
from expo.foundation.text import one_line
from expo.foundation.writing import Body, Changes, Given, SignedIn, WritableRows, verb

HOW = "each as a mail, every 12 hours all in one, or only on the desk."


class MeRow(Row):
    email = serializers.EmailField(help_text="The address you sign in with; changed on a page, because the new one is confirmed by mail.")
    full_name = serializers.CharField()
    phone = serializers.CharField(help_text="Shown to nobody until you accept a meeting.")
    language = serializers.ChoiceField(choices=User.Language.values, help_text="The language of the mails you get.")
    time_zone = serializers.CharField()
    speaks = serializers.ListField(
        child=serializers.CharField(), help_text="Languages in which you meet, as codes of two letters; none means that of your mails."
    )
    wants_match_mail = serializers.BooleanField(help_text="Mails of new matches, at most one in 12 hours.")
    mails_of_requests = serializers.ChoiceField(choices=Way.choices, help_text=f"Requests to meet, and answers: {HOW}")
    mails_of_meetings = serializers.ChoiceField(choices=Way.choices, help_text=f"Agreed meetings, new, moved or cancelled: {HOW}")
    mails_of_reminders = serializers.ChoiceField(choices=Way.choices, help_text=f"Reminders, and how a meeting went: {HOW}")
    mails_of_messages = serializers.ChoiceField(choices=Way.choices, help_text=f"Messages of the other side: {HOW}")
    mails_of_agreements = serializers.ChoiceField(choices=Way.choices, help_text=f"Agreements to confirm, and what becomes of them: {HOW}")
    joined_at = serializers.DateTimeField(source="date_joined")


class MeBody(Body):
    full_name = serializers.CharField(max_length=120)
    phone = serializers.CharField(max_length=40, allow_blank=True)
    language = serializers.ChoiceField(choices=User.Language.values)
    time_zone = serializers.CharField(max_length=60)
    speaks = serializers.ListField(child=serializers.CharField(max_length=2), max_length=MOST_LANGUAGES)
    wants_match_mail = serializers.BooleanField()
    mails_of_requests = serializers.ChoiceField(choices=Way.choices)
    mails_of_meetings = serializers.ChoiceField(choices=Way.choices)
    mails_of_reminders = serializers.ChoiceField(choices=Way.choices)
    mails_of_messages = serializers.ChoiceField(choices=Way.choices)
    mails_of_agreements = serializers.ChoiceField(choices=Way.choices)

    def validate_full_name(self, name: str) -> str:
        if not one_line(name):
            raise serializers.ValidationError("This field may not be blank.")
        return one_line(name)

    def validate_phone(self, phone: str) -> str:
        return one_line(phone)

    def validate_speaks(self, codes: list[str]) -> list[str]:
        try:
            known_languages(codes)
        except InvalidFields as error:
            raise serializers.ValidationError(error.messages) from error
        return list(dict.fromkeys(codes))

    def validate_time_zone(self, name: str) -> str:
        try:
            known_time_zone(name)
        except InvalidFields as error:
            raise serializers.ValidationError(error.messages) from error
        return name


class KeyRow(Row):
    id = serializers.IntegerField()
    name = serializers.CharField()
    begins_with = serializers.CharField(source="token_key", help_text="The first 15 characters; the rest is kept nowhere.")
    scope = serializers.ChoiceField(choices=ApiKey.Scope.choices)
    created_at = serializers.DateTimeField(source="created")
    expires_at = serializers.DateTimeField(source="expiry")
    last_used_at = serializers.DateTimeField(allow_null=True, help_text="To within five minutes.")
    revoked_at = serializers.DateTimeField(allow_null=True)
    is_live = serializers.BooleanField(source=WORKED_OUT, help_text="False when it was revoked, ran out, or the password was changed.")


class MeViewSet(Changes, WritableRows):
    queryset = User.objects.all()
    serializer_class = MeRow
    change_body = MeBody
    permission_classes = [SignedIn]
    filter_backends = []
    pagination_class = None

    def get_queryset(self) -> QuerySet[Any]:
        return User.objects.filter(pk=cast("int", self.request.user.pk))

    def retrieve(self, request: Request, **_named: str) -> Response:
        return Response(self.row_now(User(pk=request.user.pk)))

    def row_to_write(self, request: Request, named: Any) -> Any:
        return super().row_to_write(request, {"pk": str(request.user.pk)})

    def change(self, row: User, given: Given, *, by: User) -> User:
        ways = {name: given.pop(name) for name in actions.MAILS_OF if name in given}
        said = {name: getattr(row, name) for name in actions.EDITABLE}
        with transaction.atomic():
            if given or not ways:
                row = actions.edit_profile(row, by=by, **(said | given))
            return actions.choose_notices(row, by=by, **ways) if ways else row


class KeyViewSet(ById, WritableRows):
    queryset = ApiKey.objects.all()
    serializer_class = KeyRow
    permission_classes = [SignedIn]

    def shape(self, read: Rows) -> Rows:
        keys = ApiKey.objects.filter(pk__in=[row["id"] for row in read]).select_related("user")
        live = {key.pk for key in keys if key.state == "live"}
        return [{**row, "is_live": row["id"] in live} for row in super().shape(read)]

    @verb(may_row=rules.may_revoke)
    def revoke(self, row: ApiKey, _given: Given, *, by: User) -> ApiKey:
        """End a key at once"""
        return actions.revoke_key(row, by=by)


# One's own page has no list and no number, so that no router knows it.
addresses = [path("me/", MeViewSet.as_view({"get": "retrieve", "patch": "partial_update"}), name="api_me")]


def register(router: SimpleRouter) -> None:
    """Enter this room's addresses."""
    router.register("keys", KeyViewSet, basename="api_key")
