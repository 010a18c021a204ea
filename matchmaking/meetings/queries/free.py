"""Times at which all who would meet are free."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.utils import timezone

from expo.accounts.models import User
from expo.editions.models import Edition
from matchmaking.meetings.models import Interpreter, InterpreterAbsence, MeetingRequest, MeetingSetup, Occupancy, Slot
from matchmaking.meetings.queries.ground import ground_of
from matchmaking.participants.models import Member, Registration

MOST_ALTERNATIVES = 3


def setup_at(edition: Edition) -> MeetingSetup | None:
    """Return how the edition meets, as `setup_of`: no query where the edition was read with it."""
    if edition._meta.get_field("meeting_setup").is_cached(edition):
        found: MeetingSetup | None = getattr(edition, "meeting_setup", None)
        return found
    return setup_of(edition.pk)


def setup_of(edition: int) -> MeetingSetup | None:
    """Return how the edition, by number, meets; None where it does not. One query."""
    return MeetingSetup.objects.select_related("edition").filter(edition=edition).first()


def free_slots(
    a: Registration,
    *others: Registration,
    most: int = 0,
    apart_from: MeetingRequest | None = None,
    languages: Collection[str] = (),
    now: datetime | None = None,
    setup: MeetingSetup | None = None,
) -> list[Slot]:
    """Return the slots in which all the registrations are free, earliest first, at most `most` (0: all).

    Left out are: what has begun or begins within thirty minutes; what one of them meets in or keeps free; what one of them has proposed to
    somebody else (`apart_from` is the request in question itself); days on which every desk of one is full. With `languages`, those
    in which no interpreter for them is free. Three queries, five with languages; one less with the edition's `setup`.
    """
    setup = setup or setup_of(a.edition_id)
    if setup is None:
        return []
    parties = [a, *others]
    now = now or timezone.now()
    ground = ground_of(parties, setup, after=now, softly=True, apart_from=apart_from)
    found = with_interpreter(ground.free_for(parties), a.edition_id, languages)
    return found[:most] if most else found


def with_interpreter(slots: list[Slot], edition: int, languages: Collection[str]) -> list[Slot]:
    """Return those of the slots in which an interpreter for the languages is free; all without languages. Two queries, or none."""
    if not languages:
        return slots
    spoken = slots_with_interpreter(edition, languages, [slot.pk for slot in slots])
    return [slot for slot in slots if slot.pk in spoken]


def alternatives_to(slot: Slot | None, free: Sequence[Slot]) -> list[Slot]:
    """Return up to three of the free slots: those nearest to the one that was wanted, in the order of time."""
    others = [one for one in free if slot is None or one.pk != slot.pk]
    if slot is not None:
        wanted = slot.starts_at
        others = sorted(others, key=lambda one: (abs(one.starts_at - wanted), one.pk))
    return sorted(others[:MOST_ALTERNATIVES], key=lambda one: one.starts_at)


def slots_with_interpreter(edition: int, languages: Collection[str], slots: Collection[int]) -> set[int]:
    """Return those of the slots in which an interpreter for the languages is there and free. Two queries."""
    able = interpreters_for(edition, languages)
    taken = taken_of(able, slots)
    return {slot for slot in slots if any((one.pk, slot) not in taken for one in able)}


def taken_of(interpreters: Collection[Interpreter], slots: Collection[int]) -> set[tuple[int, int]]:
    """Return at which of the slots each of the interpreters sits in a meeting, or is not there: interpreter and slot. One query."""
    taken = Occupancy.objects.filter(interpreter__in=interpreters, slot__in=slots).values_list("interpreter", "slot")
    away = InterpreterAbsence.objects.filter(interpreter__in=interpreters, slot__in=slots).order_by().values_list("interpreter", "slot")
    return set(taken.union(away))


def interpreters_for(edition: int, languages: Collection[str]) -> list[Interpreter]:
    """Return who of the pool can stand between people of these languages, in the order of the pool. One query."""
    pool = Interpreter.objects.filter(edition=edition, is_active=True).select_related("person").order_by("pk")
    return [one for one in pool if set(languages) <= set(one.languages)]


def colleagues_of(companies: Collection[int]) -> dict[int, list[User]]:
    """Return who stands for each company, by its number, owners first. One query."""
    found: dict[int, list[User]] = {company: [] for company in companies}
    members = Member.objects.filter(company__in=found, status=Member.Status.ACTIVE, user__is_active=True)
    for member in members.select_related("user").order_by("role", "pk"):
        found[member.company_id].append(member.user)
    return found


def tongues_between(one: Collection[User], other: Collection[User]) -> tuple[str, ...]:
    """Return the two languages an interpreter must know where nobody of the one side speaks one of the other; empty where somebody does."""
    here = set().union(*(person.spoken for person in one)) if one else set()
    there = set().union(*(person.spoken for person in other)) if other else set()
    if not here or not there or here & there:
        return ()
    return (min(here), min(there))
