"""How large a real expo is, and how much of that is missing."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from django.db.models import Max, Model

from expo.editions.models import Edition
from expo.foundation.money import to_fen
from matchmaking.marketplace.models import Offer, SourcingRequest
from matchmaking.participants.models import Registration

DOMAIN = ".demo.example"
BLOCK = 1000
Row = TypeVar("Row")


@dataclass(frozen=True)
class Size:
    """Numbers of rows: registrations by role, postings in whatever state, entries of the ledger with their sum in yuan."""

    exhibitors: int
    offers: int
    buyers: int
    requests: int
    agreements: int
    undisclosed: int
    amount_cny: Decimal


@dataclass(frozen=True)
class Past:
    """How many took part in a past edition: exhibitors with a stand of their own, how many of them from outside the mainland, how many
    signed up at the edition before; partners on their stands; buyers, the first of them key clients; meetings."""

    exhibitors: int
    abroad: int = 0
    signed_up_before: int = 0
    partners: int = 0
    buyers: int = 0
    key_clients: int = 0
    meetings: int = 0

    def divided(self, scale: int) -> "Past":
        """Return the same, `scale` times smaller; nobody who is wanted at all is left out."""
        return Past(**{name: -(-number // scale) for name, number in vars(self).items()})


# What the press said of two editions: 515 exhibitors and 26 percent, 620 and 32 percent, over 1,000 with their partners, nearly 50 and 68 sign-ups.
EDITION_OF_2023 = Past(exhibitors=515, abroad=134, partners=296)
EDITION_OF_2024 = Past(exhibitors=620, abroad=198, signed_up_before=47, partners=412, buyers=1_600, key_clients=240, meetings=2_400)
SIGNED_UP_FOR_2025 = 68
# Entries of the ledger beside those that count, by status.
BESIDE = {"disputed": 48, "void": 66, "draft": 31, "submitted": 22}
# The postings are what an expo of this kind may hope for; the ledger is what the press said of 2024.
EXPO = Size(1_200, 37_000, 18_000, 18_000, 6_734, 41, Decimal(152_310_000_000))


def missing(edition: Edition, scale: int) -> Size:
    """Return how much is to be added, so that with what the edition has it makes EXPO, divided by `scale`.

    Counted are all verified registrations of the edition in each role, and all its postings in any state, the small demo's among
    them. The ledger belongs to a past edition; it is counted on its own.
    """
    taking_part = Registration.objects.filter(edition=edition).verified().order_by()
    exhibitors, buyers = (taking_part.filter(role=role).count() for role in (Registration.Role.EXHIBITOR, Registration.Role.BUYER))
    offers, requests = (model.objects.in_edition(edition).count() for model in (Offer, SourcingRequest))
    return Size(
        exhibitors=max(EXPO.exhibitors - exhibitors, 0) // scale,
        offers=max(EXPO.offers - offers, 0) // scale,
        buyers=max(EXPO.buyers - buyers, 0) // scale,
        requests=max(EXPO.requests - requests, 0) // scale,
        agreements=EXPO.agreements // scale,
        undisclosed=-(-EXPO.undisclosed // scale),
        amount_cny=to_fen(EXPO.amount_cny / scale),
    )


def chance(seed: int, subject: str) -> random.Random:
    """Return a source of chance that gives the same for the same seed and subject."""
    return random.Random(f"{seed} {subject}")  # noqa: S311 - it invents rows, it keeps no secret


def newest(model: type[Model]) -> int:
    """Return the highest key of a table, 0 of an empty one: rows above it came later."""
    return int(model._default_manager.aggregate(last=Max("pk"))["last"] or 0)


def happens(luck: random.Random, share: float) -> bool:
    """Say yes as often as `share`, from 0 to 1, says."""
    return luck.random() < share


def blocks(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """Cut a sequence into pieces of at most BLOCK."""
    for start in range(0, len(rows), BLOCK):
        yield rows[start : start + BLOCK]


def split(number: int) -> Iterator[int]:
    """Cut a number into pieces of at most BLOCK: 2,500 -> 1,000, 1,000, 500."""
    for start in range(0, number, BLOCK):
        yield min(BLOCK, number - start)
