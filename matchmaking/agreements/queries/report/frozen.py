"""Frozen reports, as they were kept. Nothing is computed: neither figures nor words."""

from dataclasses import dataclass

from django.db.models import QuerySet

from expo.editions.models import Edition
from matchmaking.agreements.models import FrozenReport
from matchmaking.agreements.queries.report.keeping import digest_of, read
from matchmaking.agreements.queries.report.shapes import Report


@dataclass(frozen=True)
class Frozen:
    """A frozen report: its row, the report as it was, and whether the content still has the digest that was kept with it."""

    row: FrozenReport
    report: Report
    is_intact: bool


def frozen_report(edition: Edition, number: int) -> Frozen | None:
    """Return the edition's frozen report of that number, None for none. One query."""
    row = FrozenReport.objects.filter(edition=edition, number=number).select_related("edition", "frozen_by").first()
    return Frozen(row, read(row.content), digest_of(row.content) == row.sha256) if row else None


def frozen_reports(edition: Edition | None = None) -> QuerySet[FrozenReport]:
    """Return the frozen reports of an edition, or of all, without their content, the newest first. One query."""
    rows = FrozenReport.objects.select_related("edition", "frozen_by").defer("content").order_by("-frozen_at", "-pk")
    return rows if edition is None else rows.filter(edition=edition)
