"""Who may comes before what was sent: whoever may not gets the same refusal for any body, so that no answer about a body tells what is there."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import RequestFactory
from django.urls import URLResolver, get_resolver
from rest_framework.viewsets import ViewSetMixin

from expo.foundation.writing import WritableRows
from tests.security.doors import bodies, described, documented, doors
from tests.security.world import World, build, knocker, without_floods

REFUSED = {401, 403, 404}
CALLERS = ("nobody", "outsider", "buyer", "representative", "owner")
# What is refused there is the company that the form names.
NAMING = ("/register/start/", "/register/join/")
FORMS = (b"", b"title=x&status=published&name=&company=&reason=", b"submit=yes&more=&title=%20&amount=1e9&company=borealis-cells")
# Anybody who signed in may: the refusal is about what they name, a company that is not theirs, or their own row alone.
FOR_ALL = {
    "CompanyViewSet.create": "everybody founds their own",
    "MembershipViewSet.create": "everybody asks for themselves",
    "MeViewSet.partial_update": "one's own row, which no address names",
}


def writes() -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Yield every write of the API: its name, its viewset, and what its decorator said."""
    seen = set()
    for route in _routes(get_resolver()):
        view = getattr(route.callback, "cls", None)
        if not (isinstance(view, type) and issubclass(view, ViewSetMixin) and issubclass(view, WritableRows)):
            continue
        for method, name in route.callback.actions.items():
            if method in {"post", "patch"} and (view, name) not in seen:
                seen.add((view, name))
                yield f"{view.__name__}.{name}", view, getattr(getattr(view, name), "kwargs", {})


def _routes(resolver: Any) -> Iterator[Any]:
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            yield from _routes(one)
        else:
            yield one


def test_every_write_says_who_may_before_it_reads():
    silent = []
    for name, view, said in writes():
        verb = name.rpartition(".")[2]
        rules = {"create": (view.may_create,), "partial_update": (view.may_change,)}.get(
            verb, (said.get("verb_may"), said.get("verb_may_row"))
        )
        if not any(rules):
            silent.append(name)
    assert sorted(silent) == sorted(FOR_ALL)
    assert len(list(writes())) > 40


@pytest.fixture
def world(db: None, settings: Any) -> Iterator[World]:
    without_floods(settings)
    logging.disable(logging.CRITICAL)
    yield build()
    logging.disable(logging.NOTSET)


def knocked_with_forms() -> Any:
    """As `knocker`, with a form as the body of a page."""
    knock, made = knocker(), RequestFactory.generic

    def knock_with(address: str, carries: dict[str, str], form: bytes) -> Any:
        def generic(self: Any, method: str, path: str, _body: bytes, **more: Any) -> Any:
            return made(self, method, path, form, **more)

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(RequestFactory, "generic", generic)
            return knock("POST", address, carries)

    return knock_with


@pytest.mark.long
def test_a_call_that_is_refused_is_refused_whatever_it_sends(world):
    knock, document, told, refused = knocker(), described(), [], 0
    good, methods = bodies(document), documented(document)
    for door in doors():
        for method in sorted({"POST", "PATCH"} & methods.get(door.pattern, set())):
            sent = (good.get((door.pattern, method), b"{}"), b'{"no_such_field": [{}]}', b'{"broken')
            # Of a list it is open to somebody who may, and a company that the body names may not be theirs.
            is_list = "<" not in door.pattern
            for who in CALLERS:
                answers = [knock(method, door.address, world.carries[who], body) for body in sent]
                first = answers[0]
                refused += first.status_code in REFUSED
                if first.status_code not in REFUSED and (is_list or not any(one.status_code in REFUSED for one in answers)):
                    continue
                if {(one.status_code, one.content) for one in answers} != {(first.status_code, first.content)}:
                    told.append(f"{who}: {method} {door.address} {[one.status_code for one in answers]}")
    assert told == []
    assert refused > 100


@pytest.mark.long
def test_a_page_that_is_refused_is_refused_whatever_is_typed(world):
    knock, told, refused = knocked_with_forms(), [], 0
    for door in doors():
        if door.pattern.startswith(("/api/", "/accounts/", "/zh/", "/admin/", *NAMING)):  # The desk asks its own door before it looks.
            continue
        for who in CALLERS:
            said = [knock(door.address, world.carries[who], form).status_code for form in FORMS]
            refused += said[0] in REFUSED
            if REFUSED & set(said) and len(set(said)) > 1:
                told.append(f"{who}: POST {door.address} {said}")
    assert told == []
    assert refused > 60
