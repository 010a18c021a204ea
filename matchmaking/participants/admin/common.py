from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _t
from simple_history.admin import SimpleHistoryAdmin

from expo.foundation.errors import Refused
from matchmaking.participants.models import Company

Verb = Callable[[Any], Any]


def public_page(company: Company) -> str:
    """Link the company's page on the site; a dash for one that is being added."""
    if not company.slug:
        return "–"
    return format_html('<a href="{}">{}</a>', reverse("company", args=[company.slug]), _t("Page"))


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
