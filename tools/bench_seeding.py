"""The two databases of `make bench`: one of the size of a real expo, one with 500 postings. Seeded once, and anew when what they are made of changed."""

import hashlib
import json
import os
import resource
import secrets
import shutil
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from tools.machine import PYTHON, ROOT, say, stop

FOLDER = ROOT / "var" / "bench"
# By how much the missing rows of the large demo are divided: 202 leaves 500 postings in all.
SCALES = {"expo": 1, "few": 202}
MADE_OF = (
    *("fixtures/cisce/*", "fixtures/demo/**/*.yaml", "matchmaking/desk/demo/**/*.py", "*/*/migrations/*.py"),
    *(
        "expo/foundation/search/*.py",
        "*/*/searching.py",
        "matchmaking/matching/engine/*.py",
        "matchmaking/matching/actions/*.py",
    ),
    *("matchmaking/marketplace/normalise.py", "tools/bench_seeding.py", "tools/bench_meetings_seeding.py"),
)


@dataclass(frozen=True)
class Seeding:
    """What it cost to fill a database: wall clock, CPU time of the process, the most memory it held."""

    seconds: float
    cpu_seconds: float
    peak_mib: float
    rows: dict[str, int]


def seeded(name: str) -> Seeding:
    """Return what seeding the database cost, after seeding it if it is not there or was made of other files."""
    folder, mark = FOLDER / name, fingerprint()
    note = folder / "seeded.json"
    if note.exists() and (kept := json.loads(note.read_text()))["fingerprint"] == mark:
        return Seeding(**kept["cost"])
    say(f"Seeding var/bench/{name} …")
    shutil.rmtree(folder, ignore_errors=True)
    done = subprocess.run(
        [PYTHON, "-m", "tools.bench_seeding", name], cwd=ROOT, env=environment(name), stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        stop(f"Seeding var/bench/{name} failed; what it said stands above.")
    cost = Seeding(**json.loads(done.stdout.splitlines()[-1]))
    note.write_text(json.dumps({"fingerprint": mark, "cost": asdict(cost)}, indent=1))
    return cost


def environment(name: str) -> dict[str, str]:
    """Return an environment under production settings, with a folder and an SQLite database of its own."""
    kept = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    own = {"DEBUG": "false", "SITE_URL": "http://localhost", "SECRET_KEY": secrets.token_urlsafe(50), "LOG_LEVEL": "ERROR"}
    return {**kept, **own, "VAR_DIR": str(FOLDER / name), "DJANGO_SETTINGS_MODULE": "expo.settings"}


def fingerprint() -> str:
    """Return a digest of all files that decide what is in the databases; the month is part of it, since postings run out."""
    digest = hashlib.sha256(f"{datetime.now(UTC):%Y-%m}".encode())
    for path in sorted({path for pattern in MADE_OF for path in ROOT.glob(pattern) if path.is_file()}):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def seed(scale: int) -> Seeding:
    """Fill the database that the settings name, and measure what the large demo takes."""
    import django  # Local, like all of Django in the tools: the environment must be set first.

    django.setup()
    from django.core.management import call_command

    from expo.editions.queries import current_edition
    from matchmaking.desk.demo import seed_demo

    call_command("setup", fixtures=ROOT / "fixtures" / "cisce", demo=True, stdout=sys.stderr)
    edition = current_edition()
    if edition is None:
        stop("The expo's files name no current edition.")
    started, cpu = time.monotonic(), time.process_time()
    added = seed_demo(edition, size="expo", scale=scale)
    took = time.monotonic() - started, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    call_command("run_matching", inline=True, stdout=sys.stderr)  # The pages show its lists; what it costs is in docs/matching.md.
    return Seeding(round(took[0], 1), round(took[1], 1), round(peak, 1), dict(added))


if __name__ == "__main__":
    print(json.dumps(asdict(seed(SCALES[sys.argv[1]]))))
