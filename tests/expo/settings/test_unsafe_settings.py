"""Wrong settings, one by one, on what would be a sound public installation: each stops the program with a sentence that names it."""

import os
import runpy

import pytest
from django.core.exceptions import ImproperlyConfigured

from expo.settings.environment import ROOT

KEY = "k3y-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLM"
PASSWORD = "cobalt-umbrella-9"
SOUND = {
    "SECRET_KEY": KEY,
    "SITE_URL": "https://expo.example.org",
    "TRUSTED_PROXY_COUNT": "1",
    "DATABASE_URL": f"postgres://expo:{PASSWORD}@127.0.0.1/expo",
    "REDIS_URL": f"redis://:{PASSWORD}@127.0.0.1:6379/0",
    "EMAIL_URL": f"smtp+tls://expo:{PASSWORD}@mail.example.org:587",
    "METRICS_TOKEN": "m0nitor-0123456789-abcdef",
    "METRICS_NETWORKS": "127.0.0.1/32, 10.0.3.0/24, ::1/128",
    "REQUEST_ID_FROM_PROXY": "true",
}
VAR = "{var}"  # the folder of the test
WRONG = [
    ("SECRET_KEY", "", "no key at all"),
    ("SECRET_KEY", "short", "a short key"),
    ("SECRET_KEY", "a" * 60, "a key of one letter"),
    ("SECRET_KEY", "django-insecure-" + KEY, "the key that startproject writes"),
    ("SECRET_KEY", "please-change-me-" + KEY, "the key of an example"),
    ("DEBUG", "true", "development under a public name"),
    ("DEBUG", "flase", "a misspelt switch"),
    ("SITE_URL", "", "no address"),
    ("SITE_URL", "http://expo.example.org", "plain http under a public name"),
    ("SITE_URL", "https://user:password@expo.example.org", "an address with a password"),
    ("SITE_URL", "https://expo.example.org/path", "an address with a path"),
    ("SITE_NAME", "Expo\nBcc: all@example.org", "a name that writes mail headers"),
    ("ALLOWED_HOSTS", "*", "every host name"),
    ("ALLOWED_HOSTS", ".org", "every host name of a country"),
    ("ALLOWED_HOSTS", "other.example.org", "not the host that mails lead to"),
    ("TRUSTED_PROXY_COUNT", "", "an unknown number of proxies"),
    ("TRUSTED_PROXY_COUNT", "99", "any number of proxies"),
    ("TRUSTED_PROXY_COUNT", "-1", "fewer proxies than none"),
    ("DATABASE_URL", "postgres://expo@127.0.0.1/expo", "a database without a password"),
    ("DATABASE_URL", "postgres://expo:expo@127.0.0.1/expo", "a password that is the name"),
    ("DATABASE_URL", f"postgres://expo:{PASSWORD}@db.example.org/expo", "a database far away without TLS"),
    ("DATABASE_URL", "mysql://expo:password@127.0.0.1/expo", "a database that nothing was tested on"),
    ("DATABASE_URL", f"sqlite:///{VAR}/static/expo.sqlite3", "a database among the files that visitors get"),
    ("REDIS_URL", "redis://127.0.0.1:6379/0", "a cache without a password"),
    ("REDIS_URL", f"redis://:{PASSWORD}@redis.example.org:6379/0", "a cache far away without TLS"),
    ("REDIS_URL", "127.0.0.1:6379", "a cache without a kind"),
    ("EMAIL_URL", "", "no mail server"),
    ("EMAIL_URL", "consolemail://", "mail into the log"),
    ("EMAIL_URL", "memorymail://", "mail to nowhere"),
    ("EMAIL_URL", f"smtp://expo:{PASSWORD}@mail.example.org:25", "a mail password in the clear"),
    ("FROM_EMAIL", "nobody", "a sender without an address"),
    ("FROM_EMAIL", "expo@example.org\r\nBcc: all@example.org", "a sender that writes headers"),
    ("METRICS_TOKEN", "monitor", "figures behind a word"),
    ("METRICS_NETWORKS", "0.0.0.0/0", "figures for everybody"),
    ("METRICS_NETWORKS", "::/0", "figures for everybody, too"),
    ("METRICS_NETWORKS", "monitor.example.org", "a network that is none"),
    ("BACKUP_DIR", f"{VAR}/media/backups", "backups among the files that visitors get"),
    ("LOG_LEVEL", "LOUD", "a level that is none"),
    ("VAR_DIR", "/proc/nothing", "a folder that cannot be written to"),
]


def settings_with(monkeypatch, var, **variables):
    for name in {*os.environ} & {*SOUND, "DEBUG", "ALLOWED_HOSTS", "PLAIN_HTTP", "SITE_NAME", "FROM_EMAIL", "LOG_LEVEL", "BACKUP_DIR"}:
        monkeypatch.delenv(name)
    for name, value in {**SOUND, "VAR_DIR": str(var), **variables}.items():
        monkeypatch.setenv(name, value.replace(VAR, str(var)))
    return runpy.run_path(str(ROOT / "expo" / "settings" / "base.py"))


def test_a_sound_installation_starts(monkeypatch, tmp_path):
    found = settings_with(monkeypatch, tmp_path)
    assert (found["DEBUG"], found["PUBLIC"], found["SESSION_COOKIE_NAME"]) == (False, True, "__Host-sessionid")
    assert found["STAFF_SECOND_FACTOR"] is True


@pytest.mark.parametrize(("name", "value", "what"), WRONG, ids=[what for _name, _value, what in WRONG])
def test_what_is_unsafe_is_refused_by_name(name, value, what, monkeypatch, tmp_path):
    with pytest.raises(
        ImproperlyConfigured, match=rf"(variable|Set the environment variable) {name if name != 'DEBUG' else ''}"
    ) as refused:
        settings_with(monkeypatch, tmp_path, **{name: value})
    sentence = str(refused.value)
    assert "\n" not in sentence
    assert PASSWORD not in sentence
    assert KEY not in sentence


def test_a_request_is_not_named_by_who_is_not_trusted(monkeypatch, tmp_path):
    with pytest.raises(ImproperlyConfigured, match="REQUEST_ID_FROM_PROXY"):
        settings_with(monkeypatch, tmp_path, TRUSTED_PROXY_COUNT="0")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgres://expo@/expo?host=/run/postgresql"),
        ("DATABASE_URL", f"postgres://expo:{PASSWORD}@db/expo"),
        ("DATABASE_URL", f"postgres://expo:{PASSWORD}@db.example.org/expo?sslmode=require"),
        ("REDIS_URL", "unix:///run/redis/redis.sock"),
        ("REDIS_URL", f"redis://:{PASSWORD}@cache:6379/0"),
        ("EMAIL_URL", "smtp://localhost:25"),
        ("ALLOWED_HOSTS", "expo.example.org,127.0.0.1"),
        ("SECRET_KEY", KEY + "$%"),
    ],
)
def test_what_is_safe_is_not_refused(name, value, monkeypatch, tmp_path):
    settings_with(monkeypatch, tmp_path, **{name: value})


def test_on_ones_own_machine_convenience_is_fine(monkeypatch, tmp_path):
    plain = {"SITE_URL": "http://localhost:8000", "REDIS_URL": "redis://127.0.0.1:6379/0", "EMAIL_URL": "", "REQUEST_ID_FROM_PROXY": ""}
    settings_with(monkeypatch, tmp_path, **plain, TRUSTED_PROXY_COUNT="0", DATABASE_URL="postgres://expo@127.0.0.1/expo")
