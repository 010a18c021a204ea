"""Figures of past editions as an organiser would enter them. They repeat what was published, and their notes say that they are a demo."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from expo.accounts.models import User
from expo.editions.actions import Measured, enter_statistic
from expo.editions.models import Edition, Metric, Statistic
from expo.foundation.staff import vouched

# By edition and metric: how, how many, who would have measured it.
ENTERED = {
    "2023": {"exhibition_area": ("exact", 100_000, "floor plan")},
    "2024": {
        "exhibition_area": ("exact", 120_000, "floor plan"),
        "audience_offline": ("exact", 160_000, "gates"),
        "audience_online": ("exact", 40_000, "stream"),
    },
}


def day_in(edition: Edition, day: int, hour: int = 10) -> datetime:
    """Return a moment so many days after the edition's first one. Raises LookupError where it has no dates."""
    if edition.starts_on is None:
        raise LookupError(f"edition {edition.slug} has no dates")
    return datetime.combine(edition.starts_on + timedelta(days=day), time(hour), ZoneInfo(edition.time_zone))


def add_statistics(editions: Mapping[str, Edition], organiser: User) -> int:
    """Enter the figures that an edition has no entry of, and return how many."""
    by, entered = vouched(organiser), 0
    for slug, figures in ENTERED.items():
        edition = editions.get(slug)
        if edition is None or edition.starts_on is None:
            continue
        there = set(Statistic.objects.filter(edition=edition).values_list("metric__key", flat=True))
        for metric in Metric.objects.filter(key__in=set(figures) - there).order_by("order"):
            qualifier, value, how = figures[metric.key]
            days = (edition.ends_on - edition.starts_on).days if edition.ends_on else 0
            given = Measured(
                Decimal(value), f"Demo: {how}, repeating what was published", day_in(edition, days) + timedelta(hours=9), qualifier
            )
            enter_statistic(edition, metric, by=by, given=given, is_demo=True)
            entered += 1
    return entered
