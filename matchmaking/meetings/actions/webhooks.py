"""Webhooks: set up, changed, paused, tried out; their messages sent again."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.foundation import calling
from expo.foundation.errors import Invalid, NotAllowed
from expo.foundation.eventlog import log
from expo.foundation.outbox import tell
from expo.foundation.text import one_line
from matchmaking.meetings import errors, rules, signing
from matchmaking.meetings.actions.telling import message, wake
from matchmaking.meetings.addresses import address_of_webhook
from matchmaking.meetings.models import Delivery, Happening, MeetingSetup, Webhook
from matchmaking.meetings.models.webhooks import TEST, new_salt
from matchmaking.meetings.states import WEBHOOK_MOVES

MOST_WEBHOOKS = 20
LONGEST_NAME = 80
UNFIT: dict[str, str | Promise] = {
    "address": gettext_lazy("Write an address without blanks, without # and without signs of other alphabets."),
    "scheme": gettext_lazy("The address begins with https://."),
    "name": gettext_lazy("Name a host as hooks.example.com: no number, no password in the address, other alphabets as xn--…"),
    "port": gettext_lazy("The site calls only the usual ports of https."),
    "network": gettext_lazy("This host stands in a network that the site does not call."),
}


@transaction.atomic
def make_webhook(edition: Edition, *, by: User, name: str, url: str, events: Collection[str]) -> Webhook:
    """Have an address told of what happens in the edition's meetings from now on. Its secret is shown by `take_secret`, once.

    Raises:
        NotAllowed: `by` may not. TooManyWebhooks: the edition has twenty. NoSetup: it has no meetings. Invalid: by field.
    """
    _refuse_others(by)
    setup = _locked_setup(edition.pk)
    if Webhook.objects.filter(edition=edition).count() >= MOST_WEBHOOKS:
        raise errors.TooManyWebhooks
    hook = Webhook.objects.create(edition=edition, owner=by, **_checked(name=name, url=url, events=events))
    _keep_note(setup)
    log(hook, "webhook.made", by=by, host=host_of(hook), events=hook.events)
    return hook


@transaction.atomic
def change_webhook(webhook: Webhook, *, by: User, **fields: Any) -> Webhook:
    """Change name, url or events; what is left out stays. What waits goes to the new address. Raises NotAllowed, Invalid."""
    hook, _setup = _locked(webhook, by)
    for field, value in _checked(**fields).items():
        setattr(hook, field, value)
    hook.save(update_fields=["name", "url", "events"])
    log(hook, "webhook.changed", by=by, host=host_of(hook), events=hook.events)
    return hook


def pause_webhook(webhook: Webhook, *, by: User) -> Webhook:
    """Tell it nothing until it is resumed; what waits, waits on. Raises NotAllowed, IllegalMove (it is off)."""
    with transaction.atomic():
        hook, setup = _locked(webhook, by)
        return switch_off(hook, setup, Webhook.Off.PAUSED, by)


@transaction.atomic
def resume_webhook(webhook: Webhook, *, by: User) -> Webhook:
    """Tell it again, first what waits. What happened meanwhile is not told: the API's lists are read for that. It is `by`'s from now on.

    Raises:
        NotAllowed: `by` may not. IllegalMove: it is on.
    """
    hook, setup = _locked(webhook, by)
    WEBHOOK_MOVES.leads_to("resume", hook.state)
    hook.is_active, hook.disabled_at, hook.reason, hook.owner = True, None, "", by
    hook.failing_since = hook.told_at = None
    hook.save(update_fields=["is_active", "disabled_at", "reason", "owner", "failing_since", "told_at"])
    _keep_note(setup)
    log(hook, "webhook.resumed", by=by)
    transaction.on_commit(wake)
    return hook


@transaction.atomic
def rotate_secret(webhook: Webhook, *, by: User) -> Webhook:
    """Give it another secret, shown by `take_secret`. For 24 hours the old one signs too. Raises NotAllowed."""
    hook, _setup = _locked(webhook, by)
    hook.salt_before, hook.salt, hook.rotated_at, hook.is_secret_taken = hook.salt, new_salt(), timezone.now(), False
    hook.save(update_fields=["salt_before", "salt", "rotated_at", "is_secret_taken"])
    log(hook, "webhook.secret_changed", by=by)
    return hook


@transaction.atomic
def take_secret(webhook: Webhook, *, by: User) -> str:
    """Return the secret, once: who lost it has another one made. Raises NotAllowed, SecretTaken."""
    hook, _setup = _locked(webhook, by)
    if hook.is_secret_taken:
        raise errors.SecretTaken
    hook.is_secret_taken = True
    hook.save(update_fields=["is_secret_taken"])
    log(hook, "webhook.secret_shown", by=by)
    return signing.secret_of(hook)


@transaction.atomic
def try_webhook(webhook: Webhook, *, by: User) -> Delivery:
    """Send a message that tells of nothing, to see whether it arrives. Raises NotAllowed, IllegalMove (it is off)."""
    hook, _setup = _locked(webhook, by)
    WEBHOOK_MOVES.leads_to("try", hook.state)
    line = log(hook, "webhook.tried", by=by)
    delivery = Delivery.objects.create(webhook=hook, event=line.pk, kind=TEST, payload=message(TEST, line, {}), made_at=line.at)
    transaction.on_commit(wake)
    return delivery


@transaction.atomic
def replay_delivery(delivery: Delivery, *, by: User) -> Delivery:
    """Send a message again, under its old name and from its first attempt. Raises NotAllowed."""
    hook, _setup = _locked(delivery.webhook, by)
    Delivery.objects.filter(pk=delivery.pk).update(**_anew())
    log(hook, "webhook.replayed", by=by, delivery=delivery.pk)
    transaction.on_commit(wake)
    delivery.refresh_from_db()
    return delivery


@transaction.atomic
def replay_failed(webhook: Webhook, *, by: User, since: datetime) -> int:
    """Send again whatever was made since then and did not arrive, and return how many. Raises NotAllowed."""
    hook, _setup = _locked(webhook, by)
    rows = Delivery.objects.filter(webhook=hook, made_at__gte=since, status__in=[Delivery.Status.FAILED, Delivery.Status.GIVEN_UP])
    count = int(rows.update(**_anew()))
    log(hook, "webhook.replayed", by=by, since=since, count=count)
    transaction.on_commit(wake)
    return count


@transaction.atomic
def delete_webhook(webhook: Webhook, *, by: User) -> None:
    """Forget the webhook and its messages. Raises NotAllowed."""
    hook, setup = _locked(webhook, by)
    log(hook, "webhook.deleted", by=by, host=host_of(hook))
    hook.delete()
    _keep_note(setup)


def switch_off(hook: Webhook, setup: MeetingSetup, why: Webhook.Off, by: User | None = None) -> Webhook:
    """Switch a webhook off under the locks that the caller holds; unless its owner did it, its owner is told."""
    WEBHOOK_MOVES.leads_to("switch_off", hook.state)
    hook.is_active, hook.disabled_at, hook.reason = False, timezone.now(), why
    hook.save(update_fields=["is_active", "disabled_at", "reason"])
    _keep_note(setup)
    log(hook, "webhook.switched_off", by=by, reason=str(why))
    if why != Webhook.Off.PAUSED and hook.owner is not None and hook.owner.is_active:
        tell(hook.owner, "webhook_switched_off", webhook=hook, why=hook.get_reason_display(), address=address_of_webhook(hook))
    return hook


def locked_webhook(key: int) -> tuple[Webhook, MeetingSetup] | None:
    """Return the webhook and its edition's rules under a lock, None where it is gone. Always in this order."""
    edition = Webhook.objects.filter(pk=key).values_list("edition", flat=True).first()
    if edition is None:
        return None
    setup = _locked_setup(edition)
    hook = Webhook.objects.select_for_update(of=("self",)).select_related("edition", "owner").filter(pk=key).first()
    return (hook, setup) if hook is not None else None


def host_of(hook: Webhook) -> str:
    """Return the host it goes to: what comes after it in the address may be a secret."""
    return urlsplit(hook.url).hostname or ""


def _refuse_others(by: User) -> None:
    if not rules.may_keep_webhooks(by):
        raise NotAllowed


def _locked_setup(edition: int) -> MeetingSetup:
    setup = MeetingSetup.objects.select_for_update(of=("self",)).filter(edition=edition).first()
    if setup is None:
        raise errors.NoSetup
    return setup


def _locked(webhook: Webhook, by: User) -> tuple[Webhook, MeetingSetup]:
    _refuse_others(by)
    found = locked_webhook(webhook.pk)
    if found is None:
        raise NotAllowed
    return found


def _keep_note(setup: MeetingSetup) -> None:
    """Note whether the edition has a webhook that is on: what every verb of meetings looks at."""
    on = Webhook.objects.live().filter(edition=OuterRef("edition"))
    MeetingSetup.objects.filter(pk=setup.pk).update(has_webhooks=Exists(on))


def _anew() -> dict[str, Any]:
    now = timezone.now()
    return {"status": Delivery.Status.WAITING, "attempts": 0, "next_attempt_at": now, "last_error": ""}


def _checked(**fields: Any) -> dict[str, Any]:
    """Return the fields as they are stored. Raises Invalid."""
    wrong: dict[str, list[str]] = {}
    if "name" in fields:
        fields["name"] = one_line(fields["name"])
        if not 1 <= len(fields["name"]) <= LONGEST_NAME:
            wrong["name"] = [_("From 1 to 80 characters.")]
    if "url" in fields:
        try:
            calling.target_of(fields["url"])
        except calling.Unfit as fault:
            wrong["url"] = [str(UNFIT[fault.code])]
    if "events" in fields:
        chosen = set(fields["events"])
        fields["events"] = [kind for kind in Happening.values if kind in chosen]
        if not chosen or len(chosen) != len(fields["events"]):
            wrong["events"] = [_("Choose at least one of the events.")]
    if wrong:
        raise Invalid(fields=wrong)
    return fields
