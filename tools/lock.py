"""Write the requirement locks anew: exact versions and hashes, and no registry's address. See `make lock`.

Keeps what is locked where pyproject.toml still allows it; `make lock UPGRADE=1` takes the newest that it allows.
"""

import os

from tools.bootstrap import LOCKS, UV_LOCK, environment_for_uv, fetch_uv, uv
from tools.machine import ROOT, say

COMMON = ["pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes"]
COMMON += ["--no-header", "--no-emit-index-url", "--no-emit-find-links"]


def main() -> None:
    environment = environment_for_uv()
    fetch_uv(environment)
    upgrade = ["--upgrade"] if os.environ.get("UPGRADE") else []
    for purpose, lock in LOCKS.items():
        groups = ["--group", "dev", "--constraint", LOCKS["run"].name] if purpose == "dev" else []
        uv([*COMMON, *upgrade, *groups, "pyproject.toml", "--output-file", lock.name], environment)
    if upgrade:
        wanted = ROOT / ".tools" / "uv.in"
        wanted.write_text("uv\n")
        uv([*COMMON, "--no-annotate", "--upgrade", str(wanted), "--output-file", UV_LOCK.name], environment)
    say(f"Written: {', '.join(lock.name for lock in LOCKS.values())}{f', {UV_LOCK.name}' if upgrade else ''}")


if __name__ == "__main__":
    main()
