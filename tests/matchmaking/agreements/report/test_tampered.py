"""A frozen report that somebody changed behind the site's back is shown nowhere as what was frozen, and breaks no page."""

import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from expo.foundation import guards
from expo.foundation.models import Event
from matchmaking.agreements.actions.report import freeze_report
from matchmaking.agreements.models import FrozenReport
from matchmaking.agreements.queries.report.keeping import digest_of
from tests import builders

FORGED = 987654321
SAYS = "This report is not what was frozen"
FIGURE = "/editions/2027/results/figures/agreements_signed/"


def _raised(content):
    line = next(line for group in content["groups"] for line in group["lines"] if line["key"] == "agreements_signed")
    line["logged"] = str(FORGED)
    return content


TAMPERED = {
    "a figure raised": (_raised, False),
    "a figure raised, and its digest with it": (_raised, True),
    "no report any more": (lambda _content: {}, False),
    "a list": (lambda _content: [FORGED], False),
    "figures that are none": (lambda content: {**content, "groups": FORGED}, True),
}


@pytest.fixture
def signed(edition, chain, buyer, exhibitor):
    """An edition with two agreements."""
    builders.metric("agreements_signed", name_en="Agreements signed")
    for _number in range(2):
        builders.agreement(edition, chain, buyer.company, exhibitor.company)
    return edition


@pytest.fixture(params=TAMPERED.values(), ids=TAMPERED)
def tampered(request, signed, organiser):
    change, digest_too = request.param
    row = freeze_report(signed, by=organiser)
    forge(row, change(row.content), digest_too=digest_too)
    return row


def forge(row, content, *, digest_too):
    digest = digest_of(content) if digest_too else row.sha256
    with guards.lifted(), connection.cursor() as cursor:
        cursor.execute("UPDATE agreements_frozenreport SET content = %s, sha256 = %s WHERE id = %s", (json.dumps(content), digest, row.pk))


def test_the_page_says_so_and_shows_no_figure(tampered, client):
    page = client.get("/editions/2027/results/frozen/1/")
    assert (page.status_code, SAYS in page.text, str(FORGED) in page.text) == (409, True, False)
    assert "987,654,321" not in page.text


def test_the_file_is_not_handed_out(tampered, client):
    answer = client.get("/editions/2027/results/frozen/1.json")
    assert (answer.status_code, SAYS in answer.text, str(FORGED) in answer.text) == (409, True, False)


def test_the_page_of_a_figure_shows_none_of_it(tampered, client):
    page = client.get(FIGURE)
    assert page.status_code == 200
    assert "not what was frozen" in page.text
    assert "987,654,321" not in page.text


def test_the_api_says_so_and_sends_no_content(tampered, client):
    sent = client.get(f"/api/v1/frozen-reports/{tampered.pk}/").json()
    assert (sent["is_intact"], sent["content"]) == (False, None)


def test_the_organisers_page_says_so(tampered, client_of, organiser):
    page = client_of(organiser).get("/organiser/report/?edition=2027")
    assert (page.status_code, SAYS in page.text, "987,654,321" in page.text) == (200, True, False)


def test_the_command_refuses(tampered):
    with pytest.raises(CommandError, match="was changed"):
        call_command("closing_report", "2027", "--frozen", "1", stdout=io.StringIO())


def test_one_that_was_put_in_without_a_line_of_the_log_is_none(signed, organiser, client):
    row = freeze_report(signed, by=organiser)
    FrozenReport.objects.create(
        edition=signed, number=2, definitions_version="1", content=row.content, sha256=row.sha256, frozen_by=organiser
    )
    assert client.get("/editions/2027/results/frozen/1/").status_code == 200
    assert client.get("/editions/2027/results/frozen/2/").status_code == 409


def test_what_nobody_touched_is_shown_everywhere(signed, organiser, client):
    row = freeze_report(signed, by=organiser)
    assert Event.objects.filter(verb="freeze").exists()
    for address in ("/editions/2027/results/frozen/1/", "/editions/2027/results/frozen/1.json", FIGURE):
        answer = client.get(address)
        assert (answer.status_code, "not what was frozen" in answer.text) == (200, False)
    assert client.get(f"/api/v1/frozen-reports/{row.pk}/").json()["content"] == row.content
