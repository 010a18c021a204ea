"""Hours on the expo's own clocks, as moments."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo


def moment_on(day: date, hour: time, time_zone: str) -> datetime | None:
    """Return the moment at which the expo's clocks show the hour, in UTC; None for one that they skip, or show twice."""
    local = datetime.combine(day, hour, ZoneInfo(time_zone))
    first, second = local.astimezone(UTC), local.replace(fold=1).astimezone(UTC)
    return first if first == second else None
