from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from expo.foundation.loading import Count, FilesRefused
from matchmaking.desk.loading import load_folder


class Command(BaseCommand):
    help = "Load an expo from a folder of YAML files. What people made here is kept; see docs/fixtures.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="for example fixtures/cisce")
        parser.add_argument("--dry-run", action="store_true", help="check and count, but keep nothing")

    def handle(self, *args: Any, folder: Path, dry_run: bool, **options: Any) -> None:
        try:
            counts = load_folder(folder, dry_run=dry_run)
        except FilesRefused as refusal:
            total = len(refusal.problems)
            raise CommandError(f"{refusal}\n{total} problem{'' if total == 1 else 's'}; nothing was loaded.") from refusal
        self.stdout.write(_table(counts))
        if dry_run:
            self.stdout.write("A dry run: nothing was kept.")


def _table(counts: list[Count]) -> str:
    total = Count("all", *(sum(getattr(one, name) for one in counts) for name in ("created", "updated", "unchanged")))
    wide = max(len(one.title) for one in [*counts, total])
    head = f"{'':{wide}}  created  updated  unchanged"
    return "\n".join([head, *(f"{one.title:{wide}}  {one.created:7}  {one.updated:7}  {one.unchanged:9}" for one in [*counts, total])])
