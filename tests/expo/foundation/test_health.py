import logging
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client, RequestFactory

from expo.foundation.views import broken


def test_the_site_says_that_it_is_alive(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


@pytest.mark.django_db
def test_the_site_is_ready_when_its_database_answers(client: Client) -> None:
    assert client.get("/readyz").json() == {"status": "ok"}


@pytest.mark.django_db
def test_the_site_is_not_ready_when_its_database_is_gone(client: Client) -> None:
    def unreachable(*_args: Any) -> None:
        raise OperationalError("server closed the connection")

    with connection.execute_wrapper(unreachable):
        answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "database unreachable"}


def test_a_broken_page_gives_a_reference_that_stands_in_the_log(rf: RequestFactory, caplog: pytest.LogCaptureFixture) -> None:
    request = rf.get("/market/")
    request.reference = "c0ffee42"  # type: ignore[attr-defined] # set by the middleware
    with caplog.at_level(logging.ERROR):
        answer = broken(request)
    assert answer.status_code == 500
    assert b"c0ffee42" in answer.content
    assert "reference c0ffee42" in caplog.text
