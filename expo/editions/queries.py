"""Reads of the event that more than one page needs."""

from decimal import Decimal

from expo.editions.models import Chain, Edition, ExchangeRate


def current_edition() -> Edition | None:
    """Return the edition that the site is about now, or None on an empty site. One query."""
    edition: Edition | None = Edition.objects.filter(is_current=True).first()
    return edition


def latest_results() -> Edition | None:
    """Return the newest edition whose results may be read. One query."""
    edition: Edition | None = Edition.objects.filter(status__in=[Edition.Status.LIVE, Edition.Status.CLOSED]).held_first().first()
    return edition


def chain_bar() -> list[Chain]:
    """Return the current edition's chains and services in order, without zones. One query."""
    return list(
        Chain.objects.filter(areas__edition__is_current=True).exclude(kind=Chain.Kind.ZONE).order_by("areas__order", "order")
    )


def rates_of(edition: Edition) -> dict[str, Decimal]:
    """Return CNY per unit by currency; the yuan itself is always there. One query."""
    rates = dict(ExchangeRate.objects.filter(edition=edition).values_list("currency", "cny_per_unit"))
    return {"CNY": Decimal(1), **rates}
