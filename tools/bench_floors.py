"""The site's addresses, and beside them the floors that `make bench` compares with: the least that any page could cost."""

import orjson
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

from expo.urls import urlpatterns as pages
from matchmaking.marketplace.models import Offer

COLUMNS = ("id", "title", "unit_price", "currency", "lead_time_days", "segment__slug", "registration__company__name")
LIST = """<ul>{% for row in rows %}<li><a href="/offers/{{ row.id }}/">{{ row.title }}</a> <span>{{ row.registration__company__name }}</span>
<dl><dt>Price</dt><dd>{{ row.unit_price }} {{ row.currency }}</dd><dt>Lead time</dt><dd>{{ row.lead_time_days }}</dd></dl></li>{% endfor %}</ul>"""
TEMPLATE = engines["django"].from_string(LIST)


@login_not_required
def bare(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


@login_not_required
def values(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(orjson.dumps(list(Offer.objects.values(*COLUMNS)[:100]), default=str), content_type="application/json")


@login_not_required
def template(request: HttpRequest) -> HttpResponse:
    return HttpResponse(TEMPLATE.render({"rows": Offer.objects.values(*COLUMNS)[:30]}, request))


urlpatterns = [path("floor/bare", bare), path("floor/values", values), path("floor/template", template), *pages]
