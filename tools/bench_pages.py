"""What `make bench` measures, in the process of one database: each page through the whole site, middleware included."""

import gzip
import io
import json
import logging
import re
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

WARM_UP, ROUNDS, ROUNDS_AFTER_WRITE = 3, 25, 12
MOST_PATIENCE_SECONDS = 10.0
OK = 200
FLOORS = ("bare", "values", "raw", "template")
CHAIN = "smart-vehicle"
LIST_BYTES = 20_000
CSS_BYTES, SCRIPT_BYTES = 16_000, 25_000
STYLE = re.compile(rb'<link rel="stylesheet" href="([^"]+)"')
SCRIPT = re.compile(rb'<script[^>]* src="([^"]+)"')


@dataclass(frozen=True)
class Page:
    """A page and its budget; None where none is set.

    Attributes:
        address: with places for the keys of rows.
        times, of, more_ms: the CPU time may be `times` that of the row named `of`, and `more_ms` on top.
        growth: the CPU time may be so many times that with 500 postings.
    """

    name: str
    address: str
    queries: int
    times: float | None = None
    of: str = ""
    more_ms: float = 0
    growth: float | None = None
    bytes_gzip: int | None = None
    signed_in: bool = False


@dataclass(frozen=True)
class Measured:
    """What one page took. `first_…` is the first time after a write, when nothing that was counted before may be used."""

    name: str
    address: str
    status: int
    queries: int
    cpu_ms: float
    first_queries: int
    first_cpu_ms: float
    bytes_gzip: int


def _search(name: str, words: str) -> Page:
    return Page(f"search: {name}", f"/search/?q={words}", 9, 1, "market", 25, growth=3, bytes_gzip=LIST_BYTES)


PUBLIC = [
    Page("API offers, 100 rows", "/api/v1/offers/?page_size=100", 3, 2.5, "values", growth=1.3),
    Page("API requests, 100 rows", "/api/v1/requests/?page_size=100", 3, 2.5, "values", growth=1.3),
    Page("API companies, 100 rows", "/api/v1/companies/?page_size=100", 3, 2.5, "values", growth=1.3),
    Page("market", "/market/", 9, 2, "template", growth=1.5, bytes_gzip=LIST_BYTES),
    Page("market, a chain", "/market/?kind=offer&chain={chain}", 9, 2, "template", growth=1.5, bytes_gzip=LIST_BYTES),
    Page(
        "market, four filters",
        "/market/?chain={chain}&stage=upstream&country=CN&certificate=iatf16949",
        9,
        2,
        "template",
        growth=1.5,
        bytes_gzip=LIST_BYTES,
    ),
    Page("market, words", "/market/?q=battery", 9, 2, "template", 25, growth=3, bytes_gzip=LIST_BYTES),
    Page("market, in Chinese", "/zh/market/", 9, 2, "template", growth=1.5, bytes_gzip=LIST_BYTES),
    _search("English", "silicon+carbide"),
    _search("two signs", "%E7%94%B5%E6%B1%A0"),
    _search("one sign", "%E9%93%9C"),
    _search("HS code", "850760"),
    _search("mistyped", "silcon+carbid"),
    Page("chain area", "/chains/{chain}/", 12, 2, "market", growth=1.5),
    Page("offer", "/offers/{offer}/", 10, 1, "market", growth=1.2),
    Page("request", "/requests/{request}/", 10, 1, "market", growth=1.2),
    Page("company", "/companies/{company}/", 10, 1, "market", growth=1.2),
    Page("home", "/", 12, 2, "market", growth=1.5),
    Page("exhibitors", "/exhibitors/", 12, bytes_gzip=LIST_BYTES),
    Page("plan", "/plan/", 9),
    Page("chains", "/chains/", 12),
    Page("editions", "/editions/", 12),
    Page("edition", "/editions/{edition}/", 16),
    Page("closing report", "/editions/{edition}/results/", 28),
    Page("agreements", "/editions/{edition}/agreements/", 12, bytes_gzip=LIST_BYTES),
    Page("forums", "/forums/", 9),
]
SIGNED_IN = ("market", "search: English", "chain area", "offer", "request", "company", "home", "exhibitors")
MORE_QUERIES = 4
PAGES = [
    *PUBLIC,
    *(
        Page(f"{page.name}, signed in", page.address, page.queries + MORE_QUERIES, signed_in=True)
        for page in PUBLIC
        if page.name in SIGNED_IN
    ),
]


def main() -> None:
    """Measure everything in the database of this process and print it as JSON."""
    logging.disable(logging.CRITICAL)  # A page that fails shows in the table, once.
    import django  # Local, like all of Django in the tools: the environment must be set first.

    django.setup()
    from django.conf import settings

    settings.ROOT_URLCONF = "tools.bench_floors"
    settings.API_LIMITS = dict.fromkeys(settings.API_LIMITS, (10**9, 10**9))
    keys, cookie = keys_of_rows(), cookie_of("exhibitor@demo.example")
    floors = [measure(name, f"/floor/{name}") for name in FLOORS]
    pages = [measure(page.name, page.address.format(**keys), cookie if page.signed_in else "") for page in PAGES]
    print(json.dumps({"rows": [asdict(row) for row in floors + pages], "files": files_of("/market/")}))


def keys_of_rows() -> dict[str, Any]:
    """Return one row of each kind for the addresses: the company with the most offers, the newest postings, the ledger of 2024.

    Their pages show as much in both sizes, so that their growth compares like with like: that company has more than the twenty offers
    that its page lists in the small one too, and both have more than the hundred companies of a list.
    """
    from django.db.models import Count

    from matchmaking.agreements.models import Agreement
    from matchmaking.marketplace.models import Offer, SourcingRequest
    from matchmaking.participants.models import Company

    company = Company.objects.filter(is_demo=True).annotate(n=Count("registrations__offers")).order_by("-n", "pk").first()
    ledger = Agreement.objects.filter(edition__is_current=False).values_list("edition__slug", flat=True).first()
    return {
        "edition": ledger,
        "chain": CHAIN,
        "company": company.slug if company else "none",
        "offer": Offer.objects.published().values_list("pk", flat=True).first() or 0,
        "request": SourcingRequest.objects.published().values_list("pk", flat=True).first() or 0,
    }


def cookie_of(email: str) -> str:
    """Sign somebody of the demo in and return their cookie."""
    from django.conf import settings
    from django.test import Client

    from expo.accounts.models import User

    client = Client(HTTP_HOST="localhost")
    client.force_login(User.objects.get(email=email))
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def measure(name: str, address: str, cookie: str = "") -> Measured:
    """Ask for a page until it is warm, then take the best of many; the same again, each time after a write."""
    ask = asker(address, cookie)
    for _ in range(WARM_UP):
        status, body = ask()
    queries = counted(ask)
    cpu = best(ask, ROUNDS)
    write_something()
    first_queries = counted(ask)
    first = best(ask, ROUNDS_AFTER_WRITE, before=write_something)
    return Measured(name, address, status, queries, cpu, first_queries, first, len(gzip.compress(body, 6)))


def write_something() -> None:
    """Pause the chain's newest offer or have it go on, as its company does: what a page kept of earlier counts may not be used after it."""
    from expo.accounts.models import User
    from matchmaking.marketplace.actions import pause_posting, resume_posting
    from matchmaking.marketplace.models import Offer

    company = "registration__company__members__user__email"
    offers = Offer.objects.filter(segment__chain__slug=CHAIN, status__in=["published", "paused"], **{f"{company}__endswith": "example"})
    offer = offers.order_by("-published_at", "-pk").first()
    owner = User.objects.filter(memberships__company__registrations__offers=offer, memberships__status="active").first()
    if offer is not None and owner is not None:
        (pause_posting if offer.status == "published" else resume_posting)(offer, by=owner)


def counted(ask: Callable[[], object]) -> int:
    from django.db import connection

    statements: list[str] = []

    def noted(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if not sql.startswith(("BEGIN", "SAVEPOINT", "RELEASE")):
            statements.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(noted):
        ask()
    return len(statements)


def best(ask: Callable[[], object], rounds: int, before: Callable[[], None] | None = None) -> float:
    """Return the least CPU time in milliseconds of so many rounds, fewer when they take too long."""
    least, started = float("inf"), time.monotonic()
    for _ in range(rounds):
        if before is not None:
            before()
        began = time.process_time()
        ask()
        least = min(least, time.process_time() - began)
        if time.monotonic() - started > MOST_PATIENCE_SECONDS:
            break
    return round(least * 1000, 3)


def asker(address: str, cookie: str = "") -> Callable[[], tuple[int, bytes]]:
    """Return a call that asks the whole site, middleware included, for one page."""
    from django.core.handlers.wsgi import WSGIHandler

    handler, parts = WSGIHandler(), urlsplit(address)
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": parts.path,
        "QUERY_STRING": parts.query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        **({"HTTP_COOKIE": cookie} if cookie else {}),
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


def files_of(address: str) -> dict[str, int]:
    """Return the bytes, compressed, of all style sheets and of all scripts that a page loads."""
    _status, page = asker(address)()
    return {kind: sum(map(_size, found.findall(page))) for kind, found in (("CSS", STYLE), ("script", SCRIPT))}


def _size(address: bytes) -> int:
    status, body = asker(address.decode())()
    return len(gzip.compress(body, 6)) if status == OK else 0


if __name__ == "__main__":
    main()
