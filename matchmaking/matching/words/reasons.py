"""The engine's reasons, in words."""

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from expo.foundation.places import country_name
from matchmaking.marketplace import wording
from matchmaking.matching.engine.facts import Field
from matchmaking.matching.fitting import Measure, Reason, Verdict

MOST_COUNTRIES = 4


def sentence(reason: Reason, certificates: Mapping[str, str]) -> str:
    """Say how an offer meets one requirement. `certificates` are names by key."""
    return _SAYS[reason.field](reason, certificates)


def _certificates(reason: Reason, names: Mapping[str, str]) -> str:
    if reason.verdict is Verdict.FITS:
        return _("Holds %(names)s") % {"names": _named(reason.asked, names)}
    return _("Lacks %(names)s") % {"names": _named(reason.given, names)}


def _delivery(reason: Reason, _names: Mapping[str, str]) -> str:
    if not reason.given:
        return _("Ships anywhere")
    if reason.verdict is Verdict.FITS:
        return _("Ships to %(place)s") % {"place": country_name(reason.asked)}
    return _("Does not ship to %(place)s") % {"place": country_name(reason.asked)}


def _origin(reason: Reason, _names: Mapping[str, str]) -> str:
    if reason.verdict is Verdict.UNKNOWN:
        return _("Origin not stated")
    if reason.verdict is Verdict.FITS:
        return _("Made in %(place)s") % {"place": country_name(reason.given)}
    accepted = sorted(country_name(code) for code in reason.asked)[:MOST_COUNTRIES]
    return _("Made in %(place)s; accepted: %(accepted)s") % {"place": country_name(reason.given), "accepted": wording.listed(accepted)}


def _quantity(reason: Reason, _names: Mapping[str, str]) -> str:
    if reason.given is None:
        return _("Smallest order not stated")
    if reason.verdict is Verdict.UNKNOWN:
        return _("Smallest order is in another unit: %(amount)s") % {"amount": _amount(reason.given)}
    if reason.verdict is Verdict.FITS:
        return _("Accepts an order of %(amount)s") % {"amount": _amount(reason.asked)}
    return _("Smallest order is %(minimum)s, asked for: %(amount)s") % {"minimum": _amount(reason.given), "amount": _amount(reason.asked)}


def _price(reason: Reason, _names: Mapping[str, str]) -> str:
    if reason.given is None:
        return _("Price not stated")
    if reason.verdict is Verdict.UNKNOWN:
        return _("Price is for another unit")
    if reason.verdict is Verdict.FITS:
        return _("Within the budget")
    over = reason.given.amount / reason.asked.amount - 1 if reason.asked.amount else None
    return _("%(percent)s%% over the budget") % {"percent": max(round(over * 100), 1)} if over is not None else _("Over the budget")


def _lead_time(reason: Reason, _names: Mapping[str, str]) -> str:
    if reason.given is None:
        return _("Lead time not stated")
    if reason.verdict is Verdict.FITS:
        return _("In time: lead time %(time)s") % {"time": wording.lead_time(reason.given)}
    late = reason.given - reason.asked
    return ngettext("%(count)s day too late", "%(count)s days too late", late) % {"count": wording.number(late)}


def _incoterms(reason: Reason, _names: Mapping[str, str]) -> str:
    if reason.verdict is Verdict.UNKNOWN:
        return _("Incoterms not stated")
    if reason.verdict is Verdict.FITS:
        return _("Delivers %(terms)s") % {"terms": wording.listed(sorted(reason.asked & reason.given))}
    return _("Delivers %(terms)s only") % {"terms": wording.listed(sorted(reason.given))}


def _named(keys: Iterable[str], names: Mapping[str, str]) -> str:
    return wording.listed(sorted(names.get(key, key) for key in keys))


def _amount(measure: Measure) -> str:
    return wording.amount(measure.amount, measure.unit)


_SAYS = {
    Field.CERTIFICATES: _certificates,
    Field.DELIVERY: _delivery,
    Field.ORIGIN: _origin,
    Field.QUANTITY: _quantity,
    Field.PRICE: _price,
    Field.LEAD_TIME: _lead_time,
    Field.INCOTERMS: _incoterms,
}
