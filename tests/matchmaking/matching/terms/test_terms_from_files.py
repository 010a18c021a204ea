"""Terms from files: what setting up loads, and what a spreadsheet brings."""

import csv
import io
import shutil

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command

from expo.foundation.models import Event, SheetImport
from expo.foundation.sheets.actions import confirm_sheet, upload_sheet
from expo.foundation.sheets.kinds import kinds
from matchmaking.matching.glossary.files import shipped_folder
from matchmaking.matching.models import Term

# Setting up


@pytest.fixture
def set_up(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATICFILES_DIRS = []
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]

    def done(**options):
        call_command("setup", stdout=io.StringIO(), **options)
        return Event.objects.filter(verb="terms_loaded").count()

    return done


def test_setting_up_loads_the_terms_once_and_again_when_the_files_changed(chain, set_up, tmp_path, monkeypatch):
    folder = shutil.copytree(shipped_folder(), tmp_path / "glossary")
    monkeypatch.setattr("expo.foundation.management.commands.setup.GLOSSARY", folder)
    monkeypatch.setattr("matchmaking.matching.glossary.loading.shipped_folder", lambda: folder)
    assert set_up() == 1
    Term.objects.filter(key="lidar").delete()
    assert set_up() == 1
    with (folder / "smart-vehicle.csv").open("a", encoding="utf-8") as file:
        file.write("good,,one more thing,又一物\n")
    assert set_up() == 2
    assert Term.objects.filter(key__in=["lidar", "one-more-thing"]).count() == 2


def test_without_a_chain_there_is_nothing_to_load_yet(db, set_up):
    assert set_up() == 0
    assert not Term.objects.exists()
    assert not Event.objects.filter(verb="setup.loaded").exists()


# Spreadsheets


@pytest.fixture
def bring(edition, organiser, django_capture_on_commit_callbacks):
    def brought(*rows):
        out = io.StringIO()
        csv.writer(out).writerows(rows)
        with django_capture_on_commit_callbacks(execute=True):
            row = upload_sheet(kinds()["terms"], ContentFile(out.getvalue().encode()), by=organiser, scope_id=edition.pk, options={})
        row.refresh_from_db()
        if row.status == SheetImport.Status.READY and row.new + row.changed:
            with django_capture_on_commit_callbacks(execute=True):
                confirm_sheet(row, by=organiser)
            row.refresh_from_db()
        return row

    return brought


HEAD = ["Key", "Chain", "Kind", "Belongs to", "English names", "Chinese names", "In use"]


def test_a_sheet_brings_new_terms_and_changes_others(shipped, bring):
    row = bring(
        HEAD,
        ["", "SV", "good", "titanate battery", "LTO cell", "钛酸锂电芯", ""],
        ["", "智能汽车", "good", "", "titanate battery", "钛酸锂电池", "yes"],
        ["", "", "process", "", "", "焊接", ""],
        ["lidar", "smart-vehicle", "good", "", "lidar|laser radar", "激光雷达", "no"],
    )
    assert (row.faults, row.status, row.new, row.changed) == ([], "stored", 3, 1)
    assert Term.objects.get(key="焊接").chain is None
    assert Term.objects.get(key="lto-cell").broader == "titanate battery"
    shipped.refresh_from_db()
    assert (shipped.is_active, shipped.is_own) == (False, True)


def test_each_bad_row_is_named_and_nothing_is_stored(shipped, bring):
    before = Term.objects.count()
    row = bring(
        HEAD,
        ["", "SV", "gadget", "", "LTO cell", "", ""],
        ["", "XX", "good", "", "LTO pack", "", ""],
        ["", "SV", "good", "flux capacitor", "LTO module", "", ""],
        ["", "SV", "good", "", "", "", ""],
        ["", "SV", "good", "", "x" * 121, "", ""],
        ["", "SV", "good", "", "LTO box", "", ""],
        ["", "SV", "good", "", "lto  box", "", ""],
    )
    assert row.status == "refused"
    said = [(fault["row"], fault["column"], fault["says"]["en"]) for fault in row.faults]
    assert [(number, column) for number, column, _text in said] == [(2, "C"), (3, "B"), (4, "D"), (5, "E"), (6, "E"), (8, "A")]
    assert said[2][2] == "There is no term “flux capacitor”. Expected: the key or the first English name of another term."
    assert said[-1][2] == "Row 7 is about the same."
    assert Term.objects.count() == before


def test_staff_take_the_list_and_others_do_not(shipped, staff, client_of, carla):
    rows = list(csv.reader(io.StringIO(b"".join(client_of(staff("Organiser")).get("/lists/terms.csv?q=lidar")).decode("utf-8-sig"))))
    assert [row[:3] for row in rows] == [["Key", "Chain", "Kind *"], ["lidar", "SV", "good"], ["solid-state-lidar", "SV", "good"]]
    assert client_of(carla).get("/lists/terms.csv").status_code == 404


def test_columns_that_a_file_leaves_out_stay(shipped, bring):
    row = bring(["Key", "Chain", "Kind", "Chinese names"], ["lidar", "SV", "good", "光达"])
    assert (row.faults, row.status, row.changed) == ([], "stored", 1)
    english = shipped.english
    shipped.refresh_from_db()
    assert (shipped.english, shipped.chinese) == (english, "光达")
