"""The tables that every room stands on, by subject."""

from expo.foundation.models.log import SALT_BYTES, Event, LineDigest, LineSalt, Seal
from expo.foundation.models.marks import LoadedRow, Tombstone
from expo.foundation.models.notices import OutboxMessage
from expo.foundation.models.requests import KeptAnswer, RequestCount
from expo.foundation.models.search import SearchEntry, SearchSlip, SearchWord
from expo.foundation.models.sheets import ListExport, SheetImport, list_path, sheet_path

__all__ = [
    "SALT_BYTES",
    "Event",
    "KeptAnswer",
    "LineDigest",
    "LineSalt",
    "ListExport",
    "LoadedRow",
    "OutboxMessage",
    "RequestCount",
    "Seal",
    "SearchEntry",
    "SearchSlip",
    "SearchWord",
    "SheetImport",
    "Tombstone",
    "list_path",
    "sheet_path",
]
