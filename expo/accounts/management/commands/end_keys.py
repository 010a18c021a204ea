from typing import Any

from django.core.management.base import BaseCommand

from expo.accounts.actions import end_keys_after_restore


class Command(BaseCommand):
    help = "End every API key, and tell whose they were. `restore` calls it: a backup does not know which were revoked since."
    requires_system_checks = ()

    def handle(self, *_args: Any, **_options: Any) -> None:
        self.stdout.write(f"{end_keys_after_restore()} API keys ended; their people are told by mail to make new ones.")
