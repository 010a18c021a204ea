"""The ledger of agreements on the organiser's desk. Every write goes through the room's actions."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from simple_history.admin import SimpleHistoryAdmin

from expo.editions.models import Edition
from expo.editions.queries import current_edition, rates_of
from expo.foundation.errors import Refused
from expo.foundation.money import spoken, to_fen
from expo.foundation.sealing import together
from expo.foundation.text import whole_number
from matchmaking.agreements import checks, rules
from matchmaking.agreements.actions import discard_draft, draft_agreement, edit_draft, record_agreement, void_agreement
from matchmaking.agreements.actions.referring import refer_to
from matchmaking.agreements.filters import LONGEST_NUMBER
from matchmaking.agreements.forms.fields import AmountField
from matchmaking.agreements.forms.operator import (
    RECORD,
    RECORD_AND_NEXT,
    AgreementForm,
    PartyForm,
    PartyFormSet,
    VoidForm,
)
from matchmaking.agreements.models import Agreement, Party
from matchmaking.agreements.queries import COUNTRY_OF_PARTY, in_yuan, sum_in_fen
from matchmaking.agreements.states import MOVES
from matchmaking.agreements.views.documents import document_file

MOST_VOIDED = 100


class CountedFilter(admin.SimpleListFilter):
    title = _("in the totals")
    parameter_name = "counted"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("counted")), ("no", _("not counted"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Agreement]) -> QuerySet[Agreement]:
        if self.value() == "yes":
            return queryset.filter(status__in=Agreement.COUNTED)
        return queryset.exclude(status__in=Agreement.COUNTED) if self.value() == "no" else queryset


class CountryFilter(admin.SimpleListFilter):
    title = _("country/region of a party")
    parameter_name = "country"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        from django_countries import countries  # Local: its list of names is built on first use.

        codes = Party.objects.annotate(origin=COUNTRY_OF_PARTY).order_by("origin").values_list("origin", flat=True).distinct()
        return sorted(((code, str(countries.name(code))) for code in codes), key=lambda pair: pair[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Agreement]) -> QuerySet[Agreement]:
        if not self.value():
            return queryset
        return queryset.filter(pk__in=Party.objects.annotate(origin=COUNTRY_OF_PARTY).filter(origin=self.value()).values("agreement"))


class ChooseOnly:
    """On the operator's sheet editions, chains and companies are chosen; they are not added, edited or deleted on the way."""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc] # mixed into admins
        for name in ("can_add_related", "can_change_related", "can_delete_related", "can_view_related"):
            if field is not None and hasattr(field.widget, name):
                setattr(field.widget, name, False)
        return field


class PartyInline(ChooseOnly, admin.TabularInline[Party, Agreement]):
    model = Party
    form = PartyForm
    formset = PartyFormSet  # type: ignore[assignment] # checks the parties together
    fields = ["company", "outside_name", "country", "role"]
    autocomplete_fields = ["company"]
    max_num = checks.MOST_PARTIES

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        return 0 if obj else 2

    # The parties are part of the agreement: whoever may write it down may write them down.
    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return rules.may_trace(request.user)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return rules.may_draft(request.user) or rules.may_edit(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_add_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_add_permission(request, obj)


@admin.register(Agreement)
class AgreementAdmin(ChooseOnly, SimpleHistoryAdmin):  # type: ignore[misc] # the library is untyped
    form = AgreementForm
    inlines = [PartyInline]
    list_display = ["number_shown", "title_shown", "kind", "chain_code", "signed_on", "amount_shown", "status", "version"]
    list_display_links = ["number_shown", "title_shown"]
    list_filter = ["edition", "kind", "status", CountedFilter, "chain", "visibility", CountryFilter, "is_undisclosed"]
    search_fields = ["title", "external_id", "parties__company__name", "parties__company__name_zh", "parties__outside_name"]
    search_help_text = _("Number (2027-0012), own reference, title, or a party")
    date_hierarchy = "signed_on"
    list_per_page = 50
    show_full_result_count = False
    autocomplete_fields = ["segment"]
    readonly_fields = [
        "number_shown", "status", "in_yuan", "amount_shown", "rate_used", "document_on_file", "document_sha256", "recorded_by", "recorded_at",
        "void_reason", "dispute_reason", "version", "drafted_for", "meeting", "submitted_at", "verified_by", "verified_at", "merged_into",
    ]  # fmt: skip
    history_list_display = ["status"]
    actions = ["void_selected"]

    class Media:
        js = ["js/agreement.js"]

    # What is shown

    def get_queryset(self, request: HttpRequest) -> QuerySet[Agreement]:
        rows: QuerySet[Agreement] = (
            super().get_queryset(request).for_list().select_related("recorded_by", "verified_by", "drafted_for", "merged_into__edition")
        )
        return rows

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        on_file = ["document_on_file"] if obj is not None and obj.document else []
        sheet: list[tuple[Any, Any]] = [
            (None, {"fields": ["edition", "kind", "title", ("chain", "segment"), "signed_on"]}),
            (_("Amount"), {"fields": [("amount", "currency", "is_undisclosed"), "in_yuan"]}),
            (_("Paper and visibility"), {"fields": ["document", *on_file, "visibility", "external_id"]}),
        ]
        if obj is None or obj.is_draft:
            return sheet
        paper = [*on_file, *(["document_sha256"] if obj.document_sha256 else []), "visibility", "external_id"]
        sheet[1:] = [(_("Amount"), {"fields": ["amount_shown", "rate_used"]}), (_("Paper and visibility"), {"fields": paper})]
        told = ("void_reason", "dispute_reason", "drafted_for", "meeting", "submitted_at", "verified_by", "verified_at", "merged_into")
        record = ["number_shown", "status", "version", "recorded_by", "recorded_at", *(name for name in told if getattr(obj, name))]
        return [(_("On record") if obj.number else _("Sent to the parties"), {"fields": record}), *sheet]

    @admin.display(description=_("number"), ordering="number")
    def number_shown(self, agreement: Agreement) -> str:
        return agreement.label

    @admin.display(description=_("agreement"), ordering="title")
    def title_shown(self, agreement: Agreement) -> str:
        mark = format_html(' <span class="demo">{}</span>', _("Demo")) if agreement.is_demo else ""
        names = format_html_join(" · ", "{}", ((party.name,) for party in agreement.parties.all()))
        return format_html('{}{}<br><span class="quiet">{}</span>', agreement.title, mark, names)

    @admin.display(description=_("chain"), ordering="chain__order")
    def chain_code(self, agreement: Agreement) -> str:
        return agreement.chain.code

    @admin.display(description=_("amount"), ordering="amount_cny")
    def amount_shown(self, agreement: Agreement) -> str:
        if agreement.is_undisclosed:
            return str(_("not disclosed"))
        amount = spoken(agreement.amount, agreement.currency) if agreement.amount is not None else "–"
        if agreement.amount_cny is None or agreement.currency == "CNY":
            return amount
        return format_html('{}<br><span class="quiet">{}</span>', amount, spoken(agreement.amount_cny, "CNY"))

    @admin.display(description=_("in yuan"), ordering="amount_cny")
    def in_yuan(self, agreement: Agreement) -> str:
        if agreement.amount_cny is not None and not agreement.is_draft:
            return spoken(agreement.amount_cny, "CNY")
        if agreement.pk and agreement.status != Agreement.Status.DRAFT:
            return "–"
        text = amount_in_yuan(agreement.edition, agreement.amount, agreement.currency) if agreement.edition_id else "–"
        return format_html('<output data-in-yuan="{}">{}</output>', reverse("admin:agreements_agreement_in_yuan"), text)

    @admin.display(description=_("document on file"))
    def document_on_file(self, agreement: Agreement) -> str:
        address = reverse("admin:agreements_agreement_document", args=[agreement.pk])
        return format_html('<a href="{}">{}</a>', address, _("Download the PDF"))

    def view_on_site(self, agreement: Agreement) -> str:
        return reverse("agreements", args=[agreement.edition.slug])

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        slug, _dash, digits = search_term.strip().rpartition("-")
        number = whole_number(digits, digits=LONGEST_NUMBER)
        if number is not None:
            found = queryset.filter(number=number, **({"edition__slug": slug} if slug else {}))
            if found.exists():
                return found, False
        return super().get_search_results(request, queryset, search_term)  # type: ignore[no-any-return] # the library is untyped

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        response: HttpResponse = super().changelist_view(request, extra_context)
        shown = getattr(response, "context_data", None) or {}
        if "cl" in shown:
            shown["totals"] = (
                shown["cl"]
                .queryset.order_by()
                .aggregate(
                    rows=Count("id", distinct=True),
                    agreements=Count("id", distinct=True, filter=Q(kind="agreement", status__in=Agreement.COUNTED)),
                    intentions=Count("id", distinct=True, filter=Q(kind="intention", status__in=Agreement.COUNTED)),
                    undisclosed=Count("id", distinct=True, filter=Q(is_undisclosed=True, status__in=Agreement.COUNTED)),
                    fen=sum_in_fen(Q(status__in=Agreement.COUNTED)),
                )
            )
            shown["total_cny"] = spoken(in_yuan(shown["totals"]["fen"]), "CNY")
        return response

    # Who may

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return rules.may_edit(request.user) and (obj is None or obj.is_draft)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is not None and obj.is_draft and rules.may_discard(request.user)

    def has_void_permission(self, request: HttpRequest) -> bool:
        return rules.may_void(request.user)

    def revert_disabled(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    # Saving: the actions write, the admin only hands over

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        edition = current_edition()
        start: dict[str, Any] = {"kind": Agreement.Kind.AGREEMENT, "currency": "CNY", "visibility": Agreement.Visibility.PUBLIC}
        if edition is not None:
            today = checks.today_in(edition)
            starts_on, ends_on = edition.starts_on or today, edition.ends_on or today
            start |= {"edition": edition.pk, "signed_on": min(max(today, starts_on), ends_on)}
        return {**start, **super().get_changeform_initial_data(request)}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Leave the row to `save_related`, which knows the parties."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        given = form.as_input(formsets[0].as_input())
        document = form.cleaned_data["document"]
        by: Any = request.user
        with together():  # Nobody waits for a number while holding the log's chain.
            if change:
                kept = edit_draft(form.instance, by=by, given=given, document=document, seen=form.cleaned_data.get("seen"))
            else:
                kept = draft_agreement(by=by, document=document, **vars(given))
            if form.cleaned_data.get("external_id", "") != kept.external_id:
                kept = refer_to(kept, by=by, external_id=form.cleaned_data["external_id"])
            if form.is_recording:
                kept = record_agreement(kept, by=by)
        form.instance.pk = kept.pk
        form.instance.refresh_from_db()

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> list[Any]:
        return [{"added": {}}] if add else [{"changed": {"fields": [_t("draft")]}}]

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        return self._answer_recorded(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return self._answer_recorded(request, obj) or super().response_change(request, obj)

    def _answer_recorded(self, request: HttpRequest, agreement: Agreement) -> HttpResponse | None:
        if RECORD not in request.POST and RECORD_AND_NEXT not in request.POST:
            return None
        said = {"number": agreement.label, "yuan": self.in_yuan(agreement)}
        text = _t("Recorded as %(number)s.") if agreement.is_undisclosed else _t("Recorded as %(number)s: %(yuan)s.")
        self.message_user(request, text % said, messages.SUCCESS)
        if RECORD in request.POST:
            return HttpResponseRedirect(reverse("admin:agreements_agreement_change", args=[agreement.pk]))
        again = f"?edition={agreement.edition_id}&chain={agreement.chain_id}&signed_on={agreement.signed_on.isoformat()}"
        return HttpResponseRedirect(reverse("admin:agreements_agreement_add") + again)

    def delete_model(self, request: HttpRequest, obj: Agreement) -> None:
        discard_draft(obj, by=request.user)  # type: ignore[arg-type] # this site's people

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        original = context.get("original")
        context["may_record"] = rules.may_record(request.user)
        context["is_sheet"] = original is None or self.has_change_permission(request, original)
        context["may_void"] = original is not None and "void" in MOVES.verbs_from(original.status) and self.has_void_permission(request)
        context["duplicates"] = [row for formset in context["inline_admin_formsets"] for row in getattr(formset.formset, "duplicates", [])]
        context["document_is_lost"] = bool(request.FILES)
        answer: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return answer

    # Pages of its own

    def get_urls(self) -> list[URLPattern]:
        named = "agreements_agreement_"
        own = [
            path("in-yuan/", self.admin_site.admin_view(self.in_yuan_view), name=f"{named}in_yuan"),
            path("void/", self.admin_site.admin_view(self.void_view), name=f"{named}void"),
            path("<int:pk>/document/", self.admin_site.admin_view(self.document_view), name=f"{named}document"),
        ]
        return own + super().get_urls()  # type: ignore[no-any-return] # the library is untyped

    def in_yuan_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        edition = Edition.objects.filter(pk=whole_number(request.GET.get("edition", "")) or 0).first()
        try:
            amount = AmountField(required=True).clean(request.GET.get("amount", ""))
            text = amount_in_yuan(edition, amount, request.GET.get("currency", "")) if edition else "–"
        except (Refused, ValidationError):
            text = "–"
        return JsonResponse({"text": text})

    def document_view(self, request: HttpRequest, pk: int) -> FileResponse:
        if not rules.may_trace(request.user):
            raise PermissionDenied
        return document_file(get_object_or_404(Agreement, pk=pk))

    @admin.action(description=_("Void the selected agreements…"), permissions=["void"])
    def void_selected(self, request: HttpRequest, queryset: QuerySet[Agreement]) -> HttpResponse:
        chosen = ",".join(str(pk) for pk in queryset.order_by("pk").values_list("pk", flat=True)[:MOST_VOIDED])
        return HttpResponseRedirect(f"{reverse('admin:agreements_agreement_void')}?ids={chosen}")

    def void_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_void_permission(request):
            raise PermissionDenied
        numbers = [key for part in request.GET.get("ids", "").split(",") if (key := whole_number(part)) is not None][:MOST_VOIDED]
        chosen = list(Agreement.objects.for_list().filter(pk__in=numbers).order_by("edition", "number"))
        rows = [row for row in chosen if "void" in MOVES.verbs_from(row.status)]
        form = VoidForm(request.POST or None)
        if request.method == "POST" and rows and form.is_valid():
            return self._void(request, rows, form.cleaned_data["reason"])
        context = {
            **self.admin_site.each_context(request),
            "title": _t("Void agreements"),
            "opts": self.model._meta,
            "form": form,
            "rows": rows,
            "left_out": [row for row in chosen if row not in rows],
        }
        return render(request, "admin/agreements/agreement/void.html", context)

    def _void(self, request: HttpRequest, rows: list[Agreement], reason: str) -> HttpResponse:
        # Rows are locked in one order, and the log's chain is held only when all of them are.
        with transaction.atomic(), together():
            for row in sorted(rows, key=lambda row: row.pk):
                void_agreement(row, by=request.user, reason=reason)  # type: ignore[arg-type] # this site's people
        text = ngettext("%(count)s agreement is void and counts no more.", "%(count)s agreements are void and count no more.", len(rows))
        self.message_user(request, text % {"count": len(rows)}, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:agreements_agreement_changelist"))


def amount_in_yuan(edition: Edition, amount: Any, currency: str) -> str:
    """Say what an amount counts for at the edition's rate: "CNY 7,000,000 at 7 yuan for 1 USD", or that there is no rate."""
    if amount is None or not currency:
        return "–"
    checks.check_amount(amount, currency, is_undisclosed=False)
    rate = rates_of(edition).get(currency)
    if rate is None:
        return _t("%(edition)s states no exchange rate for %(code)s.") % {"edition": edition.short_name, "code": currency}
    yuan = spoken(to_fen(amount * rate), "CNY")
    if currency == "CNY":
        return yuan
    return _t("%(yuan)s at %(rate)s yuan for 1 %(code)s") % {"yuan": yuan, "rate": f"{rate.normalize():f}", "code": currency}
