"""The static files as `setup` builds them for production: named by their content, compressed, kept by browsers for good."""

import json
import re
from pathlib import Path

import pytest
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import override_settings
from whitenoise.middleware import WhiteNoiseMiddleware

HASHED = re.compile(r"\.[0-9a-f]{12}(\.\w+)?$")
PRODUCTION = {"default": {"BACKEND": "django.core.files.storage.FileSystemStorage"}}
PRODUCTION["staticfiles"] = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
pytestmark = pytest.mark.django_db  # Ending a request looks after the connections.
WORTH_IT = {".css", ".js", ".svg", ".json", ".txt", ".html"}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Build once; return the folder."""
    root = tmp_path_factory.mktemp("static")
    settings = {"STORAGES": PRODUCTION, "STATIC_ROOT": root, "WHITENOISE_AUTOREFRESH": False, "WHITENOISE_USE_FINDERS": False}
    with override_settings(**settings):
        call_command("collectstatic", interactive=False, verbosity=0)
        yield root


def paths(built: Path) -> dict[str, str]:
    found: dict[str, str] = json.loads((built / "staticfiles.json").read_text())["paths"]
    return found


def test_every_file_is_named_by_its_content(built):
    assert len(paths(built)) > 100
    assert [plain for plain, hashed in paths(built).items() if not HASHED.search(hashed)] == []


def test_what_compresses_is_compressed_beforehand(built):
    for hashed in paths(built).values():
        file = built / hashed
        # The builder leaves a file alone when the compressed one is hardly smaller.
        if file.suffix in WORTH_IT and file.stat().st_size > 1000:
            packed = file.with_name(f"{file.name}.gz")
            assert packed.exists(), f"{hashed} is not compressed"
            assert packed.stat().st_size < file.stat().st_size


@pytest.mark.parametrize(("asked", "given"), [("gzip", "gzip"), ("", None)])
def test_they_are_sent_compressed_and_for_good(built, asked, given, client):
    name = paths(built)["css/app.css"]
    answer = sent(f"/static/{name}", asked)
    assert answer.status_code == 200
    assert answer.headers.get("Content-Encoding") == given
    assert answer.headers["Cache-Control"] == "max-age=315360000, public, immutable"
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.headers["Content-Type"].startswith("text/css")
    assert not answer.cookies


def test_a_name_without_its_content_is_not_kept_for_good(built):
    assert "immutable" not in sent("/static/css/app.css", "").headers["Cache-Control"]


def test_pages_name_the_files_by_content(built, client, db):
    names = re.findall(r'(?:href|src)="/static/([^"]+)"', Client().get("/privacy/").text)
    assert names
    assert {name for name in names if not HASHED.search(name)} == set()
    assert set(names) <= set(paths(built).values())


def sent(address, encoding):
    """Answer as the web server's own part does that sends files."""
    middleware = WhiteNoiseMiddleware(lambda _request: HttpResponse(status=404))
    request = RequestFactory().get(address, headers={"accept-encoding": encoding})
    answer = middleware(request)
    answer.close()
    return answer
