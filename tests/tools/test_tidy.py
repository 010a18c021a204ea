import subprocess

import pytest

from tools import tidy

PROJECT = """
[project]
dependencies = ["django>=5.2,<5.3", "pillow>=11"]
[dependency-groups]
dev = ["pytest[testing]>=9"]
"""
GOOD = "django==5.2.1 \\\n    --hash=sha256:aa\npillow==11.1 ; python_version > '3' \\\n    --hash=sha256:bb\n"


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setattr(tidy, "ROOT", tmp_path)
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / "requirements.lock").write_text(GOOD)
    (tmp_path / "requirements-dev.lock").write_text(GOOD + "pytest==9.0 \\\n    --hash=sha256:cc\n")
    return tmp_path


def test_locks_in_step_pass(root):
    assert list(tidy.locks_out_of_step()) == []


def test_a_missing_a_wrong_and_a_bare_pin_are_named(root):
    (root / "requirements-dev.lock").write_text("django==6.0 \\\n    --hash=sha256:aa\npillow==11.1\n")
    assert list(tidy.locks_out_of_step()) == [
        "requirements-dev.lock: has 6.0 where pyproject.toml asks for django>=5.2,<5.3; run `make lock`",
        "requirements-dev.lock: has no pin where pyproject.toml asks for pytest[testing]>=9; run `make lock`",
        "requirements-dev.lock: 1 pins without a hash; run `make lock`",
    ]


def test_a_package_may_be_pinned_for_each_python_and_every_pin_counts(root):
    def both(version):
        return GOOD + f"django=={version} ; python_version < '3.12' \\\n    --hash=sha256:dd\n"

    (root / "requirements.lock").write_text(both("5.2.0"))
    assert list(tidy.locks_out_of_step()) == []
    (root / "requirements.lock").write_text(both("5.1.9"))
    assert list(tidy.locks_out_of_step()) == [
        "requirements.lock: has 5.1.9 where pyproject.toml asks for django>=5.2,<5.3; run `make lock`",
    ]


def test_a_path_of_one_machine_and_a_registry_in_a_lock_are_named(root):
    (root / "notes.md").write_text("Fine: /home/ and https://example.org/home/x/\nLook into /home/somebody/clone/\n")
    (root / "requirements.lock").write_text("--index-url https://registry.example/simple\n" + GOOD)
    for arguments in (["init", "-q"], ["add", "notes.md", "requirements.lock"]):
        subprocess.run(["git", *arguments], cwd=root, check=True)
    assert list(tidy.foreign_words()) == [
        "notes.md:2: names a path of one machine",
        "requirements.lock:1: a lock names no registry; whoever installs chooses it",
    ]
