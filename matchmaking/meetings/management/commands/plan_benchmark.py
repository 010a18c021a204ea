"""Measure the planner: `plan_benchmark FOLDER` on published instances, `plan_benchmark --expo` at the size of an expo. Needs no database."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from matchmaking.meetings.planner.expo_measuring import HEAD, REQUESTS, expo_line, expo_record, measured_expos
from matchmaking.meetings.planner.published.measuring import measure


class Command(BaseCommand):
    help = "Solve every published instance of a folder, or plan made-up expos; each plan is checked by code of its own before it counts."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, help="with *.json instances, and best_known.json if there is one")
        parser.add_argument("--seconds", type=float, default=120, help="CPU seconds for each instance (120)")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--json", action="store_true", help="print one JSON document instead of a table")
        parser.add_argument("--expo", type=int, nargs="*", metavar="REQUESTS", help="plan made-up expos instead, with so many requests")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["expo"] is not None:
            self.measure_expos(tuple(options["expo"]) or REQUESTS, options)
        elif options["folder"] is None:
            raise CommandError("Name a folder of instances, or --expo.")
        else:
            self.measure_folder(options["folder"], options)

    def measure_folder(self, folder: Path, options: dict[str, Any]) -> None:
        try:
            is_all_reached = measure(folder, seconds=options["seconds"], say=self.say, as_json_text=options["json"], seed=options["seed"])
        except ValueError as error:
            raise CommandError(str(error)) from error
        if not is_all_reached:
            raise CommandError("Not every instance is reached and proven.")

    def measure_expos(self, numbers: tuple[int, ...], options: dict[str, Any]) -> None:
        rows = []
        if not options["json"]:
            self.say(HEAD)
        for row in measured_expos(numbers, seed=options["seed"], seconds=options["seconds"]):
            rows.append(expo_record(row))
            if not options["json"]:
                self.say(expo_line(row))
        if options["json"]:
            self.say(json.dumps(rows, indent=1))

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
