from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from expo.foundation.backup import ArchiveRefused, make_backup


class Command(BaseCommand):
    requires_system_checks = ()  # A fault elsewhere must not stand between the site and its backup.
    help = "Make one archive of database and uploads while the site works, check it, and print its path."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, metavar="FOLDER", help="Where to; BACKUP_DIR unless given.")
        parser.add_argument(
            "--keep", type=int, metavar="N", help="Afterwards keep the newest N archives of the folder and delete the rest."
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["keep"] is not None and options["keep"] < 1:
            raise CommandError("--keep wants 1 or more.")
        folder = options["folder"] or settings.BACKUP_DIR
        try:
            path = make_backup(folder)
        except (ArchiveRefused, OSError) as fault:
            raise CommandError(f"No backup was made: {fault}") from fault
        if options["keep"]:
            for old in sorted(folder.glob("interchange-*.zip"))[: -options["keep"]]:
                old.unlink()
        self.stdout.write(str(path))
