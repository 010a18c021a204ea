"""The matches of a request in a browser: reasons unfold, an answer is given and taken back, nothing is wider than the screen."""

import pytest

from tests import builders
from tests.matchmaking.matching.matched import CELL, CELL_ZH, CHARGER, WANTED, another_exhibitor, run

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


def test_reasons_unfold_and_fold_by_keyboard(wanted, anna, page, sign_in):
    sign_in(anna)
    page.goto(f"/requests/{wanted.pk}/matches/")
    second = page.locator("article.match").nth(1)
    summary = second.locator("summary", has_text="Why this score")
    assert not second.get_by_role("table").is_visible()
    summary.focus()
    page.keyboard.press("Enter")
    second.get_by_role("table").wait_for()
    assert second.get_by_role("row", name="Sum").get_by_role("cell").last.inner_text() == second.locator(".match-score b").inner_text()
    page.keyboard.press("Enter")
    assert not second.get_by_role("table").is_visible()


def test_the_list_is_narrowed_and_widened_again(wanted, anna, page, sign_in, axe):
    sign_in(anna)
    page.goto(f"/requests/{wanted.pk}/matches/")
    assert page.locator("article.match").count() == 3
    page.locator("summary", has_text="Filters").click()
    page.get_by_label("South Korea").check()
    page.get_by_role("button", name="Apply filters").click()
    page.wait_for_url("**?country=KR*")
    assert page.locator("article.match").count() == 1
    axe()
    page.get_by_role("link", name="Clear the filters").first.click()
    page.wait_for_url("**/matches/")
    assert page.locator("article.match").count() == 3


def test_without_script_an_answer_is_given_and_taken_back(wanted, anna, client_of):
    client, path = client_of(anna), f"/requests/{wanted.pk}/matches/"
    offer = client.get(path).context["found"].fits[0].offer
    said = {"side": "buyer", "says": "interested", "next": path}
    assert "Noted: you would like to meet." in client.post(f"{path}{offer}/verdict/", said, follow=True).text
    assert "Taken back." in client.post(f"{path}{offer}/verdict/undo/", {"side": "buyer", "next": path}, follow=True).text


def test_why_others_are_not_listed_is_told_on_demand(wanted, edition, supplier_segment, anna, page, sign_in):
    builders.offer(another_exhibitor(edition, "Chargers"), supplier_segment, **CHARGER)
    run(edition)
    sign_in(anna)
    page.goto(f"/requests/{wanted.pk}/matches/")
    page.locator("summary", has_text="1 more offer that is not listed").click()
    page.get_by_text("Another product, by text, HS code and figures").wait_for()
