"""The words of the press for counted figures, in English and Chinese.

Pure: numbers in, words out; no database, no clock. `language` is "en" or "zh". The rules:

- round down, never up, to two significant digits above 1,000; amounts of a billion or more keep three;
- an exact round figure is said bare, anything else is "over" (counts) or "more than" (amounts);
- "incomplete statistics" if and only if a counted agreement has no disclosed amount;
- dollars are derived at the stated rate from the exact total in yuan, rounded down and always "some";
- shares are whole percents, rounded half up; a change is said only between figures of the same definition;
- Chinese counts in 万 and 亿 as a newspaper would.
"""

from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

THOUSAND, MILLION, BILLION, TRILLION = Decimal(10**3), Decimal(10**6), Decimal(10**9), Decimal(10**12)
NEARLY = Decimal("0.9")
WAN, YI = Decimal(10**4), Decimal(10**8)
# Each big unit with the smallest part of it that may stand before it: in Chinese 亿 goes down to the 万.
ENGLISH_STEPS = ((TRILLION, "trillion", "0.01"), (BILLION, "billion", "0.01"), (MILLION, "million", "0.01"))
CHINESE_STEPS = ((TRILLION, "万亿", "0.01"), (YI, "亿", "0.0001"), (WAN, "万", "0.01"))


@dataclass(frozen=True)
class Words:
    """The words for one kind of thing: English singular and plural, Chinese counted noun with its measure word."""

    one: str
    many: str
    chinese: str


AGREEMENTS = Words("cooperation agreement", "cooperation agreements", "项合作协议")
INTENTIONS = Words("cooperation intention", "cooperation intentions", "项合作意向")
BOTH = Words("cooperation agreement or intention", "cooperation agreements and intentions", "项合作协议和意向")


def rounded_down(value: Decimal, digits: int) -> Decimal:
    """Return `value` (not negative) cut to its first `digits` significant digits; never more than `value`."""
    if value < 0 or not value.is_finite():
        raise ValueError("Only counted figures are worded: finite, and not below zero.")
    if value == 0:
        return Decimal(0)
    unit = Decimal(1).scaleb(value.adjusted() - digits + 1)
    return (value // unit) * unit if unit > 1 else value.quantize(unit, rounding=ROUND_FLOOR)


def said_count(value: int) -> tuple[Decimal, bool]:
    """Return the figure that is said for a count, and whether it is said bare. Up to 1,000 every count is said as it is."""
    exact = Decimal(value)
    said = rounded_down(exact, 2) if exact > THOUSAND else rounded_down(exact, 4)
    return said, said == exact


def said_amount(value: Decimal) -> tuple[Decimal, bool]:
    """Return the figure that is said for an amount in yuan, and whether it is said bare."""
    if value > THOUSAND:
        said = rounded_down(value, 3 if value >= BILLION else 2)
    else:
        said = value.quantize(Decimal(1), rounding=ROUND_FLOOR) or value
    return said, said == value


def number(value: Decimal | int, language: str) -> str:
    """Return a figure in the language's digits and big units: "6,700", "152 billion", "16万", "1520亿"; nothing is rounded.

    A big unit is used where at most two decimals stand before it, four before 亿; English counts below a million stay in digits.
    """
    value = Decimal(value)
    for step, word, least in CHINESE_STEPS if language == "zh" else ENGLISH_STEPS:
        scaled = value / step
        if scaled >= 1 and scaled == scaled.quantize(Decimal(least)) and not (step == WAN and value >= YI):
            return f"{_digits(scaled, language)}{word}" if language == "zh" else f"{_digits(scaled, language)} {word}"
    return _digits(value, language)


def _digits(value: Decimal, language: str) -> str:
    text = f"{value:f}" if language == "zh" and value < YI else f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def count(value: int, words: Words, language: str) -> str:
    """Say a count: "over 6,700 cooperation agreements and intentions", "超过6700项合作协议和意向"."""
    said, is_bare = said_count(value)
    if language == "zh":
        return f"{'' if is_bare else '超过'}{number(said, 'zh')}{words.chinese}"
    return f"{'' if is_bare else 'over '}{number(said, 'en')} {words.one if value == 1 else words.many}"


def bare_count(value: int, language: str) -> str:
    """Say a count without its noun: "160,000", "16万", "over 37,000", "超过3.7万"."""
    said, is_bare = said_count(value)
    lead = "" if is_bare else ("超过" if language == "zh" else "over ")
    return lead + number(said, language)


def amount(amount_cny: Decimal, *, undisclosed: int, usd_rate: Decimal | None, language: str) -> str:
    """Say the total of an edition.

    Args:
        amount_cny: the exact sum of the disclosed amounts, in yuan.
        undisclosed: how many of the counted agreements have no disclosed amount.
        usd_rate: yuan for one dollar as the edition states it; None leaves the dollars out.

    Returns:
        "according to incomplete statistics, more than 152 billion yuan (some $21.03 billion)" and the like; '' where no
        amount was disclosed at all.
    """
    if amount_cny <= 0:
        return ""
    said, is_bare = said_amount(amount_cny)
    dollars = _dollars(amount_cny, usd_rate, language) if usd_rate else ""
    if language == "zh":
        lead = "据不完全统计，" if undisclosed else ""
        return f"{lead}金额{'' if is_bare else '超过'}{number(said, 'zh')}元人民币{dollars}"
    lead = "according to incomplete statistics, " if undisclosed else ""
    return f"{lead}{'' if is_bare else 'more than '}{number(said, 'en')} yuan{dollars}"


def _dollars(amount_cny: Decimal, usd_rate: Decimal, language: str) -> str:
    said = said_dollars(amount_cny / usd_rate)
    if said == 0:
        return ""
    return f"（约合{number(said, 'zh')}美元）" if language == "zh" else f" (some ${number(said, 'en')})"


def said_dollars(value: Decimal) -> Decimal:
    """Return the dollars that are said: billions down to two decimals, less as any amount."""
    if value >= BILLION:
        return (value / BILLION).quantize(Decimal("0.01"), rounding=ROUND_FLOOR) * BILLION
    return said_amount(value)[0]


def percent(part: Decimal | int, whole: Decimal | int) -> int:
    """Return the share in whole percents, rounded half up.

    Raises:
        ValueError: `whole` is not above zero.
    """
    if whole <= 0:
        raise ValueError("A share of nothing is not said.")
    return _half_up(Decimal(part) * 100 / Decimal(whole))


def change(now: int, before: int | None, *, same_definition: bool, language: str, measure: str = "") -> str:
    """Say a count with its change against the previous edition: "620, up 20 percent from the previous edition".

    The change is left out where the definitions differ or there is nothing to compare with. `measure` is the Chinese
    measure word (家, 项).
    """
    said = bare_count(now, language) + (measure if language == "zh" else "")
    return with_shift(said, now, before, language) if same_definition and before else said


def with_shift(said: str, now: Decimal | int, before: Decimal | int, language: str, *, is_sum: bool = False) -> str:
    """Return what is said of a figure with its change: "over 37,000, up 2 percent from the previous edition".

    `is_sum` says that the figure is an amount: as much as, not as many as.

    Raises:
        ValueError: `before` is not above zero.
    """
    shift = shift_of(now, before, language, is_sum=is_sum)
    return f"{said}，{shift}" if language == "zh" else f"{said}, {shift}"


def shift_of(now: Decimal | int, before: Decimal | int, language: str, *, is_sum: bool = False) -> str:
    """Say a rise or fall in whole percents, rounded half up: "up 20 percent from the previous edition", "比上届增长20%".

    Raises:
        ValueError: `before` is not above zero.
    """
    whole = abs(shift_percent(now, before))
    difference = Decimal(now) - Decimal(before)
    return _shift_zh(difference, whole) if language == "zh" else _shift_en(difference, whole, "much" if is_sum else "many")


def shift_percent(now: Decimal | int, before: Decimal | int) -> int:
    """Return the change in whole percents, rounded half up away from zero; below zero for a fall.

    Raises:
        ValueError: `before` is not above zero.
    """
    if before <= 0:
        raise ValueError("A change from nothing is not said.")
    return _half_up((Decimal(now) - Decimal(before)) * 100 / Decimal(before))


def _shift_en(difference: Decimal, whole: int, many: str) -> str:
    if difference == 0:
        return f"as {many} as in the previous edition"
    if whole == 0:
        return f"almost as {many} as in the previous edition"
    return f"{'up' if difference > 0 else 'down'} {whole:,} percent from the previous edition"


def _shift_zh(difference: Decimal, whole: int) -> str:
    if difference == 0:
        return "与上届持平"
    if whole == 0:
        return "与上届基本持平"
    return f"比上届{'增长' if difference > 0 else '下降'}{whole}%"


def share(now: Decimal | int, before: Decimal | int | None, *, same_definition: bool, language: str) -> str:
    """Say a share in percent with what it was before: "up from 26 percent to 32 percent", "从26%上升到32%"."""
    new = _half_up(Decimal(now))
    if before is None or not same_definition:
        return f"{new}%" if language == "zh" else f"{new} percent"
    old = _half_up(Decimal(before))
    if old == new:
        return f"{new}%，与上届持平" if language == "zh" else f"{new} percent, as in the previous edition"
    if language == "zh":
        return f"从{old}%{'上升' if new > old else '下降'}到{new}%"
    return f"{'up' if new > old else 'down'} from {old} percent to {new} percent"


def _half_up(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def published(value: Decimal, unit: str, language: str) -> str:
    """Return a published figure as a reader expects it, digit for digit what was published: "26%", "152 billion yuan", "16万"."""
    if unit.startswith("percent"):
        return f"{_digits(value, language)}%"
    text = number(value, language)
    if unit == "USD" and language == "en":
        return f"${text}"
    english, chinese = MEASURES.get(unit, ("", ""))
    return text + (chinese if language == "zh" else english)


# Of what is measured, not counted: the figure says little without it.
MEASURES = {
    "CNY": (" yuan", "元人民币"),
    "USD": ("", "美元"),
    "sqm": ("\N{NO-BREAK SPACE}m²", "平方米"),
    "tonnes": ("\N{NO-BREAK SPACE}tonnes", "吨"),
    "times": ("\N{NO-BREAK SPACE}times", "倍"),
}
QUALIFIERS = {
    "exact": ("exactly", "确切"),
    "more_than": ("more than", "超过"),
    "about": ("about", "约"),
    "nearly": ("nearly", "近"),
    "at_least": ("at least", "至少"),
    "derived": ("derived", "推算"),
}


def qualified(value: Decimal, qualifier: str, words: Words | None, language: str) -> str:
    """Say a figure that was measured elsewhere, as exact as it was handed over: "over 160,000", "about 200,000", "近80".

    An exact one, and a lower bound, are rounded down as any count; "about" and "nearly" keep every digit, since they are rounded already.
    """
    if value != value.to_integral_value():
        return number(value, language)
    if qualifier == "exact":
        return count(int(value), words, language) if words else bare_count(int(value), language)
    noun = "" if words is None else words.chinese if language == "zh" else f" {words.one if value == 1 else words.many}"
    figure = value if qualifier in {"about", "nearly", "derived"} else said_count(int(value))[0]
    english, chinese = (
        ("over", "超过") if qualifier == "more_than" else ("about", "约") if qualifier == "derived" else QUALIFIERS[qualifier]
    )
    return f"{chinese}{number(figure, 'zh')}{noun}" if language == "zh" else f"{english} {number(figure, 'en')}{noun}"


def dollars(value: Decimal, language: str) -> str:
    """Say an amount in dollars that was derived at a stated rate: "some $21.03 billion", "约合210.3亿美元"; '' for nothing."""
    said = said_dollars(value)
    if said == 0:
        return ""
    return f"约合{number(said, 'zh')}美元" if language == "zh" else f"some ${number(said, 'en')}"


def no_amount(language: str) -> str:
    """Say that there are agreements, and that none of them discloses an amount."""
    return "未披露金额" if language == "zh" else "no amount was disclosed"


def holds(logged: Decimal, published: Decimal, qualifier: str) -> bool | None:
    """Say whether the logged figure bears out a published bound; None where the published figure is no bound.

    "Nearly" is borne out from nine tenths of it on: 47 are nearly 50, 41 are not nearly 70.
    """
    if qualifier == "more_than":
        return logged > published
    if qualifier == "at_least":
        return logged >= published
    return published * NEARLY <= logged < published if qualifier == "nearly" else None


def difference(logged: Decimal, published: Decimal, *, unit: str, qualifier: str, language: str) -> str:
    """Say by how much the logged figure differs from the published one: "34 more than published; “more than” holds".

    `unit` is "count", "points" (of a share), "CNY" or "USD". Nothing is rounded.
    """
    chinese = language == "zh"
    text = _apart(logged - published, unit, chinese=chinese)
    borne_out = holds(logged, published, qualifier)
    if borne_out is None:
        return text
    bound = QUALIFIERS[qualifier][1 if chinese else 0]
    if chinese:
        return f"{text}；“{bound}”{'成立' if borne_out else '不成立'}"
    return f"{text}; “{bound}” {'holds' if borne_out else 'does not hold'}"


def _apart(value: Decimal, unit: str, *, chinese: bool) -> str:
    if value == 0:
        return "与公布的数字一致" if chinese else "as published"
    figure = number(abs(value), "zh" if chinese else "en")
    if chinese:
        unit_words = {"points": "个百分点", "CNY": "元", "USD": "美元"}.get(unit, "")
        return f"比公布的数字{'多' if value > 0 else '少'}{figure}{unit_words}"
    more, less = ("more", "less") if unit in {"CNY", "USD"} else ("above", "below") if unit == "points" else ("more", "fewer")
    said = {"points": f"{figure} point{'' if abs(value) == 1 else 's'}", "CNY": f"{figure} yuan", "USD": f"${figure}"}.get(unit, figure)
    than = "what was published" if unit == "points" else "than published"
    return f"{said} {more if value > 0 else less} {than}"
