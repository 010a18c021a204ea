"""Search: what rows say (`register`), the index that follows them (`index`), and what a visitor finds in it (`finding`)."""

from expo.foundation.search.index import follow, follow_rows, index_all, index_pages, reached, sweep
from expo.foundation.search.register import Both, Describer, Found, reaches, searched

__all__ = ["Both", "Describer", "Found", "follow", "follow_rows", "index_all", "index_pages", "reached", "reaches", "searched", "sweep"]
