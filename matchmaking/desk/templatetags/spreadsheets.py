"""Links to take a list as a spreadsheet and to bring one, on the organiser's desk and beside public lists."""

from typing import Any

from django import template
from django.contrib import admin
from django.urls import reverse

from expo.editions.queries import current_edition
from expo.foundation.sheets.kinds import kinds
from matchmaking.desk.exports import OF_MODEL

register = template.Library()


@register.simple_tag(takes_context=True)
def sheet_links(context: dict[str, Any], label: str) -> dict[str, str]:
    """Return the addresses of the desk's list of this model as a spreadsheet ("xlsx", "csv"), and of bringing one ("bring")."""
    name, request = OF_MODEL.get(label), context["request"]
    if name is None:
        return {}
    links = taken(request, name)
    edition = current_edition()
    kind = kinds().get(name)
    if kind is not None and kind.is_desk and edition is not None and kind.scope(request.user, edition.pk, {}) is not None:
        links["bring"] = reverse("sheet", args=[name, edition.pk])
    return links


@register.simple_tag(takes_context=True)
def list_links(context: dict[str, Any], name: str) -> dict[str, str]:
    """Return the addresses of a public list as a spreadsheet, for who may enter the desk."""
    request = context.get("request")
    return taken(request, name) if request is not None and admin.site.has_permission(request) else {}


def taken(request: Any, name: str) -> dict[str, str]:
    query = request.GET.urlencode()
    tail = f"?{query}" if query else ""
    return {form: reverse(f"list_{form}", args=[name]) + tail for form in ("xlsx", "csv")}
