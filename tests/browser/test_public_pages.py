import pytest

PAGES = ["/components/"]


@pytest.mark.parametrize(
    "visitor", [{"color_scheme": "light"}, {"color_scheme": "dark", "viewport": {"width": 390, "height": 844}}], indirect=True
)
@pytest.mark.parametrize("address", PAGES)
def test_page_passes_axe_and_fits_the_screen(page, axe, visitor, address, settings):
    settings.DEBUG = True
    page.goto(address)
    axe()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
