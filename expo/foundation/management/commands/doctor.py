import dataclasses
import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from expo.foundation.doctor import FAULT, WARNING, examine


class Command(BaseCommand):
    help = "Examine a running installation and say what is wrong with it. Ends with 1 when there is a fault; changes nothing."
    requires_system_checks: list[str] = []  # What is broken is what it is asked about.

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="One line of JSON for each finding, for a monitor.")
        parser.add_argument("--quiet", action="store_true", help="Leave out what is well.")

    def handle(self, *_args: Any, **options: Any) -> None:
        faults = 0
        for finding in examine():
            faults += finding.level == FAULT
            if options["quiet"] and finding.level not in {FAULT, WARNING}:
                continue
            line = json.dumps(dataclasses.asdict(finding)) if options["json"] else f"{finding.level:8} {finding.name:14} {finding.says}"
            self.stdout.write(line)
        if faults:
            sys.exit(1)
