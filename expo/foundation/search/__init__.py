"""Search: what rows say (`register`), the index that follows them (`index`), and what a visitor finds in it (`finding`)."""

from expo.foundation.search.index import UPSERT, entries_of, follow, follow_rows, index_all, index_pages, reached, renew_words, sweep
from expo.foundation.search.register import Both, Describer, Found, reaches, searched
from expo.foundation.search.spelling import learn

__all__ = [
    "UPSERT",
    "Both",
    "Describer",
    "Found",
    "entries_of",
    "follow",
    "follow_rows",
    "index_all",
    "index_pages",
    "learn",
    "reached",
    "reaches",
    "renew_words",
    "searched",
    "sweep",
]
