"""The change of a figure against the previous edition: said within one definition and between exact figures, or not at all, with the reason."""

from dataclasses import dataclass
from decimal import Decimal

from expo.editions.models import Edition, ReportedFigure
from matchmaking.agreements import wording
from matchmaking.agreements.queries.report.measures import Amount, Measure
from matchmaking.agreements.queries.report.metrics import ALONE, TOGETHER
from matchmaking.agreements.queries.report.shapes import NOTHING, Both, Change
from matchmaking.agreements.queries.report.tallies import DOLLAR, Tally

LOGGED, PUBLISHED = "logged", "published"
EXACT = ReportedFigure.Qualifier.EXACT
Best = dict[tuple[int, str], ReportedFigure]
NO_PREVIOUS = Both("No edition before this one is on file.", "没有更早一届的记录。")
NOTHING_BEFORE = Both("Nothing was logged or published of this for the previous edition.", "上届此项既无记录也无公布的数字。")
OTHER_DEFINITION = Both(
    "No change is said: what was published for the previous edition is counted by another definition.",
    "不作同比：上届公布的数字统计口径不同。",
)
NOT_EXACT = Both("No change is said: what was published for the previous edition is no exact figure.", "不作同比：上届公布的并非确切数字。")
MERGED_BEFORE = Both(
    "No change is said: for the previous edition agreements and intentions were published in one total only.",
    "不作同比：上届公布的是协议与意向的合计，未分别公布。",
)
APART_BEFORE = Both(
    "No change is said: for the previous edition agreements and intentions were published apart, and are not added here.",
    "不作同比：上届协议与意向分别公布，此处不予相加。",
)
MERGED_HERE = Both(
    "No change can be said for either alone: for this edition agreements and intentions were published in one total only.",
    "本届公布的是协议与意向的合计，任一单项均不能作同比。",
)
NOT_EXACT_NOW = Both("No change is said: the figure is no exact one.", "不作同比：本届数字并非确切数字。")
FROM_NOTHING = Both("No change is said: the previous edition's figure is zero.", "不作同比：上届数字为零。")
IN_YUAN = Both("The change is said in yuan: the rates of the two editions may differ.", "同比以人民币计算：两届汇率可能不同。")


@dataclass(frozen=True)
class Before:
    """The previous edition's figure that a change is said against."""

    value: Decimal
    basis: str
    edition: Edition


def before_of(
    measure: Measure,
    now: Tally,
    previous: Edition | None,
    then: Tally,
    best: Best,
) -> Before | Both:
    """Return what a change may be said against, or why none is said.

    The previous edition's logged figure where it logged any, else the published one that stands for it: only under the same definition, and only
    an exact one.
    """
    if now.value is None:
        return NOTHING
    if previous is None:
        return NO_PREVIOUS
    if isinstance(measure.how, Amount) and measure.how.currency == DOLLAR:
        return IN_YUAN
    if not _is_exact(now):
        return NOT_EXACT_NOW
    return _logged_before(measure, previous, then) if then.value is not None else _published_before(measure, previous, best)


def exact_share(tally: Tally) -> Decimal:
    """Return the share in percent, not rounded."""
    return Decimal(tally.part or 0) * 100 / Decimal(tally.whole or 1)


def _is_exact(tally: Tally) -> bool:
    """Of a figure entered by day, only where every day was entered."""
    return tally.standing is None or (tally.standing.qualifier == EXACT and tally.standing.is_whole)


def _logged_before(measure: Measure, previous: Edition, then: Tally) -> Before | Both:
    if not _is_exact(then):
        return NOT_EXACT
    value = exact_share(then) if then.whole else then.value or Decimal(0)
    return Before(value, LOGGED, previous) if value > 0 or measure.is_share else FROM_NOTHING


def _published_before(measure: Measure, previous: Edition, best: Best) -> Before | Both:
    figure = best.get((previous.pk, measure.key))
    refused = _merged(measure.key, previous, best)
    if figure is None:
        refused = refused or NOTHING_BEFORE
    elif measure.has_own_definition:
        refused = refused or OTHER_DEFINITION
    elif figure.qualifier != EXACT:
        refused = refused or NOT_EXACT
    elif figure.value <= 0 and not measure.is_share:
        refused = refused or FROM_NOTHING
    return refused or Before(figure.value if figure else Decimal(0), PUBLISHED, previous)


def _merged(key: str, previous: Edition, best: Best) -> Both:
    apart = any((previous.pk, alone) in best for alone in ALONE)
    together = (previous.pk, TOGETHER) in best
    if key in ALONE and together and not apart:
        return MERGED_BEFORE
    return APART_BEFORE if key == TOGETHER and apart and not together else NOTHING


def change_of(measure: Measure, tally: Tally, before: Before) -> Change:
    """Return the change against the previous edition's figure. `tally` has a value."""
    now = tally.value or Decimal(0)
    if measure.is_share:
        old = wording.percent(before.value, 100)
        value, unit = wording.percent(now, 100) - old, "points"
    else:
        value, unit = wording.shift_percent(now, before.value), "percent"
    return Change(value, unit, before.value, before.basis, before.edition.slug, _change_words(value, unit), _against(measure, before))


def _change_words(value: int, unit: str) -> Both:
    sign = "+" if value > 0 else "\N{MINUS SIGN}" if value < 0 else "±"
    figure = f"{sign}{abs(value):,}"
    if unit == "points":
        return Both(f"{figure} point{'' if abs(value) == 1 else 's'}", f"{figure}个百分点")
    return Both(f"{figure}%", f"{figure}%")


def _against(measure: Measure, before: Before) -> Both:
    figure = wording.percent(before.value, 100) if measure.is_share else before.value
    unit = "percent" if measure.is_share else measure.unit
    english, chinese = (wording.published(Decimal(figure), unit, language) for language in ("en", "zh"))
    name = Both(before.edition.short_name_en, before.edition.short_name_zh or before.edition.short_name_en)
    logged = before.basis == LOGGED
    return Both(
        f"Against {english} {'logged' if logged else 'published'} for {name.en}.",
        f"对比{name.zh}{'系统记录的' if logged else '公布的'}{chinese}。",
    )
