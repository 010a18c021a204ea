"""The organiser's ground over the API: rules, timetable, places, interpreters. Who signed in reads times and places; staff write."""

from typing import Any

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.views import APIView

from expo.accounts.models import User
from expo.foundation.errors import NotAllowed
from expo.foundation.rows import ById
from expo.foundation.writing import Changes, Creates, Given, SignedIn, WritableRows, verb, verb_on_list
from matchmaking.meetings import actions, rules
from matchmaking.meetings.api.ground_bodies import (
    AbsencesBody,
    BoothsBody,
    InterpreterBody,
    InterpreterChangeBody,
    LayDaysBody,
    RightsBody,
    SetupBody,
    SetupChangeBody,
    SlotBody,
    SlotChangeBody,
    TablesBody,
)
from matchmaking.meetings.api.ground_rows import InterpreterRow, LaidDaysRow, MeetingSetupRow, NewPlacesRow, PlaceRow, SlotRow
from matchmaking.meetings.api.times import slots_of
from matchmaking.meetings.errors import NoSetup
from matchmaking.meetings.filters import InterpreterFilter, MeetingSetupFilter, PlaceFilter, SlotFilter
from matchmaking.meetings.models import Interpreter, MeetingSetup, Place, Slot
from matchmaking.meetings.queries.accounts import account_of
from matchmaking.meetings.queries.free import setup_of


def may_change(by: User, _row: Any) -> bool:
    """Whether the person may set the ground, whatever row it is."""
    return rules.may_set_up(by)


def setup_for(given: Given) -> MeetingSetup:
    """Return how the edition that is named meets. Raises NoSetup."""
    found = setup_of(given["edition"].pk)
    if found is None:
        raise NoSetup
    return found


class OnlyForStaff(APIView):
    """Rows that only those read who look after meetings."""

    permission_classes = [SignedIn]
    refuses_readers = True

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not rules.may_look_after(request.user):
            raise NotAllowed


class ForStaff(OnlyForStaff, WritableRows):
    """The same, and what may be written of them."""


class MeetingSetupViewSet(ById, Creates, Changes, ForStaff):
    """How each edition meets: minutes, window, quotas, walks, and which role sees and asks which."""

    queryset = MeetingSetup.objects.all()
    serializer_class = MeetingSetupRow
    filterset_class = MeetingSetupFilter
    create_body, change_body = SetupBody, SetupChangeBody
    may_create, may_change = staticmethod(rules.may_set_up), staticmethod(may_change)

    def make(self, given: Given, *, by: User) -> MeetingSetup:
        """Let an edition have meetings; where it has, its rules are changed."""
        return actions.set_up_meetings(given.pop("edition"), by=by, **given)

    def change(self, row: MeetingSetup, given: Given, *, by: User) -> MeetingSetup:
        return actions.set_up_meetings(row.edition, by=by, **given)

    @verb(RightsBody, may_row=may_change)
    def rights(self, row: MeetingSetup, given: Given, *, by: User) -> MeetingSetup:
        """Say which role sees which, and may ask it. What is booked or asked already stays."""
        return actions.set_rights(row, by=by, rights=[actions.Right(**right) for right in given["rights"]])


class SlotViewSet(ById, Creates, Changes, WritableRows):
    queryset = Slot.objects.all()
    serializer_class = SlotRow
    filterset_class = SlotFilter
    permission_classes = [SignedIn]
    create_body, change_body = SlotBody, SlotChangeBody
    may_create, may_change = staticmethod(rules.may_set_up), staticmethod(may_change)

    def get_queryset(self) -> QuerySet[Any]:
        return Slot.objects.standing()

    def writable(self) -> QuerySet[Any]:
        """Staff name those that were taken out, too: to put them back."""
        return Slot.objects.all() if rules.may_set_up(self.request.user) else self.get_queryset()

    def make(self, given: Given, *, by: User) -> Slot:
        """Add one time to the timetable."""
        time = (given["starts_at"], given["ends_at"], given.get("kind", Slot.Kind.MEETING), given.get("title", ""))
        return actions.add_slots(setup_for(given), by=by, times=[time], only_expo=True)[0]

    def change(self, row: Slot, given: Given, *, by: User) -> Slot:
        """Move a time that nobody uses, make it a break or a time to meet, or name it."""
        return actions.change_slot(row, by=by, **given)

    @verb(may_row=may_change)
    def remove(self, row: Slot, _given: Given, *, by: User) -> None:
        """Take a time that nobody uses out of the timetable."""
        actions.remove_slots(setup_for({"edition": row.edition}), by=by, slots=[row])

    @verb(may_row=may_change)
    def restore(self, row: Slot, _given: Given, *, by: User) -> Slot:
        """Put a time back that was taken out."""
        actions.restore_slots(setup_for({"edition": row.edition}), by=by, slots=[row])
        return row

    @verb_on_list(LayDaysBody, answer=LaidDaysRow, may=rules.may_set_up)
    def lay_days(self, given: Given, *, by: User) -> Given:
        """Lay whole days alike, with breaks. All of them or, where one overlaps what stands, none."""
        pauses = tuple(actions.Pause(one["begins"], one["ends"], one.get("title", "")) for one in given.get("breaks", ()))
        plan = actions.DayPlan(given["begins"], given["ends"], given["minutes"], pauses)
        setup, replace = setup_for(given), given.get("replace", False)
        if given.get("only_look"):
            laid = actions.days_laid(setup.edition, given["days"], plan, replace=replace)
        else:
            laid = actions.lay_days(setup, by=by, days=given["days"], plan=plan, replace=replace)
        return {"days": [_laid(one) for one in laid]}


def _laid(one: actions.LaidDay) -> Given:
    times = [dict(zip(("starts_at", "ends_at", "kind", "title"), time, strict=True)) for time in one.times]
    return {
        "day": one.day,
        "times": times,
        "taken_out": [slot.pk for slot in one.gone],
        "stay": [slot.pk for slot in (*one.stay, *one.same)],
    }


class PlaceViewSet(ById, WritableRows):
    queryset = Place.objects.all()
    serializer_class = PlaceRow
    filterset_class = PlaceFilter
    permission_classes = [SignedIn]

    def get_queryset(self) -> QuerySet[Any]:
        return Place.objects.open()

    @verb_on_list(TablesBody, answer=NewPlacesRow, may=rules.may_set_up, status=201)
    def add_tables(self, given: Given, *, by: User) -> Given:
        """Put so many more numbered tables into a hall's pool."""
        made = actions.add_tables(given["hall"], by=by, count=given["count"])
        return {"added": len(made), "codes": [place.code for place in made]}

    @verb_on_list(BoothsBody, answer=NewPlacesRow, may=rules.may_set_up)
    def open_booths(self, given: Given, *, by: User) -> Given:
        """Make the booth of every verified exhibitor a meeting place, before the first meeting there does."""
        return {"added": actions.open_booths(given["edition"], by=by), "codes": []}


class InterpreterViewSet(ById, Creates, Changes, ForStaff):
    queryset = Interpreter.objects.all()
    serializer_class = InterpreterRow
    filterset_class = InterpreterFilter
    create_body, change_body = InterpreterBody, InterpreterChangeBody
    may_create, may_change = staticmethod(rules.may_set_up), staticmethod(may_change)

    def make(self, given: Given, *, by: User) -> Interpreter:
        """Take somebody into the pool."""
        return actions.add_interpreter(given.pop("edition"), by=by, **_with_person(given, by))

    def change(self, row: Interpreter, given: Given, *, by: User) -> Interpreter:
        """Change who it is, what they speak, or whether they are in the pool."""
        return actions.change_interpreter(row, by=by, **_with_person(given, by))

    @verb(AbsencesBody, may_row=may_change)
    def absences(self, row: Interpreter, given: Given, *, by: User) -> Interpreter:
        """Say at which times the interpreter is not there: at these, and at no others."""
        actions.set_absences(row, by=by, slots=slots_of({"slots": given.get("slots", [])}))
        return row


def _with_person(given: Given, by: User) -> Given:
    """Return what was sent, with the account in place of its address. Raises NotAllowed, Invalid."""
    return given | {"person": account_of(given.pop("email"), by)} if "email" in given else given
