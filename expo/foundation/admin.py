from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from expo.foundation.models import Event, OutboxMessage


class ReadOnlyAdmin(admin.ModelAdmin[Any]):
    """Rows that are looked at and never edited by hand."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ["at", "verb", "thing", "thing_id", "actor"]
    list_filter = ["verb", "thing"]
    list_select_related = ["actor"]
    search_fields = ["thing_id", "actor__email"]
    date_hierarchy = "at"


@admin.register(OutboxMessage)
class OutboxMessageAdmin(ReadOnlyAdmin):
    list_display = ["written_at", "kind", "recipient", "subject", "sent_at", "attempts"]
    list_filter = ["kind", ("sent_at", admin.EmptyFieldListFilter)]
    list_select_related = ["recipient"]
    search_fields = ["recipient__email", "subject"]
    date_hierarchy = "written_at"
