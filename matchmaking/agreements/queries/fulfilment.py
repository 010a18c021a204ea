"""What became of what was signed: the share of intentions that became agreements, and of agreements that were delivered, as the parties say.

Only parties know: what they answered by a day after signing is put together here, agreement by agreement, and told in numbers. The numbers of
a line always add up: asked = reached + disagreeing + not yet + silent.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from expo.editions.models import Chain, Edition
from matchmaking.agreements import rules
from matchmaking.agreements.models import Agreement, Milestone
from matchmaking.agreements.queries.fulfilment_lines import (
    DISAGREE,
    LAST,
    NOT_YET,
    REACHED,
    SILENT,
    STATES,
    Line,
    chains_hidden,
    days_hidden,
)
from matchmaking.agreements.queries.report import chains_told_apart
from matchmaking.agreements.rules import Person

STATE_WORDS: Mapping[str, str | Promise] = {
    REACHED: pgettext_lazy("agreements", "reached"),
    DISAGREE: _("the sides disagree"),
    NOT_YET: _("not reached, as the parties say"),
    SILENT: _("nobody answered"),
}
_S, _K = Milestone.Stage, Agreement.Kind
# What a party says where it has come to that: the step itself, or one beyond it on the ladder.
GOALS: Mapping[str, frozenset[str]] = {
    _K.INTENTION: frozenset({_S.AGREEMENT_SIGNED, _S.DELIVERING}),
    _K.AGREEMENT: frozenset({_S.DELIVERING}),
}
TITLES: Mapping[str, str | Promise] = {
    _K.INTENTION: _("Intentions that became agreements"),
    _K.AGREEMENT: _("Agreements that were delivered"),
}
DEFINITIONS: Mapping[str, str | Promise] = {
    _K.INTENTION: _(
        "An intention became an agreement where a party said “agreement signed” or “delivering” when it was asked. Where another party "
        "that answered never said so, the sides disagree: it is shown apart and does not count. An intention that nobody answered for does not count either."
    ),
    _K.AGREEMENT: _(
        "An agreement was delivered where a party said “delivering” when it was asked, even if it was closed later. Where another party "
        "that answered never said so, the sides disagree: it is shown apart and does not count."
    ),
}
NEVER = LAST + 1


@dataclass(frozen=True)
class Goal:
    """One question of the page: its lines by chain and by the day after signing, and all of them together."""

    kind: str
    title: str
    definition: str
    total: Line
    by_chain: list[Line]
    by_day: list[Line]

    @property
    def longest(self) -> int:
        """How many answered in the longest line by chain: the bars are drawn to it."""
        return max((line.answered or 0 for line in self.by_chain), default=0)


def fulfilment(edition: Edition, *, visitor: Person) -> list[Goal]:
    """Return what became of the edition's intentions and of its agreements. Three queries for staff, six for others, whatever the number of rows.

    For everyone but staff, chains are told apart only where the results page tells their kinds, and `fulfilment_lines` says which lines keep
    their answers to themselves.
    """
    counts, told = _counts(edition), _told(edition)
    chains = {chain.pk: chain for chain in Chain.objects.filter(pk__in={chain for _kind, chain in counts})}
    apart = None if rules.may_trace(visitor) else chains_told_apart(edition)
    return [_goal(edition, kind, counts, told[kind].values(), chains, apart=apart) for kind in GOALS]


def state_of_each(edition: Edition, kind: str, *, until: int = LAST) -> dict[int, str]:
    """Return, by the key of each agreement of the kind that was asked, what its parties say by that day after signing. One query."""
    found = {agreement: told.by(until) for agreement, told in _told(edition)[kind].items()}
    return {agreement: state for agreement, state in found.items() if state}


def rows_behind(edition: Edition, kind: str, *, days: int = LAST, chain: Chain | None = None, state: str = "") -> list[tuple[int, str]]:
    """Return the keys of the agreements that a line counts as asked, or as in a state, each with its state, the newest number first; for staff.

    Two queries.
    """
    states = state_of_each(edition, kind, until=days)
    rows = Agreement.objects.filter(edition=edition, kind=kind).counted().order_by("-number", "-pk")
    rows = rows.filter(chain=chain) if chain else rows
    return [(key, states[key]) for key in rows.values_list("pk", flat=True) if key in states and state in {"", states[key]}]


@dataclass(slots=True)
class Told:
    """What is known of one agreement: when it was asked first, and of each party that answered the day of its first answer, and of the first
    one that said it was reached (NEVER: none did)."""

    chain: int
    asked: int
    answered: dict[int, int] = field(default_factory=dict)
    reached: dict[int, int] = field(default_factory=dict)

    def by(self, day: int) -> str:
        """Return its state by a day after signing, '' where it was not asked by then. A party that once said it was reached has said so."""
        if self.asked > day:
            return ""
        return _state([self.reached.get(party, NEVER) <= day for party, first in self.answered.items() if first <= day])


def _counts(edition: Edition) -> dict[tuple[str, int], int]:
    rows = Agreement.objects.filter(edition=edition).counted().order_by().values_list("kind", "chain").annotate(n=Count("pk"))
    return {(kind, chain): n for kind, chain, n in rows}


def _told(edition: Edition) -> dict[str, dict[int, Told]]:
    """Return, for each kind and by the key of the agreement, whatever was asked or answered. One query."""
    rows = Milestone.objects.filter(agreement__in=Agreement.objects.filter(edition=edition).counted())
    rows = rows.filter(Q(asked_at__isnull=False) | Q(answered_at__isnull=False)).order_by()
    found: dict[str, dict[int, Told]] = {kind: {} for kind in GOALS}
    for kind, chain, agreement, party, days, stage in rows.values_list(
        "agreement__kind", "agreement__chain", "agreement", "party", "days", "stage"
    ):
        told = found[kind].setdefault(agreement, Told(chain, days))
        told.asked = min(told.asked, days)
        if stage:
            told.answered[party] = min(days, told.answered.get(party, NEVER))
        if stage in GOALS[kind]:
            told.reached[party] = min(days, told.reached.get(party, NEVER))
    return found


def _state(reached: Collection[bool]) -> str:
    if not reached:
        return SILENT
    return REACHED if all(reached) else DISAGREE if any(reached) else NOT_YET


def _goal(
    edition: Edition,
    kind: str,
    counts: Mapping[tuple[str, int], int],
    told: Collection[Told],
    chains: Mapping[int, Chain],
    *,
    apart: Collection[str] | None,
) -> Goal:
    """Return one goal; `apart` are the slugs of the chains that are told apart, None for staff, who see all."""
    every = sum(n for (of, _chain), n in counts.items() if of == kind)
    states: dict[int, list[str]] = defaultdict(list)
    for one in told:
        states[one.chain].append(one.by(LAST))
    by_chain = [
        _line(str(chain.short_name), counts[kind, pk], states[pk], edition, kind, chain=chain)
        for pk, chain in chains.items()
        if (kind, pk) in counts
    ]
    by_day = [_line("", every, [one.by(days) for one in told], edition, kind, days=days) for days in Milestone.DAYS]
    total = by_day[-1]
    if apart is not None:
        by_day = days_hidden([replace(line, trace="") for line in by_day])
        total = by_day[-1]
        by_chain = chains_hidden([replace(line, trace="") for line in _merged(by_chain, apart)], total)
        by_chain = by_chain if any(line.chain and line.is_told for line in by_chain) else []
    return Goal(kind, str(TITLES[kind]), str(DEFINITIONS[kind]), total, by_chain, by_day)


def _line(
    name: str, counted: int, states: Collection[str], edition: Edition, kind: str, *, chain: Chain | None = None, days: int = LAST
) -> Line:
    tally = Counter(states)
    line = _numbered(name, counted, {state: tally[state] for state in STATES})
    return replace(line, chain=chain, days=days, trace=trace_of(edition, kind, chain=chain, days=days))


def _numbered(name: str, counted: int, numbers: Mapping[str, int]) -> Line:
    return Line(name, counted, numbers[REACHED], numbers[DISAGREE], numbers[NOT_YET], numbers[SILENT])


def trace_of(edition: Edition, kind: str, *, chain: Chain | None = None, days: int = LAST) -> str:
    """Return the address of the rows behind a line, for staff."""
    wanted = {"kind": kind, "days": days} | ({"chain": chain.slug} if chain else {})
    return f"{reverse('fulfilment_rows', args=[edition.slug])}?{urlencode(wanted)}"


def _merged(lines: list[Line], apart: Collection[str]) -> list[Line]:
    """Put all chains into one line that the results page does not tell apart: this page tells no others, or each would give away what the other hides."""
    kept = [line for line in lines if line.chain and line.chain.slug in apart]
    others = [line for line in lines if line not in kept]
    if not others:
        return lines
    sums = {name: sum(getattr(line, name) or 0 for line in others) for name in STATES}
    return [*kept, replace(_numbered("", sum(line.counted for line in others), sums), merged=len(others))]
