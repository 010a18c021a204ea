"""Reading over the API: rows straight from the database, declared field by field, with strict filters.

A `Row` is a serializer whose fields name columns. The rows of a page come from `.values()`, one query, and one more for each
list inside them: a list of a hundred takes the same number of queries as a list of one, and no model instance is built.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, cast

from django.db.models import Model, QuerySet
from django.http import Http404
from drf_spectacular.drainage import set_override
from rest_framework import serializers
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from expo.foundation.conditions import conditional
from expo.foundation.rest import AnyoneMayRead

Values = dict[str, Any]
Rows = list[Values]
# The source of a field that no column holds: the view's `shape` fills it in.
WORKED_OUT = "*"


class Words(serializers.ListField):
    """A list of texts from a relation: `Words(source="chains.slug")`."""

    child = serializers.CharField()


class Row(serializers.Serializer[Any]):
    """What the API says of one row. `source="edition.slug"` names a column, a nested Row a joined row, `many=True` a list."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        # The schema speaks of an Edition, not of its row.
        set_override(cls, "component_name", cls.__name__.removesuffix("Row"))

    @classmethod
    def columns(cls, prefix: str = "") -> list[str]:
        """Return the columns that the row reads, joined ones with `__`."""
        found: list[str] = []
        for name, field in cls._declared_fields.items():
            if field.source == WORKED_OUT:
                continue
            path = prefix + path_of(name, field)
            if isinstance(field, Row):
                found += type(field).columns(f"{path}__")
            elif not is_list(field):
                found.append(path)
        return found

    @classmethod
    def shaper(cls, prefix: str = "") -> Callable[[Values], Values]:
        """Return a function from a row of `.values()` to what is sent. A joined row whose columns are all empty is null."""
        plain, joined = [], []
        for name, field in cls._declared_fields.items():
            if field.source == WORKED_OUT:
                continue
            path = prefix + path_of(name, field)
            if isinstance(field, Row):
                joined.append((name, type(field).columns(f"{path}__"), type(field).shaper(f"{path}__"), field.allow_null))
            elif not is_list(field):
                plain.append((name, path))

        def shape(row: Values) -> Values:
            sent = {name: row[path] for name, path in plain}
            for name, paths, inner, may_miss in joined:
                sent[name] = None if may_miss and all(row[path] is None for path in paths) else inner(row)
            return sent

        return shape

    @classmethod
    def lists(cls) -> dict[str, tuple[str, type["Row"] | None]]:
        """Return the lists inside the row: name -> (path, the row inside or None for texts)."""
        found: dict[str, tuple[str, type[Row] | None]] = {}
        for name, field in cls._declared_fields.items():
            if field.source == WORKED_OUT:
                continue
            if isinstance(field, serializers.ListSerializer):
                found[name] = (path_of(name, field), cast("type[Row]", type(field.child)))
            elif isinstance(field, Words):
                found[name] = (path_of(name, field), None)
        return found


def path_of(name: str, field: Any) -> str:
    """Return the column path of a declared field: its source, or its name."""
    return (field.source or name).replace(".", "__")


def is_list(field: Any) -> bool:
    """Say whether the field is a list that needs a query of its own."""
    return isinstance(field, serializers.ListSerializer | Words)


def rows_of(queryset: QuerySet[Any], row: type[Row]) -> QuerySet[Any, Values]:
    """Return the queryset as dictionaries of the columns that the row reads, with its id."""
    return queryset.values(*dict.fromkeys(["id", *row.columns()]))


def shaped(read: list[Values], row: type[Row], model: type[Model]) -> list[Values]:
    """Turn rows of `rows_of` into what is sent. One query for each list inside the row."""
    shape = row.shaper()
    sent = [shape(values) for values in read]
    keys = [values["id"] for values in read]
    for name, (path, inner) in row.lists().items():
        found = texts_by_key(model, keys, path) if inner is None else rows_by_key(model, keys, path, inner)
        for key, values in zip(keys, sent, strict=True):
            values[name] = found[key]
    return sent


def texts_by_key(model: type[Model], keys: list[int], path: str) -> dict[int, list[str]]:
    """Return the texts at the end of the path by the row's id, in alphabetical order. One query."""
    found: dict[int, list[str]] = defaultdict(list)
    pairs = model._default_manager.filter(pk__in=keys, **{f"{path}__isnull": False}).order_by("pk", path).values_list("pk", path)
    for key, text in pairs.distinct():
        found[key].append(text)
    return found


def rows_by_key(model: type[Model], keys: list[int], path: str, inner: type[Row]) -> dict[int, list[Values]]:
    """Return the related rows by the row's id, in the order of their ids. One query."""
    found: dict[int, list[Values]] = defaultdict(list)
    shape = inner.shaper(f"{path}__")
    related = model._default_manager.filter(pk__in=keys, **{f"{path}__isnull": False}).order_by("pk", f"{path}__id")
    for values in related.values("pk", *inner.columns(f"{path}__")):
        found[values["pk"]].append(shape(values))
    return found


class ReadOnly(GenericViewSet[Any]):
    """What anyone may read, and nobody may write. What is read carries an ETag, and is not sent to who has it."""

    http_method_names = ["get", "head", "options"]
    permission_classes = [AnyoneMayRead]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        # Before permissions: a method that no row has is a 405 for everyone, not a 401 for some.
        method = (request.method or "").lower()
        if method not in self.http_method_names or not hasattr(self, method):
            raise MethodNotAllowed(request.method or "")
        super().initial(request, *args, **kwargs)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        return conditional(request, super().finalize_response(request, response, *args, **kwargs))


class ReadOnlyRows(ReadOnly):
    """A list and a detail page of rows that anyone may read as far as `visible_to` lets them."""

    serializer_class: type[Row]
    columns_class: type[Row] | None = None  # what is read, where `shape` needs more than is sent

    def get_queryset(self) -> QuerySet[Any]:
        rows = super().get_queryset()
        return rows.visible_to(self.request.user) if hasattr(rows, "visible_to") else rows

    @property
    def row_read(self) -> type[Row]:
        return self.columns_class or self.serializer_class

    def list(self, request: Request) -> Response:
        found = self.filter_queryset(self.get_queryset())
        page = self.paginate_queryset(rows_of(found, self.row_read))
        return self.get_paginated_response(self.shape(list(page or [])))

    def retrieve(self, request: Request, **named: str) -> Response:
        found = self.get_queryset().filter(**{self.lookup_field: named[self.lookup_url_kwarg or self.lookup_field]})
        read = rows_of(found, self.row_read).order_by("id").first()
        if read is None:
            raise Http404
        return Response(self.shape([read])[0])

    def shape(self, read: Rows) -> Rows:
        """Turn rows of the database into rows of the answer; the place to blank what the visitor may not see."""
        return shaped(read, self.row_read, self.get_queryset().model)


class ById:
    """Rows whose address is their number."""

    lookup_field = "pk"
    lookup_value_regex = "[0-9]{1,18}"


class BySlug:
    """Rows whose address is a readable word; subclasses may name another column."""

    lookup_field = "slug"
    lookup_value_regex = "[-a-zA-Z0-9_]+"


class ByKey(BySlug):
    """Rows whose address is their key."""

    lookup_field = "key"
