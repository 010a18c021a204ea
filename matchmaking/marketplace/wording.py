"""What a posting says, in the words and digits of the page's language."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import lru_cache

from babel.numbers import format_decimal
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from expo.foundation.dates import span
from expo.foundation.money import page_locale
from expo.foundation.places import country_name
from expo.foundation.units import UNITS
from matchmaking.marketplace.models import Offer, Posting, SourcingRequest

DAYS_A_WEEK = 7
SYMBOLS = {"m2": "m²", "m3": "m³"}
PER = {
    "pc": gettext_lazy("piece"),
    "set": gettext_lazy("set"),
    "h": gettext_lazy("hour"),
    "day": gettext_lazy("day of work"),
    "month": gettext_lazy("month"),
    "project": gettext_lazy("project"),
    "licence": gettext_lazy("licence"),
}
Specs = list[tuple[str, str]]


def number(value: Decimal | int) -> str:
    """Return a number with separators and no empty decimals: "12,000", "0.5"."""
    return _digits(value, "#,##0.######", page_locale())


@lru_cache(maxsize=4000)
def _digits(value: Decimal | int, pattern: str, locale: str) -> str:
    return str(format_decimal(value, pattern, locale=locale))


def amount(value: Decimal, unit: str) -> str:
    """Return a quantity with its unit: "12,000 pieces", "600 kg"."""
    many = UNITS[unit].name if unit in PER else SYMBOLS.get(unit, unit)
    name = one(unit) if value == 1 else many
    return f"{number(value)}\N{NO-BREAK SPACE}{name}"


def price(value: Decimal, currency: str, unit: str) -> str:
    """Return a price for one unit: "USD 12.50 per piece"; up to four decimals, since small parts cost fractions of a cent."""
    digits = _digits(value, "#,##0.00##" if value % 1 else "#,##0", page_locale())
    return _("%(price)s per %(unit)s") % {"price": f"{currency}\N{NO-BREAK SPACE}{digits}", "unit": one(unit)}


def one(unit: str) -> str:
    """Name one of a unit: "piece", "kg", "m²"."""
    return str(PER.get(unit, SYMBOLS.get(unit, unit)))


def lead_time(days: int) -> str:
    """Return a lead time as people say it: full weeks as weeks, other times as days."""
    if days == 0:
        return _("from stock")
    if days % DAYS_A_WEEK == 0:
        weeks = days // DAYS_A_WEEK
        return ngettext("%(count)s week", "%(count)s weeks", weeks) % {"count": number(weeks)}
    return ngettext("%(count)s day", "%(count)s days", days) % {"count": number(days)}


def title_of(posting: Posting) -> str:
    """Return the title in the page's language, where the author gave one."""
    return posting.title_here


def until(posting: Posting) -> str:
    """Return until when it can be answered; '' before it is published."""
    if posting.valid_until is None:
        return ""
    words = _("Open until %(day)s") if posting.kind == "offer" else _("Answer by %(day)s")
    return words % {"day": day(posting.valid_until)}


def day(value: date) -> str:
    """Return a day, short: "24 Sep 2026"."""
    return span(value)


def listed(names: Iterable[object]) -> str:
    """Return names in a row."""
    return _(", ").join(str(name) for name in names)


def offer_specs(offer: Offer, certificates: Iterable[str]) -> Specs:
    """Return the facts of an offer's card, those that are stated."""
    specs = []
    if offer.unit_price is not None:
        specs.append((_("Price"), price(offer.unit_price, offer.currency, offer.price_unit)))
    if offer.monthly_capacity is not None:
        specs.append((_("Capacity"), _("%(amount)s a month") % {"amount": amount(offer.monthly_capacity, offer.unit)}))
    if offer.minimum_quantity is not None:
        specs.append((_("Minimum"), amount(offer.minimum_quantity, offer.unit)))
    if offer.lead_time_days is not None:
        specs.append((_("Lead time"), lead_time(offer.lead_time_days)))
    held = listed(certificates)
    return [*specs, (_("Certificates"), held)] if held else specs


def request_specs(request: SourcingRequest, certificates: Iterable[str]) -> Specs:
    """Return the facts of a request's card, those that are stated."""
    specs = []
    if request.quantity is not None:
        specs.append((_("Volume"), amount(request.quantity, request.unit)))
    if request.needed_by is not None:
        specs.append((_("Needed by"), day(request.needed_by)))
    asked = listed(certificates)
    if asked:
        is_must = SourcingRequest.Requirement.CERTIFICATES in request.musts
        specs.append((_("Must have") if is_must else _("Nice to have"), asked))
    delivery = " ".join([*request.incoterms, country_name(request.deliver_to.code)]).strip()
    return [*specs, (_("Delivery"), delivery)] if delivery else specs
