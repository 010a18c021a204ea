"""One step of the ladder for many postings at once: all of them take it, or none."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from expo.accounts.models import User
from expo.foundation.errors import NotAllowed, Refused
from expo.foundation.eventlog import log_all
from matchmaking.marketplace import rules
from matchmaking.marketplace.actions.bulk import BLOCK, overwrite
from matchmaking.marketplace.actions.ladder import hand_in
from matchmaking.marketplace.errors import NotAllPossible, NotVerified, TooManyAtOnce
from matchmaking.marketplace.models import Offer, Posting, SourcingRequest
from matchmaking.marketplace.states import POSTING_MOVES

MOST_AT_ONCE = 1_000
MOST_NAMED = 5
Steps = list[tuple[str, dict[str, Any]]]


def submit_postings(postings: Sequence[Posting], *, by: User) -> int:
    """Hand all of these in, as `submit_posting` does with one, and return how many there were. About 15 queries for each 500.

    Raises:
        TooManyAtOnce: more than 1,000.
        NotAllPossible: some of them cannot be handed in; the fields name each by its place (`rows.3`), and nothing was done.
    """
    return _together(postings, _handed_in, by=by)


def withdraw_postings(postings: Sequence[Posting], *, by: User) -> int:
    """Take all of these back, for good, and return how many there were. Raises as `submit_postings`."""
    return _together(postings, _withdrawn, by=by)


def _handed_in(posting: Posting, may_post: bool) -> Steps:  # noqa: FBT001 - one of two steps that are called alike
    if not may_post:
        raise NotVerified
    return hand_in(posting)


def _withdrawn(posting: Posting, _may_post: bool) -> Steps:  # noqa: FBT001 - as above
    posting.status = POSTING_MOVES.leads_to("withdraw", posting.status)
    return [("withdraw", {})]


@transaction.atomic
def _together(postings: Sequence[Posting], step: Callable[[Posting, bool], Steps], *, by: User) -> int:
    if len(postings) > MOST_AT_ONCE:
        raise TooManyAtOnce
    there = {(one.kind, one.pk): one for model in (Offer, SourcingRequest) for one in _locked(model, postings)}
    rights, steps, refused = _Rights(by), [], {}
    for place, key in enumerate((one.kind, one.pk) for one in postings):
        posting = there.get(key)
        try:
            if posting is None or not rights.may_edit(posting):
                raise NotAllowed
            steps += [(posting, verb, data) for verb, data in step(posting, rights.may_post(posting))]
        except Refused as fault:
            refused[place] = (posting, fault)
    if refused:
        raise NotAllPossible(_words(refused.values()), {f"rows.{place}": [str(fault.detail)] for place, (_one, fault) in refused.items()})
    for model in (Offer, SourcingRequest):
        _save(model, [one for one in there.values() if isinstance(one, model)], by)
    log_all(steps, by=by)
    return len(there)


def _locked(model: Any, postings: Iterable[Posting]) -> list[Any]:
    keys = {one.pk for one in postings if isinstance(one, model)}
    rows = model.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk")
    return list(rows.select_related("registration__edition", "registration__company")) if keys else []


def _save(model: Any, rows: list[Any], by: User) -> None:
    for start in range(0, len(rows), BLOCK):
        block = rows[start : start + BLOCK]
        overwrite(model, block)
        model.history.bulk_history_create(block, batch_size=BLOCK, update=True, default_user=by)


class _Rights:
    """What the person may, asked once for each company and registration."""

    def __init__(self, by: User) -> None:
        self.by = by
        self.edits: dict[int, bool] = {}
        self.posts: dict[tuple[int, str], bool] = {}

    def may_edit(self, posting: Posting) -> bool:
        company = posting.registration.company_id
        if company not in self.edits:
            self.edits[company] = rules.may_edit(self.by, posting)
        return self.edits[company]

    def may_post(self, posting: Posting) -> bool:
        key = (posting.registration_id, posting.kind)
        if key not in self.posts:
            self.posts[key] = rules.may_post(self.by, posting.registration, posting.kind)
        return self.posts[key]


def _words(refused: Iterable[tuple[Posting | None, Refused]]) -> str:
    """Say in one sentence how many are in the way, and which ones first."""
    named = [(one.title_here if one else "–", fault) for one, fault in refused]
    shown = " ".join(_("“%(title)s”: %(why)s") % {"title": title, "why": fault.detail} for title, fault in named[:MOST_NAMED])
    head = ngettext(
        "Nothing was done: %(n)s of the postings cannot take this step.",
        "Nothing was done: %(n)s of the postings cannot take this step.",
        len(named),
    )
    return f"{head % {'n': len(named)}} {shown}"
