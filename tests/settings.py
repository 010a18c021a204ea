"""Settings of the test suite: the production settings, with what would make a test slow or dependent on the machine replaced.

pytest loads this module (see pyproject.toml). DATABASE_URL is honoured, so that the same suite runs on both databases.
"""

import os
import tempfile
from pathlib import Path

os.environ["DEBUG"] = "false"
os.environ["SECRET_KEY"] = "only for tests: 0123456789 abcdefghijklmnopqrstuvwxyz ABCDEFGHIJ"
os.environ["SITE_URL"] = "http://testserver"
os.environ["PLAIN_HTTP"] = "true"
os.environ["ALLOWED_HOSTS"] = "testserver,localhost,127.0.0.1"
os.environ["EMAIL_URL"] = "smtp://localhost:25"
os.environ.setdefault("DATABASE_URL", "sqlite://:memory:")
os.environ["VAR_DIR"] = str(Path(tempfile.gettempdir()) / f"interchange-tests-{os.getuid()}")

from expo.settings import *  # noqa: F403 - the environment above must be set before the settings read it.
from expo.settings.base import DATABASES, STORAGES, VAR_DIR

(VAR_DIR / "static").mkdir(parents=True, exist_ok=True)
DATABASES["default"]["CONN_MAX_AGE"] = None  # One connection serves a whole run; its age must not end it within a test.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STAFF_SECOND_FACTOR = False  # Most tests enter the desk with a password alone; tests/expo/accounts/test_desk_door.py turns it on.
TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
API_LIMITS = dict.fromkeys(("key", "user", "address"), (100_000, 1_000_000))  # A test that is about limits sets its own.
