"""How the sign-in library finds our addresses: links in mails always lead to SITE_URL, whatever Host a request claimed."""

from typing import Any
from urllib.parse import urlencode, urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc] # the library is untyped
    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        address = super().get_email_confirmation_url(request, emailconfirmation)
        back = request.POST.get("next") or request.GET.get("next") or ""
        # Who signed up on the way to somewhere gets there after confirming, on whatever device they read their mail.
        return f"{address}?{urlencode({'next': back})}" if url_has_allowed_host_and_scheme(back, allowed_hosts=None) else address

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        # Every mail of the library passes here, and its links are the names that end in _url.
        ours = {name: on_our_site(str(value)) for name, value in context.items() if name.endswith("_url")}
        super().send_mail(template_prefix, email, {**context, **ours})


def on_our_site(address: str) -> str:
    """Return the address with the scheme and host of SITE_URL."""
    parts = urlsplit(address)
    return settings.SITE_URL + parts.path + (f"?{parts.query}" if parts.query else "")
