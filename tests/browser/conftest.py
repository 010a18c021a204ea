"""A real Chromium in front of the real site. Every page a test opens must keep the console silent and the policy unbroken."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connections
from django.test import Client
from playwright.sync_api import BrowserContext, ConsoleMessage, Page
from pytest_django.live_server_helper import LiveServer

from expo.accounts.models import User

# Playwright's synchronous interface keeps an event loop running in this thread, which Django would otherwise refuse.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

NAMES = ("chromium", "chromium-browser", "google-chrome")
PATIENCE_MS = 10_000
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
QUIET += ["--disable-component-update", "--disable-sync"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> Iterator[None]:
    """Keep SQLite in a file: server and browser work at the same time, which one shared connection in memory cannot."""
    settings = connections["default"].settings_dict
    if settings["ENGINE"] != "django.db.backends.sqlite3":
        yield
        return
    with tempfile.TemporaryDirectory() as folder:
        settings["TEST"]["NAME"] = f"{folder}/browser.sqlite3"
        yield


@pytest.fixture(scope="session")
def live_server(django_db_setup: None) -> Iterator[LiveServer]:
    """Start the server when the database is a file already: before, it would share this thread's connection with its own."""
    server = LiveServer("localhost")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Start the Chromium that the machine has."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    assert found, "The browser tests need Chromium: install it, or name one in the variable CHROMIUM."
    return {"executable_path": found, "args": QUIET}


@pytest.fixture
def site(live_server: LiveServer, settings: Any) -> str:
    """The address of the running site, "http://localhost:…"."""
    settings.SITE_URL = live_server.url
    return str(live_server.url)


@pytest.fixture
def browser_context_args(site: str, request: pytest.FixtureRequest) -> dict[str, Any]:
    """How the visitor looks at the site: `@pytest.mark.parametrize("visitor", [{"color_scheme": "dark"}], indirect=True)` changes it."""
    marked = request.node.callspec.params.get("visitor", {}) if hasattr(request.node, "callspec") else {}
    return {"base_url": site, "viewport": {"width": 1440, "height": 900}, "locale": "en-GB", "reduced_motion": "reduce", **marked}


@pytest.fixture
def visitor(request: pytest.FixtureRequest) -> dict[str, Any]:
    return dict(request.param)


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A tab. The test fails when a page throws, logs an error, or tries what the Content-Security-Policy forbids."""
    complaints: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        # A page that answers 403 or 404 on purpose is no complaint; what it loads and does not get, is.
        about_page = "Failed to load resource" in message.text and message.location["url"] == tab.url
        if message.type in {"error", "warning"} and not about_page:
            complaints.append(f"{tab.url}: {message.text} ({message.location['url']})")

    context.set_default_timeout(PATIENCE_MS)
    tab = context.new_page()
    tab.on("console", heard)
    tab.on("pageerror", lambda error: complaints.append(f"{tab.url}: {error}"))
    yield tab
    tab.close()
    assert complaints == []


@pytest.fixture
def sign_in(context: BrowserContext, site: str, settings: Any) -> Callable[[User], None]:
    """Sign a person in without the form: `sign_in(anna)`, then open pages as Anna."""

    def signed_in(user: User) -> None:
        client = Client()
        client.force_login(user)
        context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value, "url": site}]
        )

    return signed_in


@pytest.fixture
def axe(page: Page) -> Callable[[], None]:
    """Fail on any accessibility violation on the page that is open: `axe()`."""
    engine = Axe()

    def no_violations() -> None:
        found = engine.run(page)
        assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"

    return no_violations
