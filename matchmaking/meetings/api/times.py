"""The time that companies and people keep free, and when two are free."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from expo.accounts.models import User
from expo.foundation.errors import Invalid, NotAllowed
from expo.foundation.rest import is_number
from expo.foundation.rows import ById, ReadOnly
from expo.foundation.writing import Given, SignedIn, WritableRows, verb_on_list
from matchmaking.marketplace.cards import hides_buyer
from matchmaking.meetings import actions, rules
from matchmaking.meetings.api.asking import asked_of, postings_of
from matchmaking.meetings.api.bodies import TimesBody
from matchmaking.meetings.api.own import own_companies
from matchmaking.meetings.api.rows import FreeTimesRow, KeptTimeRow, TimesChangedRow
from matchmaking.meetings.filters import KeptTimeFilter
from matchmaking.meetings.models import Occupancy, Slot
from matchmaking.meetings.queries.free import colleagues_of, free_slots, setup_of, tongues_between
from matchmaking.participants.models import Registration

FIRST_DESK = 1


class AvailabilityViewSet(ById, WritableRows):
    queryset = Occupancy.objects.all()
    serializer_class = KeptTimeRow
    filterset_class = KeptTimeFilter
    permission_classes = [SignedIn]

    def get_queryset(self) -> QuerySet[Any]:
        # A company keeps all its desks free at once: one row stands for them.
        kept = Occupancy.objects.filter(meeting__isnull=True)
        mine = Q(registration__company__in=own_companies(self.request.user), desk=FIRST_DESK)
        return kept.filter(mine | Q(person=self.request.user.pk))

    @verb_on_list(TimesBody, answer=TimesChangedRow, may=rules.may_meet_somebody)
    def block(self, given: Given, *, by: User) -> Given:
        """Keep times free, so that nobody can book them. All of them or, where there is a meeting in one, none."""
        return {"changed": actions.block_time(given["registration"], by=by, slots=slots_of(given), person=whose(given, by))}

    @verb_on_list(TimesBody, answer=TimesChangedRow, may=rules.may_meet_somebody)
    def free(self, given: Given, *, by: User) -> Given:
        """Let times be booked again."""
        return {"changed": actions.free_time(given["registration"], by=by, slots=slots_of(given), person=whose(given, by))}


def slots_of(given: Given) -> list[Slot]:
    """Return the times that the ids name. One query. Raises Invalid."""
    wanted = set(given["slots"])
    found = list(Slot.objects.for_meetings().filter(pk__in=wanted))
    if len(found) < len(wanted):
        raise Invalid(fields={"slots": [_("No such thing, or not for you.")]})
    return found


def whose(given: Given, by: User) -> User | None:
    """Return the person whose time it is, None for a whole company's."""
    return by if given.get("only_me") else None


NAMES = {
    "sender": "Id of your registration.",
    "receiver": "Id of the registration that would be asked.",
    "offer": "Or the id of an offer of theirs.",
    "request": "Or the id of a request of theirs.",
}


class FreeTimesViewSet(ReadOnly):
    """GET /free-times/?sender=1&receiver=2"""

    permission_classes = [SignedIn]
    filter_backends = []
    pagination_class = None
    refuses_readers = True

    @extend_schema(
        parameters=[OpenApiParameter(name, OpenApiTypes.INT, required=name == "sender", description=said) for name, said in NAMES.items()],
        responses=FreeTimesRow,
    )
    def list(self, request: Request) -> Response:
        by: Any = request.user
        asked = numbers_of(request)
        sender = own_registration(by, asked["sender"])
        receiver, is_hidden = other_registration(by, sender, asked)
        setup = setup_of(sender.edition_id)
        rights = list(setup.rights.all()) if setup is not None else []
        if not (rules.may_see(rights, sender, receiver) and rules.may_ask(rights, sender, receiver)):
            raise NotAllowed
        people = colleagues_of([sender.company_id, receiver.company_id])
        lacks = bool(tongues_between(people[sender.company_id], people[receiver.company_id]))
        known = [sender] if is_hidden else [sender, receiver]
        slots = free_slots(*known) if sender.edition_id == receiver.edition_id else []
        rows = [{"id": slot.pk, "starts_at": slot.starts_at, "ends_at": slot.ends_at} for slot in slots]
        return Response({"lacks_language": lacks, "results": rows})


def numbers_of(request: Request) -> dict[str, int]:
    """Return the ids that the address names. Raises ValidationError, by name."""
    asked = request.query_params
    wrong = {name: ["No such filter."] for name in sorted(set(asked) - set(NAMES))}
    wrong |= {name: ["Give a whole number."] for name in asked if name in NAMES and not is_number(asked[name])}
    if "sender" not in asked:
        wrong["sender"] = ["Give a value."]
    if len({"receiver", "offer", "request"} & set(asked)) != 1:
        wrong["receiver"] = ["Name one of receiver, offer and request."]
    if wrong:
        raise ValidationError(wrong)
    return {name: int(asked[name]) for name in asked}


def own_registration(by: User, number: int) -> Registration:
    """Return the registration for which the person asks. Raises Http404: no such one, or not theirs."""
    found: Registration | None = Registration.objects.visible_to(by).select_related("company", "edition").filter(pk=number).first()
    if found is None or not rules.may_act_for(by, found):
        raise Http404
    return found


def other_registration(by: User, sender: Registration, asked: dict[str, int]) -> tuple[Registration, bool]:
    """Return who would be asked, and whether the posting hides who that is. Raises Http404: no such one, or not for this person."""
    if "receiver" in asked:
        named: Registration | None = Registration.objects.visible_to(by).select_related("company").filter(pk=asked["receiver"]).first()
        if named is None:
            raise Http404
        return named, False
    try:
        given = {f"{name}s": [asked[name]] for name in ("offer", "request") if name in asked}
        postings = postings_of(by, given)
        receiver = asked_of(sender, postings, None, None)
    except Invalid as error:
        raise Http404 from error
    return receiver, any(hides_buyer(one) and one.registration_id == receiver.pk for one in postings)
