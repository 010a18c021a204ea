"""The sheet on which a company writes an agreement down: the form, the rows of the other parties, and what stands there at first."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.http import Http404, HttpRequest
from django.utils import timezone

from expo.accounts.models import User
from expo.editions.models import Edition
from matchmaking.agreements.actions import AgreementInput, latest_entry
from matchmaking.agreements.actions.common import SAID
from matchmaking.agreements.errors import MeetingNotHeld
from matchmaking.agreements.forms.desk import OwnAgreementForm, PartyRows
from matchmaking.agreements.models import Agreement, Party
from matchmaking.agreements.queries.start import day_in, draft_start, has_begun
from matchmaking.marketplace.wording import title_of
from matchmaking.meetings.models import Meeting
from matchmaking.participants.models import Company

Row = dict[str, Any]
IN_A_ROW = ("key", "name", "country", "role", "drop")


@dataclass(frozen=True)
class Start:
    """What is known before anything is typed: for which company, the first values of the sheet, a row for each other party.

    `known` are the companies that stand in rows already, `fixed` those of them that cannot be taken out.
    """

    edition: Edition
    own: Company
    first: Row
    rows: list[Row] = field(default_factory=list)
    known: list[Company] = field(default_factory=list)
    fixed: frozenset[int] = frozenset()
    meeting: Meeting | None = None
    about: list[str] = field(default_factory=list)
    already: list[Agreement] = field(default_factory=list)


class Sheet:
    """The form and its rows, bound to what was sent; asking for one more row sends nothing."""

    def __init__(self, request: HttpRequest, start: Start) -> None:
        self.start, self.asks_for_more = start, "more" in request.POST
        self.is_sent = request.method == "POST" and not self.asks_for_more
        around: dict[str, Any] = {"edition": start.edition, "visitor": request.user, "own": start.own, "known": start.known}
        if self.is_sent:
            self.form = OwnAgreementForm(request.POST, request.FILES, edition=start.edition)
            self.rows: Any = PartyRows(request.POST, prefix="parties", **around)
        else:
            typed = OwnAgreementForm(request.POST, edition=start.edition) if self.asks_for_more else None
            first = {name: typed[name].data for name in typed.fields if name != "document"} if typed is not None else start.first
            self.form = OwnAgreementForm(initial=first, edition=start.edition)
            self.rows = PartyRows(initial=_typed_rows(request, around) if typed is not None else start.rows, prefix="parties", **around)
        for row in self.rows:
            row.is_there = bool(row.company is not None or row["name"].value() or row["country"].value())
            row.may_go = row.is_there and (row.company is None or row.company.pk not in start.fixed)
        # A row without anything in it is folded away beside others, unless it was asked for.
        self.rows.has_others = any(row.is_there for row in self.rows)
        self.rows.is_open = self.asks_for_more

    def is_valid(self) -> bool:
        return all([self.form.is_valid(), self.rows.is_valid()])

    @property
    def given(self) -> AgreementInput:
        """What the verbs take. Only where it is valid."""
        return self.form.as_input(self.start.own, self.rows.as_input())

    @property
    def document(self) -> Any:
        return self.form.cleaned_data.get("document")

    @property
    def seen(self) -> int | None:
        seen: int | None = self.form.cleaned_data.get("seen")
        return seen


def _typed_rows(request: HttpRequest, around: dict[str, Any]) -> list[Row]:
    """Return the rows as they were typed, unchecked, without the empty ones: who asks for one more has not finished."""
    rows = PartyRows(request.POST, prefix="parties", **around)
    if not rows.management_form.is_valid():
        return []
    typed = [{name: row[name].data for name in IN_A_ROW} for row in rows.forms]
    return [row for row in typed if row["key"] or row["name"] or row["country"]]


def start_blank(own: Company, edition: Edition) -> Start:
    """Return an empty sheet for a company: today, as far as the edition runs."""
    return Start(edition, own, {"signed_on": day_in(edition)})


def start_from_meeting(meeting: Meeting, person: User) -> Start:
    """Return the sheet with all that the meeting says of it.

    Raises:
        Http404: the person stands for nobody who met; staff write down what they know in the administration.
        MeetingNotHeld: nothing can have come of it yet.
    """
    known = draft_start(meeting, person)
    if known.company is None:
        raise Http404
    if not has_begun(known.meeting, timezone.now()):
        raise MeetingNotHeld
    mine = next((party for party in known.parties if party.company == known.company), None)
    others = [party for party in known.parties if party.company is not None and party.company != known.company]
    first = {
        "title": known.title,
        "chain": known.chain.pk if known.chain is not None else None,
        "segment": known.segment.pk if known.segment is not None else None,
        "signed_on": known.signed_on,
        "visibility": known.visibility,
        "currency": known.currency,
        "own_role": mine.role if mine is not None else "",
    }
    companies = [party.company for party in others if party.company is not None]
    return Start(
        known.edition,
        known.company,
        first,
        [{"key": party.company.pk, "role": party.role} for party in others if party.company is not None],
        companies,
        frozenset(company.pk for company in companies[:1]),
        known.meeting,
        [title_of(posting) for posting in (*known.offers, *known.sourcing_requests)],
        known.already,
    )


def start_from_draft(agreement: Agreement, own: Company) -> Start:
    """Return the sheet of a draft, as it was written. Three queries."""
    parties = list(agreement.parties_in_order())
    mine = next((party for party in parties if party.company_id == own.pk), None)
    others = [party for party in parties if party is not mine]
    first = {name: getattr(agreement, f"{name}_id" if name in {"chain", "segment"} else name) for name in SAID}
    first |= {"own_role": mine.role if mine is not None else "", "seen": latest_entry(agreement)}
    return Start(agreement.edition, own, first, rows_of(others), [party.company for party in others if party.company is not None])


def rows_of(parties: Iterable[Party]) -> list[Row]:
    """Return what the rows of these parties hold at first."""
    return [
        {"key": party.company_id, "role": party.role}
        if party.company_id
        else {"name": party.outside_name, "country": str(party.country.code or ""), "role": party.role}
        for party in parties
    ]
