import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from expo.foundation.errors import NotAllowed
from expo.foundation.models import Event, SheetImport
from expo.foundation.sheets.actions import confirm_sheet, upload_sheet
from expo.foundation.sheets.kinds import kinds
from expo.foundation.sheets.writing import csv_lines, xlsx_file
from matchmaking.marketplace.models import Offer, OfferCertificate, PostingStatus, SourcingRequest
from tests import builders

HEAD = ["Own reference", "Title", "Segment", "Written in"]
pytestmark = pytest.mark.usefixtures("supplier_segment")


def sheet_of(*rows, head=HEAD, encoding="utf-8"):
    out = io.StringIO()
    csv.writer(out).writerows([head, *rows])
    return SimpleUploadedFile("offers.csv", out.getvalue().encode(encoding))


@pytest.fixture
def bring(django_capture_on_commit_callbacks):
    def brought(file, *, by, scope, kind="offers", then="draft", store=True):
        with django_capture_on_commit_callbacks(execute=True):
            row = upload_sheet(kinds()[kind], file, by=by, scope_id=scope.pk, options={"then": then})
        row.refresh_from_db()
        if store and row.status == SheetImport.Status.READY and row.new + row.changed:
            with django_capture_on_commit_callbacks(execute=True):
                confirm_sheet(row, by=by)
            row.refresh_from_db()
        return row

    return brought


def test_a_sheet_of_offers_becomes_drafts_with_log_and_history(bring, boris, exhibitor):
    row = bring(
        sheet_of(["A-1", "Cell 50 Ah", "battery-cells", "en"], ["A-2", "Cell 60 Ah", "SV · Battery cells", "English"]),
        by=boris,
        scope=exhibitor,
    )
    assert (row.status, row.total, row.new, row.bad, row.faults) == ("stored", 2, 2, 0, [])
    assert list(Offer.objects.order_by("pk").values_list("external_id", "title", "status")) == [
        ("A-1", "Cell 50 Ah", "draft"),
        ("A-2", "Cell 60 Ah", "draft"),
    ]
    assert Event.objects.filter(verb="draft", thing="marketplace.Offer", actor=boris).count() == 2
    assert Offer.history.count() == 2
    assert not row.file


def test_the_same_sheet_twice_changes_nothing(bring, boris, exhibitor):
    rows = [["A-1", "Cell 50 Ah", "battery-cells", "en"], ["A-2", "Cell 60 Ah", "电芯", "en"]]
    bring(sheet_of(*rows), by=boris, scope=exhibitor)
    again = bring(sheet_of(*rows), by=boris, scope=exhibitor)
    assert (again.status, again.new, again.changed, again.same) == ("ready", 0, 0, 2)
    assert Offer.objects.count() == 2


def test_one_bad_cell_keeps_the_whole_sheet_out(bring, boris, exhibitor):
    row = bring(sheet_of(["A-1", "Good", "battery-cells", "en"], ["A-2", "Bad", "no such", "en"]), by=boris, scope=exhibitor)
    assert (row.status, row.bad, Offer.objects.count()) == ("refused", 1, 0)
    [fault] = row.faults
    assert (fault["row"], fault["column"], fault["value"]) == (3, "C", "no such")
    assert "not one of the permitted values" in fault["says"]["en"]
    assert "SV · Battery cells" in fault["says"]["en"]
