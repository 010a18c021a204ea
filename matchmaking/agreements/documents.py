"""The paper behind an agreement: a PDF that can be read and cannot do anything, known by its SHA-256."""

import hashlib
import uuid
from typing import Any

from django.core.files.base import ContentFile

from matchmaking.agreements.errors import NotAPdf
from matchmaking.marketplace.errors import UnreadableFile
from matchmaking.marketplace.proofs import check_pdf


def read_document(upload: Any) -> tuple[ContentFile[bytes], str]:
    """Return an uploaded document as a file to store under a random name, and its SHA-256 in hex.

    Raises:
        NotAPdf: larger than 20 MB, no PDF, broken, locked by a password, or with scripts or other files inside.
    """
    try:
        check_pdf(upload)
    except UnreadableFile as refusal:
        raise NotAPdf(refusal.detail) from refusal
    upload.seek(0)
    data = upload.read()
    upload.seek(0)
    return ContentFile(data, name=f"{uuid.uuid4().hex}.pdf"), hashlib.sha256(data).hexdigest()
