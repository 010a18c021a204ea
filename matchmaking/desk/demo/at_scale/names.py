"""Names that nobody bears: of companies, put together from syllables, and of people."""

import random

from django.utils.text import slugify

from matchmaking.desk.demo.at_scale.size import chance
from matchmaking.desk.demo.at_scale.vocabulary import Pair, Vocabulary
from matchmaking.participants.models import Company
from matchmaking.participants.names import name_key

LONGEST_SLUG = 60


class Namer:
    """Gives each company a name of its own: two of them never mean the same, and none that is on the site already comes out."""

    def __init__(self, seed: int, words: Vocabulary) -> None:
        self._luck = chance(seed, "names")
        self._words = words
        self._parts = {region: [[Pair.of(part) for part in row] for row in rows] for region, rows in words.shared["names"].items()}
        self._taken = set(Company.objects.values_list("name_key", flat=True)) | set(Company.objects.values_list("slug", flat=True))

    def company(self, country: str, trade: Pair) -> tuple[Pair, str]:
        """Return a new name in both languages, and its slug."""
        while True:
            name = self._invent(country, trade)
            key, slug = name_key(name.en), slugify(name.en)[:LONGEST_SLUG]
            if key not in self._taken and slug not in self._taken:
                self._taken |= {key, slug}
                return name, slug

    def _invent(self, country: str, trade: Pair) -> Pair:
        parts = [self._luck.choice(row) for row in self._parts[self._words.region_of[country]]]
        english = "".join(part.en for part in parts).capitalize()
        chinese = "".join(part.zh for part in parts)
        return Pair(f"{english} {trade.en}", f"{chinese}{trade.zh}")

    def person(self, country: str) -> str:
        """Return the name of a person from there; people may well bear the same one."""
        region = self._words.region_of[country]
        first, second = (self._luck.choice(names) for names in self._words.shared["people"][region])
        return f"{first}{second}" if region == "chinese" else f"{first} {second}"


def weighted(luck: random.Random, shares: dict[str, int], number: int) -> list[str]:
    """Draw so many countries by their shares."""
    return luck.choices(list(shares), weights=list(shares.values()), k=number)
