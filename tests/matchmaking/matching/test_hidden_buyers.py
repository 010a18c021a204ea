"""A buyer that hides its name is named nowhere but to its own people and at the organiser's desk."""

import pytest

from matchmaking.marketplace.cards import cards_of
from matchmaking.marketplace.filters import RequestFilter
from matchmaking.marketplace.models import SourcingRequest
from tests import builders

CANARIES = ("Aurora", "aurora", "极光汽车", "Germany", "德国", "anna@example.com", "Anna Adler", "30 1234567")
STRANGERS = ("nobody", "carla", "boris", "organiser")


@pytest.fixture
def hidden(buyer, supplier_segment):
    made = builders.sourcing_request(buyer, supplier_segment, title="Cells wanted", visibility="name_hidden", certificates=("CE",))
    builders.index_all()
    return made


@pytest.fixture
def people(carla, boris, organiser):
    return {"nobody": None, "carla": carla, "boris": boris, "organiser": organiser}


def main_of(answer):
    """The page without the layout around it, which names who is signed in."""
    return answer.content.decode().partition("<main")[2].partition("</main>")[0]


@pytest.mark.parametrize("who", STRANGERS)
@pytest.mark.parametrize("language", ["", "/zh"])
def test_no_page_names_the_buyer(who, language, hidden, exhibitor, supplier_segment, people, client_of):
    offer = builders.offer(exhibitor, supplier_segment, certificates=("CE",))
    builders.match(hidden, offer)
    client = client_of(people[who])
    for path in ("/market/", f"/requests/{hidden.pk}/", f"/offers/{offer.pk}/", "/market/?kind=request&q=cells"):
        answer = client.get(language + path)
        assert answer.status_code == 200
        page = main_of(answer)
        assert "Cells wanted" in page
        assert [word for word in CANARIES if word in page] == []


@pytest.mark.parametrize("query", ["q=aurora", "q=极光", "country=DE", "country=DE&country=CN", "q=Germany"])
def test_no_search_and_no_filter_tells_of_the_buyer(query, hidden, client):
    market = client.get(f"/market/?{query}").context["market"]
    assert market.total == 0
    assert not market.facets.countries


def test_the_api_s_filter_does_not_either(hidden):
    rows = SourcingRequest.objects.published()
    for data in ({"q": "aurora"}, {"country": ["DE"]}):
        assert not RequestFilter(data, queryset=rows).qs.exists()
    assert RequestFilter({"q": "cells"}, queryset=rows).qs.get() == hidden


def test_a_card_has_no_company_whoever_looks(hidden):
    card = cards_of(list(SourcingRequest.objects.for_card()))[0]
    assert (card["company"], card["place"], card["booth"]) == ("Name hidden until the buyer accepts", "", "")


def test_a_company_s_own_list_leaves_it_out(hidden):
    assert not SourcingRequest.objects.published().named().exists()


def test_its_own_people_know_that_it_is_theirs(hidden, anna, client_of):
    page = main_of(client_of(anna).get(f"/requests/{hidden.pk}/"))
    assert "Your posting" in page
    assert "Others do not see who asks." in page
    assert "Aurora" not in page


def test_an_invited_request_does_not_exist_for_others(hidden, anna, people, client_of):
    SourcingRequest.objects.update(visibility="invited")
    for who in ("nobody", "carla", "boris"):
        client = client_of(people[who])
        assert client.get(f"/requests/{hidden.pk}/").status_code == 404
        assert client.get("/market/").context["market"].total == 0
    assert client_of(anna).get(f"/requests/{hidden.pk}/").status_code == 200
