"""Days and hours as a page says them: "22–26 Jun 2026", "2026年6月22日至26日". Hours are the expo's own."""

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_interval

from expo.foundation.bilingual import is_chinese


def span(first: date, last: date | None = None) -> str:
    """Return one day, or the first and last of several, as short as it stays clear."""
    return _span(first, last or first, "zh_Hans_CN" if is_chinese() else "en_GB")


@lru_cache(maxsize=1000)
def _span(first: date, last: date, locale: str) -> str:
    return str(format_interval(first, last, "yMMMd", locale=locale))


def long_day(day: date) -> str:
    """Return a day with its weekday: "Mon 22 June 2026", "2026年6月22日（周一）"."""
    if is_chinese():
        return str(format_date(day, "y年M月d日（EEE）", locale="zh_Hans_CN"))
    return str(format_date(day, "EEE d MMMM y", locale="en_GB"))


def short_day(day: date) -> str:
    """Return a day of a month that is known: "Mon 22", "22日（周一）"."""
    if is_chinese():
        return str(format_date(day, "d日（EEE）", locale="zh_Hans_CN"))
    return str(format_date(day, "EEE d", locale="en_GB"))


def day_alone(day: date) -> str:
    """Return a day without its weekday, as short as it stays clear beside others: "22 Jun", "22日"."""
    return f"{day.day}日" if is_chinese() else str(format_date(day, "d MMM", locale="en_GB"))


def day_and_month(day: date) -> str:
    """Return a day of a year that is known: "Mon 22 June", "6月22日（周一）"."""
    if is_chinese():
        return str(format_date(day, "M月d日（EEE）", locale="zh_Hans_CN"))
    return str(format_date(day, "EEE d MMMM", locale="en_GB"))


def clock(moment: datetime, time_zone: str) -> str:
    """Return the hour in the expo's time zone, 24 hours: "09:30"."""
    return moment.astimezone(ZoneInfo(time_zone)).strftime("%H:%M")
