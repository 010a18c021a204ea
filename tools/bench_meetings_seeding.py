"""The third database of `make bench`: the large expo with as many meetings as the planner is measured with, and requests that wait for an answer."""

import random
import shutil
import sqlite3
import subprocess
from datetime import timedelta
from typing import Any

from tools.bench_seeding import FOLDER, environment, fingerprint
from tools.machine import PYTHON, ROOT, say, stop

NAME = "meetings"
MEETINGS, WAITING, DAYS, SLOTS_A_DAY, TABLES_A_HALL, AT_ONCE = 24_000, 6_000, 5, 16, 20, 1000
ANSWERED_BY = "exhibitor@demo.example"
MOST_OF_ONE, MOST_WAITING = 40, 20  # Of the demo’s exhibitor: meetings, and requests that wait for it.


def filled() -> None:
    """Copy the large expo's database and fill the copy, if it is not there or was made of other files."""
    folder = FOLDER / NAME
    note, mark = folder / "seeded.txt", fingerprint()
    if note.exists() and note.read_text() == mark:
        return
    say(f"Seeding var/bench/{NAME} …")
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(FOLDER / "expo", folder, ignore=shutil.ignore_patterns("*.sqlite3*", "seeded.json"))
    with sqlite3.connect(FOLDER / "expo" / "interchange.sqlite3") as source, sqlite3.connect(folder / "interchange.sqlite3") as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=WAL")
    done = subprocess.run([PYTHON, "-m", "tools.bench_meetings_seeding"], cwd=ROOT, env=environment(NAME), check=False)
    if done.returncode:
        stop(f"Seeding var/bench/{NAME} failed; what it said stands above.")
    note.write_text(mark)


def main() -> None:
    import django  # Local, like all of Django in the tools: the environment must be set first.

    django.setup()
    from django.db import transaction

    from expo.editions.models import Edition
    from expo.foundation.planning import look_at_tables

    edition = Edition.objects.get(is_current=True)
    with transaction.atomic():
        empty()
        Filling(edition).fill()
    look_at_tables()


def empty() -> None:
    """Take the small demo's meetings away: their timetable is another one."""
    from django.apps import apps

    left = list(apps.get_app_config("meetings").get_models())
    while left:
        model = left.pop(0)
        needed = [one for one in left if any(field.related_model is model for field in one._meta.concrete_fields)]
        if needed:
            left.append(model)  # After those that name it.
        else:
            model._base_manager.all()._raw_delete("default")  # noqa: SLF001 - row by row it would take minutes


class Filling:
    """A timetable from in ten days, a place at each exhibitor's booth, and meetings by chance with demand falling as 1 / rank^0.7."""

    def __init__(self, edition: Any) -> None:
        from matchmaking.participants.models import Member, Registration

        self.edition, self.chance = edition, random.Random(1)  # noqa: S311 - nothing is secret here
        rows = Registration.objects.verified().filter(edition=edition).select_related("company", "booth__hall").order_by("pk")
        self.sellers, self.buyers = list(rows.filter(role="exhibitor")), list(rows.filter(role="buyer"))
        members = Member.objects.filter(status=Member.Status.ACTIVE).order_by("-pk").values_list("company", "user")
        self.people: dict[int, int] = dict(members)
        own = rows.filter(company__members__user__email=ANSWERED_BY, role="exhibitor").first()
        if own is None:
            stop(f"The demo has no exhibitor for {ANSWERED_BY}.")
        self.own = next(one for one in self.sellers if one.pk == own.pk)

    def fill(self) -> None:
        self.slots = self.timetable()
        self.places = self.places_of_sellers()
        self.book()

    def timetable(self) -> list[Any]:
        from django.utils import timezone

        from expo.venue.models import Hall
        from matchmaking.meetings.models import MeetingSetup, Place, Slot

        first = (timezone.now() + timedelta(days=10)).replace(hour=1, minute=0, second=0, microsecond=0)
        self.edition.starts_on, self.edition.ends_on = first.date(), (first + timedelta(days=DAYS - 1)).date()
        self.edition.save(update_fields=["starts_on", "ends_on"])
        MeetingSetup.objects.create(edition=self.edition)
        halls = Hall.objects.filter(edition=self.edition)
        Place.objects.bulk_create(
            Place(edition=self.edition, kind="table", hall=hall, code=f"{hall.code}-T{number}")
            for hall in halls
            for number in range(1, TABLES_A_HALL + 1)
        )
        begins = [first + timedelta(days=day, minutes=30 * number) for day in range(DAYS) for number in range(SLOTS_A_DAY)]
        return Slot.objects.bulk_create(
            Slot(edition=self.edition, starts_at=one, ends_at=one + timedelta(minutes=30), day=one.date()) for one in begins
        )

    def places_of_sellers(self) -> dict[int, Any]:
        """Give a booth to every exhibitor that has none, and return the meeting place at each booth."""
        from expo.venue.models import Booth, Hall
        from matchmaking.meetings.models import Place

        halls = list(Hall.objects.filter(edition=self.edition).order_by("pk"))
        without = [one for one in self.sellers if one.booth_id is None]
        made = Booth.objects.bulk_create(
            Booth(
                edition=self.edition, hall=halls[number % len(halls)], code=f"Z {number:04}", x=0, y=0, width=3, depth=3, status="assigned"
            )
            for number in range(len(without))
        )
        for one, booth in zip(without, made, strict=True):
            one.booth = booth
        type(self.own).objects.bulk_update(without, ["booth"], batch_size=AT_ONCE // 5)
        booths = [(one, one.booth) for one in self.sellers if one.booth is not None]
        places = Place.objects.bulk_create(
            Place(edition=self.edition, kind="booth", booth=booth, hall=booth.hall, code=booth.code, capacity=one.parallel_meetings)
            for one, booth in booths
        )
        return {place.booth_id or 0: place for place in places}

    def book(self) -> None:
        from matchmaking.meetings.models import Meeting, MeetingRequest, Occupancy, Seat

        pairs = self.pairs()
        asked = [self.request(*pair, "accepted") for pair, _slot in pairs]
        taken = {pair for pair, _slot in pairs}
        waiting = [self.request(*pair, "pending") for pair in self.more_pairs(taken)]
        MeetingRequest.objects.bulk_create([*asked, *waiting], batch_size=AT_ONCE)
        meetings = []
        for request, (_pair, slot) in zip(asked, pairs, strict=True):
            place = self.places[request.receiver.booth_id]
            meetings.append(Meeting(request=request, edition=self.edition, slot=slot, place=place, status="scheduled"))
        Meeting.objects.bulk_create(meetings, batch_size=AT_ONCE)
        seats = [
            Seat(meeting=one, registration=side, side=name, desk=1, person_id=self.people.get(side.company_id))
            for one in meetings
            for side, name in ((one.request.sender, "sender"), (one.request.receiver, "receiver"))
        ]
        Seat.objects.bulk_create(seats, batch_size=AT_ONCE)
        rows = [Occupancy(slot=seat.meeting.slot, meeting=seat.meeting, registration=seat.registration, desk=1) for seat in seats]
        rows += [Occupancy(slot=one.slot, meeting=one, place=one.place, desk=1) for one in meetings]
        rows += [Occupancy(slot=seat.meeting.slot, meeting=seat.meeting, person_id=seat.person_id) for seat in seats if seat.person_id]
        Occupancy.objects.bulk_create(rows, batch_size=AT_ONCE)

    def pairs(self) -> list[tuple[tuple[Any, Any], Any]]:
        """Buyer and exhibitor with a slot in which neither, nor who comes for them, meets anybody else."""
        weights = [1 / (rank + 1) ** 0.7 for rank in range(len(self.sellers))]
        found: list[tuple[tuple[Any, Any], Any]] = []
        taken: set[Any] = set()
        met, of_own = set(), 0
        while len(found) < MEETINGS:
            for seller in [self.own] * (MOST_OF_ONE - of_own) + self.chance.choices(self.sellers, weights, k=AT_ONCE):
                buyer, slot = self.chance.choice(self.buyers), self.chance.choice(self.slots)
                people = {("person", self.people.get(one.company_id), slot.pk) for one in (buyer, seller)}
                wanted = {(buyer.pk, slot.pk), (seller.pk, slot.pk), *people}
                full = seller is self.own and of_own >= MOST_OF_ONE
                if full or len(people) < 2 or wanted & taken or (buyer.pk, seller.pk) in met or buyer.company_id == seller.company_id:  # noqa: PLR2004 - the two sides
                    continue
                taken |= wanted
                met.add((buyer.pk, seller.pk))
                of_own += seller is self.own
                found.append(((buyer, seller), slot))
        return found[:MEETINGS]

    def more_pairs(self, met: set[Any]) -> list[tuple[Any, Any]]:
        buyers = [one for one in self.buyers if (one, self.own) not in met and one.company_id != self.own.company_id]
        first = [(one, self.own) for one in buyers[:MOST_WAITING]]
        known = {*met, *first}
        while len(known) < len(met) + WAITING:
            pair = (self.chance.choice(self.buyers), self.chance.choice(self.sellers))
            if pair[0].company_id != pair[1].company_id and pair[1] is not self.own:
                known.add(pair)
        return [*first, *(pair for pair in sorted(known - met - set(first), key=lambda pair: (pair[0].pk, pair[1].pk)))]

    def request(self, buyer: Any, seller: Any, status: str) -> Any:
        from django.utils import timezone

        from matchmaking.meetings.models import MeetingRequest

        low, high = sorted([buyer.company_id, seller.company_id])
        return MeetingRequest(
            edition=self.edition,
            sender=buyer,
            receiver=seller,
            pair_low_id=low,
            pair_high_id=high,
            sent_by_id=self.people.get(buyer.company_id),
            status=status,
            expires_at=timezone.now() + timedelta(days=5),
            answered_at=timezone.now() if status == "accepted" else None,
            is_demo=True,
        )


if __name__ == "__main__":
    main()
