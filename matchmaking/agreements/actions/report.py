"""Freezing a closing report: what it said at one moment, for good."""

from datetime import timedelta

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.utils import timezone

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.foundation import sealing
from expo.foundation.errors import NotAllowed
from expo.foundation.eventlog import log
from matchmaking.agreements import errors, rules
from matchmaking.agreements.models import FrozenReport
from matchmaking.agreements.queries.report import DEFINITIONS, closing_report
from matchmaking.agreements.queries.report.keeping import digest_of, written

LONGEST_NOTE = 500
SAME_PRESS = timedelta(minutes=1)


@transaction.atomic
def freeze_report(edition: Edition, *, by: User, note: str = "") -> FrozenReport:
    """Keep the edition's closing report as everyone may read it now: figures, wording, definitions, what was published, sources and breakdowns.

    The public view is kept and no other: what a frozen report shows can be handed to anybody. It has the next number of the edition, the digest
    of its content and the head of the log's chain at that moment. Pressed twice within a minute over the same content, with the same note,
    it is the same report.

    Raises:
        NotAllowed: `by` may not freeze reports.
        ReportTooEarly: the edition has not begun.
        ReportNoteTooLong: the note has more than 500 characters.
    """
    # Without its key: who holds the log's chain may still have to see at the end that the edition is there.
    edition = Edition.objects.select_for_update(no_key=True).get(pk=edition.pk)
    if not rules.may_freeze(by):
        raise NotAllowed
    if not edition.has_results:
        raise errors.ReportTooEarly
    note = " ".join(note.split())
    if len(note) > LONGEST_NOTE:
        raise errors.ReportNoteTooLong
    content = written(closing_report(edition, visitor=AnonymousUser()))
    digest, at = digest_of(content), timezone.now()
    newest = FrozenReport.objects.filter(edition=edition).order_by("-number").first()
    if newest is not None and (newest.sha256, newest.note) == (digest, note) and newest.frozen_at > at - SAME_PRESS:
        return newest
    number, head = sealing.head()
    frozen = FrozenReport.objects.create(
        edition=edition,
        number=newest.number + 1 if newest else 1,
        definitions_version=DEFINITIONS,
        content=content,
        sha256=digest,
        ledger_head=f"{number}:{head}",
        note=note,
        frozen_by=by,
        frozen_at=at,
    )
    log(frozen, "freeze", by=by, edition=edition.slug, number=frozen.number, sha256=digest, ledger_head=frozen.ledger_head, note=note)
    return frozen
