"""A posting's texts as features: what it is, what it speaks of, its figures, and what kind of thing it is."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple, TypeVar

from matchmaking.matching.engine.embedding import Embedding
from matchmaking.matching.engine.figures import Figure, figures_of
from matchmaking.matching.engine.forms import Atom, atoms, plain
from matchmaking.matching.engine.glossary import PRODUCT_KINDS, Concept, Glossary, Mention, key_of
from matchmaking.matching.engine.lexicon import Words, translations
from matchmaking.matching.engine.plainwords import CHINESE_ENDS, COMMON, COMMON_PAIRS, FILLERS, FORMS
from matchmaking.matching.engine.zones import Zones, zones_of

Key = TypeVar("Key")
Weighed = tuple[float, float]
CHANNELS = ("c", "w", "x")
"""Concepts, words as they stand, words through the dictionary."""
ASKED = {"thing": 1.0, "rest": 0.5, "use": 0.3, "aside": 0.3, "text": 0.25}
"""How much a feature counts where it is looked for, by the part of the posting that names it."""
GIVEN = {"thing": 1.0, "rest": 0.9, "use": 0.5, "aside": 0.5, "text": 0.7}
"""How well a feature is met where it is found."""
DECISIVE = {"thing": 1.0, "rest": 1.0, "use": 0.3, "aside": 0.3, "text": 0.35}
"""How much a figure or an excluding property decides: titles name what matters."""
DECISIVE_OF_USE = {"thing": 0.6, "rest": 0.6, "use": 0.6, "aside": 0.6, "text": 0.35}
"""How much a figure of what the thing is for decides, and only against such figures of others."""
NAMED, MANY_THINGS, ONE_OF_MANY = 0.3, 3, 0.75
"""A title that names so many other things beside its own is surely none of them: its heads count less than those of who names one."""
OTHER_LANGUAGE = {"en": "zh", "zh": "en"}
OF_THE_LOT = frozenset({"mass"})
"""Dimensions in which titles speak of the lot or its packing as often as of the thing."""
LONGEST_UNIT, LONGEST_SUFFIX = 4, 2
ABOVE = 0.4
"""What a concept's broader one counts against the concept."""
HEADS_SURELY = 0.3
"""So sure a head is of the title, itself or as what lies above it; what only the text names is not."""
OF_KIND = {"good": 1.0, "material": 1.0, "equipment": 1.0, "service": 1.0, "software": 1.0, "process": 0.6, "property": 0.7,
           "place": 0.6, "certificate": 0.3}  # fmt: skip
CHINESE_FILLERS = re.compile("总成|系统|整机|成品|套件|组件|单元|产品|散件|型|级|款|套|用|等|及|和|与|粉|服务|业务|方案|额度|项目|\\d")
NEGATION = re.compile(
    r"(?i)\b(?:not(?! (?:only|less|more|below|above|under|over|exceed|later)\b)|no(?!\.| (?:less|more|later)\b)|without|excluding|excludes|never|nor|neither|except|cannot|unsuitable|instead of|rather than)\b|不含|不适|不可(?!吸收)|不能|不提供|不包括|不支持|"
    r"不用于|没有|未(?!来|灭菌|涂)|无法|不接受|除外|并非|不是|不带|不做"
)
NON = re.compile("非(?![常洲])")
"""Denies the next word only, mostly of two characters, and not the clause: 非网管交换机 is a switch."""
DENIED = 2
CLAUSE = re.compile(r"[;、!?。\n]|(?<!\d)[,.]|[,.](?!\d)|\s-\s")
KIND_WORDS = {
    "service": re.compile(
        r"(?i)\b(?:services?|rental|leasing|insurance|financing|factoring|transport|freight|forwarding|storage space|warehousing|consulting|"
        r"brokerage|outsourcing|agency|training course|inspection service)\b|服务$|租赁|保险|保理|融资|运输|仓储|代理|咨询|货运|清关|代工$"
    ),
    "software": re.compile(r"(?i)\b(?:software|platform|saas|app|cloud)\b|软件|平台|云服务|管理系统"),
}


SENTENCE = re.compile(r"[!?;。\n]\s*|\.\s+(?=[A-Z\u4e00-\u9fff])")
"""Where a description may be parted: nothing that is read reaches beyond. Not after "min." or "No.", which a number follows."""
PARTS_KEPT, LONGEST_PART_KEPT = 12_000, 300
"""So many titles and sentences a reader remembers (about 2 kB each), and how long they may be: what suppliers write, they write again."""


class Group(NamedTuple):
    """Features of one channel that weigh the same."""

    channel: str
    asked: float
    given: float
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """The features of one posting. Weights are 0 to 1; `asked` where it is looked for, `given` where it is found."""

    heads: Mapping[str, float] = field(default_factory=dict)
    features: tuple[Group, ...] = ()
    figures: Mapping[Figure, float] = field(default_factory=dict)
    properties: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    certificates: frozenset[str] = frozenset()
    kind: str = ""

    def weights(self, which: str) -> dict[str, float]:
        """Return what each feature weighs where it is "asked" or "given", by channel and name: "c:ball-screw"."""
        return {f"{group.channel}:{name}": getattr(group, which) for group in self.features for name in group.names}


@dataclass(slots=True)
class _Draft:
    """What was found in a text, or in several: of each thing the heaviest mention counts, so that drafts are put together in any order."""

    heads: dict[str, float] = field(default_factory=dict)
    features: dict[str, dict[str, Weighed]] = field(default_factory=lambda: {channel: {} for channel in CHANNELS})
    figures: dict[Figure, float] = field(default_factory=dict)
    properties: dict[str, dict[str, float]] = field(default_factory=dict)
    certificates: set[str] = field(default_factory=set)
    kinds: dict[str, float] = field(default_factory=dict)

    def add(self, channel: str, name: str, weight: float, zone: str) -> None:
        weighed = (weight * ASKED[zone], GIVEN[zone])
        known = self.features[channel].setdefault(name, weighed)
        if known is not weighed and known < weighed:  # In one zone, only what is asked differs.
            self.features[channel][name] = weighed

    def take_in(self, part: "_Draft") -> None:
        """Put another draft into this one; it is left as it is."""
        for channel, features in part.features.items():
            own = self.features[channel]
            for name, weighed in features.items():
                known = own.setdefault(name, weighed)
                if known is not weighed and (known[0] < weighed[0] or known[1] < weighed[1]):
                    own[name] = (max(known[0], weighed[0]), max(known[1], weighed[1]))
        if part.heads:
            _take_heavier(self.heads, part.heads)
        if part.figures:
            _take_heavier(self.figures, part.figures)
        if part.kinds:
            _take_heavier(self.kinds, part.kinds)
        for family, members in part.properties.items():
            _take_heavier(self.properties.setdefault(family, {}), members)
        if part.certificates:
            self.certificates |= part.certificates

    def groups(self) -> tuple[Group, ...]:
        """Return the features, those together that weigh the same, in the order in which they were found."""
        found = []
        for channel, features in self.features.items():
            groups: dict[Weighed, list[str]] = {}
            for name, weighed in features.items():
                if weighed in groups:
                    groups[weighed].append(name)
                else:
                    groups[weighed] = [name]
            found += [Group(channel, *weighed, tuple(names)) for weighed, names in groups.items()]
        return tuple(found)


def _take_heavier(own: dict[Key, float], theirs: Mapping[Key, float]) -> None:
    for key, weight in theirs.items():
        if weight > own.get(key, 0.0):
            own[key] = weight


class Reader:
    """Reads postings with one glossary and one dictionary, and has the sentence model at hand where there is one. The same text gives the same reading.

    It remembers the titles and sentences that it has read last: a posting is put together of them.
    """

    def __init__(self, glossary: Glossary, lexicon: Words | Callable[[], Words] | None = None, embedding: Embedding | None = None) -> None:
        self.glossary, self.embedding = glossary, embedding
        self._lexicon = lexicon if lexicon is not None else Words()
        self._kept = lru_cache(PARTS_KEPT)(self._part)

    @property
    def lexicon(self) -> Words:
        """The dictionary; where a function was given for it, it is loaded when a text is read first."""
        if callable(self._lexicon):
            self._lexicon = self._lexicon()
        return self._lexicon

    def read(
        self,
        title: str,
        description: str = "",
        *,
        language: str,
        chain: str = "",
        certificates: Iterable[str] = (),
        title_other: str = "",
    ) -> Reading:
        """Read one posting. Texts of any length and script; an empty one has no features. Certificates are those of the field.

        `title_other` is the title in the other language, and as much a title: what it names is found, and asked for, as the first one's.
        Its words as they stand are found but not asked for: who writes the first title's language could not have them.
        """
        draft, zones, other = _Draft(), zones_of(plain(title)), zones_of(plain(title_other))
        for name in certificates:
            draft.certificates |= self._certificate_keys(name)
        self._read_title(draft, zones, language, chain)
        if title_other:
            self._read_title(draft, other, OTHER_LANGUAGE.get(language, ""), chain, is_second=True)
        for text in SENTENCE.split(plain(description)):
            draft.take_in(self._read_part(text, "text", language, chain))
        kind = _kind(zones.thing, draft.kinds) or _kind(other.thing, {})
        return Reading(draft.heads, draft.groups(), draft.figures, self._in_place(draft), frozenset(draft.certificates), kind)

    def _in_place(self, draft: _Draft) -> dict[str, dict[str, float]]:
        """Return the properties without those of a family that is bound to other things than this one: "rolled" is no finish of steel."""
        return {
            family: members
            for family, members in draft.properties.items()
            if not (bound := self.glossary.bound_to(family)) or any(draft.heads.get(head, 0.0) >= HEADS_SURELY for head in bound)
        }

    def _read_title(self, draft: _Draft, zones: Zones, language: str, chain: str, *, is_second: bool = False) -> None:
        for zone, text in (("thing", zones.thing), ("rest", zones.rest), ("use" if zones.is_purpose else "aside", zones.use)):
            part = self._read_part(text, zone, language, chain, is_second=is_second)
            others = [key for key, sure in part.heads.items() if sure >= NAMED and key not in draft.heads] if zone == "rest" else []
            draft.take_in(part)
            if len(others) >= MANY_THINGS:
                for key in draft.heads:
                    draft.heads[key] *= ONE_OF_MANY

    def _read_part(self, text: str, zone: str, language: str, chain: str, *, is_second: bool = False) -> _Draft:
        return (self._kept if len(text) <= LONGEST_PART_KEPT else self._part)(text, zone, language, chain, is_second=is_second)

    def _part(self, text: str, zone: str, language: str, chain: str, *, is_second: bool) -> _Draft:
        draft = _Draft()
        if text:
            self._read_zone(draft, text, zone, language, chain)
        if is_second:
            draft.features["w"] = {word: (0.0, given) for word, (_asked, given) in draft.features["w"].items()}
        return draft

    def _certificate_keys(self, name: str) -> set[str]:
        found = self.glossary.mentions(atoms(plain(name)))
        return {concept.key for mention in found for concept in mention.concepts if concept.kind == "certificate"} | {key_of(name)}

    def _read_zone(self, draft: _Draft, text: str, zone: str, language: str, chain: str) -> None:
        cut = atoms(text)
        negated = _negated(text, cut)
        mentions = [mention for mention in self.glossary.mentions(cut, chain) if not negated[mention.start]]
        for mention in mentions:
            for concept in mention.concepts:
                self._add_concept(draft, concept, zone, 1 / len(mention.concepts))
        if zone in ("thing", "rest", "text"):
            self._add_heads(draft, cut, mentions, zone)
        for feature, weight in _word_features(cut, negated):
            draft.add("w", feature, weight, zone)
        self._add_bridge(draft, cut, negated, zone, language)
        for figure in figures_of(text, is_use=zone == "use"):
            own = DECISIVE[zone] * (0.3 if figure.dimension in OF_THE_LOT else 1.0)
            weight = DECISIVE_OF_USE[zone] if figure.of_use else own
            draft.figures[figure] = max(draft.figures.get(figure, 0.0), weight)

    def _add_concept(self, draft: _Draft, concept: Concept, zone: str, share: float) -> None:
        weight = OF_KIND.get(concept.kind, 0.5) * share
        if concept.kind == "certificate":
            draft.certificates.add(concept.key)
        draft.add("c", concept.key, weight, zone)
        for said in (concept,) if concept.kind == "property" else self.glossary.implied(concept):
            if said.broader:
                members = draft.properties.setdefault(said.broader, {})
                members[said.key] = max(members.get(said.key, 0.0), DECISIVE[zone])
        if concept.kind == "property":
            return
        for broader in self.glossary.above(concept):
            draft.add("c", broader.key, weight * ABOVE, zone)

    def _add_heads(self, draft: _Draft, cut: list[Atom], mentions: list[Mention], zone: str) -> None:
        """The last product named in the thing is what it is; one further on, or in the text, only may be."""
        named = [mention for mention in mentions if any(concept.kind in PRODUCT_KINDS for concept in mention.concepts)]
        if zone == "thing":
            known = len(named)
            named = self._with_split(cut, named)
            for mention in named[known - 1 if known else 0 :]:
                for concept in mention.concepts:
                    self._add_concept(draft, concept, zone, 1 / len(mention.concepts))
        heads = self._heading(named)
        for place, mention in enumerate(named):
            is_last = place in heads
            sure = {"thing": 1.0 if is_last else 0.3, "rest": 0.3, "text": 0.25}[zone]
            if zone == "thing" and is_last and _followed(cut, named[-1].end):
                sure *= 0.5
            self._add_head(draft, [concept for concept in mention.concepts if concept.kind in PRODUCT_KINDS], sure)
            if zone == "thing" and is_last:
                for concept in mention.concepts:
                    draft.kinds[concept.kind] = max(draft.kinds.get(concept.kind, 0.0), sure)

    def _heading(self, named: list[Mention]) -> set[int]:
        """Say which mentions head the thing: the last, or one before it that is a kind of it: "amoxicillin API", not any API.

        Two that end alike are both the thing, where they are kinds of one: an "LFP prismatic cell" is an LFP cell and a prismatic cell.
        """
        if not named:
            return set()
        last = len(named) - 1
        if last and named[last - 1].end == named[last].end:
            return {last - 1, last}
        kinds = {concept.key for concept in named[last].concepts}
        for place in range(last - 1, -1, -1):
            if any(broader.key in kinds for concept in named[place].concepts for broader in self.glossary.above(concept)):
                return {place}
        return {last}

    def _add_head(self, draft: _Draft, products: list[Concept], sure: float) -> None:
        for concept in products:
            draft.heads[concept.key] = max(draft.heads.get(concept.key, 0.0), sure / len(products))
            for broader in self.glossary.above(concept):
                draft.heads[broader.key] = max(draft.heads.get(broader.key, 0.0), sure * ABOVE / len(products))

    def _with_split(self, cut: list[Atom], named: list[Mention]) -> list[Mention]:
        """Take for the last product the longest term that is parted by other words, or both where they are kinds of the same thing."""
        end = _end_of_thing(cut)
        last = named[-1] if named and named[-1].end >= end else None
        length, concepts = self.glossary.split_mention(cut, end)
        if last and last.end == end and (others := _other_kinds(last.concepts, concepts)):
            return [*named, Mention(end - 1, end, others)]
        if not concepts or (last and length <= last.end - last.start):
            return named
        return [*(named[:-1] if last else named), Mention(end - 1, end, concepts)]

    def _add_bridge(self, draft: _Draft, cut: list[Atom], negated: list[bool], zone: str, language: str) -> None:
        for _word, english, at in translations(cut, self.lexicon):
            if not negated[at]:
                for stem in english:
                    draft.add("x", stem, 1 / len(english) ** 0.5, zone)
        if language == "en" and self.lexicon:
            for atom, is_negated in zip(cut, negated, strict=True):
                if not is_negated and atom.form.isalpha() and atom.form not in COMMON and not atom.is_unspaced:
                    draft.add("x", atom.form, 1.0, zone)


def _other_kinds(some: tuple[Concept, ...], others: tuple[Concept, ...]) -> tuple[Concept, ...]:
    """Return those of the others that are kinds of the same thing as one of them."""
    above = {one.broader for one in some if one.broader}
    return tuple(other for other in others if other.broader in above and other not in some)


def _end_of_thing(cut: list[Atom]) -> int:
    """Return where the thing ends: before figures, units and words like "assembly" or "type"."""
    end = len(cut)
    while end and (
        not cut[end - 1].form.isalpha() or cut[end - 1].form in FILLERS or (not cut[end - 1].is_unspaced and _is_unit(cut, end - 1))
    ):
        end -= 1
    while end > LONGEST_SUFFIX and "".join(atom.form for atom in cut[end - 2 : end]) in CHINESE_ENDS:
        end -= 2
    return end


def _is_unit(cut: list[Atom], at: int) -> bool:
    return at > 0 and cut[at - 1].form[0].isdigit() and len(cut[at].form) <= LONGEST_UNIT


def _followed(cut: list[Atom], at: int) -> bool:
    """Does another word follow, that may change what the thing is: a "screw tester", a "pack recycling plant"?"""
    if at >= len(cut) or not cut[at].form.isalpha() or cut[at].form in FILLERS or cut[at].form in FORMS or cut[at].is_capital:
        return False
    if cut[at].is_unspaced:
        return cut[at - 1].end == cut[at].start and not CHINESE_FILLERS.match("".join(atom.form for atom in cut[at : at + 3]))
    return not cut[at - 1].is_unspaced and len(cut[at].form) > LONGEST_SUFFIX


def _negated(text: str, cut: Iterable[Atom]) -> list[bool]:
    """Say for each atom whether it stands after a "not" or "without" in its clause."""
    non = [match.end() for match in NON.finditer(text)]
    if not NEGATION.search(text):
        return [any(end <= atom.start < end + DENIED for end in non) for atom in cut] if non else [False for _atom in cut]
    starts = [(match.start(), True) for match in NEGATION.finditer(text)] + [(match.start(), False) for match in CLAUSE.finditer(text)]
    starts.sort()
    found, at, state = [], 0, False
    for atom in cut:
        while at < len(starts) and starts[at][0] <= atom.start:
            state = starts[at][1]
            at += 1
        found.append(state or any(end <= atom.start < end + DENIED for end in non))
    return found


def _word_features(cut: list[Atom], negated: list[bool]) -> list[tuple[str, float]]:
    found = [
        (atom.form, 0.1 if atom.form in COMMON or atom.form in FILLERS else 0.6)
        for atom, is_negated in zip(cut, negated, strict=True)
        if not is_negated and not atom.is_unspaced and (len(atom.form) > 1 or atom.form.isdigit())
    ]
    for (one, is_negated), (two, _) in pairwise(zip(cut, negated, strict=True)):
        if one.is_unspaced and two.is_unspaced and one.end == two.start and not is_negated:
            pair = one.form + two.form
            found.append((pair, 0.05 if pair in COMMON_PAIRS else 0.35))
    return found


def _kind(thing: str, kinds: Mapping[str, float]) -> str:
    """Say whether the thing is a service, software or goods: by its concept if that is sure, else by its words."""
    best = max(sorted(kinds), key=lambda kind: kinds[kind], default="")
    if best and kinds[best] >= 1:
        return best if best in ("service", "software") else "goods"
    for kind, pattern in KIND_WORDS.items():
        if pattern.search(thing):
            return kind
    return (best if best in ("service", "software") else "goods") if best else ""
