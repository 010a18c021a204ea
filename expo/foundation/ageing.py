"""How something of the API comes to its end: it says so in its answers, a year ahead. See docs/api.md."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from django.utils.http import http_date
from drf_spectacular.drainage import set_override

SHORTEST_NOTICE = timedelta(days=365)
View = TypeVar("View", bound=type)


def ends(*, said_on: date, on: date, instead: str = "") -> Callable[[View], View]:
    """Mark a viewset as ending: every answer carries `Deprecation`, `Sunset` and, with `instead`, a link to what replaces it.

    Args:
        said_on: the day of the release that says so; `on`: the first day without it.
        instead: where its part of docs/api.md stands.

    Raises:
        ValueError: the notice is shorter than a year.
    """
    if on - said_on < SHORTEST_NOTICE:
        raise ValueError("The API gives a year's notice.")
    headers = {"Deprecation": f"@{int(_midnight(said_on).timestamp())}", "Sunset": http_date(_midnight(on).timestamp())}
    if instead:
        headers["Link"] = f'<{instead}>; rel="deprecation"'

    def decorate(view: View) -> View:
        answer: Any = view.finalize_response  # type: ignore[attr-defined] # every view of the API has it

        def finalize_response(self: Any, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
            ended = answer(self, request, response, *args, **kwargs)
            for name, value in headers.items():
                ended[name] = value
            return ended

        view.finalize_response = finalize_response  # type: ignore[attr-defined] # as above
        set_override(view, "deprecated", True)
        return view

    return decorate


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
