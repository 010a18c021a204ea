"""Countries and regions by the names that people type."""

from functools import cache

from django.utils import translation
from django_countries import countries

LANGUAGES = ("en", "zh-hans")
# Names in daily use that are not in the standard's.
ALSO = {
    "AE": ("UAE", "Emirates", "阿联酋"),
    "CN": ("PRC", "中国"),
    "CZ": ("Czech Republic", "捷克"),
    "GB": ("UK", "Britain", "England", "英国"),
    "KR": ("South Korea", "韩国"),
    "NL": ("Holland", "荷兰"),
    "RU": ("Russia", "俄罗斯"),
    "US": ("USA", "America", "美国"),
    "VN": ("Vietnam", "越南"),
}


@cache
def names_of_country(code: str) -> tuple[str, str]:
    """Return the name in English and in Chinese; empty texts for no code."""
    names = []
    for language in LANGUAGES:
        with translation.override(language):
            names.append(str(countries.name(code)) if code else "")
    return names[0], names[1]


@cache
def words_of_country(code: str) -> tuple[str, ...]:
    """Return all by which it is found: its code, its names, and others in daily use."""
    return (code, *names_of_country(code), *ALSO.get(code, ())) if code else ()
