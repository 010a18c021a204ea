"""Changes of the meetings' ground over the API, for the organiser: looked at before, done, undone."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.exceptions import APIException
from rest_framework.request import Request

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.foundation import repeating
from expo.foundation.errors import NotAllowed, Refused
from expo.foundation.rows import WORKED_OUT, ById, Row
from expo.foundation.writing import Body, Given, Ref, SignedIn, WritableRows, verb, verb_on_list
from matchmaking.meetings import actions, errors, planner, rules
from matchmaking.meetings.filters import EditFilter
from matchmaking.meetings.models import Edit, MeetingSetup
from matchmaking.meetings.queries.edits.previews import Outcome, Preview, kept_preview, preview
from matchmaking.meetings.queries.free import setup_of
from matchmaking.participants.models import Registration

OUTCOMES = [(str(one), str(one)) for one in Outcome]


class EditSeatRow(Row):
    slot = serializers.IntegerField(source=WORKED_OUT)
    place = serializers.IntegerField(source=WORKED_OUT, allow_null=True, help_text="Null: it waits for a table.")
    interpreter = serializers.IntegerField(source=WORKED_OUT, allow_null=True)


class EditHitRow(Row):
    meeting = serializers.IntegerField(source=WORKED_OUT)
    outcome = serializers.ChoiceField(
        choices=OUTCOMES,
        source=WORKED_OUT,
        help_text="`time`, `place`, `interpreter`: what changes; `waits`: it loses its time; `table`: it waits for a table at its time; "
        "`by_hand`: nothing is touched, people deal with it; `same`: it stays.",
    )
    is_struck = serializers.BooleanField(source=WORKED_OUT, help_text="False: it moves to make room for another.")
    before = EditSeatRow(source=WORKED_OUT)
    after = EditSeatRow(source=WORKED_OUT, allow_null=True, help_text="Null: it waits for a time.")
    reason = serializers.CharField(source=WORKED_OUT, help_text="Why it waits or is left to people, in a word, or empty.")


class EditPreviewRow(Row):
    kind = serializers.ChoiceField(choices=Edit.Kind.choices, source=WORKED_OUT)
    parameters = serializers.DictField(source=WORKED_OUT)
    counts = serializers.DictField(
        child=serializers.IntegerField(), source=WORKED_OUT, help_text="Meetings by outcome, companies, people, pending requests."
    )
    meetings = EditHitRow(many=True, source=WORKED_OUT)
    digest = serializers.CharField(source=WORKED_OUT, help_text="For `apply`: names exactly this.")


class MeetingEditRow(Row):
    id = serializers.IntegerField()
    edition = serializers.SlugField(source="edition.slug")
    kind = serializers.ChoiceField(choices=Edit.Kind.choices)
    subject = serializers.CharField(help_text="What was changed; names of people are not kept.")
    parameters = serializers.DictField()
    counts = serializers.DictField(child=serializers.IntegerField())
    before = serializers.DictField(
        help_text="`seats`: slot, place and interpreter that each meeting had, by its id; and what is needed to undo it."
    )
    after = serializers.DictField(help_text="`seats`: what each has since; null: it waits for a time.")
    undone = serializers.DictField(help_text="`restored`, and `could_not`: meetings that stay where they are, each with a word for why.")
    done_at = serializers.DateTimeField()
    undone_at = serializers.DateTimeField(allow_null=True)


class EditBody(Body):
    edition = Ref(Edition.objects.all(), by="slug", help_text="By its address.")
    kind = serializers.ChoiceField(choices=Edit.Kind.choices)
    slot = serializers.IntegerField(required=False, help_text="Of remove_slot, move_slot, make_break.")
    starts_at = serializers.DateTimeField(required=False, help_text="Of move_slot.")
    minutes = serializers.IntegerField(required=False, help_text="Of move_slot; as long as before without it.")
    title = serializers.CharField(required=False, allow_blank=True, max_length=80, help_text="Of make_break.")
    hall = serializers.IntegerField(required=False, help_text="Of close_hall, reopen_hall.")
    place = serializers.IntegerField(required=False, help_text="Of close_place, reopen_place, change_capacity.")
    capacity = serializers.IntegerField(required=False, help_text="Of change_capacity, at a booth.")
    registration = serializers.IntegerField(required=False, help_text="Of move_exhibitor.")
    booth = serializers.IntegerField(required=False, help_text="Of move_exhibitor: a free one.")
    interpreter = serializers.IntegerField(required=False, help_text="Of interpreter_away, interpreter_back.")
    day = serializers.DateField(required=False, allow_null=True, help_text="Of interpreter_away; all of the expo without it.")
    asking = serializers.ChoiceField(choices=Registration.Role.choices, required=False, help_text="Of change_right.")
    asked = serializers.ChoiceField(choices=Registration.Role.choices, required=False)
    may_see = serializers.BooleanField(required=False)
    may_ask = serializers.BooleanField(required=False)


class ApplyEditBody(EditBody):
    digest = serializers.CharField(max_length=64, help_text="Of the preview that is to be done.")


PREVIEW_IS_OLD = {
    "code": "preview_is_old",
    "detail": "Something has changed since this preview. Nothing was done; look at what would happen now.",
    "fields": {},
    "data": {},
}


class MeetingEditViewSet(ById, WritableRows):
    queryset = Edit.objects.all()
    serializer_class = MeetingEditRow
    filterset_class = EditFilter
    permission_classes = [SignedIn]
    refuses_readers = True
    conflicts = {"apply": PREVIEW_IS_OLD}
    shown: Preview | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not rules.may_set_up(request.user):
            raise NotAllowed

    def write(self, request: Request, act: Any, **more: Any) -> HttpResponse:
        """Plan before the transaction begins: in the seconds that it takes SQLite would let nobody else write, and PostgreSQL give the session up."""
        if self.action in {"look_at", "apply"}:
            self.shown = self._planned(request)
        return super().write(request, act, **more)

    def _planned(self, request: Request) -> Preview | None:
        """Return what the change would do now; None where that is known already, or is refused: then the answer says why."""
        try:
            if repeating.answered(asked) if (asked := repeating.asked_by(request)) else None:
                return None
            body = self.body_of(self.action)(data=request.data, context=self.get_serializer_context())
            if not body.is_valid():
                return None
            given = dict(body.validated_data)
            kind, digest = given.pop("kind"), given.pop("digest", "")
            return preview(_setup(given), kind, given) if kept_preview(digest) is None else None
        except (Refused, APIException):
            return None

    @verb_on_list(EditBody, answer=EditPreviewRow, name="preview", may=rules.may_set_up)
    def look_at(self, given: Given, *, by: User) -> Given:
        """See what a change would do, meeting by meeting; nothing is written. `apply` asks for its digest."""
        return _sent(self.shown or preview(_setup(given), given.pop("kind"), given))

    @verb_on_list(ApplyEditBody, status=201, may=rules.may_set_up)
    def apply(self, given: Given, *, by: User) -> Edit:
        """Do what the preview with this digest showed. 409 `preview_is_old` where that is not what would happen now: look again."""
        setup, kind, digest = _setup(given), given.pop("kind"), given.pop("digest")
        if self.shown is not None and self.shown.digest != digest:
            raise errors.PreviewIsOld
        return actions.apply_edit(setup, kind, given, digest=digest, by=by)

    @verb(may=rules.may_set_up)
    def undo(self, row: Edit, given: Given, *, by: User) -> Edit:
        """Put the ground back, and every meeting whose old seat is still free. `undone` says which could not."""
        return actions.undo_edit(row, by=by)


def _setup(given: Given) -> MeetingSetup:
    setup = setup_of(given.pop("edition").pk)
    if setup is None:
        raise errors.NoSetup
    return setup


def _sent(shown: Preview) -> Given:
    return {
        "kind": shown.kind,
        "parameters": shown.parameters,
        "counts": shown.counts,
        "digest": shown.digest,
        "meetings": [
            {
                "meeting": hit.meeting,
                "outcome": str(hit.outcome),
                "is_struck": hit.is_struck,
                "before": _seat(hit.before),
                "after": _seat(hit.after),
                "reason": hit.reason,
            }
            for hit in shown.hits
        ],
    }


def _seat(seat: planner.Seat | None) -> Mapping[str, int | None] | None:
    """A place that is none yet, or a table that is waited for, is null."""
    if seat is None:
        return None
    place = seat.place if seat.place is not None and seat.place > 0 else None
    return {"slot": seat.slot, "place": place, "interpreter": seat.interpreter}
