from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q

from expo.editions.models import Edition
from expo.foundation.errors import Refused
from matchmaking.matching.actions import start_run, work_on
from matchmaking.matching.models import MatchRun

MIB = 1024**2


class Command(BaseCommand):
    help = "Work out all matches of an edition anew: ask the workers, or do it here with --inline. The run before stays in force meanwhile."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--edition", default="", metavar="YEAR", help="Year or key of the edition; the current one if left out.")
        parser.add_argument("--inline", action="store_true", help="Work it out in this process, and print what each shard cost.")

    def handle(self, *_args: Any, **options: Any) -> None:
        edition = _edition(options["edition"])
        try:
            run = start_run(edition, by=None)
        except Refused as refused:
            raise CommandError(str(refused.detail)) from refused
        self.stdout.write(f"Run {run.pk} of {edition}: {run.shards.count()} shards.")
        if options["inline"]:
            while work_on(run.pk):
                pass
            run.refresh_from_db()
            self._tell(run)

    def _tell(self, run: MatchRun) -> None:
        if run.status != MatchRun.Status.IN_FORCE:
            raise CommandError(f"It is {run.get_status_display()}: {run.note or 'another worker has a part of it.'}")
        self.stdout.write(f"{'segment':<44} {'requests':>9} {'offers':>9} {'near':>6} {'pairs':>9} {'CPU s':>7} {'MiB':>6}")
        for shard in run.shards.select_related("segment__chain").order_by("segment__chain__order", "segment__order"):
            said = shard.figures
            name = f"{shard.segment.chain.slug}/{shard.segment.slug}"[:44]
            listed = (said["requests"]["matches"], said["offers"]["matches"], said["near_misses"], said["pairs"])
            self.stdout.write(
                f"{name:<44} {listed[0]:>9} {listed[1]:>9} {listed[2]:>6} {listed[3]:>9} {said['cpu_seconds']:>7.2f} {said['peak_bytes'] // MIB:>6}"
            )
        said = run.figures
        self.stdout.write(
            f"{said['requests']} requests, {said['offers']} offers: {said['pairs']} pairs scored, {said['matches']} matches and "
            f"{said['near_misses']} near misses stored; {said['cpu_seconds']} CPU s, {said['peak_bytes'] // MIB} MiB at most."
        )
        for side, spread in said["exposure"].items():
            before, after = spread["before"], spread["after"]
            self.stdout.write(
                f"Lists of {side}: largest share {before['largest_share']:.2%} -> {after['largest_share']:.2%}, "
                f"Gini {before['gini']:.3f} -> {after['gini']:.3f}, cost {spread['cost_in_score']:.3f} points."
            )


def _edition(name: str) -> Edition:
    if not name:
        found = Edition.objects.filter(is_current=True).first()
    else:
        named = Q(slug=name) | Q(year=int(name)) if name.isdecimal() else Q(slug=name)
        found = Edition.objects.filter(named).first()
    if found is None:
        raise CommandError(f"There is no edition “{name}”." if name else "No edition is current.")
    return found
