"""What hangs on an agreement, to be looked at: answers, links, introductions, milestones, frozen reports. Verbs write these, nobody by hand."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from expo.foundation.admin import ReadOnlyAdmin
from matchmaking.agreements.models import (
    Confirmation,
    ConfirmationLink,
    FrozenReport,
    Introduction,
    IntroductionConsent,
    Ledger,
    Milestone,
)

OF_AGREEMENT = ["agreement__title", "agreement__external_id"]


@admin.register(Ledger)
class LedgerAdmin(ReadOnlyAdmin):
    list_display = ["edition", "last_number"]
    list_select_related = ["edition"]


@admin.register(Confirmation)
class ConfirmationAdmin(ReadOnlyAdmin):
    list_display = ["at", "agreement", "party_name", "version", "answer", "way"]
    list_filter = ["answer", "way", "agreement__edition"]
    list_select_related = ["agreement__edition"]
    search_fields = [*OF_AGREEMENT, "party_name"]
    date_hierarchy = "at"


@admin.register(ConfirmationLink)
class ConfirmationLinkAdmin(ReadOnlyAdmin):
    list_display = ["made_at", "agreement", "party", "version", "expires_at", "used_at", "ended_at"]
    list_filter = ["agreement__edition"]
    list_select_related = ["agreement__edition", "party__company"]
    search_fields = OF_AGREEMENT
    exclude = ["digest"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("party__company", "made_by")


@admin.register(Introduction)
class IntroductionAdmin(ReadOnlyAdmin):
    list_display = ["agreement", "introducer", "claimed_at", "ended_at"]
    list_filter = ["agreement__edition"]
    list_select_related = ["agreement__edition", "introducer"]
    search_fields = [*OF_AGREEMENT, "introducer__name"]


@admin.register(IntroductionConsent)
class IntroductionConsentAdmin(ReadOnlyAdmin):
    list_display = ["at", "introduction", "party", "answer"]
    list_filter = ["answer"]
    list_select_related = ["introduction__agreement__edition", "introduction__introducer", "party__company"]


@admin.register(Milestone)
class MilestoneAdmin(ReadOnlyAdmin):
    list_display = ["agreement", "party", "days", "due_on", "asked_at", "answered_at", "stage"]
    list_filter = ["days", "stage", "agreement__edition"]
    list_select_related = ["agreement__edition", "party__company"]
    search_fields = OF_AGREEMENT
    exclude = ["digest"]


@admin.register(FrozenReport)
class FrozenReportAdmin(ReadOnlyAdmin):
    list_display = ["edition", "number", "frozen_at", "frozen_by", "definitions_version"]
    list_filter = ["edition"]
    list_select_related = ["edition", "frozen_by"]
    exclude = ["content"]
