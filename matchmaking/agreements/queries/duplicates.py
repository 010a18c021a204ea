"""What looks like an agreement that is written down already, and which two rows of an edition look like one."""

import datetime
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations
from typing import Any

from django.db.models import Count, Q, QuerySet

from expo.editions.models import Edition
from expo.foundation.models import Event
from matchmaking.agreements.checks import PartyInput
from matchmaking.agreements.models import Agreement, Party
from matchmaking.meetings.models import Meeting
from matchmaking.participants.models import Visitor

NEAR_DAYS = 3
KEPT_APART = "keep_apart"
ANOTHER_THAN = "another_than"  # Under this name the log has the keys of what who wrote or sent an agreement said that it is not.
SAME_DOCUMENT, SAME_AMOUNT, NEAR_DAY, SAME_MEETING = "document", "amount", "day", "meeting"


def likely_duplicates(
    edition: Edition,
    parties: Sequence[PartyInput],
    *,
    signed_on: datetime.date,
    amount: Decimal | None = None,
    document_sha256: str = "",
    leave_out: int | None = None,
    meeting: Meeting | None = None,
    known_to: Visitor | None = None,
) -> list[Agreement]:
    """Return agreements of the edition that may be the same one written down before, newest first, at most ten.

    Either two of its parties are the same and it was signed within three days or over the same amount, or it has the very
    same document, or it came of the same meeting. Void ones do not count. `known_to`: only what is on this person's desk, so that
    nobody learns what others agreed. Two queries.
    """
    same = Q(document_sha256=document_sha256) if document_sha256 else Q(pk__in=[])
    if meeting is not None:
        same |= Q(meeting=meeting)
    near = Q(signed_on__range=(signed_on - datetime.timedelta(days=NEAR_DAYS), signed_on + datetime.timedelta(days=NEAR_DAYS)))
    if amount is not None:
        near |= Q(amount=amount)
    rows = Agreement.objects.filter(edition=edition).exclude(status=Agreement.Status.VOID)
    if leave_out is not None:
        rows = rows.exclude(pk=leave_out)
    if known_to is not None:
        rows = rows.on_desk_of(known_to)
    same |= near & Q(pk__in=_with_two_of(parties))
    return list(rows.filter(same).for_list().order_by("-id")[:10])


def duplicates_of_row(agreement: Agreement, *, known_to: Visitor | None = None) -> list[Agreement]:
    """Return what may be the same as an agreement that is written down, see `likely_duplicates`. Three queries."""
    return likely_duplicates(
        agreement.edition,
        [PartyInput.of(party) for party in agreement.parties.select_related("company")],
        signed_on=agreement.signed_on,
        amount=agreement.amount,
        document_sha256=agreement.document_sha256,
        leave_out=agreement.pk,
        known_to=known_to,
    )


def _with_two_of(parties: Sequence[PartyInput]) -> QuerySet[Any]:
    companies = [party.company.pk for party in parties if party.company]
    outside = [party.identity for party in parties if not party.company]
    among = Party.objects.filter(Q(company__in=companies) | Q(outside_key__in=outside)).order_by()
    return among.values("agreement").annotate(shared=Count("id")).filter(shared__gte=2).values("agreement")


@dataclass(frozen=True)
class Pair:
    """Two agreements that look like one, the older first, and why: "document", "amount", "day", "meeting"."""

    first: Agreement
    second: Agreement
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class _Facts:
    """What is compared of a row."""

    pk: int
    signed_on: datetime.date
    amount: Decimal | None
    currency: str
    document: str
    meeting: int | None

    def reasons(self, other: "_Facts", *, same_parties: bool) -> tuple[str, ...]:
        """Why the two look like one; nothing where they do not."""
        found = []
        if self.document and self.document == other.document:
            found.append(SAME_DOCUMENT)
        if same_parties:
            if self.amount is not None and (self.amount, self.currency) == (other.amount, other.currency):
                found.append(SAME_AMOUNT)
            if abs((self.signed_on - other.signed_on).days) <= NEAR_DAYS:
                found.append(NEAR_DAY)
            if found and self.meeting is not None and self.meeting == other.meeting:
                found.append(SAME_MEETING)
        return tuple(found)


@dataclass(frozen=True)
class Pairs:
    """The surest of the pairs that look like one, and how many there are in all."""

    surest: list[Pair]
    count: int


def likely_pairs(edition: Edition, *, most: int = 100) -> Pairs:
    """Return pairs of agreements of an edition that look like one, for the organiser: the surest first, at most `most`.

    Two of the parties are the same and they were signed within three days or over the same amount, or the document is the very same.
    Void rows, and pairs that staff have said are two, are left out. Five queries, whatever the number of rows; memory for a few columns of
    every row of the edition.
    """
    facts, groups = _facts_of(edition)
    apart = _kept_apart()
    found: dict[tuple[int, int], tuple[str, ...]] = {}
    for same_parties, rows in groups:
        for one, other in combinations(sorted(rows), 2):
            pair = (one, other)
            if pair not in found and pair not in apart and (why := facts[one].reasons(facts[other], same_parties=same_parties)):
                found[pair] = why
    surest = sorted(found, key=lambda pair: (SAME_DOCUMENT not in found[pair], -len(found[pair]), pair))[:most]
    by_key = {row.pk: row for row in Agreement.objects.filter(pk__in={pk for pair in surest for pk in pair}).for_list()}
    return Pairs([Pair(by_key[one], by_key[other], found[one, other]) for one, other in surest], len(found))


def _facts_of(edition: Edition) -> tuple[dict[int, _Facts], Iterator[tuple[bool, set[int]]]]:
    """Return what is compared, and the groups in which it is: rows with two parties in common first, then rows with the same document."""
    rows = Agreement.objects.filter(edition=edition).exclude(status=Agreement.Status.VOID)
    columns = ("pk", "signed_on", "amount", "currency", "document_sha256", "meeting")
    facts = {row[0]: _Facts(*row) for row in rows.order_by("pk").values_list(*columns)}
    sides: dict[int, list[str]] = defaultdict(list)
    parties = Party.objects.filter(agreement__in=rows.order_by().values("pk")).order_by()
    for agreement, company, key in parties.values_list("agreement", "company", "outside_key"):
        sides[agreement].append(key or str(company))
    together: dict[tuple[str, str], set[int]] = defaultdict(set)
    for agreement, names in sides.items():
        for pair in combinations(sorted(names), 2):
            together[pair].add(agreement)
    papers: dict[str, set[int]] = defaultdict(set)
    for row in facts.values():
        if row.document:
            papers[row.document].add(row.pk)

    def groups() -> Iterator[tuple[bool, set[int]]]:
        for found, same_parties in ((together, True), (papers, False)):
            for those in found.values():
                if len(those) > 1:
                    yield same_parties, those

    return facts, groups()


def _kept_apart() -> set[tuple[int, int]]:
    """Return the pairs of which staff have said that they are two. One query."""
    lines = Event.objects.filter(thing=Agreement._meta.label, verb=KEPT_APART).values_list("thing_id", "data__other")
    return {(min(int(one), int(other)), max(int(one), int(other))) for one, other in lines if other is not None}
