from typing import Any, TypeVar

from django.contrib import admin
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from expo.foundation import search
from expo.foundation.models import Event, OutboxMessage

Edited = TypeVar("Edited", bound=Model)


class ReadOnlyAdmin(admin.ModelAdmin[Any]):
    """Rows that are looked at and never edited by hand."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class Searched(admin.ModelAdmin[Edited]):
    """Rows that are edited here without an action, and that the search index follows."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        search.follow(form.instance)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.delete_queryset(request, type(obj)._default_manager.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        with transaction.atomic():
            # Read before the rows are gone; what went with them leaves the index by the sweep.
            speaking = search.reached({queryset.model: list(queryset.values_list("pk", flat=True))})
            super().delete_queryset(request, queryset)
            for model, keys in speaking.items():
                search.index_all(model, keys)
            search.sweep()


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ["at", "verb", "thing", "thing_id", "actor"]
    list_filter = ["verb", "thing"]
    list_select_related = ["actor"]
    search_fields = ["thing_id", "actor__full_name"]
    date_hierarchy = "at"

    def get_search_fields(self, request: HttpRequest) -> list[str]:
        # A search box that finds by address tells addresses, too.
        return [*self.search_fields, *(["actor__email"] if request.user.has_perm("accounts.view_user") else [])]


@admin.register(OutboxMessage)
class OutboxMessageAdmin(ReadOnlyAdmin):
    list_display = ["written_at", "kind", "recipient", "subject", "way", "sent_at", "attempts"]
    list_filter = ["kind", "way", ("sent_at", admin.EmptyFieldListFilter)]
    list_select_related = ["recipient"]
    search_fields = ["recipient__email", "subject"]
    date_hierarchy = "written_at"
