"""What every page's layout needs of the expo."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from expo.editions.models import Edition
from expo.editions.queries import chain_bar


def current_expo(_request: HttpRequest) -> dict[str, Any]:
    """Return the current edition, its chains and the newest edition with results, read only if the page asks. Two queries."""
    # An expo has a handful of editions: one list answers both questions.
    editions: Any = SimpleLazyObject(lambda: list(Edition.objects.held_first()))
    return {
        "current_edition": SimpleLazyObject(lambda: next((edition for edition in editions if edition.is_current), None)),
        "chain_bar": SimpleLazyObject(chain_bar),
        "latest_results": SimpleLazyObject(lambda: next((edition for edition in editions if edition.has_results), None)),
    }
