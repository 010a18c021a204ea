"""The gap map in a browser: for everybody and in full for the organiser, on every width, on paper, and by keyboard."""

import pytest

from tests import builders

WIDE = {"color_scheme": "light"}
NARROW = {"color_scheme": "dark", "viewport": {"width": 390, "height": 844}}
ADDRESS = "/chains/smart-vehicle/gaps/"


@pytest.fixture
def gaps(buyer, exhibitor, supplier_segment, customer_segment):
    """Seven requests for cells, five of which fit offers of one company; and one for a vehicle that nobody offers."""
    requests = [builders.sourcing_request(buyer, supplier_segment) for _number in range(7)]
    offers = [builders.offer(exhibitor, supplier_segment) for _number in range(6)]
    for request, offer in zip(requests[:5], offers, strict=False):
        builders.match(request, offer)
    for request in requests[5:]:
        builders.read(request)
    builders.read(builders.sourcing_request(buyer, customer_segment, title="A single vehicle"))


def fits(page):
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.mark.parametrize("visitor", [WIDE, NARROW], indirect=True)
@pytest.mark.parametrize("language", ["", "/zh"])
def test_the_gap_map_is_accessible_and_fits(language, visitor, gaps, page, axe):
    assert page.goto(language + ADDRESS).status == 200
    axe()
    assert fits(page)


@pytest.mark.parametrize("visitor", [WIDE, NARROW], indirect=True)
def test_requests_stand_on_one_side_of_the_line_and_offers_on_the_other(visitor, gaps, page):
    page.goto(ADDRESS)
    row = page.get_by_role("row").filter(has_text="Battery cells")
    asked, given = row.locator(".gap-asked"), row.locator(".gap-given")
    assert asked.locator("circle").count() == 7
    assert given.locator("circle").count() == 6
    assert asked.bounding_box()["x"] < given.bounding_box()["x"]
    assert row.get_by_role("rowheader").inner_text() == "Battery cells"
    assert row.get_by_role("cell").count() == 3


def test_the_organiser_opens_a_segment_by_keyboard_and_closes_it(gaps, organiser, page, sign_in, axe):
    sign_in(organiser)
    page.goto(ADDRESS)
    link = page.get_by_role("table").get_by_role("link", name="Complete vehicles")
    link.focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="A single vehicle").wait_for()
    assert page.get_by_role("table").locator("[aria-current=true]").inner_text() == "Complete vehicles"
    axe()
    page.get_by_role("link", name="Close").click()
    page.wait_for_url(f"**{ADDRESS}")


def test_on_paper_it_stays_a_table(gaps, page):
    page.goto(ADDRESS)
    page.set_viewport_size({"width": 690, "height": 1000})
    page.emulate_media(media="print")
    box = page.get_by_role("table").bounding_box()
    assert box["width"] <= 690
    assert page.locator("thead").is_visible()
    assert not page.locator(".masthead nav").is_visible()
