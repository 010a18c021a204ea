"""Files that prove a certificate: a PDF that can be read and cannot do anything."""

from collections.abc import Iterable
from typing import Any

from django.core.files.base import File
from django.utils.translation import gettext_lazy as _
from pypdf import PdfReader
from pypdf.generic import IndirectObject

from matchmaking.marketplace.errors import UnreadableFile

LARGEST_BYTES = 20 * 1024 * 1024
MOST_OBJECTS = 20_000
DEEPEST = 40
# Names in a PDF's dictionaries that run something, open something, carry another file, or send what was filled in.
ACTIVE = frozenset(
    {
        "/JS", "/JavaScript", "/Launch", "/EmbeddedFile", "/EmbeddedFiles", "/EF", "/AA", "/RichMedia", "/XFA", "/SubmitForm", "/ImportData",
        "/GoToE", "/GoToR", "/Movie", "/Sound", "/Rendition",
    }
)  # fmt: skip


def check_pdf(upload: File[Any]) -> None:
    """Read the upload through and leave it rewound.

    Raises:
        UnreadableFile: larger than 20 MB, not a PDF by its first bytes, broken, locked with a password, or with
            scripts, launches or files inside.
    """
    if (upload.size or 0) > LARGEST_BYTES:
        raise UnreadableFile(_("This file is larger than 20 MB."))
    upload.seek(0)
    if upload.read(5) != b"%PDF-":
        raise UnreadableFile
    upload.seek(0)
    try:
        is_locked, found = _inspect(PdfReader(upload, strict=False))
    except Exception as fault:  # The parser raises whatever a hostile file makes it stumble over.
        raise UnreadableFile(_("This PDF cannot be read. Save it again, or print it to a new PDF.")) from fault
    if is_locked:
        raise UnreadableFile(_("This PDF is locked with a password. Upload it without one."))
    if found:
        raise UnreadableFile(_("This PDF holds scripts or other files. Print it to a new PDF and upload that."))
    upload.seek(0)


def _inspect(reader: PdfReader) -> tuple[bool, bool]:
    """Say whether the file is locked, and whether anything in it is active."""
    if reader.is_encrypted:
        return True, False
    places = {(number, generation) for generation, table in reader.xref.items() for number in table}
    places |= {(number, 0) for number in reader.xref_objStm}
    if len(places) > MOST_OBJECTS or not reader.pages:
        raise ValueError("too many objects, or no page")
    if _is_active(reader.trailer, 0):
        return False, True
    things = (reader.get_object(IndirectObject(number, generation, reader)) for number, generation in sorted(places))
    return False, any(_is_active(thing, 0) for thing in things)


def _is_active(thing: Any, depth: int) -> bool:
    """Look into dictionaries and lists as they are written; what they refer to is looked at on its own turn."""
    if depth > DEEPEST:
        raise ValueError("nested too deeply")
    if isinstance(thing, dict):
        if ACTIVE & set(thing) or dict.get(thing, "/S") in ACTIVE:
            return True
        parts: Iterable[Any] = dict.values(thing)
    elif isinstance(thing, list):
        parts = list.__iter__(thing)
    else:
        return False
    return any(_is_active(part, depth + 1) for part in parts)
