from argparse import ArgumentParser
from dataclasses import fields
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from expo.foundation.loading import FilesRefused
from matchmaking.matching.glossary.loading import Loaded, load_terms


class Command(BaseCommand):
    help = "Load the matcher's terms in both languages, from a folder or the shipped ones. What was changed here is kept; see docs/matching.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, nargs="?", help="one .csv for each chain; fixtures/glossary if left out")

    def handle(self, *args: Any, folder: Path | None, **options: Any) -> str:
        try:
            counts = load_terms(folder)
        except FilesRefused as refusal:
            total = len(refusal.problems)
            raise CommandError(f"{refusal}\n{total} problem{'' if total == 1 else 's'}; nothing was loaded.") from refusal
        return _table(counts) if counts else ""


def _table(counts: list[Loaded]) -> str:
    names = [field.name for field in fields(Loaded)][1:]
    total = Loaded("all", *(sum(getattr(one, name) for one in counts) for name in names))
    wide = max(len(one.file) for one in [*counts, total])
    lines = [f"{one.file:{wide}}" + "".join(f"  {getattr(one, name):{len(name)}}" for name in names) for one in [*counts, total]]
    return "\n".join([f"{'':{wide}}  " + "  ".join(names), *lines])
