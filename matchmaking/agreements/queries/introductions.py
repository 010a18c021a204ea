"""Introductions in the figures: whose credit stands with the consent of all sides, and what came of it."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import Count, QuerySet
from django.utils.translation import gettext

from expo.editions.models import Edition
from matchmaking.agreements import errors, rules
from matchmaking.agreements.models import Agreement, Introduction
from matchmaking.agreements.queries.report.bases import credited
from matchmaking.agreements.rules import Person
from matchmaking.participants.models import Company, Member, Visitor


def claim_on(agreement: Agreement) -> Introduction:
    """Return the claim that somebody brought the parties together, also one that was taken back. One query. Raises NotIntroduced: none."""
    claim = Introduction.objects.filter(agreement=agreement).select_related("agreement").first()
    if claim is None:
        raise errors.NotIntroduced
    return claim


def agreements_from_introductions(edition: Edition) -> QuerySet[Agreement]:
    """Return the agreements and intentions of the edition that count and that a credited introduction stands behind. One query, when it is read.

    Credited is an introduction that was not taken back and that every registered party but the introducer said yes to; at least one did.
    """
    rows: QuerySet[Agreement] = Agreement.objects.filter(credited(), edition=edition).counted()
    return rows


def introductions_credited(edition: Edition) -> QuerySet[Introduction]:
    """Return the introductions behind these agreements, by number: one for each. One query, when it is read."""
    rows = Introduction.objects.filter(agreement__in=agreements_from_introductions(edition).values("pk"))
    return rows.select_related("agreement__edition", "introducer").order_by("agreement__number", "pk")


def introducers(edition: Edition) -> list[tuple[Company, int]]:
    """Return the companies that are credited in the edition, each with how many agreements it brought about, most first. Two queries."""
    rows = introductions_credited(edition).order_by().values_list("introducer").annotate(n=Count("pk"))
    numbers = dict(rows)
    companies = Company.objects.filter(pk__in=numbers).order_by("name")
    return sorted(((one, numbers[one.pk]) for one in companies), key=lambda pair: -pair[1])


def claims_of(visitor: Visitor) -> QuerySet[Introduction]:
    """Return the claims that one of the visitor's companies brought parties together, whoever claimed it, the newest first, for `claim_lines`."""
    rows = Introduction.objects.filter(introducer__in=Member.objects.of(visitor)).select_related("introducer", "agreement__edition")
    return rows.prefetch_related("agreement__parties__company", "consents").order_by("-claimed_at", "-pk")


@dataclass(frozen=True)
class ClaimLine:
    """A claim as the introducer reads it. `agreement` is None where neither everybody nor the introducer may read what it is about."""

    claim: Introduction
    agreement: Agreement | None
    is_party: bool
    names: str
    yes: int
    no: int
    asked: int

    @property
    def is_over(self) -> bool:
        return self.claim.ended_at is not None

    @property
    def is_credited(self) -> bool:
        """Whether the credit is given: every registered party but the introducer said yes, and the agreement counts."""
        return not self.is_over and 0 < self.asked == self.yes and self.claim.agreement.status in Agreement.COUNTED


def claim_lines(rows: Iterable[Introduction], mine: Collection[int]) -> list[ClaimLine]:
    """Return the lines of claims read by `claims_of`; `mine` are the keys of the visitor's companies. No query."""
    return [_claim_line(row, mine) for row in rows]


def _claim_line(row: Introduction, mine: Collection[int]) -> ClaimLine:
    agreement = row.agreement
    parties = list(agreement.parties.all())
    asked = [party.pk for party in parties if party.company_id not in {None, row.introducer_id}]
    said = Counter(consent.answer for consent in row.consents.all() if consent.party_id in asked)
    is_party = any(party.company_id in mine for party in parties)
    is_told = is_party or is_public(agreement)
    names = gettext(", ").join(party.name for party in parties if party.company_id not in mine) if is_told else ""
    return ClaimLine(row, agreement if is_told else None, is_party, names, said["yes"], said["no"], len(asked))


def is_public(agreement: Agreement) -> bool:
    """Whether everybody reads the agreement with title and names. No query."""
    return agreement.status in Agreement.COUNTED and agreement.visibility == Agreement.Visibility.PUBLIC


@dataclass(frozen=True)
class Introduced:
    """What introductions brought about: `total` is the same for all, `by` is for staff."""

    total: int
    by: list[tuple[Company, int]]


def introduced(edition: Edition, *, visitor: Person) -> Introduced:
    """Return how many agreements introductions brought about, and to staff whose credit it is. Two queries for staff, one for others."""
    if rules.may_trace(visitor):
        by = introducers(edition)
        return Introduced(sum(number for _company, number in by), by)
    return Introduced(agreements_from_introductions(edition).count(), [])
