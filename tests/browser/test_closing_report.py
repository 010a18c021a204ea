"""The closing report in a real browser: accessible wide and narrow, light and dark, read without a script, and whole on paper."""

import io

import pytest
from pypdf import PdfReader

from expo.editions.models import Edition
from matchmaking.agreements.actions.report import freeze_report
from tests.matchmaking.agreements.pages.conftest import before, ledger, published  # noqa: F401 - the small ledger of the room's own tests

WIDE = {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light"}
NARROW = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark", "has_touch": True}
RESULTS = "/editions/2027/results/"
PAGES = [
    RESULTS,
    f"{RESULTS}figures/agreements_signed/",
    f"{RESULTS}rows/agreements_signed/",
    f"{RESULTS}press/",
    f"{RESULTS}frozen/1/",
    "/editions/compare/?of=2026,2027",
]
A4_WIDE = 595


@pytest.fixture
def report(edition, published, ledger, organiser):  # noqa: F811 - the fixtures imported above
    Edition.objects.filter(pk=edition.pk).update(status="closed")
    edition.refresh_from_db()
    return freeze_report(edition, by=organiser, note="Read out")


@pytest.mark.parametrize(("visitor", "language"), [(WIDE, ""), (NARROW, "/zh")], ids=["wide", "narrow"], indirect=["visitor"])
def test_the_report_and_what_it_leads_to_pass_axe_and_fit_the_screen(page, axe, visitor, language, report):
    for address in PAGES:
        assert page.goto(language + address).status == 200, address
        axe()
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), f"{address} is too wide"


def test_the_report_is_read_by_keyboard_from_figure_to_rows_and_back(page, report):
    page.goto(RESULTS)
    page.get_by_role("link", name="Agreements signed").press("Enter")
    page.wait_for_url(f"**{RESULTS}figures/agreements_signed/")
    page.get_by_role("link", name="7 rows").press("Enter")
    page.wait_for_url(f"**{RESULTS}rows/agreements_signed/")
    page.get_by_role("navigation", name="You are here").get_by_role("link", name="Closing report").press("Enter")
    page.wait_for_url(f"**{RESULTS}")


def test_charts_and_tables_need_no_script(browser, browser_context_args, report):
    context = browser.new_context(**browser_context_args, java_script_enabled=False)
    tab = context.new_page()
    tab.goto(RESULTS)
    assert tab.get_by_role("img").count() >= 4
    assert tab.get_by_role("table").count() >= 6
    assert not tab.get_by_role("button", name="Print").is_visible()
    context.close()


def printed(page, address):
    page.goto(address)
    return PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))


def test_the_report_prints_on_few_pages_of_a4_without_addresses(page, report):
    pdf = printed(page, RESULTS)
    assert 3 <= len(pdf.pages) <= 6
    assert {round(float(sheet.mediabox.width)) for sheet in pdf.pages} == {A4_WIDE}
    texts = [sheet.extract_text() for sheet in pdf.pages]
    assert "Said and counted" in texts[0]
    assert f"1 / {len(texts)}" in texts[0]
    for text in texts:
        assert "http" not in text
        assert "Register" not in text
        assert "See the rows" not in text


def test_each_text_of_the_press_kit_is_one_page(page, report):
    pdf = printed(page, f"{RESULTS}press/")
    assert len(pdf.pages) == 2
    assert "cooperation agreements and intentions." in pdf.pages[0].extract_text()
