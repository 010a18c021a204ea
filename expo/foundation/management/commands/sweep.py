import logging
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections
from django.utils.module_loading import import_string

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Run the jobs of settings.SWEEPS, which pick up what waits or was left behind: once, or every so many seconds until ended."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--every", type=int, default=0, metavar="SECONDS", help="Repeat after this many seconds.")

    def handle(self, *_args: Any, **options: Any) -> None:
        while True:
            failed = [name for name in settings.SWEEPS if not ran(name)]
            if not options["every"]:
                if failed:
                    self.stderr.write(f"failed: {', '.join(failed)}")
                return
            close_old_connections()
            time.sleep(options["every"])


def ran(name: str) -> bool:
    """Run one job here and now; a failing one is logged and must not keep the others from running."""
    try:
        import_string(name).call()
    except Exception:
        logger.exception("sweep failed: %s", name)
        return False
    return True
