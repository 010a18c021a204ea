"""The control of the fuzzing: a site that breaks its word is found out, one that keeps it is not, and one that hangs ends the run."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tools import fuzz

pytestmark = pytest.mark.long  # Each starts schemathesis.
ANSWER = {"description": "The rows.", "content": {"application/json": {"schema": {"type": "object"}}}}
DESCRIPTION = {
    "openapi": "3.1.0",
    "info": {"title": "Two lists", "version": "1"},
    "paths": {f"/api/v1/{name}/": {"get": {"responses": {"200": ANSWER}}} for name in ("stops", "lines")},
}
EFFORT = fuzz.Effort(2, 120, fuzz.QUICK_PHASES)


@pytest.fixture
def site():
    """Return a function that starts a site which answers so to /api/v1/lines/, and as it should to everything else."""
    running = []

    def started(status, wait=0.0):
        class Answers(BaseHTTPRequestHandler):
            def do_GET(self):
                path = self.path.partition("?")[0]
                if path == "/api/v1/lines/":
                    gate.wait(wait)
                body = json.dumps(DESCRIPTION if path == "/api/v1/schema/" else {}).encode()
                self.send_response(status if path == "/api/v1/lines/" else 200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_said):
                pass

        gate = threading.Event()
        server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        running.append((server, gate))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return fuzz.Site("127.0.0.1", server.server_port, {})

    yield started
    for server, gate in running:
        gate.set()
        server.shutdown()
        server.server_close()


def test_a_site_that_keeps_its_word_passes_and_is_sent_the_same_again(site):
    first, second = (fuzz.fuzz(site(200), "sqlite", "nobody", EFFORT) for _ in range(2))
    assert first.passed
    assert first.asked == {"GET /api/v1/stops/", "GET /api/v1/lines/"}
    assert first.sent.hexdigest() == second.sent.hexdigest()


@pytest.mark.parametrize(("status", "said"), [(500, "ST101"), (418, "ST103")])
def test_an_answer_that_must_not_be_is_noticed(status, said, site, capsys):
    count = fuzz.fuzz(site(status), "sqlite", "nobody", EFFORT)
    assert not count.passed
    assert status in count.statuses
    assert said in capsys.readouterr().out


def test_a_site_that_hangs_ends_the_run(site, capsys):
    count = fuzz.fuzz(site(200, wait=60), "sqlite", "nobody", fuzz.Effort(2, 8, fuzz.QUICK_PHASES))
    assert not count.passed
    assert "Not done after 8 s." in capsys.readouterr().out


def test_an_operation_that_was_never_asked_is_a_failure(site, capsys, monkeypatch):
    monkeypatch.setattr(fuzz, "LEFT_OUT", "/api/v1/stops/")
    there = fuzz.operations
    monkeypatch.setattr(fuzz, "operations", lambda one: there(one) | {"GET /api/v1/stops/"})
    assert not fuzz.fuzz(site(200), "sqlite", "nobody", EFFORT).passed
    assert "Never asked: GET /api/v1/stops/" in capsys.readouterr().out
