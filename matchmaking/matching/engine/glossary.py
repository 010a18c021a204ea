"""Terms of the trade in both languages: which words name the same concept, and what lies above it."""

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from matchmaking.matching.engine.forms import IS_UNSPACED, Atom, atoms, plain

LONGEST_ABBREVIATION = 4
OWN_CHAIN = "*"
"""A term that ends so counts only in postings of the glossary's own chain: "module" is a solar module there."""
BOUND, OR = "-of-", "-or-"
"""A family of properties called "power train of bus or truck" counts only in postings that a bus or a truck heads, or a kind of them."""

PRODUCT_KINDS = frozenset({"good", "material", "equipment", "service", "software"})


@dataclass(frozen=True, slots=True)
class Concept:
    """One thing with its names. `broader` is a concept, or for properties the family whose members exclude each other."""

    key: str
    kind: str
    chain: str
    broader: str
    en: tuple[str, ...]
    zh: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mention:
    """A place in a text that names concepts: from atom `start` up to `end`, most likely concept first."""

    start: int
    end: int
    concepts: tuple[Concept, ...]


class Glossary:
    """Finds the concepts that a text names; the longest term wins, and the posting's own chain before others."""

    def __init__(self, concepts: Iterable[Concept]) -> None:
        self.concepts = {concept.key: concept for concept in concepts}
        self._above: dict[str, list[Concept]] = {}
        self._lock = Lock()
        self._bound: dict[str, tuple[str, ...]] = {}
        self._implied: dict[str, tuple[Concept, ...]] = {}
        self._properties_of: dict[str, list[Concept]] = defaultdict(list)
        self._by_end: dict[str, list[tuple[tuple[str, ...], frozenset[str], Concept]]] = defaultdict(list)
        for concept in self.concepts.values():
            for head in self.bound_to(concept.broader) if concept.kind == "property" else ():
                self._properties_of[head].append(concept)
        self._root: dict[str, Any] = {}

    @property
    def _trie(self) -> dict[str, Any]:
        """The terms, word by word. Cut when a text is read first: who has readings already needs none of it."""
        if not self._root:
            with self._lock:
                if not self._root:
                    self._cut_terms()
        return self._root

    def _cut_terms(self) -> None:
        root: dict[str, Any] = {"": ()}  # No longer empty, even where there is no term.
        for concept in self.concepts.values():
            for term in (*concept.en, *concept.zh):
                self._add(term, concept, root)
        self._root = root

    def _add(self, term: str, concept: Concept, root: dict[str, Any]) -> None:
        own_chain = term.endswith(OWN_CHAIN)
        cut = atoms(plain(term.removesuffix(OWN_CHAIN)))
        if not cut or (len(cut) == 1 and cut[0].is_unspaced):
            return
        node = root
        for atom in cut:
            node = node.setdefault(atom.form, {})
        if len(cut) > 1 and concept.kind in PRODUCT_KINDS and not own_chain:
            term_forms = tuple(atom.form for atom in cut)
            self._by_end[term_forms[-1]].append((term_forms, frozenset(term_forms), concept))
        capital = len(cut) == 1 and cut[0].is_capital and len(cut[0].written) <= LONGEST_ABBREVIATION
        entry = (concept, capital, own_chain)
        if entry not in node.setdefault("", []):
            node[""].append(entry)

    def mentions(self, cut: Sequence[Atom], chain: str = "") -> list[Mention]:
        """Return the concepts that are named, from left to right, without overlaps."""
        found, at, firsts = [], 0, self._trie
        while at < len(cut):
            mention = self._longest(cut, at, chain) if cut[at].form in firsts else None
            if mention:
                found.append(mention)
                at = mention.end
            else:
                at += 1
        return found

    def _longest(self, cut: Sequence[Atom], at: int, chain: str) -> Mention | None:
        node, best = self._trie, None
        for place in range(at, len(cut)):
            following = node.get(cut[place].form)
            if following is None:
                break
            node = following
            named = [
                concept
                for concept, capital, own_chain in node.get("", ())
                if (not capital or cut[place].is_capital) and (not own_chain or concept.chain == chain)
            ]
            if named:
                best = Mention(at, place + 1, self._preferred(named, chain))
        return best

    def split_mention(self, cut: Sequence[Atom], end: int) -> tuple[int, tuple[Concept, ...]]:
        """Return the concepts of the longest term that ends before atom `end` with other words inside it, and its atoms.

        "TC4 spherical powder" is "TC4 powder" so. Needs half of the term, two characters or one word, on the far side. None is (0, ()).
        """
        ending = self._by_end.get(cut[end - 1].form) if end and self._trie else None
        if not ending:
            return 0, ()
        forms = [atom.form for atom in cut[:end]]
        best: dict[int, set[str]] = defaultdict(set)
        there = set(forms)
        for term, needed, concept in ending:
            if needed <= there and _is_split(term, forms):
                best[len(term)].add(concept.key)
        if not best:
            return 0, ()
        longest = max(best)
        return longest, tuple(self.concepts[key] for key in sorted(best[longest]))

    def _preferred(self, named: list[Concept], chain: str) -> tuple[Concept, ...]:
        """Keep narrower concepts before what lies above them, and those of the posting's chain before others."""
        above = {concept.broader for concept in named}
        narrow = [concept for concept in named if concept.key not in above] or named
        own = [concept for concept in narrow if concept.chain == chain] or narrow
        return tuple(sorted(own, key=lambda concept: concept.key))

    def above(self, concept: Concept) -> list[Concept]:
        """Return what lies above a concept, nearest first."""
        known = self._above.get(concept.key)
        if known is None:
            known = self._above[concept.key] = self._chain_above(concept)
        return known

    def bound_to(self, family: str) -> tuple[str, ...]:
        """Return the things to which a family of properties is bound by its name, "finish of ball screw or lead screw"; none is any thing."""
        known = self._bound.get(family)
        if known is None:
            named = family.split(BOUND, 1)[1].split(OR) if BOUND in family else ()
            known = self._bound[family] = tuple(head for head in named if head in self.concepts)
        return known

    def implied(self, concept: Concept) -> tuple[Concept, ...]:
        """Return the properties that the first names of a thing say of it, of families that are bound to it: an "electric city bus" is electric."""
        known = self._implied.get(concept.key)
        if known is None:
            bound = [one for thing in (concept, *self.above(concept)) for one in self._properties_of.get(thing.key, ())]
            named = [_forms(name) for name in (*concept.en[:1], *concept.zh[:1])] if bound else []
            known = self._implied[concept.key] = tuple(dict.fromkeys(one for one in bound if _says(named, one)))
        return known

    def _chain_above(self, concept: Concept) -> list[Concept]:
        found: list[Concept] = []
        while concept.broader in self.concepts and self.concepts[concept.broader] not in found:
            concept = self.concepts[concept.broader]
            found.append(concept)
        return found


def read_folder(folder: Path) -> Glossary:
    """Read the glossaries of a folder: one file for each chain, columns kind, broader, en, zh; terms parted by "|"."""
    concepts: dict[str, Concept] = {}
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                concept = concept_of(row, path.stem)
                known = concepts.get(concept.key)
                concepts[concept.key] = merged(known, concept) if known else concept
    return Glossary(concepts.values())


def concept_of(row: dict[str, str], chain: str) -> Concept:
    """Make a concept of a row; its key is its first English term."""
    en, zh = (tuple(term.strip() for term in row[name].split("|") if term.strip()) for name in ("en", "zh"))
    return Concept(key_of(en[0]), row["kind"], chain, key_of(row["broader"]), en, zh)


def key_of(term: str) -> str:
    """Return a term as a key: lower case, signs as hyphens."""
    return re.sub(r"[^0-9a-z\u4e00-\u9fff]+", "-", term.lower()).strip("-")


def merged(one: Concept, other: Concept) -> Concept:
    """Join two rows of the same key: the first keeps its place, the terms are put together."""
    return Concept(one.key, one.kind, one.chain, one.broader, (*one.en, *dict.fromkeys(other.en)), (*one.zh, *dict.fromkeys(other.zh)))


def _forms(name: str) -> tuple[str, ...]:
    return tuple(atom.form for atom in atoms(plain(name.removesuffix(OWN_CHAIN))))


def _says(names: Iterable[tuple[str, ...]], concept: Concept) -> bool:
    """Does one of the names hold a term of the concept? A single character of Chinese is no term."""
    terms = [
        cut
        for term in (*concept.en, *concept.zh)
        if (cut := _forms(term)) and not (len(cut) == 1 and IS_UNSPACED.match(cut[0]) and len(cut[0]) == 1)
    ]
    return any(name[at : at + len(term)] == term for name in names for term in terms for at in range(len(name) - len(term) + 1))


def _is_split(term: tuple[str, ...], forms: Sequence[str]) -> bool:
    """Do the atoms end as the term ends, with its beginning further left?"""
    tail = 0
    while tail < len(term) and tail < len(forms) and term[-1 - tail] == forms[-1 - tail]:
        tail += 1
    if tail == len(term):
        return True
    for cut in range(tail, 0, -1):
        head, before = term[:-cut], forms[:-cut]
        enough = len(head) >= (2 if IS_UNSPACED.match(head[-1]) else 1)
        if enough and any(tuple(before[at : at + len(head)]) == head for at in range(len(before) - len(head) + 1)):
            return True
    return False


def families(concepts: Iterable[Concept]) -> dict[str, set[str]]:
    """Return the properties that exclude each other, by family."""
    found: dict[str, set[str]] = defaultdict(set)
    for concept in concepts:
        if concept.kind == "property" and concept.broader:
            found[concept.broader].add(concept.key)
    return found
