"""The log of what was done: one row for each verb, in the same transaction."""

import json
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AnonymousUser
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from expo.foundation import search
from expo.foundation.models import Event

if TYPE_CHECKING:
    from expo.accounts.models import User


def log(thing: models.Model, verb: str, *, by: "User | AnonymousUser | None", **data: Any) -> Event:
    """Write that `by` did `verb` to `thing`; `data` holds what changed, as plain values. The search index follows the thing at once.

    `by` is None for the system itself (a sweep, a load of fixtures).
    """
    plain = json.loads(json.dumps(data, cls=DjangoJSONEncoder, default=str)) if data else {}
    search.follow(thing)
    actor = None if by is None or isinstance(by, AnonymousUser) else by
    return Event.objects.create(actor=actor, verb=verb, thing=thing._meta.label, thing_id=str(thing.pk), data=plain)
