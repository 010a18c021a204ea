"""What `make bench ARGS=report` measures: the closing report of the edition with thousands of agreements, live, frozen and read back.

CPU seconds are the best of several after a warm-up, and the first one besides; memory is what one report needs at most on top of the process.
"""

import json
import logging
import subprocess
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

from tools import bench_pages
from tools.bench_seeding import environment
from tools.machine import PYTHON, ROOT, say, stop

EDITION = "2024"
TIMES = 5
ORGANISER = "organiser@demo.example"
MOST_SECONDS, MOST_FROZEN_MS, MOST_QUERIES = 2.0, 50.0, 25
HEAD = f"\n{'closing report':32} {'queries':>8} {'CPU ms':>9} {'first':>9} {'peak MiB':>9} {'budget':>10}  over"


def measured_report() -> dict[str, Any]:
    """Measure it in the large expo's database, which must be there, and say it in a table; return the figures."""
    done = subprocess.run(
        [PYTHON, "-m", "tools.bench_report"], cwd=ROOT, env=environment("expo"), stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        stop("Measuring the closing report failed; what it said stands above.")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    found["over"] = {row["name"]: over(row) for row in found["rows"]}
    say(table(found))
    return found


def over(row: dict[str, Any]) -> list[str]:
    """Name what is over its budget."""
    return [name for name, is_over in {
        "queries": row["queries"] > row["most_queries"],
        "CPU": max(row["cpu_ms"], row["first_ms"]) > row["most_ms"],
    }.items() if is_over]  # fmt: skip


def table(found: dict[str, Any]) -> str:
    lines = [HEAD]
    for row in found["rows"]:
        asked = f"{row['queries']}/{row['most_queries']}"
        lines.append(
            f"{row['name']:32} {asked:>8} {row['cpu_ms']:9.1f} {row['first_ms']:9.1f} {row['peak_mib']:9.1f} {row['most_ms']:7.0f} ms  "
            f"{', '.join(found['over'][row['name']])}"
        )
    return "\n".join([*lines, f"{found['agreements']:,} agreements and intentions in {EDITION}; frozen it is {found['frozen_kb']:.0f} kB."])


def main() -> None:
    """Measure the report in the database of this process, which stays as it was, and print it as JSON."""
    logging.disable(logging.CRITICAL)
    import django  # Local, like all of Django in the tools: the environment must be set first.

    django.setup()
    from django.conf import settings
    from django.contrib.auth.models import AnonymousUser
    from django.db import transaction

    from expo.accounts.models import User
    from expo.editions.models import Edition
    from expo.foundation.staff import vouched
    from matchmaking.agreements.actions.report import freeze_report
    from matchmaking.agreements.models import Agreement
    from matchmaking.agreements.queries.report import closing_report, drill_down
    from matchmaking.agreements.queries.report.frozen import frozen_report

    settings.STAFF_SECOND_FACTOR = False
    edition = Edition.objects.get(slug=EDITION)
    organiser, anyone = vouched(User.objects.get(email=ORGANISER)), AnonymousUser()
    organiser.is_superuser = True  # Not saved: a database that was seeded before may not know the permission yet.
    with transaction.atomic():
        kept = freeze_report(edition, by=organiser)
        rows = [
            measured("for everyone", lambda: closing_report(edition, visitor=anyone)),
            measured("for staff", lambda: closing_report(edition, visitor=organiser)),
            measured("50 rows under a figure", lambda: drill_down(edition, "agreements_and_intentions", visitor=anyone), queries=10),
            measured("frozen", lambda: frozen_report(edition, kept.number), most_ms=MOST_FROZEN_MS, queries=1),
        ]
        counted = Agreement.objects.filter(edition=edition).counted().count()
        size = len(json.dumps(kept.content, ensure_ascii=False).encode()) / 1000
        transaction.set_rollback(True)
    print(json.dumps({"rows": rows, "agreements": counted, "frozen_kb": size}))


def measured(name: str, act: Callable[[], Any], *, most_ms: float = MOST_SECONDS * 1000, queries: int = MOST_QUERIES) -> dict[str, Any]:
    """Return what one call costs: queries, CPU milliseconds of the first and of the best, and the memory it needs at most."""
    spent = [cpu_ms(act) for _time in range(TIMES + 1)]
    asked = bench_pages.counted(act)
    tracemalloc.start()
    act()
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    figures = {"queries": asked, "cpu_ms": min(spent[1:]), "first_ms": spent[0], "peak_mib": peak}
    return {"name": name, **figures, "most_ms": most_ms, "most_queries": queries}


def cpu_ms(act: Callable[[], Any]) -> float:
    began = time.process_time()
    act()
    return (time.process_time() - began) * 1000


if __name__ == "__main__":
    main()
