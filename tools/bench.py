"""Measure the pages in process: queries, CPU time, bytes, beside floors taken in the same run. See `make bench`.

Times depend on the machine; a ratio to a floor hardly does. `bare` is a view that returns a constant, `values` a hundred
offers as JSON without any serializer, `template` thirty offers in a plain template without the layout.
"""

import gzip
import io
import json
import logging
import os
import secrets
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from tools.machine import ROOT, say

WARM_UP, ROUNDS = 3, 20
MOST_PATIENCE_SECONDS = 10.0
PAGES = {  # name: (address with a row's key, most queries)
    "home": ("/", 12),
    "editions": ("/editions/", 12),
    "edition": ("/editions/{edition}/", 16),
    "results": ("/editions/{edition}/results/", 12),
    "chains": ("/chains/", 12),
    "chain area": ("/chains/{chain}/", 12),
    "exhibitors": ("/exhibitors/", 12),
    "company": ("/companies/{company}/", 10),
    "forums": ("/forums/", 9),
    "plan": ("/plan/", 9),
    "market": ("/market/", 9),
    "offer": ("/offers/{offer}/", 10),
    "request": ("/requests/{request}/", 10),
    "API offers": ("/api/v1/offers/", 3),
    "API companies": ("/api/v1/companies/", 3),
}


@dataclass(frozen=True)
class Measured:
    name: str
    address: str
    status: int
    queries: int
    cpu_ms: float
    bytes_gzip: int
    most_queries: int | None = None


def main() -> int:
    prepare()
    rows = floors() + pages()
    say(table(rows))
    by_name = {row.name: row.cpu_ms for row in rows}
    kept = ROOT / "var" / "bench.json"
    kept.write_text(json.dumps({"floors_ms": {name: by_name[name] for name in FLOORS}, "rows": [asdict(row) for row in rows]}, indent=1))
    say(f"\nWritten to {kept.relative_to(ROOT)}")
    over = [row.name for row in rows if row.most_queries is not None and (row.status != OK or row.queries > row.most_queries)]
    if over:
        say(f"Over their number of queries, or not answering: {', '.join(over)}")
    return 1 if over else 0


OK = 200
FLOORS = ("bare", "values", "template")


def prepare() -> None:
    """Use a database of its own, filled with the expo and the demo, under production settings."""
    os.environ.update({"DEBUG": "false", "SITE_URL": "http://localhost", "SECRET_KEY": secrets.token_urlsafe(50), "LOG_LEVEL": "ERROR"})
    os.environ["VAR_DIR"] = str(ROOT / "var" / "bench")
    os.environ.pop("DATABASE_URL", None)
    os.environ["DJANGO_SETTINGS_MODULE"] = "expo.settings"
    logging.disable(logging.CRITICAL)  # A page that fails shows in the table, once.
    import django  # Local, like all of Django here: the environment above must be set first.

    django.setup()
    from django.core.management import call_command

    call_command("setup", fixtures=ROOT / "fixtures" / "cisce", demo=True)


def floors() -> list[Measured]:
    from django.conf import settings

    settings.ROOT_URLCONF = "tools.bench_floors"
    return [measure(name, f"/floor/{name}") for name in FLOORS]


def pages() -> list[Measured]:
    keys = keys_of_rows()
    return [measure(name, address.format(**keys), most) for name, (address, most) in PAGES.items()]


def keys_of_rows() -> dict[str, Any]:
    """Return one row of each kind for the addresses, the one with the most to show where that is cheap to say."""
    from django.db.models import Count

    from expo.editions.models import Chain, Edition
    from matchmaking.marketplace.models import Offer, SourcingRequest
    from matchmaking.participants.models import Company

    company = Company.objects.annotate(n=Count("registrations__offers")).order_by("-n", "pk").first()
    return {
        "edition": Edition.objects.exclude(is_current=True).order_by("-ordinal").values_list("slug", flat=True).first(),
        "chain": Chain.objects.annotate(n=Count("segments__offers")).order_by("-n", "pk").values_list("slug", flat=True).first(),
        "company": company.slug if company else "none",
        "offer": Offer.objects.published().values_list("pk", flat=True).first() or 0,
        "request": SourcingRequest.objects.published().values_list("pk", flat=True).first() or 0,
    }


def measure(name: str, address: str, most: int | None = None) -> Measured:
    """Ask for a page until it is warm, then take the best of many; the cache of rows between two requests is none."""
    from django.db import connection

    statements: list[str] = []

    def noted(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        statements.append(sql)
        return execute(sql, *rest)

    ask = asker(address)
    for _ in range(WARM_UP):
        status, body = ask()
    with connection.execute_wrapper(noted):
        ask()
    best, started = float("inf"), time.monotonic()
    for _ in range(ROUNDS):
        before = time.process_time()
        ask()
        best = min(best, time.process_time() - before)
        if time.monotonic() - started > MOST_PATIENCE_SECONDS:
            break
    return Measured(name, address, status, len(statements), round(best * 1000, 3), len(gzip.compress(body, 6)), most)


def asker(address: str) -> Callable[[], tuple[int, bytes]]:
    """Return a call that asks the whole site, middleware included, for one page."""
    from django.core.handlers.wsgi import WSGIHandler

    handler = WSGIHandler()
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": address,
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
    }

    def ask() -> tuple[int, bytes]:
        statuses: list[str] = []

        def start(status: str, _headers: object, _fault: object = None, /) -> Callable[[bytes], object]:
            statuses.append(status)
            return lambda _data: None

        answer: Iterable[bytes] = handler(dict(environ), start)
        body = b"".join(answer)
        if hasattr(answer, "close"):
            answer.close()
        return int(statuses[0][:3]), body

    return ask


def table(rows: list[Measured]) -> str:
    floor = {row.name: row.cpu_ms for row in rows}
    lines = [
        f"{'page':14} {'status':>6} {'queries':>8} {'most':>5} {'CPU ms':>8} {'x bare':>8} {'x values':>9} {'x template':>11} {'gzip':>8}"
    ]
    for row in rows:
        ratios = f"{row.cpu_ms / floor['bare']:8.1f} {row.cpu_ms / floor['values']:9.2f} {row.cpu_ms / floor['template']:11.2f}"
        most = "" if row.most_queries is None else str(row.most_queries)
        lines.append(f"{row.name:14} {row.status:6} {row.queries:8} {most:>5} {row.cpu_ms:8.2f} {ratios} {row.bytes_gzip:8}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
