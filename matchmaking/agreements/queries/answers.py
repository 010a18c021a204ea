"""What the parties of an agreement have said of its present version, and who is still asked."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from matchmaking.agreements.models import Agreement, Confirmation, Party
from matchmaking.agreements.states import RECORDED, SUBMITTED

TWO_SIDES = 2
YES = Confirmation.Answer.CONFIRMED


def answers_to(agreement: Agreement) -> dict[int, str]:
    """Return the newest answer of each party that has given one for the present version, by the party's key. One query."""
    rows = agreement.confirmations.filter(version=agreement.version, party__isnull=False).order_by("pk")
    return dict(rows.values_list("party", "answer"))


def asked_of(agreement: Agreement) -> list[Party]:
    """Return the parties whose yes makes the agreement a confirmed one, see `asked_among`. One query."""
    return asked_among(list(agreement.parties_in_order()), agreement)


def asked_among(parties: list[Party], agreement: Agreement) -> list[Party]:
    """Return those of an agreement's parties whose yes makes it a confirmed one. No query.

    The registered ones; all where none is registered. While it has no number, at least two parties: what one company alone says
    of itself is nothing to be counted.
    """
    registered = [party for party in parties if party.company_id is not None]
    enough = TWO_SIDES if agreement.status == SUBMITTED else 1
    return registered if len(registered) >= enough else parties


def answers_needed(agreement: Agreement) -> list[Party]:
    """Return the parties that are asked and have not said yes to the present version. Two queries."""
    said = answers_to(agreement)
    return [party for party in asked_of(agreement) if said.get(party.pk) != YES]


def waiting_for_company(companies: Any) -> QuerySet[Agreement]:
    """Return the agreements, newest first, to which a company has still to answer: sent to the parties, or on record and not confirmed.

    `companies` are keys, or a query of keys such as `Member.objects.of(person)`. What a party disputed and staff settled waits again.
    """
    owed = unanswered(Party.objects.filter(company__in=companies, agreement=OuterRef("pk")))
    found: QuerySet[Agreement] = Agreement.objects.filter(Exists(owed), status__in=[SUBMITTED, RECORDED]).for_list().order_by("-pk")
    return found


def unanswered(parties: QuerySet[Party]) -> QuerySet[Party]:
    """Return those of the parties that have not said yes to the present version of their agreement, or said no after it."""
    newest = Confirmation.objects.filter(party=OuterRef("pk"), version=OuterRef("agreement__version")).order_by("-pk")
    found = parties.annotate(newest=Subquery(newest.values("answer")[:1]))
    return found.filter(Q(newest__isnull=True) | ~Q(newest=YES))
