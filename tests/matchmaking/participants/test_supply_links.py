"""Published supply links: told with their sources, and never with a page that is not there."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import translation

from matchmaking.participants.models import Registration, SupplyLink
from tests import builders

pytestmark = pytest.mark.django_db


def link(**fields):
    made = SupplyLink.objects.create(**{"key": f"link-{SupplyLink.objects.count()}", "item_en": "Batteries", "year": 2027, **fields})
    made.sources.add(builders.source(key=f"source-of-{made.key}"))
    return made


@pytest.fixture
def cells(edition):
    company = builders.company("Borealis Cells", name_zh="北极电芯", country="NO")
    builders.registration(company, edition)
    return company


def read(client, **asked):
    answer = client.get("/api/v1/supply-links/", asked)
    assert answer.status_code == 200
    return answer.json()["results"]


def test_a_company_here_stands_by_its_own_name_and_any_other_by_the_published_one(cells, edition, chain):
    segment = builders.segment(chain)
    link(supplier=cells, supplier_name="Borealis", customer_name="Steam Corner", customer_country="PT", supplier_segment=segment)
    (row,) = read(Client())
    assert [row["supplier"], row["supplier_name"], row["supplier_name_zh"], row["supplier_country"]] == [
        "borealis-cells", "Borealis Cells", "北极电芯", "NO",
    ]  # fmt: skip
    assert [row["customer"], row["customer_name"], row["customer_name_zh"], row["customer_country"]] == [None, "Steam Corner", "", "PT"]
    assert row["supplier_segment"]["slug"] == segment.slug
    assert row["customer_segment"] is None
    assert row["sources"] == ["source-of-link-0"]
    assert set(row) == {
        "id", "key", "supplier", "supplier_name", "supplier_name_zh", "supplier_country", "customer", "customer_name", "customer_name_zh",
        "customer_country", "item_en", "item_zh", "year", "supplier_segment", "customer_segment", "sources",
    }  # fmt: skip


def test_a_company_without_a_page_is_named_and_not_linked(cells, edition):
    link(supplier=cells, customer=builders.company("Carla's Works"))
    (row,) = read(Client())
    assert [row["supplier"], row["customer"], row["customer_name"]] == ["borealis-cells", None, "Carla's Works"]
    Registration.objects.update(status="withdrawn")
    assert read(Client())[0]["supplier"] is None


def test_links_are_found_by_year_company_and_chain(cells, edition, chain):
    other = builders.chain(edition)
    first = link(supplier=cells, customer_name="Steam Corner", customer_country="PT", customer_segment=builders.segment(chain))
    second = link(supplier_name="Mill", supplier_country="PT", customer=cells, year=2025, supplier_segment=builders.segment(other))
    asked = {"year": "2025"}, {"company": "borealis-cells"}, {"chain": chain.slug}, {"chain": other.slug}
    assert [[row["id"] for row in read(Client(), **one)] for one in asked] == [[second.pk], [second.pk, first.pk], [first.pk], [second.pk]]


def test_a_list_takes_the_same_queries_for_one_link_and_for_three(cells, edition, count_queries):
    link(supplier=cells, customer_name="Steam Corner", customer_country="PT")
    one = count_queries(lambda: read(Client()))
    for number in range(2):
        link(supplier=builders.company(), customer_name=f"Steam Corner {number}", customer_country="PT")
    assert len(read(Client())) == 3
    assert count_queries(lambda: read(Client())) == one


def test_a_side_that_nobody_can_name_is_refused_by_the_form_and_by_the_database(cells):
    nameless = SupplyLink(key="nameless", supplier=cells, customer_name="Steam Corner", item_en="Coffee", year=2027)
    with pytest.raises(ValidationError, match="published name and its country"):
        nameless.full_clean()
    with pytest.raises(IntegrityError, match="supply_link_says_who_is_supplied"), transaction.atomic():
        nameless.save()
    assert not SupplyLink.objects.exists()


def test_a_link_reads_in_the_language_of_the_page(cells):
    made = link(supplier=cells, customer_name="Steam Corner", customer_name_zh="蒸汽角", customer_country="PT", item_zh="电池")
    assert str(made) == "Borealis Cells → Steam Corner: Batteries"
    with translation.override("zh-hans"):
        assert str(made) == "北极电芯 → 蒸汽角: 电池"
