"""What both sides said of their matches, and how often the first three were taken up."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from expo.editions.models import Edition
from expo.foundation.admin import ReadOnlyAdmin
from matchmaking.matching.models import Verdict
from matchmaking.matching.queries.uptake import Uptake, uptake_of

PERCENT = 100


@admin.register(Verdict)
class VerdictAdmin(ReadOnlyAdmin):
    change_list_template = "admin/matching/verdict/change_list.html"
    list_display = ["at", "request", "offer", "side", "says", "reason", "rank", "undone_at"]
    list_filter = [
        "side",
        "says",
        "reason",
        ("request__segment__chain", admin.RelatedOnlyFieldListFilter),
        ("undone_at", admin.EmptyFieldListFilter),
    ]
    list_select_related = ["request", "offer"]
    show_full_result_count = False
    fields = ["request", "offer", "side", "says", "reason", "rank", "at", "undone_at"]  # The note is the company's own.
    date_hierarchy = "at"

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        edition = Edition.objects.filter(is_current=True).first()
        uptake = [row_of(one) for one in uptake_of(edition)] if edition and self.has_view_permission(request) else []
        return super().changelist_view(request, {**(extra_context or {}), "edition": edition, "uptake": uptake})


def row_of(one: Uptake) -> dict[str, Any]:
    """Return a chain and side as the table above the list prints it."""
    words = {str(value): label for value, label in Verdict.Reason.choices}
    return {
        "chain": one.chain.name,
        "side": Verdict.Side(one.side).label,
        "shown": one.shown,
        "interested": one.interested,
        "not_for_us": one.not_for_us,
        "share": "–" if one.share is None else f"{round(one.share * PERCENT)} %",
        "reasons": [(words.get(reason, _("none")), count) for reason, count in one.reasons.items()],
    }
