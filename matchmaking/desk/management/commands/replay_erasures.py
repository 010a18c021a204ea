from typing import Any

from django.core.management.base import BaseCommand

from matchmaking.desk.privacy.erasing import erase_again


class Command(BaseCommand):
    help = "Erase again everyone who was erased before an older backup was restored. `restore` calls it; it may run at any time."
    requires_system_checks = ()

    def handle(self, *_args: Any, **_options: Any) -> None:
        self.stdout.write(f"{erase_again()} people erased again.")
