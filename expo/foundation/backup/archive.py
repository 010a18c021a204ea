"""The archive: a zip of parts and a manifest that names each with its size and SHA-256, and says what the database in it holds."""

import hashlib
import json
import tomllib
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any

from django.conf import settings

FORMAT, FORMAT_VERSION = "interchange-backup", 1
MANIFEST = "manifest.json"
DATABASE, MEDIA = "database/", "media/"
BLOCK = 1024 * 1024
LARGEST_MANIFEST = 64 * BLOCK
# Tables whose rows are not worth keeping or must not come back: whoever signed out after the backup stays signed out.
LEFT_OUT = frozenset({"cache", "django_session", "usersessions_usersession"})


class ArchiveRefused(Exception):
    """The archive cannot be used; the text says why, and what to do."""


@dataclass
class Manifest:
    """What an archive says of itself.

    `mark` is the name of an event that was committed just before the database was copied: a copy without it misses
    what was committed. `rows` counts the rows of each table, `parts` holds [SHA-256, bytes] of each file.
    """

    made_at: str
    app_version: str
    engine: str
    migrations: list[list[str]]
    mark: str
    rows: dict[str, int]
    parts: dict[str, list[Any]] = field(default_factory=dict)
    format: str = FORMAT
    version: int = FORMAT_VERSION

    def written(self) -> str:
        return json.dumps(asdict(self), indent=1, sort_keys=True)


class ArchiveWriter:
    """Writes parts one after the other, noting the hash of each; the manifest comes last."""

    def __init__(self, path: Path) -> None:
        self.zip = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=3)
        self.parts: dict[str, list[Any]] = {}

    def add(self, name: str, path: Path) -> None:
        digest, size = hashlib.sha256(), 0
        with path.open("rb") as source, self.zip.open(name, "w", force_zip64=True) as target:
            for block in blocks(source):
                digest.update(block)
                size += len(block)
                target.write(block)
        self.parts[name] = [digest.hexdigest(), size]

    def close(self, manifest: Manifest) -> None:
        manifest.parts = self.parts
        self.zip.writestr(MANIFEST, manifest.written())
        self.zip.close()


def blocks(source: IO[bytes]) -> Iterator[bytes]:
    while block := source.read(BLOCK):
        yield block


def app_version() -> str:
    """The version that pyproject.toml names."""
    with (Path(settings.BASE_DIR) / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])


def check_archive(path: Path) -> Manifest:
    """Read the whole archive and return its manifest.

    Raises:
        ArchiveRefused: it is missing, foreign, damaged, or does not hold what its manifest says.
    """
    manifest = read_manifest(path)
    try:
        with zipfile.ZipFile(path) as archive:
            _check_names(archive, manifest)
            for name, (digest, size) in manifest.parts.items():
                if (digest, size) != _hash_of(archive, name):
                    raise ArchiveRefused(f"{path.name} is damaged: {name} is not what was packed. Take another archive.")
    except (zipfile.BadZipFile, OSError, EOFError, RuntimeError, NotImplementedError, ValueError) as fault:
        raise ArchiveRefused(f"{path.name} is damaged and cannot be read to its end ({fault}). Take another archive.") from fault
    return manifest


def read_manifest(path: Path) -> Manifest:
    """Read what the archive says of itself, unchecked.

    Raises:
        ArchiveRefused: there is no such file, or it is no archive of this site.
    """
    if not path.is_file():
        raise ArchiveRefused(f"There is no file {path}.")
    foreign = f"{path.name} is no archive made by `manage.py backup`, or its end is missing."
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo(MANIFEST).file_size > LARGEST_MANIFEST:
                raise ArchiveRefused(foreign)
            said = json.loads(archive.read(MANIFEST))
            if said.get("format") != FORMAT:
                raise ArchiveRefused(foreign)
            if said["version"] > FORMAT_VERSION:
                raise ArchiveRefused(f"{path.name} was made by a newer version of this site. Update the site first.")
            return Manifest(**said)
    except (zipfile.BadZipFile, KeyError, TypeError, AttributeError, ValueError, OSError, EOFError) as fault:
        raise ArchiveRefused(foreign) from fault


def extract(path: Path, prefix: str, folder: Path) -> None:
    """Unpack the parts whose names begin with `prefix` into `folder`; their names were checked."""
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.startswith(prefix):
                target = folder / name.removeprefix(prefix)
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(name) as source, target.open("wb") as file:
                    for block in blocks(source):
                        file.write(block)


def _check_names(archive: zipfile.ZipFile, manifest: Manifest) -> None:
    names = [name for name in archive.namelist() if name != MANIFEST]
    if sorted(names) != sorted(manifest.parts):
        raise ArchiveRefused("The archive is damaged: it holds other files than its manifest says. Take another one.")
    for name in names:
        parts = PurePosixPath(name).parts
        if not name.startswith((DATABASE, MEDIA)) or ".." in parts or "\\" in name or name.endswith("/"):
            raise ArchiveRefused(f"The archive holds a file with the name {name!r}, which no archive of this site does.")


def _hash_of(archive: zipfile.ZipFile, name: str) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with archive.open(name) as source:
        for block in blocks(source):
            digest.update(block)
            size += len(block)
    return digest.hexdigest(), size
