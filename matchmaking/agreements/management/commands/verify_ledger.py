import json
import re
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from expo.foundation import guards
from expo.foundation.proving import Finding, LogProof, prove_log
from matchmaking.agreements.queries.checking import LedgerProof, prove_ledger

HEAD = re.compile(r"([0-9]{1,18}):([0-9a-f]{64})")
MOST_SAID = 1000


class Command(BaseCommand):
    help = (
        "Prove that no line of the log and no row of the ledger was changed behind the site's back, and name the row if one was. "
        "Prints the head of the chain, to be written down on paper: given with --head another day, it proves the lines up to it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--head", metavar="NUMBER:DIGEST", help="What this command printed before, and somebody wrote down.")
        parser.add_argument("--json", action="store_true", dest="as_json", help="Say it to a program.")

    def handle(self, *_args: Any, **options: Any) -> None:
        findings, counts = list[Finding](), Counter[str]()

        def tell(finding: Finding) -> None:
            counts[finding.code] += 1
            if len(findings) < MOST_SAID:
                findings.append(finding)

        head = self._head(options["head"])
        for name in guards.missing():
            tell(
                Finding(
                    "guard_missing", "", f"The database’s own guard {name} is not in force: run `manage.py migrate`, and ask who lifted it."
                )
            )
        log, ledger = prove_log(tell, head=head), prove_ledger(tell)
        if options["as_json"]:
            self.stdout.write(json.dumps(_as_json(log, ledger, findings, counts), indent=1))
        else:
            self._say(log, ledger, findings, counts)
        if counts:
            raise SystemExit(1)

    def _head(self, text: str | None) -> tuple[int, str] | None:
        if text is None:
            return None
        found = HEAD.fullmatch(text.strip().lower())
        if not found:
            raise CommandError("Give the head as it was printed: a number, a colon and 64 hexadecimal digits.")
        return int(found[1]), found[2]

    def _say(self, log: LogProof, ledger: LedgerProof, findings: list[Finding], counts: Counter[str]) -> None:
        for finding in findings:
            self.stdout.write(f"{finding.says}{f'  [{finding.row}]' if finding.row else ''}")
        if (rest := counts.total() - len(findings)) > 0:
            self.stdout.write(f"… and {rest} more.")
        self.stdout.write(
            f"Read {log.lines} lines in {log.number} blocks, {ledger.agreements} agreements, {ledger.documents} papers, "
            f"{ledger.frozen_reports} frozen reports."
        )
        for number, words in (
            (log.waiting, "lines wait to be sealed; the sweep does it within ten minutes."),
            (log.emptied, "lines were emptied for somebody’s privacy; their digests stay."),
            (log.pruned, "blocks lost lines whose time of keeping was over; what is left of them was proved."),
            (ledger.unstated_rates, "exchange rates are stated by no line of the log: they came with files, before the log kept that."),
            (ledger.unstated, "agreements have lines from before digests alone; they were compared with their history."),
        ):
            if number:
                self.stdout.write(f"{number} {words}")
        self.stdout.write("Nothing was changed." if not counts else f"{counts.total()} things are not as they were written.")
        self.stdout.write(f"Head: {log.head}")


def _as_json(log: LogProof, ledger: LedgerProof, findings: list[Finding], counts: Counter[str]) -> dict[str, Any]:
    return {
        "ok": not counts,
        "head": log.head,
        "lines": log.lines,
        "blocks": log.number,
        "waiting": log.waiting,
        "emptied": log.emptied,
        "pruned": log.pruned,
        "agreements": ledger.agreements,
        "documents": ledger.documents,
        "frozen_reports": ledger.frozen_reports,
        "unstated": ledger.unstated,
        "unstated_rates": ledger.unstated_rates,
        "counts": dict(counts),
        "findings": [{"code": one.code, "row": one.row, "says": one.says} for one in findings],
    }
