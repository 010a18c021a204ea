"""A stored match worked out again from its two snapshots and its run: the same figures as when it was made."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from matchmaking.matching.models import Match, MatchRun
from matchmaking.matching.snapshots import from_plain
from matchmaking.matching.world import chart_of, reader_now, weights_of

if TYPE_CHECKING:
    from matchmaking.matching.engine.explaining import Explanation
    from matchmaking.matching.engine.hard import Failure
    from matchmaking.matching.engine.ranking import Postings


def postings_of(
    run: MatchRun, pairs: Sequence[tuple[dict[str, object], dict[str, object]]], wishes: Mapping[tuple[str, str], int] | None = None
) -> "Postings":
    """Return pairs of plain facts (a request's, an offer's) as the engine compares them, with the weights and links of the run.

    `wishes` say by the ids of the facts who would like to meet.
    """
    from matchmaking.matching.engine.ranking import Postings  # Only where matching is done: the site starts without the engine.

    requests = [from_plain("request", asked) for asked, _given in pairs]
    offers = [from_plain("offer", given) for _asked, given in pairs]
    parameters = run.parameters
    chart, weights = chart_of(parameters["links"]), weights_of(parameters["weights"])
    return Postings(requests, offers, reader_now()[1], chart=chart, weights=weights, wishes=wishes)


def wishes_in(matches: Iterable[Match]) -> dict[tuple[str, str], int]:
    """Return the wishes that are in the scores of matches, by the ids of their facts."""
    return {(str(one.request_id), str(one.offer_id)): one.wished_by for one in matches if one.wished_by}


def explanations_of(matches: Sequence[Match]) -> list["Explanation"]:
    """Explain matches of one run that were read with their run and both snapshots; about a millisecond each, and no query but the terms'."""
    from matchmaking.matching.engine.explaining import explain  # As above.

    if not matches:
        return []
    facts = [(match.request_snapshot.facts, match.offer_snapshot.facts) for match in matches]
    postings = postings_of(matches[0].run, facts, wishes_in(matches))
    return [explain(postings, place, place) for place in range(len(matches))]


def failures_of(match: Match) -> tuple["Failure", ...]:
    """Return the musts that a near miss breaks; none for a match."""
    from matchmaking.matching.engine.hard import failures  # As above.

    return failures(from_plain("request", match.request_snapshot.facts), from_plain("offer", match.offer_snapshot.facts))
