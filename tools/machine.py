"""What the tools know of the machine they run on. Standard library only: the bootstrap runs before anything is installed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
TOOLS = ROOT / ".tools"
PYTHON = VENV / "bin" / "python"
UV = TOOLS / "bin" / "uv"
YES = {"1", "true", "yes", "on"}


def say(text: str) -> None:
    """Tell the person at the terminal (or the log) one line."""
    print(text, flush=True)


def stop(sentence: str) -> NoReturn:
    """End with one sentence and a failure."""
    print(sentence, file=sys.stderr, flush=True)
    raise SystemExit(1)


def writable_home() -> bool:
    """Whether tools may keep their caches where they usually do."""
    home = os.environ.get("HOME", "")
    return bool(home) and Path(home).is_dir() and os.access(home, os.W_OK)


def install_debian_packages(*names: str) -> bool:
    """Install Debian packages where this process may; say whether that worked."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    say(f"Installing {' '.join(names)} …")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *names]):
        done = subprocess.run(["apt-get", *step], env=quiet, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode and step[0] == "install":
            print(done.stdout[-2000:], done.stderr[-2000:], file=sys.stderr)
            return False
    return True
