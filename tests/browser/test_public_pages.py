import re

import pytest

from matchmaking.participants.models import Registration
from tests import builders

DESK = {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light"}
PHONE = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark", "has_touch": True}


@pytest.fixture
def expo(edition, chain, supplier_segment, customer_segment, exhibitor: Registration, buyer):
    """An expo with one of everything that a visitor meets."""
    hall = builders.hall(edition, name_zh="一号馆")
    exhibitor.booth = builders.booth(hall, code="SV 201", area=edition.areas.get(), segment=supplier_segment, status="assigned")
    exhibitor.main_segment = supplier_segment
    exhibitor.save()
    return {
        "forum": builders.forum(edition, title_en="Cells for cars", title_zh="车用电芯", chain=chain).key,
        "offer": builders.offer(exhibitor, supplier_segment, certificates=("IATF 16949",), lead_time_days=30).pk,
        "request": builders.sourcing_request(buyer, supplier_segment, quantity=100).pk,
        "agreement": builders.agreement(edition, chain, exhibitor.company, buyer.company).pk,
    }


def addresses(expo):
    return [
        "/",
        "/editions/",
        "/editions/2027/",
        "/editions/2027/results/",
        "/editions/2027/maps/",
        "/editions/2027/maps/smart-vehicle/",
        "/chains/",
        "/chains/smart-vehicle/",
        "/exhibitors/",
        "/companies/borealis-cells/",
        "/forums/",
        f"/forums/{expo['forum']}/",
        "/plan/",
        "/market/",
        "/market/?kind=offer&q=cell",
        f"/offers/{expo['offer']}/",
        f"/requests/{expo['request']}/",
        "/register/",
        "/accounts/login/",
        "/accounts/signup/",
        "/accounts/password/reset/",
    ]


@pytest.mark.parametrize(("visitor", "language"), [(DESK, ""), (PHONE, "/zh")], ids=["desk", "phone"], indirect=["visitor"])
def test_public_pages_pass_axe_and_fit_the_screen(page, axe, visitor, language, expo):
    for address in addresses(expo):
        answer = page.goto(language + address)
        assert answer.status == 200, address
        axe()
        wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(wider) <= 0, f"{language}{address} is wider than the screen"


def test_every_page_can_be_read_without_a_script(browser, browser_context_args, expo):
    context = browser.new_context(**browser_context_args, java_script_enabled=False)
    tab = context.new_page()
    for address in addresses(expo):
        assert tab.goto(address).status == 200
        assert tab.locator("main h1").count() == 1, address
    context.close()


def test_a_stranger_finds_an_error_page_that_leads_back(page, axe, expo):
    assert page.goto("/offers/999999/").status == 404
    axe()
    page.get_by_role("link", name="To the start page").click()
    page.wait_for_url(re.compile(r":\d+/$"))
