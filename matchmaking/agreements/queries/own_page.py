"""One agreement as somebody of a party reads it: what it says, who has said what of it, and what may be done now."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from expo.accounts.models import User
from expo.foundation.dates import long_day
from expo.foundation.money import spoken
from matchmaking.agreements import rules
from matchmaking.agreements.models import Agreement, Confirmation, ConfirmationLink, Introduction, IntroductionConsent, Party
from matchmaking.agreements.queries.answers import asked_among
from matchmaking.agreements.queries.outcome import amount_words
from matchmaking.agreements.states import MOVES
from matchmaking.participants.models import Member

S = Agreement.Status
YES = Confirmation.Answer.CONFIRMED
SEEN_BY = {
    Agreement.Visibility.PUBLIC: gettext_lazy("Everybody, with title, parties and amount"),
    Agreement.Visibility.ANONYMOUS: gettext_lazy("Everybody, without title and names"),
    Agreement.Visibility.TOTALS_ONLY: gettext_lazy("The parties and the organiser; it counts in the totals"),
}


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
    """A party, and what it says of the present version.

    `earlier` is what it said last of a version before, `link` the newest one made for it, whichever version it was made for.
    """

    party: Party
    is_own: bool
    is_drafter: bool
    answer: Confirmation | None
    link: ConfirmationLink | None
    earlier: Confirmation | None = None
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
    def has_said_yes(self) -> bool:
        return self.state == YES

    @property
    def needs_new_link(self) -> bool:
        """Whether its newest link opens nothing any more and it has not answered."""
        return self.link is not None and self.answer is None and self.works_until is None

    @property
    def works_until(self) -> datetime | None:
        """Until when its newest link works, None where it does not."""
        link = self.link
        if link is None or link.used_at is not None or link.ended_at is not None or link.expires_at <= timezone.now():
            return None
        return link.expires_at

    @property
    def link_words(self) -> str:
        """Where the newest link stands, in words; '' where none was made."""
        link = self.link
        if link is None or self.answer is not None:
            return ""
        if self.works_until is not None:
            return _("A link was sent.")
        if link.version != self.party.agreement.version:
            return _("Its link was for an earlier version and opens nothing any more. Send a new one.")
        return _("The link ended. Send a new one.") if link.ended_at is not None else _("The link ran out. Send a new one.")


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
    needed: frozenset[int] = frozenset()

    @property
    def open_outside(self) -> list[PartyLine]:
        """Outside parties that have not said yes to the present version."""
        return [line for line in self.lines if line.is_outside and not line.has_said_yes]

    @property
    def waited_for(self) -> list[PartyLine]:
        """Whose yes makes it a confirmed one and is not there yet."""
        return [line for line in self.lines if line.party.pk in self.needed and not line.has_said_yes]

    @property
    def needs_outside(self) -> bool:
        """Whether it is confirmed only when an outside party has said yes, too."""
        return any(line.is_outside and line.party.pk in self.needed for line in self.lines)

    @property
    def lost_links(self) -> list[PartyLine]:
        """Outside parties whose link ended before they answered, where one's own side may send a new one."""
        return [line for line in self.lines if line.is_outside and line.needs_new_link] if "make_link" in self.may else []

    @property
    def owing(self) -> list[PartyLine]:
        """Own parties whose yes is awaited; after a settled dispute theirs once more."""
        if "confirm" not in self.may:
            return []
        return [line for line in self.lines if line.is_own and not line.has_said_yes]

    @property
    def disputable(self) -> list[PartyLine]:
        """Own parties that have answered and may still say that it is not right."""
        if "dispute" not in self.may:
            return []
        return [line for line in self.lines if line.is_own and line.has_said_yes]

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
    def owes_consent(self) -> bool:
        """Whether one's own side has not said yet if the claim is right."""
        return any(not line.consent for line in self.to_consent)

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
    parties = list(agreement.parties_in_order())
    answers: dict[int | None, Confirmation] = {}
    earlier: dict[int | None, Confirmation] = {}
    for said in agreement.confirmations.select_related("person").order_by("pk"):
        (answers if said.version == agreement.version else earlier)[said.party_id] = said
    links = {row.party_id: row for row in agreement.links.order_by("pk")}
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
            earlier.get(party.pk),
            consents.get(party.pk, ""),
        )
        for party in parties
    ]
    may_end = claim is not None and claim.ended_at is None and rules.may_end_introduction(person, claim)
    needed = frozenset(party.pk for party in asked_among(parties, agreement))
    return OwnPage(agreement, lines, amount_words(agreement), own, is_drafter, frozenset(open_verbs), claim, may_end, consents, needed)


def stops() -> list[str]:
    """Return the names of the stops of an agreement's track."""
    return [
        _("Draft"),
        pgettext("agreement", "Sent"),
        _("On record"),
        pgettext("agreement", "Confirmed"),
        pgettext("agreement", "Verified"),
    ]


def track_note(page: OwnPage) -> str:
    """Return where the agreement stands, in a sentence or two; what an outside party has not confirmed is said."""
    status, waited_for = S(page.agreement.status), _names(page.waited_for)
    if status == S.RECORDED and waited_for:
        return _("It counts. Not confirmed yet by %(names)s.") % {"names": _names(line for line in page.lines if not line.has_said_yes)}
    words = {
        S.DRAFT: _("A draft, seen by your company alone."),
        S.SUBMITTED: _("Waits for the answer of %(names)s.") % {"names": waited_for},
        S.CONFIRMED: _("It counts: every registered party has confirmed it. The organiser looks at it and verifies it."),
        S.VERIFIED: _("It counts: the organiser has verified it."),
    }
    said = words.get(status, _("It counts.") if status in Agreement.COUNTED else "")
    if status in {S.CONFIRMED, S.VERIFIED} and (outside := _names(page.open_outside)):
        more = _("Not confirmed yet by %(names)s, from outside the expo.") % {"names": outside}
        return _("%(first)s %(then)s") % {"first": said, "then": more}
    return said


def _names(lines: Iterable[PartyLine]) -> str:
    return _(", ").join(line.party.name for line in lines)
