"""What is sent to the ledger over the API."""

from rest_framework import serializers

from expo.editions.models import Chain, Edition, Segment
from expo.foundation.money import CURRENCY_CHOICES
from expo.foundation.writing import Body, Ref
from matchmaking.agreements.actions import LONGEST_REASON
from matchmaking.agreements.checks import MOST_PARTIES
from matchmaking.agreements.models import Agreement, IntroductionConsent, Party
from matchmaking.marketplace.models import Offer, SourcingRequest
from matchmaking.meetings.models import Meeting
from matchmaking.participants.models import Company


class PartyBody(Body):
    company = Ref(Company.objects.all(), by="slug", required=False, allow_null=True, help_text="Slug of a registered company.")
    outside_name = serializers.CharField(max_length=160, required=False, allow_blank=True, help_text="Or the name of an outside party.")
    country = serializers.CharField(max_length=2, required=False, allow_blank=True, help_text="ISO 3166-1 alpha-2, for an outside party.")
    role = serializers.ChoiceField(
        choices=Party.Role.choices, required=False, allow_blank=True, help_text="Goods flow from the supplier to the customer."
    )


class AgreementSaidBody(Body):
    """What an agreement says."""

    title = serializers.CharField(max_length=200)
    kind = serializers.ChoiceField(choices=Agreement.Kind.choices)
    chain = Ref(Chain.objects.all(), by="slug")
    segment = Ref(Segment.objects.all(), required=False, allow_null=True, help_text="Id of a segment of the chain.")
    signed_on = serializers.DateField()
    amount = serializers.DecimalField(
        max_digits=18, decimal_places=2, required=False, allow_null=True, help_text="Null when not disclosed."
    )
    currency = serializers.ChoiceField(choices=CURRENCY_CHOICES, required=False, allow_blank=True)
    is_undisclosed = serializers.BooleanField(required=False)
    visibility = serializers.ChoiceField(choices=Agreement.Visibility.choices, required=False)
    parties = serializers.ListField(child=PartyBody(), min_length=2, max_length=MOST_PARTIES)


class AgreementBody(AgreementSaidBody):
    edition = Ref(Edition.objects.all(), by="slug")
    drafted_for = Ref(
        Company.objects.all(),
        by="slug",
        required=False,
        allow_null=True,
        help_text="Slug of the company of yours that writes it down, one of the parties. The organiser leaves it out.",
    )
    meeting = Ref(Meeting.objects.all(), required=False, allow_null=True, help_text="Id of the meeting that it came of.")
    offer = Ref(Offer.objects.all(), required=False, allow_null=True, help_text="Id of the offer that it is about.")
    sourcing_request = Ref(SourcingRequest.objects.all(), required=False, allow_null=True, help_text="Id of the request that it is about.")
    external_id = serializers.CharField(max_length=80, required=False, allow_blank=True, help_text="The organiser's own reference.")
    not_a_duplicate = serializers.BooleanField(required=False, help_text="True where one like it is on record, and this is another one.")


class AgreementChangeBody(AgreementSaidBody):
    edition = Ref(Edition.objects.all(), by="slug")
    external_id = serializers.CharField(max_length=80, required=False, allow_blank=True, help_text="The organiser's own reference.")
    not_a_duplicate = serializers.BooleanField(required=False, help_text="Passed over: a draft is not compared again.")


class CorrectBody(Body):
    """What is corrected; what is left out stays."""

    title = serializers.CharField(max_length=200, required=False)
    kind = serializers.ChoiceField(choices=Agreement.Kind.choices, required=False)
    chain = Ref(Chain.objects.all(), by="slug", required=False)
    segment = Ref(Segment.objects.all(), required=False, allow_null=True)
    signed_on = serializers.DateField(required=False)
    amount = serializers.DecimalField(max_digits=18, decimal_places=2, required=False, allow_null=True)
    currency = serializers.ChoiceField(choices=CURRENCY_CHOICES, required=False, allow_blank=True)
    is_undisclosed = serializers.BooleanField(required=False)
    visibility = serializers.ChoiceField(choices=Agreement.Visibility.choices, required=False)
    parties = serializers.ListField(child=PartyBody(), min_length=2, max_length=MOST_PARTIES, required=False)
    reason = serializers.CharField(max_length=LONGEST_REASON, help_text="The parties read it.")


class VoidBody(Body):
    reason = serializers.CharField(max_length=LONGEST_REASON)


class VerifyAgreementBody(Body):
    reason = serializers.CharField(
        max_length=LONGEST_REASON,
        required=False,
        allow_blank=True,
        help_text="Which paper was seen; needed while not all parties have confirmed it.",
    )


class SettleAgreementBody(Body):
    reason = serializers.CharField(max_length=LONGEST_REASON)
    as_confirmed = serializers.BooleanField(required=False, help_text="Every party says that it is right after all.")


class ConfirmAgreementBody(Body):
    party = serializers.IntegerField(required=False, help_text="Id of the party, where you stand for several.")
    version = serializers.IntegerField(required=False, help_text="The version that you read: another one by now is a 409.")


class DisputeAgreementBody(ConfirmAgreementBody):
    reason = serializers.CharField(max_length=LONGEST_REASON, help_text="The other parties read it.")


class MergeAgreementBody(Body):
    into = serializers.IntegerField(help_text="Id of the agreement that stays.")
    reason = serializers.CharField(max_length=LONGEST_REASON)


class KeepApartBody(Body):
    other = serializers.IntegerField(help_text="Id of the agreement that looks like this one.")
    reason = serializers.CharField(max_length=LONGEST_REASON, required=False, allow_blank=True)


class AgreementLinkBody(Body):
    party = serializers.IntegerField(help_text="Id of the party that answers by it.")
    email = serializers.EmailField(help_text="Where it is sent. The link itself is never an answer of the API.")


class IntroduceBody(Body):
    introducer = Ref(Company.objects.all(), by="slug", help_text="Slug of the company that brought the parties together.")
    note = serializers.CharField(max_length=LONGEST_REASON, required=False, allow_blank=True)


class AnswerIntroductionBody(Body):
    answer = serializers.ChoiceField(choices=IntroductionConsent.Answer.choices)
    party = serializers.IntegerField(required=False, help_text="Id of the party, where you stand for several.")


class DocumentBody(Body):
    document = serializers.FileField(help_text="A PDF without scripts, up to 20 MB. It replaces the one that is there.")


class CorrectPaperBody(DocumentBody):
    reason = serializers.CharField(max_length=LONGEST_REASON, help_text="The parties read it.")
