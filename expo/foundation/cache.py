"""The cache when Redis is used: while it is away the database takes its place, so that the site is slower and not down."""

import time
from collections.abc import Callable
from typing import Any

from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import ConnectionError as ConnectionFault
from redis.exceptions import TimeoutError as TimeoutFault

REST_SECONDS = 5.0
_away_until = [0.0]


def is_standing_in() -> bool:
    """Say whether the database stands in for Redis, in this process and for the moment."""
    return time.monotonic() < _away_until[0]


def _or_database(name: str) -> Callable[..., Any]:
    def call(self: "RedisOrDatabase", *args: Any, **options: Any) -> Any:
        if not is_standing_in():
            try:
                return getattr(RedisCache, name)(self, *args, **options)
            except (ConnectionFault, TimeoutFault):
                # Not asked again for a moment: each request would wait for it.
                _away_until[0] = time.monotonic() + REST_SECONDS
        return getattr(caches["database"], name)(*args, **options)

    return call


class RedisOrDatabase(RedisCache):
    """Redis, or the cache named "database" while Redis does not answer.

    Limits that were counted in one are not known to the other: each change gives a guesser one more round.
    """

    def __init__(self, server: str | list[str], params: dict[str, Any]) -> None:
        params.setdefault("OPTIONS", {}).setdefault("socket_connect_timeout", 1)
        params["OPTIONS"].setdefault("socket_timeout", 1)
        super().__init__(server, params)

    add = _or_database("add")
    get = _or_database("get")
    set = _or_database("set")
    touch = _or_database("touch")
    delete = _or_database("delete")
    get_many = _or_database("get_many")
    has_key = _or_database("has_key")
    incr = _or_database("incr")
    set_many = _or_database("set_many")
    delete_many = _or_database("delete_many")
    clear = _or_database("clear")
