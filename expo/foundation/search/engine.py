"""The two engines behind one filter: FTS5 on SQLite, a tsvector under GIN on PostgreSQL.

An engine only says which entries have the words; the rank is worked out by `finding`, so that both databases answer alike.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import DatabaseError, connection
from django.db.models import BooleanField, Expression, F

from expo.foundation.search.asked import Phrase, Word

TABLE, SQLITE_TABLE = "foundation_searchentry", "foundation_searchtokens"


class HasWords(Expression):
    """A condition on search entries: every word is there, as one of its alternatives; in the title only, where asked for.

    `tokens` are looked for beside the words, wherever they stand: `index.kind_token` narrows the engine to one kind. `listed` lets
    PostgreSQL look the entries up in its index once, for a column that tells some hits from others: to unpack the tokens of each
    hit would take ten times as long. SQLite always does so.
    """

    output_field = BooleanField()
    conditional = True

    def __init__(self, words: Sequence[Word], *, in_title: bool = False, tokens: Iterable[str] = (), listed: bool = False) -> None:
        super().__init__()
        self.words, self.in_title, self.tokens, self.listed = tuple(words), in_title, tuple(tokens), listed
        self.key: Any = F("pk")

    def get_source_expressions(self) -> list[Any]:
        return [self.key]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        (self.key,) = exprs

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        raise NotImplementedError(connection.vendor)

    def as_sqlite(self, compiler: Any, connection: Any, **_context: Any) -> Any:
        key, params = compiler.compile(self.key)
        # The table's name is a constant and the words are a parameter.
        found = f"{key} IN (SELECT rowid FROM {SQLITE_TABLE} WHERE {SQLITE_TABLE} MATCH %s)"  # noqa: S608
        return found, [*params, fts_query(self.words, in_title=self.in_title, tokens=self.tokens)]

    def as_postgresql(self, compiler: Any, connection: Any, **_context: Any) -> Any:
        # A title has no token of a kind.
        asked = {"title_tokens": ts_query(self.words), "tokens": ts_query((), self.tokens)} if self.in_title else {}
        asked = {name: query for name, query in asked.items() if query} or {"tokens": ts_query(self.words, self.tokens)}
        if self.listed:
            key, params = compiler.compile(self.key)
            matches = " AND ".join(f"{name} @@ %s::tsquery" for name in asked)
            return f"{key} IN (SELECT id FROM {TABLE} WHERE {matches})", [*params, *asked.values()]  # noqa: S608 - names of our own
        alias = compiler.quote_name_unless_alias(self.key.alias)
        return f"({' AND '.join(f'{alias}.{name} @@ %s::tsquery' for name in asked)})", [*asked.values()]


def fts_query(words: Iterable[Word], *, in_title: bool = False, tokens: Iterable[str] = ()) -> str:
    """Return the words as FTS5 reads them; every token stands in quotation marks, and none contains one."""
    asked = " AND ".join(f"({' OR '.join(map(_fts_phrase, word))})" for word in words)
    asked = f"title : ({asked})" if in_title else asked
    return " AND ".join([f"({asked})", *(f'names : "{token}"' for token in tokens)])


def _fts_phrase(phrase: Phrase) -> str:
    return f'"{" ".join(phrase.tokens)}"{" *" if phrase.is_open else ""}'


def ts_query(words: Iterable[Word], tokens: Iterable[str] = ()) -> str:
    """Return the words as PostgreSQL reads a tsquery; every token stands in quotation marks, and none contains one.

    It says nothing of weights, which the index does not know: for one, PostgreSQL would unpack the tokens of each entry that it found.
    """
    asked = [f"({' | '.join(map(_ts_phrase, word))})" for word in words]
    return " & ".join([*asked, *(f"'{token}'" for token in tokens)])


def _ts_phrase(phrase: Phrase) -> str:
    *before, last = (f"'{token}'" for token in phrase.tokens)
    return f"({' <-> '.join([*before, last + (':*' if phrase.is_open else '')])})"


def faults() -> list[str]:
    """Say whether the database's own index equals the table of entries. PostgreSQL keeps it so by itself."""
    if connection.vendor != "sqlite":
        return []
    with connection.cursor() as cursor:
        try:
            cursor.execute(f"INSERT INTO {SQLITE_TABLE}({SQLITE_TABLE}, rank) VALUES ('integrity-check', 1)")  # noqa: S608 - a constant
        except DatabaseError:
            return ["SQLite's index of the tokens is damaged"]
    return []


def mend() -> None:
    """Make SQLite's own index anew from the table of entries, if it is damaged."""
    if faults():
        with connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO {SQLITE_TABLE}({SQLITE_TABLE}) VALUES ('rebuild')")  # noqa: S608 - a constant
