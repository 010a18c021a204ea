"""Lists as spreadsheets: with the filters of the page, for who may see it, and nothing in them runs."""

import csv
import io
import re
import zipfile

import openpyxl
import pytest
from django.contrib.auth.models import Group

from expo.foundation.models import Event
from expo.foundation.sheets.inert import inert, plain
from matchmaking.desk.exports import LISTS
from matchmaking.desk.roles import set_up_roles
from tests import builders

SIGNS = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", " =", "'=", "''@", "\u00a0="]
BODIES = ["1+1", 'cmd|"/c calc"!A1', 'HYPERLINK("http://evil.example","x")', "DDE(1)"]
PAYLOADS = [sign + body for sign in SIGNS for body in BODIES]
FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")

OF_ONE_ROW = {"plan-seats"}  # Named by ?run=, else there is nothing to take: tested beside the pages of plans.


def rows_of(answer):
    text = b"".join(answer).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def book_of(answer):
    return b"".join(answer)  # Which closes the file as well.


@pytest.fixture
def rows(edition, exhibitor, buyer, supplier_segment):
    builders.offer(exhibitor, supplier_segment, title="Cell 50 Ah", certificates=("ISO 9001",))
    builders.offer(exhibitor, supplier_segment, title="Hidden draft", status="draft")
    builders.sourcing_request(buyer, supplier_segment, title="Cells wanted")


def test_there_are_sixty_payloads():
    assert len(PAYLOADS) == 60


def test_no_payload_runs_in_a_workbook_or_a_text_file(edition, exhibitor, supplier_segment, client_of, organiser):
    for at, payload in enumerate(PAYLOADS):
        builders.offer(exhibitor, supplier_segment, title=f"{payload} {at}"[:160], description=payload)
    client = client_of(organiser)
    content = book_of(client.get("/lists/offers.xlsx"))
    book = openpyxl.load_workbook(io.BytesIO(content))
    cells = [cell for row in book.active.iter_rows() for cell in row if cell.value is not None]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert not [name for name in zipfile.ZipFile(io.BytesIO(content)).namelist() if "external" in name.lower()]
    assert sum("evil.example" in str(cell.value) for cell in cells) >= 15
    assert not [cell for cell in cells if cell.hyperlink]
    found = list(csv.reader(io.StringIO(b"".join(client.get("/lists/offers.csv")).decode("utf-8-sig"), newline="")))
    risky = [cell for row in found[1:] for cell in row if FORMULA.match(cell) and not re.fullmatch(r"[+-]?[\d.]+", cell)]
    assert risky == []


@pytest.mark.parametrize("payload", [*PAYLOADS, "-5", "+1.5", "'", "''", "a=b", "plain", "'quoted'", "-"])
def test_what_the_prefix_adds_the_import_takes_away(payload):
    assert plain(inert(payload)) == payload
    assert inert("-12.5") == "-12.5"


def test_a_list_is_taken_with_the_filters_of_its_page(rows, client_of, organiser):
    client = client_of(organiser)
    assert [row["Title *"] for row in rows_of(client.get("/lists/offers.csv"))] == ["Hidden draft", "Cell 50 Ah"]
    assert [row["Title *"] for row in rows_of(client.get("/lists/offers.csv?status__exact=draft"))] == ["Hidden draft"]
    assert [row["Title *"] for row in rows_of(client.get("/lists/market-offers.csv"))] == ["Cell 50 Ah"]
    assert rows_of(client.get("/lists/market-offers.csv?certificate=ce")) == []
    [cell] = rows_of(client.get("/lists/market-offers.csv?certificate=iso9001"))
    assert (cell["Company"], cell["Certificates"], cell["Segment *"]) == ("Borealis Cells", "ISO 9001", "SV · Battery cells")


@pytest.mark.parametrize("name", sorted(set(LISTS) - OF_ONE_ROW))
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_every_list_is_there_for_the_organiser_and_nobody_else(name, form, rows, client_of, organiser, boris, client, settings):
    address = f"/lists/{name}.{form}"
    answer = client_of(organiser).get(address)
    assert answer.status_code == 200
    book_of(answer)
    assert client_of(boris).get(address).status_code == 404
    assert client.get(address).status_code == 302
    settings.STAFF_SECOND_FACTOR = True
    assert client_of(organiser).get(address).status_code == 404


def test_a_role_takes_only_what_it_sees(rows, client_of):
    set_up_roles()
    reader = builders.person(is_staff=True)
    reader.groups.add(Group.objects.get(name="Read-only"))
    client = client_of(reader)
    assert client.get("/lists/people.csv").status_code == 404
    assert client.get("/lists/companies.csv").status_code == 200
    for name in LISTS:
        answer = client.get(f"/lists/{name}.csv")
        if answer.status_code == 200:
            assert "anna@example.com" not in b"".join(answer).decode()


def test_an_unknown_filter_is_refused_and_an_unknown_list_is_not_there(rows, client_of, organiser):
    client = client_of(organiser)
    assert client.get("/lists/offers.csv?status__exact=draft&segment__password=1").status_code == 400
    assert client.get("/lists/nothing.csv").status_code == 404


def test_taking_lists_is_written_down_and_bounded(rows, client_of, organiser):
    client = client_of(organiser)
    answers = [client.get("/lists/offers.csv").status_code for _time in range(12)]
    assert answers == [200] * 10 + [429] * 2
    assert Event.objects.filter(verb="export", actor=organiser).count() == 10


def test_a_list_takes_the_same_number_of_queries_for_one_row_and_for_many(
    edition, exhibitor, supplier_segment, client_of, organiser, count_queries
):
    client = client_of(organiser)
    builders.offer(exhibitor, supplier_segment, certificates=("ISO 9001",))
    b"".join(client.get("/lists/offers.csv"))  # What is remembered after a first visit is not counted.
    first = count_queries(lambda: b"".join(client.get("/lists/offers.csv")))
    for _time in range(4):
        builders.offer(exhibitor, supplier_segment, certificates=("ISO 9001", "CE"))
    assert count_queries(lambda: b"".join(client.get("/lists/offers.csv"))) == first


def test_the_desk_offers_lists_and_sheets(rows, client_of, organiser):
    text = client_of(organiser).get("/admin/participants/company/?kind__exact=company").text
    assert "/lists/companies.xlsx?kind__exact=company" in text
    assert "/sheets/companies/" in text
    assert "/lists/market-offers.xlsx" in client_of(organiser).get("/market/").text
    assert "/lists/exhibitors.csv" in client_of(organiser).get("/exhibitors/").text


def test_visitors_see_no_such_links(rows, client, client_of, boris):
    for browser in (client, client_of(boris)):
        assert "/lists/" not in browser.get("/market/").text
        assert "/lists/" not in browser.get("/exhibitors/").text
