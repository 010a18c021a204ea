"""Meetings over the API, for those who meet: another time, a colleague, calling it off, being there, and how it went."""

from collections import defaultdict
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from expo.accounts.models import User
from expo.foundation.errors import IllegalMove, Invalid
from expo.foundation.rows import ById, Rows, Values, rows_of, shaped
from expo.foundation.writing import Given, SignedIn, WritableRows, verb
from matchmaking.meetings import actions, rules
from matchmaking.meetings.api.bodies import (
    ActingBody,
    CancelBody,
    CheckInBody,
    HandOverBody,
    MoveAnswerBody,
    MoveBody,
    SaysBody,
    StarsBody,
)
from matchmaking.meetings.api.own import own_companies
from matchmaking.meetings.api.rows import ColleaguesRow, MeetingColumns, MeetingRow, MoveColumns
from matchmaking.meetings.api.taken import SLOT_TAKEN
from matchmaking.meetings.filters import MeetingFilter
from matchmaking.meetings.models import Meeting, MoveProposal
from matchmaking.participants.models import Company, Member
from matchmaking.participants.queries import contacts_shown_to

NOBODY = {"full_name": None, "email": None, "phone": None}
Contacts = dict[int, dict[int, dict[str, str]]]


class MeetingViewSet(ById, WritableRows):
    queryset = Meeting.objects.all()
    serializer_class = MeetingRow
    columns_class = MeetingColumns
    filterset_class = MeetingFilter
    permission_classes = [SignedIn]
    conflicts = {"propose_move": SLOT_TAKEN, "answer_move": SLOT_TAKEN}

    def shape(self, read: Rows) -> Rows:
        sent = super().shape(read)
        own = own_companies(self.request.user)
        moves = moves_of([row["id"] for row in read])
        contacts = contacts_for(sent, own)
        return [
            {**row, "move": moves.get(row["id"]), "seats": [seat_sent(seat, row, own, contacts) for seat in row["seats"]]} for row in sent
        ]

    @verb(MoveBody, may_row=rules.may_take_part)
    def propose_move(self, row: Meeting, given: Given, *, by: User) -> Meeting:
        """Propose another time. The old one is kept until the other side takes the new one; 409 `slot_taken` comes with up to three others."""
        actions.propose_move(row, by=by, **given)
        return row

    @verb(MoveAnswerBody, may_row=rules.may_take_part)
    def answer_move(self, row: Meeting, given: Given, *, by: User) -> Meeting:
        """Take the time that the other side proposes, or keep the old one."""
        actions.answer_move(open_move(row), by=by, **given)
        return row

    @verb(ActingBody, may_row=rules.may_take_part)
    def withdraw_move(self, row: Meeting, given: Given, *, by: User) -> Meeting:
        """Take back the time that your side proposed: the old one stays."""
        actions.withdraw_move(open_move(row), by=by, **given)
        return row

    @verb(CancelBody, may_row=rules.may_take_part)
    def cancel(self, row: Meeting, given: Given, *, by: User) -> Meeting:
        """Call the meeting off, with a reason, before it has begun. Everybody is told, and the time is free."""
        return actions.cancel(row, by=by, **given)

    @verb(HandOverBody, may_row=rules.may_take_part)
    def hand_over(self, row: Meeting, given: Given, *, by: User) -> Meeting:
        """Send a colleague. `colleagues` lists who can come."""
        actions.hand_over(row, by=by, person=colleague(row, given.pop("membership")), **given)
        return row

    @verb(CheckInBody, may_row=rules.may_take_part)
    def check_in(self, row: Meeting, given: Given, *, by: User) -> Meeting:
        """Say that your side is there, from fifteen minutes before the meeting to its end."""
        actions.check_in(row, by=by, **given)
        return row

    @verb(SaysBody, name="outcome", may_row=rules.may_take_part)
    def say_outcome(self, row: Meeting, given: Given, *, by: User) -> Meeting:
        """Say how the meeting went, once it has begun. It can be said anew."""
        return actions.say_outcome(row, by=by, **given)

    @verb(StarsBody, may_row=rules.may_take_part)
    def rate(self, row: Meeting, given: Given, *, by: User) -> Meeting:
        """Say what the meeting was worth, 1 to 5, once, after it was held. The other side never reads it."""
        actions.rate(row, by=by, **given)
        return row

    @extend_schema(responses=ColleaguesRow)
    @action(detail=True, methods=["get"])
    def colleagues(self, request: Request, pk: str) -> Response:
        """Read who of your company can come."""
        row = self.named_row({"pk": pk})
        companies = set(row.seats.values_list("registration__company", flat=True)) & own_companies(request.user)
        people = standing_for(companies).values_list("pk", "user__full_name")
        return Response({"results": [{"membership": number, "name": name} for number, name in people]})


def standing_for(companies: Any) -> Any:
    """Return the memberships of those who stand for the companies, owners first."""
    rows = Member.objects.filter(company__in=companies, status=Member.Status.ACTIVE, user__is_active=True)
    return rows.select_related("user").order_by("role", "pk")


def colleague(meeting: Meeting, membership: int) -> User:
    """Return whom a membership of one of those who meet names. Whose company it must be is the action's to say. Raises Invalid."""
    found = standing_for(meeting.seats.values("registration__company")).filter(pk=membership).first()
    if found is None:
        raise Invalid(fields={"membership": ["No such thing, or not for you."]})
    person: User = found.user
    return person


def open_move(meeting: Meeting) -> MoveProposal:
    """Return what is proposed and not answered. Raises IllegalMove where there is nothing."""
    found = meeting.proposals.filter(status=MoveProposal.Status.PENDING).select_related("meeting__request", "slot").first()
    if found is None:
        raise IllegalMove
    return found


def moves_of(meetings: list[int]) -> dict[int, Values]:
    """Return the open proposal of each of the meetings that has one. One query."""
    rows = list(rows_of(MoveProposal.objects.filter(meeting__in=meetings, status=MoveProposal.Status.PENDING), MoveColumns))
    found = shaped(rows, MoveColumns, MoveProposal)
    return {row.pop("meeting"): row for row in found}


def contacts_for(rows: Rows, own: frozenset[int]) -> Contacts:
    """Return what each of one's own companies may know of who comes from another side, by company and person. Two queries for one company."""
    met: dict[int, set[int]] = defaultdict(set)
    for row in rows:
        for mine in (seat for seat in row["seats"] if seat["company_number"] in own):
            others = {seat["person_number"] for seat in row["seats"] if seat["company_number"] not in own}
            met[mine["company_number"]] |= others - {None}
    people = User.objects.in_bulk({person for found in met.values() for person in found})
    return {company: contacts_shown_to(Company(pk=company), [people[one] for one in sorted(found)]) for company, found in met.items()}


def seat_sent(seat: Values, row: Values, own: frozenset[int], contacts: Contacts) -> Values:
    """Return a seat as this side reads it: of the other side no outcome, no rating, and of who comes what they let one's company see."""
    company, person, name = (seat[one] for one in ("company_number", "person_number", "person_name"))
    said = {key: value for key, value in seat.items() if key not in {"company_number", "person_number", "person_name"}}
    if company in own:
        return said | {"is_yours": True, "person": {**NOBODY, "full_name": name} if person is not None else None}
    mine = [one["company_number"] for one in row["seats"] if one["company_number"] in own]
    shown = {key: value for one in mine for key, value in contacts.get(one, {}).get(person, {}).items()}
    return said | {"is_yours": False, "says": None, "rating": None, "person": {**NOBODY, **shown} if shown else None}
