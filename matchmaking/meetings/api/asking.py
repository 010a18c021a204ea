"""Whom a call asks to meet. What hides its buyer is never compared with a name: no answer says whether the two are the same."""

from collections.abc import Collection, Mapping
from typing import Any

from django.utils.translation import gettext as _

from expo.accounts.models import User
from expo.foundation.errors import Invalid
from matchmaking.marketplace.cards import hides_buyer
from matchmaking.marketplace.models import Offer, Posting, SourcingRequest
from matchmaking.participants.models import Registration

MODELS: dict[str, Any] = {"offers": Offer, "requests": SourcingRequest}


def postings_of(by: User, given: Mapping[str, Collection[int]]) -> list[Posting]:
    """Return the postings that the ids name, as far as the person sees them. A query for each kind that is named. Raises Invalid."""
    found: list[Posting] = []
    for name, model in MODELS.items():
        wanted = set(given.get(name, ()))
        if not wanted:
            continue
        seen = list(model.objects.visible_to(by).filter(pk__in=wanted).select_related("registration__company", "registration__edition"))
        if len(seen) < len(wanted):
            raise Invalid(fields={name: [_("No such thing, or not for you.")]})
        found += sorted(seen, key=lambda one: -one.pk)
    return found


def asked_of(
    sender: Registration, postings: Collection[Posting], receiver: Registration | None, partner: Registration | None
) -> Registration:
    """Return who is asked: whom the call names, else who posted what it is about.

    Raises:
        Invalid: nobody is named; or a posting that hides its buyer comes with anything that could tell whose it is.
    """
    theirs = [one for one in postings if one.registration_id != sender.pk]
    is_hidden = any(hides_buyer(one) for one in theirs)
    gives_away = receiver is not None or len(theirs) > 1 or (partner is not None and partner.led_by_id != sender.pk)
    if is_hidden and gives_away:
        raise Invalid(
            fields={"requests": [_("The buyer hides its name: ask about this request alone, and name nobody else of the other side.")]}
        )
    if receiver is not None:
        return receiver
    if not theirs:
        raise Invalid(fields={"receiver": [_("Name whom you ask, or a posting of theirs.")]})
    return theirs[0].registration
