"""The verb of exchange rates: an edition states what a currency is worth. Drafts are valued anew; what is on record keeps its amount."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _
from simple_history.utils import bulk_update_with_history

from expo.accounts.models import User
from expo.editions.models import Edition, ExchangeRate
from expo.editions.queries import rates_of
from expo.foundation.errors import NotAllowed
from expo.foundation.eventlog import log
from expo.foundation.models import Event
from expo.foundation.sealing import together
from matchmaking.agreements import checks, errors, rules
from matchmaking.agreements.actions.lines import ledger_log_all
from matchmaking.agreements.actions.valuing import value_draft
from matchmaking.agreements.models import Agreement, Ledger
from matchmaking.agreements.queries.rates import STATED, VALUED_ANEW, RateLine, drafts_in, is_as_stated, rate_line, rates_there, statements

LARGEST_RATE = Decimal(1000)
FINEST = Decimal("0.000001")
LONGEST_SOURCE = 200
OLDEST = datetime.timedelta(days=5 * 366)
BATCH = 500


@dataclass(frozen=True)
class Stated:
    """What stating a rate did: the rate, how many drafts got another amount in yuan, how many rows on record kept theirs."""

    rate: ExchangeRate
    drafts: int
    kept: int


@transaction.atomic
def state_rate(
    edition: Edition,
    *,
    by: User,
    currency: str,
    cny_per_unit: Decimal,
    as_of: datetime.date,
    source_note: str,
    seen: str | None = None,
) -> Stated:
    """State, or state anew, what one unit of a currency is worth in yuan in an edition.

    Every draft of the edition in that currency gets its amount in yuan at this rate, in the same transaction. Rows on record are not
    touched: they keep their amount and the rate used. The statement before stays in the log.

    Args:
        seen: the rate that the person looked at, as `seen_rate` gives it; another one by now, and nothing is written.

    Raises:
        NotAllowed, RateChangedMeanwhile, RateUnchanged (the very same is stated), Invalid: one of the room's errors, by field.
    """
    # Two statements for one currency at once: the second reads what the first wrote.
    edition = Edition.objects.select_for_update(no_key=True).get(pk=edition.pk)
    if not rules.may_state_rates(by):
        raise NotAllowed
    check_statement(edition, currency=currency, cny_per_unit=cny_per_unit, as_of=as_of, source_note=source_note)
    line = rate_line(edition, currency)
    if seen is not None and seen != seen_rate(line.rate):
        raise errors.RateChangedMeanwhile
    given = {"cny_per_unit": cny_per_unit, "as_of": as_of, "source_note": " ".join(source_note.split())}
    if line.rate is not None and all(getattr(line.rate, name) == value for name, value in given.items()):
        raise errors.RateUnchanged
    before = line.rate.cny_per_unit if line.rate is not None else None
    rate, _made = ExchangeRate.objects.update_or_create(edition=edition, currency=currency, defaults=given)
    with together():
        return _stated(rate, given, before, line, by)


def _stated(rate: ExchangeRate, given: dict[str, Any], before: Decimal | None, line: RateLine, by: User) -> Stated:
    """Value the drafts and write the line, sealed as one."""
    edition, currency = rate.edition, rate.currency
    drafts = _value_drafts(edition, currency, by=by)
    said = {**given, "edition": edition.slug, "currency": currency, "before": before, "drafts": len(drafts), "kept": line.on_record}
    # The line stands in the log of the edition's ledger, which lasts; one of the rate itself would be pruned in time.
    ledger, _new = Ledger.objects.get_or_create(edition=edition)
    log(ledger, STATED, by=by, **said)
    return Stated(rate, len(drafts), line.on_record)


def check_statement(edition: Edition, *, currency: str, cny_per_unit: Decimal, as_of: datetime.date, source_note: str) -> None:
    """Pass silently, or raise the room's error for the first field that does not hold."""
    checks.check_currency(currency)
    if currency == "CNY":
        raise errors.RateOfYuan
    if not cny_per_unit.is_finite() or not 0 < cny_per_unit < LARGEST_RATE or cny_per_unit != cny_per_unit.quantize(FINEST):
        raise errors.RateNotUsable
    if as_of > checks.today_in(edition):
        raise errors.RateDayAhead
    if as_of < min(checks.today_in(edition), edition.starts_on or datetime.date.max) - OLDEST:
        raise errors.RateTooOld
    if not source_note.strip() or len(source_note.strip()) > LONGEST_SOURCE:
        raise errors.RateWithoutSource


def seen_rate(rate: ExchangeRate | None) -> str:
    """Return a text that is another one once another statement stands: to be handed back to `state_rate`."""
    return "" if rate is None else f"{rate.cny_per_unit.normalize():f} {rate.as_of.isoformat()}"


def _value_drafts(edition: Edition, currency: str, *, by: User | None) -> list[Event]:
    """Give the edition's drafts in a currency their amount in yuan at the rate that stands now. Returns a line of the log for each that changed.

    Inside the caller's transaction. A draft that is put on record meanwhile keeps what it was recorded with.

    Raises:
        ValueTooLarge: one of them would be worth more than the ledger holds; its name is said.
    """
    rates, changed = rates_of(edition), []
    for draft in drafts_in(edition, currency).select_for_update().order_by("pk"):
        draft.edition = edition
        try:
            if value_draft(draft, rates):
                changed.append(draft)
        except errors.ValueTooLarge as refusal:
            words = _("“%(title)s” would be worth more than the ledger can hold at this rate.") % {"title": draft.title}
            raise errors.ValueTooLarge(words, field="cny_per_unit") from refusal
    return _keep(changed, by) if changed else []


def follow_rates(before: Mapping[int, tuple[Any, ...]]) -> int:
    """Write into the log which rates files brought, and value all drafts at them. Returns how many got another amount in yuan.

    Args:
        before: what `rates_there` returned before the files were loaded.

    Raises:
        ValueTooLarge: one of them would be worth more than the ledger holds.
    """
    drafts = Agreement.objects.filter(status__in=VALUED_ANEW, is_undisclosed=False).order_by()
    lines: list[Event] = []
    with transaction.atomic(), together():
        for key, currency in sorted(drafts.values_list("edition", "currency").distinct()):
            lines += _value_drafts(Edition.objects.get(pk=key), currency, by=None)
        _state_what_files_said(before)
    return len(lines)


def _state_what_files_said(there: Mapping[int, tuple[Any, ...]]) -> None:
    """Write a line for each rate that files brought or changed, or that was never stated.

    One that is not as it was stated, and that no file changed, was changed behind the site's back: a line would hide it from the proof.
    """
    stated, now = statements(), rates_there()
    for rate in ExchangeRate.objects.exclude(currency="CNY").select_related("edition").order_by("edition", "currency"):
        ledger, _new = Ledger.objects.get_or_create(edition=rate.edition)
        before = stated.get((ledger.pk, rate.currency))
        if before is not None and (is_as_stated(rate, before) or there.get(rate.pk) == now[rate.pk]):
            continue
        said = {"cny_per_unit": rate.cny_per_unit, "as_of": rate.as_of, "source_note": rate.source_note, "currency": rate.currency}
        line = rate_line(rate.edition, rate.currency)
        was = before.get("cny_per_unit") if before else None
        log(ledger, STATED, by=None, **said, edition=rate.edition.slug, before=was, drafts=line.drafts, kept=line.on_record, by_files=True)


def _keep(drafts: list[Agreement], by: User | None) -> list[Event]:
    columns, why = ["amount_cny", "rate_used"], "valued anew"
    bulk_update_with_history(drafts, Agreement, columns, batch_size=BATCH, default_user=by, default_change_reason=why)
    prefetch_related_objects(drafts, "parties")
    return ledger_log_all(((draft, "revalue", {"amount_cny": draft.amount_cny, "rate": draft.rate_used}) for draft in drafts), by=by)
