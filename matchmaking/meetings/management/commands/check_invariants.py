from typing import Any

from django.core.management.base import BaseCommand, CommandError

from matchmaking.meetings.queries.invariants import breaches


class Command(BaseCommand):
    help = "Look whether all rows of meetings agree with each other: nobody booked twice, nothing half booked. Fails with one line for each breach."

    def handle(self, *_args: Any, **_options: Any) -> None:
        found = breaches()
        if found:
            raise CommandError("\n".join(found))
        self.stdout.write("All meetings hold together.")
