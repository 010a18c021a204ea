"""Bringing rows into the database: what is new is created, what a file says anew is written, everything else is left as it is."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, models, transaction
from simple_history.utils import bulk_create_with_history

from expo.foundation import search
from expo.foundation.loading.checking import broken_rules, instance_of
from expo.foundation.loading.plan import Key, Plan, Row
from expo.foundation.loading.problems import FilesRefused, Problem
from expo.foundation.loading.sheets import Care, Sheet
from expo.foundation.models import LoadedRow

BATCH = 200


@dataclass
class Count:
    """How many rows of one kind were created, updated, and left as they were."""

    title: str
    created: int = 0
    updated: int = 0
    unchanged: int = 0


@dataclass
class _Change:
    row: Row
    pk: int
    before: dict[str, Any]
    known: bool


@dataclass
class _Work:
    """What there is to do for one sheet."""

    new: list[Row] = field(default_factory=list)
    changes: list[_Change] = field(default_factory=list)
    unchanged: int = 0


def write(plan: Plan) -> list[Count]:
    """Write a checked plan and return the counts, one for each kind of row.

    A column is written when the file says something else about it than it said the last time, so what people changed
    here stays until the file changes. Nothing is deleted. A row deleted by hand comes back.

    Raises:
        FilesRefused: the database holds something that the files contradict; nothing is written then.
    """
    said = {(one.kind, one.key): one for one in LoadedRow.objects.all()}
    counts = []
    touched: dict[type[models.Model], list[int]] = {}
    with transaction.atomic():
        for sheet in plan.sheets:
            work = _sort(plan, sheet, said)
            if plan.rows[sheet]:
                counts.append(Count(sheet.title, unchanged=work.unchanged))
            if not work.new and not work.changes:
                continue
            try:
                with transaction.atomic():
                    touched.setdefault(sheet.model, []).extend(_write_sheet(plan, sheet, work, counts[-1], said))
            except IntegrityError as error:
                text = f"the {sheet.title} contradict what is stored: {error}"
                stored = [Problem(plan.rows[sheet][0].file, 0, "", "", text)]
                raise FilesRefused([*broken_rules(plan)] or stored) from error
        search.follow_rows(touched)
        search.index_pages()
    return counts


def _write_sheet(plan: Plan, sheet: Sheet, work: _Work, count: Count, said: dict[tuple[str, str], LoadedRow]) -> list[int]:
    """Write what is new and what changed, and return the ids of those rows."""
    if sheet.before is not None:
        sheet.before([*work.new, *(change.row for change in work.changes)])
    count.created = len(work.new)
    care = sheet.care({change.pk: change.known for change in work.changes}) if sheet.care and work.changes else {}
    instances = sheet.stored.in_bulk([change.pk for change in work.changes])
    # Only one row may carry the exclusive mark: it is taken off before it is put on.
    work.changes.sort(key=lambda change: bool(change.row.values.get(sheet.exclusive)))
    touched, created_yet = [], False
    for change in work.changes:
        if not created_yet and change.row.values.get(sheet.exclusive):
            touched += _create(plan, sheet, work.new)
            created_yet = True
        written = _update(plan, change, instances[change.pk], care.get(change.pk))
        count.updated += written
        count.unchanged += not written
        touched += [change.pk] if written else []
    if not created_yet:
        touched += _create(plan, sheet, work.new)
    _remember(sheet, [*work.new, *(change.row for change in work.changes)], said)
    if sheet.after is not None and touched:
        sheet.after(touched)
    return touched


def _sort(plan: Plan, sheet: Sheet, said: dict[tuple[str, str], LoadedRow]) -> _Work:
    work, alike, stored = _Work(), _alike(plan, sheet), plan.stored(sheet)
    for row in plan.rows[sheet]:
        key = next((key for key in (row.key, plan.stored_key(row)) if key in stored), None)
        key = key or alike.get(tuple(str(row.values[column]) for column in sheet.alike))
        if key is None:
            work.new.append(row)
            continue
        plan.other_names[sheet][row.key] = key
        pk = stored[row.key] = stored[key]
        last = said.get((sheet.kind, _name(row.key)))
        if last is not None and last.said == row.values:
            work.unchanged += 1
        else:
            work.changes.append(_Change(row, pk, last.said if last else _nothing_said(sheet), known=last is not None))
    return work


def _alike(plan: Plan, sheet: Sheet) -> dict[tuple[str, ...], Key]:
    """Return the keys of rows that a file may mean under another key, by the columns that tell them."""
    if not sheet.alike or all(row.key in plan.stored(sheet) for row in plan.rows[sheet]):
        return {}
    keys = {pk: key for key, pk in plan.stored(sheet).items()}
    return {tuple(str(value) for value in values): keys[pk] for pk, *values in sheet.stored.values_list("pk", *sheet.alike)}


def _nothing_said(sheet: Sheet) -> dict[str, Any]:
    """What a file would have said of a row that people made: nothing, so what it leaves out stays theirs."""
    return {name: [] if sheet.is_list(name) else sheet.empty(name) for name in sheet.columns}


def _name(key: Key) -> str:
    return "/".join(key)[:500]


def _create(plan: Plan, sheet: Sheet, rows: list[Row]) -> list[int]:
    waiting, made = list(rows), []
    while waiting:
        ready = [row for row in waiting if all(_is_there(plan, sheet, row, name) for name in row.values)]
        if not ready:
            circle = [row.problem("", "is part of a circle: each waits for the other") for row in waiting]
            raise FilesRefused(circle)
        instances = [instance_of(row, lambda model, key: plan.stored(plan.sheet_of(model))[key]) for row in ready]
        made += _save_new(sheet, instances)
        plan.stored(sheet).update({row.key: one.pk for row, one in zip(ready, instances, strict=True)})
        _connect(plan, sheet, ready)
        waiting = [row for row in waiting if row not in ready]
    return made


def _is_there(plan: Plan, sheet: Sheet, row: Row, name: str) -> bool:
    value = row.values[name]
    if value is None or not sheet.is_reference(name):
        return True
    return tuple(value) in plan.stored(plan.sheet_of(sheet.column(name).related_model))


def _save_new(sheet: Sheet, instances: list[models.Model]) -> list[int]:
    if hasattr(sheet.model, "history"):
        bulk_create_with_history(instances, sheet.model, batch_size=BATCH)
    else:
        sheet.manager.bulk_create(instances, batch_size=BATCH)
    return [one.pk for one in instances]


def _connect(plan: Plan, sheet: Sheet, rows: Iterable[Row]) -> None:
    for name in (name for name, link in sheet.links.items() if link.several):
        column = sheet.column(name)
        through, target = column.remote_field.through, plan.sheet_of(column.related_model)
        near, far = f"{column.m2m_field_name()}_id", f"{column.m2m_reverse_field_name()}_id"
        pairs = [(plan.stored(sheet)[row.key], plan.stored(target)[tuple(key)]) for row in rows for key in row.values[name]]
        through.objects.bulk_create([through(**{near: one, far: other}) for one, other in pairs], batch_size=BATCH)


def _update(plan: Plan, change: _Change, instance: models.Model, care: Care | None) -> bool:
    if care is Care.LEAVE:
        return False
    row, sheet = change.row, change.row.sheet
    wanted = instance_of(row, lambda model, key: plan.stored(plan.sheet_of(model))[key])
    written, columns = False, []
    for name, value in row.values.items():
        if change.before.get(name) == value:
            continue
        if sheet.is_list(name):
            written |= _set_list(plan, instance, name, value, care)
            continue
        attribute = sheet.column(name).attname
        held, new = getattr(instance, attribute), getattr(wanted, attribute)
        if held != new and not (care is Care.FILL and held not in (None, "", [])):
            setattr(instance, attribute, new)
            columns.append(name)
    if columns:
        stamps = [column.name for column in sheet.meta.fields if getattr(column, "auto_now", False)]
        instance.save(update_fields=[*columns, *stamps])
    return written or bool(columns)


def _set_list(plan: Plan, instance: models.Model, name: str, keys: list[list[str]], care: Care | None) -> bool:
    held = getattr(instance, name)
    target = plan.sheet_of(held.model)
    old, new = set(held.values_list("pk", flat=True)), {plan.stored(target)[tuple(key)] for key in keys}
    if old == new or (care is Care.FILL and old):
        return False
    held.set(new)
    return True


def _remember(sheet: Sheet, rows: list[Row], said: dict[tuple[str, str], LoadedRow]) -> None:
    new, old = [], []
    for row in rows:
        last = said.get((sheet.kind, _name(row.key)))
        if last is None:
            new.append(LoadedRow(kind=sheet.kind, key=_name(row.key), said=row.values))
        else:
            last.said = row.values
            old.append(last)
    LoadedRow.objects.bulk_create(new, batch_size=BATCH)
    LoadedRow.objects.bulk_update(old, ["said"], batch_size=BATCH)
