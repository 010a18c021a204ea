"""Many agreements at once, as a spreadsheet brings them: all of them in one transaction, or none."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import permutations
from typing import Any

from django.db import transaction
from django.db.models import prefetch_related_objects
from django.utils import timezone
from simple_history.utils import bulk_create_with_history

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.queries import rates_of
from expo.foundation.errors import Invalid, NotAllowed, Refused
from expo.foundation.sheets.by_action import RowRefused
from matchmaking.agreements import checks, errors, rules
from matchmaking.agreements.actions.common import AgreementInput, named, refuse_who_takes_no_part
from matchmaking.agreements.actions.lines import ledger_log_all
from matchmaking.agreements.actions.numbering import locked_ledger
from matchmaking.agreements.actions.valuing import value_draft
from matchmaking.agreements.models import Agreement, Party
from matchmaking.agreements.queries.standing import GONE
from matchmaking.participants.models import Block, Registration

BATCH = 500
WHY = "brought by a spreadsheet"


@dataclass(frozen=True)
class Written:
    """One agreement of many: what it says, the organiser's own reference, and the row of the file that says so."""

    given: AgreementInput
    external_id: str = ""
    row: int = 0


class ManyChecks:
    """The checks of one edition for many agreements: the same as for a single one, without a query for each."""

    def __init__(self, edition: Edition, rates: Mapping[str, Decimal], by: User) -> None:
        self.edition, self.rates, self.by = edition, dict(rates), by

    def faults(self, given: AgreementInput, *, is_recorded: bool) -> Mapping[str, Sequence[str]]:
        """Return everything that does not hold, by field, in the active language; nothing where all does."""
        found: dict[str, list[str]] = defaultdict(list)
        for check in self._checks(given, is_recorded=is_recorded):
            try:
                check()
            except Refused as refused:
                for name, texts in refused.fields.items():
                    found[name if name not in {"outside_name", "country", "role"} else "parties"] += texts
        return found

    def _checks(self, given: AgreementInput, *, is_recorded: bool) -> Any:
        yield lambda: checks.check_title(given.title)
        yield lambda: self._check_place(given)
        yield lambda: checks.check_signed_on(self.edition, given.signed_on)
        yield lambda: checks.check_amount(given.amount, given.currency, is_undisclosed=given.is_undisclosed)
        if is_recorded and given.currency and not given.is_undisclosed:
            yield lambda: checks.check_rate(self.edition, given.currency, self.rates)
        yield lambda: value_draft(Agreement(amount=given.amount, currency=given.currency, is_undisclosed=given.is_undisclosed), self.rates)
        yield lambda: checks.check_parties(given.parties)
        yield lambda: self._check_part(given)

    def _check_place(self, given: AgreementInput) -> None:
        if self._chains and given.chain.pk not in self._chains:
            raise errors.ChainNotInEdition
        if given.segment is not None and given.segment.chain_id != given.chain.pk:
            checks.check_place(self.edition, given.chain, given.segment)  # It says which.

    def _check_part(self, given: AgreementInput) -> None:
        companies = named(given.parties)
        if self._gone & companies.keys() or any(pair in self._blocks for pair in permutations(companies, 2)):
            refuse_who_takes_no_part(self.edition, companies, by=self.by)

    @cached_property
    def _chains(self) -> set[int]:
        return set(self.edition.areas.values_list("chain_id", flat=True))

    @cached_property
    def _gone(self) -> set[int]:
        states: dict[int, set[str]] = defaultdict(set)
        for company, status in Registration.objects.filter(edition=self.edition).values_list("company", "status"):
            states[company].add(status)
        return {company for company, said in states.items() if said <= set(GONE)}

    @cached_property
    def _blocks(self) -> set[tuple[int, int]]:
        return set(Block.objects.values_list("company", "blocked"))


@transaction.atomic
def write_many(edition: Edition, wanted: Sequence[Written], *, by: User, is_recorded: bool) -> list[Agreement]:
    """Write agreements down as drafts, or put them on record with the edition's next numbers, in their order and without gaps.

    One line of the log for each, sealed together. Nobody is mailed: the parties find on their desks what waits for them. About
    `len(wanted) / 500 * 8` queries.

    Raises:
        NotAllowed: `by` does not log agreements, or puts none on record.
        RowRefused: the first that does not hold, with the row of the file; nothing is written.
    """
    if not rules.may_draft(by) or (is_recorded and not rules.may_record(by)):
        raise NotAllowed
    if not wanted:
        return []
    rates = rates_of(edition)
    _refuse_wrong(ManyChecks(edition, rates, by), wanted, is_recorded=is_recorded)
    rows = [_row(one, rates) for one in wanted]
    if is_recorded:
        _record(edition, rows, by)
    made = bulk_create_with_history(rows, Agreement, batch_size=BATCH, default_user=by, default_change_reason=WHY)
    parties = [party for row, one in zip(made, wanted, strict=True) for party in _parties(row, one.given)]
    bulk_create_with_history(parties, Party, batch_size=BATCH, default_user=by, default_change_reason=WHY)
    prefetch_related_objects(made, "parties")
    ledger_log_all((_step(row, edition) for row in made), by=by)
    return list(made)


def _refuse_wrong(check: ManyChecks, wanted: Sequence[Written], *, is_recorded: bool) -> None:
    references = [one.external_id for one in wanted if one.external_id]
    taken = set(Agreement.objects.filter(edition=check.edition, external_id__in=references).values_list("external_id", flat=True))
    for one in wanted:
        faults = {name: list(texts) for name, texts in check.faults(one.given, is_recorded=is_recorded).items()}
        if one.external_id and one.external_id in taken:
            faults["external_id"] = [str(errors.ReferenceTaken.detail)]
        if faults:
            raise RowRefused(one.row, Invalid(fields=faults))
        taken.add(one.external_id)


def _row(one: Written, rates: Mapping[str, Decimal]) -> Agreement:
    row = Agreement(**one.given.columns(), external_id=one.external_id)
    value_draft(row, rates)
    return row


def _record(edition: Edition, rows: Sequence[Agreement], by: User) -> None:
    """Give each its number; the edition's ledger row stays locked until they are committed."""
    ledger = locked_ledger(edition)
    now = timezone.now()
    for number, row in enumerate(rows, start=ledger.last_number + 1):
        row.number, row.status, row.recorded_by, row.recorded_at = number, Agreement.Status.RECORDED, by, now
    ledger.last_number += len(rows)
    ledger.save(update_fields=["last_number"])


def _parties(row: Agreement, given: AgreementInput) -> list[Party]:
    return [Party(agreement=row, order=order, **party.columns()) for order, party in enumerate(given.parties)]


def _step(row: Agreement, edition: Edition) -> tuple[Agreement, str, dict[str, Any]]:
    if row.number is None:
        return row, "draft", {"edition": edition.slug, "title": row.title, "brought": True}
    return row, "record", {"number": row.number, "amount_cny": row.amount_cny, "rate": row.rate_used, "brought": True}
