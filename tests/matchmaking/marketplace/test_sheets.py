import csv
import io
import os
import re
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone, translation

from expo.foundation.errors import IllegalMove, NotAllowed
from expo.foundation.models import Event, SheetImport
from expo.foundation.sheets.actions import confirm_sheet, discard_sheet, store_sheet, sweep_sheets, upload_sheet
from expo.foundation.sheets.kinds import kinds
from expo.foundation.sheets.package import letters
from expo.foundation.sheets.writing import csv_lines, xlsx_file
from matchmaking.marketplace.actions import save_offer
from matchmaking.marketplace.models import Offer, OfferCertificate, SourcingRequest
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


def test_a_reference_is_enough_where_the_column_of_numbers_stays_empty(bring, boris, exhibitor):
    head, rows = [*HEAD, "Number"], [["A-1", "Cell 50 Ah", "battery-cells", "en", ""]]
    bring(sheet_of(*rows, head=head), by=boris, scope=exhibitor)
    written = Offer.history.count()
    again = bring(sheet_of(*rows, head=head), by=boris, scope=exhibitor)
    assert (again.status, again.new, again.changed, again.same) == ("ready", 0, 0, 1)
    assert Offer.history.count() == written


@pytest.mark.parametrize("unit", ["pc", "pieces", "piece", "Piece", "件"])
def test_a_unit_is_understood_by_the_name_of_one(unit, bring, boris, exhibitor):
    head = [*HEAD, "Price", "Currency", "Price per"]
    bring(sheet_of(["A-1", "Cell 50 Ah", "battery-cells", "en", "12", "EUR", unit], head=head), by=boris, scope=exhibitor)
    assert Offer.objects.get().price_unit == "pc"


def test_one_bad_cell_keeps_the_whole_sheet_out(bring, boris, exhibitor):
    row = bring(sheet_of(["A-1", "Good", "battery-cells", "en"], ["A-2", "Bad", "no such", "en"]), by=boris, scope=exhibitor)
    assert (row.status, row.bad, Offer.objects.count()) == ("refused", 1, 0)
    [fault] = row.faults
    assert (fault["row"], fault["column"], fault["value"]) == (3, "C", "no such")
    assert "not one of the permitted values" in fault["says"]["en"]
    assert "SV · Battery cells" in fault["says"]["en"]
    assert "SV · 电芯" in fault["says"]["zh-hans"]


def taken(kind, scope_id, by, form="csv"):
    sheet = kinds()[kind]
    scope = sheet.scope(by, scope_id, {})
    if form == "csv":
        return SimpleUploadedFile("x", "".join(csv_lines(sheet.columns(scope), sheet.rows(scope))).encode())
    with xlsx_file(sheet.columns(scope), sheet.rows(scope), title=kind) as file:
        return SimpleUploadedFile("x", file.read())


@pytest.fixture
def odd_postings(exhibitor, buyer, supplier_segment):
    """Postings with values that spreadsheets like to break."""
    full = builders.offer(
        exhibitor, supplier_segment, title="=SUM(1)", description='-line\nsecond line, with "quotes"; and more', title_other="碳化硅", hs_code="010121",
        unit="kg", unit_price=Decimal("0.0001"), currency="USD", price_unit="t", minimum_quantity=Decimal("123456789012345.678"), lead_time_days=0,
        origin="TW", ships_to=("DE", "HK"), incoterms=("FOB", "CIF"), is_debut=True, external_id="=A-1", language="zh-hans",
    )  # fmt: skip
    OfferCertificate.objects.create(offer=full, certificate=builders.certificate("ISO 9001"), valid_until=date(2020, 1, 31))
    OfferCertificate.objects.create(offer=full, certificate=builders.certificate("CE, all parts"))
    builders.offer(exhibitor, supplier_segment, title="'+no reference_x0041_", status="withdrawn")
    builders.sourcing_request(
        buyer, supplier_segment, title="@cells", quantity=Decimal("10.5"), budget=Decimal("99.5"), currency="EUR", budget_unit="pc", needed_by=date(2020, 1, 1),
        deliver_to="DE", origins_accepted=("CN",), musts=("CERTS", "PRICE"), visibility="invited", answer_cap=5, certificates=("ISO 9001",),
    )  # fmt: skip


@pytest.mark.usefixtures("odd_postings")
@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize(("kind", "who", "scope", "n"), [("offers", "boris", "exhibitor", 2), ("requests", "anna", "buyer", 1)])
def test_what_is_taken_out_and_brought_back_changes_nothing(kind, who, scope, n, form, request, bring):
    by, about = request.getfixturevalue(who), request.getfixturevalue(scope)
    row = bring(taken(kind, about.pk, by, form), by=by, scope=about, kind=kind)
    assert (row.faults, row.status, row.new, row.changed, row.same) == ([], "ready", 0, 0, n)


def test_rows_are_handed_in_where_the_uploader_says_so(bring, boris, exhibitor, edition):
    rows = [["A-1", "Cell 50 Ah", "battery-cells", "en"]]
    bring(sheet_of(*rows), by=boris, scope=exhibitor)
    row = bring(sheet_of(*rows), by=boris, scope=exhibitor, then="submit")
    assert (row.status, row.changed) == ("stored", 1)
    offer = Offer.objects.get()
    assert offer.status == ("submitted" if edition.reviews_postings else "published")
    assert set(Event.objects.filter(thing="marketplace.Offer").values_list("verb", flat=True)) >= {"draft", "submit"}
    again = bring(sheet_of(*rows), by=boris, scope=exhibitor, then="submit")
    assert (again.changed, again.same) == (0, 1)


def test_a_changed_must_have_of_a_published_posting_goes_back_to_review_and_a_typo_does_not(
    bring, boris, exhibitor, edition, supplier_segment
):
    type(edition).objects.filter(pk=edition.pk).update(reviews_postings=True)
    builders.offer(exhibitor, supplier_segment, external_id="A-1", title="Prismatic cell of 50 Ah", lead_time_days=10)
    builders.offer(exhibitor, supplier_segment, external_id="A-2", title="Prismatic cel of 60 Ah", lead_time_days=10)
    head = [*HEAD, "Lead time in days"]
    rows = [
        ["A-1", "Prismatic cell of 50 Ah", "battery-cells", "en", "20"],
        ["A-2", "Prismatic cell of 60 Ah", "battery-cells", "en", "10"],
    ]
    row = bring(sheet_of(*rows, head=head), by=boris, scope=exhibitor)
    assert (row.status, row.changed) == ("stored", 2)
    assert dict(Offer.objects.values_list("external_id", "status")) == {"A-1": "submitted", "A-2": "published"}
    assert Offer.objects.get(external_id="A-2").history.first().title == "Prismatic cell of 60 Ah"
    assert Offer.objects.get(external_id="A-2").history.first().created_at == Offer.objects.get(external_id="A-2").created_at


def test_a_sheet_of_requests_is_stored_with_certificates_and_price_in_yuan(bring, anna, buyer):
    head = [
        "Own reference",
        "Title",
        "Segment",
        "Written in",
        "Quantity",
        "Unit",
        "Budget for one unit",
        "Currency",
        "Budget per",
        "Certificates",
        "Must have",
    ]
    rows = ["B-1", "Cells wanted", "battery-cells", "en", "2", "tonnes", "3", "USD", "kg", "ISO 9001; IATF 16949", "certificates, budget"]
    row = bring(sheet_of(rows, head=head), by=anna, scope=buyer, kind="requests")
    assert (row.faults, row.status) == ([], "stored")
    request = SourcingRequest.objects.get()
    assert (request.quantity_base, request.price_cny_base, request.musts) == (2000, 21, ("CERTS", "PRICE"))
    assert sorted(request.certificates.values_list("certificate__name", flat=True)) == ["IATF 16949", "ISO 9001"]


BAD_CELLS = {
    "Price": ["abc", "-1", "1.23456", "1e9", "99999999999999999"],
    "Currency": ["XYZ"],
    "Price per": ["furlong"],
    "HS code": ["123", "abcd", "12345678"],
    "Unit": ["bushel"],
    "Smallest order": ["0", "-3", "1.2345"],
    "Capacity a month": ["0"],
    "Lead time in days": ["10 weeks", "-1", "4000", "1.5"],
    "Origin": ["Atlantis"],
    "Ships to": ["DE, Mars"],
    "Incoterms": ["ABC"],
    "Certificates": ["x" * 81, "; ".join(f"C{n}" for n in range(21)), "ISO 9001 (2020-01-01)"],
    "Debut": ["perhaps"],
    "Written in": ["fr", ""],
    "Title": ["", "x" * 161, "a\x01b"],
    "Segment": ["", "nowhere"],
    "Own reference": ["", "x" * 81],
}


def test_what_the_form_would_refuse_the_sheet_refuses_at_its_cell(bring, boris, exhibitor):
    bad = [(heading, value) for heading, values in BAD_CELLS.items() for value in values]
    good = {"Title": "Cell", "Segment": "battery-cells", "Written in": "en", "Price": "5", "Currency": "USD", "Price per": "kg"}
    head = [*good, *(heading for heading in BAD_CELLS if heading not in good)]
    rows = [[{**good, "Own reference": f"A-{at}", heading: value}.get(one, "") for one in head] for at, (heading, value) in enumerate(bad)]
    row = bring(sheet_of(*rows, head=head), by=boris, scope=exhibitor)
    assert (row.status, row.total, row.bad, Offer.objects.count()) == ("refused", len(bad), len(bad), 0)
    expected = [(at + 2, letters(head.index(heading) + 1)) for at, (heading, _value) in enumerate(bad)]
    assert [(fault["row"], fault["column"]) for fault in row.faults] == expected


def test_a_price_without_its_currency_is_named_at_the_currency(bring, boris, exhibitor):
    row = bring(
        sheet_of(["A-1", "Cell", "battery-cells", "en", "5", "", "kg"], head=[*HEAD, "Price", "Currency", "Price per"]),
        by=boris,
        scope=exhibitor,
    )
    assert [(fault["column"], fault["says"]["en"]) for fault in row.faults] == [("F", "Pick the currency of the price.")]


@pytest.mark.parametrize(
    ("head", "says"),
    [
        (["Own reference", "Title", "Written in"], "The column “Segment” is missing."),
        ([*HEAD, "Title"], "The column “Title” stands here a second time."),
        ([*HEAD, "Colour"], "“Colour” is no column of this sheet. Use the template's headings."),
    ],
)
def test_headings_that_are_missing_double_or_unknown_are_named(head, says, bring, boris, exhibitor):
    row = bring(sheet_of(["A-1"] * len(head), head=head), by=boris, scope=exhibitor)
    assert says in [fault["says"]["en"] for fault in row.faults]
    assert row.status == "refused"


def test_headings_are_understood_in_chinese_by_their_key_and_in_any_case(bring, boris, exhibitor):
    with translation.override("zh-hans"):
        chinese = [str(column.label) for column in kinds()["offers"].columns(kinds()["offers"].scope(boris, exhibitor.pk, {}))][:5]
    row = bring(sheet_of(["A-1", "Cell", "battery-cells", "", "en"], head=chinese), by=boris, scope=exhibitor)
    assert row.status == "stored"
    row = bring(
        sheet_of(["A-1", "Cell", "battery-cells", "en"], head=["EXTERNAL_ID", " title *", "ＳＥＧＭＥＮＴ", "language"]),
        by=boris,
        scope=exhibitor,
    )
    assert (row.faults, row.same) == ([], 1)


def test_no_two_columns_share_a_heading_in_any_language(boris, exhibitor, anna, buyer):
    for kind, by, about in (("offers", boris, exhibitor), ("requests", anna, buyer)):
        columns = kinds()[kind].columns(kinds()[kind].scope(by, about.pk, {}))
        names = [name for column in columns for name in column.headings]
        assert len(names) == len(set(names)), sorted(names)


def test_header_only_and_twice_the_same_reference(bring, boris, exhibitor):
    assert bring(sheet_of(), by=boris, scope=exhibitor).faults[0]["says"]["en"] == "There are no rows below the headings."
    row = bring(sheet_of(["A-1", "Cell", "battery-cells", "en"], ["A-1", "Other", "battery-cells", "en"]), by=boris, scope=exhibitor)
    assert [(fault["row"], fault["says"]["en"]) for fault in row.faults] == [(3, "Row 2 is about the same posting.")]


def test_the_number_of_another_companys_posting_is_no_number_at_all(bring, boris, exhibitor, edition, supplier_segment):
    other = builders.offer(builders.registration(builders.company("Other"), edition), supplier_segment, title="Theirs", external_id="A-9")
    gone = bring(sheet_of([str(other.pk), "Mine", "battery-cells", "en"], head=["Number", *HEAD[1:]]), by=boris, scope=exhibitor)
    never = bring(sheet_of(["987654321", "Mine", "battery-cells", "en"], head=["Number", *HEAD[1:]]), by=boris, scope=exhibitor)
    assert [fault["says"] for fault in gone.faults] == [fault["says"] for fault in never.faults]
    row = bring(sheet_of(["A-9", "Mine", "battery-cells", "en"]), by=boris, scope=exhibitor)
    assert (row.status, row.new) == ("stored", 1)
    other.refresh_from_db()
    assert other.title == "Theirs"


def test_what_was_changed_meanwhile_is_looked_at_again(bring, boris, exhibitor, supplier_segment, django_capture_on_commit_callbacks):
    offer = builders.offer(exhibitor, supplier_segment, external_id="A-1", title="Old")
    row = bring(sheet_of(["A-1", "New", "battery-cells", "en"]), by=boris, scope=exhibitor, store=False)
    save_offer(offer, by=boris, registration=exhibitor, fields={"title": "Meanwhile"})
    with django_capture_on_commit_callbacks(execute=True):
        confirm_sheet(row, by=boris)
    row.refresh_from_db()
    assert (row.status, row.preview["changed_meanwhile"]) == ("ready", True)
    assert Offer.objects.get().title == "Meanwhile"
    with django_capture_on_commit_callbacks(execute=True):
        confirm_sheet(row, by=boris)
    assert Offer.objects.get().title == "New"


def test_a_worker_that_died_is_replaced_and_nothing_is_stored_twice(bring, boris, exhibitor, django_capture_on_commit_callbacks):
    row = bring(sheet_of(["A-1", "Cell", "battery-cells", "en"]), by=boris, scope=exhibitor, store=False)
    confirm_sheet(row, by=boris)  # Its job is lost: no callback runs.
    assert sweep_sheets() == 0
    SheetImport.objects.update(moved_at=timezone.now() - timedelta(minutes=6))
    assert sweep_sheets() == 1
    store_sheet(row.pk)
    row.refresh_from_db()
    assert (row.status, Offer.objects.count()) == ("stored", 1)
    assert Event.objects.filter(verb="draft").count() == 1


def test_an_import_that_breaks_in_the_middle_leaves_nothing(bring, boris, exhibitor, monkeypatch, django_capture_on_commit_callbacks):
    row = bring(sheet_of(*[[f"A-{n}", "Cell", "battery-cells", "en"] for n in range(5)]), by=boris, scope=exhibitor, store=False)

    def breaks(*_args, **_options):
        raise OSError

    monkeypatch.setattr("matchmaking.marketplace.actions.bulk.search.learn", breaks)
    with django_capture_on_commit_callbacks(execute=True):
        confirm_sheet(row, by=boris)
    row.refresh_from_db()
    assert (row.status, Offer.objects.count(), Offer.history.count()) == ("failed", 0, 0)


def test_who_gives_up_three_times_is_told(boris, exhibitor):
    row = SheetImport.objects.create(kind="offers", who=boris, scope_id=exhibitor.pk, status="checking", attempts=3)
    SheetImport.objects.update(moved_at=timezone.now() - timedelta(minutes=6))
    sweep_sheets()
    row.refresh_from_db()
    assert row.status == "failed"


def test_a_result_is_kept_for_a_day_with_its_file_and_then_gone(bring, boris, exhibitor, django_capture_on_commit_callbacks):
    row = bring(sheet_of(["A-1", "Bad", "nowhere", "en"]), by=boris, scope=exhibitor)
    path = Path(row.file.path)
    assert path.exists()
    assert re.fullmatch(r"sheets/[0-9a-f]{32}", row.file.name)
    sweep_sheets()
    assert SheetImport.objects.count() == 1
    SheetImport.objects.update(moved_at=timezone.now() - timedelta(hours=25))
    with django_capture_on_commit_callbacks(execute=True):
        sweep_sheets()
    assert not SheetImport.objects.exists()
    assert not path.exists()


def test_a_file_that_no_row_names_goes_after_a_day(bring, boris, exhibitor):
    row = bring(sheet_of(["A-1", "Cell", "battery-cells", "en"]), by=boris, scope=exhibitor, store=False)
    held, lost, fresh = Path(row.file.path), Path(row.file.path).with_name("0" * 32), Path(row.file.path).with_name("1" * 32)
    for path in (lost, fresh):
        path.write_bytes(b"of somebody who was erased")
    long_ago = timezone.now().timestamp() - 25 * 3600
    for path in (held, lost):
        os.utime(path, (long_ago, long_ago))
    sweep_sheets()
    assert [path.exists() for path in (held, lost, fresh)] == [True, False, True]


def test_discarding_takes_the_file_away(bring, boris, exhibitor, django_capture_on_commit_callbacks):
    row = bring(sheet_of(["A-1", "Cell", "battery-cells", "en"]), by=boris, scope=exhibitor, store=False)
    path = Path(row.file.path)
    with django_capture_on_commit_callbacks(execute=True):
        discard_sheet(row, by=boris)
    assert not path.exists()
    row.refresh_from_db()
    with pytest.raises(IllegalMove):
        confirm_sheet(row, by=boris)


def test_carla_brings_nothing_for_others_and_confirms_nothing(bring, boris, carla, exhibitor):
    with pytest.raises(NotAllowed):
        bring(sheet_of(), by=carla, scope=exhibitor)
    row = bring(sheet_of(["A-1", "Cell", "battery-cells", "en"]), by=boris, scope=exhibitor, store=False)
    for act in (confirm_sheet, discard_sheet):
        with pytest.raises(NotAllowed):
            act(row, by=carla)
    assert not Offer.objects.exists()


def test_a_hundred_rows_take_as_many_queries_as_three(bring, boris, exhibitor, count_queries):
    def rows(n, tag):
        return sheet_of(
            *[[f"{tag}-{number}", "Cell", "battery-cells", "en", "ISO 9001"] for number in range(n)], head=[*HEAD, "Certificates"]
        )

    bring(rows(1, "W"), by=boris, scope=exhibitor)
    few = count_queries(lambda: bring(rows(3, "A"), by=boris, scope=exhibitor))
    assert count_queries(lambda: bring(rows(100, "B"), by=boris, scope=exhibitor)) <= few + 12


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_chinese_files_of_either_encoding_are_read(encoding, bring, boris, exhibitor):
    row = bring(sheet_of(["A-1", "磷酸铁锂电芯", "电芯", "zh-hans"], encoding=encoding), by=boris, scope=exhibitor)
    assert row.status == "stored"
    assert Offer.objects.get().title == "磷酸铁锂电芯"
