"""Halls, booths and pavilions on the organiser's desk."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from expo.editions.admin import count_of, public_page
from expo.foundation.admin import Searched
from expo.venue.models import Booth, Hall, Pavilion


@admin.register(Hall)
class HallAdmin(admin.ModelAdmin[Hall]):
    list_display = ["code", "name_en", "name_zh", "edition", "width", "depth", "booths_counted", "is_demo"]
    list_filter = ["edition", "is_demo"]
    list_select_related = ["edition"]
    search_fields = ["code", "name_en", "name_zh", "edition__slug"]
    fieldsets = [
        (None, {"fields": ["edition", "code", ("name_en", "name_zh"), "is_demo"]}),
        (_("On the plan"), {"fields": [("x", "y"), ("width", "depth")]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Hall]:
        return super().get_queryset(request).annotate(booths_n=count_of(Booth, "hall"))

    @admin.display(description=_("booths"), ordering="booths_n")
    def booths_counted(self, hall: Any) -> int:
        return int(hall.booths_n)

    def view_on_site(self, hall: Hall) -> str | None:
        return public_page("plan")


@admin.register(Booth)
class BoothAdmin(Searched[Booth]):
    list_display = ["code", "edition", "hall", "area", "stage", "segment", "size", "status"]
    list_filter = ["edition", "status", "hall", "area__chain", "stage"]
    list_select_related = ["edition", "hall", "area__chain", "area__edition", "segment__chain"]
    search_fields = ["code", "hall__code", "segment__name_en", "segment__name_zh"]
    autocomplete_fields = ["hall", "area", "segment"]
    fieldsets = [
        (None, {"fields": ["edition", "hall", "code", "status"]}),
        (_("On the chain"), {"fields": ["area", "stage", "segment"]}),
        (_("On the plan"), {"fields": [("x", "y"), ("width", "depth")]}),
    ]

    @admin.display(description=_("size in metres"))
    def size(self, booth: Booth) -> str:
        return f"{booth.width.normalize():f} × {booth.depth.normalize():f}"

    def get_readonly_fields(self, request: HttpRequest, obj: Booth | None = None) -> list[str]:
        # A booth is assigned by booking it, and freed by whoever booked it leaving.
        return ["status"] if obj is not None and obj.status == Booth.Status.ASSIGNED else []

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "status":
            kwargs["choices"] = [(value, name) for value, name in Booth.Status.choices if value != Booth.Status.ASSIGNED]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def view_on_site(self, booth: Booth) -> str | None:
        return public_page("plan")


@admin.register(Pavilion)
class PavilionAdmin(admin.ModelAdmin[Pavilion]):
    list_display = ["name_en", "name_zh", "country", "kind", "edition", "status", "is_guest_of_honour"]
    list_filter = ["edition", "kind", "status", "is_guest_of_honour"]
    list_select_related = ["edition"]
    search_fields = ["key", "name_en", "name_zh", "country"]
    autocomplete_fields = ["sources"]

    def view_on_site(self, pavilion: Pavilion) -> str | None:
        return public_page("edition", pavilion.edition.slug)
