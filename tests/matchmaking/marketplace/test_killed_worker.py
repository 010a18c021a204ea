"""A worker that is killed while it writes a spreadsheet's rows: nothing is stored, and the next one does it again."""

import os
import subprocess
import sys

import pytest
from django.conf import settings as site
from django.core.files.base import ContentFile

from expo.foundation.models import SheetImport
from expo.foundation.sheets.actions import check_sheet, upload_sheet
from expo.foundation.sheets.kinds import kinds
from tests.processes import address_for_others

START = """
import sys, time
from datetime import timedelta
import django
django.setup()
from django.conf import settings
from django.utils import timezone
settings.MEDIA_ROOT = sys.argv[2]
from expo.foundation.models import Event, SearchEntry, SheetImport
from expo.foundation.sheets import actions
from matchmaking.marketplace.actions import bulk
from matchmaking.marketplace.models import Certificate, Offer, OfferCertificate
pk = int(sys.argv[1])
"""
# The last thing of the transaction: all rows are written by then, and none of them is committed.
HANG = """
def hang(words):
    print("written", Offer.objects.count(), flush=True)
    time.sleep(120)
bulk.search.learn = hang
actions.store_sheet(pk)
"""
SWEEP = """
SheetImport.objects.update(moved_at=timezone.now() - timedelta(minutes=6))
actions.sweep_sheets()
"""
TELL = """
lines = Event.objects.filter(thing="marketplace.Offer").count()
found = SearchEntry.objects.filter(label="offer").count()
tables = (Offer.objects, Offer.history, OfferCertificate.objects, Certificate.objects)
print(SheetImport.objects.get(pk=pk).status, *(rows.count() for rows in tables), lines, found)
"""


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_while_it_writes_has_stored_nothing_and_the_next_one_stores_all(tmp_path, boris, exhibitor, supplier_segment):
    rows = "".join(f"A-{n},Cell {n} Ah,battery-cells,en,CE; ISO {n % 3}\n" for n in range(1200))
    file = ContentFile(f"Own reference,Title,Segment,Written in,Certificates\n{rows}".encode())
    row = upload_sheet(kinds()["offers"], file, by=boris, scope_id=exhibitor.pk, options={"then": "submit"})
    check_sheet(row.pk)
    assert SheetImport.objects.filter(pk=row.pk, status="ready", new=1200).update(status="storing", attempts=0) == 1
    environment = {
        **os.environ,
        "DATABASE_URL": address_for_others(tmp_path),
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PYTHONPATH": ".",
    }

    def process(script):
        command = [sys.executable, "-W", "ignore", "-c", START + script, str(row.pk), str(site.MEDIA_ROOT)]
        return subprocess.Popen(
            command,
            env=environment,
            cwd=site.BASE_DIR,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )

    worker = process(HANG)
    assert worker.stdout.readline() == "written 1200\n"
    worker.kill()
    worker.communicate(timeout=30)
    assert process(TELL).communicate(timeout=60)[0] == "storing 0 0 0 0 0 0\n"
    assert process(SWEEP + TELL).communicate(timeout=120)[0].splitlines()[-1] == "stored 1200 1200 2400 4 2400 1200"
