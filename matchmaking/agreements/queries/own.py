"""Agreements on a company's desk: the list with what waits for its answer first, and one agreement as a party reads it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from expo.accounts.models import User
from expo.foundation.dates import long_day
from expo.foundation.money import spoken
from matchmaking.agreements import rules
from matchmaking.agreements.checks import PartyInput
from matchmaking.agreements.models import Agreement, Confirmation, ConfirmationLink, Introduction, IntroductionConsent, Party
from matchmaking.agreements.queries.answers import waiting_for_company
from matchmaking.agreements.queries.duplicates import likely_duplicates
from matchmaking.agreements.states import MOVES
from matchmaking.meetings.models import Meeting, Seat
from matchmaking.participants.models import Company, Member, Visitor

S = Agreement.Status
SENT_TWICE = timedelta(minutes=2)
# The word in the address, what the tab is called, and which states are in it; "waiting" is worked out row by row.
TABS: tuple[tuple[str, str | Promise, tuple[str, ...]], ...] = (
    ("", pgettext_lazy("agreements", "All"), tuple(S.values)),
    ("waiting", gettext_lazy("Waiting for you"), ()),
    ("drafts", pgettext_lazy("agreements", "Drafts"), (S.DRAFT,)),
    ("sent", gettext_lazy("Sent to the parties"), (S.SUBMITTED,)),
    ("recorded", gettext_lazy("On record"), (S.RECORDED,)),
    ("confirmed", gettext_lazy("Confirmed by all"), (S.CONFIRMED, S.VERIFIED)),
    ("disputed", pgettext_lazy("agreements", "Disputed"), (S.DISPUTED,)),
    ("void", pgettext_lazy("agreements", "Void"), (S.VOID,)),
)
SEEN_BY = {
    Agreement.Visibility.PUBLIC: gettext_lazy("Everybody, with title, parties and amount"),
    Agreement.Visibility.ANONYMOUS: gettext_lazy("Everybody, without title and names"),
    Agreement.Visibility.TOTALS_ONLY: gettext_lazy("The parties and the organiser; it counts in the totals"),
}
STATES = {word: states for word, _title, states in TABS}


def own_agreements(visitor: Visitor) -> Any:
    """Return what is on the visitor's desk, each with `waits`: 1 while one of their companies owes it an answer."""
    waiting = waiting_for_company(Member.objects.of(visitor)).filter(pk=OuterRef("pk")).order_by()
    waits = Case(When(Exists(waiting), then=Value(1)), default=Value(0), output_field=IntegerField())
    return Agreement.objects.on_desk_of(visitor).annotate(waits=waits)


def in_tab(rows: Any, word: str) -> Any:
    """Return the rows of a tab, what waits for an answer first, then the newest."""
    found = rows.filter(waits=1) if word == "waiting" else rows.filter(status__in=STATES[word]) if word else rows
    return found.order_by("-waits", "-created_at", "-pk")


def tab_counts(rows: Any) -> dict[str, int]:
    """Return how many rows are in each tab. One query."""
    counted = rows.order_by().aggregate(
        waiting=Count("pk", filter=Q(waits=1)), **{f"in_{state}": Count("pk", filter=Q(status=state)) for state in S.values}
    )
    counts = {word: sum(counted[f"in_{state}"] for state in states) for word, _title, states in TABS}
    return counts | {"waiting": counted["waiting"]}


@dataclass(frozen=True)
class OwnLine:
    """An agreement in the list of somebody's desk: `others` are the parties that are not theirs."""

    agreement: Agreement
    others: list[str]
    amount: str
    waits: bool


def own_lines(rows: Iterable[Any], mine: Collection[int]) -> list[OwnLine]:
    """Return the lines of a list whose rows are read `for_list`. No query."""
    return [
        OwnLine(row, [party.name for party in row.parties.all() if party.company_id not in mine], amount_words(row), bool(row.waits))
        for row in rows
    ]


def amount_words(agreement: Agreement) -> str:
    """Return the amount with its currency, or that it is not disclosed."""
    return pgettext("amount", "not disclosed") if agreement.amount is None else spoken(agreement.amount, agreement.currency)


def facts_of(agreement: Agreement) -> list[tuple[str, str]]:
    """Return what an agreement says, as pairs of term and words. Reads the edition, the chain and the segment."""
    facts = [
        (_("Kind"), capfirst(agreement.get_kind_display())),
        (_("Signed on"), long_day(agreement.signed_on)),
        (_("Amount"), amount_words(agreement)),
    ]
    if agreement.amount_cny is not None and agreement.currency != "CNY" and agreement.rate_used is not None:
        words = _("%(amount)s, at %(rate)s yuan for one %(currency)s as %(edition)s states it")
        rate = f"{agreement.rate_used.normalize():f}"
        told = {
            "amount": spoken(agreement.amount_cny, "CNY"),
            "rate": rate,
            "currency": agreement.currency,
            "edition": agreement.edition.short_name,
        }
        facts.append((_("In yuan"), words % told))
    facts.append((_("Chain"), str(agreement.chain.name)))
    if agreement.segment is not None:
        facts.append((_("Segment"), str(agreement.segment.name)))
    return [*facts, (_("Who sees it"), str(SEEN_BY[Agreement.Visibility(agreement.visibility)]))]


@dataclass(frozen=True)
class PartyLine:
    """A party, and what it says of the present version. `link` is the newest one made for an outside party in this version."""

    party: Party
    is_own: bool
    is_drafter: bool
    answer: Confirmation | None
    link: ConfirmationLink | None
    consent: str = ""

    @property
    def is_outside(self) -> bool:
        return self.party.company_id is None

    @property
    def country(self) -> str:
        """Where it is from, in words."""
        country: Any = self.party.company.country if self.party.company is not None else self.party.country
        return str(country.name)

    @property
    def state(self) -> str:
        """Its answer, or "waiting"."""
        return self.answer.answer if self.answer is not None else "waiting"

    @property
    def link_words(self) -> str:
        """Where the newest link stands, in words; '' where none was made."""
        link = self.link
        if link is None or link.used_at is not None:
            return ""
        if link.ended_at is not None:
            return _("The link ended. Send a new one.")
        return _("The link ran out. Send a new one.") if link.expires_at <= timezone.now() else _("A link was sent.")


@dataclass(frozen=True)
class OwnPage:
    """An agreement as somebody of a party reads it. `may` names the verbs that are open to them now."""

    agreement: Agreement
    lines: list[PartyLine]
    amount: str
    own: list[Party]
    is_drafter: bool
    may: frozenset[str]
    introduction: Introduction | None = None
    may_end_claim: bool = False
    consents: dict[int, str] = field(default_factory=dict)

    @property
    def owing(self) -> list[PartyLine]:
        """Own parties whose yes is awaited; after a settled dispute theirs once more."""
        if "confirm" not in self.may:
            return []
        return [line for line in self.lines if line.is_own and line.state != Confirmation.Answer.CONFIRMED]

    @property
    def disputable(self) -> list[PartyLine]:
        """Own parties that have answered and may still say that it is not right."""
        if "dispute" not in self.may:
            return []
        return [line for line in self.lines if line.is_own and line.state == Confirmation.Answer.CONFIRMED]

    @property
    def unanswered_outside(self) -> list[PartyLine]:
        """Outside parties that have not answered."""
        return [line for line in self.lines if line.is_outside and line.answer is None]

    @property
    def others(self) -> str:
        """The names of the parties that are not one's own, in a row."""
        return _(", ").join(line.party.name for line in self.lines if not line.is_own)

    @property
    def at(self) -> int:
        """Where it stands on the track of five: draft, sent, on record, confirmed, verified."""
        return {S.DRAFT: 0, S.SUBMITTED: 1, S.RECORDED: 2, S.CONFIRMED: 3, S.VERIFIED: 4}.get(S(self.agreement.status), 2)

    @property
    def is_credited(self) -> bool:
        """Whether every registered party but the introducer said yes to the introduction."""
        claim = self.claim
        if claim is None:
            return False
        asked = [line.party.pk for line in self.lines if line.party.company_id not in {None, claim.introducer_id}]
        return bool(asked) and all(self.consents.get(pk) == IntroductionConsent.Answer.YES for pk in asked)

    @property
    def to_consent(self) -> list[PartyLine]:
        """Own parties that are asked about the introducer's claim; they may change their word."""
        claim = self.claim
        if claim is None:
            return []
        return [line for line in self.lines if line.is_own and line.party.company_id != claim.introducer_id]

    @property
    def claim(self) -> Introduction | None:
        """The claim to have brought the parties together that stands now."""
        return self.introduction if self.introduction is not None and self.introduction.ended_at is None else None

    @property
    def may_introduce(self) -> bool:
        """Whether one's own side may say who brought the parties together: nobody claims it yet, or a party has said that it is not so."""
        return "introduce" in self.may and (self.claim is None or IntroductionConsent.Answer.NO in self.consents.values())


VERBS_OF_DRAFTER = ("edit", "discard", "submit", "take_back")
VERBS_OF_PARTY = ("confirm", "refuse", "dispute", "make_link", "introduce")


def own_page(agreement: Agreement, person: User) -> OwnPage:
    """Return the page of an agreement that is on the person's desk. At most six queries."""
    mine = set(Member.objects.of(person).values_list("company", flat=True))
    parties = list(agreement.parties.select_related("company").order_by("order", "pk"))
    answers = {
        row.party_id: row for row in agreement.confirmations.filter(version=agreement.version).select_related("person").order_by("pk")
    }
    links = {row.party_id: row for row in agreement.links.filter(version=agreement.version).order_by("pk")}
    claim = Introduction.objects.filter(agreement=agreement).select_related("introducer").first()
    consents = dict(claim.consents.values_list("party", "answer")) if claim is not None else {}
    own = [party for party in parties if party.company_id in mine]
    is_drafter = agreement.drafted_for_id in mine
    legal = set(MOVES.verbs_from(agreement.status))
    open_verbs = legal & {*(VERBS_OF_DRAFTER if is_drafter else ()), *(VERBS_OF_PARTY if own else ())}
    lines = [
        PartyLine(
            party,
            party.company_id in mine,
            party.company_id is not None and party.company_id == agreement.drafted_for_id,
            answers.get(party.pk),
            links.get(party.pk),
            consents.get(party.pk, ""),
        )
        for party in parties
    ]
    may_end = claim is not None and claim.ended_at is None and rules.may_end_introduction(person, claim)
    return OwnPage(agreement, lines, amount_words(agreement), own, is_drafter, frozenset(open_verbs), claim, may_end, consents)


def stops() -> list[str]:
    """Return the names of the stops of an agreement's track."""
    return [
        _("Draft"),
        pgettext("agreement", "Sent"),
        _("On record"),
        pgettext("agreement", "Confirmed"),
        pgettext("agreement", "Verified"),
    ]


def duplicates_of(agreement: Agreement, visitor: Visitor) -> list[Agreement]:
    """Return what looks like the agreement and is on the visitor's desk, too. Four queries at most."""
    parties = [
        PartyInput(party.company, party.outside_name, str(party.country.code or ""))
        for party in agreement.parties.select_related("company")
    ]
    found = likely_duplicates(
        agreement.edition,
        parties,
        signed_on=agreement.signed_on,
        amount=agreement.amount,
        document_sha256=agreement.document_sha256,
        leave_out=agreement.pk,
    )
    return duplicates_among(found, visitor)


def duplicates_among(found: Collection[Agreement], visitor: Visitor) -> list[Agreement]:
    """Return those that the visitor knows: what others agreed is not told by a hint. One query at most."""
    if not found:
        return []
    known = set(Agreement.objects.on_desk_of(visitor).filter(pk__in=[row.pk for row in found]).values_list("pk", flat=True))
    return [row for row in found if row.pk in known]


def just_written(given: Any, own: Company) -> Agreement | None:
    """Return the draft that the company wrote a moment ago with the same title, day and amount: the same sheet, sent twice. One query."""
    same = {"title": " ".join(given.title.split()), "signed_on": given.signed_on, "amount": given.amount, "edition": given.edition}
    rows = Agreement.objects.filter(**same, drafted_for=own, status=S.DRAFT, created_at__gt=timezone.now() - SENT_TWICE)
    found: Agreement | None = rows.order_by("pk").first()
    return found


def track_note(page: OwnPage) -> str:
    """Return where the agreement stands, in a sentence."""
    agreement = page.agreement
    waiting = _(", ").join(line.party.name for line in page.lines if not line.is_outside and line.state != Confirmation.Answer.CONFIRMED)
    if agreement.status == S.DRAFT:
        return _("A draft, seen by your company alone.")
    if agreement.status == S.SUBMITTED:
        return _("Waits for the answer of %(names)s.") % {"names": waiting or _("the outside parties")}
    if agreement.status == S.RECORDED and waiting:
        return _("It counts. Not confirmed yet by %(names)s.") % {"names": waiting}
    if agreement.status == S.CONFIRMED:
        return _("It counts. The organiser looks at it and verifies it.")
    return _("It counts.") if agreement.status in Agreement.COUNTED else ""


def companies_met(own: Company, edition_id: int) -> QuerySet[Company]:
    """Return the companies that one's own met in the edition, by name: those that one agrees with most often."""
    met = Q(registrations__seats__meeting__in=own_meetings(own, edition_id))
    return Company.objects.filter(met).exclude(pk=own.pk).distinct().order_by("name")


def own_meetings(own: Company, edition_id: int) -> Any:
    """Return the keys of the company's meetings in the edition that were not called off, for use in a query."""
    seats = Seat.objects.filter(registration__company=own, meeting__edition=edition_id)
    return seats.exclude(meeting__status=Meeting.Status.CANCELLED).values("meeting")
