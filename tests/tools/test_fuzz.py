"""The counts that the fuzzing reports, and the requests it makes believable."""

import base64
import json
from types import SimpleNamespace

import pytest

from tools import fuzz, fuzz_hooks

KNOWN = {
    "rows": {"/api/v1/offers/{id}/": {"id": ["7"]}, "/api/v1/offers/{id}/withdraw/": {"id": ["7"]}},
    "refs": {"segment": [3], "chains": ["smart"], "company": []},
}


def sent(label, *answers):
    interactions = {
        str(number): {"request": {"method": method}, "response": status and {"status_code": status}}
        for number, (method, status) in enumerate(answers)
    }
    return {"ScenarioFinished": {"recorder": {"label": label, "interactions": interactions}}}


@pytest.fixture
def known(tmp_path, monkeypatch):
    (tmp_path / "known.json").write_text(json.dumps(KNOWN))
    monkeypatch.setenv("FUZZ_KNOWN", str(tmp_path / "known.json"))
    fuzz_hooks.known.cache_clear()
    yield
    fuzz_hooks.known.cache_clear()


def test_answers_are_counted_once_and_writes_by_themselves(tmp_path):
    told = [
        {"Initialize": {"seed": 1}},
        sent("GET /offers/", ("GET", 200), ("TRACE", 405)),
        sent("POST /offers/", ("POST", 201), ("POST", 400), ("PUT", 405), ("POST", None)),
    ]
    report = tmp_path / "report.ndjson"
    report.write_text("\n".join(map(json.dumps, told)))
    count = fuzz.Count("buyer on sqlite", seconds=3.2)
    fuzz.read_report(report, count)
    assert count.line == (
        f"buyer on sqlite: 6 requests ({count.sent.hexdigest()[:8]}) in 3 s: 1 × 0, 1 × 200, 1 × 201, 1 × 400, 2 × 405; 1 of 3 writes were done, by 1 operations"
    )


def test_an_address_names_a_row_that_exists_in_about_half_of_the_cases(known):
    def named(path):
        case = SimpleNamespace(path=path, path_parameters={"id": "9"})
        fuzz_hooks.name_a_row(case)
        return case.path_parameters["id"]

    assert 60 < sum(named("/api/v1/offers/{id}/") == "7" for _ in range(200)) < 140
    assert sum(named("/api/v1/offers/{id}/withdraw/") == "7" for _ in range(200)) < 50


def test_an_example_names_rows_that_exist(known):
    found = fuzz_hooks.with_refs({"rows": [{"segment": 12, "chains": ["a"], "company": "borealis", "external_id": "ERP"}]})["rows"][0]
    assert (found["segment"], found["chains"], found["company"]) == (3, ["smart"], "borealis")
    assert found["external_id"] != "ERP"


@pytest.mark.parametrize(
    ("arguments", "people"),
    [
        ([], {"sqlite": fuzz.WHO, "postgres": fuzz.WHO}),
        (["postgres", "buyer", "2"], {"postgres": ("buyer",)}),
        (["quick"], {"sqlite": ("nobody", "exhibitor", "organiser"), "postgres": ("buyer",)}),
        (["quick", "sqlite", "buyer"], {}),
    ],
)
def test_who_asks_is_who_was_named(arguments, people):
    assert fuzz.wanted(arguments) == people


def test_what_was_sent_is_told_apart_by_address_and_body_but_not_by_the_port():
    def digest(port, body, at="2026-11-22T02%3A54%3A38.73%2B00%3A00"):
        count = fuzz.Count("buyer on sqlite")
        sent = base64.b64encode(body.encode()).decode()
        request = {"method": "POST", "uri": f"http://127.0.0.1:{port}/api/v1/offers/?since={at}", "body": {"$base64": sent}}
        fuzz.read_interaction({"request": request, "response": {"status_code": 201}}, "POST /api/v1/offers/", count)
        return count.sent.hexdigest()

    assert digest(1, "x") == digest(2, "x")
    assert digest(1, "x") == digest(1, "x", at="2026-11-23T02%3A54%3A38Z")
    assert digest(1, f"--{'a' * 32}\r\nlogo") == digest(1, f"--{'b' * 32}\r\nlogo")
    assert digest(1, "x") != digest(1, "y")
