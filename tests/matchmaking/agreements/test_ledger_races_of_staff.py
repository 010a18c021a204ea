"""Staff and parties write into the ledger at once, and what was written down is proved afterwards: nothing half, nothing twice, no gap."""

import csv
import io
import json
import os
import subprocess
import sys
from decimal import Decimal

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.db import connection
from django.utils import timezone

from expo.foundation.sheets.actions import upload_sheet
from expo.foundation.sheets.kinds import kinds
from matchmaking.agreements import actions
from matchmaking.agreements.actions.rates import state_rate
from matchmaking.agreements.checks import PartyInput
from tests import builders
from tests.matchmaking.agreements.desk import recorded, sent
from tests.matchmaking.agreements.test_ledger_races import BEGIN
from tests.processes import address_for_others, run_together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]

AFTERWARDS = (
    BEGIN.replace("folder, start = sys.argv[1], float(sys.argv[-1])", "folder = sys.argv[1]")
    + """
from expo.foundation.proving import prove_log
from matchmaking.agreements.models import ConfirmationLink, FrozenReport
from matchmaking.agreements.queries.checking import prove_ledger
said = []
prove_log(said.append)
prove_ledger(said.append)
rows = [[row.status, row.number, row.version, row.merged_into_id, str(row.amount_cny), str(row.rate_used)] for row in Agreement.objects.order_by("pk")]
frozen = list(FrozenReport.objects.order_by("number").values_list("number", flat=True))
answers = list(Confirmation.objects.order_by("agreement", "pk").values_list("agreement", "version", "answer"))
print(json.dumps({"faults": [one.says for one in said], "rows": rows, "frozen": frozen, "answers": answers}))
"""
)
FREEZE = (
    BEGIN
    + """
from matchmaking.agreements.actions.report import freeze_report
number, said = mine(4), []
row = Agreement.objects.select_related("edition", "chain").first()
kept = {**vars(actions.as_written(row)), "segment": None}
time.sleep(max(0, start - time.time()))
for turn in range(4):
    made = tried(lambda: str(actions.draft_agreement(by=organiser, **{**kept, "title": f"Cells {number} {turn}"}).pk))
    tried(lambda: actions.record_agreement(Agreement.objects.get(pk=made), by=organiser).number)
    said.append(tried(lambda: freeze_report(row.edition, by=organiser).number))
print(json.dumps(said))
"""
)
MERGE = (
    BEGIN
    + """
number, said = mine(4), []
rows = list(Agreement.objects.order_by("pk"))
time.sleep(max(0, start - time.time()))
for one, other in zip(rows[::2], rows[1::2]):
    row, into = (one, other) if number % 2 else (other, one)
    said.append(tried(lambda: actions.merge(row, into, by=organiser, reason="Twice the same").status))
print(json.dumps(said))
"""
)
CORRECT = (
    BEGIN
    + """
from dataclasses import replace
number, said = mine(4), []
secrets = json.loads(sys.argv[2])
rows = list(Agreement.objects.order_by("pk"))
time.sleep(max(0, start - time.time()))
for row in rows:
    given = actions.as_written(row)
    correct = lambda title: actions.correct(row, by=organiser, given=replace(given, title=title), reason="A word")
    deeds = [
        lambda: f"version {correct('Cells anew').version}",
        lambda: actions.use_link(secrets[str(row.pk)], answer="confirmed", name="Marie").status,
        lambda: actions.confirm(row, by=person("boris"), version=1).status,
        lambda: f"version {correct('Cells once more').version}",
    ]
    said.append(tried(deeds[number]))
print(json.dumps(said))
"""
)
STATE_RATE = (
    BEGIN
    + """
import datetime
from decimal import Decimal
from matchmaking.agreements.actions.rates import state_rate
number, said = mine(4), []
rows = list(Agreement.objects.select_related("edition").order_by("pk"))
time.sleep(max(0, start - time.time()))
for turn, row in enumerate(rows):
    deeds = [
        lambda: str(state_rate(row.edition, by=organiser, currency="USD", cny_per_unit=Decimal(8) + turn, as_of=datetime.date(2026, 1, 1), source_note="Bank").kept >= 0),
        lambda: actions.confirm(row, by=person("anna")).status,
        lambda: actions.record_agreement(row, by=organiser).status,
        lambda: actions.take_back(row, by=person("boris")).status,
    ]
    said.append(tried(deeds[number]))
print(json.dumps(said))
"""
)
STORE = (
    BEGIN
    + """
from django.conf import settings
settings.MEDIA_ROOT = sys.argv[2]
from expo.foundation.models import SheetImport
from expo.foundation.sheets.actions import confirm_sheet
number = mine(4)
row = list(SheetImport.objects.order_by("pk"))[number % 2]
by = vouched(row.who)
time.sleep(max(0, start - time.time()))
said = tried(lambda: confirm_sheet(row, by=by).status)
row.refresh_from_db()
print(json.dumps([said, row.status, row.faults]))
"""
)


@pytest.fixture
def people(organiser, anna, boris, carla):
    return {"organiser": organiser, "anna": anna, "boris": boris}


def afterwards(folder):
    """What the ledger holds once the race is over, and what the proof finds in it."""
    address = address_for_others(folder) if connection.vendor == "postgresql" else f"sqlite:///{folder / 'race.sqlite3'}"
    environment = {**os.environ, "DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONPATH": "."}
    command = [sys.executable, "-W", "ignore", "-c", AFTERWARDS, str(folder)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=settings.BASE_DIR, check=True, timeout=120)
    return json.loads(done.stdout)


def test_reports_that_are_frozen_at_once_have_numbers_without_gaps(people, sheet, organiser, edition, tmp_path):
    recorded(sheet, organiser)
    edition.status = "live"
    edition.save()
    told = [said for one in run_together(tmp_path, FREEZE, tmp_path) for said in json.loads(one)]
    assert all(isinstance(said, int) for said in told), told
    left = afterwards(tmp_path)
    assert left["frozen"] == list(range(1, max(told) + 1))
    assert set(told) <= set(left["frozen"])
    assert left["faults"] == []


def test_of_merging_two_in_both_directions_at_once_one_is_done(people, sheet, organiser, tmp_path):
    for number in range(20):
        recorded(sheet, organiser, title=f"Cells {number}")
    told = [json.loads(one) for one in run_together(tmp_path, MERGE, tmp_path)]
    for said in zip(*told, strict=True):
        assert said.count("void") == 1, said
        assert set(said) <= {"void", "illegal_move", "merge_elsewhere"}
    left = afterwards(tmp_path)
    statuses = [row[0] for row in left["rows"]]
    assert all(sorted(pair) == ["recorded", "void"] for pair in zip(statuses[::2], statuses[1::2], strict=True))
    assert left["faults"] == []


def test_what_is_corrected_while_a_link_is_used_was_confirmed_in_one_version_alone(people, sheet, organiser, borealis, tmp_path):
    outside = PartyInput(outside_name="Outside SA", country="FR")
    rows = [recorded(sheet, organiser, title=f"Cells {n}", parties=[PartyInput(company=borealis), outside]) for n in range(15)]
    secrets = {row.pk: actions.make_link(row, row.parties.get(company=None), by=organiser).secret for row in rows}
    told = [json.loads(one) for one in run_together(tmp_path, CORRECT, tmp_path, json.dumps(secrets))]
    known = {"version 2", "version 3", "recorded", "confirmed", "link_of_other_version", "link_ended", "conflict", "changed_meanwhile"}
    assert {said for one in told for said in one} <= known, told
    left = afterwards(tmp_path)
    assert [row[:3] for row in left["rows"]] == [["recorded", number, 3] for number in range(1, 16)]
    assert {version for _row, version, _answer in left["answers"]} <= {1}
    assert left["faults"] == []


def test_what_is_recorded_while_the_rate_changes_keeps_one_rate_and_the_sum_of_it(
    people, sheet, organiser, boris, borealis, edition, tmp_path
):
    state_rate(
        edition, by=organiser, currency="USD", cny_per_unit=Decimal(7) + Decimal("0.5"), as_of=timezone.localdate(), source_note="Bank"
    )
    for number in range(15):
        sent(sheet, boris, borealis, title=f"Cells {number}")
    told = [said for one in run_together(tmp_path, STATE_RATE, tmp_path) for said in json.loads(one)]
    assert set(told) <= {"True", "confirmed", "recorded", "draft", "illegal_move"}, told
    left = afterwards(tmp_path)
    assert left["faults"] == []
    for status, number, _version, _into, yuan, rate in left["rows"]:
        assert Decimal(yuan) == (Decimal("1500000.50") * Decimal(rate)).quantize(Decimal("0.01"))
        assert (status == "draft") == (number is None)
    numbers = sorted(row[1] for row in left["rows"] if row[1] is not None)
    assert numbers == list(range(1, len(numbers) + 1))


def test_the_same_file_stored_twice_at_once_is_stored_once(people, edition, chain, aurora, borealis, organiser, tmp_path):
    second = builders.person("second@example.com", is_staff=True, is_superuser=True)
    out, head = io.StringIO(), ["Own reference", "Title", "Kind", "Chain", "Signed on", "Amount", "Currency", "Parties"]
    rows = [[f"R-{n}", f"Cells {n}", "agreement", "SV", "2027-06-21", "1000", "CNY", "Borealis Cells; Aurora Motors"] for n in range(300)]
    csv.writer(out).writerows([head, *rows])
    for by in (organiser, second):
        row = upload_sheet(
            kinds()["agreements"], ContentFile(out.getvalue().encode()), by=by, scope_id=edition.pk, options={"then": "record"}
        )
        row.refresh_from_db()
        assert (row.status, row.new) == ("ready", 300)
    told = [json.loads(one) for one in run_together(tmp_path, STORE, tmp_path, settings.MEDIA_ROOT)]
    assert sorted(said for said, _status, _faults in told).count("illegal_move") == 2, told
    left = afterwards(tmp_path)
    assert [row[1] for row in left["rows"]] == list(range(1, 301))
    assert left["faults"] == []
