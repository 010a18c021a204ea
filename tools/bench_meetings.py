"""What `make bench ARGS=meetings` measures: the planner on instances and at expo size, one accept, and the pages of meetings among 24,000 of them.

The folder named by B2B_INSTANCES is measured besides the project's own small instances.
"""

import json
import logging
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from tools import bench_pages
from tools.bench_meetings_seeding import ANSWERED_BY, NAME, SLOTS_A_DAY, filled
from tools.bench_pages import Measured, Page
from tools.bench_seeding import environment
from tools.machine import PYTHON, ROOT, say, stop

OWN_INSTANCES = ROOT / "tests" / "data" / "b2b"
EXPO_REQUESTS = 24_000
ACCEPTS, FIRST_ACCEPTS = 60, 3
MOST_QUERIES, MOST_MS = 15, 25.0
ORGANISER = "organiser@demo.example"
# Accepted at the time that the page proposes, or at the first that is free.
ACCEPTED = {"one accept": "accept", "naming no time": "accept_unnamed"}
# What they ask at most; for their CPU time no budget is set, the ratio is printed.
PAGES = [
    Page("my day", "/desk/meetings/", 13, bytes_gzip=bench_pages.LIST_BYTES),
    Page("what waits for my answer", "/desk/meetings/waiting/", 13, bytes_gzip=bench_pages.LIST_BYTES),
    Page("a meeting", "/meetings/{meeting}/", 14, bytes_gzip=bench_pages.LIST_BYTES),
    Page("the organiser's board", "/organiser/meetings/?at={at}", 30),
    Page("the organiser's figures", "/organiser/meetings/figures/", 60),
]


def measured_meetings() -> dict[str, Any]:
    """Measure all of it and say it in tables; return the figures. The large expo's database must be there."""
    found: dict[str, Any] = {"instances": {}, "planner": plans()}
    named = os.environ.get("B2B_INSTANCES")
    for folder in (OWN_INSTANCES, *([Path(named)] if named else [])):
        found["instances"][folder.name] = instances(folder)
    filled()
    found |= last_json([str(PYTHON), "-m", "tools.bench_meetings"], environment(NAME))
    found["over"] = overs(found)
    say(table(found))
    return found


def plans() -> Any:
    return manage("plan_benchmark", "--expo", str(EXPO_REQUESTS), "--json")


def instances(folder: Path) -> Any:
    return manage("plan_benchmark", str(folder), "--json")


def manage(*words: str) -> Any:
    """Run a command of the site that prints JSON; it ends with 1 where not all is reached, which its rows say."""
    done = subprocess.run([PYTHON, "manage.py", *words], cwd=ROOT, env=environment("expo"), stdout=subprocess.PIPE, text=True, check=False)
    with suppress(ValueError):
        return json.loads(done.stdout)
    return stop(f"{' '.join(words)} failed; what it said stands above.")


def last_json(command: list[str], variables: dict[str, str]) -> dict[str, Any]:
    done = subprocess.run(command, cwd=ROOT, env=variables, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        stop(f"Measuring with var/bench/{NAME} failed; what it said stands above.")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def overs(found: dict[str, Any]) -> dict[str, list[str]]:
    """Name what is over its budget, by row."""
    rows = {row["name"]: Measured(**row) for row in found["rows"]}
    told = {title: [name for name, is_over in {
        "queries": found[key]["queries"] > MOST_QUERIES,
        "CPU": found[key]["cpu_ms"] > MOST_MS,
    }.items() if is_over] for title, key in ACCEPTED.items()}  # fmt: skip
    for page in PAGES:
        row = rows[page.name]
        told[page.name] = [name for name, is_over in {
            "status": row.status != bench_pages.OK,
            "queries": row.queries > page.queries,
            "bytes": page.bytes_gzip is not None and row.bytes_gzip > page.bytes_gzip,
        }.items() if is_over]  # fmt: skip
    return told


def table(found: dict[str, Any]) -> str:
    lines = [f"\n{'instances':40} {'files':>6} {'reached and proven':>19} {'CPU s, median':>14} {'at most':>8} {'together':>9}"]
    for name, one in found["instances"].items():
        about = one["summary"]
        lines.append(
            f"{name:40} {about['files']:6} {about['reached_and_proven']:19} {about['median_cpu_seconds']:14} "
            f"{about['most_cpu_seconds']:8} {about['cpu_seconds']:9}"
        )
    lines.append(
        f"\n{'planner, meetings asked for':28} {'seated':>7} {'bound':>7} {'idle slots, of greedy':>22} {'CPU s':>7} {'repair CPU s, had to, moved':>28}"
    )
    for row in found["planner"]:
        repair = f"{row['repair_cpu_seconds']}, {row['had_to_move']}, {row['moved']}"
        idle = f"{row['idle']} of {row['greedy_idle']}"
        lines.append(f"{row['requests']:28} {row['seated']:7} {row['bound']:7} {idle:>22} {row['cpu_seconds']:7} {repair:>28}")
    lines.append(
        f"\n{'among ' + format(found['meetings'], ',') + ' meetings':32} {'queries':>8} {'CPU ms':>8} {'of template':>12} {'gzip kB':>12}  over"
    )
    for title, key in ACCEPTED.items():
        accept = found[key]
        lines.append(
            f"{title + ', median of ' + str(accept['accepts']):32} {accept['queries']:>5}/{MOST_QUERIES} {accept['cpu_ms']:8.2f} "
            f"{'at most ' + format(MOST_MS, 'g'):>12} {'':12}  {', '.join(found['over'][title])}"
        )
    rows = {row["name"]: row for row in found["rows"]}
    for page in PAGES:
        row = rows[page.name]
        ratio = f"{row['cpu_ms'] / rows['template']['cpu_ms']:.2f}"
        size = f"{row['bytes_gzip'] / 1000:.1f}" + (f"/{page.bytes_gzip / 1000:g}" if page.bytes_gzip else "")
        asked = f"{row['queries']}/{page.queries}"
        lines.append(f"{page.name:32} {asked:>8} {row['cpu_ms']:8.2f} {ratio:>12} {size:>12}  {', '.join(found['over'][page.name])}")
    return "\n".join(lines)


def main() -> None:
    """Measure accepts and pages in the database of this process and print them as JSON."""
    logging.disable(logging.CRITICAL)
    import django  # Local, like all of Django in the tools: the environment must be set first.

    django.setup()
    from django.conf import settings

    from matchmaking.meetings.models import Meeting

    settings.ROOT_URLCONF = "tools.bench_floors"
    settings.STAFF_SECOND_FACTOR = False
    mine = Meeting.objects.filter(seats__registration__company__members__user__email=ANSWERED_BY, status="scheduled")
    keys = {"meeting": mine.order_by("pk").values_list("pk", flat=True).first() or 0, "at": busy_minute()}
    cookies = {"": bench_pages.cookie_of(ANSWERED_BY), "/organiser": bench_pages.cookie_of(ORGANISER)}
    floor = bench_pages.measure("template", "/floor/template")
    rows = [
        bench_pages.measure(one.name, one.address.format(**keys), cookies["/organiser" if "/organiser" in one.address else ""])
        for one in PAGES
    ]
    found = {"meetings": Meeting.objects.count(), "rows": [asdict(row) for row in [floor, *rows]]}
    print(json.dumps(found | {"accept": accepts(), "accept_unnamed": accepts(is_named=False)}))


def busy_minute() -> str:
    """Return a minute in the middle of the expo's second day, on its clocks, as an address writes it."""
    from matchmaking.meetings.models import Slot

    slot = Slot.objects.for_meetings().select_related("edition")[SLOTS_A_DAY + SLOTS_A_DAY // 2]
    return quote(f"{slot.starts_at.astimezone(ZoneInfo(slot.edition.time_zone)):%Y-%m-%dT%H:%M}")


def accepts(*, is_named: bool = True) -> dict[str, Any]:
    """Accept many requests, each once: at the time that the page proposes, the first that is free for both, or without naming one.

    What is done first warms up.
    """
    from matchmaking.meetings import actions
    from matchmaking.meetings.queries.free import free_slots

    queries, spent = [], []
    for request, by in waiting(ACCEPTS + FIRST_ACCEPTS):
        slot = free_slots(request.sender, request.receiver, most=1)[0] if is_named else None
        began = time.process_time()
        queries.append(bench_pages.counted(lambda one=(request, by, slot): actions.accept(one[0], by=one[1], slot=one[2])))  # type: ignore[misc] # mypy cannot tell the type of a default in a lambda
        spent.append((time.process_time() - began) * 1000)
    queries, spent = queries[FIRST_ACCEPTS:], spent[FIRST_ACCEPTS:]
    return {"accepts": len(spent), "queries": round(median(queries)), "most_queries": max(queries), "cpu_ms": round(median(spent), 2)}


def waiting(most: int) -> Iterator[tuple[Any, Any]]:
    """Yield requests that wait, each with somebody who may answer."""
    from expo.accounts.models import User
    from matchmaking.meetings.models import MeetingRequest

    rows = MeetingRequest.objects.pending().filter(receiver__company__members__status="active").order_by("-pk")
    for key in list(rows.values_list("pk", flat=True)[:most]):
        request = MeetingRequest.objects.select_related("sender", "receiver").get(pk=key)
        yield request, User.objects.filter(memberships__company=request.receiver.company_id).order_by("pk")[0]


if __name__ == "__main__":
    main()
