from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from matchmaking.matching.engine.facts import Map, OfferFacts, RequestFacts
from matchmaking.matching.engine.glossary import Concept, Glossary
from matchmaking.matching.engine.ranking import Postings
from matchmaking.matching.engine.reading import Reader

CISCE = Path(__file__).parents[4] / "fixtures" / "cisce"
READER = Reader(Glossary([Concept("battery-cell", "good", "", "", ("battery cell",), ("电芯",))]))
ASK = RequestFacts("r", title="Battery cell, prismatic", hs_code="850760")
GIVE = OfferFacts("o", title="Battery cell, prismatic", hs_code="850760")


def pair_of(address):
    chain, segment = address.split("/")
    return chain, segment


@pytest.fixture(scope="module")
def links():
    rows = yaml.safe_load((CISCE / "links.yaml").read_text(encoding="utf-8"))
    return [(pair_of(row["supplier"]), pair_of(row["customer"])) for row in rows]


def scored(asked, given, links):
    request, offer = (replace(one, chain=chain, segment=segment) for one, (chain, segment) in ((ASK, asked), (GIVE, given)))
    found = Postings([request], [offer], READER, chart=Map(frozenset(links))).score(np.array([0]), np.array([0]))
    return found.score[0], found.factors["segment"][0]


def test_a_link_of_the_expo_counts_either_way_and_less_than_one_segment(links):
    assert len(links) >= 10
    for supplier, customer in links:
        same, linked = scored(customer, customer, links), scored(customer, supplier, links)
        assert scored(supplier, customer, links) == linked
        assert same[1] > linked[1] == 0.8
        assert same[0] > linked[0]


def test_what_is_linked_counts_more_than_what_is_not(links):
    across = next((supplier, customer) for supplier, customer in links if supplier[0] != customer[0])
    within = next((supplier, customer) for supplier, customer in links if supplier[0] == customer[0])
    for supplier, customer in (across, within):
        assert scored(customer, supplier, links)[0] > scored(customer, supplier, [])[0]
