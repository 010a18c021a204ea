"""The quality figures of a run, and what is said when a weight is changed."""

import filecmp
from pathlib import Path

import pytest
from django.urls import reverse

from matchmaking.matching import quality
from matchmaking.matching.actions.verdicts import give_verdict
from matchmaking.matching.models import Weight
from matchmaking.matching.world import plain_weights
from tests import builders
from tests.matchmaking.matching.matched import CELL, CELL_ZH, WANTED, another_exhibitor, run

DEV = Path(__file__).parents[2] / "data" / "relevance" / "dev"


@pytest.fixture
def wanted(buyer, supplier_segment):
    return builders.sourcing_request(buyer, supplier_segment, **WANTED)


@pytest.fixture
def cell(exhibitor, supplier_segment):
    return builders.offer(exhibitor, supplier_segment, **CELL)


def test_the_collection_that_comes_with_the_product_is_the_judged_one():
    names = sorted(path.name for path in DEV.iterdir())
    assert names == sorted(path.name for path in quality.collection_folder().iterdir())
    assert filecmp.cmpfiles(DEV, quality.collection_folder(), names, shallow=False) == (names, [], [])


def test_a_run_says_how_well_its_weights_and_terms_rank(edition, wanted, cell):
    said = run(edition).figures["quality"]
    judged = said["judged"]
    assert said["uptake"] is None
    assert (judged["requests"], judged["offers"]) == (28, 111)
    assert judged["ndcg"]["mean"] >= 0.94
    assert judged["ndcg"]["low"] < judged["ndcg"]["mean"] < judged["ndcg"]["high"]
    assert judged["cross_recall"]["mean"] >= 0.95
    assert judged["broken"]["mean"] == 0
    Weight.objects.create(factor="hs", points=0)
    assert run(edition).figures["quality"]["judged"]["ndcg"]["mean"] < judged["ndcg"]["mean"]


def test_a_run_says_how_the_first_places_of_the_one_before_were_taken_up(edition, wanted, cell, supplier_segment, anna, boris):
    other = builders.offer(another_exhibitor(edition, "Comet Cells", country="KR"), supplier_segment, **CELL_ZH)
    first = run(edition)
    give_verdict(wanted, cell, side="buyer", says="interested", by=anna)
    give_verdict(wanted, cell, side="supplier", says="interested", by=boris)
    give_verdict(wanted, other, side="buyer", says="not_for_us", reason="price", by=anna)
    second = run(edition)
    expected = {"run": first.pk, "shown": 2, "interested": 2, "not_for_us": 1, "share": 0.6667}
    assert second.figures["quality"]["uptake"] == expected
    # What was said before a run came into force says nothing of it; the refused pair stands on no list now.
    expected = {"run": second.pk, "shown": 1, "interested": 0, "not_for_us": 0, "share": None}
    assert run(edition).figures["quality"]["uptake"] == expected


def test_a_collection_that_cannot_be_read_hinders_no_run(edition, wanted, cell, tmp_path, monkeypatch):
    monkeypatch.setattr(quality, "collection_folder", lambda: tmp_path)
    monkeypatch.setattr(quality._Process, "read", None)
    done = run(edition)
    assert done.status == "in_force"
    assert "offers.jsonl" in done.figures["quality"]["judged"]["fault"]
    assert quality.effect_of(plain_weights(), plain_weights()) is None


def test_the_page_and_the_api_of_a_run_show_its_quality(edition, wanted, cell, organiser, client_of):
    run(edition)
    done = run(edition)
    page = client_of(organiser).get(reverse("admin:matching_matchrun_change", args=[done.pk])).text
    assert "Judged collection of 28 requests and 111 offers: nDCG@10 0.9" in page
    assert f"Of the first three places of run {done.pk - 1}, 1: 0 would like to meet, 0 not for us" in page
    sent = client_of(organiser).get(f"/api/v1/match-runs/{done.pk}/").json()
    assert sent["figures"]["quality"] == done.figures["quality"]


def test_the_page_of_a_run_that_could_not_be_judged_says_why(edition, organiser, client_of):
    done = builders.match_run(edition, figures={"quality": {"judged": {"fault": "No such file"}, "uptake": None}})
    page = client_of(organiser).get(reverse("admin:matching_matchrun_change", args=[done.pk])).text
    assert "The judged collection could not be read: No such file" in page


def test_changing_a_weight_says_what_it_does_to_the_judged_collection(edition, organiser, client_of):
    client, before = client_of(organiser), quality.measured(plain_weights())
    page = client.post(reverse("admin:matching_weight_add"), {"factor": "hs", "points": "0"}, follow=True).text
    after = quality.measured(plain_weights())
    assert after["ndcg"]["mean"] < before["ndcg"]["mean"]
    assert f"nDCG@10 {before['ndcg']['mean']:.4f} before, {after['ndcg']['mean']:.4f} now" in page
    weight = Weight.objects.get()
    page = client.post(reverse("admin:matching_weight_delete", args=[weight.pk]), {"post": "yes"}, follow=True).text
    assert f"nDCG@10 {after['ndcg']['mean']:.4f} before, {before['ndcg']['mean']:.4f} now" in page
