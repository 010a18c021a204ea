import json
from pathlib import Path

import pytest

from expo.foundation.loading import FilesRefused
from matchmaking.matching.engine.facts import Measure, OfferFacts, RequestFacts
from matchmaking.matching.engine.hard import failures
from matchmaking.matching.engine.lexicon import shipped_lexicon
from matchmaking.matching.evaluation.bm25 import Bm25, by_dictionary, words_of
from matchmaking.matching.evaluation.collection import Collection, read_collection
from matchmaking.matching.evaluation.measures import figures_of, ndcg, values_of
from matchmaking.matching.evaluation.rankings import plain_runs

DATA = Path(__file__).parents[3] / "data" / "relevance"
DEV = DATA / "dev"


@pytest.fixture(scope="module")
def dev():
    return read_collection(DEV)


@pytest.fixture(scope="module")
def reference_cut():
    # How jieba parts the collection's Chinese; the published figures of BM25 were reached with it.
    cuts = {line.replace(" ", ""): line.split() for line in (DATA / "dev-cut.txt").read_text(encoding="utf-8").splitlines()}
    return cuts.__getitem__


def test_the_reference_figures_are_reached_to_the_last_digit(dev, reference_cut):
    figures = {name: figures_of(run, dev, seed=1) for name, run in plain_runs(dev, reference_cut).items()}
    shown = {
        name: [round(found[key].mean, 4) for key in ("ndcg", "recall", "violation", "field_violation", "cross_ndcg", "cross_recall")]
        for name, found in figures.items()
    }
    assert shown == {
        "BM25": [0.3675, 0.5357, 0.15, 0.1, 0.6111, 0.3077],
        "BM25, failures last": [0.6126, 0.8393, 0.1, 0.0464, 0.7621, 0.6923],
        "fields only": [0.5792, 0.9107, 0.0964, 0.0429, 0.6770, 0.8846],
    }
    first = figures["BM25"]["ndcg"]
    assert (round(first.low, 3), round(first.high, 3), first.requests) == (0.259, 0.472, 28)


def test_every_pair_tagged_as_failing_a_field_breaks_a_requirement_and_no_good_pair_does(dev):
    offers, requests = {one.id: one for one in dev.offers}, {one.id: one for one in dev.requests}
    broken = {(r, o) for r, grades in dev.grades.items() for o in grades if failures(requests[r], offers[o])}
    assert broken == dev.failing


def test_ndcg_by_hand():
    assert ndcg(["b", "a"], {"a": 3, "b": 1, "c": 0}) == pytest.approx((1 + 7 / 1.5849625) / (7 + 1 / 1.5849625))
    assert ndcg(["a"], {"a": 0}) is None
    assert ndcg([], {"a": 2}) == 0


def test_a_request_without_grades_is_left_out_and_one_without_a_list_finds_nothing():
    offers = (OfferFacts("o1"), OfferFacts("o2", language="zh"))
    collection = Collection(offers, (RequestFacts("r1"), RequestFacts("r2")), {"r1": {"o1": 3, "o2": 2}}, None)
    values = values_of({"r2": ["o1"]}, collection)
    assert values["ndcg"] == [0, None]
    assert values["cross_recall"] == [0, None]
    assert values["field_violation"] == [None, None]


def test_a_word_of_most_texts_still_counts_a_little():
    index = Bm25([["steel", "wire"], ["steel", "rod"], ["steel"], ["rope"], ["cable"]])
    wire, rod, steel, *others = index.scores(["steel", "wire"])
    assert wire > steel > rod > 0
    assert others == [0, 0]


def test_without_a_cutter_the_dictionary_parts_chinese_and_loses_nothing():
    found = by_dictionary("锂电池生产线xyz龘")
    assert "".join(found) == "锂电池生产线xyz龘"
    assert any(len(one) > 1 for one in found)
    assert words_of("M10 螺栓", by_dictionary)[0] == "m10"
    assert "电池" in shipped_lexicon()


def write(folder, **files):
    defaults = {"offers": [{"id": "o1"}], "requests": [{"id": "r1"}], "qrels": [{"request": "r1", "offer": "o1", "grade": 3}]}
    for name, rows in (defaults | files).items():
        lines = rows if isinstance(rows, str) else "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    return folder


def test_everything_but_the_id_may_be_missing_or_null(tmp_path):
    bare = {
        "id": "o 1 / ü",
        "price": None,
        "ships_to": None,
        "title": None,
        "unheard_of": [1],
        "certificates": None,
        "lead_time_days": None,
    }
    found = read_collection(write(tmp_path, offers=[bare]))
    assert found.offers == (OfferFacts("o 1 / ü", language=""),)
    assert found.requests == (RequestFacts("r1", language=""),)
    assert found.failing is None


def test_amounts_and_prices_come_in_base_units(tmp_path):
    offer = {"id": "o1", "minimum_quantity": 2, "unit": "t", "price": {"amount": 1000, "currency": "USD", "per": "t"}}
    request = {"id": "r1", "quantity": 3, "unit": "kg", "budget": {"amount": 1, "currency": "EUR", "per": "pc"}}
    found = read_collection(write(tmp_path, offers=[offer], requests=[request]))
    assert (found.offers[0].minimum, found.offers[0].price) == (Measure(2000, "kg"), Measure(7.2, "kg"))
    assert (found.requests[0].quantity, found.requests[0].budget) == (Measure(3, "kg"), Measure(7.8, "pc"))


@pytest.mark.parametrize(
    ("name", "rows", "file", "line", "field"),
    [
        ("offers", '{"id": "o1"}\n{"id": \n', "offers.jsonl", 2, ""),
        ("offers", "[1]\n", "offers.jsonl", 1, ""),
        ("offers", [{"title": "no id"}], "offers.jsonl", 1, "id"),
        ("offers", [{"id": 7}], "offers.jsonl", 1, "id"),
        ("offers", [{"id": "o1"}, {"id": "o1"}], "offers.jsonl", 2, "id"),
        ("offers", [{"id": "o1", "lead_time_days": "ten"}], "offers.jsonl", 1, "lead_time_days"),
        ("offers", [{"id": "o1", "price": 7}], "offers.jsonl", 1, "price"),
        ("offers", [{"id": "o1", "price": {"amount": 7, "currency": "XXX"}}], "offers.jsonl", 1, "price"),
        ("offers", [{"id": "o1", "ships_to": "CN"}], "offers.jsonl", 1, "ships_to"),
        ("requests", [{"id": "r1", "quantity": -1}], "requests.jsonl", 1, "quantity"),
        ("requests", "", "requests.jsonl", 0, ""),
        ("offers", "", "offers.jsonl", 0, ""),
        ("qrels", [{"request": "r1", "offer": "o1"}], "qrels.jsonl", 1, "grade"),
        ("qrels", [{"request": "r1", "offer": "o1", "grade": True}], "qrels.jsonl", 1, "grade"),
        ("tags", [{"request": "r1", "offer": "o1", "tags": "x"}], "tags.jsonl", 1, "tags"),
    ],
)
def test_a_bad_file_is_refused_by_line_and_field(tmp_path, name, rows, file, line, field):
    with pytest.raises(FilesRefused) as refusal:
        read_collection(write(tmp_path, **{name: rows}))
    (problem,) = refusal.value.problems
    assert (problem.file, problem.line, problem.field) == (file, line, field)


def test_a_missing_file_is_named(tmp_path):
    (write(tmp_path) / "qrels.jsonl").unlink()
    with pytest.raises(FilesRefused, match=r"qrels\.jsonl"):
        read_collection(tmp_path)
