"""Run the suite: `python -m tools.test sqlite postgres browser long [-- arguments for pytest]`. See `make test`, `make test-long`."""

import os
import shutil
import subprocess
import sys
import tempfile
import time

from playwright._impl._driver import compute_driver_executable

from tools.machine import PYTHON, ROOT, install_debian_packages, say, stop, writable_home
from tools.postgres import temporary_postgres

PARTS = ("sqlite", "postgres", "browser", "long")
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NOTHING_COLLECTED = 5


def main(arguments: list[str]) -> int:
    parts = [word for word in arguments if word in PARTS] or list(PARTS[:-1])
    handed_on = [word for word in arguments if word not in PARTS and word != "--"]
    failed = [part for part in parts if not passes(part, handed_on)]
    say(f"\nTests failed: {', '.join(failed)}" if failed else f"\nTests passed: {', '.join(parts)}")
    return 1 if failed else 0


def passes(part: str, handed_on: list[str]) -> bool:
    """Run one part and say whether it passed. A part in which nothing runs has not passed."""
    say(f"\n=== {part} ===")
    started = time.monotonic()
    environment = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "DEBUG", "MAKEFLAGS", "MAKELEVEL"}}
    if not writable_home():
        environment["HOME"] = tempfile.gettempdir()  # Chromium keeps a profile there.
    if part == "browser":
        code = pytest(["tests/browser", *handed_on], {**environment, "CHROMIUM": chromium()})
    elif part == "long":
        code = pytest([*WITHOUT_BROWSER, "-m", "long", *handed_on], environment)
        with temporary_postgres() as address:
            code = code or pytest([*RACES, *handed_on], {**environment, "DATABASE_URL": address})
    elif part == "postgres":
        with temporary_postgres() as address:
            code = pytest([*WITHOUT_BROWSER, *REACHING, *handed_on], {**environment, "DATABASE_URL": address})
    else:
        code = pytest([*WITHOUT_BROWSER, *SHORT, *handed_on], environment)
    say(f"{part}: {time.monotonic() - started:.0f} s")
    return code == 0 or (code == NOTHING_COLLECTED and bool(handed_on))


SHORT = ["-m", "not long"]
REACHING = ["-m", "not long and not pure"]  # What reaches no database has run beside SQLite.
# Of the long proofs those that depend on the database; the walks over all doors and pages (tests/security) do not.
# A file stays together, for what it builds once; in the order of tests/conftest.py, not by how many tests a file has.
ON_BOTH_CORES = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]
RACES = ["tests/expo", "tests/flows", "tests/matchmaking", "-m", "long", *ON_BOTH_CORES]
WITHOUT_BROWSER = ["tests", "--ignore=tests/browser", *ON_BOTH_CORES]


def pytest(arguments: list[str], environment: dict[str, str]) -> int:
    return subprocess.run(
        [PYTHON, "-m", "pytest", "-q", *arguments], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, check=False
    ).returncode


def chromium() -> str:
    """Return the browser's path; install Debian's where that may be done, else stop: a test that did not run has not passed."""
    found = os.environ.get("CHROMIUM") or installed_chromium()
    if not found and install_debian_packages("chromium"):
        found = installed_chromium()
    if not found:
        stop("The browser tests need Chromium: as root, run `apt-get install chromium`, or name one in the variable CHROMIUM.")
    if not driver_works() and not (install_debian_packages("libatomic1") and driver_works()):
        stop("The browser tests need the library libatomic: as root, run `apt-get install libatomic1`.")
    return found


def driver_works() -> bool:
    """Whether the program that steers the browser starts: on a bare system it misses a library."""
    node, _script = compute_driver_executable()
    return subprocess.run([node, "--version"], capture_output=True, check=False).returncode == 0


def installed_chromium() -> str:
    return next((path for path in map(shutil.which, CHROMIUM_NAMES) if path), "")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
