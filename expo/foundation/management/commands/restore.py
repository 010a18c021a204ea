from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError, CommandParser

from expo.foundation.backup import ArchiveRefused, restore_archive
from expo.foundation.management.commands.setup import write_ahead
from expo.foundation.tombstones import LIST, known_digests, list_path, read_list, remember


class Command(BaseCommand):
    requires_system_checks = ()  # A fault elsewhere must not stand between the site and its backup.
    help = (
        "Restore an archive of `backup` into an empty database and folder, bring it to this version's tables, and erase again who was "
        "erased since it was made. Stop the site first. Everyone signs in anew afterwards, and API keys are made anew."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("archive", type=Path, metavar="ARCHIVE")
        parser.add_argument("--replace", action="store_true", help="Give up what is here; it is backed up beside the archive first.")
        parser.add_argument(
            "--keep-keys", action="store_true", help="The site only moves: no API key was revoked since; they stay as they are."
        )
        parser.add_argument(
            "--erasures",
            type=Path,
            metavar="FILE",
            help=f"The newest {LIST} that you have, besides those beside the archive and in VAR_DIR.",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        archive: Path = options["archive"]
        if options["erasures"] and not options["erasures"].is_file():
            raise CommandError(f"There is no file {options['erasures']}.")
        lists = [list_path(), archive.parent / LIST, *([options["erasures"]] if options["erasures"] else [])]
        erased = set().union(*map(read_list, lists))
        try:
            kept = restore_archive(archive, replace=options["replace"])
        except ArchiveRefused as refused:
            raise CommandError(str(refused)) from refused
        if kept is not None:
            self.stdout.write(f"What was here is kept in {kept}")
        write_ahead()
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        Path(settings.MEDIA_ROOT).mkdir(parents=True, exist_ok=True)
        erased |= known_digests().union(*map(read_list, lists))
        remember(erased)
        if "replay_erasures" in get_commands():
            call_command("replay_erasures", stdout=self.stdout)
        if not options["keep_keys"] and "end_keys" in get_commands():
            call_command("end_keys", stdout=self.stdout)
        self.stdout.write(
            "Passwords, second factors, roles and who is switched off are those of that day: change again what was changed since."
        )
        self.stdout.write(f"Restored {archive.name}. Run `manage.py setup`, start the site, and sign in once to see that it works.")
