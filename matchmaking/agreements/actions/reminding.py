"""Reminding: who was asked to confirm and has not answered for three days is told once more, one time for each version."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import CharField, Exists, F, OuterRef, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.utils import timezone

from expo.foundation.models import Event
from expo.foundation.moves import locked
from matchmaking.agreements.actions.common import ledger_log
from matchmaking.agreements.actions.telling import tell_parties
from matchmaking.agreements.models import Agreement
from matchmaking.agreements.queries.answers import answers_needed
from matchmaking.agreements.states import RECORDED, SUBMITTED

AFTER, NOT_AFTER = timedelta(days=3), timedelta(days=14)
AT_ONCE = 200
REMINDED = "remind"


def remind_parties(now: datetime | None = None) -> int:
    """Remind the parties of agreements that were sent to them three days ago or more; return of how many agreements.

    Each in a transaction of its own, whose line in the log says that it was done: a killed worker loses nothing, and it may run twice at once.
    """
    now = now or timezone.now()
    return sum(remind(key, now) for key in list(to_remind(now).values_list("pk", flat=True)[:AT_ONCE]))


def to_remind(now: datetime) -> QuerySet[Agreement]:
    """Return what was sent to its parties between three and fourteen days ago, waits still, and was not reminded of in its present version."""
    told: Any = Event.objects.filter(thing=Agreement._meta.label, thing_id=OuterRef("key"), verb=REMINDED)
    # As text on both sides: one database compares JSON with numbers, the other does not.
    done = told.annotate(of=Cast(KeyTextTransform("version", "data"), CharField())).filter(of=Cast(OuterRef("version"), CharField()))
    waiting: Any = Agreement.objects.filter(status__in=[SUBMITTED, RECORDED], submitted_at__range=(now - NOT_AFTER, now - AFTER))
    found: QuerySet[Agreement] = waiting.annotate(key=Cast(F("pk"), CharField())).filter(~Exists(done)).order_by("pk")
    return found


@transaction.atomic
def remind(key: int, now: datetime) -> bool:
    """Remind those parties of one agreement that have not answered, unless that was done meanwhile, and say whether it was."""
    agreement = locked(Agreement(pk=key))
    if not to_remind(now).filter(pk=key).exists():
        return False
    asked = [party.company_id for party in answers_needed(agreement) if party.company_id is not None]
    silent = agreement.parties.filter(company__isnull=False).exclude(company__in=asked).values_list("company", flat=True)
    if asked:
        tell_parties(agreement, "agreement_reminder", leave_out=list(silent))
    ledger_log(agreement, REMINDED, by=None, companies=sorted(asked))
    return True
