"""All postings of a person's companies: found, taken, handed in and withdrawn many at a time."""

import csv
import io

import pytest
from django.contrib.messages import get_messages

from expo.foundation.models import Event
from expo.foundation.sheets import exporting
from matchmaking.marketplace import actions
from matchmaking.marketplace.errors import NotAllPossible, TooManyAtOnce
from matchmaking.marketplace.models import Offer, SourcingRequest
from tests import builders

PAGE = "/desk/postings/"


@pytest.fixture
def drafts(exhibitor, supplier_segment):
    return [builders.offer(exhibitor, supplier_segment, title=f"Cell {n} Ah", status="draft", external_id=f"A-{n}") for n in (50, 60, 70)]


@pytest.fixture
def published(exhibitor, supplier_segment):
    return builders.offer(exhibitor, supplier_segment, title="Cell on the market")


def said(answer):
    return [str(message) for message in get_messages(answer.wsgi_request)]


def shown(answer):
    return [row["title"] for row in answer.context["page"].object_list]


def test_every_state_is_listed_newest_change_first(client_of, boris, exhibitor, supplier_segment, drafts, published):
    ended = builders.offer(exhibitor, supplier_segment, title="Gone", status="withdrawn")
    page = client_of(boris).get(PAGE)
    assert shown(page) == ["Gone", "Cell on the market", "Cell 70 Ah", "Cell 60 Ah", "Cell 50 Ah"]
    assert f'value="offer-{published.pk}"' in page.text
    assert f'value="offer-{ended.pk}"' not in page.text
    assert "A-50" in page.text


def test_nobody_elses_are_there(client_of, carla, anna, drafts, client):
    for person in (carla, anna):
        page = client_of(person).get(PAGE)
        assert page.context["own"].total == 0
        assert "Cell 50 Ah" not in page.text
    assert client.get(PAGE).status_code == 302


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("status=published", ["Wanted", "Cell on the market"]),
        ("kind=request", ["Wanted"]),
        ("q=A-60", ["Cell 60 Ah"]),
        ("q=cell+70", ["Cell 70 Ah"]),
        ("segment=complete-vehicles", ["Wanted"]),
        ("chain=nothing", []),
        ("chain=&segment=&q=&kind=offer&sort=title", ["Cell 50 Ah", "Cell 60 Ah", "Cell 70 Ah", "Cell on the market"]),
        ("sort=reference&status=draft", ["Cell 50 Ah", "Cell 60 Ah", "Cell 70 Ah"]),
    ],
)
def test_filters_and_sorts(query, titles, client_of, boris, borealis, edition, customer_segment, drafts, published):
    wanted = builders.registration(borealis, edition, role="buyer")
    builders.sourcing_request(wanted, customer_segment, title="Wanted")
    assert shown(client_of(boris).get(f"{PAGE}?{query}")) == titles


def test_what_the_list_does_not_know_is_refused(client_of, boris, drafts):
    for query in ("status=nonsense", "sort=price", "kind=all"):
        assert client_of(boris).get(f"{PAGE}?{query}").status_code == 400
    for page in ("0", "2", "x", "²"):
        assert client_of(boris).get(f"{PAGE}?page={page}").status_code == 404


def test_fifty_a_page_with_as_many_queries_as_for_one(client_of, boris, exhibitor, supplier_segment, count_queries):
    client = client_of(boris)
    builders.offer(exhibitor, supplier_segment)
    client.get(PAGE)
    first = count_queries(lambda: client.get(PAGE))
    for n in range(51):
        builders.offer(exhibitor, supplier_segment, title=f"Offer {n}")
    client.get(PAGE)
    assert count_queries(lambda: client.get(PAGE)) <= first
    assert len(shown(client.get(PAGE))) == 50
    assert len(shown(client.get(f"{PAGE}?page=2"))) == 2


def test_fits_are_told_once_a_run_is_in_force(client_of, anna, buyer, exhibitor, supplier_segment):
    builders.sourcing_request(buyer, supplier_segment, title="Lonely")
    filled = builders.sourcing_request(buyer, supplier_segment, title="Filled")
    page = client_of(anna).get(PAGE)
    assert [(row["title"], row["fits"]) for row in page.context["page"].object_list] == [("Filled", None), ("Lonely", None)]
    assert "what fits “Filled”" in page.text
    builders.match(filled, builders.offer(exhibitor, supplier_segment))
    page = client_of(anna).get(PAGE)
    assert [(row["title"], row["fits"]) for row in page.context["page"].object_list] == [("Filled", 1), ("Lonely", 0)]


def test_the_chosen_are_handed_in(client_of, boris, drafts):
    answer = client_of(boris).post(f"{PAGE}submit/", {"chosen": [f"offer-{one.pk}" for one in drafts[:2]], "query": "status=draft&x=1"})
    assert answer["Location"] == f"{PAGE}?status=draft&x=1"
    assert said(answer) == ["2 postings are handed in."]
    assert list(Offer.objects.order_by("pk").values_list("status", flat=True)) == ["submitted", "submitted", "draft"]
    assert Event.objects.filter(verb="submit", actor=boris).count() == 2
    assert Offer.history.filter(status="submitted", history_user=boris).count() == 2


def test_all_drafts_that_the_filters_find_are_handed_in(client_of, boris, drafts, published):
    answer = client_of(boris).post(f"{PAGE}submit/", {"all": "1", "query": "q=cell"})
    assert said(answer) == ["3 postings are handed in."]
    assert Offer.objects.filter(status="submitted").count() == 3


def test_one_that_cannot_holds_all_back(client_of, boris, drafts, published):
    keys = [f"offer-{one.pk}" for one in (*drafts, published)]
    answer = client_of(boris).post(f"{PAGE}submit/", {"chosen": keys})
    [words] = said(answer)
    assert words.startswith("Nothing was done: 1 of the postings cannot take this step. “Cell on the market”:")
    assert Offer.objects.filter(status="draft").count() == 3
    assert not Event.objects.filter(verb="submit").exists()


def test_withdrawing_asks_first(client_of, boris, drafts, published):
    client, keys = client_of(boris), [f"offer-{one.pk}" for one in (drafts[0], published)]
    page = client.post(f"{PAGE}withdraw/", {"chosen": keys})
    assert "Withdraw 2 postings?" in page.text
    assert not Offer.objects.filter(status="withdrawn").exists()
    answer = client.post(f"{PAGE}withdraw/", {"chosen": keys, "sure": "1"})
    assert said(answer) == ["2 postings are withdrawn."]
    assert Offer.objects.filter(status="withdrawn").count() == 2


def test_nothing_chosen_is_said(client_of, boris, drafts):
    for verb in ("submit", "withdraw"):
        assert said(client_of(boris).post(f"{PAGE}{verb}/", {})) == ["Nothing was chosen."]


def test_others_postings_cannot_be_named(client_of, carla, anna, drafts):
    for person in (carla, anna):
        for verb in ("submit", "withdraw"):
            answer = client_of(person).post(f"{PAGE}{verb}/", {"chosen": [f"offer-{drafts[0].pk}"], "sure": "1"})
            assert answer.status_code == 404
    assert client_of(anna).post(f"{PAGE}publish/", {}).status_code == 404
    assert client_of(anna).get(f"{PAGE}submit/").status_code == 405
    assert Offer.objects.filter(status="draft").count() == 3


def test_the_action_itself_refuses_others_and_names_places(carla, boris, drafts, published, exhibitor):
    with pytest.raises(NotAllPossible) as refused:
        actions.withdraw_postings(drafts, by=carla)
    assert list(refused.value.fields) == ["rows.0", "rows.1", "rows.2"]
    with pytest.raises(TooManyAtOnce):
        actions.submit_postings(drafts * 400, by=boris)
    exhibitor.status = "withdrawn"
    exhibitor.save()
    with pytest.raises(NotAllPossible, match="verified exhibitor"):
        actions.submit_postings(drafts, by=boris)
    assert Offer.objects.filter(status="draft").count() == 3


def test_what_is_handed_in_without_review_is_on_the_market(edition, boris, drafts):
    edition.reviews_postings = False
    edition.save()
    assert actions.submit_postings(drafts, by=boris) == 3
    assert Offer.objects.published().count() == 3
    assert Event.objects.filter(verb="publish").count() == 3


def test_creation_and_other_values_stay(boris, drafts):
    before = {one.pk: one for one in Offer.objects.all()}
    actions.submit_postings(drafts, by=boris)
    for now in Offer.objects.all():
        was = before[now.pk]
        changed = {field.name for field in now._meta.concrete_fields if getattr(was, field.attname) != getattr(now, field.attname)}
        assert changed == {"status", "submitted_at", "changed_at"}


def test_own_lists_are_taken_with_the_filters_of_the_page(client_of, boris, carla, drafts, published, monkeypatch):
    def titles(answer):
        return [row["Title *"] for row in csv.DictReader(io.StringIO(b"".join(answer).decode("utf-8-sig")))]

    assert titles(client_of(boris).get("/lists/my-offers.csv?status=draft&q=70")) == ["Cell 70 Ah"]
    assert titles(client_of(carla).get("/lists/my-offers.csv")) == []
    monkeypatch.setattr(exporting, "MOST_AT_ONCE", 2)
    assert client_of(boris).get("/lists/my-offers.xlsx?status=draft").status_code == 302
    assert "/lists/my-offers.xlsx?status=draft" in client_of(boris).get(f"{PAGE}?status=draft").text


def test_the_desk_says_how_many_there_are_and_leads_to_all(client_of, boris, exhibitor, supplier_segment, drafts):
    for n in range(12):
        builders.offer(exhibitor, supplier_segment, title=f"Offer {n}")
    text = client_of(boris).get("/desk/").text
    assert '12 of 15 — <a href="/desk/postings/">All your postings</a>' in text


def test_the_same_over_the_api(client_of, boris, carla, drafts, published):
    client, keys = client_of(boris), [one.pk for one in drafts]
    answer = client.post("/api/v1/offers/submit-many/", {"rows": [*keys, published.pk]}, content_type="application/json")
    assert (answer.status_code, list(answer.json()["fields"])) == (409, ["rows.3"])
    answer = client.post("/api/v1/offers/submit-many/", {"rows": [keys[0], keys[0], 10**9]}, content_type="application/json")
    assert (answer.status_code, sorted(answer.json()["fields"])) == (400, ["rows.1", "rows.2"])
    assert Offer.objects.filter(status="draft").count() == 3
    answer = client.post("/api/v1/offers/submit-many/", {"rows": keys}, content_type="application/json")
    assert (answer.status_code, answer.json()) == (200, {"done": 3})
    other = client_of(carla).post("/api/v1/offers/withdraw-many/", {"rows": keys}, content_type="application/json")
    assert other.status_code == 403
    answer = client.post("/api/v1/offers/withdraw-many/", {"rows": keys}, content_type="application/json")
    assert (answer.status_code, answer.json()) == (200, {"done": 3})
    assert Offer.objects.filter(status="withdrawn").count() == 3
    assert not SourcingRequest.objects.exists()
