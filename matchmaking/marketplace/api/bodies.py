"""What writes of offers and requests take. What is left out stays as it is; a new posting begins empty."""

from typing import Any, NoReturn

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from expo.editions.models import Segment
from expo.foundation.money import CURRENCY_CHOICES
from expo.foundation.units import UNIT_CHOICES
from expo.foundation.writing import Body, Ref
from matchmaking.marketplace.actions.saving import MOST_CERTIFICATES
from matchmaking.marketplace.models import INCOTERMS, LANGUAGES, LONGEST_LEAD_DAYS, VISIBILITIES, SourcingRequest
from matchmaking.participants.models import LONGEST_REFERENCE, Registration

MOST_ROWS = 100
MOST_CODES = 260


def text(most: int, **kwargs: Any) -> serializers.CharField:
    return serializers.CharField(max_length=most, required=False, allow_blank=True, **kwargs)


def number(places: int = 4, **kwargs: Any) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=18, decimal_places=places, required=False, allow_null=True, min_value=0, **kwargs)


def codes(help_text: str, most: int = MOST_CODES) -> serializers.ListField:
    return serializers.ListField(child=serializers.CharField(max_length=8), max_length=most, required=False, help_text=help_text)


class KnownField(serializers.ChoiceField):
    """A unit or a currency; one that is not known is refused with those that are."""

    def fail(self, key: str, **kwargs: Any) -> NoReturn:
        if key == "invalid_choice":
            kwargs = {**kwargs, "input": str(kwargs.get("input", ""))[:40], "known": ", ".join(self.choices)}
        super().fail(key, **kwargs)

    def __init__(self, choices: Any, **kwargs: Any) -> None:
        super().__init__(choices, error_messages={"invalid_choice": _("“{input}” is not known here. Known are: {known}.")}, **kwargs)


def unit(help_text: str) -> KnownField:
    return KnownField(choices=UNIT_CHOICES, required=False, allow_blank=True, help_text=help_text)


class PostingFields(Body):
    """What offers and requests share; nothing of it is required here."""

    segment = Ref(Segment.objects.select_related("chain"), required=False, help_text="Id of a segment of the edition.")
    title = serializers.CharField(max_length=160, required=False)
    description = text(6000)
    language = serializers.ChoiceField(choices=[code for code, _name in LANGUAGES], required=False, help_text="What it is written in.")
    title_other = text(160, help_text="The title in the other language.")
    hs_code = text(6, help_text="2, 4 or 6 digits.")
    unit = KnownField(choices=UNIT_CHOICES, required=False, help_text="What quantities are counted in.")
    currency = KnownField(choices=CURRENCY_CHOICES, required=False, allow_blank=True)
    incoterms = codes("Empty means any.", most=len(INCOTERMS))
    external_id = text(LONGEST_REFERENCE, help_text="Your own reference, once for each registration.")


class HeldCertificateBody(Body):
    name = serializers.CharField(max_length=80)
    valid_until = serializers.DateField(required=False, allow_null=True)


class OfferFields(PostingFields):
    unit_price = number(help_text="For one `price_unit`.")
    price_unit = unit("What the price is for.")
    minimum_quantity = number(3, help_text="The smallest order, in `unit`.")
    monthly_capacity = number(3, help_text="What can be delivered regularly, in `unit`.")
    lead_time_days = serializers.IntegerField(min_value=0, max_value=LONGEST_LEAD_DAYS, required=False, allow_null=True)
    origin = text(2, help_text="ISO 3166-1 alpha-2.")
    ships_to = codes("ISO 3166-1 alpha-2; empty means anywhere.")
    is_debut = serializers.BooleanField(required=False, help_text="Shown here for the first time.")
    certificates = serializers.ListField(
        child=HeldCertificateBody(),
        required=False,
        max_length=MOST_CERTIFICATES,
        help_text="All that the offer holds; proofs of those that stay are kept.",
    )


class RequestFields(PostingFields):
    quantity = number(3, help_text="In `unit`.")
    budget = number(help_text="For one `budget_unit`.")
    budget_unit = unit("What the budget is for.")
    needed_by = serializers.DateField(required=False, allow_null=True)
    deliver_to = text(2, help_text="ISO 3166-1 alpha-2.")
    origins_accepted = codes("ISO 3166-1 alpha-2; empty means any.")
    musts = serializers.ListField(
        child=serializers.ChoiceField(choices=SourcingRequest.Requirement.choices),
        required=False,
        max_length=len(SourcingRequest.Requirement),
        help_text="What an offer may not miss. The rest are wishes.",
    )
    visibility = serializers.ChoiceField(choices=VISIBILITIES, required=False)
    answer_cap = serializers.IntegerField(
        min_value=1, max_value=32767, required=False, allow_null=True, help_text="Shields you from more answers; null for any number."
    )
    certificates = serializers.ListField(
        child=serializers.CharField(max_length=80), required=False, max_length=MOST_CERTIFICATES, help_text="Names of those asked for."
    )


def for_registration() -> Ref:
    words = "Id of the verified registration that posts; may be left out where you have only one."
    return Ref(Registration.objects.select_related("company", "edition"), required=False, help_text=words)


def required_segment() -> Ref:
    return Ref(Segment.objects.select_related("chain"), help_text="Id of a segment of the edition.")


class OfferBody(OfferFields):
    registration = for_registration()
    segment = required_segment()
    title = serializers.CharField(max_length=160)


class RequestBody(RequestFields):
    registration = for_registration()
    segment = required_segment()
    title = serializers.CharField(max_length=160)


class KeptOfferBody(OfferBody):
    external_id = serializers.CharField(max_length=LONGEST_REFERENCE, help_text="Your own reference: what is there under it is changed.")


class KeptRequestBody(RequestBody):
    external_id = serializers.CharField(max_length=LONGEST_REFERENCE, help_text="Your own reference: what is there under it is changed.")


class OfferBatchRowBody(OfferFields):
    segment = required_segment()
    title = serializers.CharField(max_length=160)


class RequestBatchRowBody(RequestFields):
    segment = required_segment()
    title = serializers.CharField(max_length=160)


class OfferBatchBody(Body):
    registration = for_registration()
    rows = serializers.ListField(child=OfferBatchRowBody(), max_length=MOST_ROWS, allow_empty=False)


class RequestBatchBody(Body):
    registration = for_registration()
    rows = serializers.ListField(child=RequestBatchRowBody(), max_length=MOST_ROWS, allow_empty=False)


class ManyBody(Body):
    rows = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1),
        max_length=MOST_ROWS,
        allow_empty=False,
        help_text="Ids of postings of yours; each once.",
    )


class ReasonBody(Body):
    reason = serializers.CharField(max_length=1000, help_text="The author reads it. Say what to change.")


class ProofBody(Body):
    certificate = serializers.CharField(max_length=80, help_text="Key or name of a certificate that the offer holds.")
    file = serializers.FileField(help_text="A PDF without scripts, up to 20 MB.")
