import pytest

from matchmaking.participants.models import Company
from tests import builders

MOST_QUERIES = 10


def page_of(client, company):
    return client.get(f"/companies/{company.slug}/")


def test_a_company_shows_what_it_offers_and_when_it_took_part(client, edition, exhibitor, supplier_segment):
    exhibitor.main_segment = supplier_segment
    exhibitor.booth = builders.booth(builders.hall(edition), code="SV 212", status="assigned")
    exhibitor.save()
    builders.offer(exhibitor, supplier_segment, title="Cells for buses")
    held = builders.edition(year=2024, short_name_en="2nd expo")
    builders.registration(exhibitor.company, held, evidence="exhibited", shown_en="A battery swap robot.")
    text = page_of(client, exhibitor.company).text
    for words in (
        "Borealis Cells",
        "北极光电芯",
        "China (mainland)",
        "SV</b><span>212",
        "Cells for buses",
        "2nd expo, 2024",
        "A battery swap robot.",
    ):
        assert words in text


def test_the_people_behind_it_are_nowhere_on_the_page(client, client_of, carla, exhibitor):
    for browser in (client, client_of(carla)):
        text = page_of(browser, exhibitor.company).text
        for secret in ("boris@example.com", "Boris Bo", "7654321"):
            assert secret not in text


def test_sources_are_named_and_linked_only_where_that_is_safe(client, exhibitor):
    safe = builders.source(title="Safe report", address="https://safe.example/a", link_ok=True)
    unsafe = builders.source(title="Other report", address="https://unsafe.example/b", link_ok=False)
    exhibitor.company.sources.add(safe, unsafe)
    text = page_of(client, exhibitor.company).text
    assert 'href="https://safe.example/a"' in text
    assert "Other report" in text
    assert "unsafe.example" not in text


def test_a_request_whose_buyer_hides_its_name_is_not_given_away(client, client_of, anna, buyer, supplier_segment):
    builders.sourcing_request(buyer, supplier_segment, title="Open wish")
    builders.sourcing_request(buyer, supplier_segment, title="Secret wish", visibility="name_hidden")
    builders.sourcing_request(buyer, supplier_segment, title="Invited wish", visibility="invited")
    for browser in (client, client_of(anna)):
        text = page_of(browser, buyer.company).text
        assert "Open wish" in text
        assert "Secret wish" not in text
        assert "Invited wish" not in text


def test_who_buys_is_not_public(client, client_of, anna, buyer):
    assert page_of(client, buyer.company).context["page"].registrations == []
    assert page_of(client_of(anna), buyer.company).context["page"].registrations == [buyer]


@pytest.mark.parametrize("visibility", ["anonymous", "totals_only"])
def test_only_agreements_that_are_public_by_name_are_shown(client, client_of, organiser, edition, chain, exhibitor, buyer, visibility):
    builders.agreement(edition, chain, exhibitor.company, buyer.company, title="Known deal")
    builders.agreement(edition, chain, exhibitor.company, buyer.company, title="Quiet deal", visibility=visibility)
    builders.agreement(edition, chain, exhibitor.company, buyer.company, title="Void deal", status="void", void_reason="Typed twice")
    for browser in (client, client_of(organiser)):
        text = page_of(browser, exhibitor.company).text
        assert "Known deal" in text
        assert "Quiet deal" not in text
        assert "Void deal" not in text
        assert "Aurora Motors" in text


def test_a_company_nobody_has_verified_is_not_there(client, client_of, carla, boris, exhibitor):
    exhibitor.status = "submitted"
    exhibitor.save()
    assert page_of(client, exhibitor.company).status_code == 404
    assert page_of(client_of(carla), exhibitor.company).status_code == 404
    assert page_of(client_of(boris), exhibitor.company).status_code == 200


def test_only_who_manages_it_is_offered_to_edit(client_of, carla, boris, exhibitor):
    address = f"/companies/{exhibitor.company.slug}/edit/"
    assert address in page_of(client_of(boris), exhibitor.company).text
    assert address not in page_of(client_of(carla), exhibitor.company).text


def test_an_invented_company_is_marked_and_its_website_is_no_link(client, exhibitor):
    Company.objects.update(is_demo=True)
    text = page_of(client, exhibitor.company).text
    assert '<span class="demo">Demo</span>' in text
    assert 'href="https://borealis.example/' not in text


def test_the_number_of_queries_is_the_same_for_one_row_and_for_many(client, edition, chain, exhibitor, supplier_segment, count_queries):
    company = exhibitor.company
    buying = builders.registration(company, edition, role="buyer")

    def one_more():
        builders.offer(exhibitor, supplier_segment, certificates=("ISO 9001",))
        builders.sourcing_request(buying, supplier_segment)
        builders.agreement(edition, chain, company, builders.company())
        builders.registration(company, builders.edition()).chains.add(chain)
        company.sources.add(builders.source())

    one_more()
    client.get(f"/companies/{company.slug}/")
    one_more()
    one = count_queries(lambda: page_of(client, company))
    for _ in range(3):
        one_more()
    assert count_queries(lambda: page_of(client, company)) == one
    assert count_queries(lambda: page_of(client, company)) <= MOST_QUERIES
