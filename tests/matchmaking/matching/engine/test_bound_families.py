"""Properties that exclude each other only of certain things: "rolled" is a finish of screws, and none of steel."""

import pytest

from matchmaking.matching.engine.glossary import Glossary, concept_of
from matchmaking.matching.engine.reading import Reader

ROWS = [
    ("good", "", "bus", "客车"),
    ("good", "bus", "electric bus", "电动客车"),
    ("good", "", "motor", "电机"),
    ("property", "power train of bus or truck", "battery electric|electric", "电动"),
    ("property", "power train of bus or truck", "diesel powered|diesel", "柴油"),
    ("good", "", "truck", "卡车"),
]


@pytest.fixture
def reader():
    return Reader(Glossary(concept_of(dict(zip(("kind", "broader", "en", "zh"), row, strict=True)), "vehicles") for row in ROWS))


@pytest.mark.parametrize(
    ("title", "language", "member"),
    [
        ("Diesel bus", "en", "diesel-powered"),
        ("柴油卡车", "zh", "diesel-powered"),
        ("Electric bus", "en", "battery-electric"),
        ("电动客车", "zh", "battery-electric"),
        ("Electric motor", "en", None),
        ("柴油电机", "zh", None),
    ],
)
def test_a_bound_property_counts_where_its_thing_heads_the_title(reader, title, language, member):
    found = reader.read(title, language=language).properties
    assert [key for members in found.values() for key in members] == ([member] if member else [])


def test_what_only_the_text_names_binds_nothing(reader):
    assert not reader.read("Diesel motor", "Fits a bus.", language="en").properties
