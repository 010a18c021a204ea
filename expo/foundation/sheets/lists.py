"""Which lists can be taken out as spreadsheets. Each room that has some names them in a module of `settings.LISTS`."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import Http404, HttpRequest, QueryDict

from expo.foundation.sheets.columns import Column, Words
from expo.foundation.sheets.kinds import kind_named

if TYPE_CHECKING:
    from expo.accounts.models import User

BIGGEST_SCOPE = 2**63 - 1


@dataclass(frozen=True)
class Made:
    """A list about to be written: its columns, its rows one by one, and how many there are (a query, asked once)."""

    columns: list[Column]
    rows: Iterable[Any]
    count: Callable[[], int]


@dataclass(frozen=True)
class Listing:
    """One list. `make` reads filters and person from the request, and raises Http404 for who may not see it: it is asked twice, by the
    page and by the worker. `may` is about the door that only a browser can pass, as the second step of staff.
    """

    title: Words
    make: Callable[[HttpRequest], Made]
    may: Callable[[HttpRequest], bool] = lambda _request: True
    # What the file is called, from the filters; the list's name where nothing else is said.
    called: Callable[[QueryDict], str] | None = None


@cache
def listings() -> dict[str, Listing]:
    """Return every list by its name."""
    return {name: one for module in settings.LISTS for name, one in import_module(module).LISTINGS.items()}


def listing_named(name: str) -> Listing:
    """Return the list. Raises Http404."""
    if name not in listings():
        raise Http404
    return listings()[name]


def asked_by(person: "User", filters: str) -> HttpRequest:
    """Return a request for a list as this person's browser would make it with these filters; nothing of a session is in it."""
    request = HttpRequest()
    request.method, request.user, request.GET = "GET", person, QueryDict(filters)
    return request


def title_of(name: str, filters: str) -> str:
    """Return what the list is called on pages."""
    kind = QueryDict(filters).get("kind", "") if name == OF_KIND else ""
    return str(kind_named(kind).title if kind else listing_named(name).title)


def _of_kind(request: HttpRequest) -> Made:
    """What is stored of a kind of spreadsheet, to be changed and brought back."""
    kind, number = kind_named(request.GET.get("kind", "")), request.GET.get("scope", "")
    scope = kind.scope(request.user, int(number), {}) if number.isdecimal() and int(number) <= BIGGEST_SCOPE else None  # type: ignore[arg-type] # the door lets nobody in who is not signed in
    if scope is None:
        raise Http404
    return Made(kind.columns(scope), kind.rows(scope), lambda: kind.count(scope))


def told(rows: Iterable[Any], say: Callable[[int], None]) -> Iterator[Any]:
    """Yield the rows, and say how many went by."""
    for number, row in enumerate(rows, start=1):
        yield row
        say(number)


OF_KIND = "sheet"
LISTINGS = {OF_KIND: Listing("", _of_kind, called=lambda filters: filters.get("kind", ""))}
