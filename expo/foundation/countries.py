"""Countries and regions as people write them: by code, by name in either language, or by a name in daily use."""

from functools import cache

from django_countries import countries

from expo.foundation.bilingual import in_each_language

# Names in daily use that are not in the standard's.
ALSO = {
    "AE": ("UAE", "Emirates", "阿联酋"),
    "CN": ("China", "PRC", "中国"),
    "CZ": ("Czech Republic", "捷克"),
    "GB": ("UK", "Great Britain", "Britain", "England", "英国"),
    "HK": ("香港",),
    "KR": ("South Korea", "Korea", "韩国"),
    "MO": ("澳门",),
    "NL": ("Holland", "荷兰"),
    "RU": ("Russia", "俄罗斯"),
    "TW": ("台湾",),
    "US": ("USA", "America", "美国"),
    "VN": ("Vietnam", "越南"),
}


@cache
def country_codes() -> frozenset[str]:
    """Return the codes of all countries and regions."""
    return frozenset(code for code, _name in countries)


@cache
def names_of_country(code: str) -> tuple[str, str]:
    """Return the name in English and in Chinese; empty texts for no code."""
    english, chinese = in_each_language(lambda: str(countries.name(code)) if code else "").values()
    return english, chinese


@cache
def words_of_country(code: str) -> tuple[str, ...]:
    """Return all by which it is found: its code, its names, and others in daily use."""
    return (code, *names_of_country(code), *ALSO.get(code, ())) if code else ()


@cache
def codes_by_name() -> dict[str, str]:
    """Return country codes by lower-case code and by each of their words in lower case."""
    return {word.casefold(): code for code, _name in countries for word in words_of_country(code)}
