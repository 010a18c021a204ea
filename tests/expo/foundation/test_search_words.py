import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expo.foundation.search import engine
from expo.foundation.search.asked import MOST_WORDS, Phrase, read
from expo.foundation.search.marking import Marker
from expo.foundation.search.spelling import slips_of
from expo.foundation.search.tokens import BREAK, LONGEST_TOKEN, column, tokens, whole


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Silicon-carbide MODULES", ["silicon", "carbide", "modules"]),
        ("碳化硅", ["碳化", "化硅", "硅"]),
        ("1200V碳化硅模块", ["1200", "v", "碳化", "化硅", "硅模", "模块", "块"]),
        ("１２Ａ ﬁne x²", ["12", "a", "fine", "x", "2"]),
        ("Müller & Søn, Straße", ["muller", "søn", "strasse"]),
        ("1,200 V; 8507.60; 1,2", ["1200", "v", "850760", "1", "2"]),
        ("W1-C02", ["w", "1", "c", "02"]),
        ("リチウム電池 배터리", ["リチ", "チウ", "ウム", "ム電", "電池", "池", "배터리"]),
        ("\x00 -- \"' *()", []),
        ("", []),
    ],
)
def test_a_text_has_these_tokens(text, found):
    assert tokens(text) == found


def test_no_phrase_reaches_from_one_text_into_the_next():
    assert column(["aurora motors", "", "cells", "cells"]) == f"aurora motors {BREAK} cells {BREAK}"


@given(st.text(max_size=300))
def test_every_token_is_one_word_that_no_engine_takes_for_syntax(text):
    for token in tokens(text):
        assert 1 <= len(token) <= LONGEST_TOKEN
        assert not set(token) & set("\"'\\:&|!*<>()\x00")
        assert len(token.split()) == 1


@given(st.text(max_size=60), st.text(alphabet="碳化硅电池模块abc 12-", max_size=40))
def test_what_is_in_a_text_is_asked_for_with_its_tokens(before, text):
    there = set(tokens(f"{before} {text}"))
    for word in read(text).exact:
        assert all(token in there for token in word[0].tokens if not word[0].is_open)


@pytest.mark.parametrize(
    ("typed", "exact"),
    [
        ("碳化硅 inverter", [Phrase(("碳化", "化硅")), Phrase(("inverter",))]),
        ("碳化硅inverter", [Phrase(("碳化", "化硅")), Phrase(("inverter",))]),
        ("硅", [Phrase(("硅",), is_open=True)]),
        ("电池", [Phrase(("电池",))]),
        ("IATF16949", [Phrase(("iatf", "16949"))]),
        ("half-bridge", [Phrase(("half", "bridge"))]),
    ],
)
def test_what_is_typed_is_read_as_these_phrases(typed, exact):
    assert [word[0] for word in read(typed).exact] == exact


@pytest.mark.parametrize(
    ("typed", "other"),
    [("batteries", "battery"), ("battery", "batteries"), ("cells", "cell"), ("glass", ""), ("8507s", "")],
)
def test_the_other_number_of_an_english_noun_is_looked_for_too(typed, other):
    found = [phrase.tokens[-1] for phrase in read(typed).loose[0]]
    assert found[1:] == ([other] if other else [])


def test_a_search_is_bounded():
    assert len(read("word " * 1000).words) == MOST_WORDS
    assert len(read("x" * 200).exact[0][0].tokens[0]) == LONGEST_TOKEN
    assert not read('* NEAR( " -') or read('* NEAR( " -').words == ("near",)
    assert not read("\x00 😀 --")


@given(st.text(max_size=220))
def test_both_engines_are_asked_in_quotation_marks_only(text):
    asked = read(text)
    if asked:
        assert re.fullmatch(r'("[^"]+"( \*)?| OR | AND |[()])+', engine.fts_query(asked.loose))
        assert re.fullmatch(r"('[^']+'(:\*)?| <-> | \| | & |[()])+", engine.ts_query(asked.loose))


def test_what_was_searched_for_is_marked_and_nothing_else_is_changed():
    marker = Marker(read("batteries 碳化硅 1200"))
    text = "A Battery of 1,200 V, <b>碳化硅</b>; combattery"
    pieces = marker.pieces(text)
    assert "".join(piece for piece, _hit in pieces) == text
    assert [piece for piece, hit in pieces if hit] == ["Battery", "1,200", "碳化硅"]


@given(st.text(max_size=400), st.text(max_size=30))
def test_marking_keeps_every_sign_of_a_text(text, typed):
    assert "".join(piece for piece, _hit in Marker(read(typed)).pieces(text)) == text


def test_a_passage_is_cut_around_the_first_hit():
    passage = Marker(read("inverter")).passage("word " * 100 + "Inverter housings " + "word " * 100)
    text = "".join(piece for piece, _hit in passage)
    assert text.startswith("… ")
    assert text.endswith(" …")
    assert len(text) < 200
    assert ("Inverter", True) in passage


def test_two_spellings_a_typing_error_apart_share_a_slip():
    for wrong in ("semens", "siemns", "seimens", "siemense", "siamens"):
        assert slips_of(wrong) & slips_of("siemens")
    assert not slips_of("bosch") & slips_of("siemens")


@given(st.text(max_size=50))
def test_a_whole_title_equals_itself_however_it_is_written(text):
    assert whole(unicodedata.normalize("NFKC", text).upper().lower()) == whole(unicodedata.normalize("NFKC", text).lower())
