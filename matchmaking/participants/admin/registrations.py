from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from expo.foundation.errors import Refused
from expo.foundation.templatetags.signs import bullet
from expo.venue.models import Booth
from matchmaking.participants import actions, queries, rules
from matchmaking.participants.actions.registrations import ARRANGED
from matchmaking.participants.admin.common import DoneByAction, each, public_page
from matchmaking.participants.models import Registration

LONGEST_KEY = 18


class RegistrationAdminForm(forms.ModelForm[Registration]):
    new_booth = forms.ModelChoiceField(
        label=_("Booth"), queryset=Booth.objects.none(), required=False, help_text=_("Free booths of the edition, and the present one.")
    )

    class Meta:
        model = Registration
        widgets = {"chains": forms.CheckboxSelectMultiple}
        fields = [
            "company",
            "edition",
            "role",
            "chains",
            "main_segment",
            "attendance",
            "parallel_meetings",
            "pavilion",
            "led_by",
            "is_key_client",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "new_booth" in self.fields and not self.instance._state.adding:  # noqa: SLF001 - documented by Django
            booths: Any = self.fields["new_booth"]
            booths.queryset, booths.initial = queries.booths_for(self.instance), self.instance.booth_id

    def clean_edition(self) -> Any:
        edition = self.cleaned_data["edition"]
        if not edition.takes_registrations:
            raise ValidationError(_t("Registration for this edition is not open."))
        return edition


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("The company reads it in its e-mail. Say what to correct."),
    )


@admin.register(Registration)
class RegistrationAdmin(DoneByAction):
    form = RegistrationAdminForm
    list_display = ["company", "edition", "role", "status", "chain_signs", "booth", "submitted_at", "is_key_client", "page"]
    list_filter = ["status", "role", "edition", "chains", "attendance", "is_key_client", "evidence"]
    list_select_related = ["company", "edition", "booth"]
    show_facets = admin.ShowFacets.ALWAYS
    search_fields = ["company__name", "company__name_zh", "company__slug", "company__domain", "booth__code"]
    autocomplete_fields = ["company", "main_segment", "pavilion", "led_by"]
    readonly_fields = ["status", "rejection_reason", "evidence", "created_by", "created_at", "submitted_at", "decided_at", "page"]
    actions = ["verify", "reject", "submit"]
    date_hierarchy = "submitted_at"
    ordering = [F("submitted_at").desc(nulls_last=True), "-id"]
    change_form_template = "admin/participants/registration/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Registration]:
        found: QuerySet[Registration] = super().get_queryset(request)
        return found.select_related("company", "edition").prefetch_related("chains")

    def get_fieldsets(self, _request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return [(None, {"fields": ["company", "edition", "role"]})]
        return [
            (None, {"fields": ["company", "edition", "role", "status", "rejection_reason", "page"]}),
            (
                _("Participation"),
                {"fields": ["chains", "main_segment", "attendance", "parallel_meetings", "new_booth", "pavilion", "led_by"]},
            ),
            (_("Set by staff"), {"fields": ["is_key_client", "evidence"]}),
            (_("Dates"), {"fields": ["created_by", "created_at", "submitted_at", "decided_at"]}),
        ]

    def get_readonly_fields(self, _request: HttpRequest, obj: Any = None) -> Any:
        return [*self.readonly_fields, *(["company", "edition", "role"] if obj is not None else [])]

    def get_urls(self) -> Any:
        decide = path("decide/<slug:verb>/", self.admin_site.admin_view(self.decide), name="participants_registration_decide")
        return [decide, *super().get_urls()]

    @admin.display(description=_("chains"))
    def chain_signs(self, registration: Registration) -> str:
        return format_html_join(" ", "{}", ((bullet(chain),) for chain in registration.chains.all())) or "–"

    @admin.display(description=_("public page"))
    def page(self, registration: Registration) -> str:
        return public_page(registration.company)

    @admin.action(description=_("Verify the chosen registrations"), permissions=["change"])
    def verify(self, request: HttpRequest, rows: QuerySet[Registration]) -> None:
        by: Any = request.user
        each(self, request, rows, lambda row: actions.verify_registration(row, by=by), _verified)

    @admin.action(description=_("Reject the chosen registrations…"), permissions=["change"])
    def reject(self, _request: HttpRequest, rows: QuerySet[Registration]) -> HttpResponse:
        keys = ",".join(str(key) for key in rows.values_list("pk", flat=True))
        return redirect(f"{reverse('admin:participants_registration_decide', args=['reject'])}?ids={keys}")

    @admin.action(description=_("Submit the chosen drafts for their companies"), permissions=["change"])
    def submit(self, request: HttpRequest, rows: QuerySet[Registration]) -> None:
        by: Any = request.user
        each(self, request, rows, lambda row: actions.submit_registration(row, by=by), _submitted)

    def decide(self, request: HttpRequest, verb: str) -> HttpResponse:
        """Ask before verifying, rejecting (with a reason) or withdrawing the registrations named in the address, and do it."""
        if verb not in DECISIONS or not rules.may_verify(request.user):
            raise PermissionDenied
        keys = [int(key) for key in request.GET.get("ids", "").split(",") if key.isascii() and key.isdigit() and len(key) < LONGEST_KEY]
        rows = self.get_queryset(request).filter(pk__in=keys)
        form = ReasonForm(request.POST or None) if verb == "reject" else None
        if request.method == "POST" and (form is None or form.is_valid()):
            reason = form.cleaned_data["reason"] if form else ""
            each(self, request, rows, lambda row: _decide(row, verb, by=request.user, reason=reason), DECISIONS[verb][1])
            return redirect("admin:participants_registration_changelist")
        title, question = DECISIONS[verb][0], DECISIONS[verb][2]
        context = {**self.admin_site.each_context(request), "opts": self.opts, "rows": rows, "form": form, "title": title}
        return render(request, "admin/participants/registration/decide.html", {**context, "question": question})

    def save_model(self, request: HttpRequest, obj: Registration, form: Any, change: Any) -> None:
        by: Any = request.user
        if not change:
            obj.pk = actions.start_registration(obj.company, obj.edition, obj.role, by=by).pk
            obj.refresh_from_db()
            return
        said = {name: form.cleaned_data[name] for name in ARRANGED if name in form.changed_data}
        try:
            actions.arrange_registration(obj, by=by, **said)
            if "new_booth" in form.changed_data:
                actions.move_booth(obj, form.cleaned_data.get("new_booth"), by=by)
        except Refused as refused:
            texts = [text for texts in refused.fields.values() for text in texts] or [str(refused.detail)]
            self.message_user(request, " ".join(texts), messages.ERROR)


def _verified(count: int) -> str:
    return ngettext("%d registration verified.", "%d registrations verified.", count) % count


def _rejected(count: int) -> str:
    return ngettext("%d registration rejected.", "%d registrations rejected.", count) % count


def _withdrawn(count: int) -> str:
    return ngettext("%d registration withdrawn.", "%d registrations withdrawn.", count) % count


def _submitted(count: int) -> str:
    return ngettext("%d registration submitted.", "%d registrations submitted.", count) % count


DECISIONS = {
    "verify": (_("Verify registrations"), _verified, _("They become visible and may post. The companies are told.")),
    "reject": (
        _("Reject registrations"),
        _rejected,
        _("The companies are told the reason and can correct and send again. Their booths are free again."),
    ),
    "withdraw": (
        _("Withdraw registrations"),
        _withdrawn,
        _("They no longer take part, and their booths are free again. The companies are told."),
    ),
}


def _decide(registration: Registration, verb: str, *, by: Any, reason: str) -> None:
    if verb == "verify":
        actions.verify_registration(registration, by=by)
    elif verb == "reject":
        actions.reject_registration(registration, by=by, reason=reason)
    else:
        actions.withdraw_registration(registration, by=by)
