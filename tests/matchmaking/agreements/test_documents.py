import hashlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from matchmaking.agreements import actions, errors
from matchmaking.agreements.models import Agreement


def test_a_document_is_kept_under_a_random_name_with_its_hash(sheet, organiser, pdf):
    upload = pdf()
    kept = actions.draft_agreement(by=organiser, document=upload, **sheet)
    assert kept.document.name.startswith("agreements/")
    assert "contract" not in kept.document.name
    assert kept.document_sha256 == hashlib.sha256(upload.file.getvalue()).hexdigest()
    with kept.document.storage.open(kept.document.name) as stored:
        assert stored.read() == upload.file.getvalue()


def test_an_edit_without_a_new_document_keeps_the_old_one(sheet, organiser, pdf):
    kept = actions.draft_agreement(by=organiser, document=pdf(text="a"), **sheet)
    before = kept.document_sha256
    assert actions.edit_draft(kept, by=organiser, given=actions.as_written(kept)).document_sha256 == before
    assert actions.edit_draft(kept, by=organiser, given=actions.as_written(kept), document=pdf(text="b")).document_sha256 != before


@pytest.mark.parametrize(
    "upload",
    [
        SimpleUploadedFile("a.pdf", b""),
        SimpleUploadedFile("a.pdf", b"<html><script>alert(1)</script></html>", content_type="application/pdf"),
        SimpleUploadedFile("a.pdf", b"%PDF-1.7\nnothing more"),
        SimpleUploadedFile("a.pdf", b"GIF89a%PDF-1.7"),
        SimpleUploadedFile("a.pdf", b"%PDF-1.7" + b"x" * (20 * 1024 * 1024)),
    ],
    ids=["empty", "html", "broken", "picture first", "too large"],
)
def test_what_is_no_readable_pdf_is_refused(sheet, organiser, upload):
    with pytest.raises(errors.NotAPdf) as refusal:
        actions.draft_agreement(by=organiser, document=upload, **sheet)
    assert list(refusal.value.fields) == ["document"]
    assert not Agreement.objects.exists()


def test_a_pdf_with_a_script_or_a_lock_is_refused(sheet, organiser, pdf):
    for upload in (pdf(script=True), pdf(password="secret")):
        with pytest.raises(errors.NotAPdf):
            actions.draft_agreement(by=organiser, document=upload, **sheet)
    assert not Agreement.objects.exists()


def test_only_staff_fetch_a_document_and_only_as_a_download(sheet, organiser, carla, boris, client_of, pdf):
    kept = actions.draft_agreement(by=organiser, document=pdf(), **sheet)
    address = f"/admin/agreements/agreement/{kept.pk}/document/"
    answer = client_of(organiser).get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert b"".join(answer.streaming_content).startswith(b"%PDF-")
    for person in (carla, boris, None):
        refused = client_of(person).get(address)
        assert refused.status_code in {302, 403}
        assert b"%PDF" not in refused.content
    assert client_of(organiser).get(f"/admin/agreements/agreement/{kept.pk + 1}/document/").status_code == 404
    assert client_of(None).get(f"/files/{kept.document.name}").status_code == 404
