"""What every public page keeps: no cookie, both languages, and an answer to hostile input that is no fault of the server."""

from xml.etree.ElementTree import fromstring

import pytest

from tests import builders

PUBLIC = ["/editions/", "/forums/", "/plan/", "/", "/chains/", "/exhibitors/", "/market/", "/accessibility/", "/privacy/"]
UNREADABLE = ["q=%00", "%00=1", "q=%ff", "q=%ED%A0%80", "q=" + "x" * 100_000, "x" * 100_000 + "=1"]
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


@pytest.fixture
def expo(edition, chain, exhibitor, buyer, supplier_segment):
    builders.forum(edition, key="opening", chain=chain)
    builders.offer(exhibitor, supplier_segment)
    builders.sourcing_request(buyer, supplier_segment)
    builders.hall(edition)


@pytest.mark.parametrize("prefix", ["", "/zh"])
def test_a_public_page_sets_no_cookie_and_names_its_twin(prefix, expo, client):
    for address in (*PUBLIC, "/editions/2027/", "/forums/opening/"):
        answer = client.get(prefix + address)
        assert answer.status_code == 200
        assert not answer.cookies
        assert "no-store" not in answer.get("Cache-Control", "")
        twin = address if prefix else f"/zh{address}"
        assert f'href="{twin}"' in answer.text


@pytest.mark.parametrize("query", UNREADABLE, ids=lambda query: query[:12])
def test_what_cannot_be_read_is_a_400(query, client, db):
    answers = {address: client.get(f"{address}?{query}").status_code for address in PUBLIC}
    assert set(answers.values()) == {400}


@pytest.mark.parametrize(
    "query",
    [
        "page=abc",
        "page=-1",
        "page=0",
        "page=1.5",
        "page=" + "9" * 5000,
        "page=\u0663\u0663",
        "day=99999-01-01",
        "day=0000-00-00",
        "day=2027-02-30",
        "edition=' OR 1=1 --",
        "edition=nothing",
        "chain=nothing",
        "kind=nothing",
    ],
    ids=lambda query: query[:20],
)
def test_what_the_programme_does_not_know_is_refused(query, expo, client):
    assert client.get(f"/forums/?{query}").status_code in {400, 404}


@pytest.mark.parametrize("query", ["day=0001-01-01", "day=9999-12-31", "utm_source=poster", "ordering=password"])
def test_extreme_days_and_strange_names_do_no_harm(query, expo, client):
    assert client.get(f"/forums/?{query}").status_code == 200


HOSTILE = ["page=abc", "page=-1", "page=" + "9" * 400, "sort=password", "q=" + "a " * 500, "q=%25%27%22%3C", "price_min=1e999", "hall=%27"]


@pytest.mark.parametrize("query", HOSTILE, ids=lambda query: query[:12])
def test_no_list_falls_over(query, expo, client):
    answers = {address: client.get(f"{address}?{query}").status_code for address in PUBLIC}
    assert set(answers.values()) <= {200, 400, 404}, answers


@pytest.mark.parametrize("address", ["/forums/%00/", "/forums/%ff/", "/editions/..%2f/", "/forums/x%0ay.ics", "/companies/%ED%A0%80/"])
def test_hostile_addresses_lead_nowhere(address, expo, client):
    assert client.get(address).status_code in {400, 404}


def test_robots_are_told_where_not_to_go(client, db):
    answer = client.get("/robots.txt")
    assert answer["Content-Type"].startswith("text/plain")
    for line in ("Disallow: /admin/", "Disallow: /zh/desk/", "Disallow: /api/", "Sitemap: http://testserver/sitemap.xml"):
        assert line in answer.text.splitlines()


def test_the_sitemap_names_public_pages_in_both_languages(expo, aurora, client):
    builders.company("Hidden Works")
    index = fromstring(client.get("/sitemap.xml").content)
    sections = [place.text for place in index.iter(f"{SITEMAP}loc")]
    assert len(sections) == 8
    found = {place.text for section in sections for place in fromstring(client.get(section).content).iter(f"{SITEMAP}loc")}
    for address in ("/", "/zh/", "/editions/2027/", "/zh/forums/opening/", "/chains/smart-vehicle/", "/zh/companies/borealis-cells/"):
        assert f"http://testserver{address}" in found
    assert not any("hidden-works" in address for address in found)
    for address in found:
        assert client.get(address).status_code == 200, address
    twins = client.get("/sitemap-forums.xml").text
    assert 'hreflang="zh-hans" href="http://testserver/zh/forums/opening/"' in twins
    assert 'hreflang="x-default" href="http://testserver/forums/opening/"' in twins


def test_the_sitemap_keeps_invited_requests_and_drafts_to_itself(exhibitor, buyer, supplier_segment, client):
    builders.offer(exhibitor, supplier_segment, status="draft")
    builders.sourcing_request(buyer, supplier_segment, visibility="invited")
    for section in ("offers", "requests"):
        assert "<loc>" not in client.get(f"/sitemap-{section}.xml").text


def test_the_icon_and_the_manifest_are_there(client, db):
    icon = client.get("/favicon.ico")
    assert (icon.status_code, icon.url) == (302, "/static/icons/favicon.svg")
    manifest = client.get("/site.webmanifest")
    assert manifest["Content-Type"] == "application/manifest+json"
    assert manifest.json()["icons"][0]["src"] == "/static/icons/favicon.svg"


def test_the_api_description_page_carries_no_inline_script_or_style(client, db):
    answer = client.get("/api/v1/docs/")
    assert not answer.cookies
    assert "<style" not in answer.text
    assert " style=" not in answer.text
    assert "<script>" not in answer.text
    assert 'data-schema="/api/v1/schema/"' in answer.text
