"""What the matcher knows, on the organiser's desk. Every write goes through the room's actions."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from expo.foundation.errors import Invalid
from matchmaking.matching.glossary.actions import (
    STATED,
    checked,
    is_shipped,
    remove_term,
    restore_terms,
    save_term,
    shared_names,
    shipped_terms,
    switch_terms,
)
from matchmaking.matching.glossary.names import BAR
from matchmaking.matching.models import Term

MOST_NAMED = 5


class TermForm(forms.ModelForm[Term]):
    class Meta:
        model = Term
        fields = ["chain", "key", *STATED, "is_active"]
        widgets = {"english": forms.Textarea({"rows": 3}), "chinese": forms.Textarea({"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "key" in self.fields:
            self.fields["key"].required = False
            self.fields["key"].help_text = _("Empty: made of the first name.")

    def _post_clean(self) -> None:
        """Leave the row as it is: the action says what holds."""

    def clean(self) -> dict[str, Any]:
        fields = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                checked(self.instance, fields)
            except Invalid as invalid:
                for name, sentences in invalid.fields.items():
                    self.add_error(name if name in self.fields else None, [*sentences])
        return fields


@admin.register(Term)
class TermAdmin(admin.ModelAdmin[Term]):
    form = TermForm
    list_display = ["english_shown", "chinese_shown", "chain_code", "kind", "broader", "is_active", "is_own"]
    list_filter = [("chain", admin.RelatedOnlyFieldListFilter), "kind", "is_own", "is_active"]
    list_select_related = ["chain"]
    list_per_page = 100
    show_full_result_count = False
    search_fields = ["english", "chinese", "key", "broader"]
    search_help_text = _("A name in English or in Chinese")
    ordering = ["chain__order", "key"]
    actions = ["restore", "switch_off", "switch_on"]
    fieldsets = [
        (None, {"fields": [("chain", "key"), ("kind", "broader"), "english", "chinese", "is_active"]}),
        (_("From the files"), {"fields": ["is_own", "as_shipped"]}),
    ]
    readonly_fields = ["is_own", "as_shipped"]

    @admin.display(description=_("English names"), ordering="english")
    def english_shown(self, term: Term) -> str:
        return " · ".join(term.english.split(BAR)) or "–"

    @admin.display(description=_("Chinese names"), ordering="chinese")
    def chinese_shown(self, term: Term) -> str:
        return " · ".join(term.chinese.split(BAR)) or "–"

    @admin.display(description=_("chain"), ordering="chain__order")
    def chain_code(self, term: Term) -> str:
        return term.chain.code if term.chain else str(_("everywhere"))

    @admin.display(description=_("as shipped"))
    def as_shipped(self, term: Term) -> str:
        stated = shipped_terms().get((term.chain.slug if term.chain else "", term.key)) if term.pk else None
        return f"{stated.english} – {stated.chinese}" if stated else str(_("not among the shipped terms"))

    # Who may

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Shipped terms are switched off: deleted, they would come back. Several at once are not deleted either.
        return obj is not None and super().has_delete_permission(request, obj) and not is_shipped(obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*self.readonly_fields, *(["chain", "key"] if obj is not None else [])]

    # Saving: the actions write, the admin only hands over

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        kept = save_term(obj if change else None, by=request.user, fields=form.cleaned_data)  # type: ignore[arg-type] # this site's people
        obj.pk = kept.pk
        obj.refresh_from_db()
        shared = shared_names(obj)
        said = "; ".join(f"“{name}” ({other.key})" for name, other in shared[:MOST_NAMED])
        if shared:
            text = _t("Saved. Other terms of the chain have the same names: %(names)s. A text with such a name means either.")
            self.message_user(request, text % {"names": said}, messages.WARNING)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        remove_term(obj, by=request.user)  # type: ignore[arg-type] # this site's people

    # Several at once

    @admin.action(description=_("Restore the chosen terms as shipped"), permissions=["change"])
    def restore(self, request: HttpRequest, rows: QuerySet[Term]) -> None:
        restored, unknown = restore_terms(rows.select_related("chain"), by=request.user)  # type: ignore[arg-type] # as above
        self.message_user(request, ngettext("%d term restored.", "%d terms restored.", restored) % restored, messages.SUCCESS)
        if unknown:
            named = ", ".join(term.key for term in unknown[:MOST_NAMED])
            self.message_user(request, _t("Not among the shipped terms, left as they are: %(names)s.") % {"names": named}, messages.WARNING)

    @admin.action(description=_("Switch the chosen terms off"), permissions=["change"])
    def switch_off(self, request: HttpRequest, rows: QuerySet[Term]) -> None:
        self._switch(request, rows, on=False)

    @admin.action(description=_("Take the chosen terms into use"), permissions=["change"])
    def switch_on(self, request: HttpRequest, rows: QuerySet[Term]) -> None:
        self._switch(request, rows, on=True)

    def _switch(self, request: HttpRequest, rows: QuerySet[Term], *, on: bool) -> None:
        number = switch_terms(rows.select_related("chain"), on=on, by=request.user)  # type: ignore[arg-type] # as above
        self.message_user(request, ngettext("%d term changed.", "%d terms changed.", number) % number, messages.SUCCESS)
