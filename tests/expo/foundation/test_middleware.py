from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import DataError, OperationalError
from django.http import HttpResponse
from django.test import Client, RequestFactory

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


@pytest.mark.parametrize("words", ["database is locked", "canceling statement due to lock timeout"])
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
