"""What drf-spectacular cannot see by itself: bodies of verbs, errors, headers, keys, and an example for everything that is sent and answered."""

import re
from typing import Any

from django.conf import settings
from django_filters import BooleanFilter, CharFilter, ChoiceFilter, DateFilter, MultipleChoiceFilter, NumberFilter, OrderingFilter
from drf_spectacular.contrib.django_filters import DjangoFilterExtension
from drf_spectacular.drainage import get_override, set_override
from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse

from expo.foundation.openapi_words import ANSWER_HEADERS, DESCRIPTIONS, ERROR, HEADER_PARAMETERS, SUMMARIES, TAGS, WORDS
from expo.foundation.samples_of_schemas import sample_of
from expo.foundation.writing import Body, NoBody, SignedIn, WritableRows

Schema = dict[str, Any]
MOST_VALUES = 60
PLAIN_FILTERS = (BooleanFilter, CharFilter, ChoiceFilter, DateFilter, MultipleChoiceFilter, NumberFilter)
WRITES = {"post", "patch", "put", "delete"}
HOOKS = {"create": "make", "partial_update": "change"}
FIRST_SENTENCE = re.compile(r"(.+?)(?:[.:](?: |$)|$)")


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # the library is untyped
    target_class = "expo.accounts.keys.KeyAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: Any) -> Schema:
        return {"type": "http", "scheme": "bearer", "description": "A key that you make on the page of your keys, `/accounts/keys/`."}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # as above
    target_class = "rest_framework.authentication.SessionAuthentication"
    name = "session"
    priority = 1

    def get_security_definition(self, auto_schema: Any) -> Schema:
        words = "The cookie of somebody who signed in on a page. Writes need the token of that page in `X-CSRFToken` as well."
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME, "description": words}


class RefAsItsColumn(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call] # as above
    """A row is named by its number or by a word of it."""

    target_class = "expo.foundation.writing.Ref"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: str) -> Schema:
        return {"type": "integer", "minimum": 1} if self.target.slug_field in {"pk", "id"} else {"type": "string"}


class TextOfBody(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call] # as above
    """A text that a write takes is not empty, unless it may be; what an answer holds may be."""

    target_class = "rest_framework.serializers.CharField"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: str) -> Schema:
        schema: Schema = auto_schema._map_serializer_field(self.target, direction, bypass_extensions=True)  # noqa: SLF001 - no public name
        schema["type"] = "string"  # Whether it may be null is added to what this returns.
        is_filled = isinstance(self.target.root, Body) and not self.target.allow_blank
        return {**schema, "minLength": max(self.target.min_length or 1, 1)} if is_filled else schema


class FileOfBody(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call] # as above
    """A write takes the file itself; the library would ask for its address."""

    target_class = "rest_framework.serializers.FileField"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: str) -> Schema:
        if isinstance(self.target.root, Body):
            return {"type": "string", "format": "binary"}
        address: Schema = auto_schema._map_serializer_field(self.target, direction, bypass_extensions=True)  # noqa: SLF001 - as above
        return address


class Described(AutoSchema):
    """An operation of the API: tagged with its room, with the body and the answers of its verb."""

    def get_tags(self) -> list[str]:
        room = type(self.view).__module__.split(".")[1]
        return ["foundation" if room == "api" else room]  # what no room has alone

    def get_summary(self) -> str:
        first = FIRST_SENTENCE.match(self.words)
        name = str(getattr(self.view, "action", ""))
        rows = str(self.path).removeprefix("/api/v1/").partition("/")[0].replace("-", " ")
        return first[1] if first else f"{SUMMARIES.get(name) or name.replace('_', ' ').capitalize() or 'Read'}: {rows}"

    def is_deprecated(self) -> bool:
        return bool(get_override(type(self.view), "deprecated", False))

    def get_description(self) -> str:  # type: ignore[override] # as in the library
        return self.words or DESCRIPTIONS.get(str(getattr(self.view, "action", "")), DESCRIPTIONS["retrieve"])

    @property
    def words(self) -> str:
        """What the room's hook says of the operation; never the docstring of a base class."""
        name = str(getattr(self.view, "action", ""))
        told = getattr(type(self.view), HOOKS.get(name, name), None)
        is_own = name in HOOKS or hasattr(told, "mapping")  # a hook, a verb, or another action of the room's own
        return " ".join((getattr(told, "__doc__", "") or "").split()) if is_own else ""

    def get_request_serializer(self) -> Any:
        if not isinstance(self.view, WritableRows):
            return super().get_request_serializer()
        body = self.view.body_of(self.view.action)
        return None if body is NoBody else body

    def get_response_serializers(self) -> Any:
        answer = super().get_response_serializers()
        if not isinstance(self.view, WritableRows) or self.method == "GET":
            return answer
        gone = OpenApiResponse(description=WORDS["204"])
        if self.view.action == "create":
            return {201: answer}
        if self.view.action == "partial_update":
            return {200: answer, 204: gone}
        status = self.view.verb_status
        return {204: gone} if status == int("204") else {status: self.view.verb_answer or answer, 204: gone}

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        operation = super().get_operation(*args, **kwargs)
        if operation is not None and SignedIn in self.view.permission_classes:
            operation["x-signed-in"] = True
        if operation is not None and getattr(self.view, "refuses_readers", False):
            operation["x-refuses-readers"] = True
        conflict = getattr(self.view, "conflicts", {}).get(getattr(self.view, "action", ""))
        if operation is not None and conflict:
            operation["x-conflict"] = conflict
        return operation


class FiltersWithoutSort(DjangoFilterExtension):  # type: ignore[no-untyped-call] # the library is untyped
    """Describe the filters, without the page's sort: pages of the API follow the id."""

    target_class = "expo.foundation.rest.StrictFilters"
    priority = 1

    def resolve_filter_field(self, auto_schema: Any, model: Any, filterset_class: Any, field_name: str, filter_field: Any) -> Any:
        if isinstance(filter_field, OrderingFilter):
            return []
        if isinstance(filter_field, MultipleChoiceFilter) and "choices" not in filter_field.extra:
            set_override(filter_field, "field", OpenApiTypes.STR)  # keys, of which the database has too many to list
        if filter_field.method and not isinstance(filter_field, PLAIN_FILTERS):
            set_override(filter_field, "field", OpenApiTypes.STR)  # its name is no column
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
    """Add to every operation its errors, headers, ways to sign in and examples; close every object."""
    components = result.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for schema in schemas.values():
        if schema.get("type") == "object" and "properties" in schema:
            schema.setdefault("additionalProperties", False)
    schemas["Error"] = ERROR
    components["headers"] = ANSWER_HEADERS
    used = set()
    for path, methods in result["paths"].items():
        for method, operation in methods.items():
            used |= set(operation.get("tags", []))
            _add_security(operation, writes=method in WRITES)
            _add_errors(path, method, operation)
            _add_headers(path, method, operation)
            _add_examples(operation, schemas)
    result["tags"] = [{"name": name, "description": words} for name, words in TAGS.items() if name in used]
    return result


def _add_security(operation: Schema, *, writes: bool) -> None:
    ways = [one for one in operation.get("security", []) if one]
    closed = operation.pop("x-signed-in", False) or writes
    operation["security"] = ways if closed else [{}, *ways]


def _add_errors(path: str, method: str, operation: Schema) -> None:
    statuses = {"400", "401", "404", "406", "429"}
    statuses |= {"403"} if operation.pop("x-refuses-readers", False) else set()
    if method in WRITES:
        statuses |= {"403", "409", "413", "415", "422"} | ({"412"} if "{" in path else set())
    for status in sorted(statuses):
        content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
        operation["responses"].setdefault(status, {"description": WORDS[status], "content": content})
    if conflict := operation.pop("x-conflict", None):
        operation["responses"]["409"]["content"]["application/json"]["example"] = conflict
    for parameter in operation.get("parameters", []):
        if parameter["name"] == "page_size":
            parameter["schema"] |= {"minimum": 1, "maximum": 100, "default": 100}


def _add_headers(path: str, method: str, operation: Schema) -> None:
    wanted = ["Idempotency-Key"] if method in WRITES else ["If-None-Match"]
    wanted += ["If-Match"] if method in WRITES and "{" in path else []
    operation.setdefault("parameters", []).extend(HEADER_PARAMETERS[name] for name in wanted)
    if method not in WRITES:
        operation["responses"]["304"] = {"description": WORDS["304"]}
    for status, answer in operation["responses"].items():
        names = ["RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"]
        names += ["ETag"] if status in {"200", "201", "304"} else []
        names += ["Location"] if status == "201" else []
        names += ["Idempotent-Replayed"] if method in WRITES and status[0] == "2" else []
        names += {"429": ["Retry-After"], "401": ["WWW-Authenticate"]}.get(status, [])
        answer["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _add_examples(operation: Schema, schemas: Schema) -> None:
    for content in operation.get("requestBody", {}).get("content", {}).values():
        content.setdefault("example", sample_of(content["schema"], schemas))
    for status, answer in operation["responses"].items():
        for content in answer.get("content", {}).values():
            content.setdefault("example", _error(status) if re.match("[45]", status) else sample_of(content["schema"], schemas))


def _error(status: str) -> Schema:
    code, detail, fields = {
        "400": ("invalid", "Some fields need another look.", {"title": ["This field is required."]}),
        "401": ("not_authenticated", "Authentication credentials were not provided.", {}),
        "403": ("not_allowed", "You may not do this.", {}),
        "404": ("not_found", "Not found.", {}),
        "406": ("not_acceptable", "Could not satisfy the request Accept header.", {}),
        "409": ("illegal_move", "This step is not possible from the present state.", {}),
        "412": ("changed_meanwhile", "This was changed meanwhile. Look again and repeat if it still makes sense.", {}),
        "413": ("too_large", "The body is larger than 1 MB.", {}),
        "415": ("unsupported_media_type", 'Unsupported media type "text/plain" in request.', {}),
        "422": ("idempotency_mismatch", "This idempotency key was used for another request. Take a new one for each new write.", {}),
        "429": ("throttled", "Request was throttled. Expected available in 12 seconds.", {}),
    }[status]
    return {"code": code, "detail": detail, "fields": fields}
