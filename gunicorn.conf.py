"""How gunicorn serves the site, in development and in production: `gunicorn expo.wsgi` reads this file."""

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

_root = Path(__file__).resolve().parent
sys.path.insert(0, str(_root))


def _number(name: str, default: int, least: int = 1) -> int:
    word = os.environ.get(name, "").strip() or str(default)
    if not word.isdecimal() or int(word) < least:
        sys.exit(f"The environment variable {name} is malformed; expected a whole number, {least} or more.")
    return int(word)


bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
workers = _number("WEB_WORKERS", 2)
threads = _number("WEB_THREADS", 4)
timeout = 60
graceful_timeout = 10
max_requests = 5000
max_requests_jitter = 500
control_socket_disable = True  # One way in less: the site is steered by signals.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - heartbeats must not wait for a slow disk
limit_request_line = 8190
loglevel = os.environ.get("GUNICORN_LOG_LEVEL", "warning")
# Its own words in the same lines of JSON as the site's, with addresses blotted out; the site itself writes a line for each request.
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "expo.foundation.logs.formatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"gunicorn.error": {"handlers": ["console"], "level": loglevel.upper(), "propagate": False}},
}
# Each process counts into files of its own, and /metrics adds them up. The folder must be named before the first process counts.
_figures = tempfile.mkdtemp(prefix="figures", dir=worker_tmp_dir)
os.environ["PROMETHEUS_MULTIPROC_DIR"] = _figures
reload = os.environ.get("RELOAD", "").lower() in {"1", "true", "yes", "on"}
reload_extra_files = [str(path) for path in (_root / "templates").rglob("*.*")] if reload else []


def child_exit(_server: Any, worker: Any) -> None:
    from prometheus_client.multiprocess import mark_process_dead  # local: it reads the folder above on import

    mark_process_dead(worker.pid)


def on_exit(_server: Any) -> None:
    shutil.rmtree(_figures, ignore_errors=True)
