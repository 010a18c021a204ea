from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from expo.foundation.errors import NotAllowed, Refused
from matchmaking.meetings import actions, rules
from matchmaking.meetings.codes import qr_code
from matchmaking.meetings.forms import CheckInForm
from matchmaking.meetings.models import Meeting, Place
from matchmaking.meetings.queries.here import meetings_here
from matchmaking.meetings.views.common import checked, signed_in
from matchmaking.participants.rules import may_speak_for


@require_http_methods(["GET", "HEAD", "POST"])
def check_in_at(request: HttpRequest, key: str) -> HttpResponse:
    place = get_object_or_404(Place.objects.select_related("edition", "hall", "booth"), key=key)
    me, refused = signed_in(request), None
    if request.method == "POST":
        chosen = checked(CheckInForm(request.POST)).cleaned_data["meeting"]
        row = get_object_or_404(Meeting.objects.visible_to(me), pk=chosen)
        try:
            actions.check_in(row, by=me, code=key)
        except NotAllowed:
            raise
        except Refused as refusal:
            refused = refusal
        else:
            messages.success(request, _("You are checked in."))
            return redirect("meeting", row.pk)
    context = {"place": place, "edition": place.edition, "here": meetings_here(me, place), "refusal": refused}
    return render(request, "meetings/check_in.html", context, status=refused.status if refused is not None else 200)


@require_safe
def place_sign(request: HttpRequest, pk: int) -> HttpResponse:
    place = get_object_or_404(Place.objects.select_related("edition", "hall", "booth__registration__company"), pk=pk)
    host = getattr(place.booth, "registration", None)
    me = signed_in(request)
    if not (rules.may_set_up(me) or (host is not None and may_speak_for(me, host.company))):
        raise Http404
    address = settings.SITE_URL + reverse("check_in_at", args=[place.key])
    return render(request, "meetings/place_sign.html", {"place": place, "host": host, "code": qr_code(address), "address": address})
