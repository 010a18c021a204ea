"""One archive that holds everything which cannot be made anew, made while the site works, checked before it is trusted."""

from expo.foundation.backup.archive import ArchiveRefused, Manifest, check_archive
from expo.foundation.backup.making import make_backup
from expo.foundation.backup.restoring import restore_archive

__all__ = ["ArchiveRefused", "Manifest", "check_archive", "make_backup", "restore_archive"]
