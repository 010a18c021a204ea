import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from matchmaking.marketplace.errors import UnreadableFile
from matchmaking.marketplace.proofs import LARGEST_BYTES, check_pdf
from tests.matchmaking.marketplace import pdfs


def test_a_plain_pdf_passes_and_is_rewound():
    upload = SimpleUploadedFile("a.pdf", pdfs.plain_pdf())
    check_pdf(upload)
    assert upload.read(5) == b"%PDF-"


@pytest.mark.parametrize(
    "data",
    [
        pdfs.pdf_with_script(),
        pdfs.pdf_with_attachment(),
        pdfs.pdf_with_launch(),
        pdfs.locked_pdf(),
        b"",
        b"%PDF-",
        b"%PDF-1.7 nothing else",
        b"<html><script>alert(1)</script>",
        b"GIF89a" + pdfs.plain_pdf(),
        b"\x89PNG\r\n\x1a\n" + b"\x00" * 100,
        pdfs.plain_pdf()[:120],
        b"%PDF-1.4\n" + b"1 0 obj << /Kids [1 0 R] /Count 9 >> endobj\n" * 50 + b"trailer << /Root 1 0 R >>",
        b"%PDF-1.4\n1 0 obj\n" + b"[" * 5000 + b"\nendobj\ntrailer << /Root 1 0 R >>",
    ],
)
def test_anything_else_is_refused_with_a_sentence(data):
    with pytest.raises(UnreadableFile) as refused:
        check_pdf(SimpleUploadedFile("a.pdf", data))
    assert str(refused.value.detail)


def test_a_large_file_is_refused_before_it_is_read():
    upload = SimpleUploadedFile("a.pdf", pdfs.plain_pdf())
    upload.size = LARGEST_BYTES + 1
    with pytest.raises(UnreadableFile, match="20 MB"):
        check_pdf(upload)


def test_a_script_is_found_however_it_is_written():
    hidden = pdfs.pdf_with_script().replace(b"/JavaScript", b"/Java#53cript").replace(b"/JS", b"/J#53")
    with pytest.raises(UnreadableFile):
        check_pdf(SimpleUploadedFile("a.pdf", hidden))
