import email
import email.policy
import logging
import sys
from email.utils import parseaddr
from http import HTTPStatus
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from expo.foundation import health, metrics
from expo.foundation.access import route_of
from expo.foundation.conditions import conditional
from expo.foundation.devmail import body_of
from expo.foundation.document import described, packed
from expo.foundation.faults import is_away
from expo.foundation.middleware import away
from expo.foundation.samples import samples

logger = logging.getLogger(__name__)


@login_not_required
def broken(request: HttpRequest) -> HttpResponse:
    if is_away(sys.exc_info()[1]):  # It went before a view was reached, or after: with the session, say.
        return away(request)
    # The reference joins what a person reads out with the line in the log.
    reference = getattr(request, "reference", "")
    logger.error("answered 500 to %s, reference %s", route_of(request), reference)
    return HttpResponse(render_to_string("500.html", {"reference": reference}), status=500)


@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    answer: dict[str, Any] = {"status": "ok"}
    if asked := request.headers.get("X-Doctor"):
        # `manage.py doctor` asks through the proxies how a request arrives here; the key it signs with is the site's own.
        try:
            signing.loads(asked, salt="doctor", max_age=60)
        except signing.BadSignature:
            return JsonResponse(answer)
        passed = request.headers.get("X-Forwarded-For", "")
        answer |= {"address": metrics.address_of(request), "secure": request.is_secure(), "passed": passed.count(",") + 1 if passed else 0}
    return JsonResponse(answer)


@login_not_required
def readyz(_request: HttpRequest) -> HttpResponse:
    parts = health.readiness()
    ready = health.is_ready(parts)
    status = "ok" if all(word == "ok" for word in parts.values()) else "degraded" if ready else "not ready"
    return JsonResponse({"status": status, "parts": parts}, status=HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE)


@login_not_required
@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    if not metrics.may_read(request):
        raise Http404
    return HttpResponse(metrics.text(), content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


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


@login_not_required
@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "foundation/accessibility.html")


@login_not_required
@require_safe
def api_schema(request: HttpRequest) -> HttpResponse:
    # 800 kB of text: packed once, as it is made once.
    is_packed = "gzip" in request.headers.get("Accept-Encoding", "")
    content, etag = packed() if is_packed else described()
    answer = HttpResponse(content, content_type="application/json", headers={"ETag": etag, "Cache-Control": "public, max-age=300"})
    if is_packed:
        answer["Content-Encoding"] = "gzip"
    patch_vary_headers(answer, ["Accept-Encoding"])
    return conditional(request, answer)


@login_not_required
@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    return render(request, "foundation/api_docs.html", {"site_name": settings.SITE_NAME})


@login_not_required
@require_safe
def developers(request: HttpRequest) -> HttpResponse:
    limits = dict(zip(("minute", "day"), settings.API_LIMITS["key"], strict=True))
    return render(request, "foundation/developers.html", {"site_url": settings.SITE_URL, "limits": limits})


@login_not_required
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "foundation/privacy.html", {"from_email": parseaddr(settings.DEFAULT_FROM_EMAIL)[1]})


@login_not_required
def favicon(_request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect(static("icons/favicon.svg"))


@login_not_required
def robots(_request: HttpRequest) -> HttpResponse:
    closed = [
        f"Disallow: {prefix}{part}" for prefix in ("/", "/zh/") for part in ("admin/", "accounts/", "desk/", "register/", "my/", "sheets/")
    ]
    lines = ["User-agent: *", *closed, "Disallow: /api/", "", f"Sitemap: {settings.SITE_URL}/sitemap.xml", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


@login_not_required
def manifest(_request: HttpRequest) -> HttpResponse:
    icon = {"src": static("icons/favicon.svg"), "type": "image/svg+xml", "sizes": "any"}
    about = {
        "name": settings.SITE_NAME,
        "short_name": settings.SITE_NAME,
        "start_url": "/",
        "scope": "/",
        "display": "browser",
        "background_color": "#f4f4f1",
        "theme_color": "#13191d",
        "icons": [icon],
    }
    return JsonResponse(about, content_type="application/manifest+json")
