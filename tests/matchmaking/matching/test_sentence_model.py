"""A sentence model from a folder: loaded, pooled, cut, kept; what it does to a ranking; and what is said where it cannot be used."""

import io
import json
import shutil
import subprocess
import sys
from decimal import Decimal

import numpy as np
import pytest
from django.conf import settings as site
from django.core.management import CommandError, call_command
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from matchmaking.matching import meaning
from matchmaking.matching.actions import sweeping
from matchmaking.matching.embedding import ModelRefused, OnnxModel
from matchmaking.matching.engine.blocks import Block
from matchmaking.matching.engine.embedding import MEANING, UNLIKE
from matchmaking.matching.engine.facts import OfferFacts, RequestFacts
from matchmaking.matching.engine.glossary import Glossary
from matchmaking.matching.engine.ranking import Postings, rank_offers
from matchmaking.matching.engine.reading import Reader
from matchmaking.matching.engine.rough import Asking, Giving
from matchmaking.matching.engine.scoring import text
from matchmaking.matching.meaning import Kept, meaning_now
from matchmaking.matching.models import Match, Vector
from tests import builders
from tests.matchmaking.matching.matched import CELL, CELL_ZH, WANTED, another_exhibitor, run
from tests.matchmaking.matching.sentence_model import ROWS, write_model


@pytest.fixture
def folder(tmp_path):
    return write_model(tmp_path / "model")


@pytest.fixture
def used(folder, settings):
    """The site's model."""
    settings.MATCHING_MODEL = str(folder)
    meaning.forget()
    yield folder
    meaning.forget()


def unit(*row):
    return np.array(row) / np.linalg.norm(row)


@pytest.mark.parametrize(
    ("pooling", "expected"),
    [
        (None, (0.75, 0, 0.25)),
        ({"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": False}, (0.75, 0, 0.25)),
        ({"pooling_mode_cls_token": True}, (0.5, 0, 0.5)),
        ({"pooling_mode_max_tokens": True}, (1, 0, 0.5)),
    ],
)
@pytest.mark.parametrize("under", ["onnx", "."])
def test_tokens_are_pooled_as_the_folder_says_and_padding_is_not_counted(tmp_path, under, pooling, expected):
    model = OnnxModel(write_model(tmp_path, under=under, pooling=pooling))
    found = model.of(["large cell", "charger charger charger charger", "电芯"])
    assert found.dtype == np.float32
    assert found == pytest.approx(np.array([unit(*expected), unit(0, 1, 0), unit(1, 0, 0)]), abs=1e-6)


def test_a_text_has_one_row_in_whatever_company(folder):
    model, texts = OnnxModel(folder), [" ".join(["cell", "charger", "large"][: n % 3 + 1]) + " cell" * n for n in range(70)]
    together = model.of(texts)
    assert together == pytest.approx(np.concatenate([model.of([one]) for one in texts]), abs=1e-6)
    assert model.of([]).shape[0] == 0
    assert np.isfinite(model.of(["", "🙂", "x" * 10_000])).all()


def test_long_texts_are_cut_where_the_tokenizer_says(tmp_path):
    assert OnnxModel(write_model(tmp_path, longest=2)).of(["cell cell charger"]) == pytest.approx(np.array([unit(1, 0, 0)]))
    (tmp_path / "sentence_bert_config.json").write_text('{"max_seq_length": 1}')
    assert OnnxModel(tmp_path).of(["cell charger"]) == pytest.approx(np.array([unit(1, 0, 0)]))


def test_a_model_that_pools_itself_and_one_that_asks_for_types_are_read(tmp_path):
    rows = {**ROWS, "[PAD]": (0, 0, 0)}
    pooled = write_model(tmp_path / "a", pools_itself=True, rows=rows)
    typed = write_model(tmp_path / "b", inputs=("input_ids", "attention_mask", "token_type_ids"))
    for each in (pooled, typed):
        assert OnnxModel(each).of(["large cell", "charger"]) == pytest.approx(np.array([unit(0.75, 0, 0.25), unit(0, 1, 0)]), abs=1e-6)


def test_another_file_is_another_model(tmp_path):
    one, same, other = (OnnxModel(write_model(tmp_path / name, rows=rows)) for name, rows in (("a", ROWS), ("b", ROWS), ("c", {**ROWS, "x": (1, 1, 1)})))  # fmt: skip
    assert one.digest == same.digest != other.digest
    before = one.digest
    (tmp_path / "a" / "config.json").write_text("{}")
    assert OnnxModel(tmp_path / "a").digest != before


def without(name):
    return lambda folder: (folder / name).unlink()


def writing(name, content):
    def write(folder):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content)

    return write


BROKEN = [
    (shutil.rmtree, "is not a folder"),
    (without("tokenizer.json"), "no tokenizer.json"),
    (without("onnx/model.onnx"), "no onnx/model.onnx or model.onnx"),
    (writing("config.json", "{"), "config.json is no JSON"),
    (writing("config.json", "[]"), "config.json holds no settings"),
    (writing("1_Pooling/config.json", '{"pooling_mode_lasttoken": true}'), "asks for pooling_mode_lasttoken"),
    (writing("onnx/model.onnx", "no model"), "cannot be loaded"),
    (writing("tokenizer.json", "{}"), "cannot be loaded"),
    (lambda folder: write_model(folder, inputs=("input_ids", "pixels")), "asks for pixels"),
    (lambda folder: write_model(folder, rows={**ROWS, "[UNK]": (float("nan"), 0, 0)}), "what is no number"),
    (lambda folder: write_model(folder, table={"[PAD]": (1, 0, 0)}), "cannot read a text"),
]


@pytest.mark.parametrize(("spoil", "says"), BROKEN)
def test_a_broken_folder_is_refused_in_one_sentence(folder, spoil, says):
    spoil(folder)
    with pytest.raises(ModelRefused, match=says) as refused:
        OnnxModel(folder).of(["steel", "cell cell"])
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(("spoil", "says"), BROKEN)
def test_a_run_goes_on_without_a_broken_model_and_says_so(used, spoil, says, edition, buyer, exhibitor, supplier_segment):
    builders.sourcing_request(buyer, supplier_segment, **WANTED)
    builders.offer(exhibitor, supplier_segment, **CELL)
    spoil(used)
    done = run(edition)
    assert says in done.figures["sentence_model"]["fault"]
    assert (done.status, done.figures["matches"], done.parameters["model"]) == ("in_force", 1, "")
    assert not Vector.objects.exists()


@pytest.mark.parametrize(("spoil", "says"), BROKEN)
def test_the_doctor_and_the_check_of_a_deployment_name_the_fault(used, spoil, says, db):
    spoil(used)
    with pytest.raises(CommandError, match="(?s)matching.E001.*" + says):
        call_command("check", "--deploy", "--tag=installation")
    faults = [(one.level, one.says) for one in _examined() if one.name == "matching.E001"]
    assert [level for level, _ in faults] == ["FAULT"]
    assert says in faults[0][1]


def _examined():
    from expo.foundation.doctor import _checks

    return list(_checks())


def test_every_command_warns_of_a_folder_without_a_model_and_goes_on(used, db):
    (used / "tokenizer.json").unlink()
    err = io.StringIO()
    call_command("check", "--tag=matching", stderr=err)
    assert "matching.W001" in err.getvalue()
    assert "no tokenizer.json" in err.getvalue()


def test_a_sound_model_and_none_at_all_are_no_finding(used, settings, db):
    for settings.MATCHING_MODEL in (str(used), ""):
        call_command("check", "--tag=matching", "--tag=installation", "--deploy")
        assert _examined() == []


def test_each_text_is_read_once_and_kept(folder, db, count_queries):
    kept = Kept(OnnxModel(folder))
    assert count_queries(lambda: kept.of(["large cell", "charger", "large cell"])) == 3
    found = kept.of(["large cell", "charger", "large cell"])
    assert Vector.objects.count() == 2
    (folder / "onnx" / "model.onnx").unlink()  # Nothing is left to read another text with.
    assert count_queries(lambda: kept.of(["charger", "large cell", "large cell"])) == 1
    assert (kept.of(["charger", "large cell", "large cell"]) == found[[1, 0, 2]]).all()
    assert np.linalg.norm(found, axis=1) == pytest.approx(1, abs=1e-3)


ASK = RequestFacts("r", chain="nev", segment="cells", title="cell", hs_code="850760")
OTHERS = [
    OfferFacts(name, chain="nev", segment="cells", title=title, hs_code="850760", language=language)
    for name, title, language in (("a", "charger", "en"), ("b", "电芯", "zh"), ("c", "充电桩", "zh"))
]


def test_what_means_the_same_comes_first_in_another_language(folder):
    plain, model = Reader(Glossary(())), OnnxModel(folder)
    lists = {name: rank_offers(Postings([ASK], OTHERS, reader))["r"] for name, reader in (("plain", plain), ("model", Reader(Glossary(()), None, model)))}  # fmt: skip
    assert len({one.score for one in lists["plain"]}) <= 2
    assert lists["model"][0].offer == "b"
    assert lists["model"][0].score > lists["model"][1].score


def test_meaning_counts_its_share_of_the_text(folder):
    pairs = Postings([ASK], OTHERS, Reader(Glossary(()), None, OnnxModel(folder))).pairs(np.zeros(3, dtype=int), np.arange(3))
    assert text(pairs) == pytest.approx([0, MEANING, 0])
    large = [OfferFacts("d", chain="nev", segment="cells", title="large", language="zh")]
    pairs = Postings([ASK], large, Reader(Glossary(()), None, OnnxModel(folder))).pairs(np.zeros(1, dtype=int), np.zeros(1, dtype=int))
    assert text(pairs) == pytest.approx([MEANING * (unit(1, 0, 1)[0] - UNLIKE) / (1 - UNLIKE)])


class Tables:
    """Rows for words, as a model would give them."""

    digest = "tables"

    def of(self, texts):
        rows = np.array([np.sum([ROWS.get(word, ROWS["[UNK]"]) for word in ["[UNK]", *one.split()]], axis=0) for one in texts])
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


titles = st.lists(st.sampled_from(["cell", "电芯", "charger", "large", "280 Ah"]), min_size=1, max_size=4).map(" ".join)
facts = {"chain": st.just("nev"), "segment": st.sampled_from("xy"), "title": titles, "hs_code": st.sampled_from(["", "850760"])}
languages = st.sampled_from(["en", "zh"])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.builds(RequestFacts, st.uuids().map(str), language=languages, **facts), min_size=1, max_size=3),
    st.lists(st.builds(OfferFacts, st.uuids().map(str), language=languages, **facts), min_size=1, max_size=5),
)
def test_rough_scores_count_meaning_as_scores_do(asked, given_):
    found = Postings(asked, given_, Reader(Glossary(()), None, Tables()))
    giving = Giving(found._offer_texts, found._offer_terms, found._family_of)
    block = Block(Asking(found._request_texts, found._request_terms), giving, found.weights, found._family_of)
    rough = block.rough(np.arange(len(asked)))
    assert np.abs(rough.score - found.score(rough.i, rough.j).score).max(initial=0) < 0.01


@pytest.fixture
def traded(edition, buyer, exhibitor, supplier_segment):
    wanted = builders.sourcing_request(buyer, supplier_segment, **{**WANTED, "title": "cell"})
    near = builders.offer(exhibitor, supplier_segment, **{**CELL_ZH, "title": "电芯"})
    far = builders.offer(another_exhibitor(edition, "Comet"), supplier_segment, **{**CELL, "title": "charger"})
    return wanted, near, far


def scores():
    return {match.offer_id: match.score for match in Match.objects.in_force()}


def test_a_run_with_a_model_ranks_by_it_says_so_and_can_be_worked_out_again(edition, traded, settings, folder):
    wanted, near, _far = traded
    plain = run(edition)
    before = scores()
    assert "sentence_model" not in plain.figures
    settings.MATCHING_MODEL = str(folder)
    meaning.forget()
    done = run(edition)
    after = scores()
    assert done.figures["sentence_model"] == {"digest": meaning_now().digest, "folder": "model"}
    assert done.parameters["model"] == meaning_now().digest != ""
    assert after[near.pk] > before[near.pk]
    assert Vector.objects.count() == 3 + 1 + 28 + 111  # The postings, the text that it is tried with, the judged collection.
    out = io.StringIO()
    call_command("explain_match", wanted.pk, near.pk, "--json", stdout=out)
    assert Decimal(str(json.loads(out.getvalue())["score"])) == after[near.pk]
    settings.MATCHING_MODEL = ""
    out = io.StringIO()
    call_command("explain_match", wanted.pk, near.pk, stdout=out)
    assert "another sentence model, or none" in out.getvalue()
    meaning.forget()


def test_a_model_that_comes_or_goes_asks_for_a_run(edition, traded, settings, folder):
    run(edition)
    assert not sweeping.is_due(edition)
    settings.MATCHING_MODEL = str(folder)
    assert sweeping.is_due(edition)
    run(edition)
    assert not sweeping.is_due(edition)
    settings.MATCHING_MODEL = ""
    assert sweeping.is_due(edition)
    meaning.forget()


def test_an_engine_of_another_version_asks_for_a_run(edition, traded):
    done = run(edition)
    done.engine_version = "0"
    done.save()
    assert sweeping.is_due(edition)


def test_what_was_kept_long_ago_goes(used, db):
    meaning_now()
    assert Vector.objects.count() == 1
    sweeping.delete_former_rows()
    assert Vector.objects.count() == 1
    Vector.objects.update(made_at=timezone.now() - sweeping.VECTORS_KEPT)
    sweeping.delete_former_rows()
    assert not Vector.objects.exists()


def test_without_a_model_the_libraries_are_not_loaded():
    script = "import django; django.setup(); from matchmaking.matching import world, meaning; assert meaning.meaning_now() == meaning.Meaning(); import sys; sys.exit(bool({'onnxruntime', 'tokenizers'} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=site.BASE_DIR, env={"DJANGO_SETTINGS_MODULE": "tests.settings", "PATH": ""}, check=False
    )
    assert done.returncode == 0
