"""PostgreSQL goes and comes back: meanwhile everybody is told to come again, and a write that is repeated is stored once."""

import json
from http.client import HTTPConnection

import pytest
from django.conf import settings
from django.db import connection

from tests import builders
from tests.databases import PostgresCopy
from tests.live import Site
from tests.matchmaking.meetings.crowd import company, key_of, timetable

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.long,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no server that could be away"),
]
PAGES = ["/", "/zh/", "/market/", "/accounts/login/", "/no-such-page/"]
OWN_PAGES = ["/desk/", "/desk/meetings/", "/zh/desk/meetings/"]
ROWS = ["/api/v1/offers/", "/api/v1/meetings/", "/api/v1/meeting-requests/"]


def page_of(site, path, session=""):
    asked = HTTPConnection("127.0.0.1", site.port, timeout=30)
    try:
        asked.request("GET", path, headers={"Host": "localhost", "Cookie": f"{settings.SESSION_COOKIE_NAME}={session}" if session else ""})
        answer = asked.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        asked.close()


def test_while_the_database_is_away_everybody_is_told_to_come_again(tmp_path, client_of):
    setup = timetable(4, tables=2)
    (buyer, anna), (seller, _boris) = company(setup, "buyer"), company(setup)
    organiser = builders.person(is_staff=True, is_superuser=True)
    key, sessions = key_of(anna), ["", *(client_of(one).cookies[settings.SESSION_COOKIE_NAME].value for one in (anna, organiser))]
    ask = {"path": "/api/v1/meeting-requests/", "key": key, "body": {"sender": buyer.pk, "receiver": seller.pk}, "name": "once"}
    with PostgresCopy() as database, Site(database.address, tmp_path, workers=1) as site:
        site.manage("collectstatic", "--no-input", "-v", "0")
        site.start("web")
        site.until_it_answers()
        assert [page_of(site, "/desk/meetings/", one)[0] for one in sessions] == [302, 200, 200]
        database.kill()
        for _again in range(2):  # First the connection is lost in the middle, then there is none.
            for session in sessions:
                for path in PAGES + OWN_PAGES * bool(session):
                    tells_to_come_again(*page_of(site, path, session), path)
            for path in ROWS:
                says_so_to_programs(*site.call("GET", path, key=key))
            says_so_to_programs(*site.call("POST", **ask))
            assert site.call("GET", "/healthz")[::2] == (200, b'{"status": "ok"}')
            status, _headers, said = site.call("GET", "/readyz")
            assert (status, json.loads(said)["parts"]) == (503, {"database": "unreachable"})
        database.start()
        assert [site.call("POST", **ask)[0] for _twice in range(2)] == [201, 201]
        assert [page_of(site, "/desk/meetings/", one)[0] for one in sessions] == [302, 200, 200]
        assert site.call("GET", "/readyz")[0] == 200
        assert site.tell("[MeetingRequest.objects.count(), breaches()]") == [1, []]


def tells_to_come_again(status, headers, text, path):
    assert (status, headers.get("Retry-After")) == (503, "60"), path
    assert "The database does not answer just now." in text
    assert "Content-Security-Policy" in headers


def says_so_to_programs(status, headers, said):
    assert (status, headers.get("Retry-After"), headers["Content-Type"]) == (503, "60", "application/json")
    assert json.loads(said)["code"] == "unavailable"
