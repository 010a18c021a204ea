"""Bringing files of terms into the table, all of them or nothing."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.utils import translation

from expo.editions.models import Chain
from expo.editions.queries import current_edition
from expo.foundation.eventlog import log
from expo.foundation.loading import FilesRefused, Problem
from matchmaking.matching.glossary.files import EVERYWHERE, Shipped, read_folder, shipped_folder
from matchmaking.matching.glossary.names import key_of
from matchmaking.matching.models import Term

WRITTEN = ("kind", "broader", "english", "chinese")


@dataclass
class Loaded:
    """What became of the terms of one file: `kept` were changed here and stay, `removed` stood in it no more."""

    file: str
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    kept: int = 0
    removed: int = 0


def load_terms(folder: Path | None = None) -> list[Loaded]:
    """Bring a folder's terms into the table and return what became of them, by file. Five queries, and few more for many rows.

    Terms changed here are left alone. The shipped folder (None) also takes away terms that it had and has no more, and passes over
    chains that this expo does not have.

    Raises:
        FilesRefused: something in the files is wrong; all problems are named, and nothing is written.
    """
    with translation.override("en"), transaction.atomic():
        stated = read_folder(folder or shipped_folder())
        chains = {"": None, **{chain.slug: chain for chain in Chain.objects.all()}}
        # Locked, so that what somebody saves meanwhile is written after the files, not under them.
        there = list(Term.objects.select_for_update(of=("self",)).select_related("chain").order_by("pk"))
        _check(stated, chains.keys(), there, may_pass=folder is None)
        counts = _write([term for term in stated if term.chain in chains], chains, there, removes=folder is None)
        edition = current_edition()
        totals = {name: sum(getattr(one, name) for one in counts) for name in ("created", "updated", "removed")}
        if edition is not None and any(totals.values()):
            log(edition, "terms_loaded", by=None, folder=(folder or shipped_folder()).name, **totals)
    return counts


def _check(stated: list[Shipped], chains: Iterable[str], there: list[Term], *, may_pass: bool) -> None:
    problems = []
    if not may_pass:
        files = {term.file: term.chain for term in stated}
        known = ", ".join([EVERYWHERE, *sorted(slug for slug in chains if slug)])
        problems += [
            Problem(file, 0, "", "", f"no chain is called “{chain}”; expected one of: {known}")
            for file, chain in files.items()
            if chain not in set(chains)
        ]
    above = {term.key: key_of(term.broader) for term in there if term.kind != Term.Kind.PROPERTY}
    above |= {term.key: "" for term in there if term.key not in above}
    above |= {term.key: key_of(term.broader) if term.kind != Term.Kind.PROPERTY else "" for term in stated}
    for term in stated:
        if term.broader and term.kind != Term.Kind.PROPERTY and (text := _broader_fault(term, above)):
            problems.append(Problem(term.file, term.line, term.key, "broader", text))
    if problems:
        raise FilesRefused(problems)


def _broader_fault(term: Shipped, above: dict[str, str]) -> str:
    at, seen = key_of(term.broader), {term.key}
    if at not in above:
        return f"there is no term “{term.broader}”; expected the first English name of another term"
    while at:
        if at == term.key:
            return f"“{term.broader}” is this term, or lies below it"
        if at in seen:
            return ""
        seen.add(at)
        at = above.get(at, "")
    return ""


def _write(stated: list[Shipped], chains: dict[str, Chain | None], there: list[Term], *, removes: bool) -> list[Loaded]:
    known = {(term.chain.slug if term.chain else "", term.key): term for term in there}
    counts: dict[str, Loaded] = {}
    rows: dict[str, list[Term]] = defaultdict(list)
    for one in stated:
        count = counts.setdefault(one.file, Loaded(one.file))
        row = known.pop((one.chain, one.key), None)
        verdict = _verdict(row, one)
        setattr(count, verdict, getattr(count, verdict) + 1)
        if verdict in {"created", "updated"}:
            row = row or Term(chain=chains[one.chain], key=one.key)
            for name in WRITTEN:
                setattr(row, name, getattr(one, name))
            rows[verdict].append(row)
    Term.objects.bulk_create(rows["created"], batch_size=500)
    Term.objects.bulk_create(
        rows["updated"], batch_size=500, update_conflicts=True, unique_fields=["id"], update_fields=[*WRITTEN, "changed_at"]
    )
    if removes:
        _remove_what_is_gone(known, counts)
    return list(counts.values())


def _verdict(row: Term | None, stated: Shipped) -> str:
    if row is None:
        return "created"
    if row.is_own:
        return "kept"
    return "unchanged" if all(getattr(row, name) == getattr(stated, name) for name in WRITTEN) else "updated"


def _remove_what_is_gone(left: dict[tuple[str, str], Term], counts: dict[str, Loaded]) -> None:
    """Delete what no file states any more; of chains without a file everything stays."""
    gone = []
    for (chain, _key), term in left.items():
        count = counts.get(f"{chain or EVERYWHERE}.csv")
        if count is not None and not term.is_own:
            count.removed += 1
            gone.append(term.pk)
    Term.objects.filter(pk__in=gone).delete()
