"""The index: written in the transaction that changes the rows, and made anew while the site runs."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import models, transaction

from expo.foundation.models import SearchEntry
from expo.foundation.search import spelling
from expo.foundation.search.register import DESCRIBERS, REACHES, Describer, Found, describers_of
from expo.foundation.search.tokens import BREAK, column, whole

BLOCK = 500
COLUMNS = ("kind", "edition_id", "is_open", "at", "whole_en", "whole_zh", "codes", "digest", "title", "names", "words", "shown")
UPSERT: dict[str, Collection[str]] = {"unique": ("label", "object_id"), "update": COLUMNS}
Touched = Mapping[type[models.Model], Iterable[int]]


def follow(thing: models.Model) -> None:
    """Bring the index up to what was just written to `thing`, and to whatever else speaks of it. Called by `eventlog.log`."""
    if thing.pk is not None:
        follow_rows({type(thing): [thing.pk]})


def follow_rows(touched: Touched) -> None:
    """Bring the index up to rows that were written, and to whatever else speaks of them."""
    for model, keys in reached(touched).items():
        index_all(model, keys)


def reached(touched: Touched) -> dict[type[models.Model], set[int]]:
    """Return the searched rows that are touched when these are, by model. Before rows are deleted: what spoke of them."""
    wanted: dict[type[models.Model], set[int]] = defaultdict(set)
    for model, keys in touched.items():
        held = set(keys)
        if describers_of(model):
            wanted[model] |= held
        for reach in REACHES.get(model, ()) if held else ():
            for other, others in reach(held):
                wanted[other] |= set(others)
    return wanted


def index_all(model: type[models.Model], keys: Iterable[int]) -> int:
    """Index these rows of one model, and return how many entries changed. Rows that are gone lose their entry.

    For whoever writes many rows at once, past the actions: call it in the same transaction, for each model of which rows are found.
    Takes about five queries for each 500 rows. Models whose rows are not searched change nothing.
    """
    describers = describers_of(model)
    return sum(_index(describer, block) for block in _blocks(keys) for describer in describers) if describers else 0


def index_pages() -> int:
    """Index the pages that no row stands behind, and return how many entries changed."""
    return sum(_index(describer, [found.key for found in describer.describe(())]) for describer in describers_of(None))


@transaction.atomic
def _index(describer: Describer, keys: Collection[int]) -> int:
    # Who changes the same rows at the same moment waits here, and then reads what was written.
    held = SearchEntry.objects.filter(label=describer.label, object_id__in=keys).order_by("pk").select_for_update()
    digests = dict(held.values_list("object_id", "digest"))
    entries = {found.key: entry_of(describer, found) for found in describer.describe(keys)}
    changed = [entry for key, entry in entries.items() if digests.get(key) != entry.digest]
    if changed:
        SearchEntry.objects.bulk_create(
            changed, batch_size=BLOCK, update_conflicts=True, unique_fields=["label", "object_id"], update_fields=COLUMNS
        )
        public = _public(describer, [entry.object_id for entry in changed])
        spelling.learn(entry.title for entry in changed if entry.object_id in public)
    gone = digests.keys() - entries.keys()
    if gone:
        SearchEntry.objects.filter(label=describer.label, object_id__in=gone).delete()
    return len(changed) + len(gone)


def entries_of(model: type[models.Model], found: Iterable[Found]) -> list[SearchEntry]:
    """Return the entries of rows that are about to be written, for whoever writes them with the rows: see `UPSERT`."""
    (describer,) = describers_of(model)
    return [entry_of(describer, one) for one in found]


def _public(describer: Describer, keys: Collection[int]) -> Collection[int]:
    """Return those of the rows that everybody sees: a spelling that is forgiven, or is not, must not tell a word of any other."""
    if describer.visible is None:
        return keys
    return set(describer.visible(AnonymousUser()).filter(pk__in=keys).values_list("pk", flat=True))


def renew_words() -> int:
    """Keep the words of all titles that everybody sees and forget the others; return how many went. About two queries for each model.

    A word of a title that was hidden, changed or erased would still tell that it once stood there, by a spelling that is not forgiven.
    """
    gone = spelling.keep_only(_public_words())
    if gone:
        spelling.learn(_public_words())  # Whoever published a word while it was being forgotten took it for known.
    return gone


def _public_words() -> set[str]:
    words: set[str] = set()
    for describer in DESCRIBERS.values():
        rows = SearchEntry.objects.filter(label=describer.label)
        if describer.visible is not None:
            rows = rows.filter(object_id__in=describer.visible(AnonymousUser()).order_by().values("pk"))
        words |= spelling.words_of(rows.order_by().values_list("title", flat=True).iterator(chunk_size=10_000))
    return words


def entry_of(describer: Describer, found: Found) -> SearchEntry:
    """Return the entry of a row as the index holds it."""
    sign = {"sign": list(found.sign)} if found.sign else {}
    shown = {
        "route": list(found.route),
        **{name: list(text.texts) for name in ("title", "text", "aside") if any((text := getattr(found, name)).texts)},
        **sign,
        **({"demo": True} if found.is_demo else {}),
    }
    codes = [whole(code) for code in found.codes]
    entry = SearchEntry(
        label=describer.label,
        object_id=found.key,
        kind=describer.kind,
        edition_id=found.edition_id,
        is_open=found.is_open,
        at=found.at,
        whole_en=whole(found.title.en),
        whole_zh=whole(found.title.zh),
        codes=f"|{'|'.join(codes)}|"[:400] if codes else "",
        title=column([*found.title.texts, *found.codes]),
        names=" ".join(part for part in (column(found.names), kind_token(describer.kind)) if part),
        words=column(found.text.texts),
        shown=shown,
    )
    entry.digest = _digest(entry)
    return entry


def kind_token(kind: str) -> str:
    """Return the token by which the engine tells the entries of a kind; no text has such a token."""
    return BREAK + kind


def _digest(entry: SearchEntry) -> str:
    said = [getattr(entry, name) for name in COLUMNS if name != "digest"]
    return hashlib.blake2b(json.dumps(said, default=str, sort_keys=True).encode(), digest_size=16).hexdigest()


def _blocks(keys: Iterable[int]) -> Iterator[Sequence[int]]:
    waiting = iter(sorted(set(keys)))
    while block := list(islice(waiting, BLOCK)):
        yield block


def rebuild() -> Iterator[tuple[str, int]]:
    """Make the index anew in blocks, each in its own short transaction, and yield (label, entries changed) for each.

    Nothing is missing meanwhile: what is right already stays untouched, the rest is replaced in one statement.
    """
    for describer in list(DESCRIBERS.values()):
        changed = sum(_index(describer, block) for block in _blocks(_keys(describer)))
        yield describer.label, changed + _sweep(describer)
    SearchEntry.objects.exclude(label__in=DESCRIBERS).delete()
    yield "words", renew_words()


def sweep() -> int:
    """Take out the entries of rows that are gone, and return how many."""
    return sum(_sweep(describer) for describer in DESCRIBERS.values())


def _sweep(describer: Describer) -> int:
    if describer.model is None:
        keys = [found.key for found in describer.describe(())]
        stale = SearchEntry.objects.filter(label=describer.label).exclude(object_id__in=keys)
    else:
        there = describer.model._default_manager.filter(pk=models.OuterRef("object_id"))
        stale = SearchEntry.objects.filter(~models.Exists(there), label=describer.label)
    return int(stale.delete()[0])


def _keys(describer: Describer) -> Iterable[int]:
    if describer.model is None:
        return [found.key for found in describer.describe(())]
    return describer.model._default_manager.order_by("pk").values_list("pk", flat=True).iterator(chunk_size=10_000)


def differences(most: int = 20) -> list[str]:
    """Say how the index differs from the rows, in at most so many lines; an empty list when it does not."""
    lines: list[str] = []
    for describer in DESCRIBERS.values():
        there: dict[int, Any] = dict(SearchEntry.objects.filter(label=describer.label).values_list("object_id", "digest"))
        for block in _blocks(_keys(describer)):
            fresh = {found.key: entry_of(describer, found) for found in describer.describe(block)}
            held = {row.object_id: row for row in SearchEntry.objects.filter(label=describer.label, object_id__in=block)}
            for key in block:
                there.pop(key, None)
                lines += _difference(describer.label, key, held.get(key), fresh.get(key))
        lines += [f"{describer.label} {key}: indexed, but gone" for key in there]
    return lines[:most]


def _difference(label: str, key: int, held: SearchEntry | None, fresh: SearchEntry | None) -> list[str]:
    if held is None or fresh is None:
        return [] if held is fresh else [f"{label} {key}: {'missing' if held is None else 'indexed, but not searched'}"]
    if _digest(held) == fresh.digest == held.digest:
        return []
    wrong = [name for name in COLUMNS if getattr(held, name) != getattr(fresh, name)]
    return [f"{label} {key}: {', '.join(wrong)} differ"]
