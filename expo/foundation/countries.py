"""Countries and regions as people write them: by code, or by name in either language."""

from functools import lru_cache

from django.utils import translation
from django_countries import countries

USUAL = {
    "china": "CN",
    "中国": "CN",
    "usa": "US",
    "uk": "GB",
    "great britain": "GB",
    "south korea": "KR",
    "korea": "KR",
    "美国": "US",
    "台湾": "TW",
    "香港": "HK",
    "澳门": "MO",
}


@lru_cache(maxsize=1)
def codes_by_name() -> dict[str, str]:
    """Return country codes by lower-case code, and by English and Chinese name."""
    known: dict[str, str] = {}
    for language in ("en", "zh-hans"):
        with translation.override(language):
            for code, name in countries:
                known[str(name).casefold()] = code
                known[code.casefold()] = code
    return known | USUAL
