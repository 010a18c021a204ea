"""What looks like an agreement that is written down already."""

import datetime
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet

from expo.editions.models import Edition
from matchmaking.agreements.checks import PartyInput
from matchmaking.agreements.models import Agreement, Party

NEAR_DAYS = 3


def likely_duplicates(
    edition: Edition,
    parties: Sequence[PartyInput],
    *,
    signed_on: datetime.date,
    amount: Decimal | None = None,
    document_sha256: str = "",
    leave_out: int | None = None,
) -> list[Agreement]:
    """Return agreements of the edition that may be the same one written down before, newest first, at most ten.

    Either two of its parties are the same and it was signed within three days or over the same amount, or it has the very
    same document. Void ones do not count. Two queries.
    """
    same = Q(document_sha256=document_sha256) if document_sha256 else Q(pk__in=[])
    near = Q(signed_on__range=(signed_on - datetime.timedelta(days=NEAR_DAYS), signed_on + datetime.timedelta(days=NEAR_DAYS)))
    if amount is not None:
        near |= Q(amount=amount)
    rows = Agreement.objects.filter(edition=edition).exclude(status=Agreement.Status.VOID)
    if leave_out is not None:
        rows = rows.exclude(pk=leave_out)
    same |= near & Q(pk__in=_with_two_of(parties))
    return list(rows.filter(same).for_list().order_by("-id")[:10])


def _with_two_of(parties: Sequence[PartyInput]) -> QuerySet[Any]:
    companies = [party.company.pk for party in parties if party.company]
    outside = [party.identity for party in parties if not party.company]
    among = Party.objects.filter(Q(company__in=companies) | Q(outside_key__in=outside)).order_by()
    return among.values("agreement").annotate(shared=Count("id")).filter(shared__gte=2).values("agreement")
