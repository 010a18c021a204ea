"""The verbs of a long list: ask for it, write it, forget it. Short ones are answered at once and leave no row."""

import hashlib
import logging
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.db.models import F
from django.http import Http404, QueryDict
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from expo.foundation import staff
from expo.foundation.bilingual import in_each_language
from expo.foundation.errors import NotAllowed, Refused
from expo.foundation.eventlog import log
from expo.foundation.models import ListExport
from expo.foundation.moves import Moves
from expo.foundation.sheets.actions import forget_lost_files, forget_old
from expo.foundation.sheets.lists import Made, asked_by, listing_named, told
from expo.foundation.sheets.writing import csv_lines, must_fit, xlsx_file

if TYPE_CHECKING:
    from expo.accounts.models import User

logger = logging.getLogger(__name__)
_S = ListExport.Status

LIST_MOVES = Moves(
    {
        "write": ({_S.WAITING}, _S.WRITING),
        "finish": ({_S.WRITING}, _S.READY),
        "fail": ({_S.WAITING, _S.WRITING}, _S.FAILED),
        "again": ({_S.WRITING}, _S.WAITING),
    }
)
# What a request answers by itself; 2,000 offers take a second.
MOST_AT_ONCE = 2_000
FOLDER = "lists"  # as `list_path` says
SILENT = timedelta(minutes=5)
MOST_ATTEMPTS = 3
BREATH_SECONDS = 1.5


class ListFailed(Refused):
    """The worker could not write a list."""

    code = "list_failed"
    detail = _("Something went wrong on our side. Ask for the list again later.")


class ListIsClosed(NotAllowed):
    """When the worker came to it, the person was no longer allowed to see the list."""

    code = "list_is_closed"
    detail = _("You may not see this list any more.")


def ask_for_list(*, by: "User", name: str, form: str, filters: str) -> ListExport:
    """Let the worker write a list; asked for twice while it is at it, the same one is returned. The caller has seen that `by` may."""
    language = get_language() or "en"
    as_staff = staff.acts_as_staff(by)
    digest = hashlib.sha256(f"{name}\n{form}\n{filters}\n{language}\n{as_staff}".encode()).hexdigest()
    same = ListExport.objects.filter(who=by, digest=digest, status__in=ListExport.RUNNING)
    running = same.first()
    if running is not None:
        return running
    try:
        with transaction.atomic():
            made = ListExport.objects.create(
                who=by, name=name, form=form, filters=filters, language=language, as_staff=as_staff, digest=digest
            )
            log(made, "ask_for_list", by=by, list=name, filters=filters[:500])
            transaction.on_commit(lambda: _wake(made.pk))
    except IntegrityError:
        return same.get()
    return made


def write_list(pk: int) -> None:
    """Write the file of a list that waits, with what its person may see now. Does nothing where another worker is at it."""
    started = ListExport.objects.filter(pk=pk, status=_S.WAITING).update(
        status=LIST_MOVES.leads_to("write", _S.WAITING), attempts=F("attempts") + 1, moved_at=timezone.now(), done=0
    )
    if not started:
        return
    row = ListExport.objects.select_related("who").get(pk=pk)
    with translation.override(row.language):
        try:
            _write(row)
        except _Stopped:
            return
        except (Http404, Refused) as fault:
            _fail(row, fault if isinstance(fault, Refused) else ListIsClosed())
        except Exception:
            logger.exception("writing list %s failed", row.key)
            _fail(row, ListFailed())


def sweep_lists(now: datetime | None = None) -> int:
    """Take up what a dead worker left, and forget what is older than a day. Returns how many were touched."""
    now = now or timezone.now()
    silent = ListExport.objects.filter(moved_at__lt=now - SILENT)
    silent.filter(status=_S.WRITING, attempts__lt=MOST_ATTEMPTS).update(status=LIST_MOVES.leads_to("again", _S.WRITING))
    for row in list(silent.filter(status=_S.WRITING)):
        _fail(row, ListFailed())
    waiting = list(silent.filter(status=_S.WAITING).values_list("pk", flat=True))
    ListExport.objects.filter(pk__in=waiting).update(moved_at=now)
    for pk in waiting:
        _wake(pk)
    forgotten = forget_old(ListExport, now, _drop_file)
    return len(waiting) + forgotten + forget_lost_files(ListExport, FOLDER, now)


def is_there(row: ListExport) -> bool:
    """Whether the file can be downloaded now."""
    is_kept = row.status == _S.READY and row.moved_at > timezone.now() - ListExport.KEPT
    return is_kept and bool(row.file) and row.file.storage.exists(str(row.file.name))


def filename_of(name: str, filters: str, form: str) -> str:
    """Return what the file of a list is called for whoever downloads it."""
    called = listing_named(name).called
    return f"{called(QueryDict(filters)) if called else name}-{timezone.localdate():%Y-%m-%d}.{form}"


class _Stopped(Exception):
    """The row is no longer where this worker took it up."""


def _write(row: ListExport) -> None:
    if not row.who.is_active:
        raise Http404
    who = staff.vouched(row.who) if row.as_staff else row.who
    made = listing_named(row.name).make(asked_by(who, row.filters))
    row.total = made.count()
    must_fit(row.total)
    ListExport.objects.filter(pk=row.pk).update(total=row.total)
    with _filled(row, made) as file:
        row.file.save("list", File(file), save=False)
    finished = ListExport.objects.filter(pk=row.pk, status=_S.WRITING, attempts=row.attempts).update(
        status=LIST_MOVES.leads_to("finish", _S.WRITING),
        file=row.file.name,
        done=row.total,
        ready_at=timezone.now(),
        moved_at=timezone.now(),
    )
    if not finished:  # It was erased, or another worker took it up: that one's file is the one that counts.
        row.file.storage.delete(str(row.file.name))


def _filled(row: ListExport, made: Made) -> Any:
    """Return an open file with the list, rewound; it is gone once it is closed."""
    rows = told(made.rows, _breath(row))
    if row.form == "xlsx":
        return xlsx_file(made.columns, rows, title=str(row.name))
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    for line in csv_lines(made.columns, rows):
        file.write(line.encode())
    file.seek(0)
    return file


def _breath(row: ListExport) -> Callable[[int], None]:
    said_at = time.monotonic()

    def say(done: int) -> None:
        nonlocal said_at
        if time.monotonic() - said_at < BREATH_SECONDS:
            return
        said_at = time.monotonic()
        mine = ListExport.objects.filter(pk=row.pk, status=_S.WRITING, attempts=row.attempts)
        if not mine.update(done=done, moved_at=timezone.now()):
            raise _Stopped

    return say


def _fail(row: ListExport, fault: Refused) -> None:
    says = in_each_language(lambda: str(fault.detail))
    ListExport.objects.filter(pk=row.pk, status=_S.WRITING).update(
        status=LIST_MOVES.leads_to("fail", _S.WRITING), says=says, moved_at=timezone.now()
    )


def _drop_file(row: ListExport) -> None:
    if row.file:
        storage, name = row.file.storage, str(row.file.name)
        transaction.on_commit(lambda: storage.delete(name))


def _wake(pk: int) -> None:
    from expo.foundation.sheets import tasks  # The tasks call these actions.

    tasks.write_list.enqueue(pk)
