"""The real expo's figures, from the files to the page: none is lost, none changes, each keeps its qualifier and its sources."""

import re
from decimal import Decimal
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.test import Client

from matchmaking.desk.loading import load_folder

FOLDER = Path(settings.BASE_DIR) / "fixtures" / "cisce"
WORDS = {
    "en": {"exact": "", "more_than": "more than", "about": "about", "nearly": "nearly", "at_least": "at least", "derived": "derived"},
    "zh": {"exact": "", "more_than": "超过", "about": "约", "nearly": "近", "at_least": "至少", "derived": "推算"},
}
# A published figure, with what stands between it and the one before in its paragraph, and behind it the sources that it cites.
FIGURE = re.compile(
    r'(?P<before>(?:(?!</p>|<p\b|<data\b).)*)<data value="(?P<value>[\d.]+)">[^<]*</data>(?:</b>)?[^<]*<span class="cite">(?P<cites>(?:(?!</p>|<data\b).)*?</a>)</span>',
    re.DOTALL,
)
SOURCE = re.compile(r'<li[^>]*id="source-(\d+)"[^>]*>(.*?)</li>', re.DOTALL)
TAG = re.compile(r"<[^>]+>")


@cache
def entries(name: str) -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    return loaded


def plain(html: str) -> str:
    return " ".join(unescape(TAG.sub(" ", html)).split())


def missing_from(page: str, year: str, language: str) -> list[str]:
    """Return the keys of the figures that the page does not show as published."""
    cited = {number: plain(text) for number, text in SOURCE.findall(page)}
    shown = [
        (Decimal(found["value"]), plain(found["before"]), re.findall(r'href="#source-(\d+)"', found["cites"]))
        for found in FIGURE.finditer(page)
    ]
    sources = {entry["key"]: (entry["title"], entry["publisher"], str(entry["published_on"])) for entry in entries("sources")}

    def is_shown(figure: dict[str, Any]) -> bool:
        same = [
            {cited[number] for number in numbers}
            for value, words, numbers in shown
            if value == Decimal(str(figure["value"])) and WORDS[language][figure["qualifier"]] in words
        ]
        wanted = [sources[key] for key in figure["sources"]]
        return any(all(any(all(part in text for part in source) for text in texts) for source in wanted) for texts in same)

    return [figure["key"] for figure in entries("figures") if figure["edition"] == year and not is_shown(figure)]


@pytest.mark.django_db
def test_every_published_figure_is_on_its_page_with_qualifier_and_sources(client: Client) -> None:
    load_folder(FOLDER)
    for year in ("2023", "2024", "2025", "2026"):
        for language, prefix in (("en", ""), ("zh", "/zh")):
            page = client.get(f"{prefix}/editions/{year}/results/").content.decode()
            assert missing_from(page, year, language) == []
            assert missing_from(page.replace('<data value="', '<data value="9'), year, language), "the check itself must be able to fail"


def test_all_159_figures_are_there() -> None:
    assert len(entries("figures")) == 159
    assert {entry["edition"] for entry in entries("figures")} == {"2023", "2024", "2025", "2026"}
