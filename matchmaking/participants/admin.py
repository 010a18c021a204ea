"""The organiser's desk for companies and registrations. States change through actions only, so here they are read-only."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from simple_history.admin import SimpleHistoryAdmin

from expo.foundation.admin import ReadOnlyAdmin
from expo.foundation.errors import Refused
from expo.foundation.templatetags.signs import bullet
from expo.venue.models import Booth
from matchmaking.participants import actions, queries, rules
from matchmaking.participants.actions.companies import EDITABLE, identify
from matchmaking.participants.models import Block, Company, Consent, Member, Registration

LONGEST_KEY = 18
STAFF_FIELDS = ("fortune_global_500", "is_demo")
Verb = Callable[[Any], Any]


def public_page(company: Company) -> str:
    """Link the company's page on the site, '' where it has none."""
    try:
        address = reverse("company", args=[company.slug])
    except NoReverseMatch:
        return ""
    return format_html('<a href="{}">{}</a>', address, _t("Public page"))


def each(model_admin: admin.ModelAdmin[Any], request: HttpRequest, rows: QuerySet[Any], verb: Verb, done: Callable[[int], str]) -> None:
    """Do the verb to each row by itself: one that refuses leaves the others done, and is named."""
    count, refused = 0, []
    for row in rows:
        try:
            verb(row)
        except Refused as refusal:
            refused.append(f"{row}: {refusal.detail}")
        else:
            count += 1
    if count:
        model_admin.message_user(request, done(count), messages.SUCCESS)
    for text in refused[:20]:
        model_admin.message_user(request, text, messages.ERROR)


class DoneByAction(SimpleHistoryAdmin):  # type: ignore[misc] # the library is untyped
    """Rows with a history that is read and never gone back to, and that are withdrawn instead of deleted."""

    def revert_disabled(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return True

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False


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
class CompanyAdmin(DoneByAction):
    form = CompanyAdminForm
    list_display = ["name", "name_zh", "country", "kind", "verified", "waiting", "members", "is_demo", "page"]
    list_filter = ["kind", "is_demo", "fortune_global_500", "registrations__edition", "registrations__role"]
    search_fields = ["name", "name_zh", "slug", "domain"]
    autocomplete_fields = ["sources"]
    readonly_fields = ["slug", "domain", "logo_now", "created_at", "page"]
    inlines = [RegistrationInline, MemberInline]
    date_hierarchy = "created_at"
    fieldsets = [
        (None, {"fields": ["name", "name_zh", "country", "kind", "website", "domain", "slug", "page"]}),
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

    def save_model(self, request: HttpRequest, obj: Company, form: Any, change: bool) -> None:
        by: Any = request.user
        given = {name: form.cleaned_data[name] for name in EDITABLE}
        staff = {name: form.cleaned_data[name] for name in STAFF_FIELDS}
        if change:
            saved = actions.edit_company(obj, by=by, **given)
            for name, value in staff.items():
                setattr(saved, name, value)
            saved.save(update_fields=list(staff))
        else:
            saved = actions.add_company(by=by, **given, **staff)
            obj.pk, obj.slug = saved.pk, saved.slug
            obj._state.adding = False  # noqa: SLF001 - the action has inserted the row
        if form.cleaned_data.get("new_logo"):
            try:
                actions.set_logo(saved, by=by, upload=form.cleaned_data["new_logo"])
            except Refused as refused:
                self.message_user(request, str(refused.detail), messages.ERROR)


class RegistrationAdminForm(forms.ModelForm[Registration]):
    new_booth = forms.ModelChoiceField(
        label=_("Booth"), queryset=Booth.objects.none(), required=False, help_text=_("Free booths of the edition, and the present one.")
    )

    class Meta:
        model = Registration
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
    filter_horizontal = ["chains"]
    readonly_fields = ["status", "rejection_reason", "evidence", "created_by", "created_at", "submitted_at", "decided_at", "page"]
    actions = ["verify", "reject", "submit"]
    date_hierarchy = "submitted_at"
    ordering = ["-submitted_at", "-id"]
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

    def save_model(self, request: HttpRequest, obj: Registration, form: Any, change: bool) -> None:
        by: Any = request.user
        if not change:
            obj.pk = actions.start_registration(obj.company, obj.edition, obj.role, by=by).pk
            obj.refresh_from_db()
            return
        names = ["main_segment", "attendance", "parallel_meetings", "pavilion", "led_by", "is_key_client"]
        obj.save(update_fields=[name for name in names if name in form.changed_data])
        booth = form.cleaned_data.get("new_booth")
        if "new_booth" in form.changed_data:
            try:
                actions.move_booth(obj, booth, by=by)
            except Refused as refused:
                self.message_user(request, str(refused.detail), messages.ERROR)


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
