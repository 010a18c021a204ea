"""Every HTML page of the resolver, drawn for real with the settings of production, graded like MDN's Observatory does."""

import runpy

import pytest
from django.test import Client

from expo.settings.environment import ROOT
from tests.security.doors import doors
from tests.security.observatory import Page, grade_of, points_of, score_of
from tests.security.world import build, closed, undone

pytestmark = pytest.mark.long

LEAST = 125
PRODUCTION = {
    "DEBUG": "false",
    "SECRET_KEY": "k3y-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLM",
    "SITE_URL": "https://testserver",
    "TRUSTED_PROXY_COUNT": "1",
    "EMAIL_URL": "smtp://localhost:25",
}
KINDS = ("SECURE_", "SESSION_COOKIE_", "CSRF_COOKIE_", "CONTENT_SECURITY", "X_FRAME", "CSRF_TRUSTED")
WRONG = ["/nothing/", "/zh/nothing/", "/offers/1/", "/forums/?kind=nothing", "/market/?page=x", "/admin/nothing/", "/zh/", "/zh/market/"]
WHO = ("nobody", "owner", "superuser")


@pytest.fixture
def production(monkeypatch, tmp_path, settings):
    """The settings that decide about headers and cookies, as production has them."""
    for name, value in {**PRODUCTION, "VAR_DIR": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    found = runpy.run_path(str(ROOT / "expo" / "settings" / "base.py"))
    for name, value in found.items():
        if name.startswith(KINDS):
            setattr(settings, name, value)
    return settings


def scanned(client, address):
    """Return the page as a scan sees it, None where it is no page or leads elsewhere."""
    with undone():
        answer = client.get(address, secure=True, headers={"origin": "https://evil.example"})
    assert answer.status_code < 500, address
    if closed(answer).streaming or "html" not in answer.headers.get("Content-Type", "") or 300 <= answer.status_code < 400:
        return None
    http = client.get(address) if address == "/" else None
    return Page(
        headers=dict(answer.headers),
        html=answer.content.decode(),
        cookies=list(answer.cookies.values()),
        redirect_from_http=http.headers.get("Location", "") if http else f"https://testserver{address}",
        cross_origin=dict(answer.headers),
    )


@pytest.mark.parametrize("who", WHO)
def test_every_page_is_graded_a_plus(who, production, db):
    world = build()
    client = Client(raise_request_exception=False)
    if who in world.people:
        client.force_login(world.people[who])
    graded = {}
    for address in [*(door.address for door in doors()), *WRONG]:
        page = scanned(client, address)
        if page is not None:
            graded[address] = score_of(page)
            assert score_of(page) >= LEAST, (address, points_of(page))
            assert grade_of(score_of(page)) == "A+"
    assert len(graded) >= {"nobody": 30, "owner": 45, "superuser": 150}[who]
    print(f"observatory: {len(graded)} pages as {who}, {min(graded.values())} to {max(graded.values())} points")  # noqa: T201 - asked for with -rP


def test_refusals_are_graded_like_pages(production, db):
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/accounts/login/", {}, secure=True)
    assert answer.status_code == 403
    page = Page(dict(answer.headers), answer.content.decode(), [], "https://testserver/")
    assert score_of(page) >= LEAST


def test_http_is_sent_to_https_on_the_same_host(production, db, client):
    answer = client.get("/market/?q=a")
    assert (answer.status_code, answer.headers["Location"]) == (301, "https://testserver/market/?q=a")
    assert client.get("/healthz").status_code == 200


def test_cookies_are_bound_to_this_host(production, db, client):
    cookie = client.get("/accounts/login/", secure=True).cookies["__Host-csrftoken"]
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (True, True, "Lax", "/", "")


SOUND = {
    "Content-Type": "text/html",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; frame-ancestors 'none'",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains; preload",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def graded(html="", **changed):
    headers = {name: changed.get(name.replace("-", "_"), value) for name, value in SOUND.items()}
    return score_of(Page({name: value for name, value in headers.items() if value is not None}, html, [], "https://testserver/"))


@pytest.mark.parametrize(
    ("change", "score"),
    [
        ({}, 150),
        ({"Content_Security_Policy": "default-src 'self'; frame-ancestors 'none'"}, 145),
        ({"Content_Security_Policy": "default-src 'none'; script-src 'self' 'unsafe-inline'; frame-ancestors 'none'"}, 80),
        ({"Content_Security_Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"}, 140),
        ({"Content_Security_Policy": None}, 55),
        ({"Strict_Transport_Security": None}, 80),
        ({"Strict_Transport_Security": "max-age=600"}, 140),
        ({"Cross_Origin_Opener_Policy": None}, 140),
        ({"Cross_Origin_Resource_Policy": "nonsense"}, 135),
        ({"Referrer_Policy": "unsafe-url"}, 140),
        ({"X_Content_Type_Options": None}, 145),
        ({"html": '<script src="/a.js" integrity="sha384-x"></script>'}, 155),
        ({"html": '<script src="/a.js"></script>'}, 150),
        ({"html": '<script src="https://cdn.example/a.js"></script>'}, 145),
        ({"html": '<script src="//cdn.example/a.js"></script>'}, 50),
    ],
)
def test_the_rules_above_take_points_where_the_observatory_does(change, score):
    """The control: a page that lacks something gets less."""
    assert graded(**change) == score
