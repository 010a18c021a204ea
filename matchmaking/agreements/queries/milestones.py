"""What became of agreements, as their parties are asked: when a question is open, who is asked, and what the steps of the ladder are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Case, DateField, Exists, F, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from expo.editions.models import Edition
from matchmaking.agreements import errors
from matchmaking.agreements.models import Agreement, Milestone, Party
from matchmaking.agreements.queries.links import LONGEST_SECRET, digest_of
from matchmaking.participants.models import Member, Visitor

OPEN_DAYS = 60
REMIND_AFTER = timedelta(days=7)
STAGES = Milestone.Stage
# The steps from first contact to delivery, in their order; closing is no step but an end.
LADDER = tuple(stage for stage in STAGES if stage != STAGES.CLOSED)


def owners() -> QuerySet[Member]:
    """Return those who are asked for a company: its owners who can sign in."""
    return Member.objects.filter(role=Member.Role.OWNER, status=Member.Status.ACTIVE, user__is_active=True)


def due_day(agreement: Agreement, days: int) -> date:
    """Return the day on which a party is asked: so many days after signing."""
    return agreement.signed_on + timedelta(days=days)


def closing_day(milestone: Milestone) -> date:
    """Return the first day on which the question is open no more: that of the next one, at the latest 60 days after it was due."""
    later = [days for days in Milestone.DAYS if days > milestone.days]
    latest = milestone.due_on + timedelta(days=OPEN_DAYS)
    return min(due_day(milestone.agreement, later[0]), latest) if later else latest


def last_day(milestone: Milestone) -> date:
    """Return the last day on which the question is open."""
    return closing_day(milestone) - timedelta(days=1)


def today_of(agreement: Agreement, now: datetime | None = None) -> date:
    """Return the day that it is where the edition is held."""
    return timezone.localdate(now or timezone.now(), ZoneInfo(agreement.edition.time_zone))


def is_open(milestone: Milestone, now: datetime | None = None) -> bool:
    """Whether the question may be answered now: it is due, the next one is not, and the agreement counts. Reads agreement and edition."""
    agreement = milestone.agreement
    is_on = milestone.due_on <= today_of(agreement, now) < closing_day(milestone)
    return is_on and agreement.status in Agreement.COUNTED


def to_ask(now: datetime) -> QuerySet[Milestone]:
    """Return what is due and was neither asked nor answered: of each party the newest question only, and none that is open no more. One query more.

    Who said last that it is closed is asked no more; it can still say otherwise on its desk.
    """
    of_party = Milestone.objects.filter(party=OuterRef("party"))
    later = of_party.filter(days__gt=OuterRef("days"), due_on__lte=OuterRef("today"))
    said = of_party.filter(days__lt=OuterRef("days")).exclude(stage="").order_by("-days").values("stage")[:1]
    rows = _asking(now).annotate(said=Coalesce(Subquery(said), Value("")))
    return rows.filter(~Exists(later), asked_at=None).exclude(said=STAGES.CLOSED)


def to_remind(now: datetime) -> QuerySet[Milestone]:
    """Return what was asked a week ago, is not answered and is open still. One query more."""
    return _asking(now).filter(asked_at__lte=now - REMIND_AFTER, reminded_at=None)


def _asking(now: datetime) -> QuerySet[Milestone]:
    zones = Edition.objects.order_by().values_list("time_zone", flat=True).distinct()
    today = {zone: timezone.localdate(now, ZoneInfo(zone)) for zone in zones}
    rows = Milestone.objects.annotate(
        today=_by_zone(today), oldest=_by_zone({zone: day - timedelta(days=OPEN_DAYS) for zone, day in today.items()})
    )
    rows = rows.filter(answered_at=None, agreement__status__in=Agreement.COUNTED, due_on__lte=F("today"), due_on__gt=F("oldest"))
    rows = rows.exclude(agreement__is_demo=True)  # Nobody is mailed about what is invented.
    return rows.filter(Exists(owners().filter(company=OuterRef("party__company")))).order_by("due_on", "pk")


def _by_zone(days: Mapping[str, date]) -> Case:
    """Which day it is depends on where the edition is held."""
    cases = [When(agreement__edition__time_zone=zone, then=Value(day, DateField())) for zone, day in days.items()]
    return Case(*cases, default=Value(None, DateField()), output_field=DateField())


def without_milestones() -> QuerySet[Party]:
    """Return the registered parties of agreements that count and of which nothing is to be asked yet, where their company has an owner."""
    asked = Milestone.objects.filter(party=OuterRef("pk"))
    rows = Party.objects.filter(agreement__status__in=Agreement.COUNTED, company__isnull=False).filter(~Exists(asked))
    return rows.filter(Exists(owners().filter(company=OuterRef("company")))).select_related("agreement").order_by("pk")


def milestones_of(visitor: Visitor) -> QuerySet[Milestone]:
    """Return what the visitor's companies are asked or were asked; nothing that is still to come."""
    rows = Milestone.objects.filter(party__company__in=Member.objects.of(visitor))
    return rows.filter(due_on__lte=timezone.localdate() + timedelta(days=1))


def milestone_by(secret: str) -> Milestone:
    """Return the question that a secret opens, with agreement, edition and party. One query.

    Raises:
        LinkUnknown: there is none; a sign of the address is missing or was changed.
        MilestoneOver: there is one that is open no more.
    """
    if not secret or len(secret) > LONGEST_SECRET:
        raise errors.LinkUnknown
    rows = Milestone.objects.select_related("agreement__edition", "party__company")
    found = rows.filter(digest=digest_of(secret)).first()
    if found is None:
        raise errors.LinkUnknown
    if not is_open(found):
        raise errors.MilestoneOver
    return found


@dataclass(frozen=True)
class Step:
    """One step of the ladder, and whether the party said that it stands there."""

    stage: str
    name: str
    is_said: bool


@dataclass(frozen=True)
class Asked:
    """A question as its page shows it: the steps, what was said last, and what the party said before."""

    milestone: Milestone
    steps: list[Step]
    until: date
    is_open: bool
    before: Milestone | None

    @property
    def said(self) -> str:
        """What the party said last, in words; '' for nothing."""
        return str(self.milestone.get_stage_display()) if self.milestone.stage else ""


def asked(milestone: Milestone, earlier: Iterable[Milestone] | None = None) -> Asked:
    """Return the question ready to be shown. One query, for what the party said before, where `earlier` is not given."""
    if earlier is None:
        earlier = Milestone.objects.filter(party=milestone.party_id, days__lt=milestone.days).exclude(stage="").order_by("days")
    said = [one for one in earlier if one.stage and one.days < milestone.days]
    steps = [Step(str(stage), str(STAGES(stage).label), milestone.stage == stage) for stage in LADDER]
    return Asked(milestone, steps, last_day(milestone), is_open(milestone), said[-1] if said else None)


def asked_of(agreement: Agreement, visitor: Any) -> list[Asked]:
    """Return what the visitor's companies are or were asked of an agreement, the newest first; for its page on the desk. One query."""
    rows = list(milestones_of(visitor).filter(agreement=agreement).select_related("party__company").order_by("days", "pk"))
    for row in rows:
        row.agreement = agreement
    shown = [asked(row, [one for one in rows if one.party_id == row.party_id]) for row in rows]
    return [one for one in reversed(shown) if one.is_open or one.milestone.answered_at is not None]
