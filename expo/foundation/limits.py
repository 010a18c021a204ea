"""How much one caller may ask of the API in a minute and in a day, counted in rows, so that the limit holds for all processes together.

Each request needs one grant. Grants come out of the caller's row by one statement that adds only while the limit is kept: whatever happens at
once, no more are granted than the limit says. A write takes one. Reads take several at a time, 1, 2, 4 up to 20, and keep the rest in the process
until the minute is over: so 600 reads write to the database 34 times, not 600. Near the limit a block no longer fits, and grants come one by one.

Without a key (by address, or signed in on a page) the first twenty reads of a minute need no row: looking at a page never waits for a writer.
While the database is busy writing, a read is granted on credit, and counted with the next block.
"""

import hashlib
import hmac
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from threading import Lock
from typing import Any

import orjson
from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from expo.foundation.models import RequestCount

logger = logging.getLogger(__name__)
MINUTE, DAY = 60, 86_400
LARGEST_BLOCK = 20
FREE_READS = 20
MOST_HELD = 20_000
# How long a read waits for a writer before it is granted on credit: with a key, whose limit is exact, only when something else holds the
# database for longer than counting ever takes.
BUSY_MS, BUSY_MS_OF_A_KEY = 100, 2000
GRANT = """
INSERT INTO foundation_requestcount AS held (caller, minute, in_minute, day, in_day) VALUES (%(caller)s, %(minute)s, %(n)s, %(day)s, %(n)s)
ON CONFLICT (caller) DO UPDATE SET
    in_minute = CASE WHEN held.minute >= excluded.minute THEN held.in_minute ELSE 0 END + excluded.in_minute,
    in_day = CASE WHEN held.day >= excluded.day THEN held.in_day ELSE 0 END + excluded.in_day,
    minute = CASE WHEN held.minute >= excluded.minute THEN held.minute ELSE excluded.minute END,
    day = CASE WHEN held.day >= excluded.day THEN held.day ELSE excluded.day END
WHERE CASE WHEN held.minute >= excluded.minute THEN held.in_minute ELSE 0 END + excluded.in_minute <= %(per_minute)s
    AND CASE WHEN held.day >= excluded.day THEN held.in_day ELSE 0 END + excluded.in_day <= %(per_day)s
RETURNING in_minute, in_day
"""


@dataclass(frozen=True)
class Rate:
    """What is said of a request: whether it was granted, the limit a minute, how many are left, and in how many seconds there are more."""

    granted: bool
    limit: int
    remaining: int
    reset: int
    policy: str


@dataclass
class Held:
    """What this process holds for one caller in one minute."""

    minute: int
    unspent: int = 0
    block: int = 1
    free: int = 0
    debt: int = 0
    in_minute: int = 0
    in_day: int = 0
    closed_until: float = 0.0


_held: OrderedDict[str, Held] = OrderedDict()
_lock = Lock()


class RateLimit(BaseThrottle):
    """Asks for a grant before a view does anything."""

    def allow_request(self, request: Request, view: Any) -> bool:
        self.rate = take(caller_of(request), writes=request.method not in SAFE_METHODS)
        request._request.rate = self.rate  # type: ignore[attr-defined] # noqa: SLF001 - `state_limits` reads it
        return self.rate.granted

    def wait(self) -> float:
        return float(self.rate.reset)


def caller_of(request: HttpRequest | Request) -> str:
    """Return who asks: a key, a person, or an address, which is kept as a digest only. Of IPv6 the half that a connection gets."""
    named = getattr(getattr(request, "auth", None), "caller", None)
    if named:
        return str(named)
    if request.user.is_authenticated:
        return f"user:{request.user.pk}"
    try:
        address = ip_address(get_adapter().get_client_ip(getattr(request, "_request", request)))
        counted = str(ip_network((address, 64), strict=False) if address.version == 6 else address)  # noqa: PLR2004 - of the internet protocol
    except (PermissionDenied, ValueError):
        counted = "unknown"
    return f"address:{hmac.new(settings.SECRET_KEY.encode(), counted.encode(), hashlib.sha256).hexdigest()[:40]}"


def take(caller: str, *, writes: bool) -> Rate:
    """Take one grant for the caller, out of what the process holds or out of the caller's row.

    Exact for keys: never more than the limit in all processes together. Without a key a process may grant twenty reads more.
    """
    now = time.time()
    per_minute, per_day = settings.API_LIMITS[caller.partition(":")[0]]
    with _lock:
        held = _of(caller, int(now // MINUTE))
        if held.unspent:
            held.unspent -= 1
            return _said(held, now, per_minute, per_day)
        if held.closed_until > now:
            return _said(held, now, per_minute, per_day, granted=False)
        if not writes and not caller.startswith("key:") and held.free < min(FREE_READS, per_minute):
            held.free, held.debt = held.free + 1, held.debt + 1
            return _said(held, now, per_minute, per_day)
        left = max(min(per_minute - held.in_minute, per_day - held.in_day), 1)
        block, debt = (1 if writes else min(held.block, left)), held.debt
        held.debt = 0
    return _taken(caller, held, block, debt, now, writes=writes)


def _taken(caller: str, held: Held, block: int, debt: int, now: float, *, writes: bool) -> Rate:
    per_minute, per_day = settings.API_LIMITS[caller.partition(":")[0]]
    try:
        with unless_it_has_to_wait(ms=None if writes else BUSY_MS_OF_A_KEY if caller.startswith("key:") else BUSY_MS, says=True):
            got = next(
                ((n, found) for n in dict.fromkeys((block, 1)) if (found := _grant(caller, n + debt, now, per_minute, per_day))), None
            )
    except OperationalError:
        with _lock:
            held.debt += debt + 1
            return _said(held, now, per_minute, per_day)
    closed_until = _open_again(caller, 1, now, per_day) if got is None else 0.0
    with _lock:
        if got is None:
            held.closed_until = closed_until  # Being refused until then costs no query.
            return _said(held, now, per_minute, per_day, granted=False)
        n, (in_minute, in_day) = got
        held.unspent += n - 1
        held.block = held.block if writes else min(held.block * 2, LARGEST_BLOCK)
        held.in_minute, held.in_day = max(held.in_minute, in_minute), max(held.in_day, in_day)
        return _said(held, now, per_minute, per_day)


def take_for_rows(request: HttpRequest | Request, rows: int) -> Rate:
    """Take what the further rows of one write cost, one grant each, all or none; never more than an empty minute holds.

    Many rows in one request hold the database for as long as each alone would.
    """
    caller, now = caller_of(request), time.time()
    per_minute, per_day = settings.API_LIMITS[caller.partition(":")[0]]
    with _lock:
        held = _of(caller, int(now // MINUTE))
        n, held.debt = max(min(rows - 1 + held.debt, per_minute - 1, per_day - 1), 0), 0
    found = _grant(caller, n, now, per_minute, per_day) if n else None
    if n and found is None:
        return _rate(0, _open_again(caller, n, now, per_day), now, per_minute, per_day, granted=False)
    with _lock:
        if found:
            held.in_minute, held.in_day = max(held.in_minute, found[0]), max(held.in_day, found[1])
        return _said(held, now, per_minute, per_day)


def _of(caller: str, minute: int) -> Held:
    held = _held.get(caller)
    if held is None or held.minute != minute:
        # What was granted and not used in the minute that is over is gone; a debt is not.
        held = _held[caller] = Held(minute, debt=held.debt, in_day=held.in_day, closed_until=held.closed_until) if held else Held(minute)
    _held.move_to_end(caller)
    while len(_held) > MOST_HELD:
        _held.popitem(last=False)
    return held


def _grant(caller: str, n: int, now: float, per_minute: int, per_day: int) -> tuple[int, int] | None:
    """Add `n` to the caller's row if the limits allow it; return what it holds then. Too many in one go fit in no row."""
    if n > min(per_minute, per_day):
        return None
    values: dict[str, int | str] = {
        "caller": caller,
        "n": n,
        "minute": int(now // MINUTE),
        "day": int(now // DAY),
        "per_minute": per_minute,
        "per_day": per_day,
    }
    with connection.cursor() as cursor:
        cursor.execute(GRANT, values)
        found: tuple[int, int] | None = cursor.fetchone()
    return found


def _open_again(caller: str, n: int, now: float, per_day: int) -> float:
    """Return when `n` more may be had: in the next minute, or on the next day where this one is used up. One query, so never under the lock."""
    row = RequestCount.objects.filter(caller=caller).first()
    full_day = row is not None and row.day >= now // DAY and row.in_day + n > per_day
    length = DAY if full_day else MINUTE
    return (now // length + 1) * length


def _said(held: Held, now: float, per_minute: int, per_day: int, *, granted: bool = True) -> Rate:
    left = max(min(per_minute - held.in_minute, per_day - held.in_day) + held.unspent - held.debt, 0) if granted else 0
    until = held.closed_until if not granted else (now // MINUTE + 1) * MINUTE
    return _rate(left, until, now, per_minute, per_day, granted=granted)


def _rate(left: int, until: float, now: float, per_minute: int, per_day: int, *, granted: bool) -> Rate:
    return Rate(granted, per_minute, left, max(int(until - now) + 1, 1), f"{per_minute};w={MINUTE}, {per_day};w={DAY}")


@contextmanager
def unless_it_has_to_wait(*, ms: int | None = BUSY_MS, says: bool = False) -> Iterator[None]:
    """Write something small beside a read: on SQLite, give up soon while somebody else writes, instead of after half a minute.

    Args:
        ms: after how many milliseconds; None waits like any write.
        says: raise OperationalError when giving up; else it is as if nothing had been asked.
    """
    if ms is None or connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    connection.ensure_connection()
    connection.connection.execute(f"PRAGMA busy_timeout = {ms}")
    try:
        yield
    except OperationalError:
        if says:
            raise
        logger.info("busy, not written")
    finally:
        connection.connection.execute(f"PRAGMA busy_timeout = {int(settings.DATABASES['default']['OPTIONS']['timeout'] * 1000)}")


def forget_old_counts() -> int:
    """Delete the rows of callers who did not come since the day before; return how many."""
    return RequestCount.objects.filter(day__lt=time.time() // DAY - 1).delete()[0]


def forget_what_is_held() -> None:
    """Let go of what this process holds: for tests, whose rows go too."""
    with _lock:
        _held.clear()


def state_limits(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """State on every answer of the API how much is left. What was answered before a view could ask for a grant is counted here."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not request.path.startswith("/api/"):
            return response
        rate = getattr(request, "rate", None)
        if rate is None:
            rate = take(caller_of(request), writes=request.method not in SAFE_METHODS)
            response = response if rate.granted else refused(rate)
        response["RateLimit-Limit"] = str(rate.limit)
        response["RateLimit-Remaining"] = str(rate.remaining)
        response["RateLimit-Reset"] = str(rate.reset)
        response["RateLimit-Policy"] = rate.policy
        patch_vary_headers(response, ["Authorization"])
        return response

    return middleware


def refused(rate: Rate) -> HttpResponse:
    """Return the 429 of whoever came too often without reaching a view."""
    body = orjson.dumps({"code": "throttled", "detail": f"Too many requests. Come back in {rate.reset} seconds.", "fields": {}})
    return HttpResponse(body, status=429, content_type="application/json", headers={"Retry-After": str(rate.reset)})
