"""Many rows made ready before a transaction, so that it holds the database only while they are written.

On SQLite one transaction writes at a time: all that can be worked out beforehand is, down to the statements themselves.
"""

import pickle
import tempfile
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, models, transaction
from django.db.models.constants import OnConflict
from django.db.models.sql import InsertQuery
from django.utils import timezone

from expo.foundation.digests import Timeless, at_moment

# The text, its values, and where among them the moment stands, or what is made of it.
Statement = tuple[str, list[Any], list[int]]


class Prepared:
    """Statements in their order, kept on disk. Rows that bear `moment` get the moment of writing instead: what follows writes by time misses none.

    So do digests of lines of the log, which are of that moment too.
    Values are taken as they stand in the rows: `auto_now` and the like are the caller's to set.
    """

    def __init__(self) -> None:
        self.moment = timezone.now()
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - `close` closes it
        self._mark = self._as_param(self.moment)

    def add(self, rows: Sequence[models.Model], *, unique: Collection[str] = (), update: Collection[str] = ()) -> None:
        """Make the insert of these rows ready; with `unique` and `update`, where a row is there already these columns of it are replaced."""
        if not rows:
            return
        model = type(rows[0])
        fields = [field for field in model._meta.concrete_fields if rows[0].pk is not None or not field.primary_key]
        named = {field.name: field for field in fields}
        query = InsertQuery(
            model,
            on_conflict=OnConflict.UPDATE if unique else None,
            update_fields=[named[name] for name in update],
            unique_fields=[named[name] for name in unique],
        )
        query.insert_values(fields, list(rows), raw=True)
        for text, params in query.get_compiler(connection=connection).as_sql():
            # PostgreSQL takes the values of a column together.
            places = [at for at, value in enumerate(params) if any(map(self._waits, value if isinstance(value, list) else (value,)))]
            pickle.dump((text, list(params), places), self._file, protocol=pickle.HIGHEST_PROTOCOL)

    def write(self) -> None:
        """Execute the statements, inside the caller's transaction."""
        now = timezone.now()
        moment = self._as_param(now)
        with connection.cursor() as cursor:
            for text, params, places in self._statements():
                for at in places:
                    value = params[at]
                    params[at] = [self._at(one, now, moment) for one in value] if isinstance(value, list) else self._at(value, now, moment)
                cursor.execute(text, params)

    def close(self) -> None:
        """Forget the statements."""
        self._file.close()

    def _waits(self, value: Any) -> bool:
        return isinstance(value, Timeless) or value == self._mark

    def _at(self, value: Any, now: datetime, moment: Any) -> Any:
        if isinstance(value, Timeless):
            return at_moment(value, now)
        return moment if value == self._mark else value

    def _statements(self) -> Iterator[Statement]:
        self._file.seek(0)
        while True:
            try:
                yield pickle.load(self._file)  # noqa: S301 - a nameless file that this process wrote
            except EOFError:
                return

    @staticmethod
    def _as_param(moment: datetime) -> Any:
        return connection.ops.adapt_datetimefield_value(moment)


def reserved_keys(model: type[models.Model], n: int) -> Sequence[int]:
    """Set n numbers of the table aside, that nobody else gets, and return them. Those that are not used stay unused."""
    table = model._meta.db_table
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, n])
            return [number for (number,) in cursor.fetchall()]
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        row = cursor.fetchone()
        last = max(int(row[0]) if row else 0, int(model._default_manager.aggregate(last=models.Max("pk"))["last"] or 0))
        if row:
            cursor.execute("UPDATE sqlite_sequence SET seq = %s WHERE name = %s", [last + n, table])
        else:
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, last + n])
        return range(last + 1, last + n + 1)
