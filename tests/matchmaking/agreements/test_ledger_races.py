"""Several write into the ledger at once: one wins, the others are told, numbers have no gaps, and the log's chain holds."""

import json
from datetime import timedelta

import pytest

from matchmaking.agreements import actions
from matchmaking.agreements.checks import today_in
from tests import builders
from tests.matchmaking.agreements.desk import recorded, sent
from tests.processes import run_together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]

BEGIN = """
import json, os, sys, time
import django
django.setup()
from django.db import OperationalError
from expo.accounts.models import User
from expo.foundation.errors import Refused
from expo.foundation.staff import vouched
from matchmaking.agreements import actions
from matchmaking.agreements.models import Agreement, Confirmation, Ledger
from matchmaking.agreements.queries import state_of

folder, start = sys.argv[1], float(sys.argv[-1])
def mine(many):
    for number in range(many):
        try:
            os.close(os.open(f"{folder}/{number}", os.O_CREAT | os.O_EXCL))
            return number
        except FileExistsError:
            continue
def tried(deed):
    for _again in range(20):
        try:
            return deed() or "done"
        except Refused as refused:
            if refused.code not in {"busy"}:
                return refused.code
        except OperationalError as fault:
            if "deadlock" in str(fault):
                return "deadlock"
            time.sleep(0.05)
        except Exception as fault:  # Said, so that a failed race says why.
            return repr(fault)
organiser = vouched(User.objects.get(email="organiser@example.com"))
person = lambda name: User.objects.get(email=f"{name}@example.com")
"""
VERIFY_OR_VOID = (
    BEGIN
    + """
number = mine(4)
row = Agreement.objects.get()
seen = actions.latest_entry(row)
time.sleep(max(0, start - time.time()))
if number % 2:
    said = tried(lambda: actions.void_agreement(row, by=organiser, reason="Wrong", seen=seen).status)
else:
    said = tried(lambda: actions.verify(row, by=organiser, reason="Paper", seen=seen).status)
print(json.dumps(said))
"""
)
CONFIRM = (
    BEGIN
    + """
by = person(["anna", "boris"][mine(4) % 2])
row = Agreement.objects.get()
time.sleep(max(0, start - time.time()))
print(json.dumps(tried(lambda: actions.confirm(row, by=by).status)))
"""
)
USE_LINK = (
    BEGIN
    + """
time.sleep(max(0, start - time.time()))
print(json.dumps([tried(lambda: actions.use_link(sys.argv[2], answer="confirmed", name="Marie").status) for _one in range(8)]))
"""
)
RECORD = (
    BEGIN
    + """
number, said = mine(4), []
rows = list(Agreement.objects.filter(status="draft").order_by("pk"))[number::4]
time.sleep(max(0, start - time.time()))
for row in rows:
    said.append(tried(lambda: actions.record_agreement(row, by=organiser).number))
print(json.dumps(said))
"""
)
RECORD_OR_CONFIRM = (
    BEGIN
    + """
number, said = mine(4), []
secrets = json.loads(sys.argv[2])
rows = list(Agreement.objects.order_by("pk"))
time.sleep(max(0, start - time.time()))
for row in rows:
    deeds = [
        lambda: actions.record_agreement(row, by=organiser).status,
        lambda: actions.confirm(row, by=person("anna")).status,
        lambda: actions.use_link(secrets[str(row.pk)], answer="confirmed", name="Marie").status,
        lambda: actions.record_agreement(row, by=organiser).status,
    ]
    said.append(tried(deeds[number]))
print(json.dumps(said))
"""
)
SWEEP = (
    BEGIN
    + """
from expo.foundation.models import Event, OutboxMessage
from matchmaking.agreements.models import Milestone
time.sleep(max(0, start - time.time()))
tried(lambda: str(actions.sweep_milestones()))
asked = OutboxMessage.objects.filter(kind="milestone_asked")
lines = Event.objects.filter(verb="milestone")
print(json.dumps([Milestone.objects.count(), asked.count(), asked.values("link", "recipient").distinct().count(), lines.count()]))
"""
)
FREEZE_OR_DRAFT = (
    BEGIN
    + """
from matchmaking.agreements.actions.report import freeze_report
number, said = mine(4), []
row = Agreement.objects.select_related("edition", "chain").first()
kept = {**vars(actions.as_written(row)), "segment": None}
time.sleep(max(0, start - time.time()))
for turn in range(12):
    if number % 2:
        said.append(tried(lambda: actions.draft_agreement(by=organiser, **{**kept, "title": f"Cells {number} {turn}"}) and "done"))
        said.append(tried(lambda: actions.record_agreement(Agreement.objects.get(title=f"Cells {number} {turn}"), by=organiser) and "done"))
    else:
        said.append(tried(lambda: freeze_report(row.edition, by=organiser) and "done"))
print(json.dumps(said))
"""
)


@pytest.fixture
def people(organiser, anna, boris, carla):
    return {"organiser": organiser, "anna": anna, "boris": boris}


def test_of_verifying_and_voiding_at_once_one_is_done(people, sheet, organiser, tmp_path):
    recorded(sheet, organiser)
    told = [json.loads(one) for one in run_together(tmp_path, VERIFY_OR_VOID, tmp_path, processes=4)]
    assert len([said for said in told if said in {"verified", "void"}]) == 1, told
    assert set(told) <= {"verified", "void", "conflict", "illegal_move"}


def test_two_parties_that_confirm_at_once_make_one_confirmed_agreement(people, sheet, organiser, tmp_path):
    recorded(sheet, organiser)
    told = [json.loads(one) for one in run_together(tmp_path, CONFIRM, tmp_path, processes=4)]
    assert sorted(told) == ["answered_already", "answered_already", "confirmed", "recorded"], told


def test_of_thirty_two_who_use_one_link_one_does(people, sheet, boris, borealis, organiser, aurora, tmp_path):
    kept = sent(sheet, boris, borealis)
    made = actions.make_link(kept, kept.parties.get(company=aurora), by=organiser)
    told = [said for one in run_together(tmp_path, USE_LINK, tmp_path, made.secret, processes=4) for said in json.loads(one)]
    assert len(told) == 32
    assert (told.count("confirmed"), told.count("link_used")) == (1, 31), told


def test_two_hundred_records_at_once_have_numbers_without_gaps(people, edition, chain, aurora, borealis, tmp_path):
    for _number in range(200):
        builders.agreement(edition, chain, aurora, borealis, status="draft")
    told = [said for one in run_together(tmp_path, RECORD, tmp_path, processes=4) for said in json.loads(one)]
    assert sorted(told) == list(range(1, 201))


def test_recording_and_the_last_yes_at_once_do_not_wait_for_each_other_in_a_ring(
    people, sheet, boris, borealis, organiser, aurora, tmp_path
):
    rows = [sent(sheet, boris, borealis, title=f"Cells {number}") for number in range(20)]
    secrets = {row.pk: actions.make_link(row, row.parties.get(company=aurora), by=organiser).secret for row in rows}
    told = [json.loads(one) for one in run_together(tmp_path, RECORD_OR_CONFIRM, tmp_path, json.dumps(secrets), processes=4)]
    for said in zip(*told, strict=True):
        assert set(said) <= {"recorded", "confirmed", "illegal_move", "answered_already", "link_used"}, said
        assert said.count("confirmed") == 1


def test_freezing_a_report_and_writing_agreements_down_do_not_wait_for_each_other_in_a_ring(people, sheet, organiser, edition, tmp_path):
    recorded(sheet, organiser)
    edition.status = "live"
    edition.save()
    told = [said for one in run_together(tmp_path, FREEZE_OR_DRAFT, tmp_path, processes=4) for said in json.loads(one)]
    assert told == ["done"] * 72


def test_four_sweeps_at_once_ask_each_party_once(people, edition, chain, aurora, borealis, tmp_path):
    yesterday = today_in(edition) - timedelta(days=1)
    for _number in range(20):
        builders.agreement(edition, chain, aurora, borealis, signed_on=yesterday)
    seen = [json.loads(one) for one in run_together(tmp_path, SWEEP, tmp_path, processes=4)]
    assert max(seen) == [200, 40, 40, 40], "the last one to end sees what all did"
