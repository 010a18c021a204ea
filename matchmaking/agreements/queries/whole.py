"""One agreement with everything that is known about it, as the organiser reads it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy

from expo.accounts.models import display_name
from expo.foundation.models import Event
from expo.foundation.money import spoken
from matchmaking.agreements.models import Agreement, Confirmation, ConfirmationLink, Introduction, IntroductionConsent, Milestone, Party
from matchmaking.agreements.queries.history import HISTORY
from matchmaking.agreements.queries.outcome import amount_words
from matchmaking.marketplace.wording import listed

MOST_LINES = 200
# What only the organiser reads of the log, besides what the parties read.
MORE = {
    "seed": gettext_lazy("Written by the demo"),
    "edit": gettext_lazy("Draft changed"),
    "discard": gettext_lazy("Draft thrown away"),
    "revalue": gettext_lazy("Valued anew at another rate"),
    "refer": gettext_lazy("Own reference set"),
    "keep_apart": gettext_lazy("Said to be another one than what it looked like"),
    "merged": gettext_lazy("Another one was merged into it"),
    "introduction_ended": gettext_lazy("The claim of an introduction was taken back"),
}
SAID = {**HISTORY, **MORE}


@dataclass(frozen=True)
class PartyLine:
    """A party, what it said of the present version, and the link that waits for its answer (None: none does)."""

    party: Party
    answer: Confirmation | None
    link: ConfirmationLink | None


@dataclass(frozen=True)
class HistoryLine:
    """A step: when, who ("" for nobody with an account), what in words, the reason, and the number of its seal (None: not sealed yet)."""

    at: datetime
    who: str
    what: str
    reason: str
    details: str
    version: int | None
    seal: int | None


@dataclass(frozen=True)
class Whole:
    """An agreement with its parties, all answers and links, its history, who introduced the parties, and what became of it."""

    agreement: Agreement
    amount: str
    in_yuan: str
    parties: list[PartyLine]
    answers: list[Confirmation]
    links: list[ConfirmationLink]
    history: list[HistoryLine]
    introduction: Introduction | None
    consents: list[IntroductionConsent]
    milestones: list[Milestone]
    merged: list[Agreement]


def whole(agreement: Agreement) -> Whole:
    """Return everything about an agreement fetched with `for_whole`. Nine queries, whatever the number of rows."""
    parties = list(agreement.parties_in_order())
    answers = list(agreement.confirmations.select_related("person", "party__company").order_by("-pk"))
    links = list(agreement.links.select_related("party__company", "made_by").order_by("-pk"))
    introduction = Introduction.objects.filter(agreement=agreement).select_related("introducer", "claimed_by").first()
    return Whole(
        agreement=agreement,
        amount=amount_words(agreement),
        in_yuan=yuan_words(agreement),
        parties=_party_lines(agreement, parties, answers, links),
        answers=answers,
        links=links,
        history=history_lines(agreement, {**{one.party_id: one.party_name for one in answers}, **{one.pk: one.name for one in parties}}),
        introduction=introduction,
        consents=list(introduction.consents.select_related("party__company")) if introduction is not None else [],
        milestones=list(agreement.milestones.filter(answered_at__isnull=False).select_related("party__company", "person")),
        merged=list(agreement.merged.select_related("edition").order_by("number")),
    )


def for_whole(pk: int) -> Agreement | None:
    """Return the agreement with the rows it names, None where there is none. One query."""
    rows = Agreement.objects.select_related(
        "edition", "chain", "segment", "recorded_by", "verified_by", "merged_into__edition", "drafted_for",
        "meeting__slot", "offer", "sourcing_request",
    )  # fmt: skip
    found: Agreement | None = rows.filter(pk=pk).first()
    return found


def history_lines(agreement: Agreement, parties: Mapping[int | None, str]) -> list[HistoryLine]:
    """Return the log's lines about an agreement, newest first, in words; `parties` are their names by key. One query."""
    rows = Event.objects.filter(thing=Agreement._meta.label, thing_id=str(agreement.pk)).select_related("actor", "seal")
    return [_line(row, parties) for row in rows.order_by("-pk")[:MOST_LINES]]


def yuan_words(agreement: Agreement) -> str:
    """Return what the amount is worth in yuan at the rate used, '' for yuan and where no rate is stated."""
    if agreement.amount_cny is None or agreement.currency == "CNY":
        return ""
    return spoken(agreement.amount_cny, "CNY")


def _party_lines(
    agreement: Agreement, parties: Sequence[Party], answers: Sequence[Confirmation], links: Sequence[ConfirmationLink]
) -> list[PartyLine]:
    now = timezone.now()
    newest: dict[int | None, Confirmation] = {}
    for answer in answers:  # The newest stands first.
        if answer.version == agreement.version:
            newest.setdefault(answer.party_id, answer)
    waiting = {
        link.party_id: link
        for link in links
        if link.used_at is None and link.ended_at is None and link.expires_at > now and link.version == agreement.version
    }
    return [PartyLine(party, newest.get(party.pk), waiting.get(party.pk)) for party in parties]


def _line(row: Any, parties: Mapping[int | None, str]) -> HistoryLine:
    said: Mapping[str, Any] = row.data
    return HistoryLine(
        at=row.at,
        who=display_name(row.actor) if row.actor is not None else "",
        what=str(SAID.get(row.verb, row.verb)),
        reason=str(said.get("reason") or ""),
        details=_details(said, parties),
        version=said.get("version"),
        seal=row.seal.number if row.seal is not None else None,
    )


def _details(said: Mapping[str, Any], parties: Mapping[int | None, str]) -> str:
    """Say what else a line holds that helps a reader: what changed, which party, which other agreement."""
    words = []
    if said.get("party") in parties:
        words.append(parties[said["party"]])
    changed = said.get("changed") or list(said.get("changes") or ())
    labels = {field.name: str(field.verbose_name) for field in Agreement._meta.fields}
    words += [listed(labels.get(str(name), str(name)) for name in changed)] if changed else []
    return " · ".join(words)
