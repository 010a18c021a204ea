"""The runner itself, with its real children: under production settings, which need neither fixtures nor demo."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings

pytestmark = pytest.mark.skipif(
    "sqlite" not in settings.DATABASES["default"]["ENGINE"], reason="starts its own site, on SQLite; once is enough"
)

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def runner(tmp_path, port):
    """Start the runner and end it, whatever the test did."""
    started = []
    environment = {
        "PATH": os.environ["PATH"],
        "DEBUG": "false",
        "SECRET_KEY": "k3y-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLM",
        "SITE_URL": f"http://localhost:{port}",
        "VAR_DIR": str(tmp_path / "var"),
        "PORT": str(port),
        "WEB_WORKERS": "1",
        "LOG_LEVEL": "ERROR",
    }

    def run():
        started.append(
            subprocess.Popen(
                [sys.executable, "-m", "tools.run"],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
        )
        return started[-1]

    yield run
    for process in started:
        process.terminate()
        process.communicate(timeout=30)


def said_until(process, words):
    """Read what the runner says up to the line with these words."""
    said = []
    for line in process.stdout:
        said.append(line.decode())
        if words in said[-1]:
            return "".join(said)
    raise AssertionError("".join(said))


def children_of(process):
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return {Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " "): int(pid) for pid in listed}


def is_gone(pid):
    for _ in range(50):
        if not Path(f"/proc/{pid}").exists():
            return True
        time.sleep(0.1)
    return False


def test_the_site_starts_stops_cleanly_and_does_not_limp(runner, port):
    first = runner()
    assert f"Interchange is at http://localhost:{port}/" in said_until(first, "To stop it")
    pids = children_of(first)
    assert len(pids) == 3
    first.send_signal(signal.SIGTERM)
    assert first.wait(timeout=30) == 0
    assert all(is_gone(pid) for pid in pids.values())

    second = runner()
    said_until(second, "To stop it")
    pids = children_of(second)
    os.kill(next(pid for command, pid in pids.items() if "db_worker" in command), signal.SIGKILL)
    assert "The worker ended by itself (code -9); stopping the rest." in said_until(second, "ended by itself")
    assert second.wait(timeout=30) == 1
    assert all(is_gone(pid) for pid in pids.values())


def test_a_used_port_is_refused_in_one_sentence(runner, port, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        refused = runner()
        assert refused.wait(timeout=30) == 1
    said = refused.stdout.read().decode()
    assert said == f"Port {port} on 127.0.0.1 cannot be used (Address already in use); choose another: make run PORT=9000\n"
    assert not (tmp_path / "var").exists()
