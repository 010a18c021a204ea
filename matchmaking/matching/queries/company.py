"""The matches of all postings of a person's companies: best first, a page of postings at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from django.db.models import Count, Max, Q

from expo.editions.models import Edition
from matchmaking.marketplace.models import Offer, Posting, SourcingRequest
from matchmaking.matching.arithmetic import whole
from matchmaking.matching.kept import market_now
from matchmaking.matching.models import Match, MatchRun
from matchmaking.matching.queries.explained import requirements_in_words
from matchmaking.matching.queries.matches import (
    RANK,
    MatchCard,
    as_of_run,
    cards_for,
    joined,
    pairs_of,
    read_postings,
    rows_shown,
    run_in_force,
)
from matchmaking.participants.models import Company, Member, Visitor

POSTINGS_A_PAGE = 10
BEST = 3
KINDS: Mapping[str, Any] = {"request": SourcingRequest, "offer": Offer}
Key = tuple[str, int]


@dataclass(frozen=True)
class Group:
    """An open posting with its best matches, how many it has, and how many of them are new."""

    posting: Posting
    cards: list[MatchCard]
    total: int
    new: int
    best: int


@dataclass(frozen=True)
class ForYou:
    """A page of postings with their matches. `total` and `new` count the matches of all postings, `postings` those that have some.

    `totals` has how many each of them has, by (kind, id).
    """

    is_worked_out: bool
    as_of: datetime | None = None
    groups: list[Group] = field(default_factory=list)
    postings: int = 0
    total: int = 0
    new: int = 0
    without: int = 0
    totals: Mapping[Key, int] = field(default_factory=dict)
    page: int = 1
    pages: int = 1


@dataclass(frozen=True)
class _Counted:
    best: float
    total: int
    new: int


def for_company(
    company: Company | Sequence[Company], visitor: Visitor, edition: Edition, *, since: datetime | None = None, page: int = 1
) -> ForYou:
    """Return the matches of the companies' open postings in the edition: the posting with the best one first, ten postings a page.

    Of each posting the best three are shown, with what can be said without working the score out again. New is a match with a posting that
    was published after `since`. As `matches_of_request`, nobody is shown who is kept apart, and what was put aside is left out.
    Ten queries, whatever there is.
    """
    companies = [company.pk] if isinstance(company, Company) else [one.pk for one in company]
    run = run_in_force(edition.pk)
    if run is None:
        return ForYou(is_worked_out=False)
    counted = _counted(companies, edition, since)
    keys = sorted(counted, key=lambda key: (-counted[key].best, key))
    pages = max(-(-len(keys) // POSTINGS_A_PAGE), 1)
    number = min(max(page, 1), pages)
    shown = keys[(number - 1) * POSTINGS_A_PAGE : number * POSTINGS_A_PAGE]
    return ForYou(
        is_worked_out=True,
        as_of=as_of_run(run),
        groups=_groups(shown, counted, companies, visitor, since),
        postings=len(keys),
        total=sum(one.total for one in counted.values()),
        new=sum(one.new for one in counted.values()),
        without=_open(companies, edition) - len(keys),
        totals={key: one.total for key, one in counted.items()},
        page=number,
        pages=pages,
    )


def best_of(posting: Any, visitor: Visitor) -> Group | None:
    """Return the best three matches of one open posting of one's own; None while it is not worked out. At most three queries.

    The posting was read with `for_page()`, and the visitor may see its matches (`own_or_staff`).
    """
    run = run_in_force(posting.registration.edition_id)
    as_of = None if run is None else as_of_run(run)
    if as_of is None:
        return None
    kind = posting.kind
    shown = rows_shown(kind, [posting.pk], [posting.registration.company_id])
    rows = list(shown.filter(is_aside=False, **{f"{RANK[kind]}__isnull": False}).order_by(RANK[kind], "-score", "pk"))
    if not rows and posting.changed_at > as_of:
        return None
    pairs = pairs_of(kind, rows[:BEST], {posting.pk: posting}, visitor)
    cards = cards_for(kind, pairs, [requirements_in_words(pair) for pair in pairs], None)
    return Group(posting, cards, len(rows), 0, cards[0].score if cards else 0)


def totals_of(postings: Sequence[Posting]) -> dict[Key, int]:
    """Return how many matches own postings have, by (kind, id). Those of an edition without a run in force are left out.

    Three queries, whatever their number. The postings were read with their registrations.
    """
    editions = {one.registration.edition_id for one in postings}
    matched = set(MatchRun.objects.in_force().filter(edition__in=editions).values_list("edition", flat=True))
    of_runs = [one for one in postings if one.registration.edition_id in matched and one.is_open]
    totals = {(one.kind, one.pk): 0 for one in of_runs}
    for kind in KINDS:
        own = [one for one in of_runs if one.kind == kind]
        if own:
            rows = rows_shown(kind, [one.pk for one in own], [one.registration.company_id for one in own])
            listed = rows.filter(is_aside=False, **{f"{RANK[kind]}__isnull": False}).order_by()
            totals |= {(kind, pk): n for pk, n in listed.values_list(f"{kind}_id").annotate(n=Count("pk"))}
    return totals


def companies_of(visitor: Visitor) -> list[Company]:
    """Return the companies that the visitor stands for, by name. One query."""
    return list(Company.objects.filter(pk__in=Member.objects.of(visitor)).order_by("name"))


def _counted(companies: list[int], edition: Edition, since: datetime | None) -> dict[Key, _Counted]:
    found: dict[Key, _Counted] = {}
    for kind, model in KINDS.items():
        other = "offer" if kind == "request" else "request"
        own = model.objects.published().in_edition(edition).filter(registration__company__in=companies).values("pk")
        rows = rows_shown(kind, own, companies).filter(is_aside=False, **{f"{RANK[kind]}__isnull": False})
        is_new = Q(**{f"{other}__published_at__gt": since}) if since is not None else Q(pk=None)
        counts = rows.order_by().values(f"{kind}_id").annotate(best=Max("score"), n=Count("pk"), fresh=Count("pk", filter=is_new))
        found |= {(kind, row[f"{kind}_id"]): _Counted(float(row["best"]), row["n"], row["fresh"]) for row in counts}
    return found


def _groups(
    keys: Sequence[Key], counted: Mapping[Key, _Counted], companies: list[int], visitor: Visitor, since: datetime | None
) -> list[Group]:
    rows = {kind: list(_best(kind, [pk for one, pk in keys if one == kind], companies)) for kind in KINDS}
    every = [row for found in rows.values() for row in found]
    requests = read_postings("request", {row.request_id for row in every}, visitor)
    offers = read_postings("offer", {row.offer_id for row in every}, visitor)
    groups: dict[Key, Group] = {}
    for kind, pk in keys:
        pairs = joined([row for row in rows[kind] if _own(kind, row) == pk], requests, offers)
        posting = (requests if kind == "request" else offers).get(pk)
        if posting is not None and pairs:
            of = counted[kind, pk]
            cards = cards_for(kind, pairs, [requirements_in_words(pair) for pair in pairs], since)
            groups[kind, pk] = Group(posting, cards, of.total, of.new, whole(of.best))
    return [groups[key] for key in keys if key in groups]


def _best(kind: str, numbers: Sequence[int], companies: list[int]) -> Any:
    if not numbers:
        return []
    rows = rows_shown(kind, numbers, companies).filter(is_aside=False, **{f"{RANK[kind]}__lte": BEST})
    return rows.order_by(RANK[kind], "-score", "pk")


def _own(kind: str, match: Match) -> int:
    return match.request_id if kind == "request" else match.offer_id


def _open(companies: list[int], edition: Edition) -> int:
    rows = market_now().columns.rows
    return int((np.isin(rows["company"], companies) & (rows["edition"] == edition.pk)).sum())
