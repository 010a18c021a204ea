"""The interpreters' pool: who is there when, who has how much to do, and which meetings wait for somebody."""

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, Q

from expo.accounts.models import LANGUAGE_NAMES
from expo.editions.models import Edition
from matchmaking.meetings.models import Interpreter, InterpreterAbsence, Meeting, MeetingRequest, Occupancy, Slot
from matchmaking.meetings.queries.free import colleagues_of, tongues_between


def language_words(codes: Collection[str]) -> list[str]:
    """Return languages in their own words, in the order of their codes."""
    return [LANGUAGE_NAMES.get(code, code) for code in sorted(codes)]


@dataclass
class Member:
    """Somebody of the pool: meetings by day, and at how many times they are not there."""

    interpreter: Interpreter
    by_day: list[int]
    absences: int

    @property
    def languages(self) -> list[str]:
        """What they speak, in the languages' own words."""
        return language_words(self.interpreter.languages)

    @property
    def meetings(self) -> int:
        """How many meetings they have."""
        return sum(self.by_day)


@dataclass(frozen=True)
class Waiting:
    """Meetings, and open requests, that wait for an interpreter between two languages; who of the pool knows both."""

    tongues: tuple[str, str]
    meetings: int
    requests: int
    able: list[Interpreter]

    @property
    def words(self) -> list[str]:
        """The two languages, in their own words."""
        return language_words(self.tongues)


@dataclass
class Pool:
    """The pool of an edition. `days` are those on which people meet."""

    days: list[date]
    members: list[Member] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)

    @property
    def nobody(self) -> list[Waiting]:
        """What waits and nobody of the pool could take."""
        return [one for one in self.waiting if not one.able]


def pool_of(edition: Edition) -> Pool:
    """Return the pool with its load and what waits for it. At most seven queries."""
    days = list(Slot.objects.for_meetings().filter(edition=edition).order_by("day").values_list("day", flat=True).distinct())
    people = list(Interpreter.objects.filter(edition=edition).select_related("person").order_by("-is_active", "pk"))
    load: dict[int, Counter[date]] = defaultdict(Counter)
    taken = Occupancy.objects.filter(interpreter__in=people).order_by().values_list("interpreter", "slot__day")
    for one, day, count in taken.annotate(count=Count("pk")):
        load[one][day] = count
    away = InterpreterAbsence.objects.filter(interpreter__in=people, slot__removed_at__isnull=True).order_by()
    absent = dict(away.values_list("interpreter").annotate(count=Count("pk")))
    members = [Member(one, [load[one.pk][day] for day in days], absent.get(one.pk, 0)) for one in people]
    return Pool(days, members, waiting_for_interpreters(edition, [one for one in people if one.is_active]))


def waiting_for_interpreters(edition: Edition, pool: Collection[Interpreter]) -> list[Waiting]:
    """Return what asked for an interpreter and has none, by pair of languages, most first. Three queries."""
    path = "request__"
    meetings = Meeting.objects.live().filter(edition=edition, interpreter__isnull=True, request__needs_interpreter=True)
    asked = MeetingRequest.objects.pending().filter(edition=edition, needs_interpreter=True)
    pairs = [
        *((pair, True) for pair in meetings.values_list(f"{path}sender__company", f"{path}receiver__company")),
        *((pair, False) for pair in asked.values_list("sender__company", "receiver__company")),
    ]
    people = colleagues_of({company for pair, _agreed in pairs for company in pair}) if pairs else {}
    counted: Counter[tuple[Any, bool]] = Counter()
    for (one, other), agreed in pairs:
        if tongues := tongues_between(people[one], people[other]):
            counted[(tuple(sorted(tongues)), agreed)] += 1
    found = [
        Waiting(tongues, counted[(tongues, True)], counted[(tongues, False)], [one for one in pool if set(tongues) <= set(one.languages)])
        for tongues in {tongues for tongues, _agreed in counted}
    ]
    return sorted(found, key=lambda one: (-one.meetings, -one.requests, one.tongues))


def meetings_with(interpreter: Interpreter) -> list[Meeting]:
    """Return the interpreter's meetings with a time, earliest first, with all that a list reads. Two queries."""
    rows = Meeting.objects.filter(interpreter=interpreter, slot__isnull=False).exclude(Q(status=Meeting.Status.CANCELLED))
    return list(rows.for_card().order_by("slot__starts_at", "pk"))


def absences_of(interpreter: Interpreter) -> set[int]:
    """Return the slots, by number, at which the interpreter is not there. One query."""
    return set(interpreter.absences.values_list("slot", flat=True))
