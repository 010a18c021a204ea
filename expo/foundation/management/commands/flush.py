from typing import Any

from django.conf import settings
from django.core.management.commands import flush

from expo.foundation import guards


class Command(flush.Command):
    """Empties a database of development. Elsewhere the guards of the log and the ledger refuse it."""

    def handle(self, **options: Any) -> None:
        if not settings.DEBUG:
            super().handle(**options)
            return
        with guards.lifted():
            super().handle(**options)
