"""The programme as pages show it: by edition, then by day."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Prefetch

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.programme.models import Forum, ForumQuerySet, Seat, Session


@dataclass
class Day:
    """The forums of one day, in order; `on` is None where the day is not on record."""

    on: date | None
    forums: list[Forum] = field(default_factory=list)


@dataclass
class EditionProgramme:
    """The days of one edition that a page shows; those without a day on record come last."""

    edition: Edition
    days: list[Day] = field(default_factory=list)


def programme() -> ForumQuerySet:
    """Return all forums, the current edition first, then newest edition first; inside an edition by day and hour."""
    listed: ForumQuerySet = Forum.objects.for_list()
    return listed.order_by("-edition__is_current", "-edition__ordinal", *listed.query.order_by)


def by_day(forums: Iterable[Forum]) -> list[EditionProgramme]:
    """Group forums that are in programme order; no query."""
    editions: list[EditionProgramme] = []
    for forum in forums:
        if not editions or editions[-1].edition.pk != forum.edition_id:
            editions.append(EditionProgramme(forum.edition))
        days = editions[-1].days
        if not days or days[-1].on != forum.on:
            days.append(Day(forum.on))
        days[-1].forums.append(forum)
    return editions


def whole_forum() -> ForumQuerySet:
    """Return forums with all that their own page reads. Four queries for one forum."""
    sessions = Prefetch("sessions", Session.objects.prefetch_related("speakers"))
    whole: ForumQuerySet = Forum.objects.select_related("edition", "chain").prefetch_related(sessions, "sources")
    return whole


def dated(forums: ForumQuerySet) -> ForumQuerySet:
    """Keep those whose day or hour is on record: only they can stand in a calendar."""
    return forums.exclude(on__isnull=True, starts_at__isnull=True)


def seats_of(person: User) -> ForumQuerySet:
    """Return the forums in which the person has a seat, in programme order."""
    mine: ForumQuerySet = programme().filter(pk__in=Seat.objects.filter(person=person).values("forum"))
    return mine
