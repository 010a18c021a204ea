from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from expo.editions.models import Edition
from matchmaking.marketplace import hs, wording
from matchmaking.marketplace.forms.fields import AmountField, CountriesField, HSCodeField
from matchmaking.marketplace.models import Offer, PostingStatus
from matchmaking.marketplace.normalise import certificate_key, same_base
from matchmaking.marketplace.rules import is_same_text, last_day, renewed_until
from matchmaking.marketplace.states import EDITABLE, POSTING_MOVES

TODAY = date(2027, 1, 4)


def test_the_table_of_moves_is_closed():
    for _verb, start, end in POSTING_MOVES.pairs():
        assert {start, end} <= set(PostingStatus.values)
    assert POSTING_MOVES.verbs_from("withdrawn") == []
    assert POSTING_MOVES.verbs_from("fulfilled") == []
    assert POSTING_MOVES.verbs_from("expired") == ["renew"]
    assert set(EDITABLE).isdisjoint({"withdrawn", "fulfilled", "expired"})


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("Battery cells", "Batery cells", True),
        ("Cels", "Cells", True),
        ("磷酸铁锂电芯", "磷酸铁锂电芯。", True),
        ("Battery cells", "Steel tubes for bicycles", False),
        ("", "Something new", False),
        ("Something long and true", "", True),
        ("电芯", "钢管", False),
        ("", "", True),
    ],
)
def test_a_typo_is_told_from_another_text(old, new, same):
    assert is_same_text(old, new) is same


@given(st.text(max_size=40))
def test_a_text_is_the_same_as_itself(text):
    assert is_same_text(text, text)


def test_postings_run_until_ninety_days_after_the_edition():
    dated, undated = Edition(starts_on=date(2027, 6, 20), ends_on=date(2027, 6, 24)), Edition()
    assert last_day(dated, TODAY) == date(2027, 9, 22)
    assert last_day(undated, TODAY) == date(2027, 7, 3)
    assert renewed_until(dated, date(2027, 9, 1)) == date(2027, 11, 30)
    assert renewed_until(dated, TODAY) == date(2027, 9, 22)


def test_units_of_one_kind_compare():
    assert same_base("t") == ["kg", "g", "t"]
    assert same_base("pc") == ["pc"]


def test_names_of_certificates_share_a_key():
    assert {certificate_key(name) for name in ("IATF 16949", "iatf-16949", " IATF16949 ")} == {"iatf16949"}
    assert certificate_key("—") == ""


@pytest.mark.parametrize(("days", "words"), [(0, "from stock"), (7, "1 week"), (70, "10 weeks"), (1, "1 day"), (45, "45 days")])
def test_lead_times_are_said_as_people_say_them(days, words):
    assert wording.lead_time(days) == words


def test_amounts_and_prices():
    assert wording.amount(Decimal(1), "pc") == "1\N{NO-BREAK SPACE}piece"
    assert wording.amount(Decimal("12000.000"), "pc") == "12,000\N{NO-BREAK SPACE}pieces"
    assert wording.amount(Decimal("0.5"), "t") == "0.5\N{NO-BREAK SPACE}t"
    assert wording.price(Decimal("0.0035"), "USD", "pc") == "USD\N{NO-BREAK SPACE}0.0035 per piece"
    assert wording.price(Decimal(7000), "CNY", "m2") == "CNY\N{NO-BREAK SPACE}7,000 per m²"


def test_a_title_is_shown_in_the_page_s_language_where_there_is_one():
    offer = Offer(title="Cells", title_other="电芯", language="en")
    assert wording.title_of(offer) == "Cells"
    with translation.override("zh-hans"):
        assert wording.title_of(offer) == "电芯"
        assert wording.title_of(Offer(title="Cells", language="en")) == "Cells"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12000", "12000"),
        ("12,000", "12000"),
        ("1,234,567.5", "1234567.5"),
        (" 5 ", "5"),
        ("18 000", "18000"),
        ("1\N{NO-BREAK SPACE}200.5", "1200.5"),
        ("1'200", "1200"),
        ("", None),
    ],
)
def test_numbers_are_read_with_separators(text, value):
    assert AmountField(required=False).clean(text) == (None if value is None else Decimal(value))


@pytest.mark.parametrize("text", ["1,2", "12k", "NaN", "1e999", "-1", "1.2345", "9" * 30, "，"])
def test_other_numbers_are_refused(text):
    with pytest.raises(ValidationError):
        AmountField(required=False).clean(text)


@pytest.mark.parametrize("text", ["854129", "8541.29", " 8541 29 "])
def test_an_hs_code_is_read_with_its_dots(text):
    assert HSCodeField().clean(text) == "854129"


@pytest.mark.parametrize(
    ("text", "codes"),
    [("Germany, france;JP", ["DE", "FR", "JP"]), ("德国、中国", ["CN", "DE"]), ("China\nCN", ["CN"]), (" , ", []), ("", [])],
)
def test_countries_are_read_by_name_or_code_in_either_language(text, codes):
    assert CountriesField().clean(text) == codes


def test_unknown_countries_are_named():
    with pytest.raises(ValidationError, match="Atlantis"):
        CountriesField().clean("Germany, Atlantis")


def test_the_list_of_hs_codes_is_whole_and_well_formed():
    codes = [code.code for code in hs.codes()]
    assert len(codes) == len(set(codes))
    assert [code for code in codes if len(code) == 2] == [f"{number:02d}" for number in range(1, 98) if number != 77]
    assert all(len(code) in {2, 4, 6} and code.isdecimal() for code in codes)
    assert all(code[:2] in codes for code in codes)
    assert all(code.name_en and code.name_zh for code in hs.codes())


def test_hs_codes_are_searched_by_words_and_digits():
    assert [code.code for code in hs.search("8507", "en")] == ["85", "8507", "850710", "850760", "850790"]
    assert "8507" in [code.code for code in hs.search("battery", "en")]
    assert [code.code for code in hs.search("锂 蓄电池", "zh-hans")] == ["850760"]
    assert hs.search("", "en") == hs.search("zzz", "en") == []


@given(st.text(max_size=60))
def test_no_search_for_hs_codes_fails(text):
    assert len(hs.search(text, "en")) <= 50


@pytest.mark.parametrize(
    ("field", "value", "known"), [("unit", "fathom", "pieces, sets, kilograms"), ("currency", "XBT", "CNY, yuan, USD")]
)
def test_a_unit_or_currency_that_is_not_known_is_refused_with_those_that_are(
    field, value, known, exhibitor, boris, supplier_segment, client_of
):
    typed = {"title": "LFP cell", "segment": supplier_segment.pk, "language": "en", "unit": "pc", field: value}
    text = client_of(boris).post("/post/offer/", typed).text
    assert f"“{value}” is not known here. Known are: {known}" in text
    assert not Offer.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "known"), [("unit", "fathom", "pc, set, kg"), ("price_unit", "x", "pc, set"), ("currency", "XBT", "CNY, USD")]
)
def test_the_api_names_the_known_units_and_currencies_too(field, value, known, exhibitor, boris, supplier_segment, client_of):
    body = {"registration": exhibitor.pk, "segment": supplier_segment.pk, "title": "LFP cell", "language": "en", field: value}
    answer = client_of(boris).post("/api/v1/offers/", body, content_type="application/json")
    assert answer.status_code == 400
    assert f"“{value}” is not known here. Known are: {known}" in answer.text
    assert not Offer.objects.exists()
