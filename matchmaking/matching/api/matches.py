"""The matches of a posting, and what its side says of them, as on the page of its matches."""

from collections.abc import Callable
from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from expo.accounts.models import User
from expo.foundation.errors import NotAllowed
from expo.foundation.rows import Row
from expo.foundation.writing import Body, Given, verb
from matchmaking.marketplace.models import Offer, SourcingRequest
from matchmaking.matching import rules
from matchmaking.matching.actions.verdicts import LONGEST_NOTE, give_verdict, undo_verdict
from matchmaking.matching.filters import chosen_filters
from matchmaking.matching.models import Verdict
from matchmaking.matching.queries import MatchCard, own_or_staff
from matchmaking.participants.rules import stands_for_somebody

NARROWS = {
    "country": "Country or region of the other side.",
    "certificate": "A certificate by its name.",
    "segment": "A segment by its slug.",
}
NARROWED = [OpenApiParameter(name, OpenApiTypes.STR, many=True, description=words) for name, words in NARROWS.items()]
NEAR = OpenApiParameter("near", OpenApiTypes.BOOL, description="With the near misses: what each breaks, and what would mend it.")
OFFER = OpenApiParameter("offer", OpenApiTypes.INT, OpenApiParameter.PATH, description="The offer's id.")


class FactorRow(Row):
    code = serializers.CharField(help_text="Which factor or requirement, and how it came out.")
    verdict = serializers.CharField(help_text="fits, partly, misses, or not stated.")
    points = serializers.IntegerField(allow_null=True, help_text="Of the score; null for a requirement that only decides about the list.")
    most = serializers.IntegerField(allow_null=True, help_text="The most it could have counted for this pair.")
    asked = serializers.CharField(help_text="In the language of the call, as are all words here.")
    says = serializers.CharField()
    is_must = serializers.BooleanField(allow_null=True, help_text="Null for what is no requirement.")


class OwnVerdictRow(Row):
    says = serializers.ChoiceField(choices=Verdict.Says.choices)
    reason = serializers.ChoiceField(choices=[*Verdict.Reason.choices, ("", "–")])
    note = serializers.CharField(help_text="For the own side only.")
    at = serializers.DateTimeField()


class MatchRow(Row):
    request = serializers.IntegerField()
    offer = serializers.IntegerField()
    title = serializers.CharField(help_text="Of the posting of the other side.")
    score = serializers.IntegerField(min_value=0, max_value=100, help_text="Of a near miss at most 75.")
    rank = serializers.IntegerField(allow_null=True, min_value=1, help_text="Its place for this posting; null for a near miss.")
    summary = serializers.CharField(help_text="How many requirements are met.")
    factors = FactorRow(many=True, help_text="Their points sum up to the score that the terms give now.")
    failures = serializers.ListField(child=serializers.CharField(), help_text="Of a near miss: what it breaks.")
    fixes = serializers.ListField(child=serializers.CharField(), help_text="What would mend it.")
    own_verdict = OwnVerdictRow(allow_null=True, help_text="Null also for who stands for no side, such as staff.")
    wants_to_meet = serializers.BooleanField(help_text="Whether the other side would like to meet.")


@extend_schema_serializer(many=False)
class MatchesRow(Row):
    is_worked_out = serializers.BooleanField(help_text="False while no run has read the posting; then nothing is known yet.")
    as_of = serializers.DateTimeField(allow_null=True, help_text="What was written until then is in the matches.")
    looked_at = serializers.IntegerField(help_text="How many open postings of the other side were looked at.")
    results = MatchRow(many=True, help_text="What fits, best first, ten at most.")
    hidden = MatchRow(many=True, help_text="What the own side has put aside.")
    near_misses = MatchRow(many=True, help_text="With `near=true`: the nearest three of what breaks a must.")


class VerdictRow(Row):
    request = serializers.IntegerField()
    offer = serializers.IntegerField()
    side = serializers.ChoiceField(choices=Verdict.Side.choices)
    says = serializers.ChoiceField(choices=Verdict.Says.choices)
    reason = serializers.ChoiceField(choices=[*Verdict.Reason.choices, ("", "–")])
    note = serializers.CharField()
    rank = serializers.IntegerField(allow_null=True, help_text="The place of the match when it was given.")
    at = serializers.DateTimeField()
    undone_at = serializers.DateTimeField(allow_null=True)


class SideBody(Body):
    side = serializers.ChoiceField(choices=Verdict.Side.choices, help_text="For which of the two companies you speak.")


class VerdictBody(SideBody):
    says = serializers.ChoiceField(choices=Verdict.Says.choices)
    reason = serializers.ChoiceField(
        choices=Verdict.Reason.choices, required=False, allow_blank=True, help_text="“not_for_us” needs one; a wish to meet has none."
    )
    note = serializers.CharField(required=False, allow_blank=True, max_length=LONGEST_NOTE, help_text="For yourselves.")


class Matched:
    """What matches a posting, for its own people and for staff; to others its matches do not exist."""

    matches_of: Any = None

    @extend_schema(parameters=[NEAR, *NARROWED], responses=MatchesRow)
    @action(detail=True, methods=["get"])
    def matches(self, request: Request, pk: str) -> Response:
        """Read the matches of a posting of yours, best first, with score, places and reasons."""
        is_near = with_near(request)
        kind = "offer" if type(self).queryset.model is Offer else "request"  # type: ignore[attr-defined] # of the viewset beside it
        posting = get_object_or_404(own_or_staff(kind, request.user).for_page(), pk=pk)
        found = type(self).matches_of(posting, request.user, chosen_filters(request.query_params))
        sent = {"is_worked_out": found.is_worked_out, "as_of": found.as_of, "looked_at": found.looked_at}
        lists = {"results": found.fits, "hidden": found.hidden, "near_misses": found.near if is_near else []}
        return Response(sent | {name: [match_sent(card) for card in cards] for name, cards in lists.items()})


def with_near(request: Request) -> bool:
    """Say whether near misses are asked for. Raises ValidationError by name for what cannot be read."""
    near = request.query_params.get("near", "false")
    wrong = {name: ["No such filter."] for name in sorted(set(request.query_params) - {"near", *NARROWS})}
    if near not in {"true", "false"}:
        wrong["near"] = ["true or false."]
    if wrong:
        raise ValidationError(wrong)
    return near == "true"


def match_sent(card: MatchCard) -> Given:
    """Return what the page says of a match."""
    own = card.verdict.get("own")
    names = ("code", "verdict", "points", "most", "asked", "says", "is_must")
    return {
        "request": card.request,
        "offer": card.offer,
        "title": card.card["title"],
        "score": card.score,
        "rank": card.rank,
        "summary": card.reasons.summary,
        "factors": [{name: getattr(line, name) for name in names} for line in card.factors],
        "failures": card.reasons.failures,
        "fixes": card.reasons.fixes,
        "own_verdict": own and {"says": own.says, "reason": own.reason, "note": own.note, "at": own.at},
        "wants_to_meet": bool(card.verdict.get("wants_to_meet")),
    }


def of_pair(end: str) -> Callable[[Any], Any]:
    """Put a verb of a request below one of its matches: /requests/1/matches/2/<end>/."""

    def placed(handler: Any) -> Any:
        handler.url_path = rf"matches/(?P<offer>[0-9]{{1,18}})/{end}"
        return extend_schema(parameters=[OFFER])(handler)

    return placed


class Verdicts:
    """What one side says of a match of the request."""

    kwargs: dict[str, str]

    def refuse_others(self, by: User) -> None:
        super().refuse_others(by)  # type: ignore[misc] # of `WritableRows`
        if "offer" in self.kwargs:
            row: SourcingRequest = self.named_row(self.kwargs)  # type: ignore[attr-defined] # as above
            if not rules.may_say_anything(by, row, self.offer_for(by)):
                raise NotAllowed

    def offer_for(self, by: User) -> Offer:
        """Return the offer that the address names. Raises Http404: no such offer, or not for this person."""
        found: Offer = get_object_or_404(Offer.objects.visible_to(by), pk=self.kwargs["offer"])
        return found

    @of_pair("verdict")
    @verb(VerdictBody, answer=VerdictRow, name="verdict", may=stands_for_somebody)
    def give_verdict(self, row: SourcingRequest, given: Given, *, by: User) -> Verdict:
        """Say that one side would like to meet, or that a match is not for it and why. What it said before is taken back."""
        return give_verdict(row, self.offer_for(by), by=by, **given)

    @of_pair("verdict/undo")
    @verb(SideBody, answer=VerdictRow, name="undo-verdict", may=stands_for_somebody)
    def undo_verdict(self, row: SourcingRequest, given: Given, *, by: User) -> Verdict | None:
        """Take back what one side said. Where nothing stands, nothing is answered."""
        return undo_verdict(row, self.offer_for(by), by=by, **given)
