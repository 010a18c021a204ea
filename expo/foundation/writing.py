"""Writing over the API: strict bodies, one action for each write, answers that may be asked for again.

What a room writes in its `api.py`:

    class OfferBody(Body):
        segment = Ref(Segment.objects.all(), by="slug")
        title = serializers.CharField(max_length=120)

    class ReasonBody(Body):
        reason = serializers.CharField(max_length=500)

    class OfferViewSet(ById, Creates, Changes, WritableRows):
        queryset = Offer.objects.all()
        serializer_class = OfferRow          # what every write answers with: the row as it is now
        create_body = change_body = OfferBody

        def make(self, given: Given, *, by: User) -> Offer:                      # POST /offers/ -> 201 + Location
            return save_offer(Offer(), by=by, **given)

        def change(self, row: Offer, given: Given, *, by: User) -> Offer:        # PATCH /offers/1/ -> 200
            return save_offer(row, by=by, **given)                               # `given` holds what was sent, no more

        @verb()
        def submit(self, row: Offer, given: Given, *, by: User) -> Offer:        # POST /offers/1/submit/ -> 200
            return submit_posting(row, by=by)

        @verb(ReasonBody)
        def request_changes(self, row: Offer, given: Given, *, by: User) -> Offer:   # POST /offers/1/request-changes/
            return request_changes(row, by=by, reason=given["reason"])

        @verb_on_list(ImportBody, answer=ImportRow, status=202)                  # POST /offers/import/
        def ...(self, given: Given, *, by: User) -> SheetImport: ...

        @verb(ReasonBody, may=rules.may_verify)                                  # a rule without the row, or `may_row` with it
        def reject(self, row: Offer, given: Given, *, by: User) -> Offer:
            ...

Who may is said beside each write as well as in its action: others get the same 403 or 404 before anything of the body is read, so that no
answer about a body tells them what is there.

A hook may return a row of the viewset's model, a row of the model behind `answer`, plain values, or None (204). It runs in a transaction and calls
one action; what the action refuses is the answer. Rows are looked up in `writable()`, which is `get_queryset()` unless the room says otherwise:
what `visible_to` hides is a 404 like any other. `Idempotency-Key` and `If-Match` are kept here, for every write.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from django.db import models, transaction
from django.db.models import Model, QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import APIException, Throttled
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from expo.foundation import limits, repeating
from expo.foundation.conditions import etag_of, refuse_stale
from expo.foundation.errors import NotAllowed, Refused
from expo.foundation.moves import locked
from expo.foundation.rest import OrjsonRenderer
from expo.foundation.rows import ReadOnlyRows, Row, rows_of, shaped

if TYPE_CHECKING:
    from expo.accounts.models import User

Given = dict[str, Any]
May = Callable[["User"], bool]
MayRow = Callable[["User", Any], bool]
LARGEST_ID = 2**63 - 1


class KeyReadsOnly(NotAllowed):
    """A key that may only read was used to write."""

    code = "key_reads_only"
    detail = _("This key may only read. Make one that may write on the page of your keys.")


class MayWrite(BasePermission):
    """Anyone reads, as far as `visible_to` goes; who signed in, or holds a key that writes, writes."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return request.method in SAFE_METHODS or may_write(request)


class SignedIn(BasePermission):
    """What belongs to a person: nothing of it without signing in, and no writing with a key that reads."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return bool(request.user and request.user.is_authenticated) and (request.method in SAFE_METHODS or may_write(request))


def may_write(request: Request) -> bool:
    """Say whether somebody is signed in.

    Raises:
        KeyReadsOnly: with a key whose scope is reading.
    """
    if not getattr(request.auth, "may_write", True):
        raise KeyReadsOnly
    return bool(request.user and request.user.is_authenticated)


class Body(serializers.Serializer[Any]):
    """What a write takes, field by field. A name it does not know and a value of another JSON type are 400, field by field."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            wrong = {str(name): ["No such field."] for name in data if name not in self.fields}
            if not isinstance(data, QueryDict):  # A form knows texts only.
                wrong |= {
                    name: [said] for name, value in data.items() if name in self.fields and (said := mistyped(self.fields[name], value))
                }
            if wrong:
                raise serializers.ValidationError(wrong)
        return super().to_internal_value(data)


class NoBody(Body):
    """The body of a verb that needs none: nothing, or {}."""


class Ref(serializers.SlugRelatedField[Any]):
    """Another row, named by a column of it. What the person may not see does not exist: the sentence is the same."""

    default_error_messages = {"does_not_exist": "No such thing, or not for you.", "invalid": "No such thing, or not for you."}

    def __init__(self, queryset: QuerySet[Any] | None = None, *, by: str = "pk", **kwargs: Any) -> None:
        super().__init__(by, queryset=queryset, **kwargs)

    def get_queryset(self) -> QuerySet[Any]:
        rows: Any = super().get_queryset()
        return cast("QuerySet[Any]", rows.visible_to(self.context["request"].user) if hasattr(rows, "visible_to") else rows)


TYPES: list[tuple[tuple[type[serializers.Field[Any, Any, Any, Any]], ...], tuple[type, ...], str]] = [
    ((serializers.BooleanField,), (bool,), "Give true or false."),
    ((serializers.IntegerField,), (int,), "Give a whole number."),
    ((serializers.DecimalField, serializers.FloatField), (str, int, float, Decimal), "Give a number, or a text that holds one."),
    ((serializers.ListField, serializers.ListSerializer, serializers.ManyRelatedField), (list,), "Give a list."),
    ((serializers.Serializer, serializers.DictField), (dict,), "Give an object."),
    ((serializers.CharField, serializers.ChoiceField, serializers.DateField, serializers.DateTimeField), (str,), "Give a text."),
]


def mistyped(field: serializers.Field[Any, Any, Any, Any], value: Any) -> str:
    """Return what is wrong with the JSON type of a value, or "". The library itself would take 1 for true and 5 for "5"."""
    if value is None or isinstance(field, serializers.FileField):
        return ""  # The field says whether it may be null.
    if isinstance(field, Ref):
        wants, words = ((int,), "Give a whole number.") if field.slug_field in {"pk", "id"} else ((str,), "Give a text.")
        return "" if fits(value, wants) else words
    for kinds, types, words in TYPES:
        if isinstance(field, kinds):
            if not fits(value, types):
                return words
            child: Any = getattr(field, "child_relation", None) or getattr(field, "child", None)
            inner: Iterable[Any] = value if isinstance(value, list) and child is not None else ()
            return next((said for one in inner if (said := mistyped(child, one))), "")
    return ""


def fits(value: Any, types: tuple[type, ...]) -> bool:
    if isinstance(value, bool):
        return bool in types
    return isinstance(value, types) and not (isinstance(value, int) and abs(value) > LARGEST_ID)


class WritableRows(ReadOnlyRows):
    """Rows that are written by verbs. Add `Creates` and `Changes` for POST on the list and PATCH on the row."""

    http_method_names = ["get", "post", "patch", "head", "options"]
    permission_classes = [MayWrite]
    create_body: type[Body] = NoBody
    change_body: type[Body] = NoBody
    verb_body: type[Body] = NoBody  # set for each verb by its decorator, as the next two
    verb_answer: type[serializers.Serializer[Any]] | None = None
    verb_status = 200
    verb_may: May | None = None
    verb_may_row: MayRow | None = None
    may_create: May | None = None  # who may POST on the list at all; None: whoever signed in
    may_change: MayRow | None = None  # who may PATCH a row

    def writable(self) -> QuerySet[Any]:
        """Return the rows that can be named in a write: those that the person sees."""
        return self.get_queryset()

    def body_of(self, name: str) -> type[Body]:
        """Return the body of the write by the name that the router gives it."""
        return {"create": self.create_body, "partial_update": self.change_body}.get(name, self.verb_body)

    def write(self, request: Request, act: Callable[[Given, "User"], Any], *, status: int, partial: bool = False) -> HttpResponse:
        """Answer a write: a repeated one as before, else what `act` returns. Stores nothing when `act` refuses."""
        # A session's person is wrapped by Django until somebody asks for it; an action gets the person.
        by = cast("User", getattr(request.user, "_wrapped", request.user))
        try:
            self.refuse_others(by)
        except (NotAllowed, Http404):
            if before := self.answered_before(request, by):
                return before
            raise
        asked = repeating.asked_by(request)
        if asked and (before := repeating.answered(asked)):
            return before
        body = self.body_of(self.action)(data=request.data, partial=partial, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        self.take_for_rows(request, body.validated_data)
        with transaction.atomic():
            if asked and (before := repeating.claimed(asked)):
                return before
            answer = self.written(act(dict(body.validated_data), by), status)
            if asked:
                repeating.keep(asked, answer)
        return answer

    def answered_before(self, request: Request, by: "User") -> HttpResponse | None:
        """Return the answer of a write that is repeated, where what it did took the row out of the person's reach."""
        may = self.may_at_all()
        if may is not None and not may(by):
            return None
        try:
            asked = repeating.asked_by(request)
            return repeating.answered(asked) if asked else None
        except (Refused, APIException):
            return None  # Who may comes before what was sent.

    def may_at_all(self) -> May | None:
        return {"create": self.may_create, "partial_update": None}.get(self.action, self.verb_may)

    def take_for_rows(self, request: Request, given: Given) -> None:
        """Count each of the `rows` of a body as one write. Raises Throttled."""
        rows = given.get("rows", ())
        if len(rows) > 1:
            request._request.rate = rate = limits.take_for_rows(request, len(rows))  # type: ignore[attr-defined] # noqa: SLF001 - as in `limits`
            if not rate.granted:
                raise Throttled(wait=rate.reset)

    def refuse_others(self, by: "User") -> None:
        """Refuse who may not call this at all, before anything of the request is read.

        Raises:
            Http404: the row is not there for this person; that says more than who may.
            NotAllowed: for the organiser.
        """
        may = self.may_at_all()
        may_row = {"create": None, "partial_update": self.may_change}.get(self.action, self.verb_may_row)
        row = self.named_row(self.kwargs)
        if (may is not None and not may(by)) or (may_row is not None and not may_row(by, row)):
            raise NotAllowed

    def named_row(self, named: Mapping[str, str]) -> Any:
        """Return the row that the address names, None where it names none. Raises Http404: no such row, or not for this person."""
        key = named.get(self.lookup_url_kwarg or self.lookup_field)
        if key is None:
            return None
        row = self.writable().filter(**{self.lookup_field: key}).order_by("pk").first()
        if row is None:
            raise Http404
        return row

    def row_to_write(self, request: Request, named: Mapping[str, str]) -> Any:
        """Return the row that the address names; under a lock and compared where the request holds If-Match.

        Raises:
            Http404: no such row, or not for this person.
            Stale: it is not as the request last saw it.
        """
        row = self.named_row(named)
        if "If-Match" in request.headers:
            row = locked(row)
            sent = self.row_now(row)
            refuse_stale(request, etag_of(rendered(sent)) if sent is not None else "")
        return row

    def row_now(self, row: Model) -> Given | None:
        """Return the row as the person reads it now, or None where they no longer may. As many queries as the detail page."""
        read = list(rows_of(self.writable().filter(pk=row.pk), self.row_read).order_by("id")[:1])
        return self.shape(read)[0] if read else None

    def written(self, result: Any, status: int) -> HttpResponse:
        """Turn what a hook returned into the answer: a row with its ETag, and with its address when it is new."""
        if self.verb_answer is not None and isinstance(result, Model):
            answer = cast("type[Row]", self.verb_answer)
            (result,) = shaped(list(rows_of(type(result)._default_manager.filter(pk=result.pk), answer)), answer, type(result))
        if not isinstance(result, models.Model):
            return HttpResponse(status=204) if result is None else json_answer(rendered(result), status)
        sent = self.row_now(result)
        if sent is None:
            return HttpResponse(status=204)
        content = rendered(sent)
        reply = json_answer(content, status)
        reply["ETag"] = etag_of(content)
        if status == HTTPStatus.CREATED:
            reply["Location"] = self.address_of(result)
        return reply

    def address_of(self, row: Model) -> str:
        """Return the full address of a row."""
        named = {self.lookup_url_kwarg or self.lookup_field: getattr(row, self.lookup_field)}
        return str(self.reverse_action("detail", kwargs=named))


class Creates:
    """POST on the list: `make` does it, `create_body` says what it takes."""

    def create(self: Any, request: Request, **_named: str) -> HttpResponse:
        return cast("HttpResponse", self.write(request, lambda given, by: self.make(given, by=by), status=201))


class Changes:
    """PATCH on a row: `change` does it with what was sent; `change_body` says what may be."""

    def partial_update(self: Any, request: Request, **named: str) -> HttpResponse:
        def act(given: Given, by: "User") -> Any:
            return self.change(self.row_to_write(request, named), given, by=by)

        return cast("HttpResponse", self.write(request, act, status=200, partial=True))


Hook = Callable[..., Any]


def verb(
    body: type[Body] = NoBody,
    *,
    answer: type[serializers.Serializer[Any]] | None = None,
    status: int = 200,
    name: str = "",
    upload: bool = False,
    may: May | None = None,
    may_row: MayRow | None = None,
) -> Callable[[Hook], Hook]:
    """Make a hook `(self, row, given, *, by)` a verb: POST .../<row>/<name of the hook with hyphens>/.

    Args:
        body: what it takes. `upload`: as a form with files instead of JSON.
        answer: what it answers where that is not the viewset's own row; `status` its status.
        name: the word in the address where it differs from the hook's name.
        may, may_row: who may, as a rule without or with the row; others are refused before the body is read.
    """

    def decorate(hook: Hook) -> Hook:
        def handler(self: Any, request: Request, **named: str) -> HttpResponse:
            def act(given: Given, by: "User") -> Any:
                return hook(self, self.row_to_write(request, named), given, by=by)

            return cast("HttpResponse", self.write(request, act, status=self.verb_status))

        return _as_verb(hook, handler, detail=True, name=name, upload=upload, said=(body, answer, status, may, may_row))

    return decorate


def verb_on_list(
    body: type[Body] = NoBody,
    *,
    answer: type[serializers.Serializer[Any]] | None = None,
    status: int = 200,
    name: str = "",
    upload: bool = False,
    may: May | None = None,
) -> Callable[[Hook], Hook]:
    """Make a hook `(self, given, *, by)` a verb of the whole list: POST /<rows>/<name>/. Arguments as for `verb`."""

    def decorate(hook: Hook) -> Hook:
        def handler(self: Any, request: Request, **_named: str) -> HttpResponse:
            return cast("HttpResponse", self.write(request, lambda given, by: hook(self, given, by=by), status=self.verb_status))

        return _as_verb(hook, handler, detail=False, name=name, upload=upload, said=(body, answer, status, may, None))

    return decorate


def _as_verb(
    hook: Hook, handler: Hook, *, detail: bool, name: str, upload: bool, said: tuple[Any, Any, int, May | None, MayRow | None]
) -> Hook:
    handler.__name__ = hook.__name__
    handler.__doc__ = hook.__doc__
    handler.hook = hook  # type: ignore[attr-defined] # so that a test can ask which action stands behind a verb
    more: dict[str, Any] = {"parser_classes": [MultiPartParser]} if upload else {}
    more |= dict(zip(("verb_body", "verb_answer", "verb_status", "verb_may", "verb_may_row"), said, strict=True))
    word = name or hook.__name__.replace("_", "-")
    return cast("Hook", action(detail=detail, methods=["post"], url_path=word, url_name=word, **more)(handler))


def rendered(data: Any) -> bytes:
    """Return the answer's bytes, made as every answer of the API is."""
    return OrjsonRenderer().render(data)


def json_answer(content: bytes, status: int) -> HttpResponse:
    """Return bytes of JSON as an answer."""
    return HttpResponse(content, status=status, content_type="application/json")
