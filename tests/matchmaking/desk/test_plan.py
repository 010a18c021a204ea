import pytest

from expo.editions.models import ChainArea
from tests import builders


@pytest.fixture
def hall(edition):
    return builders.hall(edition, code="B", name_en="Hall B", is_demo=True)


@pytest.fixture
def stand(hall, edition, chain, exhibitor):
    """Boris's stand: SV 212."""
    area = ChainArea.objects.get(edition=edition, chain=chain)
    booth = builders.booth(hall, code="SV 212", area=area, stage="midstream", status="assigned")
    exhibitor.booth = booth
    exhibitor.save()
    return booth


def test_a_booth_leads_to_its_exhibitor(stand, client):
    page = client.get("/plan/").text
    assert 'href="/companies/borealis-cells/"' in page
    assert "SV 212, Borealis Cells" in page
    assert "A drawn example, not the real halls." in page


def test_a_real_hall_is_not_called_an_example(edition, client):
    builders.hall(edition, is_demo=False)
    assert "A drawn example" not in client.get("/plan/").text


@pytest.mark.parametrize("query", ["booth=SV+212", "q=sv212", "q=SV+212", "q=borealis", "q=%E5%8C%97%E6%9E%81", "booth=sv%20212"])
def test_the_finder_knows_codes_and_names(stand, hall, query, client):
    builders.booth(hall, code="SV 213", x=10)
    page = client.get(f"/plan/?{query}")
    assert page.context["selected"].booth == stand
    assert 'id="booth"' in page.text


def test_several_answers_are_listed(hall, client):
    for x in (10, 20):
        builders.booth(hall, code=f"SV 3{x}", x=x)
    page = client.get("/plan/?q=SV")
    assert page.context["selected"] is None
    assert "2 booths for" in page.text


def test_no_answer_is_said(stand, client):
    assert "No booth and no company here answers to" in client.get("/plan/?q=zeppelin").text


@pytest.mark.parametrize("status", ["draft", "submitted"])
def test_an_exhibitor_that_is_not_verified_is_not_named(status, stand, exhibitor, client, carla, boris, client_of):
    exhibitor.status = status
    exhibitor.save()
    for stranger in (client, client_of(carla)):
        page = stranger.get("/plan/?booth=SV+212").text
        assert "Borealis" not in page
        assert "the exhibitor is not public yet" in page
        assert stranger.get("/plan/?q=borealis").context["found"] == []
    assert "Borealis Cells" in client_of(boris).get("/plan/").text


def test_open_offers_are_counted(stand, exhibitor, supplier_segment, client):
    builders.offer(exhibitor, supplier_segment)
    builders.offer(exhibitor, supplier_segment, status="draft")
    assert client.get("/plan/?booth=SV+212").context["selected"].offers == 1


def test_one_hall_can_be_drawn_alone(stand, edition, client):
    builders.booth(builders.hall(edition, code="C", name_en="Hall C", x=70), code="CE 101")
    page = client.get("/plan/?hall=C")
    assert [floor.hall.code for floor in page.context["shown"]] == ["C"]
    assert "CE 101" in page.text
    assert "SV 212" not in page.text
    assert client.get("/plan/?hall=Z").status_code == 404


def test_another_edition_has_its_own_plan(stand, client):
    other = builders.edition(slug="2026")
    assert "No floor plan yet" in client.get("/plan/?edition=2026").text
    builders.booth(builders.hall(other), code="GA 101")
    page = client.get("/plan/?edition=2026")
    assert "GA 101" in page.text
    assert "SV 212" not in page.text
    assert "/plan/?edition=2026&amp;booth=GA+101#booth" in page.text
    assert client.get("/plan/?edition=1999").status_code == 404


def test_the_list_holds_the_same_booths(stand, hall, client):
    builders.booth(hall, code="SV 213", x=10)
    table = client.get("/plan/").text.partition("The same as a list")[2]
    assert "212" in table
    assert "213" in table
    assert "Borealis Cells" in table


def test_names_are_escaped_in_the_drawing(hall, edition, client):
    booth = builders.booth(hall, code="SV 1")
    builders.registration(builders.company("<script>alert(1)</script>"), edition, booth=booth)
    page = client.get("/plan/?q=script")
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;" in page.text


def test_the_plan_takes_the_same_queries_for_one_booth_and_for_many(stand, hall, edition, client, count_queries):
    client.get("/plan/")
    one = count_queries(lambda: client.get("/plan/"))
    for number in range(1, 12):
        booth = builders.booth(hall, code=f"SV {300 + number}", x=number * 4)
        builders.registration(builders.company(), edition, booth=booth)
    assert count_queries(lambda: client.get("/plan/")) == one <= 10


def test_a_site_without_an_edition_has_a_plan_page_too(db, client):
    assert "No floor plan yet" in client.get("/plan/").text
