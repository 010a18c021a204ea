"""The monitor's figures: closed to strangers, true, and without a way for strangers to make them grow."""

import pytest

from expo.foundation.models import OutboxMessage
from tests import builders

TOKEN = "m0nitor-0123456789-abcdef"
pytestmark = pytest.mark.django_db


def figures(client, **headers):
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}", **headers})
    assert answer.status_code == 200
    lines = [line.rpartition(" ") for line in answer.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _space, value in lines}


def test_the_door_is_closed_to_everybody_unless_opened(client, client_of, organiser):
    for browser in (client, client_of(organiser)):
        for headers in ({}, {"Authorization": "Bearer "}, {"Authorization": "Bearer None"}):
            assert browser.get("/metrics", headers=headers).status_code == 404


def test_the_token_opens_it_and_no_other_word_does(client, settings):
    settings.METRICS_TOKEN = TOKEN
    for wrong in ("", TOKEN[:-1], TOKEN + "x", TOKEN.upper(), f"Basic {TOKEN}"):
        assert client.get("/metrics", headers={"Authorization": f"Bearer {wrong}"}).status_code == 404
    assert figures(client)["interchange_database_up"] == 1


@pytest.mark.parametrize(
    ("proxies", "passed", "status"),
    [
        (0, "", 200),
        (0, "203.0.113.9", 200),
        (1, "", 200),
        (1, "127.0.0.1", 200),
        (1, "203.0.113.9", 404),
        (1, "127.0.0.1, 203.0.113.9", 404),
        (2, "127.0.0.1, 203.0.113.9", 200),
        (2, "203.0.113.9", 404),
        (1, "nonsense", 404),
    ],
)
def test_a_network_opens_it_for_who_truly_comes_from_there(proxies, passed, status, client, settings):
    from ipaddress import ip_network

    settings.METRICS_NETWORKS, settings.ALLAUTH_TRUSTED_PROXY_COUNT = [ip_network("127.0.0.0/8")], proxies
    assert client.get("/metrics", headers={"X-Forwarded-For": passed} if passed else {}).status_code == status
    settings.METRICS_NETWORKS = [ip_network("10.0.0.0/8")]
    assert client.get("/metrics").status_code == 404


def test_they_say_what_waits(client, settings):
    settings.METRICS_TOKEN = TOKEN
    person = builders.person()
    OutboxMessage.objects.create(recipient=person, kind="x", subject="x", body="x", message_id="<1>")
    OutboxMessage.objects.create(recipient=person, kind="x", subject="x", body="x", message_id="<2>", attempts=8)
    found = figures(client)
    assert found["interchange_outbox_waiting"] == 1
    assert found["interchange_outbox_given_up"] == 1
    assert found["interchange_outbox_oldest_seconds"] >= 0
    assert found["interchange_jobs_waiting"] == 0
    assert "interchange_worker_seen_seconds" not in found  # none was ever seen


def test_requests_are_counted_by_pattern_so_that_strangers_make_no_new_series(client, settings):
    settings.METRICS_TOKEN = TOKEN
    series = 'interchange_requests_total{method="GET",route="/privacy/",status="200"}'
    before = figures(client).get(series, 0)
    client.get("/privacy/?q=1")
    client.get("/zh/privacy/")
    kinds = len(figures(client))
    for number in range(5):
        client.get(f"/nothing-{number}/")
        client.generic(f"METHOD{number}", "/privacy/")
    after = figures(client)
    assert after[series] == before + 1
    assert len(after) - kinds <= 2 * 2 + 14  # one pattern "none" and one method OTHER, each with its time, and a histogram
    assert not any("nothing-" in name or "METHOD" in name for name in after)
