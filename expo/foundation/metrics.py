"""Figures for a monitor, in the format of Prometheus. Closed: only who has the token, or comes from a network that the settings name.

Requests are counted here by the pattern of their address, so that a stranger cannot make new series by inventing addresses or methods
(which is why the library's own middleware is not used). What is read from rows is read when the monitor asks.
"""

import ipaddress
import os
from collections.abc import Iterator

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

from expo.foundation import health

REGISTRY = CollectorRegistry()
REQUESTS = Counter("interchange_requests", "Requests answered.", ["method", "route", "status"], registry=REGISTRY)
SECONDS = Histogram(
    "interchange_request_seconds",
    "Seconds until the answer was ready.",
    ["route"],
    registry=REGISTRY,
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15),
)


def count(method: str, route: str, status: int, seconds: float) -> None:
    REQUESTS.labels(method, route, str(status)).inc()
    SECONDS.labels(route).observe(seconds)


class Rows:
    """What the database says of the site, read anew for each visit of the monitor; what cannot be read is left out."""

    def collect(self) -> Iterator[Metric]:
        try:
            figures = health.figures()
        except health.Unreachable:
            figures = {}
        yield GaugeMetricFamily("interchange_database_up", "Whether the database answers.", value=1 if figures else 0)
        for name, value in figures.items():
            if value is not None:
                yield GaugeMetricFamily(f"interchange_{name}", health.MEANING[name], value=value)


def text() -> bytes:
    """Return all figures; where several processes serve, those of all of them."""
    registry = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call] # the library's is
        registry.register(Rows())
        return generate_latest(registry)
    registry.register(Rows())
    return generate_latest(REGISTRY) + generate_latest(registry)


def may_read(request: HttpRequest) -> bool:
    """Say whether the request carries the token, or comes from a network that may read without one."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if settings.METRICS_TOKEN and constant_time_compare(given, settings.METRICS_TOKEN):
        return True
    try:
        address = ipaddress.ip_address(address_of(request))
    except ValueError:
        return False
    return any(address in network for network in settings.METRICS_NETWORKS)


def address_of(request: HttpRequest) -> str:
    """Return the visitor's address as the trusted proxies give it: the last of as many as there are proxies; '' when there are fewer.

    Who asks the site's port directly, without a proxy, is who the connection says.
    """
    passed = [word.strip() for word in request.headers.get("X-Forwarded-For", "").split(",") if word.strip()]
    trusted: int = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    if not passed or not trusted:
        return str(request.META.get("REMOTE_ADDR", ""))
    return passed[-trusted] if len(passed) >= trusted else ""
