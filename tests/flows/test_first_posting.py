"""The page for developers keeps its word: its snippets, as they stand there, lead from a key to a posting."""

import html
import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from django.test import Client

from expo.accounts import actions
from matchmaking.marketplace.models import Offer
from matchmaking.participants import actions as people
from matchmaking.participants.models import Company, Registration
from tests import builders

PIECE = re.compile(r'<figcaption id="([a-z-]+)">.*?<code>(.*?)</code>', re.DOTALL)


@pytest.fixture
def snippets(live_server, settings):
    settings.SITE_URL = live_server.url
    page = Client().get("/developers/")
    return {name: html.unescape(code) for name, code in PIECE.findall(page.text)}


@pytest.fixture
def run(live_server, snippets):
    """Run a piece as it stands, with the key and the site in the environment."""
    person = builders.person("newcomer@example.com")
    _key, secret = actions.make_key(person, by=person, name="First", scope="write", days=1, with_second_factor=False)
    environment = {**os.environ, "SITE": live_server.url, "KEY": secret}

    def piece(*names):
        code = "\n".join(snippets[name] for name in names)
        command = [sys.executable, "-c"] if names[0].endswith("python") else ["sh", "-ec"]
        done = subprocess.run([*command, code], env=environment, capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    return piece


@pytest.fixture
def expo(transactional_db):
    edition = builders.current_edition()
    chain = builders.chain(edition)
    builders.segment(chain)
    gone = builders.chain(builders.edition())
    builders.segment(gone)
    return edition


def verify_all():
    olga = builders.person(is_staff=True, is_superuser=True)
    for waiting in Registration.objects.filter(status="submitted"):
        people.verify_registration(waiting, by=olga)


def test_the_environment_names_this_site(expo, snippets, live_server):
    assert snippets["setup"] == f'export SITE="{live_server.url}"\nexport KEY="icx_..."\n'


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_leads_to_a_posting(expo, run):
    run("company-curl")
    assert Company.objects.get().slug == "example-cells"
    verify_all()
    submitted = json.loads(run("posting-curl"))
    assert (submitted["title"], submitted["status"]) == ("Prismatic cells, 280 Ah", Offer.objects.get().status)
    assert submitted["status"] in {"submitted", "published"}
    mine, changes = map(json.loads, run("reading-curl").replace("}{", "}\n{").splitlines())
    assert [row["title"] for row in mine["results"]] == ["Prismatic cells, 280 Ah"]
    assert {row["kind"] for row in changes["results"]} >= {"companies", "offers", "registrations"}


def test_python_leads_to_a_posting(expo, run):
    run("client-python", "company-python")
    verify_all()
    assert run("client-python", "posting-python").strip() == Offer.objects.get().status
    told = run("client-python", "reading-python")
    assert f"offers {Offer.objects.get().pk} http" in told
    assert "next time, ask since" in told
