"""A collection evaluated: all rankings side by side, as values and as a table."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from matchmaking.matching.engine.ranking import Postings
from matchmaking.matching.engine.reading import Reader
from matchmaking.matching.engine.weights import Weights
from matchmaking.matching.evaluation.bm25 import Cut
from matchmaking.matching.evaluation.collection import Collection
from matchmaking.matching.evaluation.measures import NAMES, Figure, figures_of
from matchmaking.matching.evaluation.rankings import engine_run, plain_runs, text_run
from matchmaking.matching.evaluation.tuning import CrossValidated, cross_validated

Figures = Mapping[str, Figure | None]


@dataclass(frozen=True)
class Evaluation:
    """Every run with its figures, the engine as it is last; where weights were changed, these after it."""

    offers: int
    requests: int
    judged: int
    unknown: int
    chinese_cut: str
    seed: int
    runs: Mapping[str, Figures]
    cross_validated: CrossValidated | None
    postings: Postings


def evaluated(
    collection: Collection,
    reader: Reader,
    *,
    cut: tuple[str, Cut],
    seed: int,
    changed: Mapping[str, Postings] | None = None,
    folds: int = 0,
) -> Evaluation:
    """Evaluate the engine with its own weights beside plain rankings.

    Args:
        collection: what is judged.
        reader: glossary and dictionary.
        cut: how Chinese is parted for BM25, with its name.
        seed: of the intervals, and of the folds.
        changed: more postings of the same collection to show, by name: other weights or another glossary.
        folds: if not 0, weights are fitted with so many folds left out in turn.

    Raises:
        ValueError: a number of folds that the collection does not allow.
    """
    postings = Postings(collection.requests, collection.offers, reader)
    runs = plain_runs(collection, cut[1]) | {"engine, text only": text_run(postings), "engine": engine_run(postings)}
    runs |= {name: engine_run(other) for name, other in (changed or {}).items()}
    last = [postings, *(changed or {}).values()][-1]
    return Evaluation(
        offers=len(collection.offers),
        requests=len(collection.requests),
        judged=sum(len(grades) for grades in collection.grades.values()),
        unknown=collection.unknown,
        chinese_cut=cut[0],
        seed=seed,
        runs={name: figures_of(run, collection, seed=seed) for name, run in runs.items()},
        cross_validated=cross_validated(last, collection, folds=folds, seed=seed) if folds else None,
        postings=last,
    )


def reweighed(collection: Collection, reader: Reader, weights: Weights) -> Postings:
    """Return the collection read for other weights or another glossary."""
    return Postings(collection.requests, collection.offers, reader, weights=weights)


def as_values(evaluation: Evaluation) -> dict[str, Any]:
    """Return an evaluation as values of JSON."""
    return {
        "offers": evaluation.offers,
        "requests": evaluation.requests,
        "judged_pairs": evaluation.judged,
        "judged_pairs_unknown": evaluation.unknown,
        "bm25_chinese_cut_by": evaluation.chinese_cut,
        "seed": evaluation.seed,
        "weights": asdict(evaluation.postings.weights),
        "runs": {
            run: {name: asdict(figure) if figure else None for name, figure in figures.items()} for run, figures in evaluation.runs.items()
        },
        "cross_validated": asdict(evaluation.cross_validated) if evaluation.cross_validated else None,
    }


def as_table(evaluation: Evaluation) -> str:
    """Return an evaluation as a table: a line for each run, each figure with its 95 % interval."""
    sizes = f"{evaluation.requests} requests, {evaluation.offers} offers, {evaluation.judged} judged pairs."
    lines = [f"{sizes} BM25 cuts Chinese by {evaluation.chinese_cut}. Mean [95 % bootstrap interval over requests]."]
    if evaluation.unknown:
        lines.append(
            f"Judged pairs that name a request or an offer that is not in the folder: {evaluation.unknown}. Such an offer counts as not found."
        )
    wide = max(len(run) for run in evaluation.runs)
    for name, title in NAMES.items():
        lines += ["", title]
        for run, figures in evaluation.runs.items():
            lines.append(f"  {run:{wide}}  {said(figures[name])}")
    if evaluation.cross_validated:
        both = evaluation.cross_validated
        lines += [
            "",
            f"nDCG@10, weights of {both.tried} sets chosen with each of {both.folds} parts of the requests left out",
            f"  {'chosen':{wide}}  {said(both.fitted)}",
            f"  {'as they are':{wide}}  {said(both.stated)}",
        ]
    return "\n".join(lines)


def said(figure: Figure | None) -> str:
    """Return a figure in words; a dash where it could not be told."""
    return f"{figure.mean:.4f}  [{figure.low:.3f}, {figure.high:.3f}]  n={figure.requests}" if figure else "-"
