"""Other processes beside a test, on the database that it sees: what is about several processes is tried with several processes."""

import os
import sqlite3
import subprocess
import sys
import time
from urllib.parse import quote

from django.conf import settings
from django.db import connection


def address_for_others(folder):
    """Return the DATABASE_URL under which other processes find what this test sees; on SQLite a copy of it in `folder`."""
    if connection.vendor == "postgresql":
        given = connection.settings_dict
        return f"postgres://postgres@/{given['NAME']}?host={quote(str(given['OPTIONS'].get('host') or given['HOST']))}"
    connection.ensure_connection()
    with sqlite3.connect(folder / "race.sqlite3") as copy:
        connection.connection.backup(copy)
        copy.execute("PRAGMA journal_mode=WAL")
    return f"sqlite:///{folder / 'race.sqlite3'}"


def run_together(folder, script, *arguments, processes=4):
    """Run a script in several processes at once, with the moment to start as its last argument; return what each printed."""
    environment = {**os.environ, "DATABASE_URL": address_for_others(folder), "DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONPATH": "."}
    command = [sys.executable, "-W", "ignore", "-c", script, *map(str, arguments), str(time.time() + 4)]
    running = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=settings.BASE_DIR)
        for _one in range(processes)
    ]
    return [one.communicate(timeout=180)[0] for one in running]
