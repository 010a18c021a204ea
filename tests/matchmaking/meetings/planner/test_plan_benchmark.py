import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

FOLDER = "tests/data/b2b"


def test_the_command_prints_a_line_for_each_file_and_how_many_are_proven():
    out = StringIO()
    call_command("plan_benchmark", FOLDER, stdout=out)
    lines = out.getvalue().splitlines()
    assert [line.split()[:6] for line in lines[1:4]] == [
        ["tiny-a.original", "optimal", "7/7", "1", "1", "yes"],
        ["tiny-a.tight", "optimal", "7/7", "1", "1", "yes"],
        ["tiny-b.fixed", "optimal", "7/7", "1", "1", "yes"],
    ]
    assert lines[-2].split()[:6] == ["tiny-d.impossible", "infeasible", "0/8", "-", "-", "yes"]
    assert lines[-1].startswith("7 of 7 reached and proven")


def test_the_command_prints_json_with_the_same():
    out = StringIO()
    call_command("plan_benchmark", FOLDER, json=True, stdout=out)
    told = json.loads(out.getvalue())
    assert told["summary"]["reached_and_proven"] == told["summary"]["files"] == 7
    assert {key: told["instances"][0][key] for key in ("instance", "scheduled", "breaks", "bound", "proven", "best_known")} == {
        "instance": "tiny-a.original",
        "scheduled": 7,
        "breaks": 1,
        "bound": 1,
        "proven": True,
        "best_known": 1,
    }


def test_a_folder_without_instances_and_no_folder_at_all_are_refused(tmp_path):
    with pytest.raises(CommandError, match="holds no instance"):
        call_command("plan_benchmark", str(tmp_path))
    with pytest.raises(CommandError, match="Name a folder"):
        call_command("plan_benchmark")
