import json
from argparse import ArgumentParser, ArgumentTypeError
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from expo.foundation.loading import FilesRefused
from matchmaking.matching.embedding import ModelRefused, OnnxModel
from matchmaking.matching.glossary.files import read_folder, shipped_folder
from matchmaking.matching.glossary.reading import known_of

if TYPE_CHECKING:
    from matchmaking.matching.engine.ranking import Postings
    from matchmaking.matching.engine.reading import Reader
    from matchmaking.matching.engine.weights import Weights
    from matchmaking.matching.evaluation.collection import Collection
    from matchmaking.matching.evaluation.report import Evaluation

PERCENT = 100


def points(text: str) -> dict[str, float]:
    """Read weights such as `text=40,price=10`."""
    from matchmaking.matching.engine.weights import Weights  # The site starts without the engine; this command runs it.

    known = [item.name for item in fields(Weights)]
    found = {}
    for part in text.split(","):
        name, _, value = (piece.strip() for piece in part.partition("="))
        if name not in known:
            raise ArgumentTypeError(f"expected name=points with a name of {', '.join(known)}, found {part!r}")
        try:
            found[name] = float(value) / (PERCENT if name == "terms" else 1)
        except ValueError as fault:
            raise ArgumentTypeError(f"expected points for {name}, found {value!r}") from fault
    return found


class Command(BaseCommand):
    help = (
        "Rank the offers of a judged collection (offers.jsonl, requests.jsonl, qrels.jsonl) and print how good that is, beside plain rankings. "
        "Reads no postings of this site and needs no database, but for --site. See docs/matching.md."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="for example tests/data/relevance/dev")
        parser.add_argument("--json", action="store_true", help="print values instead of a table")
        parser.add_argument("--run", type=Path, metavar="FILE", help="write the engine's ranking: request, offer, score, best first")
        parser.add_argument("--seed", type=int, default=1, help="of the intervals and folds (1)")
        parser.add_argument(
            "--weights", type=points, metavar="text=40,price=10", help="show these weights beside the engine's own; points, 0 to 100"
        )
        parser.add_argument("--site", action="store_true", help="show this site's weights and terms beside the shipped ones")
        parser.add_argument("--model", type=Path, metavar="FOLDER", help="show the engine with this sentence model beside it")
        parser.add_argument("--cross-validate", type=int, default=0, metavar="K", help="fit the weights with each of K parts left out")

    def handle(self, *args: Any, folder: Path, run: Path | None, **options: Any) -> None:
        try:
            found = evaluate(folder, options)
            lines = _lines(found) if run else []
        except FilesRefused as refusal:
            total = len(refusal.problems)
            raise CommandError(f"{refusal}\n{total} problem{'' if total == 1 else 's'}; nothing was evaluated.") from refusal
        except (ValueError, ModelRefused) as refusal:
            raise CommandError(str(refusal)) from refusal
        if run:
            try:
                run.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
            except OSError as fault:
                raise CommandError(f"The run cannot be written: {fault}") from fault
        self.stdout.write(_said(found, as_json=options["json"]))


def evaluate(folder: Path, options: dict[str, Any]) -> "Evaluation":
    """Evaluate a folder as the options say. Raises FilesRefused for its files, ValueError for weights or folds that cannot be."""
    from matchmaking.matching.evaluation.bm25 import usual_cut
    from matchmaking.matching.evaluation.collection import read_collection
    from matchmaking.matching.evaluation.report import evaluated

    collection, reader = read_collection(folder), shipped_reader()
    changed = _changed(collection, reader, options["weights"], site=options["site"], model=options["model"])
    return evaluated(collection, reader, cut=usual_cut(), seed=options["seed"], changed=changed, folds=options["cross_validate"])


def shipped_reader() -> "Reader":
    """Return a reader of the shipped terms and dictionary."""
    from matchmaking.matching.engine.glossary import Glossary
    from matchmaking.matching.engine.lexicon import shipped_lexicon
    from matchmaking.matching.engine.reading import Reader

    rows = ((one.chain, one.key, one.kind, one.broader, one.english, one.chinese) for one in read_folder(shipped_folder()))
    return Reader(Glossary(known_of(rows).concepts), shipped_lexicon())


def _changed(
    collection: "Collection", reader: "Reader", weights: dict[str, float] | None, *, site: bool, model: Path | None
) -> "dict[str, Postings]":
    from matchmaking.matching.engine.reading import Reader
    from matchmaking.matching.engine.weights import Weights
    from matchmaking.matching.evaluation.report import reweighed

    found = {}
    own = Weights()
    if site:
        own, here = _of_site()
        found["with this site's terms and weights"] = reweighed(collection, here, own)
        reader = here
    if model:
        reader = Reader(reader.glossary, reader.lexicon, OnnxModel(model))
        found["with the sentence model"] = reweighed(collection, reader, own)
    if weights:
        found["with the weights given"] = reweighed(collection, reader, replace(own, **weights))
    return found


def _of_site() -> "tuple[Weights, Reader]":
    from matchmaking.matching.world import plain_weights, reader_now, weights_of

    return weights_of(plain_weights()), reader_now()[1]


def _lines(found: "Evaluation") -> list[str]:
    from matchmaking.matching.evaluation.rankings import run_lines

    return run_lines(found.postings)


def _said(found: "Evaluation", *, as_json: bool) -> str:
    from matchmaking.matching.evaluation.report import as_table, as_values

    return json.dumps(as_values(found), indent=2) if as_json else as_table(found)
