"""Exchange rates over the API: everybody reads what stands, the organiser states another one."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from expo.accounts.models import User
from expo.editions.api import ExchangeRateRow
from expo.editions.filters import ExchangeRateFilter
from expo.editions.models import Edition, ExchangeRate
from expo.foundation.money import CURRENCY_CHOICES
from expo.foundation.rows import ById
from expo.foundation.writing import Body, Creates, Given, Ref, WritableRows, verb_on_list
from matchmaking.agreements import rules
from matchmaking.agreements.actions.rates import check_statement, seen_rate, state_rate
from matchmaking.agreements.queries.rates import rate_effect


class RateBody(Body):
    edition = Ref(Edition.objects.all(), by="slug")
    currency = serializers.ChoiceField(choices=CURRENCY_CHOICES)
    cny_per_unit = serializers.DecimalField(
        max_digits=14, decimal_places=6, min_value=Decimal("0.000001"), help_text="Yuan for one unit, less than 1,000."
    )
    as_of = serializers.DateField(help_text="The day on which it was published.")
    source_note = serializers.CharField(max_length=200, help_text="Who states it, or how it was derived.")


class StateRateBody(RateBody):
    seen = serializers.CharField(
        max_length=60,
        required=False,
        allow_blank=True,
        help_text="As a look gave it: another rate that stands by now is a 409.",
    )


class KeptAtRow(serializers.Serializer[Any]):
    rate = serializers.DecimalField(max_digits=14, decimal_places=6)
    rows = serializers.IntegerField()


@extend_schema_serializer(many=False)  # one object, however the library reads the name of the action
class RateEffectRow(serializers.Serializer[Any]):
    currency = serializers.CharField()
    before = serializers.DecimalField(max_digits=14, decimal_places=6, allow_null=True, help_text="The rate that stands; null for none.")
    drafts = serializers.IntegerField(help_text="How many drafts would get another amount in yuan.")
    kept = KeptAtRow(many=True, help_text="How many rows on record keep theirs, by the rate that they were recorded with.")
    seen = serializers.CharField(allow_blank=True, help_text="Hand it back when you state the rate.")


class StatedRateViewSet(ById, Creates, WritableRows):
    queryset = ExchangeRate.objects.all()
    serializer_class = ExchangeRateRow
    filterset_class = ExchangeRateFilter
    create_body = StateRateBody
    may_create = staticmethod(rules.may_state_rates)
    http_method_names = ["get", "post", "head", "options"]

    def make(self, given: Given, *, by: User) -> ExchangeRate:
        """State a rate, or state it anew. Drafts of the edition in this currency get their amount in yuan at it; what is on record keeps its own. For the organiser."""
        return state_rate(given.pop("edition"), by=by, **given).rate

    @verb_on_list(RateBody, answer=RateEffectRow, may=rules.may_state_rates)
    def look(self, given: Given, *, by: User) -> Given:
        """Say what stating this rate would do; nothing is written. For the organiser."""
        edition = given.pop("edition")
        check_statement(edition, **given)
        effect = rate_effect(edition, given["currency"], given["cny_per_unit"])
        return {
            "currency": given["currency"],
            "before": effect.line.rate.cny_per_unit if effect.line.rate else None,
            "drafts": effect.drafts,
            "kept": [{"rate": one.rate, "rows": one.rows} for one in effect.line.kept],
            "seen": seen_rate(effect.line.rate),
        }
