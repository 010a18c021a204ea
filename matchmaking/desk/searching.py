"""How the site's own pages are searched: those that no row stands behind."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _

from expo.foundation.bilingual import in_each_language
from expo.foundation.search import Both, Describer, Found, searched
from expo.foundation.search.register import Keys

# Number (never given to another page), address, title, and what it holds.
PAGES: list[tuple[int, str, Any, list[Any]]] = [
    (1, "chains", _("Chains"), [_("Each line runs from upstream to downstream. A hollow station has requests that no offer meets yet.")]),
    (
        2,
        "exhibitors",
        _("Exhibitors"),
        [_("Companies appear here once the organiser has verified them. Those of past editions can be read already.")],
    ),
    (3, "forums", _("Forums"), [_("Ceremonies, forums, releases and briefings, edition by edition. Hours are the expo’s own.")]),
    (4, "plan", _("Floor plan"), [_("A booth number is an address: chain, stage, place.")]),
    (5, "market", _("Market"), [_("What is on offer and what is wanted, across all chains.")]),
    (6, "editions", _("Editions"), [_("Each holding of the expo, with what its organiser published.")]),
    (7, "register", _("Take part"), [_("Register your company"), _("As an exhibitor"), _("As a buyer")]),
    (
        8,
        "accessibility",
        _("Accessibility"),
        [
            _("Every page works with the keyboard alone, without JavaScript, at 400 % zoom and 320 pixels wide."),
            _("Names in the other language are marked as such for screen readers."),
        ],
    ),
    (
        9,
        "privacy",
        _("Privacy"),
        [
            _("Reading this site needs no account. Public pages set no cookie, load nothing from elsewhere and count nobody."),
            _("Passwords are stored only as hashes."),
        ],
    ),
    (10, "api_docs", _("API"), [_("Everything that can be read, with its address.")]),
]


def _pages(_keys: Keys) -> Iterator[Found]:
    for number, address, title, texts in PAGES:
        said = in_each_language(partial(_said, title, texts)).values()
        titles, held = zip(*said, strict=True)
        yield Found(key=number, title=Both(*titles), route=(address, [], ""), text=Both(*held))


def _said(title: Any, texts: list[Any]) -> tuple[str, str]:
    return str(title), " ".join(map(str, texts))


def register() -> None:
    """Let the site's own pages be found."""
    searched(Describer("site", "page", None, _pages))
