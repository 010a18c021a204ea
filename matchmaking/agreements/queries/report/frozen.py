"""Frozen reports, as they were kept. Nothing is computed: neither figures nor words. What is not what was frozen is not read at all."""

from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, OuterRef, QuerySet, Subquery
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from expo.editions.models import Edition
from expo.foundation.models import Event
from matchmaking.agreements.models import FrozenReport
from matchmaking.agreements.queries.report.keeping import digest_of, read
from matchmaking.agreements.queries.report.shapes import Report

FREEZE = "freeze"


@dataclass(frozen=True)
class Frozen:
    """A frozen report: its row, and the report as it was; None where the content is not what was frozen."""

    row: FrozenReport
    report: Report | None

    @property
    def is_intact(self) -> bool:
        return self.report is not None


def frozen_report(edition: Edition, number: int) -> Frozen | None:
    """Return the edition's frozen report of that number, None for none. One query."""
    row = with_proof(FrozenReport.objects.filter(edition=edition, number=number)).select_related("edition", "frozen_by").first()
    return Frozen(row, opened(row)) if row else None


def frozen_reports(edition: Edition | None = None) -> QuerySet[FrozenReport]:
    """Return the frozen reports of an edition, or of all, without their content, the newest first. One query."""
    rows = FrozenReport.objects.select_related("edition", "frozen_by").defer("content").order_by("-frozen_at", "-pk")
    return rows if edition is None else rows.filter(edition=edition)


def with_proof(rows: QuerySet[FrozenReport]) -> QuerySet[FrozenReport]:
    """Return the rows, each with the digest that the log has of it, as `is_intact` and `opened` ask for it. No query more."""
    lines: Any = Event.objects.filter(thing=FrozenReport._meta.label, verb=FREEZE, thing_id=OuterRef("key")).order_by("pk")
    digest = lines.annotate(said=KeyTextTransform("sha256", "data")).values("said")[:1]
    found: Any = rows.annotate(key=Cast("pk", CharField())).annotate(logged_sha256=Subquery(digest, output_field=CharField()))
    return found  # type: ignore[no-any-return]  # the annotations are read by `is_intact`


def is_intact(row: FrozenReport) -> bool:
    """Say whether the content has the digest that was kept with it, and that the log has. No query for a row of `with_proof`."""
    logged: str | None = vars(row)["logged_sha256"]
    return digest_of(row.content) == row.sha256 == logged


def opened(row: FrozenReport) -> Report | None:
    """Return the report as it was frozen, None where the content is not that: it need not even be a report. No query."""
    return read(row.content) if is_intact(row) else None
