"""What changed since a moment: nothing missed, nothing told that was never public."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from expo.foundation import changes
from matchmaking.agreements import actions as ledger
from matchmaking.agreements.checks import PartyInput
from matchmaking.marketplace import actions as market
from matchmaking.marketplace.models import Offer
from matchmaking.participants import actions as people
from tests import builders

CHANGES = "/api/v1/changes/"


def told(client, since, **more):
    answer = client.get(CHANGES, {"since": since.isoformat(), **more})
    assert answer.status_code == 200
    return [(row["kind"], row["id"], row["gone"]) for row in answer.json()["results"]]


@pytest.fixture
def offer(exhibitor, supplier_segment):
    return builders.offer(exhibitor, supplier_segment, status="draft", published_at=None)


@pytest.fixture
def since(offer):
    return timezone.now()


def test_a_posting_is_told_when_it_appears_and_when_it_goes(offer, since, boris, organiser, client, client_of, edition):
    edition.review_postings = True
    edition.save()
    market.submit_posting(offer, by=boris)
    assert told(client, since) == []
    assert told(client_of(boris), since) == [("offers", str(offer.pk), False)]
    market.publish_posting(Offer.objects.get(), by=organiser)
    assert told(client, since) == [("offers", str(offer.pk), False)]
    market.withdraw_posting(Offer.objects.get(), by=boris)
    assert told(client, since) == [("offers", str(offer.pk), True)]
    assert told(client_of(boris), since) == [("offers", str(offer.pk), False)]
    row = client.get(CHANGES, {"since": since.isoformat()}).json()["results"][0]
    assert (row["address"], sorted(row)) == ("", ["address", "at", "gone", "id", "kind"])


def test_what_was_never_public_is_never_told(offer, since, boris, client, client_of, carla):
    market.withdraw_posting(offer, by=boris)
    for visitor in (client, client_of(carla)):
        assert told(visitor, since) == []


def test_that_a_buyer_left_is_not_told(buyer, anna, client, client_of, carla, organiser):
    since = timezone.now()
    waiting = builders.registration(builders.company(), buyer.edition, role="buyer", status="submitted", decided_at=None)
    people.verify_registration(waiting, by=organiser)
    people.withdraw_registration(waiting, by=organiser)
    assert [row for row in told(client_of(carla), since) if row[0] == "registrations"] == []


def test_the_address_leads_to_the_row(exhibitor, client):
    answer = client.get(CHANGES, {"since": "2020-01-01T00:00:00Z"}).json()
    rows = {row["kind"]: row for row in answer["results"]}
    assert rows["companies"]["id"] == "borealis-cells"
    for row in rows.values():
        assert client.get(row["address"]).status_code == 200


def test_pages_lose_nothing_even_among_equal_moments(exhibitor, supplier_segment, client, monkeypatch):
    monkeypatch.setattr(changes, "AT_ONCE", 3)
    made = [builders.offer(exhibitor, supplier_segment) for _number in range(10)]
    Offer.objects.update(changed_at=timezone.now() + timedelta(minutes=1))
    found, address = [], f"{CHANGES}?since=2020-01-01T00:00:00Z"
    while address:
        page = client.get(address).json()
        assert len(page["results"]) <= 3
        found += [row["id"] for row in page["results"] if row["kind"] == "offers"]
        address = page["next"]
    assert found == [str(one.pk) for one in made]


def test_the_next_time_begins_before_now(exhibitor, client):
    until = datetime.fromisoformat(client.get(CHANGES, {"since": "2026-01-01T00:00:00Z"}).json()["until"])
    assert timedelta(minutes=1) < datetime.now(UTC) - until < timedelta(minutes=3)


def test_it_takes_the_same_queries_for_one_and_for_many(exhibitor, supplier_segment, client, count_queries):
    def ask():
        client.get(CHANGES, {"since": "2020-01-01T00:00:00Z"})

    one = count_queries(ask)
    for _number in range(3):
        builders.offer(exhibitor, supplier_segment)
    assert count_queries(ask) == one <= 12


@pytest.mark.parametrize(
    "since",
    [
        "",
        "yesterday",
        "2026-06-22",
        "2026-06-22T09:30:00",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "2026-13-01T00:00:00Z",
        "2026-06-22T09:30:00+99:00",
    ],
)
def test_a_moment_has_a_zone(db, client, since):
    answer = client.get(CHANGES, {"since": since})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["since"])


@pytest.mark.parametrize("cursor", ["", "x", "eA==", "MjAyNi0wMS0wMVQwMDowMDowMFp8YXx4", "MjAyNi0wMS0wMVQwMDowMDowMFp8YXwtMQ==", "é"])
def test_a_cursor_is_ours(db, client, cursor):
    assert client.get(CHANGES, {"cursor": cursor}).status_code in {400, 404}


def test_a_forum_is_told_by_the_key_that_its_address_names(edition, client):
    since = timezone.now() - timedelta(minutes=1)
    builders.forum(edition, key="opening", on=edition.starts_on)
    row = client.get(CHANGES, {"since": since.isoformat()}).json()["results"][0]
    assert (row["kind"], row["id"]) == ("forums", "opening")
    assert client.get(row["address"]).json()["key"] == "opening"


@pytest.mark.parametrize("path", ["offers", "requests", "companies", "registrations", "forums"])
@pytest.mark.parametrize("text", ["2026-06-22", "2026-06-22T09:30:00", "22/06/2026", "0001-01-01T00:00:00+14:00", "2026-13-01T00:00:00Z"])
def test_a_moment_without_its_zone_is_refused(path, text, client, db):
    answer = client.get(f"/api/v1/{path}/", {"changed_since": text})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["changed_since"])
    assert client.get(f"/api/v1/{path}/", {"changed_since": "2026-06-22T09:30:00+08:00"}).status_code == 200


@pytest.mark.parametrize(("day", "status"), [("2026-06-22", 200), ("22.06.26", 400), ("2026-6-2", 400), ("2026-02-30", 400)])
def test_a_day_is_year_month_day(day, status, client, edition):
    assert client.get("/api/v1/forums/", {"day": day}).status_code == status


def test_the_api_says_in_json_what_it_cannot_read(client, db):
    answer = client.get("/api/v1/forums/?day=%00")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_an_agreement_that_a_correction_takes_from_the_public_list_is_told_as_gone(edition, chain, aurora, borealis, organiser, client):
    said = {"edition": edition, "title": "Cells", "kind": "agreement", "chain": chain, "signed_on": edition.starts_on}
    said |= {"is_undisclosed": True, "parties": [PartyInput(aurora), PartyInput(borealis)]}
    since = timezone.now()
    listed, never = (
        ledger.record_agreement(ledger.draft_agreement(by=organiser, **said, visibility=visibility), by=organiser)
        for visibility in ("public", "totals_only")
    )
    assert told(client, since) == [("agreements", str(listed.pk), False)]
    hidden = replace(ledger.as_written(listed), visibility="totals_only")
    ledger.correct(listed, by=organiser, given=hidden, reason="They asked for it")
    ledger.void_agreement(never, by=organiser, reason="Twice")
    assert told(client, since) == [("agreements", str(listed.pk), True)]
