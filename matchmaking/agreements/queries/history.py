"""What happened to an agreement, in plain words: as its parties read it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from expo.foundation.models import Event
from expo.foundation.staff import acts_as_staff, vouched
from matchmaking.agreements.models import Agreement
from matchmaking.participants.models import Member

MOST_EVENTS = 100
# What all parties may read of the log. Drafting is told from when it was sent on: what was tried before is the drafter's own.
HISTORY = {
    "draft": gettext_lazy("Written down"),
    "submit": gettext_lazy("Sent to the parties"),
    "take_back": gettext_lazy("Taken back, to be corrected"),
    "refuse": gettext_lazy("Not confirmed; a draft again"),
    "record": gettext_lazy("Put on record"),
    "confirm": gettext_lazy("Confirmed"),
    "confirmed": gettext_lazy("Confirmed by all registered parties"),
    "dispute": gettext_lazy("Disputed"),
    "settle": gettext_lazy("The dispute is settled"),
    "correct": gettext_lazy("Corrected; all are asked again"),
    "verify": gettext_lazy("Verified"),
    "void": gettext_lazy("Void"),
    "merge": gettext_lazy("Void, because it is the same as another one"),
    "link_made": gettext_lazy("A link was sent to an outside party"),
    "link_used": gettext_lazy("A party answered by link"),
    "remind": gettext_lazy("Who had not answered was reminded"),
    "introduce": gettext_lazy("An introduction was claimed"),
    "introduction_ended": gettext_lazy("The introduction was taken back"),
    "consent": gettext_lazy("A party answered about the introduction"),
    "milestone": gettext_lazy("A party said what became of it"),
}


@dataclass(frozen=True)
class Step:
    """One step: when, what, which company took it ("" where that is not told), and the reason that was given."""

    at: datetime
    what: str
    who: str
    reason: str

    @property
    def words(self) -> str:
        """The step in a line."""
        said = _("%(what)s, by %(who)s") % {"what": self.what, "who": self.who} if self.who else self.what
        return _("%(what)s: “%(reason)s”") % {"what": said, "reason": self.reason} if self.reason else said


def history_of(agreement: Agreement, parties: Any) -> list[tuple[datetime, str]]:
    """Return the steps, oldest first: when, and what in plain words. Two queries.

    Whose people did it is told by company, never by name: who stands for which company is that company's own.
    """
    # What was asked of milestones is no step: a year of it would crowd out what comes last.
    told = Q(verb__in=HISTORY) & (~Q(verb="milestone") | Q(data__step="answered"))
    rows = Event.objects.filter(told, thing=Agreement._meta.label, thing_id=str(agreement.pk)).select_related("actor")
    lines = list(rows.order_by("pk")[:MOST_EVENTS])
    companies = {party.company_id: party.company.title for party in parties if party.company is not None}
    actors = {line.actor_id for line in lines if line.actor_id is not None}
    members = Member.objects.filter(user__in=actors, company__in=companies).order_by("pk").values_list("user", "company")
    stand_for = dict(members)
    steps = [Step(line.at, str(HISTORY[line.verb]), _who(line, stand_for, companies), str(line.data.get("reason") or "")) for line in lines]
    return [(step.at, step.words) for step in steps]


def _who(line: Event, stand_for: dict[int, int], companies: dict[int, str]) -> str:
    if line.actor_id is None or line.actor is None or line.verb == "confirmed":
        return ""
    if line.actor_id in stand_for:
        return companies[stand_for[line.actor_id]]
    return str(_("the organiser")) if acts_as_staff(vouched(line.actor)) else ""
