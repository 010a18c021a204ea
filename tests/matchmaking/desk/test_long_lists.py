"""Lists too long for a request: the worker writes them, for who asked and with what they may see by then."""

import csv
import io
from datetime import timedelta

import openpyxl
import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from expo.foundation.models import Event, ListExport
from expo.foundation.sheets import exporting, writing
from matchmaking.desk.privacy.erasing import erase_person
from tests import builders

pytestmark = pytest.mark.usefixtures("three_offers")
LONG = "/lists/offers.csv"


@pytest.fixture
def three_offers(edition, exhibitor, supplier_segment):
    return [builders.offer(exhibitor, supplier_segment, title=f"Cell {n} Ah") for n in (50, 60, 70)]


@pytest.fixture(autouse=True)
def _two_rows_are_short(monkeypatch):
    monkeypatch.setattr(exporting, "MOST_AT_ONCE", 2)


@pytest.fixture
def take(client_of, django_capture_on_commit_callbacks):
    def taken(person, address, *, work=True):
        with django_capture_on_commit_callbacks(execute=work):
            return client_of(person).get(address)

    return taken


def titles(answer):
    return [row["Title *"] for row in csv.DictReader(io.StringIO(b"".join(answer).decode("utf-8-sig")))]


def test_a_short_list_is_answered_at_once_and_a_long_one_by_the_worker(take, client_of, organiser):
    assert titles(take(organiser, f"{LONG}?q=Cell+50")) == ["Cell 50 Ah"]
    assert not ListExport.objects.exists()
    answer = take(organiser, LONG)
    row = ListExport.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/sheets/lists/{row.key}/")
    page = client_of(organiser).get(answer["Location"])
    assert "The list is ready: 3 rows" in page.text
    assert "hx-trigger" not in page.text
    file = client_of(organiser).get(f"{answer['Location']}file/")
    assert titles(file) == ["Cell 70 Ah", "Cell 60 Ah", "Cell 50 Ah"]
    assert file["X-Content-Type-Options"] == "nosniff"
    assert (row.total, row.done, row.status) == (3, 3, "ready")
    assert Event.objects.filter(verb="ask_for_list", actor=organiser).count() == 1


def test_the_file_of_a_workbook_opens_and_holds_what_the_text_holds(take, client_of, organiser):
    there = take(organiser, "/lists/offers.xlsx")["Location"]
    book = openpyxl.load_workbook(io.BytesIO(b"".join(client_of(organiser).get(f"{there}file/"))))
    in_text = list(
        csv.reader(io.StringIO(b"".join(client_of(organiser).get(f"{take(organiser, LONG)['Location']}file/")).decode("utf-8-sig")))
    )
    in_book = [["" if cell is None else str(cell) for cell in row] for row in book.active.iter_rows(values_only=True)]
    assert [row[:4] for row in in_book] == [row[:4] for row in in_text]


def test_while_it_waits_the_page_says_so_with_and_without_script(take, client_of, organiser):
    there = take(organiser, LONG, work=False)["Location"]
    page = client_of(organiser).get(there).text
    assert "Waiting to be written" in page
    assert f'hx-get="{there}"' in page
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in page
    assert client_of(organiser).get(f"{there}file/").status_code == 404
    ListExport.objects.update(status="writing", total=3, done=2)
    assert "2 of 3 rows are written" in client_of(organiser).get(there).text


def test_two_clicks_make_one_job(take, organiser):
    assert take(organiser, LONG, work=False)["Location"] == take(organiser, LONG, work=False)["Location"]
    assert ListExport.objects.count() == 1
    take(organiser, "/lists/offers.xlsx", work=False)
    assert ListExport.objects.count() == 2


def test_it_is_there_for_who_asked_and_nobody_else(take, client_of, client, organiser, boris):
    there = take(organiser, LONG)["Location"]
    other = builders.person("other@example.com", is_staff=True, is_superuser=True)
    for person in (other, boris):
        assert client_of(person).get(there).status_code == 404
        assert client_of(person).get(f"{there}file/").status_code == 404
    assert client.get(there).status_code == 302


def test_who_lost_the_right_gets_neither_page_nor_file(take, client_of, organiser):
    there = take(organiser, LONG)["Location"]
    organiser.is_superuser = False
    organiser.save()
    assert client_of(organiser).get(f"{there}file/").status_code == 404
    assert client_of(organiser).get(there).status_code == 404


def test_the_worker_writes_what_the_person_may_see_when_it_runs(take, organiser, three_offers):
    take(organiser, LONG, work=False)
    row = ListExport.objects.get()
    organiser.is_staff = organiser.is_superuser = False
    organiser.save()
    exporting.write_list(row.pk)
    row.refresh_from_db()
    assert (row.status, row.file.name, row.says["en"]) == ("failed", "", "You may not see this list any more.")


def test_the_rows_are_those_that_are_there_when_the_worker_runs(take, client_of, organiser, three_offers):
    there = take(organiser, LONG, work=False)["Location"]
    three_offers[0].delete()
    exporting.write_list(ListExport.objects.get().pk)
    assert titles(client_of(organiser).get(f"{there}file/")) == ["Cell 70 Ah", "Cell 60 Ah"]


def test_a_list_of_more_rows_than_a_file_holds_is_refused_in_a_sentence_and_nothing_is_cut_off(take, organiser, monkeypatch):
    monkeypatch.setattr(writing, "MOST_ROWS", 2)
    answer = take(organiser, LONG)
    assert (answer.status_code, "more rows than a file holds" in answer.text) == (400, True)
    assert (ListExport.objects.count(), Event.objects.filter(verb="export").count()) == (0, 0)
    assert titles(take(organiser, f"{LONG}?q=Cell+50")) == ["Cell 50 Ah"]


def test_a_list_that_grew_while_it_waited_is_refused_too(take, client_of, organiser, monkeypatch):
    there = take(organiser, LONG, work=False)["Location"]
    monkeypatch.setattr(writing, "MOST_ROWS", 2)
    exporting.write_list(ListExport.objects.get().pk)
    assert "more rows than a file holds" in client_of(organiser).get(there).text
    assert ListExport.objects.get().file.name == ""


def test_a_row_too_many_ends_a_file_with_an_error_and_never_without_a_word(monkeypatch):
    monkeypatch.setattr(writing, "MOST_ROWS", 2)
    assert len(list(writing.csv_lines([], [1, 2]))) == 4
    with pytest.raises(writing.TooManyRows):
        list(writing.csv_lines([], [1, 2, 3]))


def test_a_company_takes_its_own_long_list(take, client_of, boris, carla, exhibitor):
    there = take(boris, f"/sheets/offers/{exhibitor.pk}/export.csv")["Location"]
    file = client_of(boris).get(f"{there}file/")
    assert titles(file) == ["Cell 50 Ah", "Cell 60 Ah", "Cell 70 Ah"]
    assert f'filename="offers-{timezone.localdate()}.csv"' in file["Content-Disposition"]
    assert client_of(carla).get(there).status_code == 404
    assert take(carla, f"/sheets/offers/{exhibitor.pk}/export.csv").status_code == 404


def test_what_a_dead_worker_left_is_done_again(take, organiser, django_capture_on_commit_callbacks):
    take(organiser, LONG, work=False)
    ListExport.objects.update(status="writing", attempts=1, moved_at=timezone.now() - timedelta(minutes=6))
    with django_capture_on_commit_callbacks(execute=True):
        exporting.sweep_lists()
    row = ListExport.objects.get()
    assert (row.status, row.attempts) == ("ready", 2)


def test_after_three_attempts_it_says_so(take, client_of, organiser):
    there = take(organiser, LONG, work=False)["Location"]
    ListExport.objects.update(status="writing", attempts=3, moved_at=timezone.now() - timedelta(minutes=6))
    exporting.sweep_lists()
    assert "Something went wrong on our side" in client_of(organiser).get(there).text


def test_a_worker_that_was_overtaken_leaves_no_file(take, organiser):
    take(organiser, LONG, work=False)
    row = ListExport.objects.get()
    ListExport.objects.update(status="writing", attempts=2)
    row.attempts = 1
    exporting._write(row)
    assert ListExport.objects.get().status == "writing"
    assert default_storage.listdir("lists")[1] == []


def test_after_a_day_row_and_file_are_gone(take, organiser, django_capture_on_commit_callbacks):
    take(organiser, LONG)
    name = ListExport.objects.get().file.name
    assert default_storage.exists(name)
    ListExport.objects.update(moved_at=timezone.now() - timedelta(days=1, minutes=1))
    with django_capture_on_commit_callbacks(execute=True):
        assert exporting.sweep_lists() == 1
    assert not ListExport.objects.exists()
    assert not default_storage.exists(name)


def test_a_file_that_no_row_names_goes_too(take, organiser):
    take(organiser, LONG)
    ListExport.objects.all().delete()
    [name] = default_storage.listdir("lists")[1]
    exporting.sweep_lists(now=timezone.now() + timedelta(days=1, minutes=1))
    assert default_storage.listdir("lists")[1] == []
    assert name


def test_who_is_erased_leaves_no_list(take, boris, exhibitor, borealis, django_capture_on_commit_callbacks):
    builders.member(borealis, builders.person("second@example.com"))
    take(boris, f"/sheets/offers/{exhibitor.pk}/export.csv")
    name = ListExport.objects.get().file.name
    with django_capture_on_commit_callbacks(execute=True):
        erase_person(boris, by=boris)
    assert not ListExport.objects.exists()
    assert not default_storage.exists(name)
