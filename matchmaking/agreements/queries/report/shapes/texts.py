"""Texts in both languages, and what of a report is not kept."""

from dataclasses import dataclass
from typing import Any

from expo.foundation.bilingual import is_chinese

# Addresses of a live page: they say nothing of the figures, and are left out of a frozen report.
NOT_KEPT: dict[str, Any] = {"kept": False}


@dataclass(frozen=True)
class Both:
    """A text in both languages; as a string it is the one of the page."""

    en: str = ""
    zh: str = ""

    def __str__(self) -> str:
        return (self.zh or self.en) if is_chinese() else (self.en or self.zh)

    def __bool__(self) -> bool:
        return bool(self.en or self.zh)

    def of(self, language: str) -> str:
        """Return the text in "en" or "zh"."""
        return self.zh if language == "zh" else self.en


NOTHING = Both()
