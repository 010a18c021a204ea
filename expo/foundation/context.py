"""What every page's layout needs of the site itself."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import translate_url

from expo.foundation.bilingual import other_language, site_name
from expo.foundation.pages import page_of

NAMES = {"en": "English", "zh-hans": "中文"}


def site(request: HttpRequest) -> dict[str, Any]:
    """Return the site's name and the address of this page in the other language."""
    other = other_language()
    return {
        "site_name": site_name(),
        "is_dev": settings.DEBUG,
        "other_language_code": other,
        "other_language_name": NAMES[other],
        "other_language_url": translate_url(page_of(request), other),
    }
