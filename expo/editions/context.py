"""What every page's layout needs of the expo."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from expo.editions.queries import chain_bar, landmarks


def current_expo(_request: HttpRequest) -> dict[str, Any]:
    """Return the current edition, its chains and the newest edition with results, read only if the page asks. Two queries."""
    both: Any = SimpleLazyObject(landmarks)
    return {
        "current_edition": SimpleLazyObject(lambda: both.current),
        "chain_bar": SimpleLazyObject(chain_bar),
        "latest_results": SimpleLazyObject(lambda: both.latest_results),
    }
