"""Which figures staff enter because no row of the system counts them, and what their values may be. Written down, and nothing else is taken."""

from collections.abc import Collection
from datetime import date, timedelta
from decimal import Decimal

from expo.editions.models import Edition, ReportedFigure

ON_SITE, ONLINE, IN_ALL = "audience_offline", "audience_online", "audience_total"
# A visit on Monday and one on Tuesday are two visits: of these the days may be entered one by one, and the edition's figure is their sum.
BY_DAY = (ON_SITE, ONLINE, "visitors", "professional_visitors", "debut_stream_views")
# What is the sum of others, and of which. It is worked out where they all stand, and entered only where somebody says that it was counted by itself.
SUMS = {IN_ALL: (ON_SITE, ONLINE)}
ENTERED = (
    *BY_DAY,
    *SUMS,
    "opening_guests",
    "opening_countries",
    "event_participants",
    "researchers_students",
    "satisfaction",
    "delegations_domestic",
    "delegations_overseas",
    "domestic_delegations",
    "overseas_delegations",
    "buyer_groups_overseas",
    "supporting_international_organisations",
    "international_organisations_attending",
    "china_top_500",
    "us_large_companies",
    "exhibition_area",
    "co2_saved_by_green_power",
    "activities",
    "activities_planned",
    "theme_events",
    "debut_stage_launches",
    "outcomes_released",
    "matchmaking_activities",
    "matchmaking_participants",
)
# People, visits and companies come whole; these do not.
FRACTIONAL_UNITS = ("sqm", "tonnes", "percent", "times")
PERCENT, MOST_PERCENT = "percent", 100
LARGEST = Decimal(10) ** 12
# Worked out is not measured.
QUALIFIERS = [(value, words) for value, words in ReportedFigure.Qualifier.choices if value != ReportedFigure.Qualifier.DERIVED]
_Q = ReportedFigure.Qualifier


def total_of(key: str) -> str:
    """Return the metric that this one is a part of, '' for none."""
    return next((total for total, parts in SUMS.items() if key in parts), "")


def days_of(edition: Edition) -> list[date]:
    """Return the edition's days, none where they are not announced."""
    if edition.starts_on is None or edition.ends_on is None:
        return []
    return [edition.starts_on + timedelta(days=number) for number in range((edition.ends_on - edition.starts_on).days + 1)]


def qualifier_of_sum(qualifiers: Collection[str]) -> str:
    """Return how exact a sum is. Of equal ones it is the same; exact ones and lower bounds make a lower bound; any other mixture is "about"."""
    kinds = set(qualifiers)
    if len(kinds) == 1:
        return next(iter(kinds))
    if kinds <= {_Q.EXACT, _Q.AT_LEAST}:
        return str(_Q.AT_LEAST)
    return str(_Q.MORE_THAN if kinds <= {_Q.EXACT, _Q.AT_LEAST, _Q.MORE_THAN} else _Q.ABOUT)
