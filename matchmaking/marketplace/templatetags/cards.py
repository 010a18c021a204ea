"""`{% card posting %}` prints templates/components/_posting.html, remembered by everything that it says."""

from functools import lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from matchmaking.marketplace.cards import Card

register = template.Library()
CHAIN = ("code", "colour", "kind")
MOST_REMEMBERED = 2000


@register.simple_tag
def card(posting: Card) -> SafeString:
    """Print a card of `cards.cards_of`. The same words in the same language are the same card, so nothing can grow old."""
    chain = tuple(str(getattr(posting["chain"], name)) for name in CHAIN)
    said = tuple((name, tuple(value) if isinstance(value, list) else value) for name, value in posting.items() if name != "chain")
    draw = _drawn.__wrapped__ if settings.DEBUG else _drawn  # Who changes the template wants to see it.
    return draw(get_language(), chain, said)


@lru_cache(maxsize=MOST_REMEMBERED)
def _drawn(_language: str | None, chain: tuple[str, ...], said: tuple[tuple[str, Any], ...]) -> SafeString:
    posting = {**dict(said), "chain": dict(zip(CHAIN, chain, strict=True))}
    return mark_safe(get_template("components/_posting.html").render({"posting": posting}))  # noqa: S308 - a template escaped it
