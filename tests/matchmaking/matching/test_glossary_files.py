"""Files of terms: what is wrong is named by file, line and field, and nothing of them is loaded."""

import csv
from collections import Counter
from pathlib import Path

import pytest
import yaml
from django.core.management import CommandError, call_command
from django.utils import translation

from expo.foundation.loading import FilesRefused
from expo.foundation.models import Event
from matchmaking.matching.glossary.files import read_folder, shipped_folder
from matchmaking.matching.glossary.loading import Loaded, load_terms
from matchmaking.matching.models import Term
from tests import builders

HEAD = "kind,broader,en,zh\n"
CELL = "good,,battery cell|li-ion cell,电芯\n"


@pytest.fixture
def folder(tmp_path, chain):
    """One good file for the chain."""
    found = tmp_path / "terms"
    found.mkdir()
    (found / "smart-vehicle.csv").write_text(HEAD + CELL + "good,battery cell,pouch cell,软包电芯\n", encoding="utf-8")
    return found


def broken(folder, content, name="smart-vehicle.csv"):
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(FilesRefused) as refused:
        load_terms(folder)
    assert not Term.objects.exists()
    return [(one.file, one.line, one.field, one.text) for one in refused.value.problems]


@pytest.mark.parametrize(
    ("content", "line", "field", "says"),
    [
        ("kind,broader,en,chinese\n" + CELL, 1, "", "expected the headings kind, broader, en, zh; found kind, broader, en, chinese"),
        ("", 1, "", "expected the headings kind, broader, en, zh; found nothing"),
        (HEAD + "good,,battery cell\n", 2, "", "expected 4 fields (kind, broader, en, zh), found 3"),
        (HEAD + CELL + "gadget,,winding machine,卷绕机\n", 3, "kind", "“gadget” is no kind of term."),
        (HEAD + CELL + "good,,Battery  Cell,单体\n", 3, "en", "the key “battery-cell” stands in line 2 already"),
        (HEAD + "good,,,\n", 2, "en", "Expected: at least one name, in English or in Chinese."),
        (HEAD + f"good,,{'x' * 121},\n", 2, "en", "has 121 signs. Expected: names of at most 120"),
        (HEAD + f"good,,{'ab|' * 400},\n", 2, "en", ""),
        (HEAD + f"good,{'y' * 121},cell,\n", 2, "broader", "At most 120 signs; these are 121."),
        (HEAD + "good,,cell,电芯|--\n", 2, "zh", "“--” holds no letter and no figure."),
        (HEAD + "good,,电芯,\n", 2, "en", "“电芯” is written in Chinese. Expected: it stands among the Chinese names."),
        (HEAD + "good,,cell*s,\n", 2, "en", "“cell*s”: a star may stand at the end of a name only."),
        (HEAD + "good,,ce\x00ll,\n", 2, "en", "It holds a character that cannot be read."),
        (HEAD + CELL + "good,capacitor,film capacitor,\n", 3, "broader", "there is no term “capacitor”; expected the first English name"),
        (HEAD + "good,cell,cell,\n", 2, "broader", "“cell” is this term, or lies below it"),
        (HEAD + "good,b,a,\ngood,a,b,\n", 2, "broader", "“b” is this term, or lies below it"),
        (HEAD.encode() + "good,,电芯,\n".encode("gb18030"), 2, "", "expected UTF-8; byte 26 of the file is none"),
        (HEAD + 'good,,"cell,\n', 0, "", "cannot be read as comma-separated text"),
    ],
)  # fmt: skip
def test_a_broken_file_is_refused_with_its_place(content, line, field, says, folder):
    if "ab|" in str(content):  # Many names, none of them too long by itself.
        content = HEAD + f"good,,{'|'.join(f'name {n}' for n in range(200))},\n"
        says = "At most 1000 signs"
    assert [one for one in broken(folder, content) if one[:3] == ("smart-vehicle.csv", line, field) and says in one[3]]


def test_every_problem_of_every_file_is_named_at_once(folder):
    (folder / "everywhere.csv").write_text(HEAD + "good,,,\nthing,,cell,\n")
    found = broken(folder, HEAD + "good,,x\n")
    assert [(file, line, field) for file, line, field, _text in found] == [
        ("everywhere.csv", 2, "en"),
        ("everywhere.csv", 3, "kind"),
        ("smart-vehicle.csv", 2, ""),
    ]


def test_a_file_for_a_chain_that_is_not_there_is_refused(folder):
    found = broken(folder, HEAD + CELL, "steam-engines.csv")
    assert found == [("steam-engines.csv", 0, "", "no chain is called “steam-engines”; expected one of: everywhere, smart-vehicle")]


def test_too_large_a_file_is_refused_unread(folder, monkeypatch):
    monkeypatch.setattr("matchmaking.matching.glossary.files.LARGEST_FILE", 10)
    assert broken(folder, HEAD)[0] == ("smart-vehicle.csv", 0, "", f"expected at most 10 bytes, found {len(HEAD)}")


@pytest.mark.parametrize("missing", ["nothing in it", "not there"])
def test_a_folder_without_files_is_refused(missing, tmp_path, chain):
    (tmp_path / "nothing in it").mkdir()
    with pytest.raises(FilesRefused, match=r"expected a folder with a \.csv file for each chain"):
        load_terms(tmp_path / missing)


def test_a_mark_at_the_beginning_and_empty_lines_are_fine(folder):
    (folder / "smart-vehicle.csv").write_bytes(b"\xef\xbb\xbf" + f"{HEAD}\n{CELL}\n,,,\n".encode())
    assert [(one.key, one.line) for one in read_folder(folder)] == [("battery-cell", 3)]


def test_loading_creates_once_and_a_second_load_does_nothing(folder):
    assert load_terms(folder) == [Loaded("smart-vehicle.csv", created=2)]
    first = list(Term.objects.order_by("pk").values())
    assert load_terms(folder) == [Loaded("smart-vehicle.csv", unchanged=2)]
    assert list(Term.objects.order_by("pk").values()) == first
    assert Event.objects.filter(verb="terms_loaded").count() == 1


def test_loading_updates_what_the_file_says_otherwise_and_leaves_what_was_changed_here(folder):
    load_terms(folder)
    Term.objects.filter(key="pouch-cell").update(chinese="袋式电芯", is_own=True)
    (folder / "smart-vehicle.csv").write_text(HEAD + CELL.replace("电芯", "电芯|单体电池") + "material,battery cell,pouch cell,软包\n")
    assert load_terms(folder) == [Loaded("smart-vehicle.csv", updated=1, kept=1)]
    assert list(Term.objects.order_by("key").values_list("kind", "chinese", "is_own")) == [
        ("good", "电芯|单体电池", False),
        ("good", "袋式电芯", True),
    ]


def test_a_folder_adds_and_only_the_shipped_one_takes_away(folder, monkeypatch):
    load_terms(folder)
    own = Term.objects.create(key="busbar", kind="good", english="busbar", chain=Term.objects.first().chain, is_own=True)
    (folder / "smart-vehicle.csv").write_text(HEAD + CELL)
    assert load_terms(folder) == [Loaded("smart-vehicle.csv", unchanged=1)]
    monkeypatch.setattr("matchmaking.matching.glossary.loading.shipped_folder", lambda: folder)
    assert load_terms() == [Loaded("smart-vehicle.csv", unchanged=1, removed=1)]
    assert set(Term.objects.values_list("key", flat=True)) == {"battery-cell", own.key}


def test_the_same_key_may_stand_in_several_chains_and_everywhere(folder, edition):
    builders.chain(edition, slug="clean-energy")
    for name in ("clean-energy", "everywhere"):
        (folder / f"{name}.csv").write_text(HEAD + CELL)
    load_terms(folder)
    assert sorted(chain or "" for chain in Term.objects.filter(key="battery-cell").values_list("chain__slug", flat=True)) == [
        "",
        "clean-energy",
        "smart-vehicle",
    ]


def test_loading_asks_hardly_more_for_many_terms_than_for_two(folder, count_queries):
    load_terms(folder)
    Term.objects.all().delete()
    few = count_queries(lambda: load_terms(folder))
    (folder / "smart-vehicle.csv").write_text(HEAD + "".join(f"good,,thing {n},物{n}\n" for n in range(300)))
    Term.objects.all().delete()
    # A database takes only so many values in one statement.
    assert count_queries(lambda: load_terms(folder)) <= few + 3


def test_problems_are_said_in_english_in_any_language(folder):
    with translation.override("zh-hans"):
        assert broken(folder, HEAD + "thing,,cell,\n")[0][3].startswith("“thing” is no kind of term.")


def test_the_command_prints_what_became_of_each_file(folder, capsys):
    call_command("load_glossary", folder)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["created", "updated", "unchanged", "kept", "removed"]
    assert [line.split() for line in lines[1:]] == [["smart-vehicle.csv", "2", "0", "0", "0", "0"], ["all", "2", "0", "0", "0", "0"]]


def test_the_command_counts_the_problems_and_loads_nothing(folder):
    (folder / "smart-vehicle.csv").write_text(HEAD + CELL + "thing,,,\n")
    with pytest.raises(CommandError) as refused:
        call_command("load_glossary", folder)
    assert "smart-vehicle.csv, line 3, kind: “thing” is no kind of term." in str(refused.value)
    assert str(refused.value).endswith("2 problems; nothing was loaded.")
    assert not Term.objects.exists()


# The shipped files


def test_the_shipped_files_load_into_the_chains_that_are_there(chain):
    counts = {one.file: one.created for one in load_terms()}
    assert list(counts) == ["smart-vehicle.csv"]
    assert Term.objects.count() == counts["smart-vehicle.csv"] > 100
    assert load_terms()[0].unchanged == counts["smart-vehicle.csv"]


def test_all_shipped_terms_load_at_once(edition, count_queries):
    for path in shipped_folder().glob("*.csv"):
        builders.chain(edition, slug=path.stem)
    assert count_queries(load_terms) < 80
    assert Term.objects.count() == len(read_folder(shipped_folder()))


def test_each_shipped_term_is_named_in_both_languages():
    assert [(term.file, term.line) for term in read_folder(shipped_folder()) if not term.english or not term.chinese] == []


def test_no_name_means_two_things_of_one_chain():
    # A name may repeat what a property of the goods says too; of two goods it would mean either.
    found = Counter()
    for term in read_folder(shipped_folder()):
        if term.kind != "property":
            found.update((term.file, name.casefold()) for name in {*term.english.split("|"), *term.chinese.split("|")})
    assert [name for name, number in found.items() if number > 1] == []


def test_each_segment_of_each_chain_has_twelve_terms_or_more():
    root = Path(__file__).parents[3]
    shipped = {(term.chain, term.key) for term in read_folder(shipped_folder())}
    with (root / "tests/data/glossary-segments.csv").open(encoding="utf-8", newline="") as lines:
        traded = {(row["chain"], row["segment"]): row["terms"].split("|") for row in csv.DictReader(lines)}
    chains = yaml.safe_load((root / "fixtures/cisce/chains.yaml").read_text(encoding="utf-8"))
    with_terms = {chain for chain, _key in shipped}
    segments = {(one["slug"], part["slug"]) for one in chains if one["slug"] in with_terms for part in one.get("segments", [])}
    assert set(traded) == segments
    assert [(chain, key) for (chain, _segment), keys in traded.items() for key in keys if (chain, key) not in shipped] == []
    assert [where for where, keys in traded.items() if len(set(keys)) < 12] == []
