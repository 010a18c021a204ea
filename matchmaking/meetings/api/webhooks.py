"""Webhooks over the API, for staff who keep them: set up, changed, tried; their messages read and sent again."""

from typing import Any

from django.db import transaction
from rest_framework import serializers
from rest_framework.request import Request

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.foundation.errors import NotAllowed
from expo.foundation.models import KeptAnswer
from expo.foundation.repeating import HEADER
from expo.foundation.rows import WORKED_OUT, ById, Row
from expo.foundation.writing import Body, Changes, Creates, Given, Ref, SignedIn, WritableRows, verb
from matchmaking.meetings import actions, rules
from matchmaking.meetings.filters import DeliveryOfWebhookFilter, WebhookFilter
from matchmaking.meetings.models import Delivery, Happening, Webhook


class WebhookRow(Row):
    id = serializers.IntegerField()
    edition = serializers.SlugField(source="edition.slug")
    name = serializers.CharField()
    url = serializers.CharField()
    events = serializers.ListField(child=serializers.ChoiceField(choices=Happening.choices))
    is_active = serializers.BooleanField(help_text="What happens while it is off is not kept for it.")
    reason = serializers.ChoiceField(choices=[*Webhook.Off.choices, ("", "–")], help_text="Why it is off, or empty.")
    disabled_at = serializers.DateTimeField(allow_null=True)
    failing_since = serializers.DateTimeField(
        allow_null=True, help_text="Null where the last message arrived. After three days it is switched off."
    )
    is_secret_taken = serializers.BooleanField(help_text="`take-secret` gives it once.")
    created_at = serializers.DateTimeField()


class SecretRow(Row):
    secret = serializers.CharField(source=WORKED_OUT, help_text="Shown this once. A repeat of the call has an empty one.")


class DeliveryRow(Row):
    id = serializers.IntegerField()
    webhook = serializers.IntegerField(source="webhook_id")
    key = serializers.UUIDField(help_text="The header `webhook-id`: the same however often it is sent.")
    kind = serializers.CharField(help_text="The event, or `webhook.test`.")
    payload = serializers.JSONField(help_text="Its body.")
    status = serializers.ChoiceField(choices=Delivery.Status.choices)
    attempts = serializers.IntegerField()
    made_at = serializers.DateTimeField()
    next_attempt_at = serializers.DateTimeField(help_text="Says something while it waits, or failed.")
    sent_at = serializers.DateTimeField(allow_null=True)
    last_status = serializers.IntegerField(allow_null=True, help_text="Of the last answer; null where there was none.")
    last_error = serializers.CharField(help_text="Why the last attempt failed, in a word, or empty.")
    duration_ms = serializers.IntegerField(allow_null=True)


class ReplayedRow(Row):
    count = serializers.IntegerField(help_text="How many messages are sent again.")


class WebhookBody(Body):
    edition = Ref(Edition.objects.all(), by="slug")
    name = serializers.CharField(max_length=80)
    url = serializers.CharField(max_length=500, help_text="https, a public host, port 443 or 8443.")
    events = serializers.ListField(child=serializers.ChoiceField(choices=Happening.choices), min_length=1, max_length=len(Happening))


class WebhookChangeBody(Body):
    name = serializers.CharField(max_length=80)
    url = serializers.CharField(max_length=500)
    events = serializers.ListField(child=serializers.ChoiceField(choices=Happening.choices), min_length=1, max_length=len(Happening))


class ReplayBody(Body):
    since = serializers.DateTimeField(help_text="Messages made then or later that did not arrive.")


class ForKeepers(ById, WritableRows):
    """Rows that only those read who keep webhooks."""

    permission_classes = [SignedIn]
    refuses_readers = True

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not rules.may_keep_webhooks(request.user):
            raise NotAllowed


def may_change(by: User, _row: Webhook) -> bool:
    """Whether the person may keep webhooks, whichever it is."""
    return rules.may_keep_webhooks(by)


class WebhookViewSet(Creates, Changes, ForKeepers):
    queryset = Webhook.objects.all()
    serializer_class = WebhookRow
    filterset_class = WebhookFilter
    create_body = WebhookBody
    change_body = WebhookChangeBody
    may_create, may_change = staticmethod(rules.may_keep_webhooks), staticmethod(may_change)

    def make(self, given: Given, *, by: User) -> Webhook:
        """Have an address told of what happens in an edition's meetings from now on. `take-secret` gives its secret."""
        return actions.make_webhook(given.pop("edition"), by=by, **given)

    def change(self, row: Webhook, given: Given, *, by: User) -> Webhook:
        """Change its name, address or events."""
        return actions.change_webhook(row, by=by, **given)

    @verb(may=rules.may_keep_webhooks)
    def pause(self, row: Webhook, given: Given, *, by: User) -> Webhook:
        """Tell it nothing until it is resumed."""
        return actions.pause_webhook(row, by=by)

    @verb(may=rules.may_keep_webhooks)
    def resume(self, row: Webhook, given: Given, *, by: User) -> Webhook:
        """Tell it again, first what waits. From now on it is yours."""
        return actions.resume_webhook(row, by=by)

    @verb(may=rules.may_keep_webhooks)
    def rotate_secret(self, row: Webhook, given: Given, *, by: User) -> Webhook:
        """Give it another secret; for 24 hours the old one signs too. `take-secret` gives the new one."""
        return actions.rotate_secret(row, by=by)

    @verb(answer=SecretRow, may=rules.may_keep_webhooks)
    def take_secret(self, row: Webhook, given: Given, *, by: User) -> dict[str, str]:
        """Read the secret, once. Nothing keeps the answer: a repeat with the same `Idempotency-Key` has an empty one."""
        return {"secret": actions.take_secret(row, by=by)}

    def write(self, request: Request, act: Any, **more: Any) -> Any:
        with transaction.atomic():  # So that what is kept never holds the secret, not for a moment.
            answer = super().write(request, act, **more)
            if self.action == "take_secret" and HEADER in request.headers:
                KeptAnswer.objects.filter(user=request.user.pk, key=request.headers[HEADER]).update(body='{"secret":""}')
        return answer

    @verb(name="test", answer=DeliveryRow, may=rules.may_keep_webhooks)
    def try_it(self, row: Webhook, given: Given, *, by: User) -> Delivery:
        """Send a message that tells of nothing."""
        return actions.try_webhook(row, by=by)

    @verb(ReplayBody, answer=ReplayedRow, may=rules.may_keep_webhooks)
    def replay(self, row: Webhook, given: Given, *, by: User) -> dict[str, int]:
        """Send again whatever did not arrive since a moment, under the same names."""
        return {"count": actions.replay_failed(row, by=by, since=given["since"])}

    @verb(may=rules.may_keep_webhooks)
    def delete(self, row: Webhook, given: Given, *, by: User) -> None:
        """Forget it, with its messages."""
        actions.delete_webhook(row, by=by)


class WebhookDeliveryViewSet(ForKeepers):
    queryset = Delivery.objects.all()
    serializer_class = DeliveryRow
    filterset_class = DeliveryOfWebhookFilter

    @verb(may=rules.may_keep_webhooks)
    def replay(self, row: Delivery, given: Given, *, by: User) -> Delivery:
        """Send it again, under the same name."""
        return actions.replay_delivery(row, by=by)
