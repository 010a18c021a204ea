"""Ten pages with something on them: no accessibility violation and nothing wider than the screen, light and wide, dark and narrow."""

import pytest
from django.urls import translate_url

from tests import builders

WIDE = {"color_scheme": "light"}
NARROW = {"color_scheme": "dark", "viewport": {"width": 390, "height": 844}}
PAGES = [
    "/",
    "/chains/",
    "/chains/smart-vehicle/",
    "/companies/borealis-cells/",
    "/exhibitors/",
    "/forums/",
    "/plan/",
    "/market/",
    "/editions/2027/",
    "/editions/2024/results/",
]


@pytest.fixture
def expo(edition, chain, exhibitor, buyer, supplier_segment, customer_segment):
    """An expo with a row of each kind."""
    hall = builders.hall(edition, is_demo=True)
    exhibitor.booth = builders.booth(hall, code="SV 201", status="assigned", area=edition.areas.get(), stage="midstream")
    exhibitor.main_segment = supplier_segment
    exhibitor.save()
    builders.booth(hall, code="SV 202", x=6, area=edition.areas.get(), stage="midstream")
    builders.chain(edition, code="AI", slug="robots", kind="zone", parent=chain, short_name_en="Robots", name_zh="机器人专区")
    energy = builders.chain(
        edition, code="CE", colour="ce", slug="clean-energy", name_en="Clean Energy Chain", short_name_en="Clean energy"
    )
    builders.link(supplier_segment, builders.segment(energy, name_en="Storage", name_zh="储能"))
    builders.offer(exhibitor, supplier_segment, title="LFP cells", title_other="磷酸铁锂电芯", certificates=("IATF 16949",), is_demo=True)
    builders.sourcing_request(buyer, supplier_segment, title="Cells for buses", title_other="客车电芯")
    builders.sourcing_request(buyer, supplier_segment, title="Cells with a rare mark", certificates=("Rare",))
    held = builders.edition(slug="2024", year=2024, ordinal=2, short_name_en="2nd expo", guest_country="HU")
    builders.registration(builders.company("Old Wheels", name_zh="旧轮"), held, evidence="exhibited", shown_en="Wheels").chains.add(chain)
    for key, value in (("exhibitors", 620), ("audience_total", 200_000), ("overseas_share", 32)):
        builders.figure(held, builders.metric(key), value, qualifier="more_than")
    builders.forum(held, chain=chain, title_en="Smart vehicles", title_zh="智能汽车论坛")
    builders.agreement(edition, chain, exhibitor.company, buyer.company, title="First lot", is_demo=True)
    return edition


@pytest.fixture
def passes(page, axe):
    """Open an address and hold it against all three: it is there, it is accessible, it fits."""

    def look_at(address: str) -> None:
        assert page.goto(address).status == 200, address
        axe()
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), f"{address} is too wide"

    return look_at


@pytest.mark.parametrize("visitor", [WIDE, NARROW], indirect=True, ids=["wide", "narrow"])
def test_ten_pages_pass_axe_and_fit_the_screen(passes, visitor, expo):
    for address in PAGES:
        passes(address)


@pytest.mark.parametrize("visitor", [NARROW], indirect=True, ids=["narrow"])
def test_chinese_pages_and_the_desk_pass_too(passes, visitor, sign_in, expo, boris, carla, exhibitor, supplier_segment):
    for address in ("/", "/chains/smart-vehicle/", "/companies/borealis-cells/"):
        passes(translate_url(address, "zh-hans"))
    builders.member(exhibitor.company, carla, status="asked", role="representative")
    builders.offer(exhibitor, supplier_segment, title="Sent back", status="changes_requested", review_reason="Say more.")
    sign_in(boris)
    passes("/desk/")


@pytest.mark.parametrize("visitor", [WIDE, NARROW], indirect=True, ids=["wide", "narrow"])
def test_the_list_of_own_postings_passes_too(passes, page, visitor, sign_in, expo, boris, exhibitor, supplier_segment):
    for status in ("draft", "submitted", "changes_requested", "paused", "withdrawn"):
        reason = "Say more." if status == "changes_requested" else ""
        builders.offer(
            exhibitor,
            supplier_segment,
            title=f"Contactor, {status}",
            status=status,
            review_reason=reason,
            external_id=f"A-{status}-0123456789",
        )
    sign_in(boris)
    for address in ("/desk/postings/", "/desk/postings/?status=draft&q=Contactor", "/desk/postings/?q=nothing"):
        for language in ("en", "zh-hans"):
            passes(translate_url(address, language))
            assert page.locator("tbody tr").count() == (6 if address == "/desk/postings/" else 1 if "draft" in address else 0)
