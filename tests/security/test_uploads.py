"""Over HTTP: what is uploaded is stored under a random name in its own folder, or not at all, and comes back as a download."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from matchmaking.marketplace.models import OfferCertificate
from tests import builders
from tests.matchmaking.marketplace import pdfs

NAMES = [
    "../../../etc/cron.d/x.pdf",
    "/tmp/x.pdf",
    "..\\..\\x.pdf",
    "x.html",
    "x.pdf.php",
    "x\u202efdp.exe",
    "x" * 300 + ".pdf",
    ".htaccess",
    "x.svg",
]
HOSTILE = {
    "html": b"<script>alert(1)</script>",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "start of a pdf": b"%PDF-1.7\n<script>alert(1)</script>",
    "html before a pdf": b"<html>%PDF-1.7",
    "zip": b"PK\x03\x04" + b"\x00" * 100,
    "empty": b"",
}


def stored(media: Any) -> list[str]:
    return [str(path.relative_to(media)) for path in Path(media).rglob("*") if path.is_file()]


@pytest.fixture
def send(exhibitor: Any, boris: Any, supplier_segment: Any, client_of: Any) -> Any:
    """Boris hands in the proof of a certificate of his draft."""
    offer = builders.offer(exhibitor, supplier_segment, status="draft")
    sheet = {"title": "Cells", "segment": supplier_segment.pk, "language": "en", "unit": "pc"}
    rows = {"certificates-TOTAL_FORMS": "1", "certificates-INITIAL_FORMS": "0", "certificates-0-name": "ISO 9001"}

    def sent(name: str, data: bytes, kind: str = "application/pdf") -> Any:
        file = SimpleUploadedFile(name, data, kind)
        file.name = name  # As a forged request would have it; Django's own class cuts the folders off.
        return client_of(boris).post(f"/offers/{offer.pk}/edit/", {**sheet, **rows, "certificates-0-file": file})

    return sent


@pytest.mark.parametrize("name", NAMES)
def test_the_name_of_a_file_says_nothing_of_where_it_goes(name, send, settings, client, boris, client_of):
    send(name, pdfs.plain_pdf())
    kept = stored(settings.MEDIA_ROOT)
    assert len(kept) == 1
    assert re.fullmatch(r"certificates/[0-9a-f]{32}\.pdf", kept[0])
    row = OfferCertificate.objects.get()
    address = f"/offers/{row.offer_id}/certificates/{row.pk}.pdf"
    assert client.get(address).status_code == 404  # The offer is a draft.
    answer = client_of(boris).get(address)
    b"".join(answer.streaming_content)
    assert answer["Content-Disposition"] == f'attachment; filename="certificate-{row.pk}.pdf"'
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("application/pdf", "nosniff")
    assert "sandbox" in answer["Content-Security-Policy"]


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_is_no_pdf_is_not_stored(kind, send, settings):
    answer = send("proof.pdf", HOSTILE[kind])
    assert answer.status_code == 200
    assert stored(settings.MEDIA_ROOT) == []
    assert not OfferCertificate.objects.exists()


@pytest.mark.parametrize(
    "address", ["/files/certificates/x.pdf", "/files/agreements/x.pdf", "/files/logos/x.webp", "/files/../secret_key", "/media/x"]
)
def test_no_file_is_served_by_its_place(address, settings, client, db):
    place = Path(settings.MEDIA_ROOT) / address.removeprefix("/files/")
    if ".." not in address:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(b"x")
    assert client.get(address).status_code == 404
