"""Addresses in two languages: English at /, Chinese under /zh/."""

from typing import Any

from django.urls import URLResolver
from django.urls.resolvers import LocalePrefixPattern
from django.utils.translation import get_language

SHORT = {"zh-hans": "zh"}


class ShortPrefixPattern(LocalePrefixPattern):
    """Django's language prefix, with `zh` for `zh-hans`: addresses end up on posters."""

    @property
    def language_prefix(self) -> str:
        language = get_language() or "en"
        return f"{SHORT[language]}/" if language in SHORT else ""


def in_both_languages(*patterns: Any) -> list[URLResolver]:
    """Return the patterns so that each address exists at / and under /zh/."""
    return [URLResolver(ShortPrefixPattern(prefix_default_language=False), list(patterns))]
