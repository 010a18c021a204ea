import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from expo.foundation.models import SheetImport
from matchmaking.marketplace.models import Offer
from tests import builders

pytestmark = pytest.mark.usefixtures("supplier_segment")
GOOD = "Own reference,Title,Segment,Written in\nA-1,Cell 50 Ah,battery-cells,en\n"


@pytest.fixture
def upload(client_of, django_capture_on_commit_callbacks):
    def uploaded(user, scope, text, kind="offers", **chosen):
        client = client_of(user)
        file = SimpleUploadedFile("x.csv", text.encode())
        with django_capture_on_commit_callbacks(execute=True):
            answer = client.post(reverse("sheet", args=[kind, scope.pk]), {"file": file, "then": "draft", **chosen})
        return client, answer

    return uploaded


def test_a_company_uploads_looks_and_stores(upload, boris, exhibitor, django_capture_on_commit_callbacks):
    client, answer = upload(boris, exhibitor, GOOD)
    assert answer.status_code == 302
    page = client.get(answer["Location"])
    assert "Every row can be stored" in page.text
    assert "Cell 50 Ah" in page.text
    assert not Offer.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(answer["Location"] + "confirm/")
    assert "All rows of the file are stored" in client.get(answer["Location"]).text
    assert Offer.objects.get().external_id == "A-1"


def test_a_bad_cell_is_named_with_its_row_and_column_in_both_languages(upload, boris, exhibitor):
    client, answer = upload(boris, exhibitor, GOOD.replace("battery-cells", "nowhere"))
    text = client.get(answer["Location"]).text
    assert "Row 2, column C “Segment”" in text
    assert "“nowhere” is not one of the permitted values" in text
    assert client.get("/zh" + answer["Location"]).status_code == 200
    listed = client.get(answer["Location"] + "faults.csv")
    assert listed.content.decode("utf-8-sig").splitlines()[1].startswith("2,C,Segment,nowhere,")


def test_a_file_that_is_no_spreadsheet_is_refused_in_a_sentence(upload, boris, exhibitor):
    client, answer = upload(boris, exhibitor, "\x89PNG\x00\x00")
    assert "This is not a spreadsheet" in client.get(answer["Location"]).text
    assert SheetImport.objects.get().status == "refused"


@pytest.mark.parametrize("who", ["anna", "carla"])
def test_for_others_there_is_no_such_page(who, request, client_of, exhibitor, upload, boris):
    other = client_of(request.getfixturevalue(who))
    pages = ["sheet", "sheet_template", "sheet_template_csv", "sheet_export", "sheet_export_csv"]
    _client, answer = upload(boris, exhibitor, GOOD)
    for name in pages:
        assert other.get(reverse(name, args=["offers", exhibitor.pk])).status_code == 404
    assert other.post(reverse("sheet", args=["offers", exhibitor.pk]), {}).status_code == 404
    for tail in ("", "faults.csv"):
        assert other.get(answer["Location"] + tail).status_code == 404
    for verb in ("confirm", "discard"):
        assert other.post(f"{answer['Location']}{verb}/").status_code == 404
    assert SheetImport.objects.get().status == "ready"


def test_who_left_the_company_stores_nothing_more(upload, boris, exhibitor):
    client, answer = upload(boris, exhibitor, GOOD)
    boris.memberships.update(status="left")
    assert client.post(answer["Location"] + "confirm/").status_code == 302
    assert SheetImport.objects.get().status == "ready"
    assert client.get(answer["Location"]).status_code == 404


def test_the_template_holds_headings_and_permitted_values_and_brings_itself(client_of, boris, exhibitor):
    answer = client_of(boris).get(reverse("sheet_template", args=["offers", exhibitor.pk]))
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer)))
    assert book.sheetnames == ["Offers", "Permitted values"]
    heads = [cell.value for cell in book["Offers"][1]]
    assert heads[:3] == ["Own reference", "Title *", "Segment *"]
    permitted = {cell.value for row in book["Permitted values"].iter_rows() for cell in row}
    assert {"SV · Battery cells", "kg", "CNY", "FOB", "DE"} <= permitted
    assert book["Offers"].data_validations.count > 5


def test_the_pages_need_the_token_against_forgery(client_of, boris, exhibitor):
    client = client_of(boris, enforce_csrf_checks=True)
    assert client.post(reverse("sheet", args=["offers", exhibitor.pk]), {}).status_code == 403


def test_while_it_runs_the_page_looks_again_by_itself(client_of, boris, exhibitor):
    row = SheetImport.objects.create(kind="offers", who=boris, scope_id=exhibitor.pk, status="checking", done=1200)
    answer = client_of(boris).get(reverse("sheet_import", args=[row.key]))
    assert answer["Refresh"] == "3"
    assert "Being checked: 1,200 rows so far" in answer.text


def test_one_spreadsheet_at_a_time(client_of, boris, exhibitor):
    other = SheetImport.objects.create(kind="offers", who=boris, scope_id=exhibitor.pk, status="checking")
    file = SimpleUploadedFile("x.csv", GOOD.encode())
    answer = client_of(boris).post(reverse("sheet", args=["offers", exhibitor.pk]), {"file": file, "then": "draft"})
    assert answer.status_code == 400
    assert "Another spreadsheet of yours is being read" in answer.text
    assert f'<a href="{reverse("sheet_import", args=[other.key])}">See how far the other one is</a>' in answer.text
    assert SheetImport.objects.count() == 1


def test_a_colleague_waits_as_well(client_of, boris, borealis, exhibitor):
    colleague = builders.person("bela@example.com")
    builders.member(borealis, colleague)
    SheetImport.objects.create(kind="offers", who=boris, scope_id=exhibitor.pk, company_id=borealis.pk, status="checking")
    file = SimpleUploadedFile("x.csv", GOOD.encode())
    answer = client_of(colleague).post(reverse("sheet", args=["offers", exhibitor.pk]), {"file": file, "then": "draft"})
    assert "Another spreadsheet of yours is being read" in answer.text
