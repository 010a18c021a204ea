"""What the expo's files may say of forums, their sessions and speakers."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings

from expo.editions.models import Edition
from expo.foundation.loading import Plan, Row, Sheet
from expo.programme.models import Forum, Session, Speaker


def _zone(plan: Plan, edition: Any) -> ZoneInfo:
    try:
        return ZoneInfo(plan.value(Edition, edition, "time_zone") or settings.TIME_ZONE)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(settings.TIME_ZONE)


def _hours_of_the_place(row: Row, plan: Plan, edition: Any) -> None:
    """Read an hour without a zone as the hour on the clock of the edition."""
    for name in ("starts_at", "ends_at"):
        said = row.values[name]
        moment = dt.datetime.fromisoformat(said) if said else None
        if moment is not None and moment.tzinfo is None:
            row.values[name] = moment.replace(tzinfo=_zone(plan, edition)).isoformat()


def _finish_forum(row: Row, plan: Plan) -> None:
    _hours_of_the_place(row, plan, row.values["edition"])
    starts = row.values["starts_at"]
    if starts is None:
        if row.values["ends_at"] and not any(name == "starts_at" for name, _text in row.wrong):
            row.wrong.append(("starts_at", "is missing: a forum that ends at an hour also starts at one"))
        return
    day = dt.datetime.fromisoformat(starts).astimezone(_zone(plan, row.values["edition"])).date().isoformat()
    if row.values["on"] not in (None, day):
        row.wrong.append(("on", f"expected the day of starts_at, {day}, or nothing"))
    row.values["on"] = day


def _finish_session(row: Row, plan: Plan) -> None:
    _hours_of_the_place(row, plan, row.above.values["edition"] if row.above else None)


SPEAKERS = Sheet(
    name="speakers",
    model=Speaker,
    key=("session", "name_en"),
    parent="session",
    fields=("name", "role"),
)
SESSIONS = Sheet(
    name="sessions",
    model=Session,
    key=("forum", "title_en"),
    parent="forum",
    fields=("title", "starts_at", "ends_at"),
    children=(SPEAKERS,),
    finish=_finish_session,
)
FORUMS = Sheet(
    name="forums",
    model=Forum,
    key=("key",),
    fields=("key", "edition", "title", "kind", "chain", "on", "until", "starts_at", "ends_at", "place", "note", "capacity", "sources"),
    children=(SESSIONS,),
    finish=_finish_forum,
)
SHEETS = (FORUMS,)
