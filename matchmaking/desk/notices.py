"""What a person was told, newest first: the list on their desk, whatever was mailed of it."""

from typing import Any, cast

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from expo.accounts.actions import read_notices
from expo.accounts.models import User
from expo.foundation.lists import page_of
from expo.foundation.models import OutboxMessage
from expo.foundation.outbox import GATHERING
from expo.foundation.text import whole_number

PAGE_SIZE = 30


def notices_of(person: Any) -> QuerySet[OutboxMessage]:
    """Return what the person was told; the mail that gathers notices is none of its own. What is past its period has no text left."""
    return OutboxMessage.objects.filter(recipient=person.pk).exclude(kind=GATHERING).exclude(body="").order_by("-pk")


def unread_of(person: Any) -> int:
    """Return how many of them the person has not read. One query."""
    return notices_of(person).filter(read_at__isnull=True).count()


@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    page = page_of(notices_of(request.user), request, size=PAGE_SIZE)
    context = {"page": page, "unread": unread_of(request.user), "newest": max((row.pk for row in page), default=0)}
    return render(request, "desk/notices.html", context)


@require_POST
def read(request: HttpRequest) -> HttpResponse:
    me = cast("User", request.user)
    up_to = request.POST.get("up_to", "")
    done = read_notices(me, by=me, up_to=whole_number(up_to) or 0)
    messages.success(request, ngettext("%(n)s notice marked as read.", "%(n)s notices marked as read.", done) % {"n": done})
    return redirect("notices")


@require_POST
def open_notice(request: HttpRequest, pk: int) -> HttpResponse:
    me = cast("User", request.user)
    row = get_object_or_404(notices_of(me), pk=pk)
    read_notices(me, by=me, notice=row.pk)
    if row.link and url_has_allowed_host_and_scheme(row.link, allowed_hosts=None):
        return redirect(row.link)
    messages.success(request, _("Marked as read."))
    return redirect("notices")
