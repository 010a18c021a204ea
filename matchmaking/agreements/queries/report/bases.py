"""The rows that figures choose from, one kind each, with the edition that a row belongs to."""

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Case, CharField, Count, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Coalesce, Concat

from expo.editions.models import Edition
from expo.programme.models import Forum
from matchmaking.agreements.models import Agreement, Introduction, IntroductionConsent, Party
from matchmaking.marketplace.models import Offer, PostingStatus
from matchmaking.meetings.models import Meeting, MeetingRequest, Seat
from matchmaking.participants.models import Company, Registration

ORIGIN = "origin"
ROWS, DEMO = "_rows", "_demo"
Counts = dict[int, dict[str, Any]]


@dataclass(frozen=True)
class Base:
    """One kind of rows: all of them in every edition, the path to a row's edition, and which of them are invented."""

    name: str
    every: Callable[[], QuerySet[Any]]
    edition: str = "edition"
    demo: Q | None = None

    def rows(self, edition: Edition) -> QuerySet[Any]:
        """Return the edition's rows."""
        return self.every().filter(**{self.edition: edition})

    def counts(self, editions: Sequence[Edition], wanted: dict[str, Any]) -> Counts:
        """Return, by edition, the aggregates under their names, the number of all rows, and of the invented ones. One query."""
        demo = {DEMO: Count("pk", filter=self.demo)} if self.demo is not None else {}
        rows = self.every().filter(**{f"{self.edition}__in": [edition.pk for edition in editions]}).order_by()
        grouped = rows.values(self.edition).annotate(**wanted, **{ROWS: Count("pk")}, **demo)
        return {row[self.edition]: row for row in grouped}


class SignUps(Base):
    """Registrations of the next edition, made by the end of the edition whose report counts them."""

    def rows(self, edition: Edition) -> QuerySet[Any]:
        """Return who had signed up for the edition after this one by the end of its last day; none where no next edition is on file."""
        following = Edition.objects.filter(ordinal__gt=edition.ordinal).order_by("ordinal").values("pk")[:1]
        return self.every().filter(edition__in=following).filter(self._until(edition))

    def counts(self, editions: Sequence[Edition], wanted: dict[str, Any]) -> Counts:
        """Return the same as a base does, from one query. `editions` are all that are on file."""
        in_order = sorted(editions, key=lambda edition: edition.ordinal)
        pairs = list(pairwise(in_order))
        if not pairs:
            return {}
        found = self.every().aggregate(
            **{f"n{first.pk}": Count("pk", filter=Q(edition=then) & self._until(first)) for first, then in pairs},
            **{f"d{first.pk}": Count("pk", filter=Q(edition=then, company__is_demo=True) & self._until(first)) for first, then in pairs},
        )
        return {
            first.pk: {**dict.fromkeys(wanted, found[f"n{first.pk}"]), ROWS: found[f"n{first.pk}"], DEMO: found[f"d{first.pk}"]}
            for first, _then in pairs
        }

    @staticmethod
    def _until(edition: Edition) -> Q:
        if edition.ends_on is None:
            return Q()
        end = datetime.datetime.combine(edition.ends_on + datetime.timedelta(days=1), datetime.time(), ZoneInfo(edition.time_zone))
        return Q(signed_at__lt=end)


def _exhibiting() -> QuerySet[Any]:
    """Verified exhibitors that registered here, with where each is from: an international organisation stands for itself."""
    own = Concat(Value("org:"), Cast("company", CharField()), output_field=CharField())
    origin = Case(When(company__kind=Company.Kind.INTERNATIONAL, then=own), default=F("company__country"), output_field=CharField())
    rows = Registration.objects.filter(
        role=Registration.Role.EXHIBITOR, status=Registration.Status.VERIFIED, evidence=Registration.Evidence.REGISTERED
    )
    return rows.annotate(**{ORIGIN: origin})


def _signed_up() -> QuerySet[Any]:
    rows = Registration.objects.filter(
        role=Registration.Role.EXHIBITOR,
        status__in=[Registration.Status.SUBMITTED, Registration.Status.VERIFIED],
        evidence=Registration.Evidence.REGISTERED,
    )
    return rows.annotate(signed_at=Coalesce("submitted_at", "created_at"))


def _requests() -> QuerySet[Any]:
    """All requests, but for those that the planner laid ready and nobody has sent."""
    return MeetingRequest.objects.exclude(is_proposal=True, is_delivered=False)


def _met() -> QuerySet[Any]:
    """Registrations that an accepted request to meet has brought together with another."""
    return Registration.objects.filter(Exists(Seat.objects.filter(registration=OuterRef("pk"))))


def _debuts() -> QuerySet[Any]:
    shown = [PostingStatus.PUBLISHED, PostingStatus.PAUSED, PostingStatus.FULFILLED, PostingStatus.EXPIRED]
    return Offer.objects.filter(is_debut=True, status__in=shown)


def credited() -> Q:
    """The agreements with an introduction that was not taken back and that every registered party but the introducer has said yes to, at least one."""
    claims = Introduction.objects.filter(agreement=OuterRef("pk"), ended_at__isnull=True)
    others = Party.objects.filter(agreement=OuterRef("pk"), company__isnull=False).exclude(
        company__in=Introduction.objects.filter(agreement=OuterRef("agreement")).values("introducer")
    )
    yes = IntroductionConsent.objects.filter(party=OuterRef("pk"), answer=IntroductionConsent.Answer.YES)
    return Q(Exists(claims)) & Q(Exists(others)) & ~Q(Exists(others.filter(~Exists(yes))))


EXHIBITING = Base("exhibiting", _exhibiting, demo=Q(company__is_demo=True))
SIGN_UPS = SignUps("sign_ups", _signed_up)
FORUMS = Base("forums", lambda: Forum.objects.filter(sources__isnull=True))
REQUESTS = Base("requests", _requests, demo=Q(is_demo=True))
MEETINGS = Base("meetings", Meeting.objects.all, demo=Q(request__is_demo=True))
MET = Base("met", _met, demo=Q(company__is_demo=True))
DEBUTS = Base("debuts", _debuts, edition="registration__edition", demo=Q(is_demo=True))
LEDGER = Base("ledger", Agreement.objects.counted, demo=Q(is_demo=True))
