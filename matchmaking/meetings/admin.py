from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from expo.foundation.admin import ReadOnlyAdmin
from matchmaking.meetings.models import (
    Edit,
    Interpreter,
    InterpreterAbsence,
    Meeting,
    MeetingRequest,
    MeetingSetup,
    News,
    Place,
    PlannedSeat,
    PlanRun,
    RoleRight,
    Seat,
    Slot,
)


class RoleRightInline(admin.TabularInline[RoleRight, MeetingSetup]):
    """Set on the organiser's own page, by the verb that also writes down who did it."""

    model = RoleRight
    extra = 0
    fields = ["asking", "asked", "may_see", "may_ask"]
    readonly_fields = ["asking", "asked", "may_see", "may_ask"]
    can_delete = False

    def has_add_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False


class AbsenceInline(admin.TabularInline[InterpreterAbsence, Interpreter]):
    model = InterpreterAbsence
    extra = 0
    fields = ["slot"]
    readonly_fields = ["slot"]
    can_delete = False

    def has_add_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.select_related("slot__edition")


@admin.register(MeetingSetup)
class MeetingSetupAdmin(ReadOnlyAdmin):
    list_display = ["edition", "slot_minutes", "approval", "scheduling", "opens_at", "closes_at"]
    list_select_related = ["edition"]
    inlines = [RoleRightInline]


@admin.register(Slot)
class SlotAdmin(ReadOnlyAdmin):
    list_display = ["edition", "day", "starts_at", "ends_at", "kind", "title", "removed_at"]
    list_filter = ["edition", "kind", ("removed_at", admin.EmptyFieldListFilter)]
    list_select_related = ["edition"]
    date_hierarchy = "day"


@admin.register(Place)
class PlaceAdmin(ReadOnlyAdmin):
    list_display = ["code", "edition", "kind", "hall", "capacity", "closed_at"]
    list_filter = ["edition", "kind", ("closed_at", admin.EmptyFieldListFilter)]
    list_select_related = ["edition", "hall"]
    search_fields = ["code"]


@admin.register(Interpreter)
class InterpreterAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "edition", "languages", "is_active"]
    list_filter = ["edition", "is_active"]
    list_select_related = ["edition", "person"]
    inlines = [AbsenceInline]


@admin.register(MeetingRequest)
class MeetingRequestAdmin(ReadOnlyAdmin):
    list_display = ["id", "edition", "sender", "receiver", "status", "waits_for", "slot", "expires_at", "created_at"]
    list_filter = ["edition", "status"]
    search_fields = ["sender__company__name", "receiver__company__name"]
    date_hierarchy = "created_at"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.select_related(
            "edition", "sender__company", "sender__edition", "receiver__company", "receiver__edition", "slot__edition"
        )


class SeatInline(admin.TabularInline[Seat, Meeting]):
    model = Seat
    extra = 0
    fields = ["registration", "side", "desk", "person", "checked_in_at", "says"]
    readonly_fields = ["registration", "side", "desk", "person", "checked_in_at", "says"]
    can_delete = False

    def has_add_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False


@admin.register(Meeting)
class MeetingAdmin(ReadOnlyAdmin):
    list_display = ["id", "edition", "request", "status", "slot", "place", "is_locked", "moves"]
    list_filter = ["edition", "status", "is_locked"]
    search_fields = ["request__sender__company__name", "request__receiver__company__name"]
    inlines = [SeatInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.select_related("edition", "request__sender__company", "request__receiver__company", "slot__edition", "place")


@admin.register(Edit)
class EditAdmin(ReadOnlyAdmin):
    list_display = ["id", "edition", "kind", "subject", "done_by", "done_at", "undone_by", "undone_at"]
    list_filter = ["edition", "kind", ("undone_at", admin.EmptyFieldListFilter)]
    list_select_related = ["edition", "done_by", "undone_by"]
    date_hierarchy = "done_at"


@admin.register(PlanRun)
class PlanRunAdmin(ReadOnlyAdmin):
    list_display = ["id", "edition", "kind", "status", "seed", "asked_by", "created_at", "finished_at", "published_at"]
    list_filter = ["edition", "kind", "status"]
    list_select_related = ["edition", "asked_by"]
    date_hierarchy = "created_at"
    exclude = ["checkpoint"]


@admin.register(PlannedSeat)
class PlannedSeatAdmin(ReadOnlyAdmin):
    list_display = ["id", "run", "kind", "meeting_number", "slot", "place", "before_slot", "before_place", "reason"]
    list_filter = ["kind", "reason"]
    list_select_related = ["run", "slot__edition", "place", "before_slot__edition", "before_place"]

    @admin.display(description=_("meeting"), ordering="meeting_id")
    def meeting_number(self, row: PlannedSeat) -> int | None:
        return row.meeting_id


@admin.register(News)
class NewsAdmin(ReadOnlyAdmin):
    list_display = ["id", "meeting_number", "why", "by", "created_at"]
    list_select_related = ["by"]

    @admin.display(description=_("meeting"), ordering="meeting_id")
    def meeting_number(self, row: News) -> int:
        return row.meeting_id
