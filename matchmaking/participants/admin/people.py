from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from expo.foundation.admin import ReadOnlyAdmin
from matchmaking.participants import actions
from matchmaking.participants.admin.common import each
from matchmaking.participants.models import Block, Consent, Member


@admin.register(Member)
class MemberAdmin(ReadOnlyAdmin):
    list_display = ["company", "user", "role", "status", "job_title", "asked_at"]
    list_filter = ["status", "role"]
    list_select_related = ["company", "user"]
    search_fields = ["company__name", "company__name_zh", "user__email", "user__full_name"]
    actions = ["accept", "decline"]
    date_hierarchy = "asked_at"
    ordering = ["-asked_at", "-id"]

    def has_answer_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.has_perm("participants.change_member"))

    @admin.action(description=_("Let the chosen people join"), permissions=["answer"])
    def accept(self, request: HttpRequest, rows: QuerySet[Member]) -> None:
        by: Any = request.user
        each(self, request, rows, lambda row: actions.answer_join(row, by=by, accept=True), _answered)

    @admin.action(description=_("Decline the chosen people"), permissions=["answer"])
    def decline(self, request: HttpRequest, rows: QuerySet[Member]) -> None:
        by: Any = request.user
        each(self, request, rows, lambda row: actions.answer_join(row, by=by, accept=False), _answered)


def _answered(count: int) -> str:
    return ngettext("%d person answered.", "%d people answered.", count) % count


@admin.register(Block)
class BlockAdmin(admin.ModelAdmin[Block]):
    list_display = ["company", "blocked", "set_by", "set_at"]
    list_select_related = ["company", "blocked", "set_by"]
    search_fields = ["company__name", "company__name_zh", "blocked__name", "blocked__name_zh"]
    autocomplete_fields = ["company", "blocked"]
    fields = ["company", "blocked"]
    date_hierarchy = "set_at"

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Block, _form: Any, _change: Any) -> None:
        by: Any = request.user
        obj.pk = actions.block_company(obj.company, obj.blocked, by=by).pk

    def delete_model(self, request: HttpRequest, obj: Block) -> None:
        by: Any = request.user
        actions.unblock_company(obj.company, obj.blocked, by=by)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Block]) -> None:
        for block in queryset.select_related("company", "blocked"):
            self.delete_model(request, block)


@admin.register(Consent)
class ConsentAdmin(ReadOnlyAdmin):
    list_display = ["person", "shown_to", "field", "purpose", "given_at", "until", "revoked_at"]
    list_filter = ["field", ("revoked_at", admin.EmptyFieldListFilter)]
    list_select_related = ["person", "shown_to"]
    search_fields = ["person__email", "person__full_name", "shown_to__name", "shown_to__name_zh"]
    date_hierarchy = "given_at"
