import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from matchmaking.matching.evaluation.collection import read_collection
from matchmaking.matching.evaluation.measures import figures_of
from tests.matchmaking.matching.sentence_model import write_model

DEV = Path(__file__).parents[3] / "data" / "relevance" / "dev"


def evaluate(capsys, *options):
    call_command("evaluate_matching", str(DEV), *options)
    return capsys.readouterr().out


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    path = tmp_path_factory.mktemp("runs") / "dev.run"
    out = path.with_suffix(".json")
    with out.open("w", encoding="utf-8") as stdout:
        call_command("evaluate_matching", str(DEV), "--json", "--run", str(path), "--cross-validate", "4", stdout=stdout)
    return json.loads(out.read_text(encoding="utf-8")), [line.split() for line in path.read_text(encoding="utf-8").splitlines()]


def test_the_engine_keeps_to_its_bar_without_a_database(written):
    found, _ = written
    runs = {name: {key: figure["mean"] for key, figure in figures.items()} for name, figures in found["runs"].items()}
    assert list(runs) == ["BM25", "BM25, failures last", "fields only", "engine, text only", "engine"]
    assert runs["engine"]["ndcg"] >= 0.94
    assert runs["engine"]["cross_recall"] >= 0.95
    assert runs["engine"]["field_violation"] == runs["engine"]["broken"] == 0
    assert runs["engine"]["violation"] <= 0.02
    assert runs["engine, text only"]["ndcg"] >= runs["BM25"]["ndcg"] + 0.3
    assert found["cross_validated"]["folds"] == 4
    assert found["cross_validated"]["fitted"]["mean"] >= 0.92


def test_the_run_gives_the_figures_that_are_printed(written):
    found, lines = written
    run, scores = {}, {}
    for request, offer, score in lines:
        run.setdefault(request, []).append(offer)
        scores.setdefault(request, []).append(float(score))
    assert all(one == sorted(one, reverse=True) for one in scores.values())
    assert figures_of(run, read_collection(DEV), seed=1)["ndcg"].mean == pytest.approx(found["runs"]["engine"]["ndcg"]["mean"])


def test_other_weights_stand_beside_the_engine(capsys):
    out = evaluate(capsys, "--weights", "text=0,hs=0, terms=0")
    with_own, with_given = (
        next(line for line in out.splitlines() if line.startswith(start)) for start in ("  engine  ", "  with the weights given")
    )
    assert float(with_given.split()[4]) < float(with_own.split()[1])


def test_a_sentence_model_stands_beside_the_engine(capsys, tmp_path):
    found = json.loads(evaluate(capsys, "--json", "--model", str(write_model(tmp_path))))["runs"]
    assert list(found)[-1] == "with the sentence model"
    assert found["with the sentence model"]["broken"]["mean"] == 0
    with pytest.raises(CommandError, match="is not a folder"):
        evaluate(capsys, "--model", str(tmp_path / "none"))


@pytest.mark.django_db
def test_the_site_has_the_shipped_terms_and_weights_until_somebody_changes_them(capsys):
    found = json.loads(evaluate(capsys, "--json", "--site"))["runs"]
    assert found["with this site's terms and weights"] == found["engine"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--weights", "colour=3"), "colour"),
        (("--weights", "text=much"), "much"),
        (("--weights", "text=-1"), "negative"),
        (("--weights", "terms=300"), "at most 1"),
        (("--weights", "text=nan"), "finite"),
        (("--weights", "hs=1e999"), "finite"),
        (("--cross-validate", "1"), "folds are 2 to 1,"),
        (("--run", "/nowhere/x.run"), "cannot be written"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path, options, says):
    rows = {"offers": {"id": "o1"}, "requests": {"id": "r1"}, "qrels": {"request": "r1", "offer": "o1", "grade": 3}}
    for name, row in rows.items():
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(row), encoding="utf-8")
    with pytest.raises(CommandError, match=says):
        call_command("evaluate_matching", str(tmp_path), *options)


def test_judged_pairs_that_name_what_is_not_there_are_counted(tmp_path, capsys):
    graded = [{"request": "r1", "offer": offer, "grade": 3} for offer in ("o1", "nowhere")] + [
        {"request": "nobody", "offer": "o1", "grade": 1}
    ]
    rows = {"offers": [{"id": "o1"}], "requests": [{"id": "r1"}], "qrels": graded}
    for name, some in rows.items():
        (tmp_path / f"{name}.jsonl").write_text("\n".join(json.dumps(row) for row in some), encoding="utf-8")
    call_command("evaluate_matching", str(tmp_path))
    assert "not in the folder: 2." in capsys.readouterr().out
    call_command("evaluate_matching", str(tmp_path), "--json")
    assert json.loads(capsys.readouterr().out)["judged_pairs_unknown"] == 2


def test_a_folder_without_a_collection_is_refused(tmp_path):
    with pytest.raises(CommandError, match=r"offers\.jsonl"):
        call_command("evaluate_matching", str(tmp_path))
