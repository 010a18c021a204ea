"""What every endpoint of the API keeps: its shape, its errors, its number of queries, and the description it gives of itself."""

import json
from base64 import b64encode
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone
from drf_spectacular import validation
from jsonschema import Draft202012Validator
from openapi_schema_validator import OAS31Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from expo.api import router
from expo.editions.models import ChainArea, Disagreement, ExchangeRate, Publication, Statistic
from expo.foundation.staff import vouched
from expo.foundation.writing import SignedIn
from expo.programme.models import Session, Speaker
from expo.venue.models import Pavilion
from matchmaking.agreements.actions.report import freeze_report
from matchmaking.participants.models import SupplyLink
from tests import builders

ROUTES = {prefix: viewset for prefix, viewset, _name in router.registry}
ALL_LISTS = sorted(prefix for prefix, viewset in ROUTES.items() if hasattr(viewset, "list"))
LISTS = [prefix for prefix in ALL_LISTS if SignedIn not in ROUTES[prefix].permission_classes]
# The list says in short what is there, and the map or the report is read by itself: a row of one is none of the other.
TILES = ["chain-maps", "frozen-reports"]
WITH_ROWS = [prefix for prefix in LISTS if hasattr(ROUTES[prefix], "retrieve")]  # A search answers hits; what changed is a list of names.
# A forum reads its sessions, speakers and sources; an agreement its parties, which of them have a page, and what they said.
MOST_QUERIES = {"forums": 4, "agreements": 5}


def fill(number):
    """Build one more row behind every address."""
    edition = builders.edition(slug=f"y{number}", guest_country="HU", starts_on=date(2026, 6, 18), ends_on=date(2026, 6, 22))
    chain = builders.chain(edition)
    supplier, customer = builders.segment(chain), builders.segment(chain)
    builders.link(supplier, customer)
    figure = builders.figure(edition, builders.metric(f"metric-{number}"), 150_000_000_000)
    source = figure.sources.get()
    edition.sources.add(source, builders.source())
    ExchangeRate.objects.create(edition=edition, currency="USD", cny_per_unit=Decimal("7.24"), as_of=date(2026, 1, 1), source_note="Test")
    Disagreement.objects.create(key=f"d{number}", edition=edition, metric=figure.metric, topic_en="T", said_en="S", resolution_en="R")
    Publication.objects.create(key=f"p{number}", edition=edition, kind="report", title_en="R", industries_en=["a"]).sources.add(source)
    Pavilion.objects.create(key=f"v{number}", edition=edition, name_en="Hungary", country="HU", kind="national").sources.add(source)
    hall = builders.hall(edition, is_demo=True)
    area = ChainArea.objects.get(edition=edition, chain=chain)
    builders.booth(hall, area=area, segment=supplier, stage="upstream")
    builders.booth(hall, x=10)
    forum = builders.forum(edition, chain=chain, on=date(2026, 6, 20))
    for session in (Session.objects.create(forum=forum, title_en="A"), Session.objects.create(forum=forum, title_en="B")):
        Speaker.objects.create(session=session, name_en="Ada")
    builders.forum(edition)
    Statistic.objects.create(
        edition=edition,
        metric=figure.metric,
        value=160_000,
        source_note="The gates",
        measured_at=edition_end(edition),
        entered_at=timezone.now(),
    )
    fill_matchmaking(number, edition, chain, supplier, source)


def edition_end(edition):
    return timezone.make_aware(datetime.combine(edition.ends_on, time(18)))


def fill_matchmaking(number, edition, chain, segment, source):
    seller, buyer = builders.company(country="CN", about_en="Cells"), builders.company(country="DE")
    exhibits = builders.registration(seller, edition, main_segment=segment)
    exhibits.chains.add(chain)
    buys = builders.registration(buyer, edition, role="buyer")
    builders.offer(exhibits, segment, certificates=("ISO 9001", "IATF 16949"), origin="CN", incoterms=("FOB",))
    builders.sourcing_request(buys, segment, certificates=("ISO 9001",), deliver_to="DE")
    builders.sourcing_request(buys, segment, visibility="name_hidden")
    builders.agreement(edition, chain, seller, buyer, amount=Decimal(5), currency="USD", signed_on=date(2026, 6, 20))
    builders.agreement(edition, chain, seller, buyer, amount=None, currency="", is_undisclosed=True, visibility="anonymous")
    SupplyLink.objects.create(key=f"s{number}", supplier=seller, customer=buyer, item_en="Cells", year=2026).sources.add(source)
    organiser = builders.person(f"organiser{number}@example.com", is_staff=True, is_superuser=True)
    freeze_report(edition, by=vouched(organiser), note="Read out")


@pytest.fixture
def filled(edition):
    fill(1)


@pytest.fixture(scope="session")
def document(tmp_path_factory):
    path = tmp_path_factory.mktemp("api") / "schema.json"
    call_command("spectacular", "--format", "openapi-json", "--fail-on-warn", "--file", str(path))
    said = json.loads(path.read_text())
    # What `--validate` asks, but the schema of the schemas is gone through once, not at each of its references.
    form = json.loads((Path(validation.__file__).parent / "openapi_3_1_schema.json").read_text())
    asked = Draft202012Validator(form, registry=(DRAFT202012.create_resource(form) @ Registry()).crawl())
    assert (said["openapi"][:3], list(asked.iter_errors(said))) == ("3.1", [])
    assert not asked.is_valid({**said, "info": {"title": 5}})
    return said


@pytest.fixture
def must_match(document):
    """Check an answer against what the document says of its operation and status."""

    def check(path, answer):
        said = document["paths"][path]["get"]["responses"][str(answer.status_code)]
        schema = said["content"]["application/json"]["schema"]
        validator = OAS31Validator({**schema, "components": document["components"]}, format_checker=OAS31Validator.FORMAT_CHECKER)
        problems = [f"{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in validator.iter_errors(answer.json())]
        assert not problems
        assert answer["Content-Type"] == "application/json"

    return check


def address_of(prefix, row):
    lookup = ROUTES[prefix].lookup_field
    return f"/api/v1/{prefix}/{row['id' if lookup == 'pk' else lookup]}/"


def detail_path(document, prefix):
    return next(path for path in document["paths"] if path.startswith(f"/api/v1/{prefix}/{{"))


@pytest.mark.parametrize("prefix", [prefix for prefix in WITH_ROWS if prefix not in TILES])
def test_list_and_detail_are_what_the_document_says(prefix, filled, client, must_match, document):
    answer = client.get(f"/api/v1/{prefix}/")
    must_match(f"/api/v1/{prefix}/", answer)
    rows = answer.json()["results"]
    assert rows, "an empty list proves nothing"
    for row in rows:
        one = client.get(address_of(prefix, row))
        must_match(detail_path(document, prefix), one)
        assert one.json() == row


def test_the_list_of_maps_and_a_map_are_what_the_document_says(filled, client, must_match, document):
    answer = client.get("/api/v1/chain-maps/?edition=y1")
    must_match("/api/v1/chain-maps/", answer)
    rows = answer.json()["results"]
    assert rows, "an empty list proves nothing"
    for row in rows:
        must_match(detail_path(document, "chain-maps"), client.get(f"/api/v1/chain-maps/{row['chain']}/?edition=y1"))


def test_the_list_of_frozen_reports_and_one_of_them_are_what_the_document_says(filled, client, must_match, document):
    answer = client.get("/api/v1/frozen-reports/")
    must_match("/api/v1/frozen-reports/", answer)
    (row,) = answer.json()["results"]
    one = client.get(address_of("frozen-reports", row))
    must_match(detail_path(document, "frozen-reports"), one)
    assert {key: one.json()[key] for key in row} == row


@pytest.mark.parametrize("prefix", WITH_ROWS)
def test_errors_are_what_the_document_says(prefix, filled, client, must_match, document):
    nothing = "987654321" if ROUTES[prefix].lookup_field == "pk" else "nothing-here"
    missing = client.get(f"/api/v1/{prefix}/{nothing}/")
    assert missing.status_code == 404
    must_match(detail_path(document, prefix), missing)
    unknown = client.get(f"/api/v1/{prefix}/?colour=red")
    assert (unknown.status_code, unknown.json()["fields"]) == (400, {"colour": ["No such filter."]})
    must_match(f"/api/v1/{prefix}/", unknown)
    tongue = client.get(f"/api/v1/{prefix}/", headers={"accept": "text/html"})
    assert tongue.status_code == 406
    must_match(f"/api/v1/{prefix}/", tongue)


@pytest.mark.parametrize("prefix", LISTS)
def test_a_list_takes_the_same_queries_for_one_and_for_many(prefix, filled, client, count_queries):
    one = count_queries(lambda: client.get(f"/api/v1/{prefix}/"))
    for number in range(2, 5):
        fill(number)
    assert count_queries(lambda: client.get(f"/api/v1/{prefix}/")) == one <= MOST_QUERIES.get(prefix, 3)


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_a_stranger_writes_nothing(method, client, db):
    for prefix in ALL_LISTS:
        answer = getattr(client, method)(f"/api/v1/{prefix}/", "{}", content_type="application/json")
        if method == "post" and hasattr(ROUTES[prefix], "create"):
            assert answer.status_code in {401, 403}, prefix
        else:
            assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed"), prefix
            assert method.upper() not in answer["Allow"]


def test_reading_sets_no_cookie(filled, client):
    for prefix in LISTS:
        assert not client.get(f"/api/v1/{prefix}/").cookies


HOSTILE = [
    "cursor=%00",
    "cursor=%ff",
    "cursor=%ED%A0%80",
    "cursor=abc",
    "cursor=" + b64encode(b"p=abc").decode(),
    "cursor=" + b64encode(b"p=99999999999999999999999").decode(),
    "cursor=" + b64encode(b"o=-1").decode(),
    "cursor=" + b64encode("p=\u0663".encode()).decode(),
    "page_size=0",
    "page_size=-1",
    "page_size=abc",
    "page_size=\u0663",
    "page_size=" + "9" * 5000,
    "ordering=password",
    "sort=newest",
    "page=1",
    "edition__host_en=x",
    "edition=%00",
    "x" * 100_000,
    "edition=" + "x" * 100_000,
]


@pytest.mark.parametrize("query", HOSTILE, ids=lambda query: query[:30])
def test_hostile_input_is_refused(query, client, filled):
    answers = {prefix: client.get(f"/api/v1/{prefix}/?{query}").status_code for prefix in LISTS}
    assert not {prefix: status for prefix, status in answers.items() if status not in {400, 404}}


@pytest.mark.parametrize("part", ["%00", "%ff", "9" * 400, "1.5", "-1", "..%2f", "%ED%A0%80", "a" * 7000], ids=lambda part: part[:9])
def test_hostile_addresses_lead_nowhere(part, client, db):
    answers = {prefix: client.get(f"/api/v1/{prefix}/{part}/").status_code for prefix in LISTS}
    assert not {prefix: status for prefix, status in answers.items() if status not in {400, 404}}


def test_every_filter_refuses_what_it_cannot_read(filled, client):
    """A filter with a closed set of values, a date or a number answers 400 to a word from nowhere, never 500."""
    for prefix in LISTS:
        filterset = getattr(ROUTES[prefix], "filterset_class", None)
        for name in filterset.base_filters if filterset else ():
            for value in ("zz~zz", "99999-01-01", "0001-01-01", "-1e999", "9" * 40, "\u202e'\"<>\\"):
                answer = client.get(f"/api/v1/{prefix}/", {name: value})
                assert answer.status_code in {200, 400}, (prefix, name, value)
                assert answer.status_code == 200 or answer.json()["code"] == "invalid"


def test_a_switch_is_true_or_false(filled, client):
    assert client.get("/api/v1/offers/?debut=true").status_code == 200
    answer = client.get("/api/v1/offers/?debut=perhaps")
    assert (answer.status_code, answer.json()["fields"]) == (400, {"debut": ["true or false."]})


@pytest.mark.parametrize("asked", ["offers/?changed_since=", "companies/?changed_since=", "forums/?day=", "offers/?unit="])
def test_an_empty_day_moment_or_choice_is_refused(asked, filled, client):
    answer = client.get(f"/api/v1/{asked}")
    name = asked.partition("?")[2].rstrip("=")
    assert (answer.status_code, answer.json()["fields"]) == (400, {name: ["Give a value, or leave it out."]})


def test_the_changes_are_what_the_document_says(filled, client, must_match):
    answer = client.get("/api/v1/changes/?since=2020-01-01T00:00:00Z")
    assert answer.json()["results"]
    must_match("/api/v1/changes/", answer)


def test_the_outcome_of_an_edition_is_what_the_document_says(filled, client, must_match):
    for path in ("/api/v1/outcomes/y1/", "/api/v1/outcomes/nothing/"):
        must_match("/api/v1/outcomes/{slug}/", client.get(path))
    found = client.get("/api/v1/outcomes/y1/").json()
    assert (found["agreements"], found["undisclosed"], found["amount_cny"], found["amount_usd"]) == (2, 1, "36.20", "5.00")


def test_pages_follow_one_another(edition, client):
    for number in range(5):
        builders.source(key=f"s{number}")
    first = client.get("/api/v1/sources/?page_size=2").json()
    second = client.get(first["next"]).json()
    third = client.get(second["next"]).json()
    assert [row["key"] for page in (first, second, third) for row in page["results"]] == ["s4", "s3", "s2", "s1", "s0"]
    assert third["next"] is None
    assert client.get(third["previous"]).json() == second


def test_a_page_holds_at_most_a_hundred(edition, client):
    for _ in range(101):
        builders.source()
    assert len(client.get("/api/v1/sources/?page_size=100").json()["results"]) == 100
    assert client.get("/api/v1/sources/?page_size=101").json()["fields"] == {"page_size": ["A number from 1 to 100."]}


@pytest.mark.parametrize("path", ["/api/", "/api/v1/nothing/", "/api/v2/editions/", "/api/v1/editions/a/b/c/", "/api/v1/segments/a%0Ab/"])
@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_an_unknown_route_answers_in_the_same_shape(path, method, client, db):
    answer = getattr(client, method)(path)
    assert (answer.status_code, answer.json()) == (404, {"code": "not_found", "detail": "Not found.", "fields": {}})


def test_the_contents_list_every_address(client, db):
    assert sorted(client.get("/api/v1/").json()) == ALL_LISTS


def test_an_unsafe_address_is_never_sent(filled, client):
    builders.source(key="unsafe", address="https://unsafe.example/", link_ok=False)
    builders.source(key="safe", address="https://safe.example/", link_ok=True)
    assert client.get("/api/v1/sources/unsafe/").json()["address"] == ""
    assert client.get("/api/v1/sources/safe/").json()["address"] == "https://safe.example/"
    assert "unsafe.example" not in client.get("/api/v1/sources/").text


def test_figures_keep_every_digit(filled, client):
    (figure,) = client.get("/api/v1/reported-figures/?edition=y1").json()["results"]
    assert (figure["value"], figure["qualifier"], len(figure["sources"])) == ("150000000000.00", "exact", 1)


def test_a_forum_lists_its_sessions_and_speakers(filled, client):
    forum = client.get("/api/v1/forums/?day=2026-06-20").json()["results"][0]
    assert [session["title_en"] for session in forum["sessions"]] == ["A", "B"]
    assert [(speaker["name_en"], speaker["session"]) for speaker in forum["speakers"]] == [("Ada", "A"), ("Ada", "B")]


def test_the_document_is_served(client, db):
    answer = client.get("/api/v1/schema/", headers={"accept": "application/json"})
    assert answer.status_code == 200
    assert not answer.cookies
    assert "openapi" in answer.text[:40]
