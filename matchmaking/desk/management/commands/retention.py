from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from matchmaking.desk.privacy.retention import let_go, what_would_go


class Command(BaseCommand):
    help = "Let go what was kept long enough, as the sweep does each night; with --dry-run only say how much that would be."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Change nothing.")
        parser.add_argument("--on", metavar="DAY", help="With --dry-run: as if it were this day, 2027-06-30.")

    def handle(self, *_args: Any, **options: Any) -> None:
        today = timezone.localdate()
        if options["on"]:
            if not options["dry_run"]:
                raise CommandError("--on goes with --dry-run only.")
            try:
                today = date.fromisoformat(options["on"])
            except ValueError as fault:
                raise CommandError("--on wants a day like 2027-06-30.") from fault
        counts = what_would_go(today) if options["dry_run"] else let_go(today)
        self.stdout.write(f"{'Would go' if options['dry_run'] else 'Gone'} on {today}:")
        for name, count in counts.items():
            self.stdout.write(f"{count:>8}  {name}")
