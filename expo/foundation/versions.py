"""The former versions of rows, which simple_history keeps: asked for without making a class each time."""

from functools import cache
from typing import Any

from simple_history.manager import HistoryManager


class Versions(HistoryManager):  # type: ignore[misc] # the library is untyped
    """The library makes a class of its manager and its queryset whenever a row's history is named, so at each save of a row; here once."""

    @classmethod
    @cache
    def from_queryset(cls, queryset_class: Any) -> Any:
        return super().from_queryset(queryset_class)
