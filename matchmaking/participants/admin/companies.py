from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from expo.foundation.admin import Searched
from expo.foundation.errors import Refused
from matchmaking.participants import actions, queries
from matchmaking.participants.actions.companies import EDITABLE, identify
from matchmaking.participants.admin.common import DoneByAction, public_page
from matchmaking.participants.models import Company, Member, Registration

STAFF_FIELDS = ("fortune_global_500", "is_demo")


class MemberInline(admin.TabularInline[Member, Company]):
    model = Member
    fields = readonly_fields = ("user", "role", "status", "job_title", "asked_at")
    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Member]:
        return super().get_queryset(request).select_related("user")


class RegistrationInline(admin.TabularInline[Registration, Company]):
    model = Registration
    fk_name = "company"
    fields = readonly_fields = ("edition", "role", "status", "booth", "evidence", "submitted_at")
    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Registration]:
        return super().get_queryset(request).select_related("edition", "booth", "company")


class CompanyAdminForm(forms.ModelForm[Company]):
    new_logo = forms.FileField(label=_("New logo"), required=False, help_text=_("PNG, JPEG or WebP, up to 5 MB."))

    class Meta:
        model = Company
        fields = [*EDITABLE, *STAFF_FIELDS, "sources"]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors:
            seen = Company(pk=self.instance.pk, name=given["name"], country=given["country"], website=given["website"])
            identify(seen)
            other = queries.same_company(seen)
            if not seen.name_key:
                raise ValidationError({"name": _t("Write the company's name.")})
            if other is not None:
                raise ValidationError(
                    _t("“%(name)s” is already here, in %(country)s."), params={"name": other.name, "country": other.country.name}
                )
        return given


@admin.register(Company)
class CompanyAdmin(Searched[Company], DoneByAction):
    form = CompanyAdminForm
    list_display = ["name", "name_zh", "country", "kind", "verified", "waiting", "members", "is_demo", "page"]
    list_filter = ["kind", "is_demo", "fortune_global_500", "registrations__edition", "registrations__role"]
    search_fields = ["name", "name_zh", "slug", "domain"]
    ordering = ["name"]  # said here as well: the counts below make the table's own order void, and autocomplete goes page by page
    autocomplete_fields = ["sources"]
    readonly_fields = ["slug", "domain", "logo_now", "created_at", "page"]
    inlines = [RegistrationInline, MemberInline]
    date_hierarchy = "created_at"
    fieldsets = [
        (None, {"fields": ["name", "name_zh", "country", "kind", "website", "domain", "slug", "external_id", "page"]}),
        (_("What it says of itself"), {"fields": ["about_en", "about_zh", "logo_now", "new_logo"]}),
        (_("Set by staff"), {"fields": ["fortune_global_500", "is_demo", "sources", "created_at"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Company]:
        found: QuerySet[Company] = super().get_queryset(request)
        return found.annotate(
            _verified=Count("registrations", filter=Q(registrations__status="verified"), distinct=True),
            _waiting=Count("registrations", filter=Q(registrations__status="submitted"), distinct=True),
            _members=Count("members", filter=Q(members__status="active"), distinct=True),
        )

    @admin.display(description=_("verified"), ordering="_verified")
    def verified(self, company: Any) -> int:
        return int(company._verified)  # noqa: SLF001 - the name of the annotation above

    @admin.display(description=_("to verify"), ordering="_waiting")
    def waiting(self, company: Any) -> int:
        return int(company._waiting)  # noqa: SLF001 - as above

    @admin.display(description=_("members"), ordering="_members")
    def members(self, company: Any) -> int:
        return int(company._members)  # noqa: SLF001 - as above

    @admin.display(description=_("public page"))
    def page(self, company: Company) -> str:
        return public_page(company)

    @admin.display(description=_("logo"))
    def logo_now(self, company: Company) -> str:
        if not company.logo:
            return "–"
        return format_html('<img src="{}" alt="" height="64">', reverse("company_logo", args=[company.slug]))

    def save_model(self, request: HttpRequest, obj: Company, form: Any, change: Any) -> None:
        by: Any = request.user
        given = {name: form.cleaned_data[name] for name in EDITABLE}
        staff = {name: form.cleaned_data[name] for name in STAFF_FIELDS}
        if change:
            saved = actions.edit_company(obj, by=by, **given)
            for name, value in staff.items():
                setattr(saved, name, value)
            saved.save(update_fields=[*staff, "changed_at"])
        else:
            saved = actions.add_company(by=by, **given, **staff)
            obj.pk, obj.slug = saved.pk, saved.slug
            obj._state.adding = False  # noqa: SLF001 - the action has inserted the row
        if form.cleaned_data.get("new_logo"):
            try:
                actions.set_logo(saved, by=by, upload=form.cleaned_data["new_logo"])
            except Refused as refused:
                self.message_user(request, str(refused.detail), messages.ERROR)
