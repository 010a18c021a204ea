"""The site's addresses, and beside them the floors that `make bench` compares with: the least that such a page could cost.

`bare` returns a constant. `values` reads a hundred offers with the columns that the API's list sends, the certificates inside them
too, by `.values()`, and dumps them with orjson, without any serializer. `raw` does the same with the same SQL through the driver.
`template` prints the thirty newest postings with every fact that a card of the market says, in the page's language (units and stages
as their codes), in one plain template without layout, includes or tags of our own; its rows come with `select_related` and
`prefetch_related`, as the manual says. None of them filters, counts, pages or keeps anything.
"""

from collections import defaultdict
from typing import Any

import orjson
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

from expo.urls import urlpatterns as pages
from matchmaking.marketplace.api import OfferRow
from matchmaking.marketplace.models import Offer, OfferCertificate, SourcingRequest
from matchmaking.matching.unfilled import is_unfilled

API_ROWS, CARDS = 100, 30
COLUMNS = list(dict.fromkeys(["id", *OfferRow.columns()]))
INSIDE = ("offer_id", "certificate__key", "certificate__name", "valid_until")
LIST = """<!doctype html><title>Market</title><ul>{% for posting in postings %}{% with segment=posting.segment registration=posting.registration %}<li>
{% if posting.kind == "offer" %}<p>{% translate "Offer" %} <b data-colour="{{ segment.chain.colour }}">{{ segment.chain.code }}</b> {{ segment.stage }} {{ segment.name }}</p>
<h3><a href="{{ posting.get_absolute_url }}">{{ posting.title_here }}</a></h3>
<p>{{ registration.company.title }}, {{ registration.company.country.name }}{% if posting.is_demo %} <i>{% translate "Demo" %}</i>{% endif %}</p><dl>
{% if posting.unit_price is not None %}<dt>{% translate "Price" %}</dt><dd>{{ posting.currency }} {{ posting.unit_price|floatformat:"-4g" }} / {{ posting.price_unit }}</dd>{% endif %}
{% if posting.monthly_capacity is not None %}<dt>{% translate "Capacity" %}</dt><dd>{{ posting.monthly_capacity|floatformat:"-3g" }} {{ posting.unit }}</dd>{% endif %}
{% if posting.minimum_quantity is not None %}<dt>{% translate "Minimum" %}</dt><dd>{{ posting.minimum_quantity|floatformat:"-3g" }} {{ posting.unit }}</dd>{% endif %}
{% if posting.lead_time_days is not None %}<dt>{% translate "Lead time" %}</dt><dd>{{ posting.lead_time_days }}</dd>{% endif %}
<dt>{% translate "Certificates" %}</dt><dd>{% for row in posting.certificates.all %}{{ row.certificate.name }} {% endfor %}</dd></dl>
<p>{{ registration.booth.code }} {{ posting.valid_until|date }}</p>
{% else %}<p>{% translate "Request" %} <b data-colour="{{ segment.chain.colour }}">{{ segment.chain.code }}</b> {{ segment.stage }} {{ segment.name }}</p>
<h3><a href="{{ posting.get_absolute_url }}">{{ posting.title_here }}</a></h3>
<p>{% if posting.visibility == "public" %}{{ registration.company.title }}, {{ registration.company.country.name }}{% else %}{% translate "Name hidden until the buyer accepts" %}{% endif %}{% if posting.is_demo %} <i>{% translate "Demo" %}</i>{% endif %}</p><dl>
{% if posting.quantity is not None %}<dt>{% translate "Volume" %}</dt><dd>{{ posting.quantity|floatformat:"-3g" }} {{ posting.unit }}</dd>{% endif %}
{% if posting.needed_by %}<dt>{% translate "Needed by" %}</dt><dd>{{ posting.needed_by|date }}</dd>{% endif %}
<dt>{% translate "Certificates" %}</dt><dd>{% for row in posting.certificates.all %}{{ row.certificate.name }} {% endfor %}</dd>
{% if posting.deliver_to %}<dt>{% translate "Delivery" %}</dt><dd>{{ posting.incoterms|join:" " }} {{ posting.deliver_to.name }}</dd>{% endif %}</dl>
<p>{% if posting.without_offer %}{% translate "No offer yet" %} {% endif %}{{ posting.valid_until|date }}</p>{% endif %}</li>{% endwith %}{% endfor %}</ul>"""
TEMPLATE = engines["django"].from_string(LIST)


@login_not_required
def bare(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


@login_not_required
def values(_request: HttpRequest) -> HttpResponse:
    rows = list(newest_offers().values(*COLUMNS))
    inside = OfferCertificate.objects.filter(offer__in=[row["id"] for row in rows]).order_by("pk").values(*INSIDE)
    return answer(rows, inside)


@login_not_required
def raw(_request: HttpRequest) -> HttpResponse:
    rows = fetched(newest_offers().values(*COLUMNS))
    inside = OfferCertificate.objects.filter(offer__in=[row["id"] for row in rows]).order_by("pk").values(*INSIDE)
    return answer(rows, fetched(inside))


@login_not_required
def template(request: HttpRequest) -> HttpResponse:
    joined = ("registration__company", "registration__booth", "segment__chain")
    offers = Offer.objects.select_related(*joined).prefetch_related("certificates__certificate")
    requests = SourcingRequest.objects.select_related(*joined).prefetch_related("certificates__certificate")
    requests = requests.annotate(without_offer=is_unfilled())
    keys = [("offer", *key) for key in newest(Offer)] + [("request", *key) for key in newest(SourcingRequest)]
    keys = sorted(keys, key=lambda key: key[1:], reverse=True)[:CARDS]
    found = {"offer": offers, "request": requests}
    rows = {kind: posts.in_bulk([pk for its_kind, _at, pk in keys if its_kind == kind]) for kind, posts in found.items()}
    return HttpResponse(TEMPLATE.render({"postings": [rows[kind][pk] for kind, _at, pk in keys]}, request))


def newest(model: Any) -> Any:
    return model.objects.published().order_by("-published_at", "-id").values_list("published_at", "pk")[:CARDS]


def newest_offers() -> Any:
    return Offer.objects.published().order_by("-id")[:API_ROWS]


def fetched(queryset: Any) -> list[dict[str, Any]]:
    names = list(queryset.query.values_select)
    sql, params = queryset.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def answer(rows: list[dict[str, Any]], inside: Any) -> HttpResponse:
    held = defaultdict(list)
    for row in inside:
        held[row["offer_id"]].append(row)
    sent = [{**row, "certificates": held[row["id"]]} for row in rows]
    return HttpResponse(orjson.dumps({"results": sent}, default=str), content_type="application/json")


urlpatterns = [
    path("floor/bare", bare),
    path("floor/values", values),
    path("floor/raw", raw),
    path("floor/template", template),
    *pages,
]
