"""Which page an address belongs to: what a button is sent to cannot be read, so whoever comes there by reading belongs one step up."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.urls import Resolver404, resolve


def page_of(request: HttpRequest) -> str:
    """Return the address to read instead of this one, with its query: its own, or the page above where this one is only posted to."""
    match = request.resolver_match
    return page_above(request) if match is not None and takes_only_posts(match.func) else request.get_full_path()


def page_above(request: HttpRequest) -> str:
    """Return the nearest address above this one that can be read, with this one's query; the site's own start where there is none."""
    before = request.path.removesuffix(request.path_info)
    steps = request.path_info.strip("/").split("/")
    query = request.META.get("QUERY_STRING", "")
    while steps := steps[:-1]:
        address = f"/{'/'.join(steps)}/"
        if _can_be_read(address):
            return f"{before}{address}" + (f"?{query}" if query else "")
    return f"{before}/"


def _can_be_read(address: str) -> bool:
    try:
        return not takes_only_posts(resolve(address).func)
    except Resolver404:
        return False


def takes_only_posts(view: Callable[..., Any] | None) -> bool:
    """Say whether `require_POST` stands around the view. Django keeps the methods where only the wrapper sees them."""
    while view is not None:
        code, cells = getattr(view, "__code__", None), getattr(view, "__closure__", None) or ()
        for name, cell in zip(code.co_freevars if code is not None else (), cells, strict=False):
            if name == "request_method_list":
                return "GET" not in cell.cell_contents
        view = getattr(view, "__wrapped__", None)
    return False
