"""From a bare Python to a virtual environment with exactly what the locks name: `python3 -m tools.bootstrap [run|dev]`.

Needs Python 3.11 or newer and pip; on Debian, as root, pip is installed when it is missing. Neither the venv module nor a
system-wide pip is needed: uv is fetched into .tools, and makes .venv. A second call with unchanged locks takes a blink.
"""

import ast
import fcntl
import hashlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

from tools.machine import PYTHON, ROOT, TOOLS, UV, VENV, install_debian_packages, say, stop, writable_home

LOCKS = {"run": ROOT / "requirements.lock", "dev": ROOT / "requirements-dev.lock"}
UV_LOCK = ROOT / "requirements-uv.lock"
STAMP = VENV / "installed"
PIP_TO_UV = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
}


def main(purpose: str) -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 - this very line is what an older Python must be able to run
        stop(f"Interchange needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}.")
    TOOLS.mkdir(exist_ok=True)
    with (TOOLS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # Two `make` at once must not build one environment.
        have = STAMP.read_text() if STAMP.exists() and works(PYTHON) else ""
        if have in wanted(purpose):
            return
        purpose = "dev" if have.startswith("dev") else purpose  # Never take a developer's tools away.
        environment = environment_for_uv()
        fetch_uv(environment)
        make_venv(environment)
        install(purpose, environment)


def wanted(purpose: str) -> set[str]:
    """Return the stamps that serve the purpose: the development environment also runs the site."""
    return {stamp(name) for name in LOCKS if name in {purpose, "dev"}}


def stamp(purpose: str) -> str:
    return f"{purpose} {hashlib.sha256(LOCKS[purpose].read_bytes()).hexdigest()}"


def works(python: Path) -> bool:
    """Whether the environment's Python starts: it does not after the clone was moved or the system's Python replaced."""
    return python.exists() and subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0


def environment_for_uv() -> dict[str, str]:
    """Return this process's environment, with pip's configured places handed over to uv, which does not read them."""
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "UV_NO_CONFIG": "1"}
    if not writable_home():
        environment.setdefault("UV_CACHE_DIR", str(TOOLS / "cache"))
        environment["PIP_CACHE_DIR"] = str(TOOLS / "cache")
        environment["HOME"] = str(TOOLS)
    ensure_pip()
    for option, value in pip_options(environment).items():
        if option in PIP_TO_UV:
            separator = "," if option == "find-links" else " "
            environment.setdefault(PIP_TO_UV[option], separator.join(value.split()))
    if "UV_INDEX" in environment:
        # As pip does: the best version of all places. Safe, for every file must have the hash that the lock names.
        environment.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    return environment


def ensure_pip() -> None:
    if importlib.util.find_spec("pip") is None and not install_debian_packages("python3-pip"):
        stop("pip is missing: as root, run `apt-get install python3-pip`, then try again.")


def pip_options(environment: dict[str, str]) -> dict[str, str]:
    """Read what pip is configured with; the command line's variables win over files."""
    listed = subprocess.run([sys.executable, "-m", "pip", "config", "list"], env=environment, capture_output=True, text=True, check=False)
    options: dict[str, str] = {}
    for line in sorted(listed.stdout.splitlines(), key=lambda line: line.startswith(":env:")):
        name, _, value = line.partition("=")
        options[name.rpartition(".")[2]] = str(ast.literal_eval(value))
    return options


def fetch_uv(environment: dict[str, str]) -> None:
    """Fetch uv into .tools, in the version and with the hashes that requirements-uv.lock names."""
    kept = TOOLS / "uv.installed"
    digest = hashlib.sha256(UV_LOCK.read_bytes()).hexdigest()
    if works_as_program(UV) and kept.exists() and kept.read_text() == digest:
        return
    say("Fetching uv …")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--root-user-action=ignore"]
    command += ["--upgrade", "--no-deps", "--require-hashes", "--target", str(TOOLS), "-r", str(UV_LOCK)]
    if subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=False).returncode:
        stop("uv could not be fetched; what pip said stands above.")
    kept.write_text(digest)


def works_as_program(program: Path) -> bool:
    return program.exists() and subprocess.run([program, "--version"], capture_output=True, check=False).returncode == 0


def make_venv(environment: dict[str, str]) -> None:
    if not works(PYTHON):
        uv(["venv", "--quiet", "--clear", "--python", sys.executable, str(VENV)], environment)


def install(purpose: str, environment: dict[str, str]) -> None:
    say("Installing the packages that the lock names …")
    STAMP.unlink(missing_ok=True)
    uv(["pip", "sync", "--quiet", "--require-hashes", "--python", str(PYTHON), str(LOCKS[purpose])], environment)
    STAMP.write_text(stamp(purpose))


def uv(arguments: list[str], environment: dict[str, str]) -> None:
    if subprocess.run([UV, *arguments], env=environment, stdin=subprocess.DEVNULL, cwd=ROOT, check=False).returncode:
        stop(f"`uv {arguments[0]}` failed; what it said stands above.")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "run")
