"""Who was erased stays erased: digests in the database and in files beside it, for a backup that is older than the erasure.

A digest is made of the row's number and the moment it was made. It tells nothing without that row, and finds it again.
"""

import contextlib
import hashlib
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from expo.foundation.models import Tombstone

LIST = "erasures.txt"
LENGTH = 64


def digest_of(kind: str, pk: int, made_at: datetime) -> str:
    """Return the digest of a row: the same after a restore on either database."""
    return hashlib.sha256(f"{kind}:{pk}:{int(made_at.timestamp() * 1_000_000)}".encode()).hexdigest()


def bury(digest: str) -> None:
    """Remember that the row was erased: in the caller's transaction, and after it in the list beside the database."""
    Tombstone.objects.get_or_create(digest=digest)
    transaction.on_commit(lambda: _append(digest))


def known_digests() -> set[str]:
    """All that were ever erased here, as table and list say."""
    return set(Tombstone.objects.values_list("digest", flat=True)) | read_list(list_path())


def remember(digests: Iterable[str]) -> None:
    """Write digests into table and list, after a restore."""
    fresh = set(digests) - set(Tombstone.objects.values_list("digest", flat=True))
    Tombstone.objects.bulk_create([Tombstone(digest=digest) for digest in sorted(fresh)], ignore_conflicts=True)
    for digest in sorted(set(digests) - read_list(list_path())):
        _append(digest)


def list_path() -> Path:
    return Path(settings.VAR_DIR) / LIST


def read_list(path: Path) -> set[str]:
    """Read a list; what is no digest is passed over, and so is a list that is not there."""
    with contextlib.suppress(FileNotFoundError):
        return {line.strip() for line in path.read_text().splitlines() if len(line.strip()) == LENGTH}
    return set()


def _append(digest: str) -> None:
    with list_path().open("a") as file:
        file.write(f"{digest}\n")
