"""The interpreters' pool: who is there, when they are not, and that nobody gets one who is away."""

import pytest

from expo.foundation.errors import Invalid, NotAllowed
from matchmaking.meetings import actions, errors
from matchmaking.meetings.models import Interpreter, InterpreterAbsence, Occupancy, Slot
from matchmaking.meetings.queries import free_slots
from matchmaking.meetings.queries.pool import waiting_for_interpreters
from tests import builders
from tests.matchmaking.meetings.test_asking import refused


@pytest.fixture
def babel(stage):
    """Anna speaks German, Boris Chinese."""
    for person, code in ((stage.anna, "de"), (stage.boris, "zh")):
        person.speaks = [code]
        person.save()
    return stage


@pytest.fixture
def ines(babel):
    return actions.add_interpreter(babel.setup.edition, by=babel.organiser, name="Ines", languages=["de", "zh"])


def test_somebody_joins_the_pool_by_name_or_account(stage):
    edition, by = stage.setup.edition, stage.organiser
    named = actions.add_interpreter(edition, by=by, name=" Ines\n", languages=["de", "zh", "de"])
    assert (named.name, named.languages, named.person) == ("Ines", ["de", "zh"], None)
    known = actions.add_interpreter(edition, by=by, person=stage.carla, name="Carla", languages=["en", "zh"])
    assert (str(known), known.name) == ("Carla Costa", "")
    for fields in (
        {"languages": ["de", "zh"]},
        {"name": "Ida", "languages": ["de"]},
        {"name": "Ida", "languages": ["de", "xx"]},
        {"name": "Ida", "languages": []},
        {"name": "x" * 81, "languages": ["de", "zh"]},
        {"person": stage.carla, "languages": ["de", "zh"]},
    ):
        refused(Invalid, lambda fields=fields: actions.add_interpreter(edition, by=by, **fields))
    refused(NotAllowed, lambda: actions.add_interpreter(edition, by=stage.anna, name="Ida", languages=["de", "zh"]))
    refused(NotAllowed, lambda: actions.change_interpreter(named, by=stage.anna, name="Ida"))
    refused(NotAllowed, lambda: actions.set_absences(named, by=stage.anna, slots=[]))


def test_nobody_gets_an_interpreter_who_is_away(babel, ines):
    first, second = babel.slots[:2]
    assert actions.set_absences(ines, by=babel.organiser, slots=[first]) == 1
    assert actions.set_absences(ines, by=babel.organiser, slots=[first]) == 0
    assert first not in free_slots(babel.buyer, babel.exhibitor, languages=("de", "zh"))
    request = babel.asked(needs_interpreter=True)
    with pytest.raises(errors.NoInterpreter) as caught:
        actions.accept(request, by=babel.anna, slot=first)
    assert caught.value.alternatives[0] == second
    meeting = actions.accept(request, by=babel.anna)
    assert (meeting.slot, meeting.interpreter) == (second, ines)


def test_an_absence_entered_at_the_same_moment_stops_the_booking(babel, ines, monkeypatch):
    request, slot = babel.asked(babel.slots[0], needs_interpreter=True), babel.slots[0]
    taken = actions.booking.take

    def take_as_they_leave(meeting, made):
        taken(meeting, made)
        InterpreterAbsence.objects.create(interpreter=ines, slot=slot)

    monkeypatch.setattr(actions.booking, "take", take_as_they_leave)
    with pytest.raises(errors.NoInterpreter):
        actions.accept(request, by=babel.anna)
    assert not Occupancy.objects.exists()


def test_who_has_meetings_is_not_taken_away_silently(babel, ines):
    slot = babel.slots[0]
    babel.met(slot, needs_interpreter=True)
    refused(errors.InterpreterIsBooked, lambda: actions.set_absences(ines, by=babel.organiser, slots=[slot, babel.slots[1]]))
    refused(errors.InterpreterIsBooked, lambda: actions.change_interpreter(ines, by=babel.organiser, is_active=False))
    refused(errors.InterpreterIsBooked, lambda: actions.change_interpreter(ines, by=babel.organiser, languages=["de", "en"]))
    changed = actions.change_interpreter(ines, by=babel.organiser, languages=["de", "zh", "en"], name="Inés")
    assert (changed.languages, changed.name) == (["de", "zh", "en"], "Inés")


def test_absences_are_of_the_same_edition(babel, ines):
    other = builders.edition(slug="other")
    slot = Slot.objects.create(edition=other, starts_at=babel.slots[0].starts_at, ends_at=babel.slots[0].ends_at, day=babel.slots[0].day)
    refused(Invalid, lambda: actions.set_absences(ines, by=babel.organiser, slots=[slot]))


def test_what_waits_for_an_interpreter_is_said_by_pair_of_languages(babel):
    babel.asked(needs_interpreter=True)
    edition = babel.setup.edition
    (waits,) = waiting_for_interpreters(edition, [])
    assert (waits.tongues, waits.meetings, waits.requests, waits.able) == (("de", "zh"), 0, 1, [])
    ida = Interpreter.objects.create(edition=edition, name="Ida", languages=["de", "zh"])
    (waits,) = waiting_for_interpreters(edition, [ida])
    assert waits.able == [ida]


def test_a_person_of_the_pool_has_the_meetings_in_the_own_calendar(babel, client_of):
    actions.add_interpreter(babel.setup.edition, by=babel.organiser, person=babel.carla, languages=["de", "zh"])
    meeting = babel.met(babel.slots[0], needs_interpreter=True)
    assert meeting.interpreter.person == babel.carla
    text = client_of(babel.carla).get("/desk/meetings/my-meetings.ics").content.decode()
    assert str(meeting.uid) in text
    stranger = builders.person()
    assert str(meeting.uid) not in client_of(stranger).get("/desk/meetings/my-meetings.ics").content.decode()
