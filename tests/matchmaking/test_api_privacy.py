"""What the API keeps to itself: hidden buyers, invited eyes, drafts, anonymous agreements, people."""

import pytest

from expo.api import router
from expo.foundation.writing import SignedIn
from matchmaking.agreements.models import Agreement
from matchmaking.marketplace.models import PostingStatus, SourcingRequest
from matchmaking.participants.models import Registration
from tests import builders

LISTS = sorted(
    prefix for prefix, viewset, _name in router.registry if hasattr(viewset, "list") and SignedIn not in viewset.permission_classes
)


def rows(client, address):
    answer = client.get(f"/api/v1/{address}")
    assert answer.status_code == 200
    return answer.json()["results"]


@pytest.mark.parametrize("who", [None, "carla", "anna", "organiser"])
def test_a_hidden_buyer_has_no_company_whoever_looks(who, buyer, supplier_segment, client_of, request):
    hidden = SourcingRequest.Visibility.NAME_HIDDEN
    posting = builders.sourcing_request(buyer, supplier_segment, title="Cells wanted", visibility=hidden)
    client = client_of(request.getfixturevalue(who) if who else None)
    (row,) = rows(client, "requests/")
    assert (row["title"], row["company"], row["visibility"]) == ("Cells wanted", None, "name_hidden")
    for address in ("requests/", f"requests/{posting.pk}/"):
        text = client.get(f"/api/v1/{address}").text
        assert "Aurora" not in text
        assert "aurora" not in text


@pytest.mark.parametrize("query", ["q=aurora", "country=DE"])
def test_no_filter_tells_who_a_hidden_buyer_is(query, buyer, supplier_segment, client):
    builders.sourcing_request(buyer, supplier_segment, visibility="name_hidden")
    builders.index_all()
    assert rows(client, f"requests/?{query}") == []
    builders.sourcing_request(buyer, supplier_segment)
    builders.index_all()
    assert len(rows(client, f"requests/?{query}")) == 1


def test_a_request_for_invited_eyes_is_seen_by_its_own_people_alone(buyer, supplier_segment, anna, boris, client, client_of):
    posting = builders.sourcing_request(buyer, supplier_segment, visibility="invited")
    for stranger in (client, client_of(boris)):
        assert rows(stranger, "requests/") == []
        assert stranger.get(f"/api/v1/requests/{posting.pk}/").status_code == 404
    assert client_of(anna).get(f"/api/v1/requests/{posting.pk}/").status_code == 200


@pytest.mark.parametrize("status", [status for status in PostingStatus.values if status != PostingStatus.PUBLISHED])
def test_an_offer_that_is_not_published_is_seen_by_its_own_people_alone(
    status, exhibitor, supplier_segment, boris, carla, client, client_of
):
    posting = builders.offer(exhibitor, supplier_segment, status=status, review_reason="Say more.")
    for stranger in (client, client_of(carla)):
        assert rows(stranger, "offers/") == []
        assert stranger.get(f"/api/v1/offers/{posting.pk}/").status_code == 404
    assert client_of(boris).get(f"/api/v1/offers/{posting.pk}/").json()["status"] == status


@pytest.mark.parametrize("status", [status for status in Registration.Status.values if status != Registration.Status.VERIFIED])
def test_only_verified_exhibitors_are_listed(status, edition, client, organiser, client_of):
    builders.registration(builders.company("Unverified"), edition, status=status, rejection_reason="No.")
    for visitor in (client, client_of(organiser)):
        assert rows(visitor, "registrations/") == []
    assert rows(client, "companies/") == []


def test_who_buys_is_not_listed(buyer, exhibitor, client):
    assert [row["company"]["slug"] for row in rows(client, "registrations/")] == ["borealis-cells"]


def test_an_anonymous_agreement_has_neither_title_nor_parties(edition, chain, aurora, borealis, client, carla, client_of, organiser):
    anonymous = Agreement.Visibility.ANONYMOUS
    made = builders.agreement(edition, chain, aurora, borealis, title="Aurora takes cells of Borealis", visibility=anonymous)
    for stranger in (client, client_of(carla)):
        (row,) = rows(stranger, "agreements/")
        assert (row["is_anonymous"], row["title"], row["parties"], row["amount"]) == (True, "", [], "1000000.00")
        for address in ("agreements/", f"agreements/{made.pk}/"):
            assert "urora" not in stranger.get(f"/api/v1/{address}").text
    (row,) = rows(client_of(organiser), "agreements/")
    assert (row["is_anonymous"], [party["name"] for party in row["parties"]]) == (False, ["Aurora Motors", "Borealis Cells"])


@pytest.mark.parametrize(
    "fields",
    [
        {"visibility": "totals_only"},
        {"status": "draft"},
        {"status": "disputed"},
        {"status": "void", "void_reason": "Wrong."},
    ],
    ids=str,
)
def test_other_agreements_are_not_listed(fields, edition, chain, aurora, borealis, client):
    made = builders.agreement(edition, chain, aurora, borealis, **fields)
    assert rows(client, "agreements/") == []
    assert client.get(f"/api/v1/agreements/{made.pk}/").status_code == 404


def test_a_party_without_a_page_is_named_without_address(edition, chain, borealis, client):
    unseen = builders.company("Unseen Works")
    builders.agreement(edition, chain, borealis, unseen)
    (row,) = rows(client, "agreements/")
    assert {party["name"]: party["company"] for party in row["parties"]} == {"Borealis Cells": "borealis-cells", "Unseen Works": None}


def test_no_person_and_no_contact_leaves(edition, chain, buyer, exhibitor, supplier_segment, aurora, borealis, boris, client, client_of):
    builders.offer(exhibitor, supplier_segment)
    builders.sourcing_request(buyer, supplier_segment)
    builders.agreement(edition, chain, aurora, borealis, recorded_by=boris)
    for visitor in (client, client_of(boris)):
        for prefix in LISTS:
            text = visitor.get(f"/api/v1/{prefix}/").text
            for private in ("anna@", "boris@", "Anna Adler", "Boris Bo", "1234567", "7654321"):
                assert private not in text, (prefix, private)


def test_an_answer_for_somebody_signed_in_is_not_kept_by_shared_caches(boris, exhibitor, client, client_of):
    assert "no-store" in client_of(boris).get("/api/v1/offers/")["Cache-Control"]
    assert "Cookie" in client.get("/api/v1/offers/")["Vary"]
