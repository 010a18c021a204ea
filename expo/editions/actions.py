"""The verbs of editions."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from expo.accounts.models import User
from expo.editions import errors, measured
from expo.editions.models import Edition, Metric, Statistic
from expo.editions.rules import may_correct_statistics, may_enter_statistics, may_make_current
from expo.foundation.errors import NotAllowed
from expo.foundation.eventlog import log

CENT = Decimal("0.01")
LONGEST_NOTE, LONGEST_REASON = 200, 500
EARLIEST_DAYS = 366


@transaction.atomic
def make_current(edition: Edition, *, by: User) -> Edition:
    """Make this the edition that the site is about; the one before is current no more. Repeating it changes nothing.

    Both change in one transaction, so that there is never a moment with two current editions or none.

    Raises:
        NotAllowed: `by` may not change editions.
    """
    editions = {row.pk: row for row in Edition.objects.select_for_update().order_by("pk")}
    if not may_make_current(by):
        raise NotAllowed
    chosen = editions[edition.pk]
    if chosen.is_current:
        return chosen
    before = next((row for row in editions.values() if row.is_current), None)
    if before is not None:
        before.is_current = False
        before.save(update_fields=["is_current"])
    chosen.is_current = True
    chosen.save(update_fields=["is_current"])
    log(chosen, "make_current", by=by, before=before.slug if before else None)
    return chosen


@dataclass(frozen=True)
class Measured:
    """What was measured, and how it is known."""

    value: Decimal
    source_note: str
    measured_at: datetime
    qualifier: str = Statistic.Qualifier.EXACT

    def checked(self, edition: Edition, metric: Metric, now: datetime) -> "Measured":
        """Return it as it is stored, or raise the room's error for the first field that does not hold."""
        note = " ".join(self.source_note.split())
        check_value(self.value, metric)
        if self.qualifier not in dict(measured.QUALIFIERS):
            raise errors.UnknownQualifier
        if not note or len(note) > LONGEST_NOTE:
            raise errors.SourceMissing
        if self.measured_at > now:
            raise errors.MeasuredLater
        if edition.starts_on is not None and self.measured_at.date() < edition.starts_on - timedelta(days=EARLIEST_DAYS):
            raise errors.MeasuredTooEarly
        return replace(self, source_note=note, value=abs(self.value.quantize(CENT)))  # no minus before nought


def check_value(value: Decimal, metric: Metric) -> None:
    """Pass a number that the metric can have. Raises NoNumber, Fractional, TooManyPercent."""
    if not value.is_finite() or not 0 <= value <= measured.LARGEST or value != value.quantize(CENT):
        raise errors.NoNumber
    if metric.unit not in measured.FRACTIONAL_UNITS and value != value.to_integral_value():
        raise errors.Fractional
    if metric.unit == measured.PERCENT and value > measured.MOST_PERCENT:
        raise errors.TooManyPercent


def as_measured(row: Statistic) -> Measured:
    """Return what the entry says, as input."""
    return Measured(row.value, row.source_note, row.measured_at, row.qualifier)


@transaction.atomic
def enter_statistic(
    edition: Edition, metric: Metric, *, by: User, given: Measured, day: date | None = None, beside: bool = False, is_demo: bool = False
) -> Statistic:
    """Write down a figure that no row counts: of the edition as a whole, or of one of its days where the metric is counted by day.

    Args:
        beside: a total is to stand beside its parts, or a part beside its total, because it was counted by itself.
        is_demo: nobody measured it; whoever reads it is told so.

    Raises:
        NotAllowed: `by` does not enter figures.
        Invalid: one of the room's errors, for the field that does not hold.
        StandsAlready, DaysOrWhole, TotalBesideParts: what stands already does not go with it.
    """
    _hold(edition)
    if not may_enter_statistics(by):
        raise NotAllowed
    if metric.key not in measured.ENTERED:
        raise errors.NotEntered
    now = timezone.now()
    given = given.checked(edition, metric, now)
    _check_day(edition, metric, day, given.measured_at)
    _check_others(edition, metric, day, beside=beside)
    row = Statistic(edition=edition, metric=metric, day=day, entered_by=by, entered_at=now, is_demo=is_demo, **vars(given))
    row.save()
    log(row, "enter", by=by, **_as_logged(row))
    return row


@transaction.atomic
def correct_statistic(row: Statistic, *, by: User, given: Measured, reason: str) -> Statistic:
    """Replace a figure that stands by a new row of the same metric and day; the old one stays, with its end and the reason. Returns the new one.

    Of two who correct at once the second is told. An invented value stays marked as one while only what is said about it changes.

    Raises:
        NotAllowed, HoldsNoMore, StatisticReasonMissing, NothingCorrected, Invalid as in `enter_statistic`.
    """
    row, now = _held(row, by), timezone.now()
    given = given.checked(row.edition, row.metric, now)
    _check_day(row.edition, row.metric, row.day, given.measured_at)
    if all(getattr(row, name) == value for name, value in vars(given).items()):
        raise errors.NothingCorrected
    _end(row, now, reason)
    new = Statistic(edition=row.edition, metric=row.metric, day=row.day, replaces=row, entered_by=by, entered_at=now, **vars(given))
    new.is_demo = row.is_demo and new.value == row.value
    new.save()
    log(new, "correct", by=by, **_as_logged(new), replaces=row.pk, before=row.value, reason=row.reason)
    return new


@transaction.atomic
def end_statistic(row: Statistic, *, by: User, reason: str) -> Statistic:
    """Let a figure hold no more; it stays on record with the reason.

    Raises:
        NotAllowed, HoldsNoMore, StatisticReasonMissing.
    """
    row = _held(row, by)
    _end(row, timezone.now(), reason)
    log(row, "end", by=by, value=row.value, reason=row.reason)
    return row


def _as_logged(row: Statistic) -> dict[str, Any]:
    """What the log says of an entry: all of it, so that nobody changes it unseen."""
    measured_at = row.measured_at.astimezone(UTC).isoformat()
    said = {"value": row.value, "qualifier": row.qualifier, "source_note": row.source_note, "measured_at": measured_at}
    return {"edition": row.edition.slug, "metric": row.metric.key, "day": row.day, "is_demo": row.is_demo, **said}


def _hold(edition: Edition) -> None:
    """Let nobody else change the figures of the edition meanwhile: whether days, wholes and parts go together is asked of all of them."""
    Edition.objects.select_for_update(no_key=True).get(pk=edition.pk)


def _held(row: Statistic, by: User) -> Statistic:
    _hold(row.edition)
    row = Statistic.objects.select_related("edition", "metric").get(pk=row.pk)
    if not may_correct_statistics(by):
        raise NotAllowed
    if not row.is_standing:
        raise errors.HoldsNoMore
    return row


def _end(row: Statistic, now: datetime, reason: str) -> None:
    words = reason.strip()
    if not words or len(words) > LONGEST_REASON:
        raise errors.StatisticReasonMissing
    row.ended_at, row.reason = now, words
    row.save(update_fields=["ended_at", "reason"])


def _check_day(edition: Edition, metric: Metric, day: date | None, measured_at: datetime) -> None:
    if day is None:
        return
    if metric.key not in measured.BY_DAY:
        raise errors.NotByDay
    if day not in measured.days_of(edition) or day > measured_at.astimezone(ZoneInfo(edition.time_zone)).date():
        raise errors.DayElsewhere


def _check_others(edition: Edition, metric: Metric, day: date | None, *, beside: bool) -> None:
    stands = Statistic.objects.standing().filter(edition=edition)
    same = list(stands.filter(metric=metric).values_list("day", flat=True))
    if day in same:
        raise errors.StandsAlready
    if same and (day is None or None in same):
        raise errors.DaysOrWhole
    others = measured.SUMS.get(metric.key) or [measured.total_of(metric.key)]
    if not beside and stands.filter(metric__key__in=others).exists():
        raise errors.TotalBesideParts
