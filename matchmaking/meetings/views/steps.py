"""A button of the page of a request, or a meeting: done, or refused with the page shown again. Staff say for which side they press it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.contrib import messages
from django.http import Http404, HttpRequest, QueryDict

from expo.accounts.models import User
from expo.foundation.errors import NotAllowed, Refused
from matchmaking.meetings import rules
from matchmaking.meetings.forms import ActingForm
from matchmaking.meetings.models import Meeting, MeetingRequest
from matchmaking.meetings.queries.pages import Page
from matchmaking.meetings.views.common import checked, signed_in
from matchmaking.participants.models import Registration

Row = TypeVar("Row", MeetingRequest, Meeting)


@dataclass(frozen=True)
class Step(Generic[Row]):
    """What was pressed: on which row, by whom, for whom where it is staff, and what was sent with it."""

    row: Row
    by: User
    acting_for: Registration | None
    data: QueryDict


Steps = Mapping[str, Callable[[Step[Row]], str]]


def take_step(request: HttpRequest, step: Step[Row], take: Callable[[Step[Row]], str]) -> Refused | None:
    """Take the step and keep what is said of it for the next page; return why it was refused. Raises NotAllowed."""
    try:
        said = take(step)
    except NotAllowed:
        raise
    except Refused as refused:
        return refused
    messages.success(request, said)
    return None


def step_named(steps: Steps[Row], verb: str) -> Callable[[Step[Row]], str]:
    """Return what the verb of an address does. Raises Http404."""
    if verb not in steps:
        raise Http404
    return steps[verb]


def step_on(request: HttpRequest, row: Row) -> Step[Row]:
    """Return a step on the row. For whom staff acts stands in the address. Raises Http404 for who may not act for that one."""
    return Step(row, signed_in(request), _acting_for(request, row), request.POST)


def _acting_for(request: HttpRequest, row: MeetingRequest | Meeting) -> Registration | None:
    wanted = checked(ActingForm(request.GET)).cleaned_data["acting_for"]
    if wanted is None:
        return None
    asked = row if isinstance(row, MeetingRequest) else row.request
    found = next((one for one in asked.parties if one.pk == wanted), None)
    if found is None or not rules.may_look_after(signed_in(request)) or not (asked.is_delivered or found.pk == asked.sender_id):
        raise Http404
    return found


def query_of(step: Step[Row]) -> str:
    """Return what the address of the next page ends with, so that staff go on acting for the same one."""
    return f"?acting_for={step.acting_for.pk}" if step.acting_for is not None else ""


def may_act_as(person: User, page: Page) -> list[Registration]:
    """Return for whom of those who meet staff may act; nobody where the person stands for one of them, or is no staff."""
    if page.own is not None or not rules.may_look_after(person):
        return []
    return page.request.parties if page.request.is_delivered else [page.request.sender]
