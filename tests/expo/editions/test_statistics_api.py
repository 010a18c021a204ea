"""Entered figures over the API and as a spreadsheet: everybody reads what stands, staff write and see what stood."""

import csv
import io
from datetime import date, timedelta

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from rest_framework.test import APIClient

from expo.editions.models import Edition, Statistic
from expo.foundation.models import SheetImport
from expo.foundation.sheets.actions import confirm_sheet, upload_sheet
from expo.foundation.sheets.kinds import kinds
from expo.foundation.sheets.writing import csv_lines
from tests import builders

LIST = "/api/v1/statistics/"


@pytest.fixture
def held(db):
    return builders.edition(slug="2024", year=2024, starts_on=date(2024, 11, 26), ends_on=date(2024, 11, 30))


@pytest.fixture(autouse=True)
def metrics(db):
    for order, key in enumerate(["audience_offline", "audience_online", "audience_total", "exhibitors"]):
        builders.metric(key, unit="visits", order=order, name_en=key.replace("_", " ").capitalize())


def api(person=None):
    client = APIClient()
    if person is not None:
        client.force_authenticate(person)
    return client


def body(**fields):
    said = {
        "edition": "2024",
        "metric": "audience_offline",
        "value": "200000",
        "source_note": "Gates",
        "measured_at": "2024-11-30T04:00:00Z",
    }
    return said | fields


def post(client, address, sent, **headers):
    return client.post(address, sent, format="json", **headers)


def test_a_figure_is_entered_corrected_and_ended(held, organiser):
    client = api(organiser)
    made = post(client, LIST, body(qualifier="more_than"), headers={"Idempotency-Key": "one"})
    assert (made.status_code, made.json()["value"], made.json()["qualifier"]) == (201, "200000.00", "more_than")
    again = post(client, LIST, body(qualifier="more_than"), headers={"Idempotency-Key": "one"})
    assert again.json() == made.json()
    assert Statistic.objects.count() == 1
    corrected = post(client, f"{LIST}{made.json()['id']}/correct/", {"value": "190000", "reason": "Gate 3 counted twice"})
    assert (corrected.status_code, corrected.json()["replaces"], corrected.json()["source_note"]) == (201, made.json()["id"], "Gates")
    late = post(client, f"{LIST}{made.json()['id']}/correct/", {"value": "180000", "reason": "Gate 4 counted twice"})
    assert (late.status_code, late.json()["code"]) == (409, "holds_no_more")
    ended = post(client, f"{LIST}{corrected.json()['id']}/end/", {"reason": "Of another expo"})
    assert (ended.status_code, ended.json()["reason"]) == (200, "Of another expo")
    assert {row["value"] for row in client.get(LIST, {"metric": "audience_offline"}).json()["results"]} == {"200000.00", "190000.00"}
    assert client.get(LIST, {"standing": "true"}).json()["results"] == []


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"value": "-1"}, "value"),
        ({"value": "NaN"}, "value"),
        ({"value": "1e30"}, "value"),
        ({"value": "0.5"}, "value"),
        ({"value": True}, "value"),
        ({"metric": "happiness"}, "metric"),
        ({"metric": "exhibitors"}, "metric"),
        ({"qualifier": "derived"}, "qualifier"),
        ({"source_note": ""}, "source_note"),
        ({"measured_at": "2999-01-01T00:00:00Z"}, "measured_at"),
        ({"measured_at": "yesterday"}, "measured_at"),
        ({"day": "2024-12-01"}, "day"),
        ({"metric": "audience_total", "day": "2024-11-26"}, "day"),
        ({"edition": "2099"}, "edition"),
        ({"sum": 1}, "sum"),
    ],
)
def test_bad_input_is_a_sentence_at_its_field(held, organiser, fields, field):
    answer = post(api(organiser), LIST, body(**fields))
    assert answer.status_code == 400, answer.json()
    assert list(answer.json()["fields"]) == [field]
    assert not Statistic.objects.exists()


def test_a_total_beside_its_parts_has_to_be_said(held, organiser):
    client = api(organiser)
    post(client, LIST, body())
    assert post(client, LIST, body(metric="audience_total")).json()["code"] == "total_beside_parts"
    assert post(client, LIST, body(metric="audience_total", beside_its_sum=True)).status_code == 201


def test_carla_writes_nothing_and_reads_what_stands_once_the_expo_has_begun(held, organiser, carla):
    old = post(api(organiser), LIST, body()).json()
    new = post(api(organiser), f"{LIST}{old['id']}/correct/", {"value": "7", "reason": "Secret reason"}).json()
    for person, status in ((None, 401), (carla, 403)):
        assert post(api(person), LIST, body(metric="audience_online")).status_code == status
        assert post(api(person), f"{LIST}{new['id']}/correct/", {"reason": "x"}).status_code == status
        assert [row["id"] for row in api(person).get(LIST).json()["results"]] == [new["id"]]
        assert api(person).get(f"{LIST}{old['id']}/").status_code == 404
    assert Statistic.objects.count() == 2
    Edition.objects.filter(pk=held.pk).update(status="announced")
    assert api(carla).get(LIST).json()["results"] == []


def test_a_list_takes_the_same_queries_for_one_and_for_three(held, organiser, count_queries):
    client = api(organiser)
    post(client, LIST, body())
    one = count_queries(lambda: client.get(LIST))
    post(client, LIST, body(metric="audience_online"))
    post(client, LIST, body(metric="audience_total", beside_its_sum=True))
    assert count_queries(lambda: client.get(LIST)) == one


def csv_of(*rows):
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


HEAD = ["Metric", "Day", "Value", "Qualifier", "Source", "Measured at", "Why corrected"]
GATES = ["audience_offline", "", "200000", "", "Gates", "2024-11-30 18:00", ""]


@pytest.fixture
def bring(django_capture_on_commit_callbacks, organiser, held):
    def brought(*rows, content=None):
        with django_capture_on_commit_callbacks(execute=True):
            made = upload_sheet(
                kinds()["statistics"], ContentFile(content or csv_of(HEAD, *rows)), by=organiser, scope_id=held.pk, options={}
            )
        made.refresh_from_db()
        if made.status == SheetImport.Status.READY and made.new + made.changed:
            with django_capture_on_commit_callbacks(execute=True):
                confirm_sheet(made, by=organiser)
            made.refresh_from_db()
        return made

    return brought


def test_a_spreadsheet_enters_and_corrects_with_a_reason(bring, held):
    days = [["Audience online", f"2024-11-{day}", "1000", "more_than", "Stream", "2024-11-30 18:00", ""] for day in (26, 27)]
    row = bring(GATES, *days)
    assert (row.faults, row.status, row.new) == ([], "stored", 3)
    again = bring(GATES, *days)
    assert (again.new, again.changed, again.same) == (0, 0, 3)
    nameless = bring([*GATES[:2], "190000", *GATES[3:]])
    assert [(fault["row"], fault["says"]["en"].partition(",")[0]) for fault in nameless.faults] == [(2, "Say why")]
    correction = [*GATES[:2], "190000", *GATES[3:6], "Gate 3 counted twice"]
    corrected = bring(correction)
    assert (corrected.status, corrected.changed) == ("stored", 1)
    again = bring(correction)
    assert (again.faults, again.changed, again.same) == ([], 0, 1), "a reason alone changes nothing"
    assert Statistic.objects.standing().get(metric__key="audience_offline").replaces.reason == "Gate 3 counted twice"


def test_of_a_spreadsheet_with_a_bad_row_nothing_is_stored_and_row_and_column_are_named(bring):
    later = (timezone.now() + timedelta(days=2)).strftime("%Y-%m-%d %H:%M")
    row = bring(
        GATES,
        ["exhibitors", *GATES[1:]],
        ["happiness", *GATES[1:]],
        ["audience_online", "", "-5", *GATES[3:]],
        ["audience_online", "2024-11-27", "1.5", *GATES[3:]],
        ["audience_online", "2024-12-24", *GATES[2:]],
        ["audience_online", "2024-11-26", "5", "", "Gates", later, ""],
        GATES,
    )
    found = [(fault["row"], fault["column"]) for fault in row.faults]
    assert sorted(found) == [(3, "A"), (4, "A"), (5, "C"), (6, "C"), (7, "B"), (8, "F"), (9, "A")]
    assert "counts it from its rows" in next(fault["says"]["en"] for fault in row.faults if fault["row"] == 3)
    assert not Statistic.objects.exists()


def test_rows_that_do_not_go_together_are_refused_as_a_whole(bring):
    row = bring(GATES, ["audience_offline", "2024-11-26", *GATES[2:]])
    assert row.status == "failed"
    assert not Statistic.objects.exists()


def test_what_is_taken_out_and_brought_back_changes_nothing(bring, held, organiser):
    bring(GATES)
    sheet = kinds()["statistics"]
    scope = sheet.scope(organiser, held.pk, {})
    row = bring(content="".join(csv_lines(sheet.columns(scope), sheet.rows(scope))).encode())
    assert (row.faults, row.new, row.changed, row.same) == ([], 0, 0, 1)
    assert sheet.scope(builders.person(is_staff=True), held.pk, {}) is None
