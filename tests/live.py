"""The site as it runs for people, beside a test: gunicorn, the worker, and a mail server that notes what it takes."""

import json
import os
import re
import shutil
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import psutil
from django.conf import settings

PATIENCE_SECONDS = 90
GUNICORN = Path(sys.executable).parent / "gunicorn"
TELLING = """
import json
import django
django.setup()
from matchmaking.meetings.models import *
from matchmaking.meetings.queries.invariants import breaches
"""


class Mailbox(socketserver.ThreadingTCPServer):
    """Takes every mail and keeps its Message-ID, in the order in which they came."""

    allow_reuse_address = daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Mails)
        self.taken = []
        self.lock = threading.Lock()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self):
        return self.server_address[1]


class Mails(socketserver.StreamRequestHandler):
    def handle(self):
        try:
            self.say(b"220 here")
            while line := self.rfile.readline():
                word = line[:4].strip().upper()
                if word == b"DATA":
                    self.take()
                else:
                    self.say(b"221 bye" if word == b"QUIT" else b"250 fine")
        except OSError:
            pass  # Who sends was ended.

    def take(self):
        self.say(b"354 go on")
        lines = list(iter(self.rfile.readline, b".\r\n"))
        found = next(line for line in lines if line.lower().startswith(b"message-id:"))
        with self.server.lock:  # Before the answer: what was answered has come.
            self.server.taken.append(found.split(b":", 1)[1].strip().decode())
        self.say(b"250 taken")

    def say(self, words):
        self.wfile.write(words + b"\r\n")


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def counted_in(number):
    """Return the folders in which a process of gunicorn counts for the figures."""
    try:
        return set(re.findall(r"/\S+/figures\w+(?=/)", Path(f"/proc/{number}/maps").read_text()))
    except OSError:
        return set()


class Site:
    """The processes of a site on the database of this address, with production settings. Only what it started is ended by it."""

    def __init__(self, database, folder, *, workers=2, threads=4):
        self.port, self.mailbox, self.running = free_port(), Mailbox(), {}
        self.folder = folder
        self.environment = {
            **os.environ,  # With the secret key of the tests: the API keys that they made are good here.
            "DJANGO_SETTINGS_MODULE": "expo.settings",
            "DATABASE_URL": database,
            "VAR_DIR": str(folder / "var"),
            "DEBUG": "false",
            "SITE_URL": f"http://localhost:{self.port}",
            "PLAIN_HTTP": "true",
            "STAFF_SECOND_FACTOR": "false",
            "EMAIL_URL": f"smtp://127.0.0.1:{self.mailbox.port}",
            "API_KEY_PER_MINUTE": "1000000",
            "API_KEY_PER_DAY": "1000000",
            "LOG_LEVEL": "ERROR",
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "WEB_WORKERS": str(workers),
            "WEB_THREADS": str(threads),
            "PYTHONWARNINGS": "ignore",
        }
        (folder / "var" / "static").mkdir(parents=True, exist_ok=True)

    def __enter__(self):
        self.manage("createcachetable")
        return self

    def __exit__(self, *_fault):
        for name in list(self.running):
            self.kill(name)
        self.mailbox.shutdown()
        self.mailbox.server_close()

    def manage(self, *command):
        """Run a command of the site to its end and return what it printed."""
        return self.ran([sys.executable, "manage.py", *command])

    def tell(self, expression, *, imports=""):
        """Return what an expression is worth in a process of the site, with `breaches` of the room of meetings at hand."""
        script = f"{TELLING}{imports}\nprint(json.dumps({expression}, default=str))"
        return json.loads(self.ran([sys.executable, "-c", script]).splitlines()[-1])

    def ran(self, command):
        done = subprocess.run(
            command,
            cwd=settings.BASE_DIR,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    def start(self, name):
        """Start "web" or "worker". A web server that was killed leaves its address to the next one.

        The code is read before it parts into processes, so that one that was killed is replaced at once.
        """
        commands = {
            "web": [str(GUNICORN), "--preload", "expo.wsgi"],
            "worker": [sys.executable, "manage.py", "db_worker", "--no-reload", "-v", "0", "--interval", "0.2"],
        }
        with (self.folder / f"{name}.log").open("a") as log:
            self.running[name] = subprocess.Popen(
                commands[name],
                cwd=settings.BASE_DIR,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self, name):
        """End a program with all its processes, at once and without a word: SIGKILL to its own session."""
        process = self.running.pop(name)
        left = {folder for one in self.children(process.pid) for folder in counted_in(one)}
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(PATIENCE_SECONDS)
        for folder in left:  # Gunicorn removes it, when it comes to that.
            shutil.rmtree(folder, ignore_errors=True)

    def kill_one(self, name):
        """End one of a program's processes; gunicorn starts another in its place."""
        for number in self.children(self.running[name].pid)[:1]:
            os.kill(number, signal.SIGKILL)

    def children(self, number):
        """Return the processes that one of ours has started, by number."""
        try:
            return [one.pid for one in psutil.Process(number).children()]
        except psutil.NoSuchProcess:
            return []  # It ended by itself.

    def until_it_answers(self):
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            try:
                if self.call("GET", "/healthz")[0] == 200:
                    return
            except (OSError, HTTPException):
                time.sleep(0.05)
        raise AssertionError((self.folder / "web.log").read_text()[-2000:])

    def call(self, method, path, *, key="", body=None, name="", timeout=30):
        """Ask once and return status, headers and the whole body. Raises OSError, HTTPException where no whole answer came."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        headers = {"Host": "localhost", "Content-Type": "application/json"}
        headers |= {"Authorization": f"Bearer {key}"} if key else {}
        headers |= {"Idempotency-Key": name} if name else {}
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            answer = connection.getresponse()
            return answer.status, dict(answer.headers), answer.read()
        finally:
            connection.close()
