"""Names of countries and regions in the language of the page."""

from expo.foundation.bilingual import is_chinese
from expo.foundation.countries import names_of_country


def country_name(code: object) -> str:
    """Return the name of an ISO 3166-1 alpha-2 code in the active language, '' for none. Looked up once for each code."""
    return names_of_country(str(code or ""))[is_chinese()]
