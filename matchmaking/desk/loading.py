"""Loading a whole expo: the files of every room, in one transaction."""

from pathlib import Path

from django.db import transaction
from django.utils import translation

from expo.editions.fixtures import SHEETS as EDITION_SHEETS
from expo.editions.queries import current_edition
from expo.foundation.eventlog import log
from expo.foundation.loading import Count, check_folder, write
from expo.programme.fixtures import SHEETS as PROGRAMME_SHEETS
from expo.venue.fixtures import SHEETS as VENUE_SHEETS
from matchmaking.agreements.actions.rates import follow_rates
from matchmaking.agreements.queries.rates import rates_there
from matchmaking.participants.fixtures import SHEETS as PARTICIPANT_SHEETS

SHEETS = (*EDITION_SHEETS, *VENUE_SHEETS, *PROGRAMME_SHEETS, *PARTICIPANT_SHEETS)


def load_folder(folder: Path, *, dry_run: bool = False) -> list[Count]:
    """Bring a folder of files into the database and return how many rows of each kind were created, updated, left.

    A dry run counts the same and keeps nothing.

    Raises:
        FilesRefused: something in the files is wrong; all problems are named, and nothing is written.
    """
    with translation.override("en"), transaction.atomic():
        rates = rates_there()
        counts = write(check_folder(folder, SHEETS))
        created, updated = sum(count.created for count in counts), sum(count.updated for count in counts)
        follow_rates(rates)
        edition = current_edition()
        if edition is not None and (created or updated):
            log(edition, "expo_loaded", by=None, folder=folder.name, created=created, updated=updated)
        if dry_run:
            transaction.set_rollback(True)
    return counts
