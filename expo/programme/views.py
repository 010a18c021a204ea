from typing import cast

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.queries import Citations, current_edition
from expo.foundation.lists import filtered, page_of
from expo.programme import actions
from expo.programme.calendars import calendar_of
from expo.programme.filters import ForumFilter
from expo.programme.models import Forum
from expo.programme.queries import by_day, dated, programme, seats_of, whole_forum
from expo.programme.rules import is_over


@login_not_required
@require_safe
def forums(request: HttpRequest) -> HttpResponse:
    chosen = filtered(ForumFilter, request, programme())
    page = page_of(chosen.qs, request, size=50)
    current = current_edition()
    without_programme = current if current and page.number == 1 and not current.forums.exists() else None
    context = {
        "form": chosen.form,
        "page": page,
        "programme": by_day(page.object_list),
        "edition": chosen.form.cleaned_data.get("edition"),
        "is_filtered": any(chosen.form.cleaned_data.values()),
        "without_programme": without_programme,
    }
    return render(request, "programme/forums.html", context)


@login_not_required
@require_safe
def forum(request: HttpRequest, key: str) -> HttpResponse:
    shown = get_object_or_404(whole_forum(), key=key)
    cites = Citations()
    context = {
        "forum": shown,
        "sessions": shown.sessions.all(),
        "cites": cites.of(shown.sources.all()),
        "sources": cites.sources,
        "is_over": is_over(shown),
        "seats_left": None if shown.capacity is None else shown.capacity - shown.seats_taken,
        "has_seat": request.user.is_authenticated and shown.seats.filter(person=request.user).exists(),
    }
    return render(request, "programme/forum.html", context)


@login_not_required
@require_safe
def calendar_file(_request: HttpRequest, name: str) -> HttpResponse:
    """Send one forum by its key, or all dated forums of an edition by its slug."""
    one = dated(Forum.objects.select_related("edition")).filter(key=name).first()
    if one is not None:
        return _calendar([one], one.title, name)
    edition = get_object_or_404(Edition, slug=name)
    listed = list(dated(programme().filter(edition=edition)))
    if not listed:
        raise Http404
    return _calendar(listed, edition.name, f"forums-{name}")


@require_safe
def my_calendar_file(request: HttpRequest) -> HttpResponse:
    return _calendar(list(dated(seats_of(signed_in(request)))), _("My forums"), "my-forums")


@require_POST
def reserve_seat(request: HttpRequest, key: str) -> HttpResponse:
    actions.reserve_seat(get_object_or_404(Forum, key=key), by=signed_in(request))
    return redirect("forum", key)


@require_POST
def give_back_seat(request: HttpRequest, key: str) -> HttpResponse:
    actions.give_back_seat(get_object_or_404(Forum, key=key), by=signed_in(request))
    return redirect("forum", key)


def signed_in(request: HttpRequest) -> User:
    """Return who is signed in: the middleware lets nobody else reach a view that is not marked public."""
    return cast("User", request.user)


def _calendar(listed: list[Forum], name: str, file_name: str) -> HttpResponse:
    response = HttpResponse(calendar_of(listed, name), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{file_name}.ics"'
    return response
