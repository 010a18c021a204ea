"""What the figures rest on beside the agreements: frozen reports, exchange rates, and figures that staff measured."""

from datetime import UTC
from decimal import Decimal
from typing import Any

from expo.editions.models import ExchangeRate, Statistic
from expo.foundation.models import Event, Seal
from expo.foundation.proving import Finding, Tell
from matchmaking.agreements.models import FrozenReport, Ledger
from matchmaking.agreements.queries.checking.lines import Step, steps_of
from matchmaking.agreements.queries.rates import is_as_stated, statements
from matchmaking.agreements.queries.report.keeping import digest_of

FROZEN, LEDGER, MEASURED = FrozenReport._meta.label, Ledger._meta.label, Statistic._meta.label


def prove_frozen(tell: Tell) -> int:
    """Tell of frozen reports that are not what the log says of them, whose head the chain does not have, or that are gone; return how many there are."""
    lines = {int(key): Step.read(*line) for key, *line in _lines(FROZEN, "freeze")}
    number = 0
    for report in FrozenReport.objects.select_related("edition").order_by("pk").iterator(1):
        number += 1
        line = lines.pop(report.pk, None)
        name = f"The frozen report {report.number} of {report.edition.slug}"
        if line is None or not _is_report_of(report, line):
            tell(Finding("frozen_report_changed", f"{FROZEN} {report.pk}", f"{name} is not what was frozen."))
        block, _colon, digest = report.ledger_head.partition(":")
        if block.isdecimal() and int(block) and not Seal.objects.filter(number=int(block), digest=digest).exists():
            says = f"{name} was frozen when block {block} of the log had another digest: the chain was made anew from there on, or before."
            tell(Finding("head_differs", f"{FROZEN} {report.pk}", says))
    for key, line in lines.items():
        says = f"The frozen report {line.data.get('number')} of {line.data.get('edition')} is gone."
        tell(Finding("frozen_report_missing", f"{FROZEN} {key}", says))
    return number


def _is_report_of(report: FrozenReport, line: Step) -> bool:
    said = {"sha256": report.sha256, "edition": report.edition.slug, "number": report.number}
    said |= {"ledger_head": report.ledger_head, "note": report.note}
    return (
        digest_of(report.content) == report.sha256
        and all(line.data.get(name) == value for name, value in said.items())
        and report.definitions_version == report.content.get("definitions")
        and report.frozen_by_id == line.actor
        and line.is_of(report.frozen_at)
    )


def prove_rates(tell: Tell) -> int:
    """Tell of exchange rates that are not what was stated last, or that are gone; return how many rates no line of the log states."""
    ledgers, stated, unstated = dict(Ledger.objects.values_list("edition", "pk")), statements(), 0
    for rate in ExchangeRate.objects.exclude(currency="CNY").select_related("edition").order_by("pk"):
        said = stated.pop((ledgers.get(rate.edition_id, 0), rate.currency), None)
        if said is None:
            unstated += 1
        elif not is_as_stated(rate, said):
            says = f"The rate of {rate.currency} in {rate.edition.slug} is not the one that was stated last."
            tell(Finding("rate_changed", f"{ExchangeRate._meta.label} {rate.pk}", says))
    for (ledger, currency), said in stated.items():
        says = f"The rate of {currency} in {said.get('edition')} that was stated last is gone, or the ledger it was stated in."
        tell(Finding("rate_missing", f"{LEDGER} {ledger}", says))
    return unstated


def prove_statistics(tell: Tell) -> None:
    """Tell of measured figures that are not what was entered, that nobody entered, or that are gone."""
    keys = [int(key) for key in Event.objects.filter(thing=MEASURED).order_by().values_list("thing_id", flat=True).distinct()]
    told = steps_of(MEASURED, keys)
    ended = {step.data.get("replaces"): step for steps in told.values() for step in steps if step.verb == "correct"}
    for row in Statistic.objects.select_related("edition", "metric").order_by("pk"):
        steps = told.pop(row.pk, [])
        first = next((step for step in steps if step.verb in {"enter", "correct"}), None)
        end = next((step for step in steps if step.verb == "end"), ended.get(row.pk))
        name = f"The figure {row.pk} ({row.metric.key} of {row.edition.slug})"
        if first is None:
            tell(Finding("statistic_not_logged", f"{MEASURED} {row.pk}", f"{name} was entered by nobody: the log has no line of it."))
        elif not _is_entry_of(row, first) or not _is_ended_by(row, end):
            tell(Finding("statistic_changed", f"{MEASURED} {row.pk}", f"{name} is not what was entered."))
    for key in told:
        tell(Finding("statistic_missing", f"{MEASURED} {key}", f"The figure {key} that was entered is gone."))


def _is_entry_of(row: Statistic, step: Step) -> bool:
    values: dict[str, Any] = {
        "edition": row.edition.slug,
        "metric": row.metric.key,
        "day": row.day.isoformat() if row.day else None,
        "qualifier": row.qualifier,
        "source_note": row.source_note,
        "is_demo": row.is_demo,
        "measured_at": row.measured_at.astimezone(UTC).isoformat(),
        "replaces": row.replaces_id,
    }
    said = step.data
    fits = all(value == said[name] for name, value in values.items() if name in said)
    return fits and Decimal(str(said.get("value"))) == row.value and row.entered_by_id == step.actor and step.is_of(row.entered_at)


def _is_ended_by(row: Statistic, step: Step | None) -> bool:
    if step is None:
        return row.ended_at is None
    return step.is_of(row.ended_at) and row.reason == step.data.get("reason")


def _lines(thing: str, verb: str) -> Any:
    found = Event.objects.filter(thing=thing, verb=verb).order_by("pk")
    return found.values_list("thing_id", "at", "actor", "verb", "data")
