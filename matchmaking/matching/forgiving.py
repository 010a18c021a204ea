"""The market for an address in which a word was mistyped."""

from django.http import QueryDict

from expo.foundation.search.spelling import other_spelling
from matchmaking.matching.market import Market


def market_of(address: QueryDict) -> tuple[Market, str]:
    """Return the market for an address, and the words that were typed where it is that of their likeliest other spelling, else ''.

    The rules are those of the search: a spelling is forgiven where nothing has the words as typed and something has the other ones;
    all other filters stay as they are.
    """
    market, typed = Market(address), str(address.get("q", "")).strip()
    if not typed or market.form.errors or market.total:
        return market, ""
    other = other_spelling(typed)
    if not other:
        return market, ""
    changed = address.copy()
    changed["q"] = other
    forgiven = Market(changed)
    return (forgiven, typed) if forgiven.total else (market, "")
