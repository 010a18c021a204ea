"""How meetings, requests for them, and the organiser's ground are filtered."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from expo.editions.filters import edition_filter
from expo.foundation.lists import DayFilter, Filters, MomentFilter
from matchmaking.meetings.models import (
    Delivery,
    Edit,
    Happening,
    Interpreter,
    Meeting,
    MeetingRequest,
    MeetingSetup,
    Occupancy,
    Place,
    PlannedSeat,
    PlanRun,
    Side,
    Slot,
    Webhook,
)
from matchmaking.meetings.models.webhooks import TEST
from matchmaking.participants.models import Member, Registration


class MeetingRequestFilter(Filters):
    """Requests by edition, status, side, and whose turn it is."""

    edition = edition_filter()
    status = django_filters.MultipleChoiceFilter(label=_("Status"), choices=MeetingRequest.Status.choices)
    side = django_filters.ChoiceFilter(label=_("Your side"), choices=Side.choices, method="of_side", help_text=_("What you sent, or got."))
    is_yours_to_answer = django_filters.BooleanFilter(
        label=_("Waits for you"), method="of_turn", help_text=_("Pending ones in which your side answers now.")
    )

    class Meta:
        model = MeetingRequest
        fields: list[str] = []

    def own(self, side: str) -> Q:
        return Q(**{f"{side}__company__in": Member.objects.of(self.request.user)})

    def of_side(self, rows: QuerySet[Any], _name: str, side: str) -> QuerySet[Any]:
        return rows.filter(self.own(side))

    def of_turn(self, rows: QuerySet[Any], _name: str, only: bool) -> QuerySet[Any]:  # noqa: FBT001 - the library's signature
        mine = Q(waits_for=Side.SENDER) & self.own("sender") | Q(waits_for=Side.RECEIVER) & self.own("receiver")
        turn = mine & Q(status=MeetingRequest.Status.PENDING)
        return rows.filter(turn) if only else rows.exclude(turn)


class MeetingFilter(Filters):
    """Meetings by edition, status and day."""

    edition = edition_filter()
    status = django_filters.MultipleChoiceFilter(label=_("Status"), choices=Meeting.Status.choices)
    day = DayFilter(label=_("Day"), field_name="slot__day", help_text=_("On the expo’s own clocks."))

    class Meta:
        model = Meeting
        fields: list[str] = []


class EditFilter(Filters):
    """Changes of the meetings' ground by edition, kind, and whether they were undone."""

    edition = edition_filter()
    kind = django_filters.MultipleChoiceFilter(label=_("Kind"), choices=Edit.Kind.choices)
    is_undone = django_filters.BooleanFilter(label=_("Undone"), field_name="undone_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = Edit
        fields: list[str] = []


class MeetingSetupFilter(Filters):
    """Set-ups by edition."""

    edition = edition_filter()

    class Meta:
        model = MeetingSetup
        fields: list[str] = []


class SlotFilter(Filters):
    """The timetable by edition, day and kind."""

    edition = edition_filter()
    day = DayFilter(label=_("Day"), help_text=_("On the expo’s own clocks."))
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=Slot.Kind.choices)

    class Meta:
        model = Slot
        fields: list[str] = []


class PlaceFilter(Filters):
    """Places by edition, kind, hall and code."""

    edition = edition_filter()
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=Place.Kind.choices)
    hall = django_filters.CharFilter(label=_("Hall"), field_name="hall__code", max_length=20, help_text=_("By code."))
    code = django_filters.CharFilter(label=pgettext_lazy("place", "Code"), max_length=20)

    class Meta:
        model = Place
        fields: list[str] = []


class InterpreterFilter(Filters):
    """The pool by edition."""

    edition = edition_filter()

    class Meta:
        model = Interpreter
        fields: list[str] = []


class KeptTimeFilter(Filters):
    """Time that is kept free, by edition, day, and whether it is one's own alone."""

    edition = edition_filter("slot__edition")
    day = DayFilter(label=_("Day"), field_name="slot__day", help_text=_("On the expo’s own clocks."))
    only_me = django_filters.BooleanFilter(
        label=_("Only me"),
        field_name="person",
        lookup_expr="isnull",
        exclude=True,
        help_text=_("Yours alone, or those of whole companies."),
    )

    class Meta:
        model = Occupancy
        fields: list[str] = []


class PlanRunFilter(Filters):
    """Runs of the planner by edition, kind and status."""

    edition = edition_filter()
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=PlanRun.Kind.choices)
    status = django_filters.MultipleChoiceFilter(label=_("Status"), choices=PlanRun.Status.choices)

    class Meta:
        model = PlanRun
        fields: list[str] = []


PARTS_OF_CHANGE = [("lost", _("loses its time")), ("breaks", _("stays, but breaks a rule"))]


class PlannedSeatFilter(Filters):
    """Lines of a draft by run, kind of change, company, hall and day: those that the meeting had or would have."""

    run = django_filters.NumberFilter(label=_("Run"), field_name="run", min_value=1, max_value=2**53, help_text=_("Its number."))
    kind = django_filters.ChoiceFilter(label=_("Kind of change"), choices=[*PlannedSeat.Kind.choices, *PARTS_OF_CHANGE], method="of_kind")
    company = django_filters.CharFilter(
        label=_("Company"), max_length=80, method="of_company", help_text=_("A part of the name of one that would meet.")
    )
    hall = django_filters.CharFilter(label=_("Hall"), max_length=10, method="in_hall", help_text=_("By code, before or after."))
    day = DayFilter(label=_("Day"), method="on_day", help_text=_("Before or after, on the expo’s own clocks."))

    class Meta:
        model = PlannedSeat
        fields: list[str] = []

    def of_kind(self, rows: QuerySet[Any], _name: str, kind: str) -> QuerySet[Any]:
        if kind == "lost":
            return rows.filter(kind=PlannedSeat.Kind.UNSEATED, before_slot__isnull=False)
        if kind == "breaks":
            return rows.filter(kind=PlannedSeat.Kind.KEPT).exclude(reason="")
        return rows.filter(kind=kind)

    def of_company(self, rows: QuerySet[Any], _name: str, words: str) -> QuerySet[Any]:
        named = Registration.objects.filter(Q(company__name__icontains=words) | Q(company__name_zh__icontains=words)).values("pk")
        request = Q(meeting__request__sender__in=named) | Q(meeting__request__receiver__in=named) | Q(meeting__request__partner__in=named)
        return rows.filter(request | Q(sender__in=named) | Q(receiver__in=named))

    def in_hall(self, rows: QuerySet[Any], _name: str, code: str) -> QuerySet[Any]:
        return rows.filter(Q(place__hall__code=code) | Q(before_place__hall__code=code))

    def on_day(self, rows: QuerySet[Any], _name: str, day: Any) -> QuerySet[Any]:
        return rows.filter(Q(slot__day=day) | Q(before_slot__day=day))


class WebhookFilter(Filters):
    """Webhooks by edition, and whether they are on."""

    edition = edition_filter()
    is_active = django_filters.BooleanFilter(label=_("Switched on"))

    class Meta:
        model = Webhook
        fields: list[str] = []


class DeliveryFilter(Filters):
    """Messages to webhooks by state, event, and when they were made."""

    status = django_filters.MultipleChoiceFilter(label=_("State"), choices=Delivery.Status.choices)
    kind = django_filters.ChoiceFilter(label=_("Event"), choices=[*Happening.choices, (TEST, _("a test"))])
    since = MomentFilter(label=_("Since"), field_name="made_at", lookup_expr="gte", help_text=_("Made then or later."))

    class Meta:
        model = Delivery
        fields: list[str] = []


class DeliveryOfWebhookFilter(DeliveryFilter):
    """The same, by webhook."""

    webhook = django_filters.NumberFilter(label=_("Webhook"), field_name="webhook_id", help_text=_("By number."))
