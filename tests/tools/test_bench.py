"""The bench: what counts as over budget, and when its databases are made anew."""

from dataclasses import replace

import pytest

from tools import bench, bench_meetings, bench_seeding
from tools.bench_pages import PAGES, Measured, Page

FLOOR = Measured("template", "/floor/template", 200, 4, 10.0, 4, 10.0, 900)
ROW = Measured("market", "/market/", 200, 9, 20.0, 9, 20.0, 20_000)
PAGE = Page("market", "/market/", 9, 2, "template", growth=1.5, bytes_gzip=20_000)


def over(row, few=ROW):
    return bench.over_budget(PAGE, {"template": FLOOR, "market": row}, {"market": few})


def test_what_keeps_its_budget_to_the_last_bit_is_not_over():
    assert over(ROW) == []


def test_each_figure_over_its_budget_is_named():
    assert over(replace(ROW, queries=10)) == ["queries"]
    assert over(replace(ROW, status=500)) == ["status"]
    assert over(replace(ROW, cpu_ms=20.1)) == ["CPU"]
    assert over(replace(ROW, first_cpu_ms=20.1, first_queries=10)) == ["queries after write", "CPU after write"]
    assert over(ROW, few=replace(ROW, cpu_ms=13.0)) == ["growth"]
    assert over(replace(ROW, bytes_gzip=20_001)) == ["bytes"]


def test_a_budget_may_allow_some_milliseconds_on_top():
    page = replace(PAGE, more_ms=25)
    assert bench.budget_ms(page, {"template": FLOOR}) == 45
    assert bench.budget_ms(replace(PAGE, times=None), {"template": FLOOR}) is None


def test_only_queries_and_silence_fail_the_run(capsys):
    assert bench.verdict({"market": ["CPU", "growth"], "home": []}) == 0
    assert "Over budget: market: CPU, growth" in capsys.readouterr().out
    assert bench.verdict({"market": ["queries"]}) == 1
    assert bench.verdict({"market": ["status"]}) == 1


def test_style_sheets_and_scripts_that_did_not_come_are_over_too():
    assert bench.files_over({"CSS": 16_000, "script": 25_000}) == []
    assert bench.files_over({"CSS": 16_001, "script": 0}) == ["CSS", "script"]


def test_every_budget_names_a_row_that_is_measured_before_it():
    measured = ["bare", "values", "raw", "template"]
    for page in PAGES:
        assert not page.of or page.of in measured
        measured.append(page.name)
    assert len(set(measured)) == len(measured)


def test_the_databases_are_made_anew_when_a_file_changes(tmp_path, monkeypatch):
    (tmp_path / "fixtures" / "cisce").mkdir(parents=True)
    words = tmp_path / "fixtures" / "cisce" / "chains.yaml"
    words.write_text("one")
    monkeypatch.setattr(bench_seeding, "ROOT", tmp_path)
    before = bench_seeding.fingerprint()
    assert bench_seeding.fingerprint() == before
    words.write_text("two")
    assert bench_seeding.fingerprint() != before


def test_of_meetings_each_figure_over_its_budget_is_named():
    summary = {"files": 7, "reached_and_proven": 7, "median_cpu_seconds": 0.1, "most_cpu_seconds": 0.2, "cpu_seconds": 0.9}
    rows = [vars(replace(ROW, name=page.name)) for page in bench_meetings.PAGES]
    found = {
        "instances": {"b2b": {"summary": summary}},
        "planner": [],
        "meetings": 24_000,
        "accept": {"accepts": 60, "queries": 16, "cpu_ms": 25.1},
        "accept_unnamed": {"accepts": 60, "queries": 15, "cpu_ms": 25.0},
        "rows": [vars(FLOOR), *rows],
    }
    found["over"] = bench_meetings.overs(found)
    assert found["over"].pop("one accept") == ["queries", "CPU"]
    assert not any(found["over"].values())
    rows[0] |= {"status": 404, "queries": 99}
    found["over"] = bench_meetings.overs(found)
    assert found["over"][bench_meetings.PAGES[0].name] == ["status", "queries"]
    assert "among 24,000 meetings" in bench_meetings.table(found)


def test_an_unknown_part_is_named(capsys):
    with pytest.raises(SystemExit):
        bench.main(["planer"])
    assert "no part planer" in capsys.readouterr().err
