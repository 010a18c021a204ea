"""How the sign-in library finds our addresses: links in mails always lead to SITE_URL, whatever Host a request claimed."""

from typing import Any
from urllib.parse import urlencode, urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc] # the library is untyped
    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        address = on_our_site(super().get_email_confirmation_url(request, emailconfirmation))
        back = request.POST.get("next") or request.GET.get("next") or ""
        # Who signed up on the way to somewhere gets there after confirming, on whatever device they read their mail.
        return f"{address}?{urlencode({'next': back})}" if url_has_allowed_host_and_scheme(back, allowed_hosts=None) else address

    def get_reset_password_from_key_url(self, key: str) -> str:
        return on_our_site(super().get_reset_password_from_key_url(key))


def on_our_site(address: str) -> str:
    """Return the address with the scheme and host of SITE_URL."""
    parts = urlsplit(address)
    return settings.SITE_URL + parts.path + (f"?{parts.query}" if parts.query else "")
