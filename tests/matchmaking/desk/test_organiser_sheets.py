"""The organiser's spreadsheets: companies, booths, forums, agreements, terms. What is taken out and brought back changes nothing."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from expo.foundation.models import SheetImport
from expo.foundation.sheets.actions import confirm_sheet, upload_sheet
from expo.foundation.sheets.kinds import kinds
from expo.foundation.sheets.writing import csv_lines, xlsx_file
from expo.programme.models import Forum
from expo.venue.models import Booth
from matchmaking.agreements.models import Agreement, Party
from matchmaking.matching.models import Term
from matchmaking.participants.models import Company
from tests import builders

EVERY = ["companies", "booths", "forums", "agreements", "terms"]


@pytest.fixture
def full(edition, chain, exhibitor, buyer, supplier_segment, aurora, borealis):
    """An edition with rows of every kind, odd ones among them."""
    hall = builders.hall(edition, code="W1")
    builders.booth(hall, code="SV 1", area=chain.areas.get(edition=edition), segment=supplier_segment, stage="midstream")
    builders.booth(hall, code="SV 2", x=Decimal("3.5"), status="assigned")
    builders.forum(
        edition,
        key="opening",
        title_en="Opening",
        title_zh="开幕式",
        chain=chain,
        starts_at=datetime(2027, 6, 20, 1, 30, tzinfo=UTC),
        on=date(2027, 6, 20),
    )
    builders.forum(edition, key="plain", title_en="=1+1", capacity=200)
    builders.company("-Minus & Söhne", country="DE", about_en="First line\nsecond line")
    builders.agreement(edition, chain, aurora, borealis, title="Cells for 2028")
    drafted = builders.agreement(edition, chain, aurora, title="@draft", status="draft", amount=None, currency="", is_undisclosed=True)
    Party.objects.create(agreement=drafted, outside_name="Somebody Ltd", outside_key="KR:somebody", country="KR", order=1)
    Term.objects.create(chain=chain, key="battery-cell", kind="good", english="battery cell|=cell", chinese="电芯|单体电池")
    Term.objects.create(key="焊接", kind="process", chinese="焊接", is_active=False, is_own=True)
    return edition


@pytest.fixture
def bring(django_capture_on_commit_callbacks, organiser):
    def brought(kind, content, scope, then="draft", by=organiser):
        with django_capture_on_commit_callbacks(execute=True):
            row = upload_sheet(kinds()[kind], ContentFile(content), by=by, scope_id=scope.pk, options={"then": then})
        row.refresh_from_db()
        if row.status == SheetImport.Status.READY and row.new + row.changed:
            with django_capture_on_commit_callbacks(execute=True):
                confirm_sheet(row, by=by)
            row.refresh_from_db()
        return row

    return brought


def taken(kind, edition, organiser, form):
    sheet = kinds()[kind]
    scope = sheet.scope(organiser, edition.pk, {})
    if form == "csv":
        return "".join(csv_lines(sheet.columns(scope), sheet.rows(scope))).encode()
    with xlsx_file(sheet.columns(scope), sheet.rows(scope), title=kind) as file:
        return file.read()


def csv_of(*rows):
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("kind", EVERY)
def test_what_is_taken_out_and_brought_back_changes_nothing(kind, form, full, organiser, bring):
    row = bring(kind, taken(kind, full, organiser, form), full)
    assert (row.faults, row.status, row.new, row.changed) == ([], "ready", 0, 0)
    assert row.same == {"companies": 3, "booths": 2, "forums": 2, "agreements": 2, "terms": 2}[kind]


@pytest.mark.parametrize("kind", EVERY)
def test_it_can_be_taken_in_chinese_and_brought_back_in_english(kind, full, organiser, bring):
    from django.utils import translation

    with translation.override("zh-hans"):
        content = taken(kind, full, organiser, "csv")
    row = bring(kind, content, full)
    assert (row.faults, row.new, row.changed) == ([], 0, 0)


def test_companies_are_added_registered_and_verified(full, chain, bring):
    content = csv_of(
        ["Name", "Country/region", "As exhibitor", "Chains"],
        ["Nova Cells", "Germany", "verified", chain.code],
        ["Nova Steel", "法国", "", ""],
    )
    row = bring("companies", content, full)
    assert (row.faults, row.status, row.new) == ([], "stored", 2)
    nova = Company.objects.get(name="Nova Cells")
    assert nova.registrations.get().status == "verified"
    assert nova.registrations.get().chains.get() == chain
    assert Company.objects.get(name="Nova Steel").country == "FR"
    again = bring("companies", content, full)
    assert (again.new, again.changed, again.same) == (0, 0, 2)


def test_a_company_is_known_by_its_name_where_the_column_of_addresses_stays_empty(full, chain, bring):
    content = csv_of(
        ["Address", "Name", "Country/region", "As exhibitor", "Chains"], ["", "Nordwind Kabel GmbH", "DE", "verified", chain.code]
    )
    assert bring("companies", content, full).new == 1
    again = bring("companies", content, full)
    assert (again.status, again.new, again.changed, again.same) == ("ready", 0, 0, 1)


def test_a_company_without_a_chain_is_not_registered_and_nothing_is_stored(full, bring):
    row = bring(
        "companies",
        csv_of(["Name", "Country/region", "As buyer", "Chains"], ["Good", "DE", "", ""], ["Nova Cells", "DE", "verified", ""]),
        full,
    )
    assert row.status == "refused"
    assert [(fault["row"], fault["says"]["en"]) for fault in row.faults] == [(3, "Choose at least one chain.")]
    assert not Company.objects.filter(name__in=["Good", "Nova Cells"]).exists()


def test_booths_are_added_and_moved_and_none_overlaps(full, bring):
    head = ["Code", "Hall", "Left edge", "Top edge", "Width", "Depth"]
    row = bring("booths", csv_of(head, ["SV 3", "W1", "10", "0", "3", "3"], ["SV 1", "W1", "20", "0", "3", "3"]), full)
    assert (row.faults, row.status, row.new, row.changed) == ([], "stored", 1, 1)
    assert Booth.objects.get(code="SV 1").x == 20
    row = bring("booths", csv_of(head, ["SV 4", "W1", "11", "1", "3", "3"]), full)
    assert row.faults[0]["says"]["en"] == "Booth SV 4 overlaps booth SV 3."
    row = bring("booths", csv_of(head, ["SV 5", "W1", "30", "1", "3", "3"], ["SV 6", "W1", "31", "1", "3", "3"]), full)
    assert row.status == "failed"
    assert "Row 3" in row.faults[0]["says"]["en"]
    assert Booth.objects.count() == 3


def test_forums_are_added_in_the_venues_time(full, bring):
    row = bring("forums", csv_of(["Key", "Title (English)", "Starts at", "Seats"], ["new-one", "New", "2027-06-21 09:30", "80"]), full)
    assert (row.faults, row.status) == ([], "stored")
    forum = Forum.objects.get(key="new-one")
    assert (forum.starts_at, forum.on, forum.capacity) == (datetime(2027, 6, 21, 1, 30, tzinfo=UTC), date(2027, 6, 21), 80)


def test_agreements_are_put_on_record_once(full, chain, bring):
    head = ["Title", "Kind", "Chain", "Signed on", "Amount", "Currency", "Parties"]
    content = csv_of(
        head, ["Steel for 2028", "agreement", chain.code, "2027-06-21", "1,000,000", "USD", "Aurora Motors; Outside Steel (KR)"]
    )
    row = bring("agreements", content, full, then="record")
    assert (row.faults, row.status, row.new) == ([], "stored", 1)
    agreement = Agreement.objects.get(title="Steel for 2028")
    assert (agreement.status, agreement.amount_cny, agreement.parties.count()) == ("recorded", 7_000_000, 2)
    again = bring("agreements", content, full, then="record")
    assert (again.faults, again.new, again.changed, again.same) == ([], 0, 0, 1)
    changed = bring("agreements", content.replace(b"1,000,000", b"2,000,000"), full)
    assert changed.faults[0]["says"]["en"] == "It is on record. Void it and write another one; it is not changed."


@pytest.mark.parametrize("kind", EVERY)
@pytest.mark.parametrize("who", ["carla", "boris"])
def test_for_others_there_is_no_such_page(kind, who, request, full, client_of):
    client = client_of(request.getfixturevalue(who))
    for name in ("sheet", "sheet_template", "sheet_export", "sheet_export_csv"):
        assert client.get(reverse(name, args=[kind, full.pk])).status_code == 404


@pytest.mark.parametrize("kind", EVERY)
def test_staff_without_the_permission_has_none_either(kind, full, client_of):
    clerk = builders.person(is_staff=True)
    assert client_of(clerk).get(reverse("sheet", args=[kind, full.pk])).status_code == 404


@pytest.mark.parametrize("kind", EVERY)
def test_the_second_factor_is_asked_for_here_too(kind, full, client_of, organiser, settings):
    settings.STAFF_SECOND_FACTOR = True
    assert client_of(organiser).get(reverse("sheet", args=[kind, full.pk])).status_code == 404


@pytest.mark.parametrize("kind", EVERY)
def test_the_page_is_shown_to_the_organiser(kind, full, client_of, organiser):
    assert client_of(organiser).get(reverse("sheet", args=[kind, full.pk])).status_code == 200
    assert client_of(organiser).get("/zh" + reverse("sheet", args=[kind, full.pk])).status_code == 200


def test_too_many_rows_are_told_before_any_of_them_is_tried(bring, full, monkeypatch):
    monkeypatch.setattr(kinds()["companies"], "most_changes", 2)
    rows = "".join(f"Firm {n},DE\n" for n in range(700))
    with CaptureQueriesContext(connection) as seen:
        row = bring("companies", f"Name,Country/region\n{rows}".encode(), full)
    assert [fault["says"]["en"] for fault in row.faults] == ["At most 2 rows may be new or changed at once. Split the file."]
    assert (row.status, row.bad, row.total) == ("refused", 0, 500)
    assert not [one for one in seen.captured_queries if 'INSERT INTO "participants_' in one["sql"]]
    few = bring("companies", b"Name,Country/region\nFirm 1,DE\nFirm 2,DE\n", full)
    assert (few.status, few.new) == ("stored", 2)
