"""What the API says of offers, requests and certificates. The addresses of postings stand in `matching`, with their filters."""

from rest_framework import serializers
from rest_framework.routers import SimpleRouter

from expo.editions.api import SegmentShortRow
from expo.foundation.rows import ByKey, ReadOnlyRows, Row
from matchmaking.marketplace.models import Certificate, PostingStatus, SourcingRequest
from matchmaking.participants.api import CompanyShortRow


class Codes(serializers.ListField):
    """A set of codes kept in one column."""

    child = serializers.CharField()


def amount(*, digits: int = 18, places: int = 4, help_text: str | None = None) -> serializers.DecimalField:
    """Return an exact number that may be missing."""
    return serializers.DecimalField(max_digits=digits, decimal_places=places, allow_null=True, help_text=help_text)


class CertificateRow(Row):
    key = serializers.CharField()
    name = serializers.CharField()


class HeldCertificateRow(Row):
    key = serializers.CharField(source="certificate.key")
    name = serializers.CharField(source="certificate.name")
    valid_until = serializers.DateField(allow_null=True)


class AskedCertificateRow(Row):
    key = serializers.CharField(source="certificate.key")
    name = serializers.CharField(source="certificate.name")


class PostingRow(Row):
    id = serializers.IntegerField()
    edition = serializers.SlugField(source="registration.edition.slug")
    segment = SegmentShortRow()
    title = serializers.CharField()
    title_other = serializers.CharField(help_text="The title in the other language, or empty.")
    description = serializers.CharField()
    language = serializers.ChoiceField(choices=["en", "zh-hans"])
    hs_code = serializers.CharField(help_text="2, 4 or 6 digits, or empty.")
    unit = serializers.CharField()
    currency = serializers.CharField(help_text="ISO 4217, or empty where no price is given.")
    incoterms = Codes(help_text="Empty means any.")
    status = serializers.ChoiceField(choices=PostingStatus.choices)
    valid_until = serializers.DateField(allow_null=True)
    published_at = serializers.DateTimeField(allow_null=True)
    changed_at = serializers.DateTimeField()
    is_demo = serializers.BooleanField(help_text="Invented; shown as such.")


class OfferRow(PostingRow):
    company = CompanyShortRow(source="registration.company")
    booth = serializers.CharField(source="registration.booth.code", allow_null=True)
    unit_price = amount()
    price_unit = serializers.CharField()
    minimum_quantity = amount(places=3)
    monthly_capacity = amount(places=3)
    lead_time_days = serializers.IntegerField(allow_null=True)
    origin = serializers.CharField(help_text="ISO 3166-1 alpha-2, or empty.")
    ships_to = Codes(help_text="ISO 3166-1 alpha-2; empty means anywhere.")
    is_debut = serializers.BooleanField(help_text="Shown here for the first time.")
    certificates = HeldCertificateRow(many=True)


class RequestRow(PostingRow):
    company = CompanyShortRow(
        source="registration.company", allow_null=True, help_text="Null where the buyer hides its name until it accepts."
    )
    quantity = amount(places=3)
    budget = amount(help_text="For one `budget_unit`.")
    budget_unit = serializers.CharField()
    needed_by = serializers.DateField(allow_null=True)
    deliver_to = serializers.CharField(help_text="ISO 3166-1 alpha-2, or empty.")
    origins_accepted = Codes(help_text="ISO 3166-1 alpha-2; empty means any.")
    musts = Codes(help_text="What an offer may not miss.")
    visibility = serializers.ChoiceField(choices=SourcingRequest.Visibility.choices)
    certificates = AskedCertificateRow(many=True)


class CertificateViewSet(ByKey, ReadOnlyRows):
    queryset = Certificate.objects.all()
    serializer_class = CertificateRow
    lookup_value_regex = r"[^/.%\x00]{1,80}"  # a key is a name without blanks and signs, in any script


def register(router: SimpleRouter) -> None:
    """Enter this room's addresses."""
    router.register("certificates", CertificateViewSet, basename="api_certificate")
