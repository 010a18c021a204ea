"""How well the matcher ranks with the weights and terms of a run: on the judged collection that comes with it, and by what people took up."""

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from matchmaking.matching.models import MatchRun
from matchmaking.matching.queries.uptake import taken_up
from matchmaking.matching.world import reader_now, weights_of

if TYPE_CHECKING:
    from matchmaking.matching.engine.ranking import Postings
    from matchmaking.matching.engine.reading import Reader
    from matchmaking.matching.evaluation.collection import Collection
    from matchmaking.matching.evaluation.measures import Figure

MEASURED = ("ndcg", "recall", "cross_recall", "violation", "broken")
SEED = 1
DIGITS = 4
MOST_KEPT = 50


@dataclass(frozen=True)
class Effect:
    """nDCG@10 and cross-language recall@10 of the judged collection, before and after a change."""

    ndcg: tuple[float, float]
    cross_recall: tuple[float, float]


class _Process:
    """The collection as it was read last, and what was measured of it."""

    reader: "Reader | None" = None
    read: "tuple[Collection, Postings] | None" = None
    found: dict[tuple[float, ...], dict[str, Any]] = {}


def collection_folder() -> Path:
    """Return where the judged collection lies that comes with the product."""
    return Path(settings.BASE_DIR) / "fixtures" / "relevance"


def quality_of(run: MatchRun) -> dict[str, Any]:
    """Return the quality figures of a run that is about to come into force, as values of JSON.

    With its weights, and the terms and sentence model in use: nDCG@10, recall@10, explicit zeros and broken requirements, each with its
    interval. And how the first three places of the run that is still in force were taken up. A second at most, then a few milliseconds
    while terms and weights stay; a collection that cannot be read is a fault that is named, and no hindrance.
    """
    former = MatchRun.objects.in_force().filter(edition=run.edition_id).first()
    return {"judged": measured(run.parameters["weights"]), "uptake": taken_up(former) if former else None}


def measured(plain_weights: Mapping[str, float]) -> dict[str, Any]:
    """Return what the judged collection says of these weights with the terms in use: by figure, mean, low and high."""
    from expo.foundation.loading import FilesRefused  # Only where matching is done, as below: the site starts without the engine.
    from matchmaking.matching.evaluation.measures import figures_of
    from matchmaking.matching.evaluation.rankings import engine_run

    weights = weights_of(plain_weights)
    try:
        collection, postings = _read(reader_now()[1])
    except FilesRefused as refusal:
        return {"fault": str(refusal)}
    key = astuple(weights)
    if key not in _Process.found:
        figures = figures_of(engine_run(postings.reweighed(weights)), collection, seed=SEED)
        if len(_Process.found) >= MOST_KEPT:
            _Process.found.clear()
        _Process.found[key] = {
            "requests": len(collection.requests),
            "offers": len(collection.offers),
            **{name: _rounded(figures[name]) for name in MEASURED},
        }
    return _Process.found[key]


def effect_of(before: Mapping[str, float], after: Mapping[str, float]) -> Effect | None:
    """Return what a change of weights does to the judged collection; None where that cannot be read."""
    one, other = measured(before), measured(after)
    if "fault" in one or "fault" in other:
        return None
    return Effect(*((one[name]["mean"], other[name]["mean"]) for name in ("ndcg", "cross_recall")))


def _read(reader: "Reader") -> "tuple[Collection, Postings]":
    """Return the collection as a reader reads it: half a second for another reader."""
    from matchmaking.matching.engine.ranking import Postings  # As above.
    from matchmaking.matching.evaluation.collection import read_collection

    if _Process.read is None or _Process.reader is not reader:
        collection = read_collection(collection_folder())
        _Process.read = collection, Postings(collection.requests, collection.offers, reader)
        _Process.reader, _Process.found = reader, {}
    return _Process.read


def _rounded(figure: "Figure | None") -> dict[str, float]:
    return {name: round(getattr(figure, name), DIGITS) for name in ("mean", "low", "high")} if figure else {}
