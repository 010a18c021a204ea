"""What a thing is for has figures of its own: they are compared with each other, and never held against the thing."""

import numpy as np
import pytest

from matchmaking.matching.engine.facts import OfferFacts, RequestFacts
from matchmaking.matching.engine.glossary import Concept, Glossary
from matchmaking.matching.engine.ranking import Postings, rank_offers
from matchmaking.matching.engine.reading import Reader

READER = Reader(
    Glossary(
        [
            Concept("sic-module", "good", "nev", "", ("silicon carbide module", "SiC module"), ("碳化硅模块",)),
            Concept("blade", "good", "ce", "", ("rotor blade",), ("叶片",)),
            Concept("body", "good", "ga", "", ("refrigerated body",), ("冷藏车厢",)),
            Concept("pump", "good", "am", "", ("dosing pump",), ("计量泵",)),
            Concept("carrier", "good", "dt", "", ("wafer carrier",), ("晶圆载具",)),
            Concept("bag", "good", "hl", "", ("filling bag",), ("灌装袋",)),
        ]
    )
)
PAIRS = [
    ("SiC modules for an 800 V axle", "SiC module, 1,200 V", "SiC modules, 800 V"),
    ("800V车桥用碳化硅模块", "SiC module, 1,200 V", "800V碳化硅模块"),
    ("适用于800V平台的碳化硅模块", "碳化硅模块，1200V", "碳化硅模块，800V"),
    ("Rotor blades for 5.6 MW turbines", "Rotor blade, 3 MW", "Rotor blades, 5.6 MW"),
    ("叶片，用于5.6MW风机", "Rotor blade, 3 MW", "叶片，5.6MW"),
    ("Dosing pump for 2,000 L tanks", "Dosing pump, 20 L", "Dosing pump, 2,000 L"),
    ("计量泵，适用于2000升储罐", "Dosing pump, 20 L", "计量泵，2000升"),
    ("Wafer carrier for 300 mm wafers", "Wafer carrier, 450 mm", "Wafer carrier, 300 mm"),
    ("Filling bags for 500 L bioreactors", "灌装袋，50升", "Filling bags, 500 L"),
    ("500升反应器用灌装袋", "Filling bag, 50 L", "500升灌装袋"),
]


def language(title):
    return "zh" if any("\u4e00" <= sign <= "\u9fff" for sign in title) else "en"


def postings(asked, *given):
    offers = [OfferFacts(str(n), title=title, language=language(title)) for n, title in enumerate(given)]
    return Postings([RequestFacts("r", title=asked, language=language(asked))], offers, READER)


def scored(asked, given):
    return postings(asked, given).score(np.array([0]), np.array([0]))


@pytest.mark.parametrize(("of_use", "given", "of_thing"), PAIRS)
def test_a_rating_of_the_use_is_not_held_against_the_thing(of_use, given, of_thing):
    neutral, clash = scored(of_use, given), scored(of_thing, given)
    assert np.isnan(neutral.factors["figures"][0])
    assert neutral.is_match[0]
    assert clash.has_clash[0]


@pytest.mark.parametrize(("of_use", "given", "of_thing"), PAIRS)
def test_nor_is_that_of_an_offer_held_against_what_is_asked(of_use, given, of_thing):
    found = scored(given, of_use)
    assert not found.has_clash[0]
    assert found.factors["figures"][0] == pytest.approx(0.5)
    assert scored(given, of_thing).has_clash[0]


def test_a_figure_of_the_thing_beside_that_of_its_use_is_still_met():
    found = scored("SiC modules for an 800 V axle, 1,200 V", "SiC module, 1,200 V")
    assert found.factors["figures"][0] == pytest.approx(1)


@pytest.mark.parametrize(
    ("asked", "same", "other"),
    [
        ("SiC modules for an 800 V axle", "800V车桥用碳化硅模块", "SiC module for a 400 V axle"),
        ("Rotor blades for 5.6 MW turbines", "5.6MW风机用叶片", "3MW风机用叶片"),
        ("Refrigerated bodies for 7.5 t chassis", "7.5吨底盘用冷藏车厢", "Refrigerated body for 18 t chassis"),
    ],
)
def test_uses_are_compared_with_uses(asked, same, other):
    one, two = scored(asked, same), scored(asked, other)
    assert one.factors["figures"][0] == pytest.approx(1)
    assert two.factors["figures"][0] < 0.5
    assert two.is_match[0]
    assert [match.offer for match in rank_offers(postings(asked, other, same))["r"]] == ["1", "0"]


def test_the_title_in_the_other_language_is_matched_as_a_title():
    asked = RequestFacts("r", title="主驱用碳化硅模块", language="zh")
    as_title = OfferFacts("1", title="Traction stack", title_other="碳化硅模块")
    as_text = OfferFacts("0", title="Traction stack", description="碳化硅模块")
    found = rank_offers(Postings([asked], [as_text, as_title], READER))["r"]
    assert [match.offer for match in found] == ["1", "0"]
    assert found[0].score > found[1].score + 5
