"""The organiser's ledger as a list: what waits for whom, and what the rows that are listed come to."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from matchmaking.agreements.models import Agreement, Confirmation
from matchmaking.agreements.queries.outcome import in_yuan, sum_in_fen

S = Agreement.Status
# The word in the address, what it is called, and which states are in it; who has to act first stands first.
QUEUES: tuple[tuple[str, str | Promise, tuple[str, ...]], ...] = (
    ("to-verify", _("To verify"), (S.CONFIRMED,)),
    ("disputed", pgettext_lazy("agreements", "Disputed"), (S.DISPUTED,)),
    ("submitted", _("Sent to the parties"), (S.SUBMITTED,)),
    ("waiting", _("On record, waiting for the parties"), (S.RECORDED,)),
    ("drafts", pgettext_lazy("agreements", "Drafts"), (S.DRAFT,)),
    ("verified", pgettext_lazy("agreements", "Verified"), (S.VERIFIED,)),
    ("void", pgettext_lazy("agreements", "Void"), (S.VOID,)),
    ("all", pgettext_lazy("agreements", "All"), tuple(S.values)),
)
# Where an agreement waits for the organiser's word: confirmed by all, or on record with parties that have not answered yet.
VERIFIABLE, UNCONFIRMED = frozenset({"to-verify", "waiting"}), "waiting"
LARGEST_FIRST = "amount"
STATES = {word: states for word, _title, states in QUEUES}


@dataclass(frozen=True)
class Tab:
    """One queue: its word in the address, what it is called, how many rows the filters leave in it."""

    word: str
    title: str
    count: int


@dataclass(frozen=True)
class Totals:
    """What the listed rows come to. Amounts are of those that count and disclose one."""

    rows: int
    counted: int
    agreements: int
    intentions: int
    undisclosed: int
    amount_cny: Decimal


def tabs_of(rows: QuerySet[Any]) -> list[Tab]:
    """Return every queue with how many of the rows are in it. One query."""
    by_state: dict[str, int] = dict(rows.order_by().values_list("status").annotate(n=Count("pk")))
    return [Tab(word, str(title), sum(by_state.get(state, 0) for state in states)) for word, title, states in QUEUES]


def in_queue(rows: QuerySet[Any], word: str, *, order: str = "") -> QuerySet[Any]:
    """Return those of the rows that are in a queue, in the order in which they are worked on: what waits longest first, else the newest.

    `order` "amount": the largest amount in yuan first, what discloses none last.
    """
    found = rows.filter(status__in=STATES[word])
    if order == LARGEST_FIRST:
        return found.order_by(F("amount_cny").desc(nulls_last=True), "pk")
    return found.order_by("recorded_at", "pk") if word in {"to-verify", "disputed", "submitted", "waiting"} else found.order_by("-pk")


def totals_of(rows: QuerySet[Any]) -> Totals:
    """Return what the rows come to. One query."""
    counts = Q(status__in=Agreement.COUNTED)
    found = rows.order_by().aggregate(
        rows=Count("pk"),
        counted=Count("pk", filter=counts),
        agreements=Count("pk", filter=counts & Q(kind=Agreement.Kind.AGREEMENT)),
        intentions=Count("pk", filter=counts & Q(kind=Agreement.Kind.INTENTION)),
        undisclosed=Count("pk", filter=counts & Q(is_undisclosed=True)),
        fen=sum_in_fen(counts),
    )
    return Totals(amount_cny=in_yuan(found.pop("fen")), **found)


def answers_of(rows: list[Agreement]) -> dict[int, tuple[int, int]]:
    """Return, for each agreement, how many of its parties confirmed its present version, and how many parties it has.

    The newest answer of a party counts. The parties have to be there already. One query.
    """
    said: dict[int, dict[int | None, str]] = {row.pk: {} for row in rows}
    versions = {row.pk: row.version for row in rows}
    found = (
        Confirmation.objects.filter(agreement__in=said, party__isnull=False)
        .order_by("pk")
        .values_list("agreement", "party", "version", "answer")
    )
    for agreement, party, version, answer in found:
        if version == versions[agreement]:
            said[agreement][party] = answer
    return {
        row.pk: (sum(answer == Confirmation.Answer.CONFIRMED for answer in said[row.pk].values()), len(row.parties.all())) for row in rows
    }


def newest_entry() -> int:
    """Return the number of the newest entry in the history of all agreements, 0 where there is none: what a page has seen. One query."""
    newest: int | None = Agreement.history.aggregate(newest=Max("history_id"))["newest"]
    return newest or 0


def versions_seen(rows: QuerySet[Any], seen: int, *, most: int) -> tuple[dict[int, int], int]:
    """Return the first of the rows with their versions, by key, without those that were changed after entry `seen`; and how many these are. Two queries."""
    later = Agreement.history.filter(id=OuterRef("pk"), history_id__gt=seen)
    same = rows.filter(~Exists(later))
    return dict(same.values_list("pk", "version")[:most]), rows.filter(Exists(later)).count()


def changed_after(seen: int, keys: Iterable[int]) -> bool:
    """Say whether one of the agreements was changed after entry `seen`. One query."""
    return bool(Agreement.history.filter(id__in=list(keys), history_id__gt=seen).exists())
