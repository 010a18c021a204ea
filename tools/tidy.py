"""What no linter knows: locks in step with pyproject.toml, and tracked files free of registries and of this machine's paths."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.machine import ROOT

MACHINE = re.compile(r"(?<![\w.])/(?:home|Users|root)/[\w.-]+/|" + re.escape(f"{ROOT}/"))
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\]+)", re.MULTILINE)


def main() -> int:
    problems = [*locks_out_of_step(), *foreign_words()]
    print("\n".join(problems))
    return 1 if problems else 0


def locks_out_of_step() -> Iterator[str]:
    """Name each requirement of pyproject.toml that a lock does not pin or does not satisfy. Resolves nothing: that is `make lock`."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    runtime = project["project"]["dependencies"]
    developers = project["dependency-groups"]["dev"]
    for name, wanted in (("requirements.lock", runtime), ("requirements-dev.lock", [*runtime, *developers])):
        text = (ROOT / name).read_text()
        pins = [(canonicalize_name(package), version) for package, version in PIN.findall(text)]  # One for each Python, where they differ.
        for line in wanted:
            requirement = Requirement(line)
            versions = [version for package, version in pins if package == canonicalize_name(requirement.name)]
            for version in versions or [""]:
                if not version or version not in requirement.specifier:
                    yield f"{name}: has {version or 'no pin'} where pyproject.toml asks for {line}; run `make lock`"
        bare = len(pins) - len(re.findall(r"==[^\n]*\\\n\s+--hash=", text))
        if bare:
            yield f"{name}: {bare} pins without a hash; run `make lock`"


def foreign_words() -> Iterator[str]:
    for path in tracked_files():
        try:
            text = path.read_text()
        except (UnicodeDecodeError, FileNotFoundError):
            continue
        for number, line in enumerate(text.splitlines(), start=1):
            if MACHINE.search(line):
                yield f"{path.relative_to(ROOT)}:{number}: names a path of one machine"
            if path.suffix == ".lock" and "://" in line:
                yield f"{path.relative_to(ROOT)}:{number}: a lock names no registry; whoever installs chooses it"


def tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name and not name.startswith("tests/")]


if __name__ == "__main__":
    sys.exit(main())
