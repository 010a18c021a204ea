"""What the API says of offers, requests and certificates."""

from rest_framework import serializers

from expo.editions.api import SegmentShortRow
from expo.foundation.rows import WORKED_OUT, Row
from matchmaking.marketplace.models import PostingStatus, SourcingRequest
from matchmaking.participants.api import FOR_OWN, CompanyShortRow


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
    has_proof = serializers.BooleanField(source=WORKED_OUT, help_text="A PDF is kept for it.")


class HeldCertificateColumns(HeldCertificateRow):
    """The same with what decides how much of it is sent."""

    file = serializers.CharField()


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
    external_id = serializers.CharField(allow_null=True, help_text=f"The company's own reference, or empty. {FOR_OWN}")
    review_reason = serializers.CharField(allow_null=True, help_text=f"What the organiser asks to change, or empty. {FOR_OWN}")
    created_at = serializers.DateTimeField(allow_null=True, help_text=FOR_OWN)
    submitted_at = serializers.DateTimeField(allow_null=True, help_text=f"Null while it is not handed in. {FOR_OWN}")


class OfferRow(PostingRow):
    registration = serializers.IntegerField(source="registration_id", help_text="The exhibitor's registration.")
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


class OfferColumns(OfferRow):
    """As `HeldCertificateColumns`."""

    owner = serializers.IntegerField(source="registration.company_id")
    certificates = HeldCertificateColumns(many=True)


class RequestRow(PostingRow):
    registration = serializers.IntegerField(source="registration_id", allow_null=True, help_text=f"The buyer's registration. {FOR_OWN}")
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
    answer_cap = serializers.IntegerField(allow_null=True, help_text=f"The most answers that the buyer takes, or null for any. {FOR_OWN}")
    certificates = AskedCertificateRow(many=True)


class RequestColumns(RequestRow):
    """As `HeldCertificateColumns`."""

    owner = serializers.IntegerField(source="registration.company_id")


class CountRow(Row):
    done = serializers.IntegerField(help_text="How many took the step: all of them.")


class BatchRow(Row):
    ids = serializers.ListField(child=serializers.IntegerField(), source=WORKED_OUT, help_text="In the order of the rows.")
    created = serializers.IntegerField(help_text="How many are new.")
    changed = serializers.IntegerField(help_text="How many were there under their reference.")
