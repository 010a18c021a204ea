"""What drf-spectacular cannot see by itself: errors, that reading needs no key, that answers hold nothing unlisted."""

from typing import Any

from django_filters import MultipleChoiceFilter, OrderingFilter
from drf_spectacular.contrib.django_filters import DjangoFilterExtension
from drf_spectacular.drainage import set_override
from drf_spectacular.types import OpenApiTypes

Schema = dict[str, Any]
MOST_VALUES = 60

ERROR: Schema = {
    "type": "object",
    "description": "Every error has this shape. `code` is stable; `detail` is a sentence; `fields` holds sentences by parameter.",
    "properties": {
        "code": {"type": "string", "examples": ["not_found"]},
        "detail": {"type": "string", "examples": ["Not found."]},
        "fields": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
    },
    "required": ["code", "detail", "fields"],
    "additionalProperties": False,
}
WORDS = {
    "400": "A filter that does not exist, or a value that it cannot read.",
    "404": "No such thing, or not for you.",
    "406": "Only application/json is spoken here.",
    "429": "Too many requests; Retry-After says how many seconds to wait.",
}


class FiltersWithoutSort(DjangoFilterExtension):  # type: ignore[no-untyped-call] # the library is untyped
    """Describe the filters, without the page's sort: pages of the API follow the id."""

    target_class = "expo.foundation.rest.StrictFilters"
    priority = 1

    def resolve_filter_field(self, auto_schema: Any, model: Any, filterset_class: Any, field_name: str, filter_field: Any) -> Any:
        if isinstance(filter_field, OrderingFilter):
            return []
        if isinstance(filter_field, MultipleChoiceFilter) and "choices" not in filter_field.extra:
            set_override(filter_field, "field", OpenApiTypes.STR)  # keys, of which the database has too many to list
        described = super().resolve_filter_field(auto_schema, model, filterset_class, field_name, filter_field)  # type: ignore[no-untyped-call] # as above
        for parameter in described:
            _shorten(parameter)
        return described


def _shorten(parameter: Schema) -> None:
    """Leave out a list of all countries: it says no more than "ISO 3166-1"."""
    schema = parameter["schema"].get("items", parameter["schema"])
    if len(schema.get("enum", ())) > MOST_VALUES:
        del schema["enum"]
        parameter["description"] = (parameter.get("description") or "").partition("\n\n*")[0] + " (code)"


def complete(result: Schema, **_: Any) -> Schema:
    """Add the error schema to every operation, say that no sign-in is needed, close every object."""
    components = result.setdefault("components", {}).setdefault("schemas", {})
    for schema in components.values():
        if schema.get("type") == "object" and "properties" in schema:
            schema.setdefault("additionalProperties", False)
    components["Error"] = ERROR
    for path in result["paths"].values():
        for operation in path.values():
            _add_errors(operation)
    return result


def _add_errors(operation: Schema) -> None:
    operation.pop("description", None)  # it would be the docstring of a base class
    operation["security"] = [{}, *[one for one in operation.get("security", []) if one]]
    has_filters = any(parameter["in"] == "query" for parameter in operation.get("parameters", []))
    for status in ("400" if has_filters else "404", "404", "406", "429"):
        content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
        operation["responses"].setdefault(status, {"description": WORDS[status], "content": content})
    for parameter in operation.get("parameters", []):
        if parameter["name"] == "page_size":
            parameter["schema"] |= {"minimum": 1, "maximum": 100, "default": 100}
