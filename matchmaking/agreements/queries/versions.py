"""The versions of an agreement, and what changed from one to the next: from the history of its row and of its parties."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django_countries import countries

from expo.accounts.models import User
from expo.editions.models import Chain, Segment
from expo.foundation.dates import long_day
from expo.foundation.models import Event
from matchmaking.agreements.models import Agreement, Party
from matchmaking.agreements.queries.outcome import amount_words
from matchmaking.participants.models import Company

# The verbs that begin a version; their reason is why there is another one.
BEGINNINGS = ("correct", "refuse", "take_back")
SAID = ("title", "kind", "chain", "segment", "signed_on", "amount", "visibility", "document", "parties")


@dataclass(frozen=True)
class Change:
    """What one field said before and says now, in words; '' where it said nothing."""

    field: str
    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Version:
    """One version: since when, who began it (None: by link, or unknown), why, and what it says differently from the one before."""

    number: int
    at: datetime
    by: User | None
    reason: str
    changes: list[Change]


def versions(agreement: Agreement) -> list[Version]:
    """Return the versions of an agreement, newest first. Of the first one nothing has changed. Seven queries at most, whatever their number."""
    rows = list(agreement.history.select_related("history_user").order_by("history_id"))
    firsts: dict[int, Any] = {}
    lasts: dict[int, Any] = {}
    for row in rows:
        firsts.setdefault(row.version, row)
        lasts[row.version] = row
    numbers = sorted(firsts)
    ends = [firsts[number].history_date for number in numbers[1:]]
    said = _Words.of(lasts.values(), list(Party.history.filter(agreement_id=agreement.pk).order_by("history_id")))
    texts = [said.of_row(lasts[number], end) for number, end in zip(numbers, [*ends, None], strict=True)]
    reasons = _reasons(agreement)
    found = []
    for place, number in enumerate(numbers):
        first = firsts[number]
        changes = _changes(texts[place - 1], texts[place]) if place else []
        found.append(Version(number, first.history_date, first.history_user, reasons.get(number, ""), changes))
    return found[::-1]


def _reasons(agreement: Agreement) -> dict[int, str]:
    lines = Event.objects.filter(thing=Agreement._meta.label, thing_id=str(agreement.pk), verb__in=BEGINNINGS).order_by("pk")
    return {data["version"]: str(data.get("reason", "")) for data in lines.values_list("data", flat=True) if "version" in data}


def _changes(before: dict[str, str], after: dict[str, str]) -> list[Change]:
    return [Change(name, _label(name), before[name], after[name]) for name in SAID if before[name] != after[name]]


def _label(name: str) -> str:
    field: Any = Agreement._meta.get_field(name) if name != "parties" else None
    return _("Parties") if field is None else capfirst(str(field.verbose_name))


@dataclass(frozen=True)
class _Words:
    """What rows of the history say, with the names of what they point to."""

    chains: dict[int, Chain]
    segments: dict[int, Segment]
    companies: dict[int, Company]
    parties: Sequence[Any]

    @classmethod
    def of(cls, rows: Iterable[Any], parties: Sequence[Any]) -> "_Words":
        rows = list(rows)
        return cls(
            Chain.objects.in_bulk({row.chain_id for row in rows}),
            Segment.objects.in_bulk({row.segment_id for row in rows if row.segment_id is not None}),
            Company.objects.in_bulk({party.company_id for party in parties if party.company_id is not None}),
            parties,
        )

    def of_row(self, row: Any, end: datetime | None) -> dict[str, str]:
        """Return what a row says by field, its parties as they were before `end`, None for those of now."""
        chain, segment = self.chains.get(row.chain_id), self.segments.get(row.segment_id)
        return {
            "title": row.title,
            "kind": row.get_kind_display(),
            "chain": str(chain.name) if chain is not None else "",
            "segment": str(segment.name) if segment is not None else "",
            "signed_on": long_day(row.signed_on),
            "amount": amount_words(row),
            "visibility": row.get_visibility_display(),
            "document": row.document_sha256,
            "parties": _("; ").join(self._parties_before(end)),
        }

    def _parties_before(self, end: datetime | None) -> list[str]:
        there: dict[int, Any] = {}
        for party in self.parties:
            if end is not None and party.history_date >= end:
                break
            if party.history_type == "-":
                there.pop(party.id, None)
            else:
                there[party.id] = party
        return [self._party(party) for party in sorted(there.values(), key=lambda one: (one.order, one.id))]

    def _party(self, party: Any) -> str:
        company = self.companies.get(party.company_id)
        name = (
            company.title
            if company is not None
            else _("%(name)s, %(country)s")
            % {
                "name": party.outside_name,
                "country": countries.name(str(party.country.code or "")),
            }
        )
        role = party.get_role_display() if party.role else ""
        return _("%(name)s (%(role)s)") % {"name": name, "role": role} if role else name
