import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from matchmaking.marketplace.models import Offer, OfferCertificate
from matchmaking.marketplace.normalise import normalise
from tests import builders

RATES = {"CNY": Decimal(1), "USD": Decimal(7), "EUR": Decimal(8)}


def offer(exhibitor, segment, certificates=(), **fields):
    made = builders.offer(exhibitor, segment, certificates=certificates, **fields)
    normalise(made, RATES)
    made.save()
    return made


def request_(buyer, segment, certificates=(), **fields):
    made = builders.sourcing_request(buyer, segment, certificates=certificates, **fields)
    normalise(made, RATES)
    made.save()
    return made


def titles(client, **query):
    answer = client.get("/market/", query)
    assert answer.status_code == 200
    return [card["title"] for card in answer.context["market"].cards]


@pytest.fixture
def postings(exhibitor, buyer, supplier_segment, customer_segment):
    offer(exhibitor, supplier_segment, title="Modules", title_other="模组", certificates=("IATF 16949", "CE"), unit_price=10, currency="USD", price_unit="kg",
          minimum_quantity=2, unit="t", lead_time_days=84, origin="CN", hs_code="850760", is_debut=True)  # fmt: skip
    offer(exhibitor, customer_segment, title="Vans", certificates=("CE",), unit_price=200000, currency="CNY", price_unit="pc", lead_time_days=30,
          origin="VN", hs_code="8704", description="Electric delivery vans")  # fmt: skip
    request_(buyer, supplier_segment, title="Modules wanted", certificates=("IATF 16949",), quantity=500, unit="kg", budget=80, currency="CNY",
             budget_unit="kg", needed_by=timezone.localdate() + timedelta(days=70), origins_accepted=["CN"], hs_code="8507")  # fmt: skip
    request_(buyer, customer_segment, title="Buses wanted", certificates=("UL 9540A",))
    builders.match_run(exhibitor.edition)
    builders.index_all()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, {"Modules", "Vans", "Modules wanted", "Buses wanted"}),
        ({"kind": "offer"}, {"Modules", "Vans"}),
        ({"kind": "request"}, {"Modules wanted", "Buses wanted"}),
        ({"q": "MODULES"}, {"Modules", "Modules wanted"}),
        ({"q": "模组"}, {"Modules"}),
        ({"q": "delivery electric"}, {"Vans"}),
        ({"q": "borealis"}, {"Modules", "Vans"}),
        ({"q": "北极光"}, {"Modules", "Vans"}),
        ({"q": "16949"}, {"Modules", "Modules wanted"}),
        ({"q": "nothing"}, set()),
        ({"chain": "smart-vehicle"}, {"Modules", "Vans", "Modules wanted", "Buses wanted"}),
        ({"chain": "clean-energy"}, set()),
        ({"segment": "battery-cells"}, {"Modules", "Modules wanted"}),
        ({"stage": "downstream"}, {"Vans", "Buses wanted"}),
        ({"stage": ["downstream", "midstream"]}, {"Modules", "Vans", "Modules wanted", "Buses wanted"}),
        ({"country": "DE"}, {"Modules wanted", "Buses wanted"}),
        ({"country": ["DE", "CN"]}, {"Modules", "Vans", "Modules wanted", "Buses wanted"}),
        ({"origin": "VN"}, {"Vans", "Buses wanted"}),
        ({"hs": "85"}, {"Modules", "Modules wanted"}),
        ({"hs": "8507"}, {"Modules", "Modules wanted"}),
        ({"hs": "850760"}, {"Modules"}),
        ({"certificate": "ce"}, {"Modules", "Vans"}),
        ({"certificate": ["ce", "iatf16949"]}, {"Modules"}),
        ({"certificate": "IATF-16949"}, {"Modules", "Modules wanted"}),
        ({"price_max": "75"}, {"Modules"}),
        ({"price_min": "10", "price_max": "10", "currency": "USD"}, {"Modules"}),
        ({"price_max": "80000", "unit": "t"}, {"Modules", "Modules wanted"}),
        ({"price_max": "79999", "unit": "t"}, {"Modules"}),
        ({"price_min": "1", "currency": "HUF"}, set()),
        ({"price_min": "1", "unit": "pc"}, {"Vans"}),
        ({"quantity": "2", "unit": "t", "kind": "offer"}, {"Modules"}),
        ({"quantity": "1", "unit": "t"}, set()),
        ({"quantity": "500", "unit": "kg"}, {"Modules wanted"}),
        ({"lead_max": "12"}, {"Modules", "Vans", "Modules wanted"}),
        ({"lead_max": "10"}, {"Vans", "Modules wanted"}),
        ({"lead_min": "11"}, {"Modules"}),
        ({"debut": "true"}, {"Modules"}),
        ({"open": "true"}, {"Modules wanted", "Buses wanted"}),
    ],
)  # fmt: skip
def test_each_filter_leaves_what_it_says(query, found, postings, client):
    assert set(titles(client, **query)) == found
    answer = client.get("/market/", query)
    assert answer.context["market"].total == len(found)


def test_ended_certificates_do_not_count(postings, client):
    OfferCertificate.objects.filter(offer__title="Vans").update(valid_until=timezone.localdate() - timedelta(days=1))
    assert titles(client, certificate="ce") == ["Modules"]


def test_counts_tell_what_another_choice_would_leave(postings, client):
    market = client.get("/market/", {"stage": "midstream", "kind": "offer"}).context["market"]
    assert [(choice.value, choice.count) for choice in market.stage_choices.shown] == [
        ("upstream", 0),
        ("midstream", 1),
        ("downstream", 1),
        ("service", 0),
    ]
    assert [(choice.value, choice.count, choice.is_on) for choice in market.chain_choices.shown] == [("smart-vehicle", 1, False)]
    assert market.facets.certificates == {("iatf16949", "IATF 16949"): 1, ("ce", "CE"): 1}


def test_every_count_is_what_the_link_finds(postings, client):
    market = client.get("/market/").context["market"]
    for choices in (market.chain_choices, market.stage_choices, market.certificate_choices, market.country_choices):
        for choice in [*choices.shown, *choices.more]:
            assert len(titles(client, **{choices.name: choice.value})) == choice.count, choice
    assert len(titles(client, open="true")) == market.facets.without_offer
    for choice in market.origin_choices:
        assert len(titles(client, origin=choice.value, kind="offer")) == choice.count


def test_sorts_put_what_is_not_stated_last(postings, client):
    assert titles(client, sort="price")[:3] == ["Modules", "Modules wanted", "Vans"]
    assert titles(client, sort="lead", kind="offer") == ["Vans", "Modules"]
    assert titles(client, sort="newest", kind="offer") == ["Vans", "Modules"]
    modules = Offer.objects.get(title="Modules")
    modules.valid_until = timezone.localdate()
    modules.save()
    assert titles(client, sort="closing")[0] == "Modules"


@pytest.mark.parametrize(
    "query",
    [
        {"price_min": "x"},
        {"price_max": "-1"},
        {"price_max": "1e400"},
        {"price_max": "9" * 30},
        {"price_min": "NaN"},
        {"quantity": "Infinity"},
        {"lead_max": "99999999999999999999"},
        {"lead_min": "one"},
        {"hs": "85a"},
        {"hs": "1"},
        {"country": "XX"},
        {"origin": "<b>"},
        {"currency": "GOLD"},
        {"unit": "stone"},
        {"stage": "sideways"},
        {"chain": "a'; drop"},
        {"segment": "é è"},
        {"certificate": ["x"] * 60},
        {"q": "x" * 201},
    ],
)
def test_a_value_that_cannot_be_read_is_said_and_left_out(query, postings, client):
    answer = client.get("/market/", query)
    assert answer.status_code == 200
    assert answer.context["market"].form.errors
    assert 'role="alert"' in answer.content.decode()
    assert answer.context["market"].total == 4


@pytest.mark.parametrize(
    "query",
    [
        {"kind": "all' or 1"},
        {"sort": "registration__company__members__user__email"},
        {"page": "zzz"},
        {"page": "-1"},
        {"page": "99999999999999999999999"},
        {"unknown": "1", "registration__company": "1", "password": "x"},
        {"open": "maybe"},
        {"debut": "maybe"},
    ],
)
def test_what_the_page_does_not_know_changes_nothing(query, postings, client):
    answer = client.get("/market/", query)
    assert answer.status_code == 200
    assert len(answer.context["market"].cards) == 4


@pytest.mark.parametrize("query", ["q=%00", "q=%ff", "chain=%00"])
def test_unreadable_bytes_are_a_bad_request(query, postings, client):
    assert client.get(f"/market/?{query}").status_code == 400


def test_many_words_and_wild_cards_are_plain_text(postings, client):
    assert titles(client, q="%") == []
    assert titles(client, q="_odule") == []
    assert titles(client, q="modules " * 30) != []


def test_a_typing_error_is_forgiven_as_in_the_search_and_all_other_filters_stay(postings, client, count_queries):
    assert titles(client, q="modlues", kind="offer") == ["Modules"]
    answer = client.get("/market/", {"q": "modlues"})
    assert {card["title"] for card in answer.context["market"].cards} == {"Modules", "Modules wanted"}
    assert "Nothing has “modlues”. This is what was found for <b>modules</b>." in answer.content.decode()
    assert "Nothing has" not in client.get("/market/", {"q": "modules"}).content.decode()
    assert client.get("/search/", {"q": "modlues"}).context["answer"].forgiven == "modules"
    assert count_queries(lambda: client.get("/market/", {"q": "modlues"})) <= 14


@pytest.mark.parametrize("query", [{"q": "modlues", "hs": "99"}, {"q": "zzzzzz"}, {"q": "modlues", "price_min": "much"}])
def test_no_other_spelling_is_offered_where_it_finds_nothing_either(query, postings, client):
    answer = client.get("/market/", query)
    assert "This is what was found for" not in answer.content.decode()
    assert answer.context["market"].address["q"] == query["q"]


def test_an_empty_market_says_so(edition, client):
    answer = client.get("/market/")
    assert answer.status_code == 200
    assert "No posting yet" in answer.content.decode()


def test_a_site_without_an_edition_has_a_market_too(db, client):
    assert client.get("/market/").status_code == 200


def test_nothing_found_names_the_nearest_ways_out(postings, client):
    answer = client.get("/market/", {"chain": "smart-vehicle", "certificate": "ul9540a", "kind": "offer", "lead_max": "12"})
    market = answer.context["market"]
    assert market.total == 0
    assert market.nearest == [("UL 9540A", "?chain=smart-vehicle&kind=offer&lead_max=12", 2)]
    page = answer.content.decode()
    assert "Nobody here offers this yet" in page
    assert "/post/request/" in page
    for _words, address, count in market.nearest:
        assert client.get(f"/market/{address}").context["market"].total == count


def test_chips_name_each_filter_and_lead_to_the_page_without_it(postings, client):
    query = {"chain": "smart-vehicle", "stage": ["midstream", "downstream"], "certificate": "ce", "lead_max": "12", "q": "a&b", "page": "1"}
    market = client.get("/market/", query).context["market"]
    assert [text for text, _address in market.chip_links] == [
        "“a&b”", "Smart vehicle", "Midstream", "Downstream", "CE", "Lead time up to 12 weeks"
    ]  # fmt: skip
    assert dict(market.chip_links)["Midstream"] == "?chain=smart-vehicle&certificate=ce&lead_max=12&q=a%26b&stage=downstream"
    assert market.address_of_all == "?"


def test_the_address_that_a_quick_change_leaves_is_short(postings, client):
    query = "q=&kind=all&chain=smart-vehicle&stage=midstream&stage=downstream&lead_min=&currency=CNY&sort=newest&sort=newest&page=1"
    answer = client.get(f"/market/?{query}", headers={"HX-Request": "true"})
    assert answer["HX-Push-Url"] == "/market/?chain=smart-vehicle&stage=midstream&stage=downstream"
    assert client.get("/market/?q=", headers={"HX-Request": "true"})["HX-Push-Url"] == "/market/"
    assert "HX-Push-Url" not in client.get(f"/market/?{query}")


def test_pages_hold_thirty_and_keep_the_filters(exhibitor, supplier_segment, client):
    for number in range(31):
        builders.offer(exhibitor, supplier_segment, title=f"Offer {number:02d}")
    first, second = titles(client, kind="offer"), titles(client, kind="offer", page=2)
    assert (len(first), len(second)) == (30, 1)
    assert not set(first) & set(second)
    assert "?kind=offer&amp;page=2" in client.get("/market/?kind=offer").content.decode()


def test_drafts_and_other_people_s_postings_stay_out_even_for_their_owner(exhibitor, supplier_segment, boris, organiser, client_of):
    for status in ("draft", "submitted", "changes_requested", "paused", "expired"):
        builders.offer(exhibitor, supplier_segment, status=status, review_reason="x")
    for person in (None, boris, organiser):
        answer = client_of(person).get("/market/")
        assert answer.context["market"].total == 0


@pytest.mark.parametrize("path", ["/market/", "/market/?kind=offer&chain=smart-vehicle&stage=midstream&certificate=ce&lead_max=12&q=modules",
                                  "/market/?price_max=100&currency=USD&country=CN&hs=85&sort=price&open=false"])  # fmt: skip
def test_a_market_page_takes_nine_queries_for_one_and_for_thirty(path, exhibitor, buyer, supplier_segment, client, count_queries):
    for _number in range(2):
        offer(
            exhibitor,
            supplier_segment,
            title="Modules",
            certificates=("CE",),
            unit_price=10,
            currency="USD",
            price_unit="kg",
            hs_code="85",
            lead_time_days=1,
        )
        builders.sourcing_request(buyer, supplier_segment, certificates=("CE",))
    client.get(path)  # keeps the counts
    few = count_queries(lambda: client.get(path))
    for _number in range(28):
        offer(
            exhibitor,
            supplier_segment,
            title="Modules",
            certificates=("CE",),
            unit_price=10,
            currency="USD",
            price_unit="kg",
            hs_code="85",
            lead_time_days=1,
        )
        builders.sourcing_request(buyer, supplier_segment, certificates=("CE",))
    client.get(path)
    assert count_queries(lambda: client.get(path)) == few <= 9


def test_somebody_signed_in_costs_five_more_at_most_and_four_with_cards_of_their_own(
    exhibitor, buyer, supplier_segment, anna, boris, client, client_of, count_queries
):
    builders.offer(exhibitor, supplier_segment)
    mine, another = client_of(boris), client_of(anna)
    mine.get("/market/"), another.get("/market/")
    stranger = count_queries(lambda: client.get("/market/"))
    assert count_queries(lambda: another.get("/market/")) <= stranger + 5
    assert count_queries(lambda: mine.get("/market/")) <= stranger + 9


def test_the_page_works_without_script_and_in_chinese(postings, client):
    page = client.get("/market/?chain=smart-vehicle").content.decode()
    assert '<form class="stack gap-5" id="filters" action="/market/" method="get"' in page
    assert 'form="filters"' in page
    assert not re.search(r"<script(?![^>]*src=)|style=|onclick", page)
    chinese = client.get("/zh/market/").content.decode()
    assert "模组" in chinese
    assert 'href="/zh/offers/' in chinese


def test_a_request_nobody_fills_says_so_on_its_card(postings, client):
    cards = {card["title"]: card for card in client.get("/market/").context["market"].cards}
    assert cards["Buses wanted"]["without_offer"]
    assert not cards["Vans"]["without_offer"]


def test_zones_can_be_chosen_too(edition, exhibitor, chain, client):
    zone = builders.chain(edition, slug="ai", code="AI", kind="zone", parent=chain, short_name_en="AI zone")
    builders.offer(exhibitor, builders.segment(zone), title="Robot")
    market = client.get("/market/?chain=ai").context["market"]
    assert [card["title"] for card in market.cards] == ["Robot"]
    assert market.chip_links[0][0] == "AI zone"
    assert zone not in market.chain_bar
