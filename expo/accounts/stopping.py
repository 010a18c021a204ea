"""Ending a kind of mails with one click and without signing in: the signed address that stands in each of them."""

from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils import translation

from expo.accounts.models import User


@dataclass(frozen=True)
class StopLink:
    """Where one kind of mails is ended: the name of the page, whose address takes a token, and the salt that it is signed with."""

    page: str
    salt: str

    def address(self, user: User) -> str:
        """Return the address where one click ends these mails for the person, in the person's language. It does not run out."""
        with translation.override(user.language):
            path = reverse(self.page, args=[signing.Signer(salt=self.salt).sign(str(user.pk))])
        return settings.SITE_URL.rstrip("/") + path

    def person_of(self, token: str) -> User | None:
        """Return whose mails the signed token of an address ends; None where it is forged or the account is gone."""
        try:
            key = signing.Signer(salt=self.salt).unsign(token)
        except signing.BadSignature:
            return None
        return User.objects.filter(pk=key, is_active=True).first()
