"""Measure the pages in process: queries, CPU time, bytes, beside the floors of the same run and the budgets. See `make bench`.

Times depend on the machine; a ratio to a floor of the same run hardly does. Everything is measured at the size of a real expo, and once more
with 500 postings: what a page costs must not grow with what it does not show. `after write` is the first time a page is asked for after
something was written, when it may use nothing that it counted before.

With "pages", "meetings" or "report" as an argument it measures one part: see `tools/bench_meetings.py` and `tools/bench_report.py` for the others.

Ends with 1 when a page does not answer or asks more queries than its budget; ratios over their budget are listed.
"""

import json
import subprocess
import sys
from typing import Any

from tools.bench_meetings import measured_meetings
from tools.bench_pages import CSS_BYTES, FLOORS, OK, PAGES, SCRIPT_BYTES, Measured, Page
from tools.bench_report import measured_report
from tools.bench_seeding import Seeding, environment, seeded
from tools.machine import PYTHON, ROOT, say, stop

KEPT = ROOT / "var" / "bench.json"
HEAD = f"{'page':32} {'queries':>8} {'CPU ms':>8} {'budget':>8} {'ratio':>21} {'growth':>11} {'gzip kB':>12} {'after write':>16}  over"


PARTS = ("pages", "meetings", "report")


def main(arguments: list[str]) -> int:
    if unknown := set(arguments) - set(PARTS):
        stop(f"There is no part {', '.join(sorted(unknown))}; choose from {', '.join(PARTS)}.")
    parts = arguments or PARTS
    failed = pages() if "pages" in parts else 0
    if "meetings" in parts:
        seeded("expo")
        found = measured_meetings()
        keep({"meetings": found})
        failed |= verdict(found["over"])
    if "report" in parts:
        seeded("expo")
        found = measured_report()
        keep({"report": found})
        failed |= verdict(found["over"])
    return failed


def keep(found: dict[str, Any]) -> None:
    """Write figures beside those of the other part."""
    kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    KEPT.write_text(json.dumps(kept | found, indent=1, ensure_ascii=False))
    say(f"Written to {KEPT.relative_to(ROOT)}")


def pages() -> int:
    costs = {name: seeded(name) for name in ("expo", "few")}
    few, expo = run("few"), run("expo")
    before, now = by_name(few), by_name(expo)
    lines = [f"floor {name:26} {'':8} {now[name].cpu_ms:8.2f}" for name in FLOORS]
    overs: dict[str, list[str]] = {}
    for page in PAGES:
        overs[page.name] = over_budget(page, now, before)
        lines.append(line(page, now, before, overs[page.name]))
    say("\n".join([HEAD, *lines]))
    overs["files"] = files_over(expo["files"])
    say(
        f"\nOne page loads CSS of {kb(expo['files']['CSS'], CSS_BYTES)} kB and scripts of {kb(expo['files']['script'], SCRIPT_BYTES)} kB (gzip)."
    )
    say(seeding_line(costs["expo"]))
    keep({"seeding": vars(costs["expo"]), "expo": expo, "few": few, "over": overs})
    return verdict(overs)


def run(name: str) -> dict[str, Any]:
    """Measure all pages in one database, in a process of its own."""
    done = subprocess.run(
        [PYTHON, "-m", "tools.bench_pages"], cwd=ROOT, env=environment(name), stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        stop(f"Measuring with var/bench/{name} failed; what it said stands above.")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def by_name(found: dict[str, Any]) -> dict[str, Measured]:
    return {row["name"]: Measured(**row) for row in found["rows"]}


def budget_ms(page: Page, now: dict[str, Measured]) -> float | None:
    """Return what the page may take, from the floor or page that its budget names, as measured in this run."""
    return None if page.times is None else page.times * now[page.of].cpu_ms + page.more_ms


def over_budget(page: Page, now: dict[str, Measured], before: dict[str, Measured]) -> list[str]:
    """Name what is over: "status", "queries", "CPU", "growth", "bytes"."""
    row, allowed = now[page.name], budget_ms(page, now)
    found = {
        "status": row.status != OK,
        "queries": row.queries > page.queries,
        "queries after write": row.first_queries > page.queries,
        "CPU": allowed is not None and row.cpu_ms > allowed,
        "CPU after write": allowed is not None and row.first_cpu_ms > allowed,
        "growth": page.growth is not None and row.cpu_ms > page.growth * before[page.name].cpu_ms,
        "bytes": page.bytes_gzip is not None and row.bytes_gzip > page.bytes_gzip,
    }
    return [name for name, is_over in found.items() if is_over]


def files_over(sizes: dict[str, int]) -> list[str]:
    return [name for name, most in (("CSS", CSS_BYTES), ("script", SCRIPT_BYTES)) if not 0 < sizes[name] <= most]


def line(page: Page, now: dict[str, Measured], before: dict[str, Measured], over: list[str]) -> str:
    row, allowed = now[page.name], budget_ms(page, now)
    ratio = "" if page.times is None else f"{row.cpu_ms / now[page.of].cpu_ms:.2f}/{page.times:g}{'+' if page.more_ms else ''} {page.of}"
    grown = (
        f"{row.cpu_ms / before[page.name].cpu_ms:.2f}/{page.growth:g}" if page.growth else f"{row.cpu_ms / before[page.name].cpu_ms:.2f}"
    )
    size = kb(row.bytes_gzip, page.bytes_gzip)
    first = f"{row.first_cpu_ms:.1f} ms, {row.first_queries} q"
    budget = "" if allowed is None else f"{allowed:.1f}"
    asked = f"{row.queries}/{page.queries}"
    return f"{page.name:32} {asked:>8} {row.cpu_ms:8.2f} {budget:>8} {ratio:>21} {grown:>11} {size:>12} {first:>16}  {', '.join(over)}"


def kb(size: int, most: int | None) -> str:
    return f"{size / 1000:.1f}" + ("" if most is None else f"/{most / 1000:g}")


def seeding_line(cost: Seeding) -> str:
    rows = ", ".join(f"{number:,} {name}" for name, number in cost.rows.items() if number)
    return f"Seeding the large demo took {cost.seconds:.0f} s ({cost.cpu_seconds:.0f} s of CPU), at most {cost.peak_mib:.0f} MiB: {rows}."


def verdict(overs: dict[str, list[str]]) -> int:
    failed = {"status", "queries"}
    broken = [name for name, over in overs.items() if failed & set(over)]
    ratios = {name: [what for what in over if what not in failed] for name, over in overs.items()}
    for name, over in ratios.items():
        if over:
            say(f"Over budget: {name}: {', '.join(over)}")
    if broken:
        say(f"Over their number of queries, or not answering: {', '.join(broken)}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
