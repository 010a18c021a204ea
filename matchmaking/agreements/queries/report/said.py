"""What may be said of a tally: the press wording, how far it is from what was published, and its change."""

import datetime
from collections.abc import Callable
from decimal import Decimal

from django.utils import translation

from expo.editions.queries import Standing
from expo.foundation.dates import span
from matchmaking.agreements import wording
from matchmaking.agreements.queries.report.changes import Before, exact_share
from matchmaking.agreements.queries.report.measures import Amount, Counted, Entered, Measure
from matchmaking.agreements.queries.report.shapes import NOTHING, Both, Difference, Published
from matchmaking.agreements.queries.report.tallies import DOLLAR, Tally

NOTHING_LOGGED = Both("Nothing of this was logged in this edition.", "本届未在系统中记录此项。")
NOT_ENTERED = Both("Nobody has entered this figure for this edition.", "本届尚未录入此项数据。")
NOT_COUNTED = Both("Not counted here; only what was published is shown.", "系统未统计，仅列出已公布的数字。")
NO_NEXT = Both("No sign-ups for a next edition are on file.", "没有下届签约的记录。")
NO_RATE = Both("The edition states no rate for the US dollar.", "本届未设定美元汇率。")


def both(say: Callable[[str], str]) -> Both:
    """Return what `say` says in each language."""
    return Both(say("en"), say("zh"))


def words_of(measure: Measure, tally: Tally, before: Before | None) -> Both:
    """Return the press wording of what was logged, with its change where `before` is given; nothing where nothing was logged."""
    return NOTHING if tally.value is None else both(lambda language: _said(measure, tally, before, language))


def _said(measure: Measure, tally: Tally, before: Before | None, language: str) -> str:
    value = tally.value or Decimal(0)
    if measure.is_share and not isinstance(measure.how, Entered):
        return wording.share(exact_share(tally), before.value if before else None, same_definition=True, language=language)
    if isinstance(measure.how, Amount):
        said = _amount(measure.how, tally, language)
        return wording.with_shift(said, value, before.value, language, is_sum=True) if before else said
    if isinstance(measure.how, Entered):
        said = _entered(measure, tally, language)
    elif measure.words is not None:
        said = wording.count(int(value), measure.words, language)
    else:
        said = wording.bare_count(int(value), language) + (measure.measure if language == "zh" else "")
    return wording.with_shift(said, value, before.value, language) if before else said


def _amount(how: Amount, tally: Tally, language: str) -> str:
    if not tally.amount_cny:
        return wording.no_amount(language)
    if how.currency == DOLLAR:
        return wording.dollars(tally.value or Decimal(0), language)
    return wording.amount(tally.amount_cny, undisclosed=tally.undisclosed, usd_rate=tally.usd_rate, language=language)


def _entered(measure: Measure, tally: Tally, language: str) -> str:
    standing = tally.standing
    value = tally.value or Decimal(0)
    if measure.unit == "percent":
        return wording.published(value, measure.unit, language)
    return wording.qualified(value, standing.qualifier if standing else "exact", measure.words, language)


def why_not(measure: Measure, tally: Tally) -> Both:
    """Return why nothing is said of the measure; nothing where something is."""
    if tally.value is not None:
        return NOTHING
    how = measure.how
    if isinstance(how, Amount):
        return NOTHING_LOGGED if tally.amount_cny is None else NO_RATE
    if isinstance(how, Entered):
        return NOT_ENTERED
    if isinstance(how, Counted) and measure.key == "next_edition_signups":
        return NO_NEXT
    return getattr(how, "why", NOTHING_LOGGED)


def note_of(measure: Measure, tally: Tally) -> Both:
    """Return what must be known beside the figure: what a sum leaves out, at which rate, who measured it."""
    if isinstance(measure.how, Amount) and tally.amount_cny is not None:
        return both(lambda language: _note_of_amount(tally, language))
    if tally.unknown:
        return Both(f"Of {tally.unknown:,} more it is not known.", f"另有{tally.unknown}家情况不详。")
    if tally.standing is not None:
        standing = tally.standing
        return both(lambda language: _note_of_entry(standing, language))
    return measure.note


def _note_of_amount(tally: Tally, language: str) -> str:
    notes = []
    if tally.undisclosed:
        one = tally.undisclosed == 1
        english = f"{tally.undisclosed:,} of them {'discloses' if one else 'disclose'} no amount and {'is' if one else 'are'} left out of the sum."
        notes.append(f"其中{tally.undisclosed}项未披露金额，不计入总额。" if language == "zh" else english)
    if tally.usd_rate:
        rate = f"{tally.usd_rate.normalize():f}"
        notes.append(f"1美元折合{rate}元。" if language == "zh" else f"One US dollar is {rate} yuan.")
    return "".join(notes) if language == "zh" else " ".join(notes)


def _note_of_entry(standing: Standing, language: str) -> str:
    chinese = language == "zh"
    notes = [f"来源：{'；'.join(standing.source_notes)}。" if chinese else f"Source: {'; '.join(standing.source_notes)}."]
    if standing.parts:
        notes.append("为线下与线上之和。" if chinese else "The sum of on site and online.")
    if not standing.is_whole:
        days = len(standing.days)
        notes.append(f"仅录入{days}天。" if chinese else f"Only {days} day{'' if days == 1 else 's'} entered.")
    if standing.beside is not None and standing.beside != standing.value:
        said = wording.number(standing.beside, language)
        notes.append(
            f"总数为单独统计；线下与线上之和为{said}。"
            if chinese
            else f"The total was counted by itself; on site and online sum to {said}."
        )
    return "".join(notes) if chinese else " ".join(notes)


def difference_of(measure: Measure, tally: Tally, published: Published | None) -> Difference | None:
    """Return the logged figure less the published one; None where one of the two is missing."""
    if tally.value is None or published is None:
        return None
    unit = measure.unit if measure.unit in {"CNY", "USD"} else "points" if measure.is_share else "count"
    value = tally.value - published.value
    percent = wording.shift_percent(tally.value, published.value) if unit != "points" and published.value > 0 else None
    words = both(
        lambda language: wording.difference(
            tally.value or Decimal(0), published.value, unit=unit, qualifier=published.qualifier, language=language
        )
    )
    return Difference(value, unit, percent, wording.holds(tally.value, published.value, published.qualifier), words)


def day_words(first: datetime.date | None, last: datetime.date | None) -> Both:
    """Return the edition's days in both languages; nothing where they are not on file."""
    if first is None:
        return NOTHING
    with translation.override("en"):
        english = span(first, last)
    with translation.override("zh-hans"):
        return Both(english, span(first, last))
