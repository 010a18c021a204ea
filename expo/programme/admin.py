"""Forums, their sessions and speakers on the organiser's desk."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from expo.editions.admin import count_of, public_page
from expo.foundation.admin import ReadOnlyAdmin, Searched
from expo.programme.models import Forum, Seat, Session, Speaker


class SessionInline(admin.TabularInline[Session, Forum]):
    model = Session
    extra = 0
    fields = ["title_en", "title_zh", "starts_at", "ends_at", "order"]
    show_change_link = True


@admin.register(Forum)
class ForumAdmin(Searched[Forum]):
    list_display = ["title_en", "edition", "kind", "chain", "on", "starts_at", "sessions_counted", "seats_taken", "capacity"]
    list_filter = ["edition", "kind", "chain"]
    list_select_related = ["edition", "chain"]
    search_fields = ["key", "title_en", "title_zh", "place_en", "place_zh"]
    date_hierarchy = "on"
    autocomplete_fields = ["chain", "sources"]
    readonly_fields = ["seats_taken"]
    inlines = [SessionInline]
    fieldsets = [
        (None, {"fields": ["key", "edition", "title_en", "title_zh", "kind", "chain"]}),
        (_("When and where"), {"fields": [("on", "until"), ("starts_at", "ends_at"), "place_en", "place_zh"]}),
        (_("Seats"), {"fields": [("capacity", "seats_taken")]}),
        (_("Note and sources"), {"fields": ["note_en", "note_zh", "sources"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Forum]:
        return super().get_queryset(request).annotate(sessions_n=count_of(Session, "forum"))

    @admin.display(description=_("sessions"), ordering="sessions_n")
    def sessions_counted(self, forum: Any) -> int:
        return int(forum.sessions_n)

    def view_on_site(self, forum: Forum) -> str | None:
        return public_page("forum", forum.pk)


class SpeakerInline(admin.TabularInline[Speaker, Session]):
    model = Speaker
    extra = 1


@admin.register(Session)
class SessionAdmin(Searched[Session]):
    list_display = ["title_en", "forum", "starts_at", "ends_at"]
    list_filter = ["forum__edition"]
    list_select_related = ["forum"]
    search_fields = ["title_en", "title_zh", "forum__title_en", "forum__title_zh", "speakers__name_en", "speakers__name_zh"]
    autocomplete_fields = ["forum"]
    inlines = [SpeakerInline]

    def view_on_site(self, session: Session) -> str | None:
        return public_page("forum", session.forum_id)


@admin.register(Seat)
class SeatAdmin(ReadOnlyAdmin):
    list_display = ["person", "forum", "reserved_at"]
    list_filter = ["forum__edition"]
    list_select_related = ["person", "forum"]
    search_fields = ["person__full_name", "person__email", "forum__title_en", "forum__title_zh"]
    date_hierarchy = "reserved_at"
