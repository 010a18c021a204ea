"""A person's own data, packed for them: one JSON of all that the data map says is told, and the files they uploaded."""

import contextlib
import json
import tempfile
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.utils import timezone, translation

from expo.accounts.models import OwnCopy, User
from expo.foundation.eventlog import log
from expo.foundation.models import SheetImport
from expo.foundation.moves import locked
from matchmaking.desk.errors import CopyIsBeingMade
from matchmaking.desk.privacy.datamap import DATA_MAP, Kept
from matchmaking.participants.models import Consent, Member
from matchmaking.participants.rules import CONTACT_FIELDS, running

LIFETIME = timedelta(hours=24)
PATIENCE = timedelta(hours=1)
ZIP_MARK = b"PK\x03\x04"


def copy_path(copy: OwnCopy) -> Path:
    """Where the file of the copy is; no web server serves this folder, and backups leave it out."""
    return Path(settings.MEDIA_ROOT) / "copies" / f"{copy.name}.zip"


@transaction.atomic
def ask_for_copy(*, by: User) -> OwnCopy:
    """Have the worker pack a copy of what is held of `by`. An older one goes.

    Raises:
        CopyIsBeingMade: one was asked for within the hour and is not ready.
    """
    from matchmaking.desk.tasks import pack_copy  # Local: tasks stand above this module.

    locked(by)
    former = OwnCopy.objects.filter(person=by)
    if former.filter(ready_at__isnull=True, asked_at__gt=timezone.now() - PATIENCE).exists():
        raise CopyIsBeingMade
    for copy in former:
        forget(copy)
    made = OwnCopy.objects.create(person=by)
    log(made, "ask_for_copy", by=by)
    transaction.on_commit(lambda: pack_copy.enqueue(made.pk))
    return made


def pack(copy: OwnCopy) -> OwnCopy:
    """Write the copy's file. Packing again writes the same once more."""
    path = copy_path(copy)
    path.parent.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        with translation.override(copy.person.language):
            held = json.dumps(own_data(copy.person), cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)
        archive.writestr("your-data.json", held)
        for number, name in enumerate(_files_of(copy.person), 1):
            with default_storage.open(name) as uploaded:
                content = uploaded.read()
                archive.writestr(f"files/spreadsheet-{number}{_ending(content)}", content)
    Path(file.name).replace(path)
    copy.ready_at, copy.size = timezone.now(), path.stat().st_size
    copy.save(update_fields=["ready_at", "size"])
    return copy


def own_data(user: User) -> dict[str, Any]:
    """Return all that is held of the person, by table, with purpose and period; and what companies let theirs see of others.

    Names of companies and forums stand in it as they do on pages. Of other people it holds what running consents show
    to the companies that the person stands for, and nothing else.
    """
    held: dict[str, dict[str, Any]] = {}
    for kept in DATA_MAP:
        rows = [_row(kept, row) for row in kept.rows_of(user).order_by("pk").iterator()]
        part = {"what": str(kept.what), "purpose": str(kept.purpose), "kept": kept.period.words, "erased": kept.erasure.value}
        held.setdefault(kept.label, {**part, "rows": []})["rows"] += rows
    return {"made_at": timezone.now(), "held": held, "shown_to_your_companies": _received(user)}


def _row(kept: Kept, row: models.Model) -> dict[str, Any]:
    if not kept.told:
        return {"row": row.pk}
    return {name: _plain(getattr(row, name)) for name in kept.told}


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, models.Model) or hasattr(value, "storage") else value


def _received(user: User) -> list[dict[str, Any]]:
    """What others agreed to show to the companies that the person stands for."""
    own = Member.objects.filter(user=user, status=Member.Status.ACTIVE).values("company")
    consents = Consent.objects.filter(running(), shown_to__in=own, field__in=CONTACT_FIELDS).exclude(person=user)
    return [
        {
            "company": consent.shown_to.name,
            "field": consent.field,
            "value": getattr(consent.person, consent.field),
            "purpose": consent.purpose,
            "until": consent.until,
        }
        for consent in consents.select_related("person", "shown_to")
    ]


def _files_of(user: User) -> list[str]:
    names = SheetImport.objects.filter(who=user).exclude(file="").order_by("pk").values_list("file", flat=True)
    return [name for name in names if default_storage.exists(name)]


def _ending(content: bytes) -> str:
    """What the upload was called is not kept; what it is, its first bytes say."""
    return ".xlsx" if content.startswith(ZIP_MARK) else ".csv"


def left_unpacked() -> models.QuerySet[OwnCopy]:
    """Copies that a worker should have packed by now."""
    now = timezone.now()
    return OwnCopy.objects.select_related("person").filter(
        ready_at__isnull=True, asked_at__lt=now - timedelta(minutes=10), asked_at__gt=now - LIFETIME
    )


def is_there(copy: OwnCopy) -> bool:
    """Whether the copy can be downloaded now."""
    return copy.ready_at is not None and copy.ready_at > timezone.now() - LIFETIME and copy_path(copy).exists()


def forget(copy: OwnCopy) -> None:
    """Delete the copy and its file."""
    path = copy_path(copy)
    copy.delete()
    transaction.on_commit(lambda: path.unlink(missing_ok=True))


def forget_old_copies() -> int:
    """Delete copies that are a day old, and those that nobody finished; files without a row too, and what a dead worker left half written. Returns how many rows went."""
    now = timezone.now()
    old = OwnCopy.objects.filter(models.Q(ready_at__lt=now - LIFETIME) | models.Q(ready_at__isnull=True, asked_at__lt=now - LIFETIME))
    found = list(old)
    for copy in found:
        forget(copy)
    known = set(OwnCopy.objects.values_list("name", flat=True))
    folder = Path(settings.MEDIA_ROOT) / "copies"
    for path in folder.iterdir() if folder.is_dir() else []:
        if path.stem not in known and not _is_being_packed(path):
            path.unlink(missing_ok=True)
    return len(found)


def _is_being_packed(path: Path) -> bool:
    """Whether a worker writes it: what begins with a dot and is older than an hour was left by one that died."""
    with contextlib.suppress(FileNotFoundError):  # It has its name by now.
        return path.name.startswith(".") and path.stat().st_mtime > (timezone.now() - PATIENCE).timestamp()
    return True
