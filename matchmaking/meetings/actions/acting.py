"""Staff who act for a participant: the log names both, and the participant's people are told who did what."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation

from expo.accounts.models import User, display_name
from expo.foundation.eventlog import log
from expo.foundation.models import OutboxMessage
from expo.foundation.outbox import Notice, post, written
from matchmaking.meetings import rules
from matchmaking.meetings.actions.ways import way_to
from matchmaking.meetings.addresses import address_of
from matchmaking.meetings.models import Meeting, MeetingRequest
from matchmaking.meetings.queries.free import colleagues_of
from matchmaking.meetings.wording import STEPS
from matchmaking.participants.models import Registration
from matchmaking.participants.rules import may_speak_for

KIND = "meeting_done_for_you"
Thing = Meeting | MeetingRequest | Registration


def acts_for_others(by: User | None, own: Registration) -> bool:
    """Whether it is staff who does this for a company that they do not stand for. One query for staff, none for anybody else."""
    return by is not None and rules.may_look_after(by) and not may_speak_for(by, own.company)


def log_for(thing: Thing, verb: str, *, by: User | None, own: Registration | None, **data: Any) -> None:
    """Write the log; where staff acts for `own`, the line names whose step it was (`acting_for`), and its people are told who did it."""
    if own is None or not acts_for_others(by, own):
        log(thing, verb, by=by, **data)
        return
    log(thing, verb, by=by, acting_for=own.pk, edition=own.edition_id, **data)
    post(messages_of_acting(thing, verb, by=by, own=own))


def messages_of_acting(thing: Thing, verb: str, *, by: User | None, own: Registration) -> list[OutboxMessage]:
    """Write, and do not send, what the people of `own` are told of a step that staff did for them. One query."""
    told, now = [], timezone.now()
    for person in colleagues_of([own.company_id])[own.company_id]:
        with translation.override(person.language):
            context = {"who": display_name(by) if by is not None else "", "own": own, "what": STEPS[verb], "address": _address(thing)}
        way = way_to(person, KIND, own.edition, now, moments=[])
        told.append(written(Notice(person, KIND, context, way=way)))
    return told


def _address(thing: Thing) -> str:
    return str(settings.SITE_URL) + reverse("own_times") if isinstance(thing, Registration) else address_of(thing)
