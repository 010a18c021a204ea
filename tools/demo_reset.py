"""Throw the demo database away and build it anew. Only the SQLite database in var/ goes without asking. See `make demo-reset`."""

import os
import subprocess
import sys
from pathlib import Path

from tools.machine import PYTHON, ROOT, YES, say, stop
from tools.run import environment_for_development


def main() -> None:
    environment = environment_for_development()
    if environment["DEBUG"].lower() not in YES:
        stop("This is no demo: DEBUG is off. Nothing was touched.")
    folder = Path(environment.get("VAR_DIR") or ROOT / "var")
    if environment.get("DATABASE_URL"):
        if os.environ.get("CONFIRM") != "1":
            stop("This would empty the database that DATABASE_URL names. If that is meant: make demo-reset CONFIRM=1")
        manage(["flush", "--no-input", "-v", "0"], environment)
    else:
        refuse_while_in_use(folder / "interchange.sqlite3")
        for name in ("interchange.sqlite3", "interchange.sqlite3-wal", "interchange.sqlite3-shm"):
            (folder / name).unlink(missing_ok=True)
    (folder / "demo-logins.txt").unlink(missing_ok=True)
    manage(["setup", "--fixtures", "fixtures/cisce", "--demo"], environment)
    say("The demo stands as on the first day.")


def refuse_while_in_use(database: Path) -> None:
    """Stop when a process has the file open: it would go on writing into a file that no longer has a name."""
    for descriptors in Path("/proc").glob("[0-9]*/fd"):
        try:
            open_files = [str(path.readlink()) for path in descriptors.iterdir()]
        except OSError:
            continue
        if str(database) in open_files:
            stop(f"The site is running (process {descriptors.parent.name}); stop it first.")


def manage(arguments: list[str], environment: dict[str, str]) -> None:
    if subprocess.run([PYTHON, "manage.py", *arguments], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, check=False).returncode:
        sys.exit(1)


if __name__ == "__main__":
    main()
