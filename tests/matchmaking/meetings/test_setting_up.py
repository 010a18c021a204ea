"""The ground on which people meet: rules, who sees and asks whom, days laid alike, times that nobody uses, tables."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.utils import timezone

from expo.foundation.errors import IllegalMove, Invalid, NotAllowed
from expo.foundation.models import Event
from matchmaking.meetings import actions, errors
from matchmaking.meetings.actions import DayPlan, Pause, Right
from matchmaking.meetings.models import MeetingSetup, Occupancy, Place, RoleRight, Slot
from tests import builders
from tests.matchmaking.meetings.stage import everything
from tests.matchmaking.meetings.test_asking import refused

NINE_TO_FIVE = DayPlan(time(9), time(17), 30, (Pause(time(12), time(13), "Lunch"),))


@pytest.fixture
def empty(stage):
    """The timetable of the stage, taken out: all days are free."""
    Slot.objects.update(removed_at=timezone.now())
    return stage


def hours(slots):
    return [slot.hours for slot in slots]


def test_the_first_saving_makes_the_set_up_and_the_second_changes_it(edition, organiser):
    made = actions.set_up_meetings(edition, by=organiser, slot_minutes=20)
    again = actions.set_up_meetings(edition, by=organiser, open_requests=5)
    assert (again.pk, again.slot_minutes, again.open_requests, MeetingSetup.objects.count()) == (made.pk, 20, 5, 1)


@pytest.mark.parametrize(
    "fields",
    [
        {"open_requests": 1001},
        {"most_moves": -1},
        {"walking_minutes": {"N1|XX": 5}},
        {"walking_minutes": {"N1|N1": 5}},
        {"walking_minutes": {"N1|N2": -1}},
        {"walking_minutes": {"N1|N2": 241}},
        {"walking_minutes": {"N1|N2": 5, "N2|N1": 6}},
        {"walking_minutes": {"N1|N2": True}},
        {"walking_minutes": ["N1", "N2"]},
        {"opens_at": datetime(2030, 1, 2, tzinfo=UTC), "closes_at": datetime(2030, 1, 1, tzinfo=UTC)},
        {"is_demo": True},
    ],
)
def test_rules_that_make_no_sense_are_refused(stage, fields):
    builders.hall(stage.setup.edition, code="N2")
    wrong = refused(Invalid, lambda: actions.set_up_meetings(stage.setup.edition, by=stage.organiser, **fields))
    assert set(wrong.fields) <= {*fields, "closes_at"}


def test_minutes_between_halls_are_kept(stage):
    builders.hall(stage.setup.edition, code="N2")
    changed = actions.set_up_meetings(stage.setup.edition, by=stage.organiser, walking_minutes={"N1|N2": 12})
    assert changed.walking_minutes == {"N1|N2": 12}


def test_rights_are_set_cell_by_cell(stage):
    actions.set_rights(stage.setup, by=stage.organiser, rights=[Right("buyer", "buyer", True, False)])
    cell = RoleRight.objects.get(setup=stage.setup, asking="buyer", asked="buyer")
    assert (cell.may_see, cell.may_ask, stage.setup.rights.count()) == (True, False, 3)
    actions.set_rights(stage.setup, by=stage.organiser, rights=[Right("exhibitor", "buyer", False, False)])
    refused(errors.NotThisRole, stage.asked)


def test_who_asks_sees_and_roles_are_known(stage):
    for rights in (
        [Right("buyer", "buyer", False, True)],
        [Right("visitor", "buyer", True, True)],
        [Right("buyer", "buyer", True, True), Right("buyer", "buyer", True, False)],
    ):
        refused(Invalid, lambda rights=rights: actions.set_rights(stage.setup, by=stage.organiser, rights=rights))


def test_only_who_sets_up_changes_the_ground(stage, hall):
    slot, plan = stage.slots[0], NINE_TO_FIVE
    for call in (
        lambda: actions.set_rights(stage.setup, by=stage.anna, rights=[]),
        lambda: actions.lay_days(stage.setup, by=stage.anna, days=[slot.day], plan=plan),
        lambda: actions.add_slots(stage.setup, by=stage.anna, times=[]),
        lambda: actions.remove_slots(stage.setup, by=stage.anna, slots=[slot]),
        lambda: actions.restore_slots(stage.setup, by=stage.anna, slots=[slot]),
        lambda: actions.change_slot(slot, by=stage.anna, title="x"),
        lambda: actions.add_tables(hall, by=stage.anna, count=1),
        lambda: actions.open_booths(stage.setup.edition, by=stage.anna),
    ):
        refused(NotAllowed, call)


def test_all_days_are_laid_alike_with_their_breaks(empty):
    edition = empty.setup.edition
    laid = actions.lay_days(empty.setup, by=empty.organiser, days=[edition.starts_on, edition.ends_on], plan=NINE_TO_FIVE)
    assert [len(one.times) for one in laid] == [15, 15]
    slots = Slot.objects.standing().filter(day=edition.starts_on)
    assert hours(slots)[:2] == ["09:00–09:30", "09:30–10:00"]
    (lunch,) = slots.filter(kind="break")
    assert (lunch.hours, lunch.title) == ("12:00–13:00", "Lunch")
    assert hours(slots)[-1] == "16:30–17:00"


def test_looking_writes_nothing_and_says_what_laying_does(stage):
    edition, before = stage.setup.edition, everything()
    looked = actions.days_laid(edition, [edition.starts_on], NINE_TO_FIVE, replace=True)
    assert everything() == before
    laid = actions.lay_days(stage.setup, by=stage.organiser, days=[edition.starts_on], plan=NINE_TO_FIVE, replace=True)
    assert [(one.times, one.gone) for one in looked] == [(one.times, one.gone) for one in laid]


def test_a_break_that_begins_within_a_meeting_leaves_the_rest_empty(empty):
    plan = DayPlan(time(9), time(12), 30, (Pause(time(10, 15), time(10, 30), "Coffee"),))
    times = actions.timetable.times_of_day(empty.setup.edition, empty.setup.edition.starts_on, plan)
    zone = timezone.get_fixed_timezone(480)
    assert [f"{begin.astimezone(zone):%H:%M}" for begin, *_rest in times] == ["09:00", "09:30", "10:15", "10:30", "11:00", "11:30"]


@pytest.mark.parametrize(
    ("plan", "field", "said"),
    [
        (DayPlan(time(9), time(9), 30), "ends", "It ends after it begins."),
        (DayPlan(time(9), time(17), 0), "minutes", "From 5 to 240 minutes."),
        (DayPlan(time(9), time(17), 241), "minutes", "From 5 to 240 minutes."),
        (DayPlan(time(9), time(9, 20), 30), "minutes", "No meeting of this length fits into the day."),
        (DayPlan(time(9), time(17), 30, (Pause(time(12), time(12)),)), "breaks", "Break 1: It ends after it begins."),
        (DayPlan(time(9), time(17), 30, (Pause(time(8), time(10)),)), "breaks", "Break 1: 08:00–10:00 is not within the day."),
        (
            DayPlan(time(9), time(17), 30, (Pause(time(12), time(13)), Pause(time(12, 30), time(14)))),
            "breaks",
            "Break 2 overlaps break 1.",
        ),
        (DayPlan(time(9), time(17), 30, (Pause(time(12), time(12, 5)),) * 13), "breaks", "At most 12."),
    ],
)
def test_what_is_wrong_with_a_day_is_said_of_its_row(empty, plan, field, said):
    day = empty.setup.edition.starts_on
    wrong = refused(Invalid, lambda: actions.lay_days(empty.setup, by=empty.organiser, days=[day], plan=plan))
    assert said in wrong.fields[field]


def test_days_beside_the_expo_are_refused(empty):
    edition = empty.setup.edition
    beside = edition.ends_on + timedelta(days=1)
    for days in ([], [beside], [edition.starts_on, beside]):
        call = lambda days=days: actions.lay_days(empty.setup, by=empty.organiser, days=days, plan=NINE_TO_FIVE)  # noqa: E731 - called at once
        assert "days" in refused(Invalid, call).fields


def test_days_that_overlap_what_stands_name_both_times(stage):
    edition = stage.setup.edition
    wrong = refused(
        errors.SlotsOverlap, lambda: actions.lay_days(stage.setup, by=stage.organiser, days=[edition.starts_on], plan=NINE_TO_FIVE)
    )
    assert "09:00–09:30 overlaps 09:00–09:30, which stands there." in wrong.fields["days"][0]


def test_replacing_takes_out_what_nobody_uses_and_keeps_the_rest(stage):
    meeting = stage.met(stage.slots[0])
    day, plan = stage.slots[0].day, DayPlan(time(9, 30), time(12), 30)
    (laid,) = actions.lay_days(stage.setup, by=stage.organiser, days=[day], plan=plan, replace=True)
    # Lunch, 10:30, stands otherwise; 10:00, 11:00, 11:30 and 09:30 stand as planned already.
    assert (len(laid.gone), [slot.pk for slot in laid.stay], len(laid.same)) == (1, [meeting.slot_id], 4)
    standing = Slot.objects.standing().filter(day=day)
    assert hours(standing) == ["09:00–09:30", "09:30–10:00", "10:00–10:30", "10:30–11:00", "11:00–11:30", "11:30–12:00"]


def test_laying_the_same_day_again_changes_nothing(stage):
    day = stage.setup.edition.starts_on
    lay = lambda: actions.lay_days(stage.setup, by=stage.organiser, days=[day], plan=NINE_TO_FIVE, replace=True)  # noqa: E731 - called twice
    lay()
    stage.met(Slot.objects.standing().filter(day=day, kind="meeting")[3])
    before = everything()
    (laid,) = lay()
    assert (laid.times, laid.gone, laid.stay, len(laid.same)) == ([], [], [], 15)
    assert everything() == before


def test_only_the_times_that_differ_are_laid_anew(stage):
    day = stage.setup.edition.starts_on
    actions.lay_days(stage.setup, by=stage.organiser, days=[day], plan=NINE_TO_FIVE, replace=True)
    shorter = DayPlan(time(9), time(16, 30), 30, NINE_TO_FIVE.pauses)
    (laid,) = actions.lay_days(stage.setup, by=stage.organiser, days=[day], plan=shorter, replace=True)
    assert (laid.times, hours(laid.gone), len(laid.same)) == ([], ["16:30–17:00"], 14)


def test_hours_are_true_when_the_clocks_change(organiser, db):
    """On 29 March 2026 Berlin has no half past two, on 25 October two of them."""
    edition = builders.current_edition(time_zone="Europe/Berlin", starts_on=date(2026, 3, 29), ends_on=date(2026, 10, 25))
    setup = actions.set_up_meetings(edition, by=organiser)
    laid = actions.lay_days(setup, by=organiser, days=[date(2026, 3, 29)], plan=DayPlan(time(0), time(5), 60))
    assert len(laid[0].times) == 4  # Five hours on the clocks, four that pass.
    for day, hour in ((date(2026, 3, 29), time(2, 30)), (date(2026, 10, 25), time(2, 30))):
        plan = DayPlan(hour, time(6), 30)
        wrong = refused(Invalid, lambda day=day, plan=plan: actions.lay_days(setup, by=organiser, days=[day], plan=plan))
        assert "02:30 is not one moment on" in wrong.fields["begins"][0]
    actions.lay_days(setup, by=organiser, days=[date(2026, 10, 25)], plan=DayPlan(time(0), time(5), 60))
    assert Slot.objects.filter(day=date(2026, 10, 25)).count() == 6


def test_a_free_time_is_taken_out_and_put_back(stage):
    slot = stage.slots[0]
    assert actions.remove_slots(stage.setup, by=stage.organiser, slots=[slot]) == 1
    assert slot not in Slot.objects.standing()
    refused(IllegalMove, lambda: actions.remove_slots(stage.setup, by=stage.organiser, slots=[slot]))
    assert actions.restore_slots(stage.setup, by=stage.organiser, slots=[slot]) == 1
    assert slot in Slot.objects.standing()
    refused(IllegalMove, lambda: actions.restore_slots(stage.setup, by=stage.organiser, slots=[slot]))
    assert (
        list(Event.objects.filter(verb__in=["remove_slots", "restore_slots"]).values_list("actor", flat=True)) == [stage.organiser.pk] * 2
    )


def test_what_was_taken_out_does_not_come_back_over_something_else(stage):
    slot = stage.slots[0]
    actions.remove_slots(stage.setup, by=stage.organiser, slots=[slot])
    actions.add_slots(stage.setup, by=stage.organiser, times=[(slot.starts_at, slot.ends_at, "break", "Speech")])
    refused(errors.SlotsOverlap, lambda: actions.restore_slots(stage.setup, by=stage.organiser, slots=[slot]))


def test_a_time_in_which_somebody_meets_or_is_asked_is_not_touched_here(stage):
    met, asked, moved = stage.slots[0], stage.slots[1], stage.slots[2]
    meeting = stage.met(met)
    actions.propose_move(meeting, by=stage.anna, slot=moved)
    other = stage.another("buyer")
    actions.ask(stage.exhibitor, other, by=stage.boris, slot=asked)
    for slot in (met, asked, moved):
        refused(errors.SlotInUse, lambda slot=slot: actions.remove_slots(stage.setup, by=stage.organiser, slots=[slot, stage.slots[4]]))
        refused(errors.SlotInUse, lambda slot=slot: actions.change_slot(slot, by=stage.organiser, kind="break"))
    changed = actions.change_slot(met, by=stage.organiser, title="Opening")
    assert changed.title == "Opening"


def test_a_free_time_is_moved_or_made_a_break(stage):
    slot = stage.slots[-1]
    moved = actions.change_slot(slot, by=stage.organiser, starts_at=slot.ends_at, ends_at=slot.ends_at + timedelta(minutes=20))
    assert moved.hours == "12:00–12:20"
    actions.change_slot(slot, by=stage.organiser, kind="break", title="Coffee\n")
    slot.refresh_from_db()
    assert (slot.kind, slot.title, slot.hours) == ("break", "Coffee", "12:00–12:20")
    first = stage.slots[0]
    for fields, error in (
        ({"starts_at": stage.slots[1].starts_at, "ends_at": stage.slots[1].ends_at}, errors.SlotsOverlap),
        ({"ends_at": first.starts_at}, Invalid),
        ({"starts_at": first.starts_at - timedelta(days=3), "ends_at": first.ends_at - timedelta(days=3)}, Invalid),
        ({"ends_at": first.ends_at + timedelta(days=1)}, Invalid),
        ({"kind": "party"}, Invalid),
    ):
        refused(error, lambda fields=fields: actions.change_slot(first, by=stage.organiser, **fields))


def test_a_booking_looks_again_whether_its_time_still_stands(stage, monkeypatch):
    """Whoever takes a time while the organiser takes it out finds out before anything is kept."""
    request, slot = stage.asked(stage.slots[0]), stage.slots[0]
    taken = actions.booking.take

    def take_as_it_goes(meeting, made):
        taken(meeting, made)
        Slot.objects.filter(pk=slot.pk).update(removed_at=timezone.now())

    monkeypatch.setattr(actions.booking, "take", take_as_it_goes)
    with pytest.raises(errors.SlotTaken):
        actions.accept(request, by=stage.anna)
    assert not Occupancy.objects.exists()


def test_tables_go_on_from_the_highest_number(stage, hall):
    Place.objects.create(edition=stage.setup.edition, kind="table", hall=hall, code="N1-T7", closed_at=timezone.now())
    made = actions.add_tables(hall, by=stage.organiser, count=2)
    assert [place.code for place in made] == ["N1-T8", "N1-T9"]
    for count in (-1, 0, 501):
        refused(Invalid, lambda count=count: actions.add_tables(hall, by=stage.organiser, count=count))
    for _four in range(3):
        actions.add_tables(hall, by=stage.organiser, count=500)
    refused(Invalid, lambda: actions.add_tables(hall, by=stage.organiser, count=500))


def test_every_exhibitors_booth_becomes_a_place_once(stage, hall):
    stage.exhibitor.parallel_meetings = 3
    stage.exhibitor.save()
    assert actions.open_booths(stage.setup.edition, by=stage.organiser) == 1
    assert actions.open_booths(stage.setup.edition, by=stage.organiser) == 0
    place = Place.objects.get(kind="booth")
    assert (place.code, place.capacity, place.hall, place.booth.registration) == ("N1 1", 3, hall, stage.exhibitor)
