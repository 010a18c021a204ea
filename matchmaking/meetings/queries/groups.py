"""Entries in groups: day by day what is agreed or open, then what has no time, then what came to nothing."""

from collections.abc import Iterable, Sequence
from datetime import date

from django.utils.translation import gettext as _

from expo.foundation.dates import long_day
from matchmaking.meetings.queries.entries import Entry


def groups_of(entries: Sequence[Entry], days: Iterable[date]) -> list[tuple[str, list[Entry]]]:
    """Return pairs of a title and its entries; groups without any are left out."""
    live = [entry for entry in entries if entry.state != "off"]
    groups = [(long_day(day), [entry for entry in live if entry.slot is not None and entry.slot.day == day]) for day in days]
    groups.append((_("Without a time yet"), [entry for entry in live if entry.slot is None]))
    groups.append((_("Came to nothing"), [entry for entry in entries if entry.state == "off"]))
    return [(title, found) for title, found in groups if found]
