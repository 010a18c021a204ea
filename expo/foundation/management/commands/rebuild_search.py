from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from expo.foundation.search import engine, index


class Command(BaseCommand):
    help = (
        "Make the search index anew from the rows, in blocks, while the site runs: nothing is missing meanwhile, and what is right "
        "already is left alone. With --check it writes nothing and says whether the index equals the rows."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="Compare only; ends with an error when something differs.")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["check"]:
            wrong = [*engine.faults(), *index.differences()]
            if wrong:
                raise CommandError("\n".join(["The search index differs from the rows:", *wrong]))
            self.stdout.write("The search index equals the rows.")
            return
        engine.mend()
        for label, changed in index.rebuild():
            self.stdout.write(f"{label:14}{changed:>8} changed")
