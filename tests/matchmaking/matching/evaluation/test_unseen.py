import json
from pathlib import Path

import pytest

from matchmaking.matching.engine.hard import failures
from matchmaking.matching.engine.ranking import Postings
from matchmaking.matching.evaluation.collection import read_collection
from matchmaking.matching.evaluation.measures import figures_of
from matchmaking.matching.evaluation.rankings import engine_run, text_run
from matchmaking.matching.management.commands.evaluate_matching import shipped_reader

DATA = Path(__file__).parents[3] / "data" / "relevance"
FLOORS = {"unseen-a": 0.90, "unseen-b": 0.84}
TEXT_FLOORS = {"unseen-a": 0.72, "unseen-b": 0.74}
"""A little under what was measured, 0.930 and 0.864 (text 0.753 and 0.770): for B never raise it by looking at its requests."""
TAGS = {
    "CERTS": "fails:certificate",
    "MARKET": "fails:ships_to",
    "ORIGIN": "fails:origin",
    "QUANTITY": "fails:minimum",
    "PRICE": "fails:price",
    "LEAD": "fails:lead",
}


@pytest.fixture(scope="module", params=sorted(FLOORS))
def name(request):
    return request.param


@pytest.fixture(scope="module")
def collection(name):
    return read_collection(DATA / name)


def rows(name, file):
    return [json.loads(line) for line in (DATA / name / f"{file}.jsonl").read_text(encoding="utf-8").splitlines()]


def test_half_of_the_requests_are_chinese_and_all_seven_chains_ask(name):
    asked = rows(name, "requests")
    assert sum(one["language"] == "zh" for one in asked) == len(asked) / 2
    chains = {one["chain"] for one in rows("dev", "requests")}
    assert len(chains) == 7
    assert {one["chain"] for one in asked} == chains


def test_the_fields_are_those_of_dev(name):
    for file in ("offers", "requests", "qrels", "tags"):
        assert {frozenset(one) for one in rows(name, file)} == {frozenset(one) for one in rows("dev", file)}


def test_each_explicit_zero_says_what_fails_or_that_it_is_another_product(name, collection):
    offers, requests = {one.id: one for one in collection.offers}, {one.id: one for one in collection.requests}
    judged = {(one["request"], one["offer"]): one["grade"] for one in rows(name, "qrels")}
    tagged = {(one["request"], one["offer"]): set(one["tags"]) for one in rows(name, "tags")}
    assert judged.keys() == tagged.keys()
    for (request, offer), grade in judged.items():
        fails = {TAGS[failure.field] for failure in failures(requests[request], offers[offer])}
        said = {tag for tag in tagged[request, offer] if tag.startswith("fails:") or tag == "wrong-product"}
        assert said == ((fails or {"wrong-product"}) if grade == 0 else set()), (request, offer)
        assert grade == 0 or not fails, (request, offer)
        assert ("cross-language" in tagged[request, offer]) == (requests[request].language != offers[offer].language)


def test_an_answer_falls_short_in_one_thing_at_most(name, collection):
    offers, requests = {one.id: one for one in collection.offers}, {one.id: one for one in collection.requests}
    for request, grades in collection.grades.items():
        assert max(grades.values()) == 3
        for offer in (one for one, grade in grades.items() if grade >= 2):
            asked, given = requests[request], offers[offer]
            over = given.price.amount / asked.budget.amount if given.price and asked.budget and given.price.unit == asked.budget.unit else 0
            late = given.lead_time_days / asked.days_left if given.lead_time_days and asked.days_left else 0
            most = (1, 1) if grades[offer] == 3 else max((1.15, 1), (1, 1.5), key=lambda limit: over <= limit[0] and late <= limit[1])
            assert (over <= most[0], late <= most[1]) == (True, True), (request, offer)


def test_the_engine_does_well_on_what_it_was_not_written_for(name, collection):
    postings = Postings(collection.requests, collection.offers, shipped_reader())
    figures = {key: figure.mean for key, figure in figures_of(engine_run(postings), collection, seed=1).items()}
    assert figures["ndcg"] >= FLOORS[name]
    assert figures["cross_recall"] >= 0.92
    assert figures["field_violation"] == figures["broken"] == 0
    assert figures["violation"] <= 0.07
    assert figures_of(text_run(postings), collection, seed=1)["ndcg"].mean >= TEXT_FLOORS[name]
