"""How gunicorn serves the site, in development and in production: `gunicorn expo.wsgi` reads this file."""

import os
from pathlib import Path

_root = Path(__file__).resolve().parent

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
timeout = 60
graceful_timeout = 10
max_requests = 5000
max_requests_jitter = 500
control_socket_disable = True  # One way in less: the site is steered by signals.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - heartbeats must not wait for a slow disk
limit_request_line = 8190
loglevel = os.environ.get("GUNICORN_LOG_LEVEL", "warning")
reload = os.environ.get("RELOAD", "").lower() in {"1", "true", "yes", "on"}
reload_extra_files = [str(path) for path in (_root / "templates").rglob("*.*")] if reload else []
