"""Two hundred equal writes from four processes: with an idempotency key one posting and one answer, without one two hundred postings."""

import json
import sqlite3

import pytest
from django.db import connection

from expo.accounts import actions
from matchmaking.marketplace.models import Offer
from tests import processes

pytestmark = pytest.mark.long

POST = """
import json, sys, time
import django
django.setup()
from django.test import Client
secret, body, key, tries, start = sys.argv[1:]
client = Client(headers={"authorization": f"Bearer {secret}", **({"idempotency-key": key} if key else {})})
time.sleep(max(float(start) - time.time(), 0))
for _try in range(int(tries)):
    answer = client.post("/api/v1/offers/", body, "application/json")
    print("ANSWER", answer.status_code, json.dumps(answer.text), answer.headers.get("Idempotent-Replayed", ""))
"""


@pytest.fixture
def posted(transactional_db, tmp_path, boris, supplier_segment):
    """Post from four processes; return the answers and how many offers there are."""
    _key, secret = actions.make_key(boris, by=boris, name="K", scope="write", days=1, with_second_factor=False)
    body = json.dumps({"segment": supplier_segment.pk, "title": "Prismatic cells", "unit": "pc"})

    def post(key, tries):
        said = processes.run_together(tmp_path, POST, secret, body, key, tries)
        answers = [line.split(" ", 2)[1:] for one in said for line in one.splitlines() if line.startswith("ANSWER")]
        if connection.vendor == "postgresql":
            return answers, Offer.objects.count()
        with sqlite3.connect(tmp_path / "race.sqlite3") as copy:
            return answers, copy.execute("SELECT COUNT(*) FROM marketplace_offer").fetchone()[0]

    return post


def test_one_key_is_one_posting(posted):
    answers, offers = posted("stock-4711", 50)
    assert (len(answers), offers) == (200, 1)
    assert {status for status, _rest in answers} == {"201"}
    assert len({rest.removesuffix(" true").strip() for _status, rest in answers}) == 1
    assert sum(rest.endswith(" true") for _status, rest in answers) == 199


def test_control_without_a_key_every_write_is_one_more(posted):
    answers, offers = posted("", 5)
    assert (len(answers), offers) == (20, 20)
