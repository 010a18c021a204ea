"""What the postings say: a title, sometimes in both languages, and a few sentences in one of them."""

from decimal import Decimal
from functools import cache
from typing import NamedTuple

from babel.numbers import format_decimal

from expo.foundation.bilingual import in_each_language
from expo.foundation.units import UNITS
from matchmaking.desk.demo.at_scale.size import happens
from matchmaking.desk.demo.at_scale.vocabulary import Pair, Scene, SegmentWords

LONGEST_TITLE = 160
CHINESE_REGION = "chinese"
IN_OTHER_LANGUAGE = 0.68
WITH_ENDING = 0.3


class Texts(NamedTuple):
    """The columns of a posting that hold words."""

    language: str
    title: str
    title_other: str
    description: str


def texts_of(title: Pair, name: Pair, segment: SegmentWords, scene: Scene, *, country: str, path: tuple[str, str]) -> Texts:
    """Say what is offered or wanted, in the language that somebody from that country would rather write.

    Args:
        path: which sentences fit: ("goods" or "services", "offer" or "request").
    """
    in_chinese = happens(scene.luck, 0.76 if scene.words.region_of[country] == CHINESE_REGION else 0.12)
    said = _sentences(name, segment, scene, path)
    language, own, other = ("zh-hans", title.zh, title.en) if in_chinese else ("en", title.en, title.zh)
    text = said.zh if in_chinese else said.en
    return Texts(language, own[:LONGEST_TITLE], other[:LONGEST_TITLE] if happens(scene.luck, IN_OTHER_LANGUAGE) else "", text)


def offer_title(name: Pair, trade: str, scene: Scene) -> Pair:
    """Say what is offered, now and then with a word on how."""
    if not happens(scene.luck, WITH_ENDING):
        return name
    ending = scene.luck.choice(scene.words.sentences(trade, "endings"))
    return Pair(name.en + ending.en, name.zh + ending.zh)


def request_title(name: Pair, quantity: Decimal, unit: str, segment: SegmentWords, scene: Scene, *, trade: str) -> Pair:
    """Say what is wanted, now and then with the amount or the use."""
    shape = scene.luck.choice(scene.words.sentences("request_titles", trade))
    title = shape.fill(name, _amount(quantity, unit), scene.luck.choice(segment.uses))
    return Pair(title.en[:1].upper() + title.en[1:], title.zh)


def _sentences(name: Pair, segment: SegmentWords, scene: Scene, path: tuple[str, str]) -> Pair:
    """What it is for; of an offer, what its trade says of it; a few sentences that anybody may say."""
    luck, use = scene.luck, scene.luck.choice(segment.uses)
    said = [Pair(f"{name.en}; for {use.en}.", f"{name.zh}，用于{use.zh}。")]
    if path[1] == "offer":
        said.append(luck.choice(segment.notes))
    said += luck.sample(scene.words.sentences(*path), luck.choice((0, 1, 1, 2, 3)))
    return Pair(" ".join(part.en for part in said), "".join(part.zh for part in said))


def _amount(quantity: Decimal, unit: str) -> Pair:
    """Return the amount in words: "3,000 pieces", "3,000件"."""
    number, name = format_decimal(quantity, "#,##0.###", locale="en"), _name_of_unit(unit)
    return Pair(f"{number} {name.en}", f"{number}{name.zh}")


@cache
def _name_of_unit(unit: str) -> Pair:
    return Pair(*in_each_language(lambda: str(UNITS[unit].name)).values())
