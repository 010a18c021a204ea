"""Columns that come in pairs, `name_en` and `name_zh`, read in the language of the page."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.utils import translation
from django.utils.translation import get_language

LANGUAGES = ("en", "zh-hans")
Said = TypeVar("Said")


def is_chinese() -> bool:
    """Say whether the active language is Chinese."""
    return (get_language() or "en").startswith("zh")


def other_language() -> str:
    """Return the code of the site's other language."""
    return "en" if is_chinese() else "zh-hans"


def has_chinese(text: str) -> bool:
    """Say whether a text holds a Chinese character."""
    return any("\u4e00" <= sign <= "\u9fff" for sign in text)


def in_each_language(say: Callable[[], Said]) -> dict[str, Said]:
    """Return what `say` returns in each language of the site, by its code."""
    said = {}
    for language in LANGUAGES:
        with translation.override(language):
            said[language] = say()
    return said


def site_name() -> str:
    """Return the site's name in the active language."""
    return str(settings.SITE_NAME_ZH if is_chinese() else settings.SITE_NAME)


class Bilingual:
    """`name = Bilingual("name")`: the text in the active language, or in the other one where it is missing."""

    def __init__(self, field: str) -> None:
        self.english, self.chinese = f"{field}_en", f"{field}_zh"

    def __get__(self, row: Any, owner: type) -> Any:
        if row is None:
            return self
        first, second = (self.chinese, self.english) if is_chinese() else (self.english, self.chinese)
        return getattr(row, first) or getattr(row, second)


class BilingualAside(Bilingual):
    """`name_aside = BilingualAside("name")`: the other language, '' where there is none or it is shown already."""

    def __get__(self, row: Any, owner: type) -> Any:
        if row is None:
            return self
        first, second = (self.chinese, self.english) if is_chinese() else (self.english, self.chinese)
        return getattr(row, second) if getattr(row, first) else ""
