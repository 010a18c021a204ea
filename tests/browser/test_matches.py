"""The matches of a request in a browser: reasons unfold, an answer is given and taken back, nothing is wider than the screen."""

import pytest

from tests import builders
from tests.matchmaking.matching.matched import CELL, CELL_ZH, WANTED, another_exhibitor, run

WIDE = {"color_scheme": "light"}
NARROW = {"color_scheme": "dark", "viewport": {"width": 390, "height": 844}}


@pytest.fixture
def wanted(edition, buyer, exhibitor, supplier_segment):
    """A request with two matches and a near miss."""
    made = builders.sourcing_request(buyer, supplier_segment, certificates=("UN 38.3",), deliver_to="DE", incoterms=["FOB"], **WANTED)
    builders.offer(exhibitor, supplier_segment, certificates=("UN 38.3", "CE"), incoterms=["EXW"], is_demo=True, **CELL)
    builders.offer(another_exhibitor(edition, "Comet Cells", country="KR"), supplier_segment, certificates=("UN 38.3",), **CELL_ZH)
    builders.offer(another_exhibitor(edition, "Dune Cells"), supplier_segment, **CELL)
    run(edition)
    return made


def fits(page):
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.mark.parametrize("visitor", [WIDE, NARROW], indirect=True)
@pytest.mark.parametrize("language", ["", "/zh"])
def test_the_pages_of_matches_are_accessible_and_fit(language, visitor, wanted, anna, page, sign_in, axe):
    sign_in(anna)
    for path in (f"/requests/{wanted.pk}/matches/", "/desk/matches/"):
        assert page.goto(language + path).status == 200
        page.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true; })")
        axe()
        assert fits(page), path


def test_an_answer_is_given_and_taken_back_on_the_spot(wanted, anna, page, sign_in):
    sign_in(anna)
    page.goto(f"/requests/{wanted.pk}/matches/")
    first = page.locator("article.match").first
    first.get_by_role("button", name="Would like to meet").click()
    first.get_by_text("You would like to meet").wait_for()
    first.get_by_role("button", name="Take it back").click()
    first.get_by_role("button", name="Would like to meet").wait_for()


def test_what_is_put_aside_is_shown_again_on_demand(wanted, anna, page, sign_in):
    sign_in(anna)
    page.goto(f"/requests/{wanted.pk}/matches/")
    first = page.locator("article.match").first
    name = first.get_by_role("heading").inner_text()
    first.get_by_text("Not for us").click()
    first.get_by_label("Why").select_option("price")
    first.get_by_role("button", name="Hide this match").click()
    first.get_by_role("button", name="Show it again").wait_for()
    page.reload()
    assert page.get_by_role("heading", name=name, exact=True).count() == 0
    page.get_by_role("link", name="Show them").click()
    page.get_by_role("heading", name=name, exact=True).wait_for()
