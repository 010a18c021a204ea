"""What most tests of meetings do before they begin."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone

from expo.accounts.models import User
from matchmaking.meetings import actions
from matchmaking.meetings.models import Meeting, MeetingRequest, Slot
from matchmaking.participants.models import Registration
from tests import builders


@dataclass
class Stage:
    setup: Any
    buyer: Registration
    exhibitor: Registration
    slots: list[Slot]
    organiser: User

    @property
    def anna(self) -> User:
        return User.objects.get(email="anna@example.com")

    @property
    def boris(self) -> User:
        return User.objects.get(email="boris@example.com")

    @property
    def carla(self) -> User:
        return User.objects.get(email="carla@example.com")

    def asked(self, slot: Slot | None = None, **more: Any) -> MeetingRequest:
        """Boris asks Anna."""
        return actions.ask(self.exhibitor, self.buyer, by=self.boris, slot=slot, **more)

    def asked_of(self, receiver: Registration, slot: Slot | None = None, **more: Any) -> MeetingRequest:
        """Boris asks somebody else."""
        return actions.ask(self.exhibitor, receiver, by=self.boris, slot=slot, **more)

    def met(self, slot: Slot | None = None, **more: Any) -> Meeting:
        """Boris asks, Anna accepts."""
        return actions.accept(self.asked(slot, **more), by=self.anna)

    def another(self, role: str = "buyer", *, desks: int = 1, **more: Any) -> Registration:
        """One more company with somebody behind it."""
        made = builders.registration(builders.company(), self.setup.edition, role=role, parallel_meetings=desks, **more)
        builders.member(made.company, builders.person())
        return made

    def person_of(self, registration: Registration) -> User:
        return User.objects.get(memberships__company=registration.company_id)


def begin_in(minutes: int) -> None:
    """Let the timetable be near: its first slot begins in so many minutes from now. All of the expo moves with it."""
    first = Slot.objects.order_by("starts_at")[0]
    by = timezone.now() + timedelta(minutes=minutes) - first.starts_at
    Slot.objects.update(starts_at=F("starts_at") + by, ends_at=F("ends_at") + by)
    edition = first.edition
    starts_on = (first.starts_at + by).date()
    type(edition).objects.filter(pk=edition.pk).update(starts_on=starts_on, ends_on=starts_on + timedelta(days=1))


def everything() -> list[int]:
    """Count the rows of the room, to see that a refusal wrote nothing."""
    from django.apps import apps

    from expo.foundation.models import Event, OutboxMessage

    models = [*apps.get_app_config("meetings").get_models(), Event, OutboxMessage]
    return [model._default_manager.count() for model in models]
