"""What a calendar holds after each mail: one entry a meeting, whatever happens to it, the same that the person's own feed says."""

from dataclasses import dataclass, field
from datetime import timedelta

import icalendar
import pytest
from django.conf import settings
from django.utils import timezone

from expo.foundation.models import OutboxMessage
from matchmaking.meetings import actions, planner
from matchmaking.meetings.actions import reseat, tell_news
from matchmaking.meetings.models import Meeting, Place
from matchmaking.participants.models import Member
from tests import builders

FEED = "/desk/meetings/my-meetings.ics"
FIELDS = ("SUMMARY", "LOCATION", "URL", "DESCRIPTION", "ORGANIZER")


@dataclass
class Calendar:
    """A calendar program that keeps to RFC 5546: an entry for each UID; what is older than it has is thrown away."""

    mail: str
    entries: dict[str, icalendar.Event] = field(default_factory=dict)
    highest: dict[str, int] = field(default_factory=dict)
    read: int = 0

    def receive_all(self):
        """Open the files of the mails that came since, in their order."""
        rows = OutboxMessage.objects.filter(recipient__email=self.mail, pk__gt=self.read).order_by("pk")
        for row in rows:
            self.read = row.pk
            if row.calendar:
                self.receive(icalendar.Calendar.from_ical(row.calendar))

    def receive(self, file):
        method = str(file["METHOD"])
        (event,) = file.walk("VEVENT")
        uid, sequence = str(event["UID"]), int(event["SEQUENCE"])
        assert sequence > self.highest.get(uid, -1), "a program would take it for an old one"
        self.highest[uid] = sequence
        assert (method, str(event["STATUS"])) in {("REQUEST", "CONFIRMED"), ("CANCEL", "CANCELLED")}
        if method == "CANCEL":
            self.entries.pop(uid, None)
        else:
            self.entries[uid] = event


@pytest.fixture
def calendar():
    return Calendar("anna@example.com")


def agrees(calendar, meeting, person):
    """Compare the one entry with the meeting, field by field."""
    meeting = Meeting.objects.select_related("slot", "place__hall", "edition").get(pk=meeting.pk)
    (event,) = calendar.entries.values()
    parts = [meeting.place.code, str(meeting.place.hall), meeting.edition.venue] if meeting.place else ["The table follows"]
    assert str(event["UID"]) == f"meeting-{meeting.uid}@testserver"
    assert event["SEQUENCE"] == meeting.sequence
    for name, moment in (("DTSTART", meeting.slot.starts_at), ("DTEND", meeting.slot.ends_at)):
        assert event[name].dt == moment
        assert event[name].dt.tzinfo is not None
        assert event[name].to_ical().endswith(b"Z"), "in universal time: no time zone to be looked up"
    assert str(event["SUMMARY"]) == "Meeting: Borealis Cells – Aurora Motors"
    assert str(event["LOCATION"]) == ", ".join(part for part in parts if part)
    assert str(event["ORGANIZER"]) == f"mailto:{settings.DEFAULT_FROM_EMAIL.rpartition('<')[2].rstrip('>')}"
    assert str(event["ATTENDEE"]) == f"mailto:{person.email}"
    assert (str(event["STATUS"]), str(event["ATTENDEE"].params["PARTSTAT"])) == ("CONFIRMED", "ACCEPTED")
    assert event["LAST-MODIFIED"].to_ical().endswith(b"Z")
    assert abs(event["LAST-MODIFIED"].dt - meeting.changed_at) < timedelta(seconds=2)
    assert event["DTSTAMP"].dt <= timezone.now()


def same_as_feed(calendar, client):
    """Compare what the mails left with what the person's own feed holds now."""
    file = icalendar.Calendar.from_ical(client.get(FEED).content)
    assert str(file["METHOD"]) == "PUBLISH"
    feed = {str(event["UID"]): event for event in file.walk("VEVENT")}
    assert set(feed) == set(calendar.entries)
    for uid, event in calendar.entries.items():
        for name in (*FIELDS, "SEQUENCE", "STATUS"):
            assert event[name] == feed[uid][name], name
        assert (event["DTSTART"].dt, event["DTEND"].dt) == (feed[uid]["DTSTART"].dt, feed[uid]["DTEND"].dt)


def moved(stage, meeting, slot):
    proposal = actions.propose_move(Meeting.objects.get(pk=meeting.pk), by=stage.boris, slot=slot)
    actions.answer_move(proposal, by=stage.anna, accept=True)


def tell_later():
    tell_news(timezone.now() + timedelta(seconds=61))


def test_accepted_moved_twice_and_cancelled_is_one_entry_all_the_way(stage, client_of, calendar):
    client, theirs = client_of(stage.anna), Calendar("boris@example.com")
    meeting = stage.met(stage.slots[0])
    for step in (
        lambda: None,
        lambda: moved(stage, meeting, stage.slots[2]),
        lambda: moved(stage, meeting, stage.slots[7]),
    ):
        step()
        for one, person in ((calendar, stage.anna), (theirs, stage.boris)):
            one.receive_all()
            agrees(one, meeting, person)
            same_as_feed(one, client_of(person))
    actions.cancel(Meeting.objects.get(pk=meeting.pk), by=stage.boris, reason="no_time")
    calendar.receive_all()
    same_as_feed(calendar, client)
    assert (calendar.entries, len(calendar.highest)) == ({}, 1)


def test_nothing_is_in_a_calendar_before_it_is_agreed(stage, client_of, calendar):
    request = stage.asked(stage.slots[0])
    actions.counter(request, by=stage.anna, slot=stage.slots[1])
    calendar.receive_all()
    same_as_feed(calendar, client_of(stage.anna))
    assert calendar.highest == {}


def test_a_table_that_is_found_comes_into_the_entry(stage, client_of, calendar):
    stage.exhibitor.booth = None
    stage.exhibitor.save()
    Place.objects.filter(kind="table").update(closed_at=timezone.now())
    meeting = stage.met(stage.slots[0])
    calendar.receive_all()
    agrees(calendar, meeting, stage.anna)
    Place.objects.filter(kind="table").update(closed_at=None)
    actions.sweep_meetings()
    calendar.receive_all()
    agrees(calendar, meeting, stage.anna)
    same_as_feed(calendar, client_of(stage.anna))


def test_handed_over_it_leaves_one_calendar_and_comes_into_the_other_and_back(stage, client_of, calendar):
    colleague = builders.person("alma@example.com", full_name="Alma")
    builders.member(stage.buyer.company, colleague)
    theirs, meeting = Calendar("alma@example.com"), stage.met(stage.slots[0])
    for person, holds, empty in ((colleague, theirs, calendar), (stage.anna, calendar, theirs)):
        actions.hand_over(Meeting.objects.get(pk=meeting.pk), by=stage.anna, person=person)
        calendar.receive_all()
        theirs.receive_all()
        agrees(holds, meeting, person)
        assert empty.entries == {}
        for one, reader in ((calendar, stage.anna), (theirs, colleague)):
            same_as_feed(one, client_of(reader))
    moved(stage, meeting, stage.slots[2])
    theirs.receive_all()
    assert theirs.entries == {}


def test_while_nobody_is_named_all_have_it_and_then_one(stage, client_of):
    people = [builders.person(f"{name}@example.com", full_name=name.title()) for name in ("alma", "arno")]
    for person in people:
        builders.member(stage.buyer.company, person)
    request = stage.asked(stage.slots[0])
    actions.counter(request, by=stage.anna, slot=stage.slots[1])
    Member.objects.filter(user=stage.anna).update(status="asked")
    meeting = actions.accept(request, by=stage.boris)
    calendars = [Calendar(person.email) for person in people]
    for one, person in zip(calendars, people, strict=True):
        one.receive_all()
        agrees(one, meeting, person)
    actions.hand_over(meeting, by=people[0], person=people[0])
    for one, person in zip(calendars, people, strict=True):
        one.receive_all()
        same_as_feed(one, client_of(person))
    agrees(calendars[0], meeting, people[0])
    assert calendars[1].entries == {}


def test_who_leaves_the_company_loses_the_entry(stage, calendar, client_of):
    builders.member(stage.buyer.company, builders.person("alma@example.com"))
    stage.met(stage.slots[0])
    calendar.receive_all()
    Member.objects.filter(user=stage.anna).update(status="asked")
    actions.sweep_meetings()
    calendar.receive_all()
    assert (calendar.entries, len(calendar.highest)) == ({}, 1)
    same_as_feed(calendar, client_of(stage.anna))
    assert "is not yours any more" in OutboxMessage.objects.get(kind="meeting_left").body


def test_given_another_time_by_the_organiser_or_none_and_one_again(stage, organiser, calendar, client_of):
    meeting, booth = stage.met(stage.slots[0]), Place.objects.get(kind="booth")
    seat = planner.Seat(stage.slots[5].pk, booth.pk, None)
    for to, is_there in ((seat, True), (None, False), (seat, True)):
        reseat(stage.setup.edition, {meeting.pk: to}, by=organiser, why="a plan")
        tell_later()
        calendar.receive_all()
        same_as_feed(calendar, client_of(stage.anna))
        assert bool(calendar.entries) is is_there
        if is_there:
            agrees(calendar, meeting, stage.anna)
    assert len(calendar.highest) == 1


def test_at_another_table_by_the_organiser(stage, organiser, calendar, client_of):
    meeting, table = stage.met(stage.slots[0]), Place.objects.get(kind="table")
    reseat(stage.setup.edition, {meeting.pk: planner.Seat(stage.slots[0].pk, table.pk, None)}, by=organiser, why="a plan")
    tell_later()
    calendar.receive_all()
    agrees(calendar, meeting, stage.anna)
    same_as_feed(calendar, client_of(stage.anna))


def test_without_a_time_there_is_no_entry_and_then_one(stage, calendar, client_of):
    actions.block_time(stage.buyer, by=stage.anna, slots=stage.slots)
    meeting = stage.met()
    calendar.receive_all()
    assert calendar.highest == {}
    actions.free_time(stage.buyer, by=stage.anna, slots=stage.slots[3:4])
    actions.sweep_meetings()
    calendar.receive_all()
    agrees(calendar, meeting, stage.anna)
    same_as_feed(calendar, client_of(stage.anna))


def test_a_client_that_keeps_old_files_would_be_noticed(calendar, stage):
    stage.met(stage.slots[0])
    calendar.receive_all()
    row = OutboxMessage.objects.exclude(calendar="").filter(recipient=stage.anna).get()
    with pytest.raises(AssertionError, match="an old one"):
        calendar.receive(icalendar.Calendar.from_ical(row.calendar))
