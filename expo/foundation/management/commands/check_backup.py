from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from expo.foundation.backup import ArchiveRefused
from expo.foundation.backup.checking import check_whole


class Command(BaseCommand):
    requires_system_checks = ()  # A fault elsewhere must not stand between the site and its backup.
    help = "Read an archive to its end and say whether it holds what its manifest says."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("archive", type=Path, metavar="ARCHIVE")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            manifest = check_whole(options["archive"])
        except ArchiveRefused as refused:
            raise CommandError(str(refused)) from refused
        rows, files = sum(manifest.rows.values()), sum(name.startswith("media/") for name in manifest.parts)
        self.stdout.write(f"Sound: version {manifest.app_version}, {manifest.engine}, made {manifest.made_at}, {rows} rows, {files} files.")
