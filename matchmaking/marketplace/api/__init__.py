"""Offers, requests and certificates over the API: their rows and what is done with them. `matching` gives postings their addresses."""

from django.utils.translation import get_language
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from expo.accounts.models import User
from expo.foundation.rows import ByKey, ReadOnly, Row
from expo.foundation.writing import Body, Given, WritableRows, verb
from matchmaking.marketplace import actions, hs, rules
from matchmaking.marketplace.api.postings import OfferWrites, RequestWrites
from matchmaking.marketplace.api.rows import CertificateRow, OfferRow, RequestRow
from matchmaking.marketplace.models import Certificate

__all__ = ["OfferRow", "OfferWrites", "RequestRow", "RequestWrites", "register"]


class SpellingBody(Body):
    name = serializers.CharField(max_length=80, help_text="The same name, with other capitals, blanks or signs.")


class CertificateViewSet(ByKey, WritableRows):
    queryset = Certificate.objects.all()
    serializer_class = CertificateRow
    lookup_value_regex = r"[^/.%\x00]{1,80}"  # a key is a name without blanks and signs, in any script

    @verb(SpellingBody, may=rules.may_respell)
    def respell(self, row: Certificate, given: Given, *, by: User) -> Certificate:
        """Put the spelling of a certificate right, for all postings. For the organiser."""
        return actions.respell_certificate(row, by=by, name=given["name"])


class HSCodeRow(Row):
    code = serializers.CharField(help_text="A chapter (2 digits), heading (4) or subheading (6).")
    name_en = serializers.CharField()
    name_zh = serializers.CharField()


class HSCodesRow(Row):
    results = HSCodeRow(many=True, help_text="At most 50, chapters first.")


class HSCodeViewSet(ReadOnly):
    """Codes of the Harmonized System by words or digits."""

    queryset = Certificate.objects.none()
    serializer_class = HSCodesRow
    lookup_field = "words"
    lookup_value_regex = r"[^/.%\x00]{1,100}"

    def retrieve(self, _request: Request, words: str) -> Response:
        found = hs.search(words, get_language() or "en")
        return Response({"results": [{"code": code.code, "name_en": code.name_en, "name_zh": code.name_zh} for code in found]})


def register(router: SimpleRouter) -> None:
    """Enter this room's addresses."""
    router.register("certificates", CertificateViewSet, basename="api_certificate")
    router.register("hs-codes", HSCodeViewSet, basename="api_hs_code")
