from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import DataError, InterfaceError, OperationalError
from django.http import HttpResponse
from django.test import Client, RequestFactory

from expo.foundation.faults import is_away
from expo.foundation.middleware import show_refusals

ADDRESSES = ["/healthz?q=%00", "/healthz?q=%ff", "/healthz?q=%ed%a0%80", "/healthz?q=" + "a" * 9000, "/healthz%00"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_that_cannot_be_read_is_a_400(client: Client, address: str) -> None:
    assert client.get(address).status_code == 400


def test_a_form_with_a_nul_byte_is_a_400(client: Client) -> None:
    assert client.post("/healthz", {"name": "a\x00b"}).status_code == 400


def test_a_form_that_is_not_utf_8_is_a_400(client: Client) -> None:
    answer = client.generic("POST", "/healthz", b"name=%ff%fe", content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 400


@pytest.mark.parametrize("content_type", ["multipart/form-data", "multipart/form-data; boundary="])
def test_a_form_that_cannot_be_taken_apart_is_a_400_and_json_for_programs(client: Client, content_type: str) -> None:
    assert client.generic("POST", "/healthz", b"{}", content_type=content_type).status_code == 400
    answer = client.generic("POST", "/api/v1/offers/", b"{}", content_type=content_type)
    assert (answer.status_code, answer["Content-Type"], answer.json()["code"]) == (400, "application/json", "invalid")


def test_a_form_of_too_many_fields_is_a_400_and_json_for_programs(client: Client, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 2
    answer = client.post("/api/v1/offers/", {"one": "", "two": "", "three": ""})
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/json")


@pytest.mark.django_db
def test_every_page_carries_the_strict_headers(client: Client) -> None:
    headers = client.get("/healthz").headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cross-Origin-Embedder-Policy"] == "require-corp"


@pytest.mark.django_db
@pytest.mark.parametrize("fault", [OverflowError("Python int too large"), DataError("value out of range")])
def test_a_number_that_no_column_can_hold_is_a_400(rf: RequestFactory, fault: Exception) -> None:
    request = rf.get("/market/")
    request.user = AnonymousUser()
    answer = show_refusals(lambda _request: HttpResponse()).process_exception(request, fault)
    assert answer is not None
    assert answer.status_code == 400
    assert b"not understood" in answer.content


def test_other_faults_stay_faults(rf: RequestFactory) -> None:
    assert show_refusals(lambda _request: HttpResponse()).process_exception(rf.get("/"), KeyError("x")) is None


@pytest.mark.parametrize("words", ["database is locked", "canceling statement due to lock timeout", "deadlock detected"])
def test_who_writes_while_much_is_stored_is_told_and_loses_nothing(words, db, client_of, carla, monkeypatch):
    def locked(*_args, **_options):
        raise OperationalError(words)

    client = client_of(carla)
    monkeypatch.setattr("matchmaking.desk.queries.own_desk", locked)
    monkeypatch.setattr("expo.foundation.rows.ReadOnlyRows.list", locked)
    for address in ("/desk/", "/api/v1/offers/"):
        answer = client.get(address)
        assert (answer.status_code, answer["Retry-After"]) == (503, "60")
        assert "try again in a minute" in answer.text


def caused_by(cause, kind=OperationalError):
    fault = kind(str(cause))
    fault.__cause__ = cause
    return fault


AWAY = [
    caused_by(psycopg.OperationalError("connection to server on socket failed")),
    caused_by(psycopg.errors.AdminShutdown("terminating connection due to administrator command")),
    caused_by(psycopg.errors.CannotConnectNow("the database system is starting up")),
    caused_by(psycopg.errors.TooManyConnections("sorry, too many clients already")),
    caused_by(psycopg.errors.ConnectionFailure("server closed the connection unexpectedly")),
    OperationalError("unable to open database file"),
    InterfaceError("connection already closed"),
]
THERE = [
    caused_by(psycopg.errors.QueryCanceled("canceling statement due to statement timeout")),
    caused_by(psycopg.errors.DeadlockDetected("deadlock detected")),
    OperationalError("no such table: offers"),
    OperationalError("database is locked"),
    InterfaceError("cursor already closed"),
    KeyError("connection already closed"),
    None,
]


def test_a_database_that_is_away_is_told_from_one_that_says_no():
    assert [is_away(fault) for fault in AWAY + THERE] == [True] * len(AWAY) + [False] * len(THERE)


@pytest.mark.parametrize("is_within_a_view", [True, False])
def test_while_the_database_is_away_all_are_told_to_come_again(is_within_a_view, db, client_of, carla, monkeypatch):
    def gone(*_args, **_options):
        raise AWAY[0]

    client = client_of(carla)
    client.raise_request_exception = False
    places = ("matchmaking.desk.queries.own_desk", "expo.foundation.rows.ReadOnlyRows.list")
    for place in places if is_within_a_view else ("django.contrib.auth.middleware.get_user",):
        monkeypatch.setattr(place, gone)
    page, rows = client.get("/desk/"), client.get("/api/v1/offers/")
    assert [(answer.status_code, answer["Retry-After"]) for answer in (page, rows)] == [(503, "60"), (503, "60")]
    assert "The database does not answer just now." in page.text
    assert rows.json()["code"] == "unavailable"
