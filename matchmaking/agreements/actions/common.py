"""What an agreement says, as input and as a row, and how it is kept with its history."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from expo.accounts.models import User
from expo.editions.models import Chain, Edition, Segment
from expo.editions.queries import rates_of
from expo.foundation.errors import Words
from expo.foundation.eventlog import log
from expo.foundation.models import Event
from matchmaking.agreements import checks, errors, rules
from matchmaking.agreements.actions.valuing import value_draft
from matchmaking.agreements.checks import PartyInput
from matchmaking.agreements.documents import read_document
from matchmaking.agreements.models import Agreement, Party
from matchmaking.agreements.queries.canonical import state_of
from matchmaking.agreements.queries.rates import VALUED_ANEW
from matchmaking.agreements.queries.standing import blocks_among, left_out, not_verified
from matchmaking.participants.models import Company, Member

LONGEST_REASON = 1000
# The columns of what an agreement says, its edition and its parties apart.
SAID = ("title", "kind", "chain", "segment", "signed_on", "amount", "currency", "is_undisclosed", "visibility")
# What those say that may be left out.
UNSAID: dict[str, Any] = {
    "segment": None, "amount": None, "currency": "", "is_undisclosed": False, "visibility": Agreement.Visibility.PUBLIC,
}  # fmt: skip


@dataclass(frozen=True)
class AgreementInput:
    """What an operator writes down about an agreement, the document apart."""

    edition: Edition
    title: str
    kind: str
    chain: Chain
    segment: Segment | None
    signed_on: datetime.date
    amount: Decimal | None
    currency: str
    is_undisclosed: bool
    visibility: str
    parties: Sequence[PartyInput]

    def check(self) -> None:
        """Pass silently, or raise the room's error for the first field that does not hold."""
        checks.check_title(self.title)
        for field, value, choices in (("kind", self.kind, Agreement.Kind), ("visibility", self.visibility, Agreement.Visibility)):
            if value not in choices.values:
                raise errors.UnknownChoice(field=field)
        checks.check_place(self.edition, self.chain, self.segment)
        checks.check_signed_on(self.edition, self.signed_on)
        checks.check_amount(self.amount, self.currency, is_undisclosed=self.is_undisclosed)
        checks.check_parties(self.parties)

    def columns(self) -> dict[str, Any]:
        """Return the values of the row's columns."""
        said = {name: getattr(self, name) for name in ("edition", *SAID)}
        return said | {"title": " ".join(self.title.split()), "currency": "" if self.is_undisclosed else self.currency}


def as_written(agreement: Agreement) -> AgreementInput:
    """Return what the row says, as input: one query for the parties."""
    parties = [PartyInput.of(party) for party in agreement.parties.select_related("company")]
    return AgreementInput(**{name: getattr(agreement, name) for name in ("edition", *SAID)}, parties=parties)


def latest_entry(agreement: Agreement) -> int | None:
    """Return the number of the row's newest history entry, to be handed back to a verb as `seen`. One query."""
    entry: int | None = agreement.history.values_list("history_id", flat=True).first()
    return entry


def stated_rate(agreement: Agreement) -> Decimal | None:
    """Return what one unit of the agreement's currency is worth in yuan at the edition's stated rate, None where no amount is disclosed."""
    if agreement.is_undisclosed:
        return None
    return checks.check_rate(agreement.edition, agreement.currency, rates_of(agreement.edition))


def attach(agreement: Agreement, document: Any) -> None:
    """Keep an uploaded PDF with the row, which is not saved here; None leaves what is there."""
    if document is not None:
        agreement.document, agreement.document_sha256 = read_document(document)


def save_with_history(row: Agreement | Party, by: User | None, why: str) -> None:
    """Save the row; its history says who and what for. `by` is None for somebody without an account.

    An agreement without a number yet is valued anew at the rate that its edition states now. Raises ValueTooLarge.
    """
    if isinstance(row, Agreement) and row.status in VALUED_ANEW:
        value_draft(row)
    _say_in_history(row, by, why)
    row.save()


def _say_in_history(row: Agreement | Party, by: User | None, why: str) -> None:
    vars(row).update(_history_user=by, _change_reason=why)  # read by the history


def write_parties(agreement: Agreement, parties: Sequence[PartyInput], by: User | None, why: str) -> list[str]:
    """Let the agreement have exactly these parties, in this order. Who stays keeps its row, so that its answers still point to it.

    Returns the names of those that came and went, in words for the log.
    """
    there = {party.company_id or party.outside_key: party for party in agreement.parties.select_related("company")}
    wanted = {party.company.pk if party.company else party.identity: party for party in parties}
    moved = []
    for key in there.keys() - wanted.keys():
        gone = there[key]
        moved.append(f"- {gone.name}")
        _say_in_history(gone, by, why)
        gone.delete()
    for order, (key, given) in enumerate(wanted.items()):
        party = there.get(key) or Party(agreement=agreement)
        if key not in there:
            moved.append(f"+ {given.name}")
        if _take(party, order, given) or key not in there:
            _say_in_history(party, by, why)
            party.save()
    return sorted(moved)


def _take(party: Party, order: int, given: PartyInput) -> bool:
    """Set what is given on the row, and return whether it has to be saved."""
    said = {"order": order, **given.columns()}
    changed = [name for name, value in said.items() if getattr(party, name) != value]
    for name, value in said.items():
        setattr(party, name, value)
    return bool(changed)


def ledger_log(agreement: Agreement, verb: str, *, by: User | None, **data: Any) -> Event:
    """Write a line about an agreement: what was done, with the version and the digest of what the agreement says now.

    The last thing that a verb does: whoever proves the ledger compares the row with its newest line, and the line is sealed at once, for
    which the verb holds what others wait for.
    """
    return log(agreement, verb, by=by, version=agreement.version, state=state_of(agreement), **data)


def refuse_moved_on(agreement: Agreement, seen: int | None) -> None:
    """Raise ChangedMeanwhile where the row has another newest entry in its history than the person looked at; None: they did not say."""
    if seen is not None and seen != latest_entry(agreement):
        raise errors.ChangedMeanwhile(_("Somebody else changed this agreement meanwhile. Look at it again.") if agreement.number else None)


def checked_reason(reason: str, missing: Words) -> str:
    """Return the reason without blanks around it. Raises ReasonMissing with the words `missing`, or for more than 1,000 characters."""
    said = reason.strip()
    if not said:
        raise errors.ReasonMissing(missing)
    if len(said) > LONGEST_REASON:
        raise errors.ReasonMissing(_("Say it in at most 1,000 characters."))
    return said


def end_links(agreement: Agreement, party: Party | None = None) -> int:
    """Put the links of an agreement, or of one party, out of use, and return how many still worked. The addresses they went to are forgotten."""
    open_ones = agreement.links.filter(used_at__isnull=True, ended_at__isnull=True)
    if party is not None:
        open_ones = open_ones.filter(party=party)
    return int(open_ones.update(ended_at=timezone.now(), email=""))


def refuse_who_takes_no_part(edition: Edition, companies: Mapping[int, str], *, by: User | None) -> None:
    """Pass silently, or refuse companies, by key with their name, that were rejected, withdrew, or of which one blocked another. Four queries at most.

    Staff read which it is. A company reads of a block that it set itself; else one and the same sentence says that the other takes no part.

    Raises:
        PartyTakesNoPart, YouBlockedParty, PartiesBlocked.
    """
    if gone := left_out(edition, list(companies)):
        raise takes_no_part(companies[gone[0]])
    blocks = blocks_among(list(companies))
    if not blocks:
        return
    blocking, blocked = blocks[0]
    if by is not None and rules.may_draft(by):
        words = _("“%(one)s” has blocked “%(other)s”. Nothing is written down between them while the block stands.")
        raise errors.PartiesBlocked(words % {"one": companies[blocking], "other": companies[blocked]})
    own = set(Member.objects.of(by).values_list("company", flat=True)) if by is not None else set()
    for blocking, blocked in blocks:
        if blocking in own:
            raise errors.YouBlockedParty(_("Your company has blocked “%(name)s”. Lift the block first.") % {"name": companies[blocked]})
    others = [key for block in blocks for key in block if key not in own]
    raise takes_no_part(companies[others[0]])


def refuse_strangers(company: Company, given: AgreementInput) -> None:
    """Refuse what a company may not write down: without itself, or with a company that is no verified one of the edition. One query."""
    parties = named(given.parties)
    if company.pk not in parties:
        raise errors.NotInAgreement
    if strangers := not_verified(given.edition, list(parties)):
        raise takes_no_part(parties[strangers[0]])


def takes_no_part(name: str) -> errors.PartyTakesNoPart:
    """Return the refusal that names a company."""
    return errors.PartyTakesNoPart(
        _("“%(name)s” takes no part in this edition at present, so that it cannot be a party here. Ask the organiser.") % {"name": name}
    )


def named(parties: Sequence[PartyInput]) -> dict[int, str]:
    """Return the registered companies among the parties, by key with their name."""
    return {party.company.pk: party.name for party in parties if party.company is not None}
