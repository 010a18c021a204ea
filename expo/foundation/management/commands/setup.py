import hashlib
import io
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from expo.foundation import search
from expo.foundation.models import Event, SearchEntry
from expo.foundation.planning import look_at_tables

GLOSSARY = Path(settings.BASE_DIR) / "fixtures" / "glossary"


class Command(BaseCommand):
    help = (
        "Make the site ready to serve: tables, cache, staff roles, static files. Run it after every update; it destroys nothing. "
        "With --fixtures it also loads an expo's files when they changed, with --demo a few invented companies, once."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--fixtures", type=Path, metavar="FOLDER", help="Load the expo in this folder, when its files changed.")
        parser.add_argument("--demo", action="store_true", help="Add the invented companies and logins, if they never were.")

    def handle(self, *_args: Any, **options: Any) -> None:
        write_ahead()
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        if "set_up_roles" in get_commands():
            call_command("set_up_roles", stdout=io.StringIO())
        loaded = options["fixtures"] is not None and self.load(options["fixtures"])
        self.load_terms(anew=loaded)
        if options["demo"]:
            self.seed_demo()
        fill_search()
        look_at_tables()
        call_command("collectstatic", interactive=False, verbosity=0)

    def load(self, folder: Path) -> bool:
        """Load the expo's files unless exactly these were loaded into this database before. Returns whether it did."""
        if not folder.is_dir():
            raise CommandError(f"There is no folder {folder}.")
        digest = digest_of(folder)
        if last("setup.loaded", folder.name) == digest:
            return False
        call_command("load_expo", str(folder), stdout=self.stdout, stderr=self.stderr)
        note("setup.loaded", folder.name, digest)
        return True

    def load_terms(self, *, anew: bool) -> None:
        """Load the shipped terms when they changed, or when the expo did, whose chains they belong to. Without a chain there are none."""
        digest = digest_of(GLOSSARY)
        if "load_glossary" not in get_commands() or (not anew and last("setup.loaded", GLOSSARY.name) == digest):
            return
        if call_command("load_glossary", stdout=io.StringIO()):
            note("setup.loaded", GLOSSARY.name, digest)

    def seed_demo(self) -> None:
        """Add the demo once: what an organiser deleted stays deleted."""
        if last("setup.demo", "demo") or "seed_demo" not in get_commands():
            return
        said = io.StringIO()
        call_command("seed_demo", yes=True, stdout=said, stderr=self.stderr)
        self.stdout.write(said.getvalue().partition("\n")[0])  # Its logins are kept in a file, not in a log.
        note("setup.demo", "demo", "1")
        self.match_demo()

    def match_demo(self) -> None:
        """Match the demo here and now, which takes a few seconds: its matches are there when the site opens. Else the sweep asks for it."""
        if "run_matching" in get_commands():
            with suppress(CommandError):
                call_command("run_matching", inline=True, stdout=io.StringIO())


def fill_search() -> None:
    """Index the site's own pages, whose words may have changed, and everything where nothing is indexed yet."""
    if not SearchEntry.objects.exists():
        call_command("rebuild_search", stdout=io.StringIO())
    search.index_pages()


def write_ahead() -> None:
    """Let readers and one writer work side by side. SQLite keeps the mode in the file, so once is enough."""
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        if cursor.fetchone()[0] not in {"wal", "memory"}:
            cursor.execute("PRAGMA journal_mode=WAL")


def digest_of(folder: Path) -> str:
    """Return one digest of all files of a folder, names included."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def last(verb: str, name: str) -> str:
    """Return the digest that this database noted last, '' when it never did."""
    event = Event.objects.filter(verb=verb, thing="setup", thing_id=name[:40]).order_by("-id").first()
    return str(event.data.get("digest", "")) if event else ""


def note(verb: str, name: str, digest: str) -> None:
    Event.objects.create(verb=verb, thing="setup", thing_id=name[:40], data={"digest": digest})
