"""Many companies on one timetable, with keys for the API: what races and kills begin with."""

from datetime import time, timedelta

from django.utils import timezone

from expo.accounts.actions import make_key
from matchmaking.meetings import actions
from matchmaking.participants.models import Registration
from tests import builders


def timetable(slots: int, *, tables: int = 3, days: int = 1):
    """An edition in twenty days: so many slots of a quarter of an hour on each day, no cap for a day, and some tables in a hall."""
    first = timezone.localdate() + timedelta(days=20)
    edition = builders.current_edition(starts_on=first, ends_on=first + timedelta(days=days - 1))
    organiser = builders.person(is_staff=True, is_superuser=True)
    setup = actions.set_up_meetings(edition, by=organiser, free_slots_a_day=0, slot_minutes=15, open_requests=1000)
    type(setup).objects.filter(pk=setup.pk).update(most_moves=1000)  # More than a set-up takes: only so a race goes on and on.
    setup.refresh_from_db()
    for number in range(days):
        day = first + timedelta(days=number)
        actions.add_slots(setup, by=organiser, times=actions.day_of_slots(edition, day, begins=time(1), minutes=15, breaks=[], count=slots))
    actions.add_tables(builders.hall(edition), by=organiser, count=tables)
    return setup


def company(setup, role="exhibitor", email="", **fields) -> tuple[Registration, object]:
    """A company of one person."""
    made = builders.registration(builders.company(), setup.edition, role=role, **fields)
    person = builders.person(email)
    builders.member(made.company, person)
    return made, person


def key_of(person) -> str:
    """A key with which programs act as the person."""
    return make_key(person, by=person, name="K", scope="write", days=1, with_second_factor=False)[1]
