"""What a plan of the meetings costs at the size of an expo, from rows to rows: python -m tools.bench_plans [--meetings 24000] [--fill].

Works in the database of the settings, which must be one that may be thrown away: a copy of the seeded expo (18,000 buyers, 1,200 exhibitors). `--fill` first gives
its current edition a timetable, booths, tables, kept-free times and so many accepted meetings without a time, distributed as `planner.made_up` does it. Then it
orders a plan, works on it, publishes it, closes a hall, re-plans, publishes that and tells everybody, and prints seconds and memory of each step.
"""

import argparse
import os
import resource
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import django

ROWS = 2_000
DAYS, SLOTS_A_DAY, TABLES_A_HALL = 5, 16, 12


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--meetings", type=int, default=24_000)
    parser.add_argument("--fill", action="store_true", help="Make the meetings first.")
    parser.add_argument("--tell", type=int, default=500, help="How many meetings are told of, to measure what one takes.")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "expo.settings")
    django.setup()
    if options.fill:
        with timed("fill"):
            fill(options.meetings)
    measure(options.tell)


@contextmanager
def timed(name: str) -> Iterator[None]:
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{name:32} {time.perf_counter() - wall:8.2f} s  {time.process_time() - cpu:8.2f} CPU s  {peak:6} MB peak", flush=True)


def fill(meetings: int) -> None:
    from django.db import transaction

    from expo.editions.models import Edition
    from matchmaking.meetings.planner.made_up import Size, made_up_expo
    from matchmaking.participants.models import Registration

    edition = Edition.objects.get(is_current=True)
    problem = made_up_expo(Size(requests=meetings, days=DAYS, slots_a_day=SLOTS_A_DAY))
    rows = Registration.objects.verified().filter(edition=edition).order_by("pk").select_related("company")
    sellers, buyers = list(rows.filter(role="exhibitor")), list(rows.filter(role="buyer"))
    sides = dict(zip([one.id for one in problem.participants], [*sellers, *buyers], strict=False))
    with transaction.atomic():
        slots = _timetable(edition)
        _booths(edition, sellers, {sides[one.id].pk: one.desks for one in problem.participants if one.id in sides})
        _kept_free(problem, sides, slots)
        _meetings(edition, problem, sides)


def _timetable(edition: Any) -> list[Any]:
    from matchmaking.meetings.models import MeetingSetup, Slot

    zone = ZoneInfo(edition.time_zone)
    first = (datetime.now(zone) + timedelta(days=30)).replace(hour=9, minute=0, second=0, microsecond=0)
    edition.starts_on, edition.ends_on = first.date(), (first + timedelta(days=DAYS - 1)).date()
    edition.save(update_fields=["starts_on", "ends_on"])
    MeetingSetup.objects.create(edition=edition, scheduling="planner", minimum_meetings=1)
    begins = [first + timedelta(days=day, minutes=30 * number) for day in range(DAYS) for number in range(SLOTS_A_DAY)]
    rows = [Slot(edition=edition, starts_at=one, ends_at=one + timedelta(minutes=30), day=one.date()) for one in begins]
    return Slot.objects.bulk_create(rows)


def _booths(edition: Any, sellers: list[Any], desks: dict[int, int]) -> None:
    from expo.venue.models import Booth, Hall
    from matchmaking.meetings.models import Place

    halls = list(Hall.objects.filter(edition=edition).order_by("pk"))
    without = [one for one in sellers if one.booth_id is None]
    made = Booth.objects.bulk_create(
        Booth(edition=edition, hall=halls[number % len(halls)], code=f"X{number:04}", x=0, y=0, width=3, depth=3, status="assigned")
        for number in range(len(without))
    )
    for one, booth in zip(without, made, strict=True):
        one.booth = booth
    for one in sellers:
        one.parallel_meetings = desks[one.pk]
    type(sellers[0]).objects.bulk_update(sellers, ["booth", "parallel_meetings"], batch_size=200)
    Place.objects.bulk_create(
        Place(edition=edition, kind="table", hall=hall, code=f"{hall.code}-T{number}")
        for hall in halls
        for number in range(1, TABLES_A_HALL + 1)
    )


def _kept_free(problem: Any, sides: dict[int, Any], slots: list[Any]) -> None:
    from matchmaking.meetings.models import Occupancy

    asked = {side for request in problem.requests for side in request.sides}
    rows = [
        Occupancy(slot=slots[slot], registration=sides[one.id], desk=desk, why="blocked")
        for one in problem.participants
        if one.id in asked
        for slot in one.unavailable
        for desk in range(1, one.desks + 1)
    ]
    Occupancy.objects.bulk_create(rows, batch_size=ROWS)


def _meetings(edition: Any, problem: Any, sides: dict[int, Any]) -> None:
    from django.utils import timezone

    from matchmaking.meetings.models import Meeting, MeetingRequest, Seat

    now = timezone.now()
    asked = [
        MeetingRequest(
            edition=edition,
            sender=one,
            receiver=other,
            pair_low_id=min(one.company_id, other.company_id),
            pair_high_id=max(one.company_id, other.company_id),
            status="accepted",
            expires_at=now,
            answered_at=now,
            is_demo=True,
        )
        for one, other in ((sides[request.sides[0]], sides[request.sides[1]]) for request in problem.requests)
        if one.company_id != other.company_id
    ]
    requests = MeetingRequest.objects.bulk_create(asked, batch_size=ROWS)
    made = Meeting.objects.bulk_create((Meeting(request=one, edition=edition) for one in requests), batch_size=ROWS)
    members = _people(edition)
    Seat.objects.bulk_create(
        (
            Seat(meeting=meeting, registration=one, side=side, person_id=members.get(one.company_id))
            for meeting in made
            for one, side in ((meeting.request.sender, "sender"), (meeting.request.receiver, "receiver"))
        ),
        batch_size=ROWS,
    )


def _people(edition: Any) -> dict[int, int]:
    from matchmaking.participants.models import Member

    rows = Member.objects.filter(company__registrations__edition=edition, status="active").order_by("-pk")
    return dict(rows.values_list("company", "user"))


def publish(run: int, by: Any) -> Mapping[str, Any]:
    """Publish it as the organiser does, do here what a worker would, and return what the log says of it."""
    from expo.foundation.models import Event
    from matchmaking.meetings import actions
    from matchmaking.meetings.models import PlanRun

    actions.publish_plan(PlanRun.objects.get(pk=run), by=by)
    actions.carry_out_publication(run)
    said: Mapping[str, Any] = Event.objects.get(thing="meetings.PlanRun", thing_id=run, verb="publish_plan").data
    return said


def measure(tell: int) -> None:
    from django.utils import timezone

    from expo.accounts.models import User
    from expo.editions.models import Edition
    from expo.foundation.staff import vouched
    from matchmaking.meetings import actions, planner
    from matchmaking.meetings.models import Place, PlanRun
    from matchmaking.meetings.queries.problem import facts_of

    edition = Edition.objects.get(is_current=True)
    by = vouched(User.objects.filter(is_superuser=True).first() or User.objects.create_superuser(email="bench@example.com", password=None))
    actions.prepare_places(edition)
    with timed("problem from rows"):
        facts = facts_of(edition)
    print(f"{len(facts.problem.requests)} requests, {len(facts.problem.participants)} participants, {len(facts.seats)} seats now")
    with timed("seats now, checked"):
        print("breaches:", len(planner.breaches(facts.problem, facts.seats)))
    del facts
    for kind in ("plan", "repair"):
        if kind == "repair":
            hall = Place.objects.filter(edition=edition, kind="booth").order_by("pk")[0].hall
            Place.objects.filter(hall=hall).update(closed_at=timezone.now())
        run = actions.order_plan(edition, by=by, kind=kind)
        with timed(f"{kind}: worked out to a draft"):
            actions.work_on_plan(run.pk)
        run = PlanRun.objects.get(pk=run.pk)
        figures = run.figures["figures"]
        print(
            {name: run.figures[name] for name in ("kinds", "seated_bound", "cpu_seconds", "had_to_move")},
            figures["seated"],
            figures["idle_slots"],
        )
        with timed(f"{kind}: published"):
            done = publish(run.pk, by)
        print(done)
    with timed(f"told of {tell} meetings"):
        actions.tell_news(timezone.now() + timedelta(minutes=2), most=tell)


if __name__ == "__main__":
    main()
