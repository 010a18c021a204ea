import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from expo.editions.fixtures import CHAINS, FIGURES
from expo.foundation.loading import FilesRefused, Problem, reading
from expo.foundation.loading.reading import LARGEST_FILE_BYTES, read_entries
from expo.foundation.loading.values import (
    UnreadableError,
    read_country,
    read_day,
    read_decimal,
    read_moment,
    read_number,
    read_text,
    read_texts,
    read_yes_or_no,
    shown,
)


@pytest.fixture(params=["CSafeLoader", "SafeLoader"])
def both_loaders(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the loader written in C, and with the one that every machine has."""
    monkeypatch.setattr(reading, "Loader", getattr(yaml, request.param))


def read(tmp_path: Path, content: str | bytes) -> tuple[list[Any], list[str]]:
    path = tmp_path / "sources.yaml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    entries, problems = read_entries(path)
    return entries, [str(problem) for problem in problems]


@pytest.mark.usefixtures("both_loaders")
def test_entries_know_the_lines_they_stand_in(tmp_path: Path) -> None:
    entries, problems = read(tmp_path, "# a note\n\n- key: one\n  name: {en: One, zh: 一}\n- key: two\n  on: 2031-06-10\n")
    assert problems == []
    assert entries == [{"key": "one", "name": {"en": "One", "zh": "一"}}, {"key": "two", "on": dt.date(2031, 6, 10)}]
    assert [entry.line for entry in entries] == [3, 5]
    assert entries[1].lines == {"key": 5, "on": 6}


@pytest.mark.parametrize("content", ["", "# only a note\n", "[]\n", "\ufeff- {}\n"])
def test_an_empty_file_is_no_problem(tmp_path: Path, content: str) -> None:
    assert read(tmp_path, content)[1] == []


@pytest.mark.usefixtures("both_loaders")
@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("key: one\n", 'sources.yaml, line 1: expected a list: entries that start with "- "'),
        ("just text\n", 'sources.yaml, line 1: expected a list: entries that start with "- "'),
        ("- key: one\n- two\n", "sources.yaml, entry 2: expected fields with their values"),
        ("- key: one\n  key: two\n", "sources.yaml, line 2: the field key stands here twice; the first time in line 1"),
        ("- {a: 1}\n- [x]: 2\n", "sources.yaml, line 2: expected the name of a field before the colon"),
        ("- &a {k: [1]}\n- *a\n", "sources.yaml, line 1: an alias (*name) is not understood here; write the value again"),
        ("- k: !!set {a, b}\n", "sources.yaml, line 1: the tag tag:yaml.org,2002:set is not understood here"),
        ("- k: 2031-02-30\n", "sources.yaml, line 1: 2031-02-30 cannot be: day is out of range for month"),
        ("- k: |\n    text\n- k: one\x00two\n", "sources.yaml, line 3: holds a NUL character, which cannot be stored"),
        (b"- k: caf\xe9\n", "sources.yaml: expected text in UTF-8; byte 9 is something else"),
        ("- k: " + "[" * 20 + "]" * 20 + "\n", "sources.yaml, line 1: nested too deeply"),
        ("- k: 1\n--- \n- k: 2\n", "sources.yaml, line 2: not YAML: expected a single document in the stream but found another document"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(tmp_path: Path, content: str | bytes, problem: str) -> None:
    assert read(tmp_path, content)[1] == [problem]


@pytest.mark.usefixtures("both_loaders")
@pytest.mark.parametrize(
    "content", ["- k: !!python/object/apply:os.system ['true']\n", "- !secret x\n", "- k: 'open\n", "- a: b: c\n", "- \ta\n  b"]
)
def test_nothing_but_plain_data_is_ever_built(tmp_path: Path, content: str) -> None:
    entries, problems = read(tmp_path, content)
    assert (entries, len(problems)) == ([], 1)
    assert re.match(r"sources\.yaml, line [12]: ", problems[0])


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    assert read(tmp_path, b"#" * (LARGEST_FILE_BYTES + 1))[1] == ["sources.yaml: the file is larger than 2048 KiB"]


def test_a_pyramid_of_aliases_is_refused_before_it_unfolds(tmp_path: Path) -> None:
    floors = ["- a0: &a0 [x, x, x, x, x, x, x, x, x]", *(f"  a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12))]
    assert read(tmp_path, "\n".join(floors))[1] == ["sources.yaml, line 1: an alias (*name) is not understood here; write the value again"]


@given(content=st.binary(max_size=200) | st.text(alphabet="-:[]{}&*!|>'\"#%@, \n\tkab01\x00é", max_size=60).map(str.encode))
def test_no_file_however_broken_makes_the_reader_fall_over(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    entries, problems = read(tmp_path_factory.getbasetemp(), content)
    assert isinstance(entries, list)
    assert len(problems) <= len(content)


@pytest.mark.parametrize(
    ("reader", "value", "plain"),
    [
        (read_text, "  two words ", "two words"),
        (read_text, 2031, "2031"),
        (read_text, dt.date(2031, 6, 10), "2031-06-10"),
        (read_text, "two\nlines", "two\nlines"),
        (read_country, "TW", "TW"),
        (read_number, 12, 12),
        (read_decimal, 36.5, "36.5"),
        (read_decimal, "152000000000.00", "152000000000"),
        (read_decimal, 100000, "100000"),
        (read_yes_or_no, False, False),
        (read_day, "2031-06-10", "2031-06-10"),
        (read_day, dt.date(2031, 6, 10), "2031-06-10"),
        (read_moment, "2031-06-10 09:30", "2031-06-10T09:30:00"),
        (read_moment, dt.datetime(2031, 6, 10, 9, 30, tzinfo=dt.UTC), "2031-06-10T09:30:00+00:00"),
        (read_texts, ["coffee", "cocoa"], ["coffee", "cocoa"]),
    ],
)
def test_a_value_is_read_as_what_its_column_holds(reader: Callable[[Any], Any], value: Any, plain: Any) -> None:
    assert reader(value) == plain


@pytest.mark.parametrize(
    ("reader", "value"),
    [
        *((read_text, value) for value in (True, 1.5, ["a"], {"en": "a"}, "nul\0", "half \ud83d", "bell\a")),
        *((read_country, value) for value in (False, "cn", "XQ", "China", 86)),
        *((read_number, value) for value in (True, "12", 1.0, "12k")),
        *((read_decimal, value) for value in (True, "many", float("nan"), float("inf"), "1,000", [])),
        *((read_yes_or_no, value) for value in ("yes", 1, "true")),
        *((read_day, value) for value in ("10 June", "2031-06-31", 2031, dt.datetime(2031, 6, 10, tzinfo=dt.UTC), True)),
        *((read_moment, value) for value in ("09:30", dt.date(2031, 6, 10), "2031-06-10 25:00", 930)),
        *((read_texts, value) for value in ("coffee", [True], {})),
    ],
)
def test_a_value_of_another_kind_is_refused(reader: Callable[[Any], Any], value: Any) -> None:
    with pytest.raises(UnreadableError):
        reader(value)


def test_a_message_quotes_no_more_than_a_line() -> None:
    assert shown("a\nb") == '"a b"'
    assert len(shown("x" * 500)) == 62


def test_a_refusal_names_every_problem_once_in_the_order_of_the_files() -> None:
    late, early = Problem("b.yaml", 9, "two", "name", "is missing"), Problem("a.yaml", 0, "", "", "is empty")
    assert str(FilesRefused([late, early, late])) == "a.yaml: is empty\nb.yaml, line 9, two, name: is missing"


def test_a_sheet_takes_what_it_must_hold_from_its_model() -> None:
    assert {name for name, cell in CHAINS.cells.items() if cell.required} == {"slug", "code", "name", "short_name", "colour"}
    assert CHAINS.cells["name"].required == ("name_en",)
    assert {name for name, link in FIGURES.links.items() if link.required} == {"edition", "metric", "sources"}
    assert CHAINS.counts
    assert not FIGURES.counts
