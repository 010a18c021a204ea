"""Whatever is typed into a form, a filter or an address: a 400 or a sentence beside the field, never a 500, and the lists still open."""

from io import BytesIO
from sys import stderr
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import pytest
from django.test import Client

from expo.wsgi import application
from tests import builders
from tests.flows.visitor import Form, Reader

HUGE = "9" * 401
UNREADABLE = ["a\x00b", "\ud800"]
HOSTILE = [
    "0001-01-01",
    "9999-12-31",
    "1e400",
    "-1e400",
    "1e-400",
    "NaN",
    "sNaN",
    "Infinity",
    HUGE,
    "-1",
    "0." + "0" * 400 + "1",
    "\u0663\u0663",
    "x" * 20_000,
    "= = \u202e\u2028\ufeff\r\n\t",
    "https://[",
    "[]",
    "../../etc/passwd",
    "",
]
STEP = 5
PAGES = {
    None: [
        *("/market/", "/exhibitors/", "/forums/", "/hs/", "/plan/?hall=x", "/accounts/login/", "/accounts/signup/"),
        "/accounts/password/reset/",
    ],
    "carla": [
        "/register/company/?role=buyer",
        "/register/company/?role=exhibitor",
        "/account/",
        "/accounts/email/",
        "/accounts/password/change/",
    ],
    "boris": [
        "/post/offer/",
        "/offers/4711/edit/",
        "/companies/borealis-cells/edit/",
        "/companies/borealis-cells/members/",
        "/register/4711/",
    ],
    "anna": ["/post/request/", "/requests/4711/edit/", "/companies/aurora-motors/edit/"],
    "organiser": [
        *("/admin/agreements/agreement/add/", "/admin/participants/company/add/", "/admin/participants/registration/"),
        *("/admin/editions/edition/add/", "/admin/programme/forum/add/", "/admin/venue/booth/add/", "/admin/venue/hall/add/"),
        *("/admin/marketplace/offer/4711/change/", "/admin/marketplace/sourcingrequest/4711/change/", "/admin/accounts/user/add/"),
        *("/admin/participants/registration/4711/change/", "/admin/editions/exchangerate/add/", "/admin/editions/reportedfigure/add/"),
        *(
            "/admin/participants/consent/add/",
            "/admin/participants/block/add/",
            "/admin/agreements/agreement/",
            "/admin/marketplace/offer/",
        ),
    ],
}


@pytest.fixture
def expo(edition: Any, chain: Any, exhibitor: Any, buyer: Any, supplier_segment: Any) -> None:
    builders.forum(edition, key="opening", chain=chain, capacity=3)
    builders.booth(builders.hall(edition))
    builders.offer(exhibitor, supplier_segment, pk=4711, status="draft", certificates=("ISO 9001",))
    builders.sourcing_request(buyer, supplier_segment, pk=4711, status="draft")
    builders.registration(exhibitor.company, edition, role="buyer", status="draft", pk=4711)


def forms_of(client: Client, page: str) -> list[tuple[str, Form]]:
    """Return the forms of a page with their addresses; those that sign out or change the language are left alone."""
    text = client.get(page, follow=True).text
    found = [(urlsplit(urljoin(page, form.action or page)), form) for form in Reader(text).forms]
    return [(f"{address.path}?{address.query}", form) for address, form in found if "logout" not in address.path]


def send(client: Client, address: str, form: Form, values: dict[str, Any]) -> int:
    """Send the form as the browser would; what is no text in UTF-8 is written byte by byte."""
    encoded = urlencode(values, doseq=True, errors="surrogatepass")
    if form.method == "get":
        return int(client.get(f"{address.partition('?')[0]}?{encoded}").status_code)
    client.raise_request_exception = False
    return int(client.post(address, encoded, content_type="application/x-www-form-urlencoded").status_code)


def rounds(form: Form) -> list[dict[str, Any]]:
    """Return what to send: in every round each field holds another of the hostile texts; counts of rows are broken in one of them."""
    names = [name for name in form.values if name != "csrfmiddlewaretoken"]
    buttons = {name: value for _words, name, value in form.buttons[:1] if name}
    sent = []
    for start in range(0, len(HOSTILE), STEP):
        values = {name: HOSTILE[(start + place) % len(HOSTILE)] for place, name in enumerate(names)}
        kept = {name: form.values[name] for name in names if name.endswith("_FORMS") and start}
        sent.append({**values, **kept, **buttons})
    return sent


@pytest.mark.parametrize("who", PAGES)
def test_no_form_falls_over(who, expo, client_of, request):
    client = client_of(request.getfixturevalue(who) if who else None)
    fell, forms = [], 0
    for page in PAGES[who]:
        for address, form in forms_of(client, page):
            forms += 1
            answers = {send(client, address, form, values) for values in rounds(form)}
            unreadable = {send(client, address, form, {next(iter(form.values)): text}) for text in UNREADABLE} if form.values else {400}
            fell += [(address, answers)] if max(answers, default=0) >= 500 else []
            assert unreadable == {400}, address
    assert fell == []
    assert forms >= len(PAGES[who]) - 3
    for page in ("/market/", "/exhibitors/", "/forums/", "/", "/api/v1/offers/", "/api/v1/companies/"):
        assert client.get(page).status_code == 200, f"{page} is poisoned"


@pytest.mark.parametrize("kind", ["zlib", "punycode", "undefined", "utf-7", "unicode_escape"])
@pytest.mark.parametrize("form", ["multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "application/json"])
def test_an_encoding_that_is_none_of_text_is_a_400(kind, form, client, db):
    body = b'--x\r\nContent-Disposition: form-data; name="q"\r\n\r\n+2AA-\\ud800\r\n--x--\r\n'
    answer = client.generic("POST", "/accounts/login/", body, content_type=f"{form}; charset={kind}")
    assert answer.status_code == 400
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", ["sessionid", "csrftoken", "django_language", "messages"])
def test_a_cookie_may_be_anything(name, client, db):
    for value in ('"abcdefgh\\000"', "x" * 5000, '"\\355\\240\\200abcdefgh"', "%00aaaaaaaaaa", "\xff" * 40):
        answers = {client.get(page, headers={"cookie": f"{name}={value}"}).status_code for page in ("/market/", "/desk/")}
        assert answers <= {200, 302, 400}


def test_a_header_may_be_anything(client, edition, carla):
    for name, value in (
        ("user-agent", "x" * 100_000),
        ("x-forwarded-for", "nonsense, \u0661"),
        ("accept-language", "x" * 100_000),
        ("hx-current-url", "http://["),
        ("range", "bytes=-9" * 20),
        ("if-modified-since", "Thu, 01 Jan 9999999 00:00:00 GMT"),
    ):
        for page in ("/market/", "/static/css/app.css", "/api/v1/offers/"):
            assert client.head(page, headers={name: value}).status_code in {200, 304, 404}, name
        signed = Client().post("/accounts/login/", {"login": carla.email, "password": builders.PASSWORD}, headers={name: value})
        assert signed.status_code in {302, 403}, name


@pytest.mark.parametrize("kind", ["zlib", "undefined", "punycode"])
def test_the_server_answers_where_the_encoding_breaks_the_address(kind, db):
    """The test client builds requests its own way, so this one goes through the door that the web server uses."""
    told: list[str] = []
    place = {"REQUEST_METHOD": "GET", "PATH_INFO": "/robots.txt", "QUERY_STRING": "q=%C3%A9", "CONTENT_TYPE": f"text/plain; charset={kind}"}
    server = {"SERVER_NAME": "testserver", "SERVER_PORT": "80", "wsgi.input": BytesIO(), "wsgi.errors": stderr, "wsgi.url_scheme": "http"}
    b"".join(application({**place, **server}, lambda status, _headers: told.append(status)))
    assert told == ["400 Bad Request"]
