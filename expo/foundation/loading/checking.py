"""Whether the rows of a folder fit together, their models and what is stored: every problem is found before anything is written."""

from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from expo.foundation.loading.plan import Key, Plan, Row, meant, read_folder
from expo.foundation.loading.problems import FilesRefused, Problem
from expo.foundation.loading.sheets import Sheet
from expo.foundation.loading.values import shown


def check_folder(folder: Path, sheets: Sequence[Sheet]) -> Plan:
    """Read a folder and check all of it.

    Raises:
        FilesRefused: with every problem found, when there is one.
    """
    if not folder.is_dir():
        raise FilesRefused([Problem(str(folder), 0, "", "", "there is no such folder")])
    plan, problems = read_folder(folder, sheets)
    standing = _Standing(plan)
    for sheet in plan.sheets:
        problems += [problem for row in plan.rows[sheet] for problem in _check_row(plan, row, standing)]
        problems += _check_unique(plan, sheet)
        if sheet.check is not None:
            problems += sheet.check(plan, plan.rows[sheet])
    if problems:
        raise FilesRefused([*problems, *broken_rules(plan)])
    return plan


class _Standing:
    """Ids for references to rows that are not written yet, so that a row's own rules can be asked before."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.made: dict[tuple[Sheet, Key], int] = {}
        self.next = count(-1, -1)

    def id_of(self, sheet: Sheet, key: Key) -> int:
        stored = self.plan.stored(sheet).get(key)
        return stored if stored is not None else self.made.setdefault((sheet, key), next(self.next))


def instance_of(row: Row, id_of: Any) -> models.Model:
    """Return the row as an unsaved model instance; `id_of(sheet, key)` gives the ids of the rows it names."""
    values: dict[str, Any] = {}
    for name, value in row.values.items():
        column = row.sheet.column(name)
        if column.many_to_many:
            continue
        if column.is_relation:
            values[column.attname] = None if value is None else id_of(column.related_model, tuple(value))
        else:
            values[name] = column.to_python(value)
    return row.sheet.model(**values)


def _check_row(plan: Plan, row: Row, standing: _Standing) -> Iterator[Problem]:
    row.wrong += _unknown_references(plan, row)
    named = {name for name, _text in row.wrong}
    instance = instance_of(row, lambda model, key: standing.id_of(plan.sheet_of(model), key))
    columns = {column.name for column in row.sheet.meta.fields if not column.is_relation and column.name in row.values}
    outside = {column.name for column in row.sheet.meta.fields} - columns
    try:
        instance.clean_fields(exclude=outside | {name for name in columns if row.sheet.field_of(name) in named})
    except ValidationError as error:
        for column, texts in error.message_dict.items():
            row.wrong += [(row.sheet.field_of(column), text) for text in texts]
    yield from row.problems()


def broken_rules(plan: Plan) -> Iterator[Problem]:
    """Find the rows that a CHECK of the database would refuse. One small query for each row and rule: only asked in case of trouble."""
    standing = _Standing(plan)
    for row in (row for rows in plan.rows.values() for row in rows if row.key and not row.wrong):
        instance = instance_of(row, lambda model, key: standing.id_of(plan.sheet_of(model), key))
        for constraint in row.sheet.meta.constraints:
            if isinstance(constraint, models.CheckConstraint):
                try:
                    constraint.validate(row.sheet.model, instance)
                except ValidationError:
                    yield row.problem("", f"breaks the rule {constraint.name}")


def _unknown_references(plan: Plan, row: Row) -> Iterator[tuple[str, str]]:
    for link in row.sheet.links.values():
        target = plan.sheet_of(link.column.related_model)
        said = row.values[link.name]
        for key in said if link.several else [said] if said else []:
            if not plan.knows(target, tuple(key)):
                near = meant("/".join(key), ("/".join(known) for known in [*plan.by_key[target], *plan.stored(target)]))
                what = target.meta.verbose_name
                yield link.name, f"there is no {what} {shown('/'.join(key))}{near}"


def _unique_sets(sheet: Sheet) -> list[tuple[str, ...]]:
    meta = sheet.meta
    single = [(column.name,) for column in meta.fields if column.unique and not column.primary_key]
    several = [tuple(one.fields) for one in meta.constraints if isinstance(one, models.UniqueConstraint) and one.condition is None]
    return [names for names in [*single, *several] if set(names) <= set(sheet.columns) and set(names) != set(sheet.key)]


def _check_unique(plan: Plan, sheet: Sheet) -> Iterator[Problem]:
    for names in _unique_sets(sheet):
        taken: dict[tuple[str, ...], Row] = {}
        for row in plan.rows[sheet]:
            values = tuple(str(row.values.get(name)) for name in names)
            if "None" in values or row.wrong:
                continue
            first = taken.setdefault(values, row)
            if first is not row:
                yield row.problem(sheet.field_of(names[0]), f"{_said(row, names)} is taken already, by {first.label}")
        if names != sheet.alike and not any(sheet.is_reference(name) for name in names):
            yield from _taken_by_others(plan, sheet, names, taken)


def _said(row: Row, names: tuple[str, ...]) -> str:
    return shown(", ".join(str(row.values[row.sheet.worked_out.get(name, name)]) for name in names))


def _taken_by_others(plan: Plan, sheet: Sheet, names: tuple[str, ...], taken: dict[tuple[str, ...], Row]) -> Iterator[Problem]:
    if not taken:
        return
    keys = {pk: key for key, pk in plan.stored(sheet).items()}
    for pk, *values in sheet.stored.values_list("pk", *names):
        row, key = taken.get(tuple(str(value) for value in values)), keys.get(pk, ())
        if row is not None and key != row.key and key not in plan.by_key[sheet]:
            yield row.problem(sheet.field_of(names[0]), f"{_said(row, names)} is taken already, by {'/'.join(key)}")
