"""Names of countries and regions in the language of the page."""

from functools import lru_cache

from django.utils.translation import get_language
from django_countries import countries


def country_name(code: object) -> str:
    """Return the name of an ISO 3166-1 alpha-2 code in the active language, '' for none. Looked up once for each language."""
    return _name(str(code or ""), get_language())


@lru_cache(maxsize=2000)
def _name(code: str, _language: str | None) -> str:
    return str(countries.name(code)) if code else ""
