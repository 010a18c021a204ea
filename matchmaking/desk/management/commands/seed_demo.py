from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from expo.editions.queries import current_edition
from matchmaking.desk.demo import SIZES, demo_logins, seed_demo


class Command(BaseCommand):
    help = "Add invented companies, booths, offers, requests and agreements to the current edition, all marked as a demo."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--yes", action="store_true", help="load the demo although this is no development site")
        parser.add_argument("--size", choices=SIZES, default="small", help="small: a few companies; expo: as many as a real expo has")
        parser.add_argument("--seed", type=int, default=1, help="the same number gives the same rows (size expo)")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG and not options["yes"]:
            raise CommandError("This is no development site (DEBUG is off). Say --yes to load invented companies all the same.")
        edition = current_edition()
        if edition is None or not edition.areas.exists():
            raise CommandError("There is no current edition with chains yet. Load one first: manage.py load_expo fixtures/cisce")
        try:
            added = seed_demo(edition, size=options["size"], seed=options["seed"])
        except LookupError as missing:
            raise CommandError(f"The demo does not fit the current edition: {missing}.") from missing
        told = ", ".join(f"{number} {kind}" for kind, number in added.items() if number)
        self.stdout.write(f"Demo in {edition.slug}: {told or 'nothing to add'}.")
        for login in demo_logins():
            self.stdout.write(f"  {login.role}: {login.email} / {login.password}")
