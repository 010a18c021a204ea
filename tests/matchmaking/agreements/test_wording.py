import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaking.agreements import wording
from matchmaking.agreements.wording import AGREEMENTS, BOTH, INTENTIONS

LANGUAGES = st.sampled_from(["en", "zh"])
COUNTS = st.integers(min_value=0, max_value=10**9)
YUAN = st.decimals(min_value=Decimal("0.01"), max_value=Decimal(10) ** 13, places=2)
RATES = st.decimals(min_value=Decimal("0.01"), max_value=Decimal(100), places=4).filter(bool)
FULL_WIDTH = str.maketrans("，（）", ",()")  # the table is written with half-width signs, pages with full-width ones


def test_the_table_of_the_closing_report_row_by_row():
    total = {"amount_cny": Decimal(152_310_000_000), "undisclosed": 41, "usd_rate": Decimal("7.24")}
    said = {
        language: [
            wording.count(6734, BOTH, language),
            wording.amount(**total, language=language),
            wording.bare_count(160_000, language),
            wording.change(620, 515, same_definition=True, language=language, measure="家"),
            wording.share(32, 26, same_definition=True, language=language),
        ]
        for language in ("en", "zh")
    }
    assert said["en"] == [
        "over 6,700 cooperation agreements and intentions",
        "according to incomplete statistics, more than 152 billion yuan (some $21.03 billion)",
        "160,000",
        "620, up 20 percent from the previous edition",
        "up from 26 percent to 32 percent",
    ]
    assert [text.translate(FULL_WIDTH) for text in said["zh"]] == [
        "超过6700项合作协议和意向",
        "据不完全统计,金额超过1520亿元人民币(约合210.3亿美元)",
        "16万",
        "620家,比上届增长20%",
        "从26%上升到32%",
    ]


@pytest.mark.parametrize(
    ("value", "said", "is_bare"),
    [
        (0, 0, True),
        (7, 7, True),
        (999, 999, True),
        (1000, 1000, True),
        (1001, 1000, False),
        (1099, 1000, False),
        (1100, 1100, True),
        (6734, 6700, False),
        (6700, 6700, True),
        (9999, 9900, False),
        (37_412, 37_000, False),
        (160_000, 160_000, True),
    ],
)
def test_a_count_is_cut_to_two_digits_above_a_thousand(value, said, is_bare):
    assert wording.said_count(value) == (Decimal(said), is_bare)


@pytest.mark.parametrize(
    ("value", "said", "is_bare"),
    [
        ("152310000000", 152 * 10**9, False),
        ("152000000000", 152 * 10**9, True),
        ("1523000000", 152 * 10**7, False),
        ("999999999.99", 99 * 10**7, False),
        ("1000000000", 10**9, True),
        ("12345678", 12 * 10**6, False),
        ("812.50", 812, False),
        ("1234567890123", 123 * 10**10, False),
    ],
)
def test_amounts_of_a_billion_keep_three_digits_smaller_ones_two(value, said, is_bare):
    assert wording.said_amount(Decimal(value)) == (Decimal(said), is_bare)


@given(COUNTS)
def test_a_count_is_never_said_larger_than_it_is_and_never_off_by_a_tenth(value):
    said, is_bare = wording.said_count(value)
    assert said <= value
    assert value - said < max(value / 10, 1)
    assert is_bare == (said == value)


@given(COUNTS, st.integers(min_value=0, max_value=10**6))
def test_a_larger_count_is_never_said_smaller(value, more):
    assert wording.said_count(value)[0] <= wording.said_count(value + more)[0]


@given(YUAN)
def test_an_amount_is_rounded_down_and_saying_it_again_changes_nothing(value):
    said, is_bare = wording.said_amount(value)
    assert 0 < said <= value
    assert is_bare == (said == value)
    assert wording.said_amount(said) == (said, True)


@given(YUAN, st.integers(0, 5), st.one_of(st.none(), RATES), LANGUAGES)
def test_incomplete_statistics_are_named_if_and_only_if_an_amount_is_undisclosed(amount, undisclosed, rate, language):
    text = wording.amount(amount, undisclosed=undisclosed, usd_rate=rate, language=language)
    assert (("不完全统计" if language == "zh" else "incomplete statistics") in text) == (undisclosed > 0)


@given(YUAN, RATES)
def test_dollars_are_always_some_and_never_above_the_rate(amount, rate):
    text = wording.amount(amount, undisclosed=0, usd_rate=rate, language="en")
    if "$" in text:
        assert re.search(r"\(some \$[\d,.]+( (million|billion|trillion))?\)$", text)
    assert wording.said_dollars(amount / rate) <= amount / rate


@given(YUAN, LANGUAGES)
def test_without_a_stated_rate_no_dollar_is_said(amount, language):
    text = wording.amount(amount, undisclosed=0, usd_rate=None, language=language)
    assert "$" not in text
    assert "美元" not in text


@given(COUNTS, LANGUAGES)
def test_over_is_said_exactly_where_something_was_cut(value, language):
    text = wording.count(value, BOTH, language)
    assert text.startswith("超过" if language == "zh" else "over ") == (wording.said_count(value)[0] != value)


def read_chinese(text):
    scale = {"万亿": 10**12, "亿": 10**8, "万": 10**4}
    for word, factor in scale.items():
        if text.endswith(word):
            return Decimal(text.removesuffix(word)) * factor
    return Decimal(text.replace(",", ""))


@given(st.integers(min_value=0, max_value=10**15))
def test_chinese_figures_mean_what_they_say(value):
    assert read_chinese(wording.number(value, "zh")) == value


def read_english(text):
    figure, _, word = text.replace(",", "").partition(" ")
    return Decimal(figure) * {"": 1, "million": 10**6, "billion": 10**9, "trillion": 10**12}[word]


@given(st.decimals(min_value=0, max_value=10**15, places=2))
def test_english_figures_mean_what_they_say(value):
    assert read_english(wording.number(value, "en")) == value


@pytest.mark.parametrize(
    ("value", "chinese"),
    [
        (6700, "6700"),
        (10_000, "1万"),
        (37_000, "3.7万"),
        (160_000, "16万"),
        (14_100, "1.41万"),
        (50_000_000, "5000万"),
        (100_000_000, "1亿"),
        (152_000_000_000, "1520亿"),
        (1_230_000_000_000, "1.23万亿"),
        (123_456, "123456"),
        (152_388_370_000, "1523.8837亿"),
        (Decimal("21048117403.31"), "21,048,117,403.31"),
    ],
)
def test_chinese_counts_in_wan_and_yi_as_a_newspaper_does(value, chinese):
    assert wording.number(value, "zh") == chinese


def test_one_is_singular_in_english():
    assert wording.count(1, AGREEMENTS, "en") == "1 cooperation agreement"
    assert wording.count(2, INTENTIONS, "en") == "2 cooperation intentions"
    assert wording.count(0, BOTH, "en") == "0 cooperation agreements and intentions"
    assert wording.count(210, AGREEMENTS, "zh") == "210项合作协议"


def test_an_exact_round_amount_is_said_bare():
    assert wording.amount(Decimal(152_000_000_000), undisclosed=0, usd_rate=None, language="en") == "152 billion yuan"
    assert wording.amount(Decimal(152_000_000_000), undisclosed=0, usd_rate=None, language="zh") == "金额1520亿元人民币"


def test_where_no_amount_is_disclosed_none_is_said():
    assert wording.amount(Decimal(0), undisclosed=3, usd_rate=Decimal(7), language="en") == ""


@pytest.mark.parametrize(
    ("now", "before", "same", "en", "zh"),
    [
        (620, 515, False, "620", "620家"),
        (620, None, True, "620", "620家"),
        (620, 0, True, "620", "620家"),
        (500, 515, True, "500, down 3 percent from the previous edition", "500家，比上届下降3%"),
        (515, 515, True, "515, as many as in the previous edition", "515家，与上届持平"),
        (1000, 999, True, "1,000, almost as many as in the previous edition", "1000家，与上届基本持平"),
        (205, 200, True, "205, up 3 percent from the previous edition", "205家，比上届增长3%"),
    ],
)
def test_a_change_is_said_only_against_the_same_definition(now, before, same, en, zh):
    assert wording.change(now, before, same_definition=same, language="en", measure="家") == en
    assert wording.change(now, before, same_definition=same, language="zh", measure="家") == zh


@pytest.mark.parametrize(
    ("now", "before", "same", "en", "zh"),
    [
        (Decimal("36.5"), Decimal(35), True, "up from 35 percent to 37 percent", "从35%上升到37%"),
        (Decimal(32), Decimal(35), True, "down from 35 percent to 32 percent", "从35%下降到32%"),
        (Decimal("32.4"), Decimal(32), True, "32 percent, as in the previous edition", "32%，与上届持平"),
        (Decimal(32), Decimal(26), False, "32 percent", "32%"),
        (Decimal(32), None, True, "32 percent", "32%"),
    ],
)
def test_shares_are_whole_percents_rounded_half_up(now, before, same, en, zh):
    assert wording.share(now, before, same_definition=same, language="en") == en
    assert wording.share(now, before, same_definition=same, language="zh") == zh


@pytest.mark.parametrize(("part", "whole", "percent"), [(1, 3, 33), (1, 2, 50), (1, 200, 1), (1, 201, 0), (3, 3, 100), (26, 100, 26)])
def test_a_percentage_is_rounded_half_up(part, whole, percent):
    assert wording.percent(part, whole) == percent


def test_what_cannot_be_worded_is_refused():
    with pytest.raises(ValueError, match="share"):
        wording.percent(1, 0)
    with pytest.raises(ValueError, match="below zero"):
        wording.said_count(-1)
    with pytest.raises(ValueError, match="finite"):
        wording.said_amount(Decimal("Infinity"))


@pytest.mark.parametrize(
    ("value", "unit", "en", "zh"),
    [
        ("26.00", "percent", "26%", "26%"),
        ("36.50", "percent", "36.5%", "36.5%"),
        ("152000000000.00", "CNY", "152 billion yuan", "1520亿元人民币"),
        ("14100", "sqm", "14,100\N{NO-BREAK SPACE}m²", "1.41万平方米"),
        ("1100", "tonnes", "1,100\N{NO-BREAK SPACE}tonnes", "1100吨"),
        ("2.20", "times", "2.2\N{NO-BREAK SPACE}times", "2.2倍"),
        ("20990000000.00", "USD", "$20.99 billion", "209.9亿美元"),
        ("160000.00", "visits", "160,000", "16万"),
        ("50000000.00", "views", "50 million", "5000万"),
        ("515.00", "exhibitors", "515", "515"),
    ],
)
def test_a_published_figure_keeps_every_digit(value, unit, en, zh):
    assert wording.published(Decimal(value), unit, "en") == en
    assert wording.published(Decimal(value), unit, "zh") == zh


@pytest.mark.parametrize(
    ("value", "en", "zh"),
    [
        (0, "0 cooperation agreements and intentions", "0项合作协议和意向"),
        (1, "1 cooperation agreement or intention", "1项合作协议和意向"),
        (999, "999 cooperation agreements and intentions", "999项合作协议和意向"),
        (1000, "1,000 cooperation agreements and intentions", "1000项合作协议和意向"),
        (1049, "over 1,000 cooperation agreements and intentions", "超过1000项合作协议和意向"),
        (1050, "over 1,000 cooperation agreements and intentions", "超过1000项合作协议和意向"),
        (1100, "1,100 cooperation agreements and intentions", "1100项合作协议和意向"),
        (9999, "over 9,900 cooperation agreements and intentions", "超过9900项合作协议和意向"),
        (10_000, "10,000 cooperation agreements and intentions", "1万项合作协议和意向"),
        (6734, "over 6,700 cooperation agreements and intentions", "超过6700项合作协议和意向"),
    ],
)
def test_the_edges_of_a_count_in_both_languages(value, en, zh):
    assert (wording.count(value, BOTH, "en"), wording.count(value, BOTH, "zh")) == (en, zh)


@pytest.mark.parametrize(
    ("now", "before", "en", "zh"),
    [
        (620, 515, "up 20 percent from the previous edition", "比上届增长20%"),
        (515, 620, "down 17 percent from the previous edition", "比上届下降17%"),
        (1015, 1000, "up 2 percent from the previous edition", "比上届增长2%"),  # 1.5
        (985, 1000, "down 2 percent from the previous edition", "比上届下降2%"),  # -1.5: half away from zero, as the rise
        (1004, 1000, "almost as many as in the previous edition", "与上届基本持平"),
        (996, 1000, "almost as many as in the previous edition", "与上届基本持平"),
        (0, 10, "down 100 percent from the previous edition", "比上届下降100%"),
        (24_000, 6000, "up 300 percent from the previous edition", "比上届增长300%"),
        (110, 1, "up 10,900 percent from the previous edition", "比上届增长10900%"),
        (7, 7, "as many as in the previous edition", "与上届持平"),
    ],
)
def test_rises_and_falls_in_both_languages(now, before, en, zh):
    assert (wording.shift_of(now, before, "en"), wording.shift_of(now, before, "zh")) == (en, zh)
    assert wording.with_shift("X", now, before, "en") == f"X, {en}"
    assert wording.with_shift("X", now, before, "zh") == f"X，{zh}"


def test_an_amount_is_as_much_and_not_as_many():
    assert wording.shift_of(7, 7, "en", is_sum=True) == "as much as in the previous edition"
    with pytest.raises(ValueError, match="from nothing"):
        wording.shift_of(7, 0, "en")


@pytest.mark.parametrize(
    ("value", "qualifier", "words", "en", "zh"),
    [
        (160_000, "exact", None, "160,000", "16万"),
        (160_500, "exact", None, "over 160,000", "超过16万"),
        (160_000, "more_than", None, "over 160,000", "超过16万"),
        (37_412, "at_least", None, "at least 37,000", "至少3.7万"),
        (199_500, "about", None, "about 199,500", "约19.95万"),
        (80, "nearly", None, "nearly 80", "近80"),
        (120_000, "about", wording.Words("square metre", "square metres", "平方米"), "about 120,000 square metres", "约12万平方米"),
        (120_000, "exact", wording.Words("square metre", "square metres", "平方米"), "120,000 square metres", "12万平方米"),
    ],
)
def test_a_measured_figure_is_said_as_exact_as_it_is(value, qualifier, words, en, zh):
    assert wording.qualified(Decimal(value), qualifier, words, "en") == en
    assert wording.qualified(Decimal(value), qualifier, words, "zh") == zh


@pytest.mark.parametrize(
    ("logged", "said", "unit", "qualifier", "en", "zh"),
    [
        (6734, 6700, "count", "more_than", "34 more than published; “more than” holds", "比公布的数字多34；“超过”成立"),
        (6700, 6700, "count", "more_than", "as published; “more than” does not hold", "与公布的数字一致；“超过”不成立"),
        (6700, 6700, "count", "at_least", "as published; “at least” holds", "与公布的数字一致；“至少”成立"),
        (68, 70, "count", "nearly", "2 fewer than published; “nearly” holds", "比公布的数字少2；“近”成立"),
        (63, 70, "count", "nearly", "7 fewer than published; “nearly” holds", "比公布的数字少7；“近”成立"),
        (62, 70, "count", "nearly", "8 fewer than published; “nearly” does not hold", "比公布的数字少8；“近”不成立"),
        (620, 620, "count", "exact", "as published", "与公布的数字一致"),
        (615, 620, "count", "exact", "5 fewer than published", "比公布的数字少5"),
        (33, 32, "points", "exact", "1 point above what was published", "比公布的数字多1个百分点"),
        (30, 32, "points", "about", "2 points below what was published", "比公布的数字少2个百分点"),
        ("152310000000", "152000000000", "CNY", "about", "310 million yuan more than published", "比公布的数字多3.1亿元"),
        ("100.37", "200.00", "USD", "exact", "$99.63 less than published", "比公布的数字少99.63美元"),
    ],
)
def test_a_difference_is_said_in_figures_and_words(logged, said, unit, qualifier, en, zh):
    told = [
        wording.difference(Decimal(logged), Decimal(said), unit=unit, qualifier=qualifier, language=language) for language in ("en", "zh")
    ]
    assert told == [en, zh]


def test_dollars_alone_are_some_and_nothing_is_said_of_none():
    assert wording.dollars(Decimal("21037292817.68"), "en") == "some $21.03 billion"
    assert wording.dollars(Decimal("21037292817.68"), "zh") == "约合210.3亿美元"
    assert wording.dollars(Decimal(0), "en") == ""
    assert (wording.no_amount("en"), wording.no_amount("zh")) == ("no amount was disclosed", "未披露金额")
