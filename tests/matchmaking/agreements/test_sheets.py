"""Agreements from a spreadsheet: all of them or none, each fault by row and field; and the ledger taken out as one."""

import csv
import io
import resource
import sys
from decimal import Decimal

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from expo.foundation.models import Event, OutboxMessage, Seal, SheetImport
from expo.foundation.sheets.actions import confirm_sheet, upload_sheet
from expo.foundation.sheets.kinds import kinds
from matchmaking.agreements import actions
from matchmaking.agreements.models import Agreement, Confirmation, Ledger, Party
from matchmaking.participants.models import Block, Company
from tests import builders

HEAD = ["Own reference", "Title", "Kind", "Chain", "Signed on", "Amount", "Currency", "Amount not disclosed", "Parties"]


@pytest.fixture
def bring(django_capture_on_commit_callbacks, organiser, edition):
    """Upload a file, and store it where it holds."""

    def brought(content, then="record", by=organiser):
        with django_capture_on_commit_callbacks(execute=True):
            row = upload_sheet(kinds()["agreements"], ContentFile(content), by=by, scope_id=edition.pk, options={"then": then})
        row.refresh_from_db()
        if row.status == SheetImport.Status.READY and row.new + row.changed:
            with django_capture_on_commit_callbacks(execute=True):
                confirm_sheet(row, by=by)
            row.refresh_from_db()
        return row

    return brought


def csv_of(*rows, head=HEAD):
    out = io.StringIO()
    csv.writer(out).writerows([head, *rows])
    return out.getvalue().encode()


def line(number=1, **changes):
    said = {
        "Own reference": f"R-{number}",
        "Title": f"Cells for 2028, {number}",
        "Kind": "agreement",
        "Chain": "SV",
        "Signed on": "2027-06-21",
        "Amount": "1,000,000",
        "Currency": "USD",
        "Amount not disclosed": "",
        "Parties": "supplier: Borealis Cells; customer: Aurora Motors [aurora-motors]; Outside Steel (KR)",
    }
    return [{**said, **changes}[name] for name in HEAD]


def faults_of(row):
    return [(fault["row"], fault["column"], fault["says"]["en"]) for fault in row.faults]


def test_roles_and_references_come_in_and_the_numbers_follow_the_rows(bring, edition, chain, aurora, borealis, organiser):
    row = bring(csv_of(line(1), line(2), line(3)))
    assert (row.faults, row.status, row.new) == ([], "stored", 3)
    kept = list(Agreement.objects.order_by("number"))
    assert [(one.number, one.external_id, one.status) for one in kept] == [(n, f"R-{n}", "recorded") for n in (1, 2, 3)]
    assert {(party.name, party.role) for party in kept[0].parties.all()} == {
        ("Borealis Cells", "supplier"),
        ("Aurora Motors", "customer"),
        ("Outside Steel", ""),
    }
    assert (kept[0].amount_cny, kept[0].rate_used, kept[0].recorded_by) == (Decimal(7_000_000), Decimal(7), organiser)
    assert Ledger.objects.get(edition=edition).last_number == 3
    assert actions.record_agreement(drafted(edition, chain, aurora, borealis), by=organiser).number == 4
    assert not Confirmation.objects.exists()
    assert not OutboxMessage.objects.filter(kind__startswith="agreement_").exclude(body__contains="Drafted").exists()


def drafted(edition, chain, *companies):
    return builders.agreement(edition, chain, *companies, status="draft", title="Drafted by hand")


def test_each_row_has_its_line_and_its_history_and_all_are_sealed_together(bring, chain, aurora, borealis):
    seals = Seal.objects.count()
    bring(csv_of(line(1), line(2)))
    lines = Event.objects.filter(thing="agreements.Agreement")
    assert [(one.verb, one.data["number"]) for one in lines.order_by("pk")] == [("record", 1), ("record", 2)]
    assert len({one.seal_id for one in lines}) == 1
    assert Seal.objects.count() <= seals + 1
    assert [one.history.count() for one in Agreement.objects.all()] == [1, 1]
    assert [one.history.count() for one in Party.objects.all()] == [1] * 6


def test_the_lines_say_what_the_rows_say(bring, chain, aurora, borealis):
    from matchmaking.agreements.queries.canonical import state_of  # Local: only here.

    bring(csv_of(line(1)))
    agreement = Agreement.objects.get()
    assert Event.objects.get(thing="agreements.Agreement").data["state"] == state_of(agreement)


def test_drafts_stay_drafts_with_their_worth(bring, chain, aurora, borealis):
    row = bring(csv_of(line(1)), then="draft")
    (kept,) = Agreement.objects.all()
    assert (row.status, kept.status, kept.number, kept.amount_cny) == ("stored", "draft", None, Decimal(7_000_000))


def test_the_same_file_again_changes_nothing(bring, chain, aurora, borealis):
    content = csv_of(line(1), line(2))
    bring(content)
    again = bring(content)
    assert (again.faults, again.status, again.new, again.changed, again.same) == ([], "ready", 0, 0, 2)


def test_the_same_file_with_the_template_s_empty_number_changes_nothing(bring, chain, aurora, borealis):
    content = csv_of(["", *line(1)], ["", *line(2)], head=["Number", *HEAD])
    bring(content)
    again = bring(content)
    assert (again.faults, again.status, again.new, again.changed, again.same) == ([], "ready", 0, 0, 2)


def test_without_a_reference_a_row_is_known_by_title_day_and_parties(bring, chain, aurora, borealis):
    one, other = line(1), line(1)
    one[0] = other[0] = ""
    other[8] = "Borealis Cells; Second Steel (KR)"
    content = csv_of(one, other)
    assert bring(content).new == 2
    again = bring(content)
    assert (again.faults, again.same) == ([], 2)


def test_a_draft_is_found_by_its_sign_and_changed(bring, edition, chain, aurora, borealis):
    bring(csv_of(line(1)), then="draft")
    draft = Agreement.objects.get()
    head = ["Number", "Title", "Kind", "Chain", "Signed on", "Parties"]
    row = bring(csv_of([f"#{draft.pk}", "Another title", "intention", "SV", "2027-06-21", "Borealis Cells; Aurora Motors"], head=head))
    assert (row.faults, row.status, row.changed) == ([], "stored", 1)
    draft.refresh_from_db()
    assert (draft.title, draft.kind, draft.status, draft.number, draft.parties.count()) == ("Another title", "intention", "recorded", 1, 2)


def test_what_is_on_record_takes_another_reference_and_nothing_else(bring, chain, aurora, borealis):
    bring(csv_of(line(1)))
    kept = Agreement.objects.get()
    other = line(1, **{"Own reference": "NEW-1"})
    row = bring(csv_of([kept.label, *other], head=["Number", *HEAD]))
    assert (row.faults, row.status) == ([], "stored")
    kept.refresh_from_db()
    assert (kept.external_id, kept.version) == ("NEW-1", 1)
    row = bring(csv_of([kept.label, *line(1, Amount="2")], head=["Number", *HEAD]))
    assert faults_of(row)[0][2] == "It is on record. Void it and write another one; it is not changed."


REFUSED = {
    "outside the edition": ({"Signed on": "2027-07-01"}, "lies outside the edition"),
    "no day": ({"Signed on": "soon"}, "is not a day"),
    "nothing": ({"Amount": "0"}, "Expected: 0.01 or more."),
    "not a number": ({"Amount": "NaN"}, "is not a number"),
    "more than anything": ({"Amount": "1" + "0" * 30}, "Expected: a number below 10 to the power of 16."),
    "three decimals": ({"Amount": "1.005"}, "at most 2 digits after the point"),
    "no amount": ({"Amount": ""}, "Write the amount"),
    "amount and undisclosed": ({"Amount not disclosed": "yes"}, "both cannot be"),
    "unknown currency": ({"Currency": "XYZ"}, "is not one of the permitted values"),
    "no rate": ({"Currency": "JPY"}, "states no exchange rate for JPY"),
    "one party": ({"Parties": "Borealis Cells"}, "at least two parties"),
    "the same twice": ({"Parties": "Borealis Cells; supplier: Borealis Cells [borealis-cells]"}, "stands here twice"),
    "nobody": ({"Parties": "Borealis Cells; Who Knows"}, "is no company here"),
    "no such country": ({"Parties": "Borealis Cells; Who Knows (XX)"}, "no country or region"),
    "no such address": ({"Parties": "Borealis Cells; Who [who-knows]"}, "There is no company with the address"),
    "no chain": ({"Chain": "QQ"}, "is not one of the permitted values"),
    "no title": ({"Title": ""}, "This cell may not be empty."),
}


@pytest.mark.parametrize("case", REFUSED)
def test_each_fault_is_named_by_row_and_field_and_nothing_is_stored(case, bring, chain, aurora, borealis):
    changes, sentence = REFUSED[case]
    row = bring(csv_of(line(1), line(2, **changes), line(3)))
    (fault,) = row.faults
    (name,) = (name for name in changes) if case != "amount and undisclosed" else ("Amount",)
    column = chr(ord("A") + HEAD.index("Currency" if case == "no rate" else name))
    assert (row.status, fault["row"], fault["column"]) == ("refused", 3, column)
    assert sentence in fault["says"]["en"]
    assert (Agreement.objects.count(), Event.objects.filter(thing="agreements.Agreement").count()) == (0, 0)


def test_a_reference_stands_once(bring, edition, chain, aurora, borealis):
    builders.agreement(edition, chain, aurora, borealis, external_id="R-7", title="Taken")
    row = bring(csv_of(line(1), line(2, **{"Own reference": "R-1"})))
    assert faults_of(row)[0][0::2] == (3, "Row 2 is about the same.")
    assert row.faults[0]["says"]["zh-hans"] == "与第2行重复。"
    row = bring(csv_of(["#", *line(7)], head=["Number", *HEAD]))
    assert row.status == "refused"


def test_blocked_and_withdrawn_companies_are_named(bring, edition, chain, aurora, borealis, exhibitor, organiser):
    Block.objects.create(company=borealis, blocked=aurora, set_by=organiser)
    row = bring(csv_of(line(1)))
    assert "has blocked" in faults_of(row)[0][2]
    Block.objects.all().delete()
    exhibitor.status = "withdrawn"
    exhibitor.save()
    row = bring(csv_of(line(1)))
    assert "Borealis Cells" in faults_of(row)[0][2]
    assert not Agreement.objects.exists()


def test_confirmations_are_taken_out_and_not_brought_in(bring, edition, chain, aurora, borealis, boris, organiser, client_of):
    bring(csv_of(line(1)))
    kept = Agreement.objects.get()
    actions.confirm(kept, by=boris)
    answer = client_of(organiser).get(f"/lists/ledger.csv?edition={edition.slug}&queue=waiting")
    assert answer.status_code == 200
    (row,) = csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig")))
    assert (row["Number"], row["Confirmed by"], row["Version"], row["Own reference"]) == (kept.label, "Borealis Cells", "1", "R-1")
    assert row["Parties *"] == "supplier: Borealis Cells [borealis-cells]; customer: Aurora Motors [aurora-motors]; Outside Steel (KR)"
    again = bring(csv_of(list(row.values()), head=list(row)))
    assert (again.faults, again.same, Confirmation.objects.count()) == ([], 1, 1)


@pytest.mark.parametrize("who", ["carla", "boris"])
def test_others_take_no_list(who, request, edition, client_of):
    assert client_of(request.getfixturevalue(who)).get(f"/lists/ledger.csv?edition={edition.slug}").status_code == 404


def test_a_check_takes_the_same_queries_for_three_rows_as_for_one(edition, chain, aurora, borealis, organiser):
    def queries(count):
        sheet = kinds()["agreements"]
        scope = sheet.scope(organiser, edition.pk, {"then": "record"})
        from expo.foundation.sheets.checking import check_rows  # Local: only here.

        rows = iter([(1, HEAD), *((number + 2, line(number)) for number in range(count))])
        with CaptureQueriesContext(connection) as seen:
            found = check_rows(rows, sheet, scope)
        assert (found.faults, found.new) == ([], count)
        return len(seen)

    assert queries(1) == queries(3)


def test_a_ledger_with_more_companies_than_one_query_takes_is_read_whole(edition, chain, organiser):
    """SQLite refuses a condition of a thousand parts; an expo has more companies than that."""
    Company.objects.bulk_create(Company(name=f"Works {n}", name_key=f"works {n}", slug=f"works-{n}", country="CN") for n in range(1_010))
    firms = list(Company.objects.order_by("pk"))
    said = {"edition": edition, "chain": chain, "kind": "agreement", "signed_on": edition.starts_on, "amount": 1, "currency": "CNY"}
    Agreement.objects.bulk_create(Agreement(title=f"Number {n}", **said) for n in range(505))
    sides = [(row, firm) for number, row in enumerate(Agreement.objects.order_by("pk")) for firm in firms[2 * number : 2 * number + 2]]
    Party.objects.bulk_create(Party(agreement=row, company=firm, order=number % 2) for number, (row, firm) in enumerate(sides))
    scope = kinds()["agreements"].scope(organiser, edition.pk, {})
    for rows in (Agreement.objects.for_list(), kinds()["agreements"].rows(scope)):
        assert sum(len({party.company.name for party in row.parties.all()}) for row in rows) == 1_010


# At the size of an expo


@pytest.mark.long
def test_6734_rows_with_80_bad_ones_name_all_80_and_the_good_file_stores_them_all(bring, edition, chain, aurora, borealis, capsys):
    Company.objects.bulk_create(Company(name=f"Works {n}", name_key=f"works {n}", slug=f"works-{n}", country="CN") for n in range(600))
    wrong = [{"Signed on": "2027-07-01"}, {"Amount": "0"}, {"Currency": "JPY"}, {"Parties": "Borealis Cells"}, {"Chain": "QQ"}]
    good = [
        line(n, Amount=f"{n}.{n % 100:02}", Parties=f"supplier: Works {n % 600} [works-{n % 600}]; customer: Buyer {n} (KR)")
        for n in range(1, 6735)
    ]
    bad = [list(row) for row in good]
    for at in range(80):
        changes = wrong[at % len(wrong)]
        for name, value in changes.items():
            bad[at * 84][HEAD.index(name)] = value
    spent = -cpu()
    refused = bring(csv_of(*bad))
    spent += cpu()
    assert (refused.status, refused.bad, len(refused.faults)) == ("refused", 80, 80)
    assert [fault["row"] for fault in refused.faults] == [at * 84 + 2 for at in range(80)]
    assert all(fault["column"] and fault["says"]["en"] and fault["says"]["zh-hans"] for fault in refused.faults)
    assert not Agreement.objects.exists()
    storing = -cpu()
    stored = bring(csv_of(*good))
    storing += cpu()
    assert (stored.status, stored.new) == ("stored", 6734)
    assert list(Agreement.objects.order_by("pk").values_list("number", flat=True)) == list(range(1, 6735))
    assert Event.objects.filter(thing="agreements.Agreement", verb="record").count() == 6734
    assert not Event.objects.filter(thing="agreements.Agreement", seal=None).exists()
    expected = sum((Decimal(f"{n}.{n % 100:02}") * 7).quantize(Decimal("0.01")) for n in range(1, 6735))
    assert Agreement.objects.aggregate(yuan=Sum("amount_cny"))["yuan"] == pytest.approx(expected)
    assert sum(Agreement.objects.values_list("amount_cny", flat=True)) == expected
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    with capsys.disabled():
        sys.stdout.write(f"\n6,734 rows: refused in {spent:.0f} s of CPU, stored in {storing:.0f} s, {memory} MB at most\n")


def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
