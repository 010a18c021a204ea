import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import BigIntegerField

from matchmaking.matching.explaining import explanations_of, failures_of
from matchmaking.matching.glossary.reading import glossary
from matchmaking.matching.meaning import meaning_now
from matchmaking.matching.models import Match, MatchRun

if TYPE_CHECKING:
    from matchmaking.matching.engine.explaining import Explanation


class Command(BaseCommand):
    help = "Print the arithmetic of a stored match: its factors, what each counts, and how they make the score."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("request", type=int, help="Number of the request.")
        parser.add_argument("offer", type=int, help="Number of the offer.")
        parser.add_argument("--json", action="store_true", help="As JSON, with the facts as they were read.")

    def handle(self, *_args: Any, **options: Any) -> None:
        pair = Match.objects.filter(request=options["request"], offer=options["offer"], run__in=MatchRun.objects.in_force())
        are_numbers = max(options["request"], options["offer"]) <= BigIntegerField.MAX_BIGINT
        match = pair.select_related("run", "request_snapshot", "offer_snapshot").first() if are_numbers else None
        if match is None:
            raise CommandError("These two are not among the matches and near misses in force.")
        (found,) = explanations_of([match])
        if options["json"]:
            self.stdout.write(json.dumps(_plain(match, found), cls=Encoder, ensure_ascii=False, indent=2))
        else:
            self._tell(match, found)

    def _tell(self, match: Match, found: "Explanation") -> None:
        write = self.stdout.write
        asked, given = match.request_snapshot.facts, match.offer_snapshot.facts
        write(f"Request {match.request_id}: {asked['title']}\nOffer   {match.offer_id}: {given['title']}")
        write(f"Run {match.run_id} of {match.run.parameters['day']}, engine {match.run.engine_version}\n")
        write(f"{'factor':<14} {'found':>7} {'counted':>8} {'share':>7} {'part':>7}  in words")
        for factor in found.factors:
            told = "–" if factor.value is None else f"{factor.value:.3f}"
            part = factor.counted * factor.share
            write(f"{factor.name:<14} {told:>7} {factor.counted:>8.3f} {factor.share:>7.3f} {part:>7.4f}  {factor.code}")
        other = " (one side is goods, the other is not)" if found.is_other_kind else ""
        write(f"\nthing {found.thing:.4f}{other}, terms {found.terms:.4f}, of which the terms can take away {found.terms_weight:.2f}")
        wish = f" + {found.wish:.2f}" if found.wish else ""
        sum_ = f"100 x {found.thing:.4f} x (1 - {found.terms_weight:.2f} x (1 - {found.terms:.4f})){wish}"
        write(f"{sum_} = {found.score:.4f}; stored {match.score}")
        for failure in failures_of(match):
            write(f"breaks {failure.field.name.lower()}: asked {_words(failure.asked)}, given {_words(failure.given)}")
        if match.run.glossary_digest != glossary().digest:
            write("Terms have changed since that run: the next one may say otherwise.")
        if match.run.parameters.get("model", "") != meaning_now().digest:
            write("That run had another sentence model, or none: the next one may say otherwise.")


def _words(value: Any) -> str:
    if isinstance(value, frozenset):
        return ", ".join(sorted(map(str, value))) or "none"
    return f"{value.amount:g} {value.unit}" if hasattr(value, "unit") else str(value)


class Encoder(DjangoJSONEncoder):
    def default(self, value: Any) -> Any:
        return sorted(value) if isinstance(value, frozenset | set) else super().default(value)


def _plain(match: Match, found: "Explanation") -> dict[str, Any]:
    factors = [{**asdict(factor), "part": factor.counted * factor.share} for factor in found.factors]
    return {
        "run": match.run_id,
        "engine_version": match.run.engine_version,
        "weights": match.run.parameters["weights"],
        "request": match.request_snapshot.facts,
        "offer": match.offer_snapshot.facts,
        "factors": factors,
        "thing": found.thing,
        "terms": found.terms,
        "terms_weight": found.terms_weight,
        "wished_by": match.get_wished_by_display(),
        "wish": found.wish,
        "score": round(found.score, 2),
        "stored_score": match.score,
        "failures": [asdict(failure) for failure in failures_of(match)],
    }
