from typing import Any

from django.core.management.base import BaseCommand

from matchmaking.desk.roles import set_up_roles


class Command(BaseCommand):
    help = "Create the staff's roles as groups with exactly the permissions they need. Run again after an upgrade; members stay."

    def handle(self, *args: Any, **options: Any) -> None:
        for name, number in set_up_roles().items():
            self.stdout.write(f"{name}: {number} permissions")
