"""The verbs of a spreadsheet: upload, check, confirm, store, discard. A state is written here only."""

import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from expo.foundation.bilingual import in_each_language
from expo.foundation.errors import Conflict, Invalid, NotAllowed, Refused
from expo.foundation.eventlog import log
from expo.foundation.models import Event, SheetImport
from expo.foundation.moves import Moves, locked
from expo.foundation.sealing import together
from expo.foundation.sheets.checking import Findings, Progress, check_rows
from expo.foundation.sheets.kinds import Scope, Sheet, kinds
from expo.foundation.sheets.limits import LARGEST_FILE
from expo.foundation.sheets.process import UnreadableSheet, read_sheet
from expo.foundation.staff import vouched

if TYPE_CHECKING:
    from expo.accounts.models import User

logger = logging.getLogger(__name__)
_S = SheetImport.Status

SHEET_MOVES = Moves(
    {
        "check": ({_S.UPLOADED}, _S.CHECKING),
        "pass": ({_S.CHECKING, _S.STORING}, _S.READY),
        "refuse": ({_S.CHECKING, _S.STORING}, _S.REFUSED),
        "confirm": ({_S.READY}, _S.STORING),
        "store": ({_S.STORING}, _S.STORED),
        "fail": ({_S.CHECKING, _S.STORING}, _S.FAILED),
        "discard": ({_S.UPLOADED, _S.CHECKING, _S.READY, _S.REFUSED, _S.FAILED}, _S.DISCARDED),
        "again": ({_S.CHECKING}, _S.UPLOADED),
    }
)
FOLDER = "sheets"  # as `sheet_path` says
# A worker that says nothing for this long is taken for dead. Storing says nothing while it writes.
SILENT = timedelta(minutes=5)
MOST_ATTEMPTS = 3
MOST_EXPORTS = 10
# How often the worker writes down how far it is.
BREATH_SECONDS = 1.5


class AlreadyRunning(Conflict):
    """One spreadsheet at a time for each person and company: reading them is work."""

    code = "already_running"
    detail = _("Another spreadsheet of yours is being read. Wait for it, then upload this one.")


class NothingChanges(Invalid):
    """There is nothing in it that is not stored already."""

    code = "nothing_changes"
    detail = _("Nothing in this file differs from what is stored.")


def upload_sheet(sheet: Sheet, upload: File[Any], *, by: "User", scope_id: int, options: Mapping[str, str]) -> SheetImport:
    """Take a file in and let the worker check it.

    Raises:
        NotAllowed: `by` may not bring such a sheet.
        UnreadableSheet: empty, or larger than 20 MB; anything else the check says.
        AlreadyRunning: the person's or the company's last one is still at work.
    """
    scope = sheet.scope(by, scope_id, options)
    if scope is None or not sheet.takes_imports:
        raise NotAllowed
    if not upload.size:
        raise UnreadableSheet("empty")
    if upload.size > LARGEST_FILE:
        raise UnreadableSheet("too_large")
    row = SheetImport(kind=sheet.name, who=by, scope_id=scope_id, company_id=scope.company_id, options=dict(options))
    row.file.save("sheet", upload, save=False)
    try:
        with transaction.atomic():
            row.save()
            log(row, "upload", by=by, kind=sheet.name, scope=scope_id, size=upload.size)
            transaction.on_commit(lambda: _wake("check", row.pk))
    except IntegrityError as fault:
        row.file.delete(save=False)
        raise AlreadyRunning from fault
    return row


def running_of(scope: Scope) -> SheetImport | None:
    """Return the person's own spreadsheet that is at work; a colleague's is theirs to see."""
    return SheetImport.objects.filter(who=scope.by, status__in=SheetImport.RUNNING).first()


def confirm_sheet(row: SheetImport, *, by: "User") -> SheetImport:
    """Let the worker store what was checked. Raises NotAllowed, IllegalMove, NothingChanges, AlreadyRunning."""
    try:
        with transaction.atomic():
            row = locked(row)
            _allowed(row, by)
            status = SHEET_MOVES.leads_to("confirm", row.status)
            if not row.new + row.changed:
                raise NothingChanges
            row.status, row.attempts, row.done = status, 0, 0
            row.save()
            log(row, "confirm", by=by)
            transaction.on_commit(lambda: _wake("store", row.pk))
    except IntegrityError as fault:
        raise AlreadyRunning from fault
    return row


@transaction.atomic
def discard_sheet(row: SheetImport, *, by: "User") -> SheetImport:
    """Throw an upload away; its file goes at once. Raises NotAllowed, IllegalMove."""
    row = locked(row)
    if row.who_id != by.pk:
        raise NotAllowed
    row.status = SHEET_MOVES.leads_to("discard", row.status)
    _drop_file(row)
    row.faults, row.preview = [], {}
    row.save()
    log(row, "discard", by=by)
    return row


class TooManyExports(Refused):
    """Lists are taken out by people, a few at a time."""

    code = "too_many_exports"
    status = 429
    detail = _("You have taken many lists in the last minute. Wait a moment, then take this one.")


@transaction.atomic
def note_export(*, by: "User", name: str, filters: str = "") -> None:
    """Write down that a list is taken out: who, which, with which filters. Raises TooManyExports after ten in a minute."""
    get_user_model().objects.select_for_update(no_key=True).get(pk=by.pk)  # Of two at once the second counts the first.
    last_minute = timezone.now() - timedelta(minutes=1)
    if Event.objects.filter(actor=by, verb="export", at__gte=last_minute).count() >= MOST_EXPORTS:
        raise TooManyExports
    log(by, "export", by=by, list=name, filters=filters[:500])


def check_sheet(pk: int) -> None:
    """Check an uploaded file and keep what was found. Does nothing where another worker is at it or it was discarded."""
    started = SheetImport.objects.filter(pk=pk, status=_S.UPLOADED).update(
        status=SHEET_MOVES.leads_to("check", _S.UPLOADED), attempts=F("attempts") + 1, moved_at=timezone.now(), done=0
    )
    if not started:
        return
    row = SheetImport.objects.select_related("who").get(pk=pk)
    with translation.override(row.who.language):
        try:
            findings = _examine(row)
        except _Stopped:
            return
        except Refused as refused:
            _conclude(row, "refuse", faults=[_fault_of(refused)])
            return
        except Exception:
            logger.exception("checking spreadsheet %s failed", row.key)
            _conclude(row, "fail", faults=[_fault_of(_Broken())])
            return
    _conclude(row, "refuse" if findings.faults else "pass", **_kept(findings))


def store_sheet(pk: int) -> None:
    """Store a confirmed file in one transaction, all of it or nothing; twice at once or again has no effect.

    Everything is checked anew. Where the tables have changed since the person looked, nothing is stored and they look again.
    """
    started = SheetImport.objects.filter(pk=pk, status=_S.STORING, attempts__lt=MOST_ATTEMPTS).update(
        attempts=F("attempts") + 1, moved_at=timezone.now()
    )
    if not started:
        return
    row = SheetImport.objects.select_related("who").get(pk=pk)
    with translation.override(row.who.language):
        try:
            findings = _examine(row, keep=True)
            if findings.faults or findings.hash.hexdigest() != row.digest:
                kept = _kept(findings)
                kept["preview"] = {**kept["preview"], "changed_meanwhile": True}
                _conclude(row, "refuse" if findings.faults else "pass", **kept)
                return
            _store(row, findings)
        except _Stopped:
            return
        except (Refused, IntegrityError) as fault:
            _conclude(row, "fail", faults=[_fault_of(fault if isinstance(fault, Refused) else Conflict())])
        except Exception:
            logger.exception("storing spreadsheet %s failed", row.key)
            _conclude(row, "fail", faults=[_fault_of(_Broken())])


def sweep_sheets() -> int:
    """Take up what a dead worker left, and forget what is older than a day, lost files too. Returns how many were touched."""
    now = timezone.now()
    silent = SheetImport.objects.filter(moved_at__lt=now - SILENT)
    silent.filter(status=_S.CHECKING, attempts__lt=MOST_ATTEMPTS).update(status=SHEET_MOVES.leads_to("again", _S.CHECKING))
    given_up = silent.filter(status__in=[_S.CHECKING, _S.STORING], attempts__gte=MOST_ATTEMPTS)
    for row in list(given_up):
        _conclude(row, "fail", faults=[_fault_of(_Broken())])
    waiting = list(silent.filter(status__in=[_S.UPLOADED, _S.STORING]).values_list("pk", "status"))
    SheetImport.objects.filter(pk__in=[pk for pk, _status in waiting]).update(moved_at=now)
    for pk, status in waiting:
        _wake("check" if status == _S.UPLOADED else "store", pk)
    forgotten = forget_old(SheetImport, now, _drop_file)
    return len(waiting) + forgotten + forget_lost_files(SheetImport, FOLDER, now)


def forget_old(model: Any, now: datetime, drop_file: Callable[[Any], None]) -> int:
    """Delete rows and files a day after they last moved, one by one, each under its lock: one that is taken up at this moment stays."""
    old = model.objects.filter(moved_at__lt=now - model.KEPT).exclude(status__in=model.RUNNING)
    forgotten = 0
    for pk in list(old.values_list("pk", flat=True)):
        with transaction.atomic():
            row = old.select_for_update().filter(pk=pk).first()
            if row is not None:
                drop_file(row)
                row.delete()
                forgotten += 1
    return forgotten


def forget_lost_files(model: Any, folder: str, now: datetime) -> int:
    """Delete files that no row names, a day after they were written: a process died in between, or a backup brought them back."""
    storage = default_storage
    try:
        names = [f"{folder}/{name}" for name in storage.listdir(folder)[1]]
    except FileNotFoundError:
        return 0
    held = set(model.objects.exclude(file="").values_list("file", flat=True)) if names else set()
    lost = [name for name in names if name not in held and storage.exists(name) and storage.get_modified_time(name) < now - model.KEPT]
    for name in lost:
        storage.delete(name)
    return len(lost)


class _Stopped(Exception):
    """The row is no longer where this worker took it up."""


class _Broken(Refused):
    code = "sheet_failed"
    detail = _("Something went wrong on our side. Nothing was stored; try again later.")


def _examine(row: SheetImport, *, keep: bool = False) -> Findings:
    sheet, scope = _scope(row)
    return check_rows(read_sheet(row.file.path), sheet, scope, progress=_breath(row), keep=keep)


def _breath(row: SheetImport) -> Progress:
    """Return what writes down how far this worker is, now and then. Raises _Stopped where the row was moved meanwhile."""
    said_at = time.monotonic()

    def progress(done: int) -> None:
        nonlocal said_at
        if time.monotonic() - said_at < BREATH_SECONDS:
            return
        said_at = time.monotonic()
        if not SheetImport.objects.filter(pk=row.pk, status=row.status).update(done=done, moved_at=timezone.now()):
            raise _Stopped

    return progress


def _scope(row: SheetImport) -> tuple[Sheet, Scope]:
    sheet = kinds().get(row.kind)
    # Desk sheets are uploaded and confirmed by who acts as staff then, and by nobody else.
    who = vouched(row.who) if sheet and sheet.is_desk else row.who
    scope = sheet.scope(who, row.scope_id, row.options) if sheet and who.is_active else None
    if sheet is None or scope is None:
        raise NotAllowed
    return sheet, scope


def _store(row: SheetImport, findings: Findings) -> None:
    """Store what was found. On SQLite nobody else writes meanwhile: all that can be done before the transaction is done before."""
    sheet, scope = _scope(row)
    store = sheet.prepare(findings.entries, scope, _breath(row))
    with transaction.atomic(), together():
        _store_prepared(row, findings, store)


def _store_prepared(row: SheetImport, findings: Findings, store: Callable[[], None]) -> None:
    fresh = locked(row)
    if fresh.status != _S.STORING or fresh.attempts != row.attempts:
        raise _Stopped
    _scope(fresh)
    store()
    fresh.status = SHEET_MOVES.leads_to("store", fresh.status)
    fresh.stored_at, fresh.done = timezone.now(), findings.total
    _drop_file(fresh)
    fresh.save()
    log(fresh, "store", by=fresh.who, kind=fresh.kind, scope=fresh.scope_id, new=findings.new, changed=findings.changed)


def _kept(findings: Findings) -> dict[str, Any]:
    names = ("total", "new", "changed", "same", "bad", "faults", "preview")
    return {**{name: getattr(findings, name) for name in names}, "digest": findings.hash.hexdigest(), "done": findings.total}


@transaction.atomic
def _conclude(row: SheetImport, verb: str, **values: Any) -> None:
    """Move on from checking or storing with what came of it, unless the row was moved meanwhile."""
    fresh = locked(row)
    if fresh.status != row.status:
        return
    fresh.status = SHEET_MOVES.leads_to(verb, fresh.status)
    for name, value in values.items():
        setattr(fresh, name, value)
    fresh.save()
    log(fresh, verb, by=None, total=fresh.total, bad=fresh.bad)


def _fault_of(refused: Refused) -> dict[str, Any]:
    says = in_each_language(lambda: str(refused.detail))
    if isinstance(refused, UnreadableSheet):
        says = in_each_language(refused.sentence)
    elif refused.fields:
        lines = "; ".join(text for texts in refused.fields.values() for text in texts)
        says = {language: f"{text} {lines}" for language, text in says.items()}
    return {"row": None, "column": "", "at": None, "value": "", "says": says}


def _allowed(row: SheetImport, by: "User") -> None:
    if row.who_id != by.pk:
        raise NotAllowed
    sheet = kinds().get(row.kind)
    if sheet is None or sheet.scope(by, row.scope_id, row.options) is None:
        raise NotAllowed


def _drop_file(row: SheetImport) -> None:
    if row.file:
        storage, name = row.file.storage, str(row.file.name)
        row.file = ""
        transaction.on_commit(lambda: storage.delete(name))


def _wake(verb: str, pk: int) -> None:
    from expo.foundation.sheets import tasks  # The tasks call these actions.

    (tasks.check if verb == "check" else tasks.store).enqueue(pk)
