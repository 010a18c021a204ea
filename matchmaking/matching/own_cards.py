"""One's own postings among others: how many fit each, with the way to who that is."""

from collections.abc import Sequence

import numpy as np
from django.urls import reverse
from django.utils import formats
from django.utils.translation import ngettext

from matchmaking.marketplace.cards import Card
from matchmaking.marketplace.models import Posting
from matchmaking.matching.columns import Columns
from matchmaking.matching.queries.company import KINDS, totals_of
from matchmaking.participants.models import Member, Visitor


def mark_own(cards: Sequence[Card], visitor: Visitor, columns: Columns) -> None:
    """Say on the cards that are of the visitor's companies how many fit, and lead to the matches.

    No query for a stranger, one for somebody signed in, five more at most where a card is their own.
    """
    companies = list(Member.objects.of(visitor).values_list("company", flat=True)) if visitor.is_authenticated and cards else []
    if not companies:
        return
    is_own = np.isin(columns.rows["company"], companies)
    own: list[Posting] = []
    for kind, model in KINDS.items():
        keys = set(columns.rows["key"][is_own & columns.of_kind(kind)].tolist()) & {card["id"] for card in cards if card["kind"] == kind}
        own += model.objects.filter(pk__in=keys).select_related("registration") if keys else []
    totals = totals_of(own) if own else {}
    for card in cards:
        key = card["kind"], card["id"]
        if key in totals:
            card["fit"] = how_many_fit(card["kind"], totals[key])
            card["fit_address"] = reverse(f"{card['kind']}_matches", args=[card["id"]])


def how_many_fit(kind: str, total: int) -> str:
    """Say how many of the other side fit a posting of this kind."""
    words = {"all": formats.number_format(total, use_l10n=True)}
    if kind == "request":
        return ngettext("%(all)s offer fits", "%(all)s offers fit", total) % words
    return ngettext("%(all)s request fits", "%(all)s requests fit", total) % words
