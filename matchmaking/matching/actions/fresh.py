"""Fresh matches of what was just written: the posting's own list, and its place on the lists of others, in the run in force."""

import time
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import F
from django.utils import timezone

from expo.foundation.eventlog import Touched
from expo.foundation.models import Event
from expo.foundation.moves import locked
from matchmaking.marketplace.models import Certificate, Offer, SourcingRequest
from matchmaking.matching.actions.answered import refresh_answered
from matchmaking.matching.actions.gaps import requests_of, tell_of_gaps
from matchmaking.matching.actions.runs import start_by_itself, write_left_out, write_rows
from matchmaking.matching.lists import OTHER, LeftOut, Row, Terms, Work, apart_of, near_rows, row_of, score_all, wishes_of
from matchmaking.matching.models import Match, MatchRun, Snapshot, Verdict
from matchmaking.matching.snapshots import MODELS, Kind, as_plain, digest_of, facts_of
from matchmaking.matching.world import layout_now, world_of
from matchmaking.participants.models import Registration

FOLLOWED: Mapping[type[models.Model], str] = {
    model: model._meta.label for model in (Offer, SourcingRequest, Registration, Certificate, Verdict)
}
OVERLAP = timedelta(minutes=2)  # Two writes that overlap come to light in another order than their times say.
MOST_ONE_BY_ONE = 2000
AT_ONCE = 50
Status = MatchRun.Status
Keys = dict[Kind, list[int]]


def follow(touched: Touched) -> None:
    """Ask for a job, once it is committed, that works out anew what these rows are matched with. Called with every line of the log."""
    wanted = {FOLLOWED[model]: sorted(keys) for model, keys in touched.items() if model in FOLLOWED}
    if wanted:
        transaction.on_commit(lambda: _ask(wanted), robust=True)  # What fails here, the sweep makes up for.


def _ask(wanted: Mapping[str, list[int]]) -> None:
    from matchmaking.matching import tasks  # The job names this module.

    if MatchRun.objects.in_force().exists():
        for label, keys in wanted.items():
            for start in range(0, len(keys), AT_ONCE):
                tasks.refresh.enqueue(label, keys[start : start + AT_ONCE])


def refresh_touched(label: str, keys: Collection[int]) -> int:
    """Work out anew the postings among these rows, or that hang on them, or the pairs that verdicts are of; return how many there were.

    May run twice.
    """
    if label == Verdict._meta.label:
        return refresh_answered(keys)
    postings = _postings(label, keys)
    return sum(refresh_posting(kind, key) for kind in postings for key in postings[kind])


def _postings(label: str, keys: Collection[int]) -> Keys:
    if label == Registration._meta.label:
        found = {kind: model.objects.published().filter(registration__in=keys) for kind, model in MODELS.items()}
    elif label == Certificate._meta.label:
        found = {kind: model.objects.published().filter(certificates__certificate__in=keys) for kind, model in MODELS.items()}
    else:
        found = {kind: model.objects.filter(pk__in=keys) for kind, model in MODELS.items() if model._meta.label == label}
    return {kind: sorted(set(rows.order_by().values_list("pk", flat=True))) for kind, rows in found.items()}


def refresh_posting(kind: Kind, key: int) -> bool:
    """Work out the row and the column of one posting, and write them into the run in force of its edition in one transaction.

    One that is not open leaves all lists. Says whether there is a run in force. Costs about a tenth of a CPU second at an expo's size,
    once this process has read the chain; before that, a millisecond for each posting of the chain and of those linked with it.
    """
    posting = MODELS[kind].objects.select_related("registration", "segment").filter(pk=key).first()
    run = posting and MatchRun.objects.in_force().filter(edition=posting.registration.edition_id).first()
    if posting is None or run is None:
        return False
    if not MODELS[kind].objects.published().filter(pk=key).exists():
        _close(run, kind, key)
        return True
    began, reach = timezone.now(), layout_now().reach(posting.segment.chain_id)
    world = world_of(run.edition_id, timezone.localdate())
    world.catch_up(reach)
    work = Work(world, reach, Terms.of(run.parameters), apart_of(run.edition_id), wishes_of(run.edition_id))
    own, column, left_out = _lists(work, kind, key)
    with transaction.atomic():
        if locked(run).status == Status.IN_FORCE:
            hang = requests_of(run, kind, key)
            _take_out(run, kind, key)
            _put_in(run, work, kind, own, column)
            write_left_out(run, kind, left_out)
            tell_of_gaps(run, kind, key, hang | requests_of(run, kind, key))
            Snapshot.objects.filter(pk=world.snapshot[kind].get(key, 0)).update(read_at=began)
    return True


def _close(run: MatchRun, kind: Kind, key: int) -> None:
    with transaction.atomic():
        if locked(run).status == Status.IN_FORCE:
            hang = requests_of(run, kind, key)
            _take_out(run, kind, key)
            tell_of_gaps(run, kind, key, hang)


def _lists(work: Work, kind: Kind, key: int) -> tuple[list[Row], list[Row], dict[int, LeftOut]]:
    """Return the posting's own list with its near misses, the rows that may come into lists of others, without a rank, and what is on none."""
    place = work.side(kind).place_of.get(key)
    if place is None:
        return [], [], {}  # It was closed this moment.
    ((_number, scored),) = score_all(work, kind, [place])
    own = [row_of(kind, key, one, rank=at) for at, one in enumerate(scored.fits[: work.terms.top], start=1)]
    own += [row_of(kind, key, one) for one in scored.hidden]
    if kind == "request":
        own += near_rows(work, key, scored)
    left_out = scored.left_out(min(len(scored.fits), work.terms.top), 0)
    return own, [row_of(kind, key, one) for one in scored.fits], {key: left_out}


def _take_out(run: MatchRun, kind: Kind, key: int) -> None:
    """Take the posting out of its own list and of all others, which close up."""
    other = OTHER[kind]
    rows = Match.objects.filter(run=run, **{kind: key})
    for counterpart, rank in rows.filter(**{f"{other}_rank__isnull": False}).values_list(other, f"{other}_rank"):
        behind = Match.objects.filter(run=run, **{other: counterpart, f"{other}_rank__gt": rank})
        behind.update(**{f"{other}_rank": F(f"{other}_rank") - 1})
    rows.delete()


def _put_in(run: MatchRun, work: Work, kind: Kind, own: Sequence[Row], column: Sequence[Row]) -> None:
    """Write the posting's own list, and put it in the lists of others where it scores better than the last, or where there is room."""
    other, top = OTHER[kind], work.terms.top
    write_rows(run, work, kind, own)
    scores = _scores(run, other, [_end(row, other) for row in column])
    coming = []
    for row in column:
        counterpart = _end(row, other)
        rank = 1 + sum(score >= row.score for score in scores[counterpart])
        if rank <= top:
            listed = Match.objects.filter(run=run, **{other: counterpart, f"{other}_rank__gte": rank})
            listed.update(**{f"{other}_rank": F(f"{other}_rank") + 1})
            coming.append(Row(row.request, row.offer, row.score, rank))
    write_rows(run, work, other, coming)
    over = Match.objects.filter(run=run, **{f"{other}__in": [_end(row, other) for row in coming], f"{other}_rank__gt": top})
    over.filter(**{f"{kind}_rank": None}).delete()
    over.update(**{f"{other}_rank": None})


def _end(row: Row, kind: Kind) -> int:
    return row.request if kind == "request" else row.offer


def _scores(run: MatchRun, kind: Kind, keys: Collection[int]) -> Mapping[int, list[Any]]:
    rows = Match.objects.filter(run=run, **{f"{kind}__in": keys, f"{kind}_rank__isnull": False}).values_list(kind, "score")
    found: dict[int, list[Any]] = defaultdict(list)
    for key, score in rows:
        found[key].append(score)
    return found


def warm_up(seconds: float = 1.0) -> bool:
    """Have this process read what it has not read yet of the current edition, for about so long, and say whether more is left.

    A worker that has just started would need seconds for the first posting of a chain; one that has read them needs a twentieth.
    """
    end = time.monotonic() + seconds
    for edition in MatchRun.objects.in_force().filter(edition__is_current=True).values_list("edition", flat=True):
        world = world_of(edition, timezone.localdate())
        for segment in world.unread(layout_now().chain_of):
            if time.monotonic() > end:
                return True
            world.catch_up([segment])
    return False


def follow_what_was_missed() -> int:
    """Work out anew what was written since each run in force was followed last and whose own job was lost; return how many those were.

    A run that is more than 2,000 postings behind is made anew as a whole. May run twice.
    """
    return sum(_follow_run(run) for run in MatchRun.objects.in_force().select_related("edition"))


def _follow_run(run: MatchRun) -> int:
    now = timezone.now()
    since = (run.followed_until or run.created_at) - OVERLAP
    behind = [(kind, key) for kind, keys in _written_since(run, since).items() for key in keys]
    if len(behind) > MOST_ONE_BY_ONE:
        start_by_itself(run.edition)
    else:
        for kind, key in behind:
            refresh_posting(kind, key)
        refresh_answered(_said_since(run, since))
    MatchRun.objects.filter(pk=run.pk).update(followed_until=now)
    return len(behind)


def _said_since(run: MatchRun, since: datetime) -> list[int]:
    """Return the verdicts on pairs of the run's edition that were given or taken back since."""
    events = Event.objects.filter(thing=Verdict._meta.label, at__gt=since).values_list("thing_id", flat=True)
    said = {int(thing) for thing in events}
    return (
        list(Verdict.objects.filter(pk__in=said, request__registration__edition=run.edition).values_list("pk", flat=True)) if said else []
    )


def _written_since(run: MatchRun, since: datetime) -> Mapping[Kind, list[int]]:
    """Return the postings of the run's edition that were written since, and not read with what they say now after that."""
    written: dict[Kind, dict[int, datetime]] = {"offer": {}, "request": {}}
    events = Event.objects.filter(thing__in=FOLLOWED.values(), at__gt=since).order_by("at").values_list("thing", "thing_id", "at")
    for label, thing, at in events:
        for kind, keys in _postings(label, [int(thing)]).items():
            written[kind] |= dict.fromkeys(keys, at)
    return {kind: sorted(_stale(kind, run, said)) for kind, said in written.items()}


def _stale(kind: Kind, run: MatchRun, written: Mapping[int, datetime]) -> Iterator[int]:
    rows = MODELS[kind].objects.in_edition(run.edition).filter(pk__in=written)
    is_open = set(rows.published().values_list("pk", flat=True))
    listed = Match.objects.filter(run=run, **{f"{kind}__in": [pk for pk in written if pk not in is_open]})
    yield from set(listed.values_list(kind, flat=True))
    read: dict[tuple[int, str], datetime] = {
        (key, digest): at for key, digest, at in Snapshot.objects.filter(**{f"{kind}__in": is_open}).values_list(kind, "digest", "read_at")
    }
    for block in facts_of(kind, rows.filter(pk__in=is_open), day=timezone.localdate()):
        for key, facts in block.items():
            at = read.get((key, digest_of(as_plain(facts))))
            if at is None or at < written[key]:
                yield key
