"""Reading a spreadsheet that somebody sent: in a process of its own, so that a hostile file ends in a sentence and nothing else."""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from expo.foundation.errors import Invalid
from expo.foundation.sheets.limits import LARGEST_ANSWER, WAIT_SECONDS

PIECE = 256 * 1024

SENTENCES: dict[str, Promise] = {
    "too_large": _("This file is larger than 20 MB. Split it into several."),
    "empty": _("This file is empty."),
    "not_a_spreadsheet": _("This is not a spreadsheet. Upload an .xlsx or a .csv file."),
    "unknown_text": _("The characters of this file cannot be read. Save it as .xlsx, or as .csv in UTF-8."),
    "quotes": _("A quotation mark is missing or too many near row %(cell)s. Save the file as .xlsx, or write it anew."),
    "old_format": _("This is the old .xls format. Save it as .xlsx and upload that."),
    "encrypted": _("This file is locked with a password. Upload it without one."),
    "macros": _("This file holds macros. Save it as .xlsx without them and upload that."),
    "external": _("This file links to other files. Paste the values instead of the links and upload it again."),
    "embedded": _("This file holds other files. Remove them, or copy the rows into the template."),
    "formula": _("Cell %(cell)s holds a formula. Copy all, paste as values, and upload it again."),
    "doctype": _("This file is not built as a spreadsheet is. Copy the rows into the template and upload that."),
    "broken": _("This file is damaged. Save it again as .xlsx, or copy the rows into the template."),
    "too_many_parts": _("This file is made of too many parts. Copy the rows into the template and upload that."),
    "too_large_inside": _("This file unpacks to far more than a spreadsheet of 100,000 rows needs. Copy the rows into the template."),
    "too_many_rows": _("This file has more than 100,000 rows. Split it into several."),
    "too_many_columns": _("This file has more than 200 columns. Use the template's columns."),
    "far_away": _("There is something in cell %(cell)s, more than 1,000 empty rows below the rest. Delete it, or the empty rows."),
    "long_cell": _("Cell %(cell)s holds more text than a cell can, 32,767 signs."),
    "too_heavy": _("This file takes too much time or memory to read. Copy the rows into the template and upload that."),
}


class UnreadableSheet(Invalid):
    """The file is no spreadsheet that the site reads; `reason` is a key of SENTENCES."""

    code = "unreadable_sheet"

    def __init__(self, reason: str, at: dict[str, Any] | None = None) -> None:
        self.reason = reason if reason in SENTENCES else "too_heavy"
        self.at = {"cell": "?", **(at or {})}
        super().__init__(self.sentence())

    def sentence(self) -> str:
        """Return the sentence in the active language."""
        return str(SENTENCES[self.reason]) % self.at


def read_sheet(path: Path | str) -> Iterator[tuple[int, list[str]]]:
    """Yield the numbers of the rows that say something, from 1, and their cells as text. Needs memory for one row.

    The file is parsed in a process that may use 1 GB, 60 seconds of a processor and no other file, and that is ended when it lets
    its reader wait 90 seconds in all.

    Raises:
        UnreadableSheet: with the sentence for the person who uploaded it.
    """
    child = subprocess.Popen(  # noqa: S603 - the project's own module and the name of a stored file
        [sys.executable, "-m", "expo.foundation.sheets.reader", str(path)],
        cwd=settings.BASE_DIR,
        env={"PATH": os.environ.get("PATH", ""), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8", "MALLOC_ARENA_MAX": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        for line in _lines(child):
            said = json.loads(line)
            if isinstance(said, list):
                yield said[0], said[1]
            elif "fault" in said:
                raise UnreadableSheet(said["fault"], said["at"])
            else:
                return
        raise UnreadableSheet("too_heavy")
    finally:
        _end(child)


def _lines(child: "subprocess.Popen[bytes]") -> Iterator[bytes]:
    """Yield the child's lines; stop where it falls silent for too long, says too much or ends."""
    if child.stdout is None:
        return
    pipe, left, size = child.stdout.fileno(), float(WAIT_SECONDS), 0
    pending: list[bytes] = []  # A row may be 40 MB long: put together once, not with each piece.
    while size <= LARGEST_ANSWER:
        began = time.monotonic()
        ready, _writable, _odd = select.select([pipe], [], [], max(left, 0))
        left -= time.monotonic() - began
        piece = os.read(pipe, PIECE) if ready else b""
        if not piece:
            return
        size += len(piece)
        pending.append(piece)
        if b"\n" in piece:
            *lines, rest = b"".join(pending).split(b"\n")
            pending = [rest]
            yield from lines


def _end(child: "subprocess.Popen[bytes]") -> None:
    """End the child and whatever it might have started: its own group, by its own number."""
    if child.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    if child.stdout is not None:
        child.stdout.close()
