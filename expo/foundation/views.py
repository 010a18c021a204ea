import email
import email.policy
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from expo.foundation.devmail import body_of
from expo.foundation.samples import samples


@login_not_required
def healthz(_request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "ok"})


@login_not_required
def readyz(_request: HttpRequest) -> HttpResponse:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except OSError:
        return JsonResponse({"status": "database unreachable"}, status=503)
    return JsonResponse({"status": "ok"})


@login_not_required
def dev_mail(request: HttpRequest) -> HttpResponse:
    if not settings.DEBUG:
        raise Http404
    kept = sorted(Path(settings.DEV_MAIL_DIR).glob("*.eml"), reverse=True)
    messages = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in kept]
    return render(request, "foundation/dev_mail.html", {"messages_sent": [(message, body_of(message)) for message in messages]})


@login_not_required
def components(request: HttpRequest) -> HttpResponse:
    if not settings.DEBUG:
        raise Http404
    return render(request, "foundation/components.html", samples())
