"""What every page's layout needs of the expo."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from expo.editions.queries import chain_bar, current_edition, latest_results


def current_expo(_request: HttpRequest) -> dict[str, Any]:
    """Return the current edition, its chains and the newest edition with results, read only if the page asks."""
    return {
        "current_edition": SimpleLazyObject(current_edition),
        "chain_bar": SimpleLazyObject(chain_bar),
        "latest_results": SimpleLazyObject(latest_results),
    }
