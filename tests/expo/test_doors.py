"""Which addresses are open to strangers: the resolver is walked, and what doors.txt does not list must ask for sign-in."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.urls import URLResolver, get_resolver, path
from django.views.decorators.http import require_safe

import expo.urls
from tests import builders

TABLE = Path(__file__).with_name("doors.txt")
SIGN_IN = re.compile(r"^(/zh)?/(accounts|admin)/login/\?next=")
VALUES = {
    "editions": "2027",
    "outcomes": "2027",
    "chains": "smart-vehicle",
    "companies": "borealis-cells",
    "logos": "borealis-cells",
    "forums": "opening",
    "sources": "report",
    "metrics": "agreements",
    "certificates": "iso9001",
    "confirm-email": "no-such-key",
    "key": "set-password",
    "imports": "6f1f4c1e-0000-4000-8000-000000000000",
}
NUMBERED = {"offers", "requests", "certificates"}


def addresses(resolver: Any = None, before: str = "") -> Iterator[str]:
    """Yield the pattern of every address the site answers to, as it is written in the urls.py files."""
    for one in (resolver or get_resolver()).url_patterns:
        if isinstance(one, URLResolver):
            yield from addresses(one, before + str(one.pattern))
        else:
            yield "/" + before + str(one.pattern)


def plain(pattern: str) -> str:
    """Write a pattern as people do: /offers/<pk>/."""
    text = re.sub(r"\(\?P(<\w+>)(?:[^()]|\([^()]*\))*\)", r"\1", pattern.replace("^", "").replace("$", ""))
    return re.sub(r"<\w+:", "<", text).replace("(?:.*/)?", "").replace("\\Z", "")


def filled(pattern: str, pk: int) -> str:
    """Put something that exists into the blanks of a pattern."""
    room = next((part for part in pattern.split("/") if part in VALUES), "")
    text = re.sub(r"<(pk|offer|id|object_id|content_type_id|user_id|revision_id|history_id|version_id)>", str(pk), pattern)
    text = text.replace("<section>", "pages").replace("<answer>", "accept").replace("<verb>", "withdraw")
    text = text.replace("<kind>", "offers").replace("<scope>", "1")
    text = text.replace("<uidb36>", "1").replace("<app_label>", "participants").replace("<url>", "nowhere/")
    text = text.replace("<words>", "battery").replace("<certificate>", "iso9001")
    return re.sub(r"<(slug|key|name)>", VALUES.get(room, "nothing"), text)


def listed() -> dict[str, list[str]]:
    lines = [line.split() for line in TABLE.read_text().splitlines() if line and not line.startswith("#")]
    return {words[0]: words[1:] for words in lines}


def answer_of(response: Any) -> str:
    return "sign-in" if response.status_code == 302 and SIGN_IN.match(response["Location"]) else str(response.status_code)


@pytest.fixture
def everything(edition: Any, chain: Any, exhibitor: Any, buyer: Any, supplier_segment: Any) -> int:
    """One row of each kind, all under the number that is returned where their address is a number."""
    builders.source(key="report")
    builders.metric("agreements")
    builders.forum(edition, key="opening", on=edition.starts_on, chain=chain)
    builders.offer(exhibitor, supplier_segment, pk=4711, certificates=("ISO 9001",))
    builders.sourcing_request(buyer, supplier_segment, pk=4711)
    return 4711


def test_what_is_not_listed_as_open_asks_for_sign_in(everything, client):
    table, found = listed(), {}
    for pattern in sorted(set(map(plain, addresses()))):
        address = filled(pattern, everything)
        assert "<" not in address, f"say in this test what stands for the blank in {pattern}"
        answers = [answer_of(client.get(address)), answer_of(client.post(address))]
        if answers != ["sign-in", "sign-in"]:
            found[pattern] = answers
    assert found == table


def test_the_walk_would_notice_a_door_left_open(monkeypatch):
    forgotten = path("forgotten/", login_not_required(require_safe(lambda _request: HttpResponse())))
    monkeypatch.setattr(expo.urls.urlpatterns[-1], "url_patterns", [*expo.urls.urlpatterns[-1].url_patterns, forgotten])
    assert "/forgotten/" in set(map(plain, addresses())) - set(listed())


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "head"])
def test_no_other_method_opens_a_closed_door(method, everything, client):
    for pattern in set(map(plain, addresses())) - set(listed()):
        for prefix in ("", "/zh"):
            answer = getattr(client, method)(prefix + filled(pattern, everything))
            assert answer_of(answer) == "sign-in" or (prefix and answer.status_code == 404), f"{method} {prefix}{pattern}"


def test_every_unsafe_address_wants_its_token(everything, client_of, organiser):
    """What a foreign page could make a signed-in browser send comes without the token, and is refused."""
    client = client_of(organiser, enforce_csrf_checks=True)
    for pattern in sorted(set(map(plain, addresses()))):
        answer = client.post(filled(pattern, everything))
        expected = {403, 404, 405} if pattern.startswith("/api/") else {403}
        assert answer.status_code in expected, f"{pattern} answered {answer.status_code}"
