"""What nobody means neither breaks the reading nor climbs in a list."""

from dataclasses import replace
from math import isfinite
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings as site
from hypothesis import example, given, settings
from hypothesis import strategies as st

from matchmaking.matching.engine.facts import OfferFacts, RequestFacts
from matchmaking.matching.engine.glossary import read_folder
from matchmaking.matching.engine.lexicon import shipped_lexicon
from matchmaking.matching.engine.packing import packed, text_digest, unpacked
from matchmaking.matching.engine.ranking import Postings, rank_offers
from matchmaking.matching.engine.reading import Reader

READER = Reader(read_folder(Path(site.BASE_DIR) / "fixtures" / "glossary"), shipped_lexicon)
ASKED = [
    RequestFacts("r0", title="SiC power modules, 1,200 V, for an 800 V axle", language="en"),
    RequestFacts("r1", title="磷酸铁锂方形电芯，280Ah", language="zh"),
]
HONEST = [
    OfferFacts("honest0", title="SiC power module, 1,200 V", title_other="碳化硅功率模块，1200V", language="en"),
    OfferFacts("honest1", title="磷酸铁锂方形电芯，280Ah", title_other="LFP prismatic cell, 280 Ah", language="zh"),
]
pieces = st.one_of(
    st.text(alphabet=st.characters(codec=None), max_size=30),  # Lone surrogates and NUL are among them.
    st.sampled_from(
        ["x", "a" * 9_000, "🔋🚗⚡" * 40, "<b>SiC</b><script>", "<" * 500, "電池 батарея バッテリー battery", "\x00", "\ud800\udfff", "\u202e\u200b\ufeff", "1e999 V",
         "9" * 400 + " V", "-" * 300, "1:" * 200, "(" * 400, "no " * 300, "SiC module " * 300, "为" * 8_000, "for " * 400 + "5 V", "٣٤ V", "１２００Ｖ"]
    ),
)  # fmt: skip
nonsense = st.lists(pieces, max_size=4).map(" ".join)


@settings(max_examples=60, deadline=None)
@given(nonsense, nonsense, nonsense, st.sampled_from(["en", "zh", "", "fr"]))
@example("", "", "", "en")
@example("\ud800", "\x00", "\ud83d", "zh")
def test_any_text_is_read_and_kept(title, description, title_other, language):
    facts = OfferFacts("o", title=title, description=description, title_other=title_other, language=language)
    reading = READER.read(title, description, title_other=title_other, language=language)
    assert unpacked(packed(reading)) == reading
    assert len(text_digest(facts)) == 32
    for which in ("asked", "given"):
        assert all(0 <= weight <= 1 for weight in reading.weights(which).values())
    assert all(isfinite(figure.low) and isfinite(figure.high) and 0 < weight <= 1 for figure, weight in reading.figures.items())
    assert all(0 < weight <= 1 for weight in reading.heads.values())


@settings(max_examples=30, deadline=None)
@given(nonsense, nonsense, st.sampled_from(["en", "zh"]))
def test_nonsense_changes_nothing_for_others_and_never_stands_first(title, description, language):
    junk = OfferFacts("junk", title=title, description=description, language=language)
    alone, beside = (Postings(ASKED, offers, READER) for offers in (HONEST, [junk, *HONEST]))
    before, after = rank_offers(alone), rank_offers(beside)
    for place, asked in enumerate(ASKED):
        scores = beside.score(np.full(3, place), np.arange(3)).score
        assert np.isfinite(scores).all()
        assert ((scores >= 0) & (scores <= 100)).all()
        assert after[asked.id][0].offer == f"honest{place}"
        assert [match for match in after[asked.id] if match.offer != "junk"] == before[asked.id]


EVERYTHING = (
    "SiC power module MOSFET IGBT battery cell LFP NCM 280 Ah 314 Ah 800 V 1,200 V 650 V charger inverter motor axle cable "
    "碳化硅功率模块 电芯 磷酸铁锂 三元 充电桩 逆变器 电机 1200V 800V 650V 280Ah"
)


@pytest.mark.parametrize(
    "stuffed",
    [
        {"title": "All products, best price", "description": EVERYTHING},
        {"title": "All products, best price", "description": f"{EVERYTHING} " * 60},
        {"title": "Chargers, cables and more", "title_other": "充电桩、电缆等", "description": EVERYTHING},
        {"title": EVERYTHING[:160]},
        {"title": "SiC power module, battery cell, inverter, DC charging pile, battery pack, wind turbine, 1,200 V, 280 Ah"},
        {"title": "碳化硅功率模块 电芯 充电桩 逆变器 电机 电缆", "description": EVERYTHING, "language": "zh"},
    ],
)
def test_who_writes_every_word_stands_behind_who_says_what_it_is(stuffed):
    offer = OfferFacts("stuffed", **{"language": "en", **stuffed})
    postings = Postings(ASKED, [offer, *HONEST], READER)
    lists = rank_offers(postings)
    for place, asked in enumerate(ASKED):
        assert lists[asked.id][0].offer == f"honest{place}"
        scores = postings.score(np.full(3, place), np.arange(3)).score
        assert scores[0] < scores[1 + place]


@pytest.mark.parametrize("times", [2, 20, 400])
def test_saying_it_again_gains_nothing(times):
    once, again = (replace(HONEST[0], description="SiC power module, 1,200 V. " * n) for n in (1, times))
    scores = Postings(ASKED, [once, again], READER).score(np.array([0, 0]), np.array([0, 1])).score
    assert scores[1] == scores[0]
