"""Readings as a few hundred bytes, to be kept: what comes out is equal to what went in."""

import hashlib
import json
import zlib
from functools import cache
from pathlib import Path

from matchmaking.matching.engine.facts import OfferFacts, RequestFacts
from matchmaking.matching.engine.figures import Figure
from matchmaking.matching.engine.lexicon import SHIPPED
from matchmaking.matching.engine.reading import Group, Reading

FORM = 1
READ_WITH = ("figures", "forms", "glossary", "lexicon", "packing", "plainwords", "reading", "zones")
"""The modules that make a reading what it is."""
BETWEEN = " "
"""No name of a feature has a space in it: they are words without signs, and keys."""


@cache
def reading_version() -> str:
    """Return a digest of all that makes readings what they are, but for the glossary: the code itself and the dictionary.

    Nobody has to remember to raise a number: who changes how texts are read changes this.
    """
    said = hashlib.blake2b(str(FORM).encode(), digest_size=8)
    for path in (*(Path(__file__).with_name(f"{name}.py") for name in READ_WITH), SHIPPED):
        said.update(path.read_bytes())
    return said.hexdigest()


def text_digest(facts: OfferFacts | RequestFacts) -> str:
    """Return a digest of all that the reading of a posting depends on: its texts, and the certificates that an offer holds."""
    held = sorted(facts.certificates) if isinstance(facts, OfferFacts) else None
    said = json.dumps([facts.language, facts.chain, facts.title, facts.title_other, facts.description, held])
    return hashlib.blake2b(said.encode(), digest_size=16).hexdigest()


def packed(reading: Reading) -> bytes:
    """Return a reading as bytes."""
    features = [[group.channel, group.asked, group.given, BETWEEN.join(group.names)] for group in reading.features]
    figures = [[figure.dimension, figure.low, figure.high, int(figure.of_use), weight] for figure, weight in reading.figures.items()]
    plain = [features, reading.heads, figures, reading.properties, sorted(reading.certificates), reading.kind]
    return zlib.compress(json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode(), 6)


def unpacked(kept: bytes) -> Reading:
    """Return the reading that was made these bytes of.

    Raises:
        ValueError: these are not the bytes of a reading.
    """
    new = tuple.__new__  # Skips the names of the fields, ten times a posting.
    try:
        features, heads, figures, properties, certificates, kind = json.loads(zlib.decompress(kept))
        return Reading(
            heads,
            tuple([new(Group, (channel, asked, given, tuple(names.split(BETWEEN)))) for channel, asked, given, names in features]),
            {Figure(dimension, low, high, bool(of_use)): weight for dimension, low, high, of_use, weight in figures},
            properties,
            frozenset(certificates),
            kind,
        )
    except (zlib.error, TypeError, ValueError, AttributeError) as error:
        raise ValueError("not a reading") from error
