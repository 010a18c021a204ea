"""Introductions in the figures: whose credit stands with the consent of all sides, and what came of it."""

from dataclasses import dataclass

from django.db.models import Count, QuerySet

from expo.editions.models import Edition
from matchmaking.agreements import errors, rules
from matchmaking.agreements.models import Agreement, Introduction
from matchmaking.agreements.queries.report.bases import credited
from matchmaking.agreements.rules import Person
from matchmaking.participants.models import Company


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
