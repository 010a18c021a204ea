"""Run the site on this machine: set up, web server, worker, sweep. Ends all of them on Ctrl-C or SIGTERM. See `make run`."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from tools.machine import PYTHON, ROOT, YES, say, stop

PATIENCE_SECONDS = 60
GRACE_SECONDS = 15
KILL_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)


class Ended(Exception):
    """Somebody asked the site to stop."""


def main() -> int:
    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    children: dict[str, subprocess.Popen[bytes]] = {}
    try:
        environment = environment_for_development()
        host, port = environment["HOST"], whole(environment["PORT"])
        refuse_used_port(host, port)
        prepare(environment)
        children["web server"] = start([str(PYTHON.parent / "gunicorn"), "expo.wsgi"], environment)
        children["worker"] = start([str(PYTHON), "manage.py", "db_worker", "--no-reload", "-v", "0"], environment)
        children["sweep"] = start([str(PYTHON), "manage.py", "sweep", "--every", "60"], environment)
        wait_until_it_answers(host, port, children)
        say(greeting(environment))
        return watch(children)
    except Ended:
        say("Stopping …")
        return 0
    finally:
        end_all(children)


def end(_signal: int, _frame: object) -> None:
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, signal.SIG_IGN)  # Once is enough; a second Ctrl-C must not interrupt the tidying.
    raise Ended


def environment_for_development() -> dict[str, str]:
    """Return the environment with what is not set filled in for one person's own machine."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    environment.setdefault("DEBUG", "true")
    environment.setdefault("HOST", "127.0.0.1")
    environment.setdefault("PORT", "8000")
    environment.setdefault("SITE_URL", f"http://localhost:{environment['PORT']}")
    environment["PYTHONUNBUFFERED"] = "1"
    return environment


def whole(port: str) -> int:
    if not port.isdigit() or not 0 < int(port) <= 65535:  # noqa: PLR2004 - the largest TCP port
        stop(f"PORT must be a number from 1 to 65535, not “{port}”.")
    return int(port)


def refuse_used_port(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as fault:
            stop(f"Port {port} on {host} cannot be used ({os.strerror(fault.errno or 0)}); choose another: make run PORT=9000")


def prepare(environment: dict[str, str]) -> None:
    """Bring database, cache and static files up to date."""
    command = [str(PYTHON), "manage.py", "setup"]
    if environment["DEBUG"].lower() in YES:
        command += ["--fixtures", "fixtures/cisce", "--demo"]
    setup = start(command, environment)
    try:
        code = setup.wait()
    except Ended:
        end_all({"setup": setup})
        raise
    if code:
        stop("The set-up failed; what it said stands above.")


def start(command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start a child in a group of its own: this runner alone tells it when to stop."""
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=die_with_parent,  # noqa: PLW1509 - the runner has no threads
    )


def die_with_parent() -> None:
    """Ask Linux to end this child when the runner is killed and can no longer do so itself."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(KILL_WITH_PARENT, signal.SIGTERM)


def wait_until_it_answers(host: str, port: int, children: dict[str, subprocess.Popen[bytes]]) -> None:
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    give_up = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up and children["web server"].poll() is None:
        connection = HTTPConnection(near, port, timeout=5)
        try:
            connection.request("GET", "/healthz", headers={"Host": "localhost"})
            connection.getresponse().read()
        except (OSError, HTTPException):
            time.sleep(0.1)
        else:
            return
        finally:
            connection.close()
    end_all(children)
    stop("The web server did not start; what it said stands above.")


def greeting(environment: dict[str, str]) -> str:
    """Say where the site is, who may sign in, and how it is stopped."""
    lines = ["", f"Interchange is at {environment['SITE_URL']}/  (Chinese: {environment['SITE_URL']}/zh/)"]
    logins = Path(environment.get("VAR_DIR") or ROOT / "var") / "demo-logins.txt"
    if environment["DEBUG"].lower() in YES:
        if logins.exists():
            lines += ["", "Demo logins:", *(f"  {role:10} {email:32} {password}" for role, email, password in read_logins(logins))]
        lines += ["", f"Mail that it sends can be read at {environment['SITE_URL']}/dev/mail/"]
        if environment["HOST"] not in {"127.0.0.1", "localhost", "::1"}:
            lines += ["It is a development site, and everybody on this network can reach it: they could read that mail, too."]
    return "\n".join([*lines, "To stop it, press Ctrl-C (or send SIGTERM to this process).", ""])


def read_logins(path: Path) -> list[list[str]]:
    return [line.split() for line in path.read_text().splitlines() if line and not line.startswith("#")]


def watch(children: dict[str, subprocess.Popen[bytes]]) -> int:
    """Wait; when a child ends by itself, say so and fail, for half a site is none."""
    while True:
        for name, child in children.items():
            if child.poll() is not None:
                print(f"The {name} ended by itself (code {child.returncode}); stopping the rest.", file=sys.stderr, flush=True)
                return 1
        time.sleep(0.5)


def end_all(children: dict[str, subprocess.Popen[bytes]]) -> None:
    """Ask every child to end, and end those that do not."""
    for child in children.values():
        if child.poll() is None:
            child.terminate()
    give_up = time.monotonic() + GRACE_SECONDS
    for child in children.values():
        try:
            child.wait(max(0.1, give_up - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


if __name__ == "__main__":
    sys.exit(main())
