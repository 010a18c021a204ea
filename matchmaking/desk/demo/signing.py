"""Agreements written as they are to be seen, in whatever state, with what their parties said. Nobody is told; the log says that each was seeded."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import prefetch_related_objects

from expo.accounts.models import User
from matchmaking.agreements.actions.lines import ledger_log_all
from matchmaking.agreements.models import Agreement, Confirmation, Introduction, IntroductionConsent, Ledger, Milestone, Party
from matchmaking.participants.models import Member

SEEDED = "seed"
MORNING = 9


@dataclass
class Signed:
    """An agreement with its parties, none of them saved yet."""

    agreement: Agreement
    parties: list[Party] = field(default_factory=list)

    @property
    def registered(self) -> list[Party]:
        """The parties that are companies here."""
        return [party for party in self.parties if party.company_id]


def write_signed(rows: Sequence[Signed], *, by: User) -> None:
    """Save agreements and parties with their history, and a line of the log for each. The ledger knows the last number. A few queries for any number."""
    agreements = [row.agreement for row in rows]
    Agreement.objects.bulk_create(agreements)
    for row in rows:
        for party in row.parties:
            party.agreement = row.agreement
    parties = [party for row in rows for party in row.parties]
    Party.objects.bulk_create(parties)
    Agreement.history.bulk_history_create(agreements, default_user=by, default_change_reason="seeded")
    Party.history.bulk_history_create(parties, default_user=by, default_change_reason="seeded")
    _keep_numbers(agreements)
    prefetch_related_objects(agreements, "parties")
    ledger_log_all(((row, SEEDED, {"status": row.status, "number": row.number}) for row in agreements), by=None)


def _keep_numbers(agreements: Iterable[Agreement]) -> None:
    last: dict[int, int] = {}
    for row in agreements:
        last[row.edition_id] = max(last.get(row.edition_id, 0), row.number or 0)
    for edition, number in last.items():
        Ledger.objects.update_or_create(edition_id=edition, defaults={"last_number": number})


def people_of(companies: Iterable[int]) -> dict[int, int]:
    """Return an owner of each company, by its key. One query."""
    owners = Member.objects.filter(company__in=set(companies), role=Member.Role.OWNER, status=Member.Status.ACTIVE)
    return dict(owners.order_by("-pk").values_list("company", "user"))


def answer_of(row: Signed, party: Party, people: dict[int, int], *, at: datetime, way: str = "desk", reason: str = "") -> Confirmation:
    """Return what a registered party said of the agreement: yes, or no with the reason."""
    return Confirmation(
        agreement=row.agreement,
        party=party,
        party_name=party.company.name if party.company else party.outside_name,
        version=row.agreement.version,
        answer=Confirmation.Answer.DISPUTED if reason else Confirmation.Answer.CONFIRMED,
        reason=reason,
        person_id=people.get(party.company_id or 0) if way == Confirmation.Way.DESK else None,
        way=way,
        at=at,
    )


def milestone_of(row: Signed, party: Party, days: int, stage: str, person: int | None, *, closed_reason: str = "") -> Milestone:
    """Return a question that was asked on its day, with its answer; a stage of '' means that nobody answered."""
    due = row.agreement.signed_on + timedelta(days=days)
    asked = datetime.combine(due, time(MORNING), ZoneInfo(row.agreement.edition.time_zone))
    return Milestone(
        agreement=row.agreement,
        party=party,
        days=days,
        due_on=due,
        asked_at=asked,
        answered_at=asked + timedelta(days=1) if stage else None,
        stage=stage,
        closed_reason=closed_reason,
        person_id=person if stage else None,
        way="desk" if stage else "",
    )


def introduce(row: Signed, introducer: int, answers: dict[int, str], people: dict[int, int], *, at: datetime) -> None:
    """Write who brought the parties together, and what they say to it, by the key of the party."""
    claim = Introduction.objects.create(
        agreement=row.agreement, introducer_id=introducer, claimed_by_id=people.get(introducer), claimed_at=at
    )
    IntroductionConsent.objects.bulk_create(
        IntroductionConsent(introduction=claim, party=party, answer=answers[party.pk], person_id=people.get(party.company_id or 0), at=at)
        for party in row.registered
        if party.pk in answers
    )
