"""Closing reports over the API: for strangers, parties and staff."""

import json

import pytest

from matchmaking.agreements.actions.report import freeze_report
from matchmaking.agreements.models import FrozenReport
from matchmaking.agreements.queries.report.keeping import digest_of
from tests import builders

REPORT = "/api/v1/closing-reports/2027/"
FROZEN = "/api/v1/frozen-reports/"


@pytest.fixture
def signed(edition, chain, buyer, exhibitor):
    for visibility in ("public", "anonymous", "totals_only"):
        builders.agreement(edition, chain, buyer.company, exhibitor.company, visibility=visibility)
    return edition


def test_staff_read_the_staff_view_and_everyone_else_the_public_one(signed, client, client_of, anna, organiser):
    views = [one.get(REPORT).json()["view"] for one in (client, client_of(anna), client_of(organiser))]
    assert views == ["public", "public", "staff"]


def test_breakdowns_are_those_of_the_report(signed, client):
    assert client.get(f"{REPORT}breakdowns/").json() == client.get(REPORT).json()["breakdowns"]


def test_rows_say_how_many_there_are_and_how_many_are_not_shown(signed, client, client_of, anna, organiser):
    counts = []
    for one in (client, client_of(anna), client_of(organiser)):
        found = one.get(f"{REPORT}rows/?metric=agreements_signed").json()
        counts.append((found["total"], found["shown"], found["hidden"], len(found["results"])))
    assert counts == [(3, 2, 1, 2), (3, 3, 0, 3), (3, 3, 0, 3)]


def test_rows_of_an_amount_have_its_sum(signed, client):
    found = client.get(f"{REPORT}rows/?metric=agreements_value_cny").json()
    assert found["amount_cny"] == "3000000"
    assert [row["amount_cny"] for row in found["results"]] == ["1000000", "1000000"]


def test_a_page_beyond_the_last_is_none(signed, client):
    assert client.get(f"{REPORT}rows/?metric=agreements_signed&page=1").json()["pages"] == 1
    assert client.get(f"{REPORT}rows/?metric=agreements_signed&page=2").status_code == 404


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", "metric"),
        ("?metric=x", "metric"),
        ("?metric=exhibitors&page=0", "page"),
        ("?metric=exhibitors&page=²", "page"),
        ("?sort=x", "sort"),
    ],
)
def test_what_is_not_understood_is_named(signed, client, query, field):
    answer = client.get(f"{REPORT}rows/{query}")
    assert answer.status_code == 400
    assert field in answer.json()["fields"]


def test_an_edition_that_there_is_not_has_no_report(edition, client):
    for path in ("", "rows/?metric=exhibitors", "breakdowns/"):
        assert client.get(f"/api/v1/closing-reports/1999/{path}").status_code == 404


def test_a_report_that_is_the_same_is_not_sent_again(signed, client):
    tag = client.get(REPORT)["ETag"]
    assert client.get(REPORT, headers={"If-None-Match": tag}).status_code == 304


def test_staff_freeze_a_report_and_everyone_reads_it_without_who(signed, client, client_of, organiser):
    answer = client_of(organiser).post(FROZEN, json.dumps({"edition": "2027", "note": "Press"}), content_type="application/json")
    assert answer.status_code == 201
    assert answer.json()["frozen_by"] == organiser.full_name
    found = client.get(answer["Location"]).json()
    assert (found["number"], found["note"], found["frozen_by"], found["is_intact"]) == (1, "Press", "", True)
    assert found["sha256"] == digest_of(found["content"])
    assert found["content"] == client.get(REPORT).json()


def test_frozen_reports_are_listed_by_edition_without_their_content(signed, client, organiser):
    freeze_report(signed, by=organiser)
    freeze_report(builders.edition(slug="other"), by=organiser)
    assert len(client.get(FROZEN).json()["results"]) == 2
    (row,) = client.get(f"{FROZEN}?edition=2027").json()["results"]
    assert "content" not in row


def test_others_freeze_nothing(signed, client, client_of, anna):
    body = json.dumps({"edition": "2027"})
    assert client_of(anna).post(FROZEN, body, content_type="application/json").status_code == 403
    assert client.post(FROZEN, body, content_type="application/json").status_code in {401, 403}
    assert not FrozenReport.objects.exists()


def test_nobody_changes_or_deletes_a_frozen_report(signed, client_of, organiser):
    row = freeze_report(signed, by=organiser)
    staff = client_of(organiser)
    for verb in (staff.patch, staff.put, staff.delete):
        assert verb(f"{FROZEN}{row.pk}/", "{}", content_type="application/json").status_code == 405
