"""`manage.py closing_report 2024 --format json|text|csv --language en|zh [--frozen N]`: the closing report of an edition, as everyone may read it."""

import csv
import json
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from expo.editions.models import Edition
from matchmaking.agreements.press import as_text
from matchmaking.agreements.queries.report import closing_report
from matchmaking.agreements.queries.report.flat import COLUMNS, figures, page
from matchmaking.agreements.queries.report.frozen import frozen_report
from matchmaking.agreements.queries.report.keeping import written
from matchmaking.agreements.queries.report.shapes import Report


class Command(BaseCommand):
    help = "Write the closing report of an edition: the same figures as its page and the API."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("edition", help="The edition's address, for example 2024.")
        parser.add_argument("--format", choices=["json", "text", "csv"], default="text")
        parser.add_argument("--language", choices=["en", "zh"], default="en", help="Of text and csv; json holds both languages.")
        parser.add_argument("--frozen", type=int, metavar="N", help="The frozen report of that number instead of the present one.")

    def handle(self, *args: Any, **options: Any) -> None:
        report = self._report(options["edition"], options["frozen"])
        language: str = options["language"]
        if options["format"] == "json":
            self.stdout.write(json.dumps(written(report), ensure_ascii=False, indent=1))
        elif options["format"] == "csv":
            rows = csv.DictWriter(self.stdout, COLUMNS, lineterminator="\n")
            rows.writeheader()
            rows.writerows(figures(report, language))
        else:
            with translation.override("zh-hans" if language == "zh" else "en"):
                self.stdout.write("\n".join([*page(report, language), *as_text(report)]))

    @staticmethod
    def _report(slug: str, number: int | None) -> Report:
        edition = Edition.objects.filter(slug=slug).first()
        if edition is None:
            known = ", ".join(Edition.objects.order_by("ordinal").values_list("slug", flat=True))
            raise CommandError(f"There is no edition {slug}; there are {known or 'none'}.")
        if number is None:
            return closing_report(edition, visitor=AnonymousUser())
        frozen = frozen_report(edition, number)
        if frozen is None:
            raise CommandError(f"No report {number} of {slug} is frozen.")
        if frozen.report is None:
            raise CommandError(f"The frozen report {number} of {slug} was changed: its content is not what its digest says.")
        return frozen.report
