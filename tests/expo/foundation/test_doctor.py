"""A sound installation, then one fault at a time: each is found and named, and the command fails."""

import json
import os
import shutil
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core import signing
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from expo.foundation import doctor, guards, health
from expo.foundation.doctor import FAULT, OK, WARNING, judged
from expo.foundation.models import Event, OutboxMessage
from tests import builders

DB_CACHE = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}}


@pytest.fixture
def sound(db, settings, tmp_path, monkeypatch):
    """An installation without a fault; what needs other machines (mail, the public address) answers here."""
    call_command("createcachetable", "cache")
    settings.CACHES, settings.STAFF_SECOND_FACTOR, settings.SITE_URL = DB_CACHE, True, "https://expo.example"
    settings.VAR_DIR, settings.BACKUP_DIR, settings.STATIC_ROOT = tmp_path, tmp_path / "backups", tmp_path / "static"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    tmp_path.chmod(0o750)
    settings.STATIC_ROOT.mkdir()
    (settings.STATIC_ROOT / "staticfiles.json").write_text('{"paths": {"css/app.css": "css/app.1.css"}}')
    settings.BACKUP_DIR.mkdir()
    (settings.BACKUP_DIR / "one.tar").touch()
    monkeypatch.setattr(doctor, "asked", lambda _address: {"address": "192.0.2.1", "secure": True, "passed": 0})
    monkeypatch.setattr(doctor, "get_connection", lambda **_options: SimpleNamespace(open=lambda: True))
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: (100 * 1024**3, 50 * 1024**3, 50 * 1024**3))
    job(finished_at=timezone.now())
    return settings


def job(**fields):
    fields = {"task_path": health.BEAT, "args_kwargs": {"args": [], "kwargs": {}}, "run_after": timezone.now(), **fields}
    made = DBTaskResult.objects.create(backend_name="default", status="SUCCESSFUL" if "finished_at" in fields else "READY", **fields)
    if "enqueued_at" in fields:
        DBTaskResult.objects.filter(pk=made.pk).update(enqueued_at=fields["enqueued_at"])
    return made


def found():
    """Return the worst finding of each examination, and whether the command fails."""
    said = StringIO()
    try:
        call_command("doctor", json=True, stdout=said)
        failed = False
    except SystemExit as ended:
        failed = ended.code == 1
    worst = {}
    for finding in map(json.loads, said.getvalue().splitlines()):
        if [OK, WARNING, FAULT].index(finding["level"]) >= [OK, WARNING, FAULT].index(worst.get(finding["name"], OK)):
            worst[finding["name"]] = finding["level"]
    return worst, failed


def test_a_sound_installation_passes(sound):
    findings, failed = found()
    in_memory = connection.vendor == "sqlite"  # as test databases are: without a write-ahead log
    assert {name: level for name, level in findings.items() if level != OK} == ({"database": FAULT} if in_memory else {"database": WARNING})
    assert failed is in_memory
    assert len(findings) == 17


def no_beats(settings):
    DBTaskResult.objects.all().delete()


def mail_waits(settings):
    message = OutboxMessage.objects.create(recipient=builders.person(), kind="x", subject="x", body="x", message_id="<1>")
    OutboxMessage.objects.filter(pk=message.pk).update(written_at=timezone.now() - timedelta(hours=1))


def a_job_waits(settings):
    job(task_path="x", enqueued_at=timezone.now() - timedelta(hours=1))


def the_worker_died(settings):
    DBTaskResult.objects.update(finished_at=timezone.now() - timedelta(minutes=6))


def the_backup_is_old(settings):
    hours_27 = (timezone.now() - timedelta(hours=27)).timestamp()
    os.utime(settings.BACKUP_DIR / "one.tar", (hours_27, hours_27))


def the_future_was_here(settings):
    event = Event.objects.create(verb="x", thing="x", thing_id="1")
    with guards.lifted():
        Event.objects.filter(pk=event.pk).update(at=timezone.now() + timedelta(hours=1))


def tables_are_missing(settings):
    MigrationRecorder.Migration.objects.filter(app="agreements").delete()


FAULTS = {
    "debug": lambda settings: setattr(settings, "DEBUG", True),
    "https": lambda settings: setattr(settings, "SITE_URL", "http://expo.example"),
    "static files": lambda settings: shutil.rmtree(settings.STATIC_ROOT),
    "cache": lambda settings: setattr(settings, "CACHES", {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}),
    "migrations": tables_are_missing,
    "worker": the_worker_died,
    "sweep": no_beats,
    "outbox": mail_waits,
    "jobs": a_job_waits,
    "backup": the_backup_is_old,
    "clock": the_future_was_here,
    "guards": lambda _settings: guards.lift_guards(),
    "mail": lambda settings: setattr(settings, "EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_and_named(name, sound):
    FAULTS[name](sound)
    findings, failed = found()
    assert findings[name] == FAULT
    assert failed
    others = {other for other, level in findings.items() if level == FAULT} - {name, "database"}
    assert others <= ({"worker"} if name == "sweep" else set())


def test_no_backup_at_all_is_a_fault(sound):
    shutil.rmtree(sound.BACKUP_DIR)
    assert found()[0]["backup"] == FAULT


def test_the_list_of_who_was_erased_is_no_backup(sound):
    (sound.BACKUP_DIR / "one.tar").rename(sound.BACKUP_DIR / "erasures.txt")
    assert found()[0]["backup"] == FAULT


def test_a_full_disk_is_a_fault_and_a_scarce_one_a_warning(sound, monkeypatch):
    for free, level in ((0.5, FAULT), (4, FAULT), (8, WARNING), (50, OK)):
        monkeypatch.setattr(shutil, "disk_usage", lambda _path, free=free: (100 * 1024**3, 0, int(free * 1024**3)))
        assert found()[0]["disk"] == level


def test_a_mail_server_that_is_away_is_a_fault(sound, monkeypatch):
    def refuse():
        raise ConnectionRefusedError

    monkeypatch.setattr(doctor, "get_connection", lambda **_options: SimpleNamespace(open=refuse))
    assert found()[0]["mail"] == FAULT


def test_a_database_that_is_away_is_a_fault_and_the_rest_is_still_said(sound):
    def unreachable(*_args):
        raise OperationalError("server closed the connection")

    with connection.execute_wrapper(unreachable):
        findings, failed = found()
    assert (findings["database"], failed) == (FAULT, True)
    assert findings["backup"] == findings["mail"] == OK


@pytest.mark.skipif(connection.vendor != "sqlite", reason="asks for SQLite's mode")
def test_sqlite_without_the_write_ahead_log_is_a_fault_and_so_is_a_network_disk(sound, monkeypatch, tmp_path):
    assert [finding.level for finding in doctor._database()] == [FAULT]
    mounts = tmp_path / "mounts"
    mounts.write_text("/dev/sda1 / ext4 rw 0 0\nserver:/x /srv nfs4 rw 0 0\n/dev/sdb1 /srv/local\\040disk ext4 rw 0 0\n")
    kinds = [doctor._file_system_of(Path(path), mounts) for path in ("/var/x", "/srv/x", "/srv/local disk/x")]
    assert kinds == ["ext4", "nfs4", "ext4"]


@pytest.mark.parametrize(
    ("seen", "trusted", "name", "level"),
    [
        ({"address": "203.0.113.9", "secure": True, "passed": 2}, 1, "proxies", OK),
        ({"address": "203.0.113.9", "secure": True, "passed": 1}, 1, "proxies", OK),
        ({"address": doctor.FORGED, "secure": True, "passed": 2}, 2, "proxies", FAULT),
        ({"address": "10.0.0.1", "secure": True, "passed": 3}, 1, "proxies", FAULT),
        ({"address": "203.0.113.9", "secure": False, "passed": 2}, 1, "https", FAULT),
        ({"status": "ok"}, 1, "proxies", FAULT),
    ],
)
def test_the_count_of_proxies_is_judged_by_what_arrives(seen, trusted, name, level):
    assert {finding.name: finding.level for finding in judged(seen, trusted=trusted, https=True)}[name] == level


def test_the_site_says_how_a_request_arrived_to_its_own_doctor_only(client, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    mine = {"X-Doctor": signing.dumps("how", salt="doctor"), "X-Forwarded-For": "192.0.2.77, 203.0.113.9"}
    assert client.get("/healthz", headers=mine).json() == {"status": "ok", "address": "203.0.113.9", "secure": False, "passed": 2}
    assert client.get("/healthz", headers={**mine, "X-Doctor": "forged"}).json() == {"status": "ok"}


def test_the_public_address_is_asked_with_a_forged_header():
    heard = {}

    class Site(BaseHTTPRequestHandler):
        def do_GET(self):
            heard.update(self.headers)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"status": "ok", "address": "x", "secure": true, "passed": 1}')

        def log_message(self, *_args):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        assert doctor.asked(f"http://127.0.0.1:{server.server_port}")["passed"] == 1
    finally:
        server.shutdown()
        server.server_close()
    assert heard["X-Forwarded-For"] == doctor.FORGED
    assert signing.loads(heard["X-Doctor"], salt="doctor") == "how"
