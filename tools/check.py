"""All that can be checked without running a test, each with its time; what fails is shown in full. See `make check`."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from tools.machine import PYTHON, ROOT, say

BIN = PYTHON.parent
MANAGE = [str(PYTHON), "manage.py"]
PLAIN = {"DATABASE_URL": "sqlite://:memory:", "DEBUG": "true"}
PRODUCTION = {
    "DATABASE_URL": "sqlite://:memory:",
    "DEBUG": "false",
    "SECRET_KEY": "checked-only-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJ",
    "SITE_URL": "https://expo.example",
    "ALLOWED_HOSTS": "expo.example",
    "EMAIL_URL": "smtp://localhost:25",
    "TRUSTED_PROXY_COUNT": "1",
}

# Django says of this setting that it will go away with the default it anticipates; until then it is the way to say "https".
WARNINGS = ["-W", "error", "-W", "ignore:The FORMS_URLFIELD_ASSUME_HTTPS"]


@dataclass(frozen=True)
class Check:
    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)


CHECKS = [
    Check("types", [str(BIN / "mypy"), "--no-error-summary"]),
    Check("style", [str(BIN / "ruff"), "check", "--quiet", "."]),
    Check("format", [str(BIN / "ruff"), "format", "--quiet", "--diff", "."]),
    Check("imports", [str(BIN / "lint-imports")]),
    Check("templates", [str(BIN / "djlint"), "templates", "--lint", "--quiet"]),
    Check("migrations", [*MANAGE, "makemigrations", "--check", "--dry-run"], PLAIN),
    Check("settings", [str(PYTHON), *WARNINGS, "manage.py", "check", "--deploy", "--fail-level", "WARNING"], PRODUCTION),
    Check("translations", [str(PYTHON), "-m", "tools.messages", "check"]),
    Check("locks and files", [str(PYTHON), "-m", "tools.tidy"]),
]


def main(wanted: list[str]) -> int:
    checks = [check for check in CHECKS if not wanted or check.name.split()[0] in wanted]
    with ThreadPoolExecutor(max_workers=2) as pool:
        results = list(pool.map(passes, checks))
    failed = [check.name for check, passed in zip(checks, results, strict=True) if not passed]
    say(f"\nChecks failed: {', '.join(failed)}" if failed else "\nAll checks passed.")
    return 1 if failed else 0


def passes(check: Check) -> bool:
    started = time.monotonic()
    environment = {
        name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "DEBUG", "VAR_DIR"}
    } | check.environment
    done = subprocess.run(check.command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    passed = done.returncode == 0
    line = f"{'ok    ' if passed else 'FAILED'} {check.name:16} {time.monotonic() - started:5.1f} s"
    say(line if passed else f"{line}\n{done.stdout}{done.stderr}")
    return passed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
