from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from expo.accounts import actions
from matchmaking.matching.actions.digests import STOP


# A mail program sends the POST by itself (RFC 8058) and has no page with a token: the signed address is what proves it. Opening the
# address alone ends nothing, because scanners of mail open every link.
@csrf_exempt
@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def stop_match_mail(request: HttpRequest, token: str) -> HttpResponse:
    person = STOP.person_of(token)
    if person is None:
        raise Http404
    if request.method == "POST":
        person = actions.stop_match_mail(person, by=person)
    return render(request, "matching/stop_match_mail.html", {"is_stopped": not person.wants_match_mail})
