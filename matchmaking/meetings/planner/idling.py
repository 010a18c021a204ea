"""Idle time, read off the bits of a diary: slots between two meetings of one day in which there is none."""

from collections.abc import Iterable, Sequence


def idle_slots(busy: int, days: Iterable[int]) -> int:
    """Count the idle slots of a diary. `days` are the masks of the days."""
    idle = 0
    for day in days:
        today = busy & day
        if today:
            idle += today.bit_length() - (today & -today).bit_length() + 1 - today.bit_count()
    return idle


def idle_gaps(busy: int, days: Iterable[int]) -> int:
    """Count the runs of idle slots: each ends where a meeting follows an idle slot, but the first of the day."""
    gaps = 0
    for day in days:
        today = busy & day
        gaps += (today & ~(today << 1)).bit_count() - bool(today)
    return gaps


def fitting(busy: int, days: Sequence[int]) -> tuple[int, int]:
    """Return the slots in which one more meeting fills an idle slot, and those in which it makes none: beside others, beside them in time, or on a day without any."""
    fills = neutral = 0
    for day in days:
        today = busy & day
        if today:
            low, high = today & -today, 1 << today.bit_length()
            fills |= (high - low) & ~today
            neutral |= today | ((low >> 1 | high) & day)
        else:
            neutral |= day
    return fills, neutral
