"""Ask the running site what nobody would ask, as its own description of the API allows: `python -m tools.fuzz`. See `make fuzz`.

Starts the site on SQLite and on PostgreSQL, filled with the demo, and lets schemathesis send it requests as nobody, a buyer, an exhibitor and staff,
each with a key of its own. An answer that the description does not know, or a 5xx, is a failure, and so is an operation that was never asked.
Afterwards every public list must still answer. The seed is fixed: the same code is sent the same requests, and the digest of each line says so.
`quick` is for every change: few requests to each operation, and each person on one of the databases.
"""

import base64
import hashlib
import json
import os
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from tools.fuzz_known import known_to
from tools.machine import PYTHON, ROOT, say
from tools.postgres import temporary_postgres
from tools.run import end_all, start, wait_until_it_answers

DATABASES = ("sqlite", "postgres")
WHO = ("nobody", "buyer", "exhibitor", "organiser")
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance,"
    "negative_data_rejection,unsupported_method"
)
# A key that ends itself would turn every later answer into a 401; the address of the description is not part of it.
LEFT_OUT = r"^/api/v1/keys/"
MAKE_KEYS = """
from expo.accounts.actions import make_key
from expo.accounts.models import User
for who in {who!r}:
    person = User.objects.get(email=who + "@demo.example")
    print("KEY", who, make_key(person, by=person, name="fuzz", scope="write", days=1, with_second_factor=True)[1])
"""
# Every person once, and both databases.
QUICK = {"sqlite": ("nobody", "exhibitor", "organiser"), "postgres": ("buyer",)}
QUICK_MOST = 4
QUICK_PHASES = "examples,fuzzing"
MOST_SECONDS = 3600  # for one person: what hangs must end
QUICK_MOST_SECONDS = 420  # several times what it takes where nothing else runs
# What parts a form's fields, and moments that an earlier answer named.
NEW_EACH_TIME = re.compile(rb"--[0-9a-f]{32}|\d{4}-\d\d-\d\dT[0-9:.%ABZ+]*")
NO_LIMITS = {f"API_{caller}_PER_{time}": "100000000" for caller in ("KEY", "ADDRESS") for time in ("MINUTE", "DAY")}


@dataclass(frozen=True)
class Site:
    """A site that runs, and the keys of the people who ask it."""

    host: str
    port: int
    keys: dict[str, str]

    def answer(self, path: str) -> tuple[int, bytes]:
        connection = HTTPConnection(self.host, self.port, timeout=60)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()


@dataclass(frozen=True)
class Effort:
    """How much is sent as one person, and how long that may take."""

    most: int  # generated requests for each operation
    seconds: float
    phases: str = "examples,coverage,fuzzing,stateful"


@dataclass
class Count:
    """What one person sent, and how it was answered."""

    name: str
    passed: bool = True
    seconds: float = 0
    statuses: Counter[int] = field(default_factory=Counter)
    writes: Counter[int] = field(default_factory=Counter)  # those of POST and PATCH
    written: set[str] = field(default_factory=set)  # operations that wrote at least once
    asked: set[str] = field(default_factory=set)  # operations that were sent anything
    sent: Any = field(default_factory=hashlib.sha256)  # everything that was sent, in its order, but NEW_EACH_TIME

    @property
    def line(self) -> str:
        done = sum(count for status, count in self.writes.items() if 0 < status < HTTPStatus.BAD_REQUEST)
        writes = f"{done} of {sum(self.writes.values())} writes were done, by {len(self.written)} operations"
        answers = ", ".join(f"{count} × {status}" for status, count in sorted(self.statuses.items()))
        digest = self.sent.hexdigest()[:8]
        return f"{self.name}: {self.statuses.total()} requests ({digest}) in {self.seconds:.0f} s: {answers}; {writes}"


def main(arguments: list[str]) -> int:
    numbers = [word for word in arguments if word.isdigit()]
    quick = "quick" in arguments
    most = int(numbers[0]) if numbers else QUICK_MOST if quick else 40
    effort = Effort(most, QUICK_MOST_SECONDS, QUICK_PHASES) if quick else Effort(most, MOST_SECONDS)
    broken: list[str] = []
    counts: list[Count] = []
    for database, people in wanted(arguments).items():
        with running_site(database) as site:
            counts += [fuzz(site, database, who, effort) for who in people]
            broken += [f"{path} on {database} afterwards" for path in broken_lists(site)]
    failed = [count.name for count in counts if not count.passed] + broken
    say("\n" + "\n".join(count.line for count in counts))
    asked = sum(count.statuses.total() for count in counts)
    say(f"{asked} requests. " + (f"Failed: {', '.join(failed)}" if failed else "Every answer was one that the description knows."))
    return 1 if failed else 0


def wanted(arguments: list[str]) -> dict[str, tuple[str, ...]]:
    """Return who asks, by database: those whom the arguments name, else everybody that `quick` or the whole run has."""
    everything = QUICK if "quick" in arguments else dict.fromkeys(DATABASES, WHO)
    databases = [name for name in DATABASES if name in arguments] or DATABASES
    people = [name for name in WHO if name in arguments] or WHO
    found = {database: tuple(who for who in everything[database] if who in people) for database in databases}
    return {database: names for database, names in found.items() if names}


@contextmanager
def running_site(database: str) -> Iterator[Site]:
    """Start the site on a database of its own, in a folder that goes with it."""
    with tempfile.TemporaryDirectory(prefix="fuzz") as folder:
        if database == "postgres":
            with temporary_postgres() as address:
                yield from started(folder, address)
        else:
            yield from started(folder, f"sqlite:///{folder}/fuzz.sqlite3")


def started(folder: str, address: str) -> Iterator[Site]:
    port = free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))},
        **NO_LIMITS,
        "DEBUG": "false",
        "PLAIN_HTTP": "true",
        "STAFF_SECOND_FACTOR": "false",  # else the key of staff would carry no rights of theirs: the demo's organiser has no second factor
        "SECRET_KEY": secrets.token_urlsafe(50),
        "DATABASE_URL": address,
        "VAR_DIR": folder,
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "SITE_URL": f"http://127.0.0.1:{port}",
        "LOG_LEVEL": "ERROR",
    }
    manage = [str(PYTHON), "manage.py"]
    subprocess.run(
        [*manage, "setup", "--fixtures", "fixtures/cisce", "--demo"], cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL
    )
    made = subprocess.run(
        [*manage, "shell", "-v", "0", "-c", MAKE_KEYS.format(who=WHO[1:])],
        cwd=ROOT,
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    children = {"web server": start([str(PYTHON.parent / "gunicorn"), "expo.wsgi"], environment)}
    try:
        wait_until_it_answers("127.0.0.1", port, children)
        yield Site("127.0.0.1", port, dict(re.findall(r"^KEY (\w+) (\S+)$", made, re.MULTILINE)))
    finally:
        end_all(children)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def fuzz(site: Site, database: str, who: str, effort: Effort) -> Count:
    """Send requests as one person; say what schemathesis found, and return what was sent."""
    count = Count(f"{who} on {database}")
    say(f"\n=== {count.name} ===")
    with tempfile.TemporaryDirectory(prefix="fuzz") as folder:
        report, known = Path(folder) / "report.ndjson", Path(folder) / "known.json"
        known.write_text(json.dumps(known_to(site.host, site.port, site.keys.get(who, ""))), encoding="utf-8")
        begun = time.monotonic()
        fault = faults(site, who, effort, folder)
        count.seconds = time.monotonic() - begun
        if report.exists():
            read_report(report, count)
        left_out = sorted(operations(site) - count.asked)
        if left_out and not fault:
            fault = f"Never asked: {', '.join(left_out)}"
    count.passed = not fault
    say(fault + "\n" + count.line if fault else count.line)
    return count


def faults(site: Site, who: str, effort: Effort, folder: str) -> str:
    """Run schemathesis, which writes report.ndjson into the folder, and return what it has to say against the site."""
    hooks = {"SCHEMATHESIS_HOOKS": "tools.fuzz_hooks", "PYTHONPATH": str(ROOT), "FUZZ_KNOWN": str(Path(folder) / "known.json")}
    try:
        done = subprocess.run(
            [str(PYTHON.parent / "schemathesis"), "run", *options(site, who, effort, Path(folder) / "report.ndjson")],
            cwd=folder,
            env={**os.environ, **hooks, "PYTHONHASHSEED": "0"},  # sets in one order, so the requests are the same every time
            check=False,
            capture_output=True,
            text=True,
            timeout=effort.seconds,
        )
    except subprocess.TimeoutExpired:
        return f"Not done after {effort.seconds:.0f} s."
    return (done.stdout + done.stderr)[-30_000:] if done.returncode else ""


def operations(site: Site) -> set[str]:
    """Return the operations that the description names, as the report writes them."""
    _status, body = site.answer("/api/v1/schema/?format=json")
    paths = json.loads(body)["paths"]
    return {f"{method.upper()} {path}" for path, known in paths.items() for method in known if not re.match(LEFT_OUT, path)}


def options(site: Site, who: str, effort: Effort, report: Path) -> list[str]:
    named = {
        "max-examples": str(effort.most),
        "phases": effort.phases,
        "request-timeout": "60",
        "checks": CHECKS,
        "seed": "1",
        "suppress-health-check": "all",
        "exclude-path-regex": LEFT_OUT,
        "generation-database": "none",
        "generation-with-security-parameters": "false",
        "warnings": "off",
        "report": "ndjson",
        "report-ndjson-path": str(report),
    }
    if who in site.keys:
        named["header"] = f"Authorization: Bearer {site.keys[who]}"
    said = [f"--{name}={value}" for name, value in named.items()]
    return [*said, "--no-shrink", "--continue-on-failure", "--no-color", f"http://{site.host}:{site.port}/api/v1/schema/?format=json"]


def read_report(report: Path, count: Count) -> None:
    """Count the answers in schemathesis' report by their status, those of writes once more."""
    with report.open(encoding="utf-8") as lines:
        for line in lines:
            recorder = json.loads(line).get("ScenarioFinished", {}).get("recorder", {})
            for one in recorder.get("interactions", {}).values():
                read_interaction(one, recorder["label"], count)


def read_interaction(one: dict[str, Any], label: str, count: Count) -> None:
    request, status = one["request"], (one["response"] or {}).get("status_code", 0)
    address = re.sub(r"^https?://[^/]+", "", request.get("uri", ""))
    body = base64.b64decode((request.get("body") or {}).get("$base64", ""))
    count.sent.update(NEW_EACH_TIME.sub(b"", f"{request['method']} {address} ".encode() + body))
    count.statuses[status] += 1
    count.asked.add(label)
    if label.startswith(("POST", "PATCH")) and request["method"] in {"POST", "PATCH"}:
        count.writes[status] += 1
        if status and status < HTTPStatus.BAD_REQUEST:
            count.written.add(label)


def broken_lists(site: Site) -> list[str]:
    """Return the lists of the API's contents that no longer answer: what was written must never break reading."""
    _status, body = site.answer("/api/v1/")
    paths = [re.sub(r"^https?://[^/]+", "", address) for address in json.loads(body).values()]
    return [path for path in paths if site.answer(path)[0] >= HTTPStatus.INTERNAL_SERVER_ERROR]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
