"""Requests to meet over the API, for those who sent or got them: asking, answering, writing to each other."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from expo.accounts.models import User
from expo.foundation.rows import ById, Rows, Values, rows_of, shaped
from expo.foundation.writing import Creates, Given, SignedIn, WritableRows, verb
from matchmaking.meetings import actions, rules
from matchmaking.meetings.api.asking import asked_of, postings_of
from matchmaking.meetings.api.bodies import AcceptBody, AskBody, MeetingMessageBody, TimeBody, WhyNotBody
from matchmaking.meetings.api.own import own_companies, side_of
from matchmaking.meetings.api.rows import MeetingMessageRow, MeetingMessagesRow, MeetingRequestColumns, MeetingRequestRow
from matchmaking.meetings.api.taken import SLOT_TAKEN
from matchmaking.meetings.filters import MeetingRequestFilter
from matchmaking.meetings.models import MeetingRequest, Message, Side
from matchmaking.meetings.queries.hiding import with_hidden_receiver

KEPT_BACK = ("sender_company", "receiver_company", "partner_company", "partner_led_by")


class MeetingRequestViewSet(ById, Creates, WritableRows):
    queryset = MeetingRequest.objects.all()
    serializer_class = MeetingRequestRow
    columns_class = MeetingRequestColumns
    filterset_class = MeetingRequestFilter
    permission_classes = [SignedIn]
    create_body = AskBody
    may_create = staticmethod(rules.may_meet_somebody)
    conflicts = {"create": SLOT_TAKEN, "accept": SLOT_TAKEN, "counter": SLOT_TAKEN}

    def shape(self, read: Rows) -> Rows:
        hidden = with_hidden_receiver([row["id"] for row in read])
        own = own_companies(self.request.user)
        return [request_sent(row, own, is_hidden=row["id"] in hidden) for row in super().shape(read)]

    def make(self, given: Given, *, by: User) -> MeetingRequest:
        """Ask another company to meet. Where the edition accepts at once, the answer is accepted already. 409 `slot_taken` comes with up to three times that are free for all."""
        about = {name: given.pop(name, []) for name in ("offers", "requests")}
        postings = postings_of(by, about)
        sender = given.pop("sender")
        receiver = asked_of(sender, postings, given.pop("receiver", None), given.get("partner"))
        return actions.ask(sender, receiver, by=by, postings=postings, **given)

    @verb(AcceptBody, may_row=rules.may_answer)
    def accept(self, row: MeetingRequest, given: Given, *, by: User) -> MeetingRequest:
        """Agree to meet. What it became is its `meeting`. Who was slower gets 409 `slot_taken` with up to three times that are free for all.

        A proposal of the expo (`is_proposal`) is asked thereby, and waits for the other side.
        """
        if row.is_laid_ready:
            return actions.take_up(row, by=by, **given)
        actions.accept(row, by=by, **given)
        return row

    @verb(WhyNotBody, may_row=rules.may_answer)
    def decline(self, row: MeetingRequest, given: Given, *, by: User) -> MeetingRequest:
        """Say no, with a reason. The other side is told."""
        return actions.decline(row, by=by, **given)

    @verb(TimeBody, may_row=rules.may_answer)
    def counter(self, row: MeetingRequest, given: Given, *, by: User) -> MeetingRequest:
        """Propose another time: it is the other side's turn then."""
        if row.is_laid_ready:
            return actions.take_up(row, by=by, slot=given["slot"])
        return actions.counter(row, by=by, slot=given["slot"])

    @verb(may_row=rules.may_withdraw)
    def withdraw(self, row: MeetingRequest, given: Given, *, by: User) -> MeetingRequest:
        """Take a request back. For the side that asked."""
        return actions.withdraw(row, by=by)

    @verb(MeetingMessageBody, answer=MeetingMessageRow, may_row=rules.may_take_part)
    def write_message(self, row: MeetingRequest, given: Given, *, by: User) -> Message:
        """Write to the other side, whatever became of the request."""
        return actions.write_message(row, by=by, **given)

    @extend_schema(responses=MeetingMessagesRow)
    @action(detail=True, methods=["get"])
    def messages(self, request: Request, pk: str) -> Response:
        """Read what the two sides wrote to each other."""
        row = self.named_row({"pk": pk})
        found = list(rows_of(Message.objects.filter(request=row), MeetingMessageRow).order_by("pk"))
        return Response({"results": shaped(found, MeetingMessageRow, Message)})


def request_sent(row: Values, own: frozenset[int], *, is_hidden: bool) -> Values:
    """Return the request as this side reads it: who asked does not read yet who a buyer is that hides its name."""
    side = side_of(row, own)
    turn: Any = row["sender_company"] if row["waits_for"] == Side.SENDER else row["receiver_company"]
    said = {name: value for name, value in row.items() if name not in KEPT_BACK}
    if is_hidden and side == Side.SENDER:
        said["receiver"] = None
    return said | {"side": side, "is_yours_to_answer": row["status"] == MeetingRequest.Status.PENDING and turn in own}
