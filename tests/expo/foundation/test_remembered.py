"""A part of a page is remembered by all that it says: another word, another part."""

from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.safestring import mark_safe

from expo.foundation.remembered import _drawn, part_drawn

CHAIN = {"code": "SV", "colour": "SV", "kind": "chain"}
CARD = {
    "kind": "offer",
    "id": 7,
    "address": "/offers/7/",
    "title": "Anode <foil>",
    "chain": SimpleNamespace(**CHAIN),
    "stage": "midstream",
    "segment": "Battery cells",
    "until": "Open until 24 Sep 2026",
    "is_demo": True,
    "without_offer": False,
    "fit": "",
    "specs": [("Price", "USD 12.50 per kg")],
    "company": "Borealis Cells",
    "place": "China (mainland)",
    "booth": "SV 212",
}
OTHER = {
    "kind": "request",
    "id": 8,
    "address": "/offers/8/",
    "title": "箔",
    "chain": SimpleNamespace(**{**CHAIN, "colour": "DT"}),
    "stage": "upstream",
    "segment": "Cathodes",
    "until": "",
    "is_demo": False,
    "without_offer": True,
    "fit": "Fits two",
    "specs": [("Price", "USD 13 per kg")],
    "company": "Other",
    "place": "Hungary",
    "booth": "",
}


def card(posting):
    return part_drawn("components/_posting.html", {"posting": posting})


def drawn(posting):
    return render_to_string("components/_posting.html", {"posting": posting})


def test_a_card_is_what_the_component_prints():
    assert card(CARD) == card(CARD) == drawn(CARD)
    assert "Anode &lt;foil&gt;" in card(CARD)


@pytest.mark.parametrize("name", [name for name in OTHER if name != "fit"])
def test_every_word_of_a_card_makes_it_another(name):
    card(CARD)
    changed = {**CARD, name: OTHER[name]}
    assert card(changed) == drawn(changed) != card(CARD)


def test_a_fit_and_a_zone_make_it_another():
    for changed in ({**CARD, "fit": "Fits two"}, {**CARD, "chain": SimpleNamespace(**{**CHAIN, "kind": "zone"})}):
        assert card(changed) == drawn(changed) != card(CARD)


def test_each_language_has_its_own_cards():
    english = card(CARD)
    with translation.override("zh-hans"):
        assert card(CARD) == drawn(CARD) != english
    assert card(CARD) == english


def test_what_is_printed_differently_is_kept_apart(tmp_path, settings):
    (tmp_path / "part.html").write_text("{{ value }} {{ value|join:'.' }}")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    values = [
        1,
        True,
        Decimal(1),
        Decimal("1.0"),
        "<b>",
        mark_safe("<b>"),
        ["<b>"],
        [mark_safe("<b>")],
        date(2026, 6, 22),
        None,
        {"a": 1},
        {1},
    ]
    told = [part_drawn("part.html", {"value": value}) for value in values]
    assert told == [render_to_string("part.html", {"value": value}) for value in values]
    assert told[4] != told[5]


def test_what_is_no_plain_value_is_refused():
    for value in (object(), timezone.now(), 1.5):
        with pytest.raises(TypeError, match="is no plain value"):
            part_drawn("components/_posting.html", {"posting": value})


def test_a_developer_sees_a_changed_template(settings):
    settings.DEBUG = True
    before = _drawn.cache_info().currsize
    assert card({**CARD, "title": "Only here"}) == drawn({**CARD, "title": "Only here"})
    assert _drawn.cache_info().currsize == before
