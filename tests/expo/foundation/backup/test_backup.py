"""Backups, made and restored by processes as an operator would, on the database that the suite runs on."""

import hashlib
import json
import shutil
import stat
import zipfile

import pytest

from expo.foundation.backup import ArchiveRefused, check_archive
from tests.expo.foundation.backup.conftest import repacked

pytestmark = [pytest.mark.django_db, pytest.mark.long]  # Its tables are what the places are made of.


def archive_of(made):
    assert made.returncode == 0, made.stderr
    return made.stdout.strip().splitlines()[-1]


def differing(one, other):
    ours, theirs = one.hashes(), other.hashes()
    return sorted(table for table in ours.keys() | theirs.keys() if ours.get(table) != theirs.get(table))


def test_a_restored_site_has_every_row_and_file_and_its_people_sign_in(site, empty, archive):
    restored = empty.manage("restore", archive)
    assert restored.returncode == 0, restored.stderr
    assert differing(empty, site) == []
    assert len(site.hashes()) > 40
    assert empty.files() == site.files()
    assert len(site.files()) == 3
    assert empty.rows("SELECT count(*) FROM django_session") == [(0,)]
    signing_in = (
        "from tests import builders\nfrom django.contrib.auth.hashers import check_password\nfrom expo.accounts.models import User\n"
    )
    process = empty.start(signing_in + "print([user.check_password(builders.PASSWORD) for user in User.objects.order_by('pk')])")
    assert process.communicate()[0].strip() == "[True, True, True]"
    next_row = "from tests import builders\nprint(builders.person('fourth@example.com').pk)"
    (highest,) = site.rows("SELECT max(id) FROM accounts_user")[0]
    assert int(empty.start(next_row).communicate()[0]) > highest


KEYS = """
from expo.accounts.actions import make_key, revoke_key
from expo.accounts.keys import live_key
from expo.accounts.models import ApiKey, User
"""


def test_a_key_that_was_revoked_since_does_not_live_again(site, empty, tmp_path):
    make = "by = User.objects.order_by('pk')[0]\nfor name in ('Stock', 'Leaked'):\n"
    make += "    key, secret = make_key(by, by=by, name=name, scope='write', days=30, with_second_factor=False)\n    print(secret)"
    secrets = site.start(KEYS + make).communicate()[0].split()
    archive = archive_of(site.manage("backup", tmp_path / "made"))
    site.start(KEYS + "revoke_key(ApiKey.objects.get(name='Leaked'), by=User.objects.order_by('pk')[0])").communicate()
    ask = f"print([live_key(secret.encode()) is not None for secret in {secrets!r}])"
    assert site.start(KEYS + ask).communicate()[0].strip() == "[True, False]"
    restored = empty.manage("restore", archive)
    assert "2 API keys ended" in restored.stdout
    assert empty.start(KEYS + ask).communicate()[0].strip() == "[False, False]"
    ((body,),) = empty.rows("SELECT body FROM foundation_outboxmessage WHERE kind = 'keys_ended'")
    assert "- Stock\n- Leaked\n" in body


def test_a_site_that_only_moves_keeps_its_keys(site, empty, tmp_path):
    make = (
        "by = User.objects.order_by('pk')[0]\nprint(make_key(by, by=by, name='Stock', scope='read', days=30, with_second_factor=False)[1])"
    )
    secret = site.start(KEYS + make).communicate()[0].strip()
    archive = archive_of(site.manage("backup", tmp_path / "made"))
    assert empty.manage("restore", archive, "--keep-keys").returncode == 0
    ask = f"print(live_key({secret!r}.encode()) is not None)"
    assert empty.start(KEYS + ask).communicate()[0].strip() == "True"


def test_a_backup_made_while_others_write_holds_all_that_was_committed_before(site, empty, writer, tmp_path):
    for _turn in range(2):
        for _row in range(20):
            said = writer()
        path = archive_of(site.manage("backup", tmp_path / "made"))
    assert "Sound" in archive_of(site.manage("check_backup", path))
    assert empty.manage("restore", path).returncode == 0
    numbers = [int(number) for (number,) in empty.rows("SELECT thing_id FROM foundation_event WHERE verb = 'written'")]
    assert set(range(1, said + 1)) <= set(numbers)
    assert len(numbers) == max(numbers), "a row in the middle is missing"


def test_a_plain_copy_of_the_live_file_is_found_incomplete(site, archive, writer, tmp_path):
    if not site.is_sqlite:
        pytest.skip("PostgreSQL's files cannot be copied by name")
    writer()
    fresh = archive_of(site.manage("backup", tmp_path / "made"))
    copied = tmp_path / "copy.sqlite3"
    shutil.copyfile(site.database, copied)  # Without what still stands in the write-ahead log.

    def with_the_copy(name, content):
        if name == "database/interchange.sqlite3":
            return copied.read_bytes()
        if name == "manifest.json":
            said = json.loads(content)
            said["parts"]["database/interchange.sqlite3"] = [hashlib.sha256(copied.read_bytes()).hexdigest(), copied.stat().st_size]
            return json.dumps(said).encode()
        return content

    checked = site.manage("check_backup", repacked(fresh, tmp_path / "cp.zip", with_the_copy))
    assert checked.returncode == 1
    assert "incomplete" in checked.stderr


@pytest.mark.parametrize("part", ["database", "media", "manifest"])
def test_a_damaged_archive_is_refused(part, archive, tmp_path):
    def spoilt(name, content):
        return content[:-1] + b"?" if name.startswith(part) else content

    with pytest.raises(ArchiveRefused, match=r"damaged|no archive"):
        check_archive(repacked(archive, tmp_path / "broken.zip", spoilt))


def test_foreign_cut_newer_and_missing_archives_are_refused_in_a_sentence(site, archive, tmp_path):
    foreign, cut = tmp_path / "foreign.zip", tmp_path / "cut.zip"
    with zipfile.ZipFile(foreign, "w") as other:
        other.writestr("letter.txt", "hello")
    cut.write_bytes(archive.read_bytes()[:-200])
    refused = {
        foreign: "no archive",
        cut: "no archive",
        tmp_path / "nowhere.zip": "There is no file",
        repacked(archive, tmp_path / "next.zip", told(archive, version=2)): "newer version",
        repacked(archive, tmp_path / "less.zip", lambda name, content: None if name.startswith("media/") else content): "damaged",
    }
    for path, words in refused.items():
        with pytest.raises(ArchiveRefused, match=words):
            check_archive(path)


def told(archive, **more):
    """Let the manifest say something else."""
    said = json.loads(zipfile.ZipFile(archive).read("manifest.json"))
    return lambda name, content: json.dumps({**said, **more}).encode() if name == "manifest.json" else content


def test_what_cannot_be_restored_leaves_the_place_empty(site, empty, archive, tmp_path):
    said = json.loads(zipfile.ZipFile(archive).read("manifest.json"))
    other_engine = "postgresql" if site.is_sqlite else "sqlite"
    refused = {
        repacked(
            archive, tmp_path / "later.zip", told(archive, migrations=[*said["migrations"], ["venue", "0999_later"]])
        ): "Update the site",
        repacked(archive, tmp_path / "other.zip", told(archive, engine=other_engine)): "same kind",
        tmp_path / "nowhere.zip": "There is no file",
    }
    for path, words in refused.items():
        answer = empty.manage("restore", path)
        assert (answer.returncode, words in answer.stderr, "Traceback" in answer.stderr) == (1, True, False), answer.stderr
    assert (empty.tables(), empty.files()) == ([], {})


def test_a_place_in_use_is_replaced_only_when_told_and_is_kept_beside(site, empty, archive, tmp_path):
    assert empty.manage("restore", archive).returncode == 0
    as_archived = empty.hashes()
    extra = "from tests import builders\nbuilders.person('later@example.com')"
    empty.start(extra).communicate()
    again = shutil.copy(archive, tmp_path / "again.zip")
    before = empty.hashes()
    refused = empty.manage("restore", again)
    assert (refused.returncode, "--replace" in refused.stderr) == (1, True)
    assert empty.hashes() == before
    replaced = empty.manage("restore", again, "--replace")
    assert replaced.returncode == 0, replaced.stderr
    assert empty.hashes() == as_archived
    assert empty.files() == site.files()
    assert len(list(tmp_path.glob("interchange-*.zip"))) == 1


def test_only_the_owner_reads_an_archive_and_nothing_half_done_stays(site, archive):
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    assert [path.name for path in archive.parent.iterdir() if path.name.startswith(".")] == []
    assert stat.S_IMODE((archive.parent / "erasures.txt").stat().st_mode) == 0o600


def test_an_archive_that_cannot_be_checked_takes_no_name_and_no_place(site, tmp_path):
    good = archive_of(site.manage("backup", tmp_path / "kept"))
    nowhere = "from django.conf import settings\nfrom django.core.management import call_command\nsettings.VAR_DIR = '/nowhere'\n"
    fails = f"try:\n    call_command('backup', {str(tmp_path / 'kept')!r}, keep=1)\nexcept Exception as fault:\n    print(fault)"
    assert site.start(nowhere + fails).communicate()[0].startswith("No backup was made: ")
    assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == ["erasures.txt", good.rpartition("/")[2]]


def test_the_list_of_erasures_keeps_what_it_says(site, tmp_path):
    (tmp_path / "erasures.txt").write_text(f"{'a' * 64}\n")
    archive_of(site.manage("backup", tmp_path))
    assert "a" * 64 in (tmp_path / "erasures.txt").read_text().splitlines()


def test_old_archives_go_when_told(site, tmp_path):
    for _turn in range(2):
        archive_of(site.manage("backup", tmp_path / "kept", "--keep", "1"))
    assert len(list((tmp_path / "kept").glob("interchange-*.zip"))) == 1
