"""What `manage.py doctor` looks at on a running installation. Each examination says what it found, and what to do about a fault."""

import json
import os
import shutil
import ssl
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks, signing
from django.core.mail import get_connection
from django.db import Error as DatabaseFault
from django.db import connection, transaction
from django.utils import timezone

from expo.foundation import guards, health
from expo.foundation.models import Event

OK, WARNING, FAULT = "ok", "warning", "FAULT"
REMOTE_FILE_SYSTEMS = {
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "9p",
    "afs",
    "ceph",
    "glusterfs",
    "fuse.sshfs",
    "fuse.glusterfs",
    "fuse.s3fs",
}
LEAST_FREE_BYTES = 1024**3
LEAST_FREE_SHARE, SCARCE_SHARE = 0.05, 0.10
WAIT_SECONDS = 15 * 60
SWEEP_SECONDS = 5 * 60
CLOCK_SECONDS = 5
FORGED = "192.0.2.77"  # An address for documentation: it is nobody's.


@dataclass(frozen=True)
class Finding:
    """What one examination found: its name, how bad it is, and one sentence."""

    name: str
    level: str
    says: str


def examine() -> Iterator[Finding]:
    """Examine the installation and yield what is found; without a database, only what can be said without one."""
    yield from _settings()
    yield from _static_files()
    yield from _disk()
    yield from _checks()
    try:
        yield from _database()
        parts = health.readiness()
        yield from _migrations(parts.get("migrations", "unknown"))
        yield from _guards()
        yield from _writing()
        yield from _cache(parts.get("cache", "unknown"))
        yield from _worker(parts.get("worker", "unknown"))
        for examination in (_outbox, _jobs, _clock):
            yield from examination()
    except (DatabaseFault, health.Unreachable):
        yield Finding("database", FAULT, "The database does not answer: see DATABASE_URL, and whether its server runs.")
    yield from _backup()
    yield from _mail()
    yield from _from_outside()


def _settings() -> Iterator[Finding]:
    if settings.DEBUG:
        yield Finding("debug", FAULT, "DEBUG is on: errors show the inside of the site. Set DEBUG=false.")
    else:
        yield Finding("debug", OK, "Development mode is off.")
    if not settings.STAFF_SECOND_FACTOR:
        yield Finding("second factor", WARNING, "Staff enter the admin with a password alone. Set STAFF_SECOND_FACTOR=true.")
    if not settings.SITE_URL.startswith("https://"):
        yield Finding("https", FAULT, f"SITE_URL is {settings.SITE_URL}: passwords travel in the clear. Put a proxy with TLS in front.")


def _static_files() -> Iterator[Finding]:
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    if manifest.is_file():
        yield Finding(
            "static files", OK, f"{len(json.loads(manifest.read_text())['paths'])} files, built {_ago(manifest.stat().st_mtime)}."
        )
    else:
        yield Finding("static files", FAULT, "They were not built. Run `manage.py setup`.")


def _checks() -> Iterator[Finding]:
    """What the rooms themselves examine: their checks with the tag "installation"."""
    for message in checks.run_checks(tags=["installation"], include_deployment_checks=True):
        level = FAULT if message.level >= checks.ERROR else WARNING
        yield Finding(str(message.id), level, f"{message.msg} {message.hint or ''}".strip())


def _disk() -> Iterator[Finding]:
    for path in sorted({Path(settings.VAR_DIR), Path(settings.MEDIA_ROOT), Path(settings.BACKUP_DIR)}):
        if not path.is_dir():
            continue
        total, _used, free = shutil.disk_usage(path)
        inodes = os.statvfs(path)
        share = min(free / total, inodes.f_favail / inodes.f_files if inodes.f_files else 1)
        level = FAULT if free < LEAST_FREE_BYTES or share < LEAST_FREE_SHARE else WARNING if share < SCARCE_SHARE else OK
        yield Finding("disk", level, f"{path}: {free / 1024**3:.1f} GiB free, {share:.0%}.")
    if Path(settings.VAR_DIR).stat().st_mode & 0o007:
        yield Finding("folder", WARNING, f"Everybody on this machine may look into {settings.VAR_DIR}. Run `chmod o-rwx` on it.")


def _database() -> Iterator[Finding]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    if connection.vendor != "sqlite":
        yield Finding("database", OK, f"{connection.display_name} answers.")
        if str(connection.settings_dict["USER"]) == "postgres":
            yield Finding("database", WARNING, "The site signs in as postgres, who may do anything. Give it a role of its own.")
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        mode = cursor.fetchone()[0]
    if mode == "wal":
        yield Finding("database", OK, "SQLite, with the write-ahead log.")
    else:
        yield Finding(
            "database", FAULT, f"SQLite without the write-ahead log ({mode}): readers and writers stop each other. Run `manage.py setup`."
        )
    kind = _file_system_of(Path(str(connection.settings_dict["NAME"])).absolute())
    if kind in REMOTE_FILE_SYSTEMS:
        yield Finding(
            "database", FAULT, f"SQLite on a network file system ({kind}) loses data. Move it to a local disk, or use PostgreSQL."
        )


def _file_system_of(path: Path, mounts: Path = Path("/proc/mounts")) -> str:
    """Return the kind of file system that a path lies on, '' where the machine does not say."""
    try:
        lines = [line.split() for line in mounts.read_text().splitlines()]
    except OSError:
        return ""
    over = [(len(place), kind) for _device, place, kind, *_rest in lines if path.is_relative_to(place.replace("\\040", " "))]
    return max(over, default=(0, ""))[1]


def _migrations(word: str) -> Iterator[Finding]:
    yield Finding("migrations", OK if word == "ok" else FAULT, "All are made." if word == "ok" else f"{word}. Run `manage.py setup`.")


def _guards() -> Iterator[Finding]:
    if gone := guards.missing():
        yield Finding("guards", FAULT, f"The database does not guard the log and the ledger: {', '.join(gone)}. Run `manage.py migrate`.")
    else:
        yield Finding("guards", OK, "The database itself refuses changes of the log and the ledger.")


def _writing() -> Iterator[Finding]:
    for folder in (Path(settings.VAR_DIR), Path(settings.MEDIA_ROOT)):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder) as file:
                file.write(b"x")
        except OSError as fault:
            yield Finding(
                "write access", FAULT, f"Nothing can be written to {folder}: {fault.strerror}. It must belong to the site's user."
            )
    try:
        with transaction.atomic():
            Event.objects.create(verb="doctor", thing="doctor", thing_id="")
            transaction.set_rollback(True)
        yield Finding("write access", OK, "Files and rows can be written.")
    except DatabaseFault:
        yield Finding("write access", FAULT, "The database takes no rows: is its disk full, or its file somebody else's?")


def _cache(word: str) -> Iterator[Finding]:
    backend = str(settings.CACHES["default"]["BACKEND"]).rpartition(".")[2]
    if backend in {"LocMemCache", "DummyCache", "FileBasedCache"}:
        yield Finding(
            "cache", FAULT, f"{backend} is not shared by all processes: limits on signing in would not hold. Use the database or Redis."
        )
    elif word != "ok":
        yield Finding(
            "cache",
            FAULT,
            f"{'Redis does not answer; the database stands in' if settings.REDIS_URL else 'It keeps nothing'}. See REDIS_URL.",
        )
    else:
        yield Finding("cache", OK, f"{backend}, shared by all processes.")


def _worker(word: str) -> Iterator[Finding]:
    figures = health.figures()
    if word == "ok":
        yield Finding("worker", OK, f"Seen {figures['worker_seen_seconds']:.0f} seconds ago.")
    else:
        yield Finding("worker", FAULT, f"The worker is {word}: no mail is sent. Start `manage.py db_worker`.")
    asked = figures["sweep_seen_seconds"]
    if asked is None or asked > SWEEP_SECONDS:
        since = "never ran" if asked is None else f"last ran {asked / 60:.0f} minutes ago"
        yield Finding("sweep", FAULT, f"It {since}. Start `manage.py sweep --every 60`, or its timer.")
    else:
        yield Finding("sweep", OK, f"Ran {asked:.0f} seconds ago.")


def _outbox() -> Iterator[Finding]:
    figures = health.figures()
    yield _queue("outbox", "notice", figures["outbox_waiting"], figures["outbox_oldest_seconds"])
    if given_up := figures["outbox_given_up"]:
        yield Finding("outbox", WARNING, f"{given_up} notices could not be mailed and are not tried again; the admin shows why.")


def _jobs() -> Iterator[Finding]:
    figures = health.figures()
    yield _queue("jobs", "job", figures["jobs_waiting"], figures["jobs_oldest_seconds"])
    if failed := figures["jobs_failed"]:
        yield Finding("jobs", WARNING, f"{failed} jobs failed within a day; the log says where.")


def _queue(name: str, thing: str, waiting: float | None, oldest: float | None) -> Finding:
    minutes = (oldest or 0) / 60
    said = f"{waiting} {thing}s wait, the oldest for {minutes:.0f} minutes." if waiting else f"No {thing} waits."
    return Finding(name, FAULT if (oldest or 0) > WAIT_SECONDS else OK, said)


def _clock() -> Iterator[Finding]:
    now = timezone.now()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            apart = abs((cursor.fetchone()[0] - now).total_seconds())
        if apart > CLOCK_SECONDS:
            yield Finding("clock", FAULT, f"This clock and the database's are {apart:.0f} seconds apart. Let both machines keep time.")
            return
    newest = Event.objects.order_by("-at").values_list("at", flat=True).first()
    if newest and newest > now + timedelta(seconds=CLOCK_SECONDS):
        yield Finding(
            "clock",
            FAULT,
            f"It says {now:%Y-%m-%d %H:%M} UTC, but something was done at {newest:%Y-%m-%d %H:%M}. Let the machine keep time.",
        )
    else:
        yield Finding("clock", OK, f"{now:%Y-%m-%d %H:%M:%S} UTC.")


def _backup() -> Iterator[Finding]:
    newest = health.newest_backup()
    if newest is None:
        yield Finding("backup", FAULT, f"There is none in {settings.BACKUP_DIR} (BACKUP_DIR).")
        return
    hours = (timezone.now() - newest).total_seconds() / 3600
    old = hours > settings.BACKUP_HOURS
    yield Finding(
        "backup", FAULT if old else OK, f"The newest is {hours:.0f} hours old{f', more than {settings.BACKUP_HOURS}' if old else ''}."
    )


def _mail() -> Iterator[Finding]:
    if not settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        yield Finding("mail", FAULT, "No mail server is set; nothing reaches anybody. Set EMAIL_URL.")
        return
    server = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    try:
        get_connection(timeout=10).open()
    except OSError as fault:
        yield Finding("mail", FAULT, f"{server} does not take our mail: {type(fault).__name__}. See EMAIL_URL.")
    else:
        yield Finding("mail", OK, f"{server} takes our mail.")


def _from_outside() -> Iterator[Finding]:
    """Ask the site at its public address, with a forged forwarding header, how that request arrived."""
    try:
        seen = asked(settings.SITE_URL)
    except (OSError, HTTPException, ValueError) as fault:
        why = fault.verify_message if isinstance(fault, ssl.SSLCertVerificationError) else type(fault).__name__
        yield Finding("reached", FAULT, f"{settings.SITE_URL}/healthz cannot be reached from here ({why}).")
        return
    yield Finding("reached", OK, f"{settings.SITE_URL} answers.")
    yield from judged(seen, trusted=settings.ALLAUTH_TRUSTED_PROXY_COUNT, https=settings.SITE_URL.startswith("https://"))


def asked(address: str) -> dict[str, Any]:
    parts = urlsplit(address)
    kind: Callable[..., HTTPConnection] = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    link = kind(parts.hostname, parts.port, timeout=10)
    try:
        link.request("GET", "/healthz", headers={"X-Doctor": signing.dumps("how", salt="doctor"), "X-Forwarded-For": FORGED})
        found: dict[str, Any] = json.loads(link.getresponse().read(4096))
    finally:
        link.close()
    return found


def judged(seen: dict[str, Any], *, trusted: int, https: bool) -> Iterator[Finding]:
    """Judge by what the site saw of our forged request whether the count of trusted proxies is right."""
    if "address" not in seen:
        yield Finding("proxies", FAULT, "Another site answers there, or one with another SECRET_KEY.")
        return
    if https and not seen["secure"]:
        yield Finding("https", FAULT, "The proxy does not say that visitors come by https: let it set X-Forwarded-Proto.")
    stand = max(seen["passed"] - 1, 0) if seen["passed"] else 0
    if seen["address"] == FORGED and trusted:
        yield Finding(
            "proxies",
            FAULT,
            f"A visitor can choose the address that we see: TRUSTED_PROXY_COUNT={trusted} is more than stand in front ({stand}).",
        )
    elif stand > trusted:
        yield Finding("proxies", FAULT, f"{stand} proxies stand in front, but TRUSTED_PROXY_COUNT={trusted}: all visitors look like one.")
    else:
        yield Finding("proxies", OK, f"TRUSTED_PROXY_COUNT={trusted} is right.")


def _ago(moment: float) -> str:
    return f"{(timezone.now().timestamp() - moment) / 3600:.0f} hours ago"
