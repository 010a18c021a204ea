"""The organiser's desk for postings: the review queue. States change through actions only, so here they are read-only."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from expo.foundation.errors import Refused
from expo.foundation.templatetags.signs import bullet
from matchmaking.marketplace import actions
from matchmaking.marketplace.actions.saving import OFFER_FIELDS, REQUEST_FIELDS
from matchmaking.marketplace.models import Certificate, Offer, OfferCertificate, Posting, RequestCertificate, SourcingRequest
from matchmaking.marketplace.normalise import certificate_key
from matchmaking.marketplace.states import EDITABLE
from matchmaking.marketplace.wording import day
from matchmaking.participants.admin import DoneByAction, each

LONGEST_KEY = 18
MOST_KEYS = 1000


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("What to change"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("The author reads it in an e-mail. Say what to change, so that it can be published."),
    )


class CertificateInline(admin.TabularInline[Any, Any]):
    """Certificates are the author's word; the organiser reads them and asks for changes."""

    extra = 0
    can_delete = False

    def has_add_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("certificate")


class OfferCertificateInline(CertificateInline):
    model = OfferCertificate
    fields = readonly_fields = ("certificate", "valid_until", "proof")

    @admin.display(description=_("proof"))
    def proof(self, row: OfferCertificate) -> str:
        if not row.file:
            return "–"
        return format_html('<a href="{}">{}</a>', reverse("offer_certificate", args=[row.offer_id, row.pk]), _("PDF"))


class RequestCertificateInline(CertificateInline):
    model = RequestCertificate
    fields = readonly_fields = ("certificate",)


class PostingAdmin(DoneByAction):
    """What the desks of offers and requests share."""

    list_display = ["title", "company", "chain_sign", "status", "submitted_at", "open_until", "is_demo", "page"]
    list_filter = ["status", "registration__edition", "segment__chain", "segment__stage", "language", "is_demo"]
    list_select_related = ["registration__company", "segment__chain"]
    show_facets = admin.ShowFacets.ALWAYS
    search_fields = ["title", "title_other", "description", "hs_code", "registration__company__name", "registration__company__name_zh"]
    autocomplete_fields = ["segment"]
    actions = ["publish", "ask_for_changes"]
    date_hierarchy = "submitted_at"
    ordering = ["-submitted_at", "-id"]
    list_per_page = 50
    show_full_result_count = False
    change_form_template = "admin/marketplace/posting/change_form.html"
    fixed = ("registration", "status", "review_reason", "valid_until", "created_at", "submitted_at", "published_at", "is_demo", "page")
    content: tuple[str, ...] = ()

    def get_readonly_fields(self, _request: HttpRequest, _obj: Any = None) -> Any:
        return self.fixed

    def get_fieldsets(self, _request: HttpRequest, _obj: Any = None) -> Any:
        return [
            (None, {"fields": ["registration", "status", "review_reason", "page"]}),
            (_("What it says"), {"fields": self.content}),
            (_("Dates"), {"fields": ["valid_until", "created_at", "submitted_at", "published_at", "is_demo"]}),
        ]

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False  # Companies post themselves, so that what is said is theirs.

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.status in EDITABLE)

    def get_urls(self) -> Any:
        decide = path("decide/<slug:verb>/", self.admin_site.admin_view(self.decide), name=f"marketplace_{self.opts.model_name}_decide")
        return [decide, *super().get_urls()]

    @admin.display(description=_("company"), ordering="registration__company__name")
    def company(self, posting: Posting) -> str:
        return str(posting.registration.company)

    @admin.display(description=_("chain"), ordering="segment__chain__order")
    def chain_sign(self, posting: Posting) -> str:
        return bullet(posting.segment.chain)

    @admin.display(description=_("open until"), ordering="valid_until")
    def open_until(self, posting: Posting) -> str:
        return day(posting.valid_until) if posting.valid_until else "–"

    @admin.display(description=_("public page"))
    def page(self, posting: Posting) -> str:
        return format_html('<a href="{}">{}</a>', posting.get_absolute_url(), _("Page"))

    @admin.action(description=_("Publish the chosen postings"), permissions=["change"])
    def publish(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        by: Any = request.user
        each(self, request, rows, lambda row: actions.publish_posting(row, by=by), _published)

    @admin.action(description=_("Ask for changes to the chosen postings…"), permissions=["change"])
    def ask_for_changes(self, _request: HttpRequest, rows: QuerySet[Any]) -> HttpResponse:
        keys = ",".join(str(key) for key in rows.values_list("pk", flat=True)[:MOST_KEYS])
        return redirect(f"{self.address_of('decide', 'changes')}?ids={keys}")

    def decide(self, request: HttpRequest, verb: str) -> HttpResponse:
        """Ask before publishing, or asking for changes to, the postings named in the address, and do it."""
        if verb not in {"publish", "changes"} or not self.has_change_permission(request):
            raise PermissionDenied
        keys = [int(key) for key in request.GET.get("ids", "").split(",") if key.isascii() and key.isdigit() and len(key) < LONGEST_KEY]
        rows = self.get_queryset(request).filter(pk__in=keys[:MOST_KEYS]).select_related(*self.list_select_related)
        form = ReasonForm(request.POST or None) if verb == "changes" else None
        if request.method == "POST" and (form is None or form.is_valid()):
            self._decide(request, rows, form)
            return redirect(self.address_of("changelist"))
        title = _("Ask for changes") if form else _("Publish")
        context = {**self.admin_site.each_context(request), "opts": self.opts, "rows": rows, "form": form, "title": title}
        return render(request, "admin/marketplace/posting/decide.html", {**context, "back": self.address_of("changelist")})

    def _decide(self, request: HttpRequest, rows: QuerySet[Any], form: Any) -> None:
        by: Any = request.user
        if form is None:
            each(self, request, rows, lambda row: actions.publish_posting(row, by=by), _published)
        else:
            reason = form.cleaned_data["reason"]
            each(self, request, rows, lambda row: actions.request_changes(row, by=by, reason=reason), _sent_back)

    def address_of(self, page: str, *args: str) -> str:
        """Return the address of one of this model's admin pages."""
        return reverse(f"admin:marketplace_{self.opts.model_name}_{page}", args=args)

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        more = {"decide_publish": self.address_of("decide", "publish"), "decide_changes": self.address_of("decide", "changes")}
        answer: HttpResponse = super().change_view(request, object_id, form_url, {**(extra_context or {}), **more})
        return answer

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        by: Any = request.user
        try:
            actions.correct_posting(obj, by=by, fields={name: form.cleaned_data[name] for name in form.changed_data})
        except Refused as refused:
            said = [str(refused.detail), *(text for texts in refused.fields.values() for text in texts)]
            self.message_user(request, " ".join(said), messages.ERROR)


def _published(count: int) -> str:
    return ngettext("%d posting published.", "%d postings published.", count) % count


def _sent_back(count: int) -> str:
    return ngettext("%d posting sent back with your reason.", "%d postings sent back with your reason.", count) % count


@admin.register(Offer)
class OfferAdmin(PostingAdmin):
    inlines = [OfferCertificateInline]
    list_filter = [*PostingAdmin.list_filter, "is_debut"]
    content = OFFER_FIELDS


@admin.register(SourcingRequest)
class SourcingRequestAdmin(PostingAdmin):
    inlines = [RequestCertificateInline]
    list_filter = [*PostingAdmin.list_filter, "visibility"]
    content = REQUEST_FIELDS


class CertificateForm(forms.ModelForm[Certificate]):
    class Meta:
        model = Certificate
        fields = ["name"]

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if certificate_key(name) != self.instance.key:
            raise forms.ValidationError(_("Only capitals, spaces and signs can be put right here: another name is another certificate."))
        return name


def _number_of(rows: type[OfferCertificate | RequestCertificate]) -> Coalesce:
    own = rows._default_manager.filter(certificate=OuterRef("pk")).order_by().values("certificate")
    return Coalesce(Subquery(own.annotate(number=Count("pk")).values("number")), 0)


@admin.register(Certificate)
class CertificateAdmin(admin.ModelAdmin[Certificate]):
    form = CertificateForm
    list_display = ["name", "key", "held_counted", "asked_counted"]
    search_fields = ["name", "key"]
    readonly_fields = ["key"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Certificate]:
        # Counted each by itself: joined, every holder would meet everyone who asks.
        return super().get_queryset(request).annotate(held_n=_number_of(OfferCertificate), asked_n=_number_of(RequestCertificate))

    @admin.display(description=_("held by offers"), ordering="held_n")
    def held_counted(self, certificate: Any) -> int:
        return int(certificate.held_n)

    @admin.display(description=_("asked for by requests"), ordering="asked_n")
    def asked_counted(self, certificate: Any) -> int:
        return int(certificate.asked_n)

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False  # A certificate is added by the first posting that names it.

    def has_delete_permission(self, _request: HttpRequest, obj: Any = None) -> bool:
        """Only what no posting names any more."""
        is_used = obj is None or getattr(obj, "held_n", True) or getattr(obj, "asked_n", True)
        return not is_used and super().has_delete_permission(_request, obj)

    def save_model(self, request: HttpRequest, obj: Certificate, form: Any, change: Any) -> None:
        by: Any = request.user
        actions.respell_certificate(obj, by=by, name=form.cleaned_data["name"])
