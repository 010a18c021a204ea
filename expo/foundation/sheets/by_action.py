"""The organiser's spreadsheets: each row is what one action would be told, and the action itself says whether it holds."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from expo.foundation import staff
from expo.foundation.errors import Conflict, Refused
from expo.foundation.moves import locked
from expo.foundation.sheets.columns import Wrong
from expo.foundation.sheets.kinds import Entry, Given, Report, Scope, Sheet

if TYPE_CHECKING:
    from expo.accounts.models import User

MOST_CHANGES = 2_000


class RowRefused(Refused):
    """A row that held when it was checked does not hold beside the other rows of its own file."""

    code = "row_refused"

    def __init__(self, number: int, refused: Refused) -> None:
        self.status = refused.status
        said = "; ".join([str(refused.detail), *(text for texts in refused.fields.values() for text in texts)])
        super().__init__(_("Row %(row)s: %(words)s") % {"row": number, "words": said})


class ByAction(Sheet):
    """A kind whose rows are written one by one. A check does the same within a transaction that is undone: 2,000 changes at most."""

    is_desk = tries_rows = True
    most_changes = MOST_CHANGES
    # Permissions to bring one; the first is what an export asks for.
    views: str = ""
    writes: tuple[str, ...] = ()

    # What a sheet is about: the model of editions, which the ground floor does not know.
    about_model: Any = None
    model: Any = None

    def scope(self, by: "User", scope_id: int, options: Mapping[str, Any]) -> Scope | None:
        edition = self.about_model.objects.filter(pk=scope_id).first()
        may = all(staff.may(by, permission) for permission in (self.views, *self.writes))
        return Scope(by, edition, None, dict(options)) if edition is not None and may else None

    def keyed(self, rows: Sequence[Given], scope: Scope, report: Report) -> tuple[Mapping[int, Any], Mapping[int, Any]]:
        """Return, by the number of the file's row, what the row is known by, and the row of the table that this means."""
        raise NotImplementedError

    def find(self, rows: Sequence[Given], scope: Scope, report: Report) -> Mapping[int, Any]:
        keys, found = self.keyed(rows, scope, report)
        seen = scope.memo.setdefault("seen", {})
        for row in rows:
            first = seen.setdefault(keys.get(row.number, row.number), row.number)
            if first != row.number:
                report(row.number, self.columns(scope)[0].key, Wrong(gettext_lazy("Row %(row)s is about the same."), row=first))
        return found

    def write(self, row: Any, values: Mapping[str, Any], scope: Scope) -> Any:
        """Do the action. Raises what the room refuses."""
        raise NotImplementedError

    def faults(self, row: Any, values: Mapping[str, Any], scope: Scope) -> Mapping[str, Sequence[str]]:
        first = self.columns(scope)[0].key
        try:
            with transaction.atomic():
                self.write(row, values, scope)
                transaction.set_rollback(True)
        except Refused as refused:
            return refused.fields or {first: [str(refused.detail)]}
        return {}

    def stamp(self, row: Any) -> str:
        return repr([getattr(row, field.attname) for field in row._meta.concrete_fields])

    def store(self, entries: Sequence[Entry], scope: Scope) -> None:
        self.columns(scope)  # They fill the memo that `write` looks things up in.
        for entry in entries:
            row = None
            if entry.pk is not None:
                row = locked(self.model(pk=entry.pk))
                if self.stamp(row) != entry.stamp:
                    raise Conflict
            try:
                with transaction.atomic():
                    self.write(row, entry.values, scope)
            except Refused as refused:
                raise RowRefused(entry.number, refused) from refused
