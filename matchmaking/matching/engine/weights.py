"""The one table of weights, and the limits beside it. An organiser may change the weights; limits belong to a version."""

from dataclasses import dataclass, fields
from math import isfinite

VERSION = "3"


@dataclass(frozen=True, slots=True)
class Weights:
    """What each factor counts. The first group says whether it is the same thing, the second whether the terms suit.

    Only the proportions inside a group matter, and `terms`: how much of the score the terms can take away, 0 to 1. `wish` is added
    to the score of a match where both sides have said that they would like to meet, half of it where one has: points, 10 at most.
    """

    text: float = 26
    product: float = 12
    hs: float = 24
    figures: float = 36
    segment: float = 6

    price: float = 45
    lead_time: float = 40
    quantity: float = 7
    incoterms: float = 4
    certificates: float = 3
    language: float = 1

    terms: float = 0.6
    wish: float = 4

    def __post_init__(self) -> None:
        if not all(isfinite(getattr(self, item.name)) for item in fields(self)):
            raise ValueError("a weight is a finite number")
        if any(getattr(self, item.name) < 0 for item in fields(self)) or self.terms > 1:
            raise ValueError("a weight is not negative, and `terms` is at most 1")
        if self.wish > MOST_WISH:
            raise ValueError(f"`wish` is at most {MOST_WISH} points")
        if not any(getattr(self, name) for name in THING) or not any(getattr(self, name) for name in TERMS):
            raise ValueError("each group of weights needs one above zero")


THING = ("text", "product", "hs", "figures", "segment")
TERMS = ("price", "lead_time", "quantity", "incoterms", "certificates", "language")
MOST_WISH = 10
NEUTRAL = {"text": 0.0, "product": 0.5, "hs": 0.5, "figures": 0.5, "segment": 0.0}
"""What a factor of the thing is worth where it cannot be told; a term that the request does not state is fully met."""

FULL_TEXT = 0.5
"""So much shared text says all that text can say: more of it makes nothing more the same."""
IN_CONCEPTS, BACKWARD = 0.6, 0.35
"""The share of concepts against words, and of what the offer asks of the request against the other way."""

LEAST_THING = 0.35
"""A pair whose thing is less alike is not listed."""
NEAR_TEXT = 0.25
"""A near miss shares so much of the factor text, or a related product, or the HS code: less is no near miss, however little is missing."""
LEAST_SHARED, SHARED_HEAD, SHARED_HS, SHARED_FIGURES = 0.04, 0.4, 0.8, 0.8
"""A pair needs a ground: so much of the text in common, related heads, the HS heading, or the figures; other fields make no match."""
OTHER_KIND = 0.25
"""Taken off the thing where one side is goods and the other a service or software."""
DECISIVE = 0.6
"""A clash of figures or grades in both titles from here on is a near miss, not a match."""
UNRELATED, SAME_HEAD, NEAR_HS, MUCH_TEXT, SOME_TEXT, LITTLE_TEXT = 0.05, 0.5, 0.8, 0.4, 0.16, 0.06
"""Another product: unrelated heads with some text at most, or little where the HS heading is shared; or other HS chapters, another head
and not much text."""
