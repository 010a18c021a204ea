"""What every page keeps, the organiser's too: the strict headers, and nothing inline that they would have to allow."""

from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client

from tests import builders

OPEN = [
    *(
        "/",
        "/zh/",
        "/editions/",
        "/editions/2027/",
        "/editions/2027/results/",
        "/editions/2027/agreements/",
        "/chains/",
        "/chains/smart-vehicle/",
    ),
    *(
        "/exhibitors/",
        "/companies/borealis-cells/",
        "/forums/",
        "/forums/opening/",
        "/plan/",
        "/market/",
        "/offers/4711/",
        "/requests/4711/",
    ),
    *("/hs/?q=cell", "/post/", "/privacy/", "/accessibility/", "/api/v1/docs/", "/accounts/login/", "/accounts/signup/"),
    *("/accounts/password/reset/", "/accounts/password/reset/done/", "/accounts/confirm-email/", "/accounts/confirm-email/nothing/"),
]
WRONG = ["/nothing/", "/zh/nothing/", "/offers/1/", "/forums/?kind=nothing", "/api/nothing/", "/api/v1/offers/1/"]
OWN = [
    *("/desk/", "/account/", "/accounts/email/", "/accounts/password/change/", "/accounts/2fa/", "/accounts/sessions/", "/post/offer/"),
    *("/register/", "/register/company/?role=exhibitor", "/offers/4711/edit/", "/offers/4711/withdraw/", "/companies/borealis-cells/edit/"),
    *("/companies/borealis-cells/members/", "/accounts/logout/", "/accounts/2fa/totp/activate/", "/accounts/reauthenticate/"),
]
ADMIN = [
    "/admin/",
    *("/admin/agreements/agreement/", "/admin/agreements/agreement/add/", "/admin/agreements/agreement/4711/change/"),
    *("/admin/agreements/agreement/4711/history/", "/admin/participants/registration/", "/admin/participants/company/add/"),
    *("/admin/participants/registration/4711/change/", "/admin/marketplace/offer/", "/admin/marketplace/offer/4711/change/"),
    *("/admin/marketplace/sourcingrequest/4711/change/", "/admin/editions/edition/", "/admin/editions/edition/add/"),
    *("/admin/accounts/user/", "/admin/accounts/user/add/", "/admin/programme/forum/", "/admin/venue/booth/add/", "/admin/nothing/"),
]
POLICY = {
    "default-src": "'none'",
    **dict.fromkeys(["script-src", "style-src", "img-src", "font-src", "connect-src", "manifest-src", "form-action"], "'self'"),
    **dict.fromkeys(["base-uri", "object-src", "frame-ancestors"], "'none'"),
}
HEADERS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}
ADDRESSES = {"href", "src", "action", "formaction", "data", "poster"}


class Inline(HTMLParser):
    """Collects what a strict policy would not run, and what would be fetched from elsewhere."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: Any) -> None:
        given = dict(attributes)
        is_data = given.get("type") in {"application/json", "application/ld+json"}
        if tag in {"style", "base", "iframe", "object", "embed"} or (tag == "script" and not given.get("src") and not is_data):
            self.found.append(f"<{tag}>")
        self.found += [f"{tag} {name}" for name in given if name == "style" or name.startswith(("on", "hx-on"))]
        self.found += [f"{name}={value}" for name, value in given.items() if name in ADDRESSES and _runs(value or "")]
        if tag in {"script", "img", "link"} and (given.get("src") or "").startswith(("http:", "https:", "//")):
            self.found.append(f"{tag} from {given['src']}")


def _runs(address: str) -> bool:
    return "".join(address.split()).lower().startswith(("javascript:", "data:text", "vbscript:"))


@pytest.fixture
def expo(edition: Any, chain: Any, exhibitor: Any, buyer: Any, supplier_segment: Any) -> None:
    builders.forum(edition, key="opening", on=edition.starts_on, chain=chain)
    builders.booth(builders.hall(edition))
    builders.offer(exhibitor, supplier_segment, pk=4711, certificates=("ISO 9001",))
    builders.sourcing_request(buyer, supplier_segment, pk=4711)
    builders.agreement(edition, chain, exhibitor.company, buyer.company, pk=4711)
    builders.registration(builders.company(), edition, status="submitted", pk=4711)


def check(client: Client, address: str) -> None:
    answer = client.get(address, follow=True)
    policy = dict(part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";"))
    assert policy == POLICY, address
    assert {name: answer[name] for name in HEADERS} == HEADERS, address
    if "html" in answer["Content-Type"]:
        assert Inline(answer.text).found == [], address


@pytest.mark.parametrize(("who", "pages"), [(None, OPEN + WRONG), ("boris", OWN), ("organiser", ADMIN)], ids=["open", "own", "admin"])
def test_no_page_holds_anything_inline_and_all_carry_the_headers(who, pages, expo, client_of, request):
    client = client_of(request.getfixturevalue(who) if who else None)
    for address in pages:
        check(client, address)


def test_the_reader_above_would_find_what_is_inline():
    bad = '<p style="x"><a onclick="x" href="java\nscript:x"><script>x</script><script src="//x"></script><style>'
    assert len(Inline(bad).found) == 6


def test_refusals_carry_the_headers_too(expo, client_of, carla, client):
    check(client_of(carla), "/admin/")  # 403
    for answer in (
        Client(enforce_csrf_checks=True).post("/accounts/login/"),
        client.get("/market/", headers={"host": "evil.example"}),
        client.delete("/api/v1/offers/"),
        client_of(carla).post("/forums/opening/seat/back/"),
    ):
        assert answer.status_code in {400, 403, 405, 409}
        assert "default-src 'none'" in answer["Content-Security-Policy"]
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "html" not in answer["Content-Type"] or Inline(answer.text).found == []


def test_a_page_that_broke_keeps_the_headers_and_says_nothing_of_the_inside(expo, client, monkeypatch):
    monkeypatch.setattr("matchmaking.matching.views.market_of", lambda _address: 1 / 0)
    client.raise_request_exception = False
    answer = client.get("/market/")
    assert answer.status_code == 500
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert Inline(answer.text).found == []
    for inside in ("Traceback", "ZeroDivision", "matchmaking"):
        assert inside not in answer.text


def test_static_files_are_sent_as_what_they_are(client, db):
    for address in ("/static/css/app.css", "/static/icons/favicon.svg"):
        answer = client.head(address)
        assert (answer.status_code, answer["X-Content-Type-Options"]) == (200, "nosniff")
