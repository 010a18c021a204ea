"""The supply chain maps: who stands where and who supplies whom, the same for everybody, and nothing that is not public."""

import csv
import io
import json
from xml.etree import ElementTree as ET

import pytest
from django.test import Client

from matchmaking.agreements.mapped import countries_line, drawn_map
from matchmaking.agreements.models import Agreement, Party
from matchmaking.agreements.queries.maps import chain_map, chain_maps
from matchmaking.participants.models import Registration, SupplyLink
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def line(edition, chain):
    """Two segments of a chain, cells that cars use."""
    cells = builders.segment(chain, slug="cells", name_en="Cells", name_zh="电芯", stage="upstream", order=901)
    cars = builders.segment(chain, slug="cars", name_en="Cars", name_zh="整车", stage="downstream", order=902)
    builders.link(cells, cars)
    return cells, cars


def stands(edition, segment, name="", **fields):
    company = builders.company(name, **fields)
    registration = builders.registration(company, edition, main_segment=segment)
    registration.chains.add(segment.chain)
    return registration


def agreed(edition, line, supplier, customer, **fields):
    """A confirmed public agreement on the first segment of the line, with a supplier and a customer."""
    made = builders.agreement(edition, line[0].chain, supplier, customer, **{"segment": line[0], "status": "confirmed", **fields})
    for role, company in (("supplier", supplier), ("customer", customer)):
        Party.objects.filter(agreement=made, company=company).update(role=role)
    return made


def published(**fields):
    made = SupplyLink.objects.create(**{"key": f"link-{SupplyLink.objects.count()}", "item_en": "Battery packs", "year": 2027, **fields})
    made.sources.add(builders.source(title=f"Report of {made.key}"))
    return made


def names(station):
    return [one.side.name for one in station.companies]


def station_of(shown, segment):
    return next(one for one in shown.stations if one.segment == segment)


def flows(shown):
    return {(lane.start.slug if lane.start else "", lane.end.slug if lane.end else ""): (len(lane.published), len(lane.agreed)) for lane in shown.lanes if lane.published or lane.agreed}  # fmt: skip


def test_companies_stand_on_their_main_segment_and_where_they_offer_something(edition, chain, line):
    cells, cars = line
    maker = stands(edition, cells, "Borealis Cells")
    builders.offer(maker, cars)
    builders.offer(maker, cells)
    stands(edition, cars, "Aurora Cars")
    shown = chain_map(edition, chain)
    assert names(station_of(shown, cells)) == ["Borealis Cells"]
    assert names(station_of(shown, cars)) == ["Aurora Cars", "Borealis Cells"]
    assert [one.is_main for one in station_of(shown, cars).companies] == [True, False]
    assert shown.companies == 2


def test_only_verified_exhibitors_of_the_edition_stand_on_the_map(edition, chain, line):
    cells, _cars = line
    for status in ("draft", "submitted", "rejected", "withdrawn"):
        reason = {"rejection_reason": "No."} if status == "rejected" else {}
        builders.registration(builders.company(), edition, main_segment=cells, status=status, **reason)
    builders.registration(builders.company(), edition, role="buyer", main_segment=cells)
    stands(builders.edition(), cells)
    builders.offer(stands(edition, None or builders.segment(builders.chain(edition))), cells, status="paused")
    assert names(station_of(chain_map(edition, chain), cells)) == []


def test_countries_are_told_from_five_companies_on(edition, chain, line):
    cells, _cars = line
    for country in ("DE", "DE", "NO", "CN"):
        stands(edition, cells, country=country)
    assert station_of(chain_map(edition, chain), cells).countries == []
    stands(edition, cells, country="CN")
    assert station_of(chain_map(edition, chain), cells).countries == [("CN", 2), ("DE", 2), ("NO", 1)]


def test_a_card_names_the_countries_that_lead(edition, chain, line):
    for country in ("DE", "DE", "NO", "CN", "CN", "CN"):
        stands(edition, line[0], country=country)
    shown = chain_map(edition, chain)
    assert countries_line(station_of(shown, line[0])) == "China (mainland) 3 · Germany 2"
    assert "CN 3 · DE 2" in drawn_map(shown)


def test_agreements_run_from_the_segment_of_what_is_supplied_to_where_the_customer_stands(edition, chain, line):
    cells, cars = line
    maker, user, buyer = stands(edition, cells), stands(edition, cars), builders.company("Buyer alone")
    other = builders.segment(builders.chain(edition), slug="storage")
    storer = stands(edition, other)
    agreed(edition, line, maker.company, user.company)
    agreed(edition, line, maker.company, user.company, status="verified", kind="intention")
    agreed(edition, line, maker.company, buyer)
    agreed(edition, line, maker.company, storer.company)
    assert flows(chain_map(edition, chain)) == {("cells", "cars"): (0, 2), ("cells", ""): (0, 1), ("cells", "storage"): (0, 1)}
    assert flows(chain_map(edition, other.chain)) == {("cells", "storage"): (0, 1)}


@pytest.mark.parametrize(
    "fields",
    [
        {"visibility": "anonymous"},
        {"visibility": "totals_only"},
        {"status": "recorded"},
        {"status": "disputed"},
        {"status": "draft"},
        {"status": "void", "void_reason": "Twice."},
    ],
    ids=str,
)
def test_what_is_not_public_or_not_sure_is_on_no_map_for_nobody(edition, chain, line, organiser, fields):
    maker, user = stands(edition, line[0]), stands(edition, line[1])
    agreed(edition, line, maker.company, user.company, title="Quiet words", **fields)
    assert flows(chain_map(edition, chain)) == {}
    staff = Client()
    staff.force_login(organiser)
    for client in (Client(), staff):
        for address in ("/", ".json", ".csv", ".svg"):
            answer = client.get(f"/editions/{edition.slug}/maps/{chain.slug}{address}")
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            assert answer.status_code == 200
            assert b"Quiet words" not in body
    assert chain_maps(edition)[0].agreed == 0


def test_an_agreement_that_does_not_say_who_supplies_is_not_drawn(edition, chain, line):
    maker, user = stands(edition, line[0]), stands(edition, line[1])
    agreed(edition, line, maker.company, user.company)
    Party.objects.update(role="")
    assert flows(chain_map(edition, chain)) == {}


def test_published_links_of_the_year_are_shown_with_what_and_source(edition, chain, line):
    cells, cars = line
    user = stands(edition, cars, "Aurora Cars")
    ends = {"customer": user.company, "supplier_segment": cells, "customer_segment": cars}
    published(supplier_name="Volta", supplier_country="IT", **ends)
    published(supplier_name="Of another year", supplier_country="IT", year=2025, **ends)
    assert flows(chain_map(edition, chain)) == {("cells", "cars"): (1, 0)}
    page = Client().get(f"/editions/2027/maps/{chain.slug}/").content.decode()
    assert "Volta" in page
    assert "Battery packs" in page
    assert "Report of link-0" in page
    assert "Of another year" not in page
    edition.year = None
    edition.save()
    assert flows(chain_map(edition, chain)) == {("cells", "cars"): (2, 0)}


def test_the_page_the_data_and_the_rows_say_the_same(edition, chain, line):
    cells, cars = line
    maker, user = stands(edition, cells, "Borealis Cells", is_demo=True), stands(edition, cars, "=Aurora")
    agreed(edition, line, maker.company, user.company, title="Packs", is_demo=True)
    published(supplier=maker.company, customer=user.company, supplier_segment=cells, customer_segment=cars)
    address = f"/editions/2027/maps/{chain.slug}"
    sent = json.loads(Client().get(f"{address}.json").content)
    assert [[one["slug"], [company["company"] for company in one["companies"]]] for one in sent["segments"] if one["companies"]] == [
        ["cells", ["borealis-cells"]],
        ["cars", ["aurora"]],
    ]
    assert [(one["number"], one["item_en"]) for one in sent["supplies"]] == [("", "Battery packs"), ("2027-0001", "")]
    assert sent["has_demo"] is True
    answer = Client().get(f"{address}.csv")
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert [row["kind"] for row in rows if row["segment"] in {"Cells", "Cars"}] == [
        "company", "company", "published link", "agreement", "link of the line",
    ]  # fmt: skip
    assert "'=Aurora" in {row["company"] for row in rows}, "no program computes a name"
    assert {row["demo"] for row in rows if row["company"] == "Borealis Cells" and row["number"]} == {"demo"}
    page = Client().get(f"{address}/").content.decode()
    assert ">Demo<" in page
    assert "2027-0001" in page
    ET.fromstring(Client().get(f"{address}.svg").content)
    assert "电芯" in Client().get(f"/zh{address}.svg").content.decode()


def test_a_map_takes_the_same_queries_for_one_company_and_for_many(edition, chain, line, count_queries):
    cells, cars = line

    def more():
        maker, user = stands(edition, cells), stands(edition, cars)
        builders.offer(maker, cars)
        agreed(edition, line, maker.company, user.company)
        published(supplier=maker.company, customer=user.company, supplier_segment=cells, customer_segment=cars)

    more()
    address = f"/editions/2027/maps/{chain.slug}/"
    Client().get(address)
    once = count_queries(lambda: Client().get(address))
    for _number in range(3):
        more()
    assert count_queries(lambda: Client().get(address)) == once
    assert count_queries(lambda: chain_map(edition, chain)) <= 13
    assert count_queries(lambda: chain_maps(edition)) == 2


def test_the_list_of_maps_counts_what_is_on_each(edition, chain, line, client):
    cells, cars = line
    maker, user = stands(edition, cells), stands(edition, cars)
    agreed(edition, line, maker.company, user.company)
    published(supplier=maker.company, customer=user.company, supplier_segment=cells, customer_segment=cars)
    builders.chain(edition)
    assert [(tile.chain, tile.companies, tile.published, tile.agreed) for tile in chain_maps(edition)] == [(chain, 2, 1, 1)]
    assert f"/editions/2027/maps/{chain.slug}/" in client.get("/editions/2027/maps/").content.decode()


def test_there_is_no_map_of_a_chain_without_segments_or_of_another_edition(edition, chain, line, client):
    empty = builders.chain(edition)
    other = builders.edition()
    for address in (f"/editions/2027/maps/{empty.slug}/", f"/editions/{other.slug}/maps/{chain.slug}/", "/editions/none/maps/"):
        assert client.get(address).status_code == 404


def test_a_company_that_left_is_named_in_its_agreement_and_leads_nowhere(edition, chain, line):
    maker, user = stands(edition, line[0], "Gone Cells"), stands(edition, line[1])
    agreed(edition, line, maker.company, user.company)
    Registration.objects.filter(pk=maker.pk).update(status="withdrawn")
    (supply,) = chain_map(edition, chain).agreed
    assert (supply.supplier.name, supply.supplier.slug) == ("Gone Cells", "")
    assert Agreement.objects.count() == 1


def test_a_chain_and_the_results_lead_to_maps_where_there_are_some(edition, chain, line, client):
    empty = builders.chain(edition)
    assert f'href="/editions/2027/maps/{chain.slug}/"' in client.get(f"/chains/{chain.slug}/").content.decode()
    assert "/maps/" not in client.get(f"/chains/{empty.slug}/").content.decode()
    assert 'href="/editions/2027/maps/"' in client.get("/editions/2027/results/").content.decode()


def test_the_api_sends_the_map_of_an_edition(edition, chain, line, client):
    maker, user = stands(edition, line[0], "Borealis Cells"), stands(edition, line[1])
    agreed(edition, line, maker.company, user.company)
    (tile,) = client.get("/api/v1/chain-maps/").json()["results"]
    assert tile == {"chain": chain.slug, "edition": "2027", "companies": 2, "published": 0, "agreed": 1}
    sent = client.get(f"/api/v1/chain-maps/{chain.slug}/?edition=2027").json()
    assert sent == json.loads(client.get(f"/editions/2027/maps/{chain.slug}.json").content)
    assert [one["number"] for one in sent["supplies"]] == ["2027-0001"]


def test_the_api_refuses_what_it_does_not_know(edition, chain, line, client):
    for query in ("?edition=none", "?edition=", "?year=2024", "?edition=%00"):
        assert client.get(f"/api/v1/chain-maps/{query}").status_code == 400
        assert client.get(f"/api/v1/chain-maps/{chain.slug}/{query}").status_code == 400
    other, empty = builders.edition(), builders.chain(edition)
    assert client.get(f"/api/v1/chain-maps/{chain.slug}/?edition={other.slug}").status_code == 404
    assert client.get(f"/api/v1/chain-maps/{empty.slug}/").status_code == 404
