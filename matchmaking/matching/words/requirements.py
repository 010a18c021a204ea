"""Requirements in words: what a request asks, and how an offer answers. Money and amounts are those of the postings, as their owners wrote them."""

from collections.abc import Callable, Iterable

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from expo.foundation.places import country_name
from matchmaking.marketplace import wording
from matchmaking.marketplace.models import Offer, SourcingRequest
from matchmaking.matching.engine.facts import Field
from matchmaking.matching.requirements import Outcome, Requirement, share_over

MOST_COUNTRIES = 4
MANY_TIMES = 3
"""From so many times the budget on, percents say nothing any more."""


def asked_for(one: Requirement, request: SourcingRequest) -> str:
    """Say what the request asks for."""
    return _ASKED[one.field](one, request)


def answered(one: Requirement, offer: Offer) -> str:
    """Say what the offer answers to it."""
    return _ANSWERED[one.field](one, offer)


def exception(one: Requirement, offer: Offer) -> str:
    """Say in a few words what is missing of a requirement that is not met, and that it is a must where that keeps the pair off the list."""
    words = shortfall(one, offer)
    return _("Must-have: %(words)s") % {"words": words} if one.breaks_must else words


def shortfall(one: Requirement, offer: Offer) -> str:
    """Say in a few words what is missing of a requirement that is not met."""
    if one.outcome is Outcome.UNKNOWN:
        return _NOT_STATED[one.field]()
    return _SHORT[one.field](one) if one.field in _SHORT else answered(one, offer)


def countries(codes: Iterable[str]) -> str:
    """Name countries, the first four, and how many more there are."""
    names = sorted(country_name(code) for code in codes)
    more = len(names) - MOST_COUNTRIES
    shown = wording.listed(names[:MOST_COUNTRIES])
    return _("%(names)s and %(count)s more") % {"names": shown, "count": formats.number_format(more)} if more > 0 else shown


def _asked_certificates(one: Requirement, _request: SourcingRequest) -> str:
    return wording.listed(sorted(one.asked))


def _asked_delivery(one: Requirement, _request: SourcingRequest) -> str:
    return _("Delivery to %(place)s") % {"place": country_name(one.asked)}


def _asked_origin(one: Requirement, _request: SourcingRequest) -> str:
    return _("Made in: %(places)s") % {"places": countries(one.asked)}


def _asked_quantity(_one: Requirement, request: SourcingRequest) -> str:
    return _("Volume: %(amount)s") % {"amount": wording.amount(request.quantity, request.unit)} if request.quantity is not None else "–"


def _asked_price(_one: Requirement, request: SourcingRequest) -> str:
    return (
        _("Budget: %(price)s") % {"price": wording.price(request.budget, request.currency, request.budget_unit)} if request.budget else "–"
    )


def _asked_lead_time(_one: Requirement, request: SourcingRequest) -> str:
    if request.needed_by is None:
        return "–"
    return _("Needed by %(day)s") % {"day": wording.day(request.needed_by)}


def _asked_incoterms(one: Requirement, _request: SourcingRequest) -> str:
    return _("Incoterms: %(terms)s") % {"terms": wording.listed(sorted(one.asked))}


def _certificates(one: Requirement, _offer: Offer) -> str:
    if one.outcome is Outcome.MISSES:
        return _("Lacks %(names)s") % {"names": wording.listed(sorted(one.given))}
    return _("Holds %(names)s") % {"names": wording.listed(sorted(one.asked))}


def _delivery(one: Requirement, _offer: Offer) -> str:
    if one.outcome is Outcome.MISSES:
        return _("Does not ship to %(place)s") % {"place": country_name(one.asked)}
    return _("Ships anywhere") if one.given is None else _("Ships to %(place)s") % {"place": country_name(one.asked)}


def _origin(one: Requirement, _offer: Offer) -> str:
    return _("Made in %(place)s") % {"place": country_name(one.given)} if one.given else _("Origin not stated")


def _quantity(_one: Requirement, offer: Offer) -> str:
    said = []
    if offer.minimum_quantity is not None:
        said.append(_("Smallest order %(amount)s") % {"amount": wording.amount(offer.minimum_quantity, offer.unit)})
    if offer.monthly_capacity is not None:
        said.append(_("%(amount)s a month") % {"amount": wording.amount(offer.monthly_capacity, offer.unit)})
    return wording.listed(said) or _("Smallest order not stated")


def _price(one: Requirement, offer: Offer) -> str:
    if offer.unit_price is None:
        return _("Price not stated")
    price = wording.price(offer.unit_price, offer.currency, offer.price_unit)
    if one.outcome is Outcome.UNKNOWN:
        return _("%(price)s: another unit") % {"price": price}
    says = _("within the budget") if one.outcome is Outcome.FITS else _over(one)
    return _("%(price)s: %(says)s") % {"price": price, "says": says}


def _over(one: Requirement) -> str:
    over = share_over(one.asked, one.given)
    if over is None:
        return _("over the budget")
    if over >= MANY_TIMES - 1:
        return _("%(times)s times the budget") % {"times": wording.number(round(over + 1))}
    return _("%(percent)s%% over the budget") % {"percent": max(round(over * 100), 1)}


def _lead_time(one: Requirement, _offer: Offer) -> str:
    if one.given is None:
        return _("Lead time not stated")
    time = wording.lead_time(one.given)
    return (
        _("Lead time %(time)s") % {"time": time}
        if one.outcome is Outcome.FITS
        else f"{_('Lead time %(time)s') % {'time': time}}: {_late(one)}"
    )


def _late(one: Requirement) -> str:
    late = one.given - one.asked
    return ngettext("%(count)s day too late", "%(count)s days too late", late) % {"count": wording.number(late)}


def _incoterms(one: Requirement, _offer: Offer) -> str:
    if one.outcome is Outcome.UNKNOWN:
        return _("Incoterms not stated")
    if one.outcome is Outcome.FITS:
        return _("Delivers %(terms)s") % {"terms": wording.listed(sorted(one.asked & one.given))}
    return _("Delivers %(terms)s only") % {"terms": wording.listed(sorted(one.given))}


_ASKED: dict[Field, Callable[[Requirement, SourcingRequest], str]] = {
    Field.CERTIFICATES: _asked_certificates,
    Field.DELIVERY: _asked_delivery,
    Field.ORIGIN: _asked_origin,
    Field.QUANTITY: _asked_quantity,
    Field.PRICE: _asked_price,
    Field.LEAD_TIME: _asked_lead_time,
    Field.INCOTERMS: _asked_incoterms,
}
_ANSWERED: dict[Field, Callable[[Requirement, Offer], str]] = {
    Field.CERTIFICATES: _certificates,
    Field.DELIVERY: _delivery,
    Field.ORIGIN: _origin,
    Field.QUANTITY: _quantity,
    Field.PRICE: _price,
    Field.LEAD_TIME: _lead_time,
    Field.INCOTERMS: _incoterms,
}
_SHORT: dict[Field, Callable[[Requirement], str]] = {Field.PRICE: _over, Field.LEAD_TIME: _late}
_NOT_STATED: dict[Field, Callable[[], str]] = {
    Field.ORIGIN: lambda: _("Origin not stated"),
    Field.QUANTITY: lambda: _("Smallest order not stated, or in another unit"),
    Field.PRICE: lambda: _("Price not stated, or for another unit"),
    Field.LEAD_TIME: lambda: _("Lead time not stated"),
    Field.INCOTERMS: lambda: _("Incoterms not stated"),
}
