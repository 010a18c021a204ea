"""What the names of a term may be. The same rules hold for files, the desk and spreadsheets."""

import re
from collections.abc import Mapping

from django.utils.translation import gettext as _

from expo.foundation.sheets.columns import UNREADABLE, quoted
from matchmaking.matching.models import Term

BAR = "|"
OWN_CHAIN = "*"
BARS = re.compile(r"[|｜]")
HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
NO_KEY = re.compile(r"[^0-9a-z\u4e00-\u9fff]+")
LANGUAGES = ("english", "chinese")
LONGEST_NAME = 120
LONGEST_NAMES = 1000
PRODUCTS = frozenset({Term.Kind.GOOD, Term.Kind.MATERIAL, Term.Kind.EQUIPMENT, Term.Kind.SERVICE, Term.Kind.SOFTWARE})


def names_of(text: str) -> list[str]:
    """Return the names that a field holds, in their order, each once."""
    found: dict[str, str] = {}
    for part in BARS.split(text):
        if name := " ".join(part.split()):
            found.setdefault(name.casefold(), name)
    return list(found.values())


def written(text: str) -> str:
    """Return the names of a field as they are stored."""
    return BAR.join(names_of(text))


def key_of(name: str) -> str:
    """Return a name as a key: lower case, signs as hyphens, cut at what the column holds."""
    return NO_KEY.sub("-", name.lower()).strip("-")[:LONGEST_NAME].rstrip("-")


def first_key(english: str, chinese: str) -> str:
    """Return the key of a term with these names: of the first English one, or else of the first Chinese one."""
    return next((key for name in (*names_of(english), *names_of(chinese)) if (key := key_of(name))), "")


def cleaned(fields: Mapping[str, str]) -> dict[str, str]:
    """Return kind, broader, english and chinese as they are stored."""
    return {
        "kind": fields["kind"].strip(),
        "broader": " ".join(fields["broader"].split()),
        **{language: written(fields[language]) for language in LANGUAGES},
    }


def faults_of(fields: Mapping[str, str]) -> dict[str, list[str]]:
    """Return what of cleaned fields cannot stand by itself, sentences by field in the active language; nothing of other terms is asked."""
    found = {language: faults for language in LANGUAGES if (faults := _faults_in(fields[language], is_english=language == "english"))}
    if not found and not first_key(fields["english"], fields["chinese"]):
        found["english"] = [_("Expected: at least one name, in English or in Chinese.")]
    if fields["kind"] not in Term.Kind.values:
        words = _("“%(value)s” is no kind of term. Expected one of: %(kinds)s.")
        found["kind"] = [words % {"value": quoted(fields["kind"]), "kinds": ", ".join(Term.Kind.values)}]
    if len(fields["broader"]) > LONGEST_NAME:
        found["broader"] = [_("At most %(most)s signs; these are %(length)s.") % {"most": LONGEST_NAME, "length": len(fields["broader"])}]
    return found


def _faults_in(text: str, *, is_english: bool) -> list[str]:
    if UNREADABLE.search(text):
        return [_("It holds a character that cannot be read. Type it anew.")]
    if len(text) > LONGEST_NAMES:
        return [_("At most %(most)s signs; these are %(length)s.") % {"most": LONGEST_NAMES, "length": len(text)}]
    return [fault for name in names_of(text) if (fault := _fault_of(name, is_english=is_english))]


def _fault_of(name: str, *, is_english: bool) -> str:
    said = {"name": quoted(name), "most": LONGEST_NAME, "length": len(name)}
    if len(name) > LONGEST_NAME:
        return _("“%(name)s” has %(length)s signs. Expected: names of at most %(most)s, with a bar | between them.") % said
    if OWN_CHAIN in name.removesuffix(OWN_CHAIN) or name == OWN_CHAIN:
        return _("“%(name)s”: a star may stand at the end of a name only. It says that the name counts in its own chain alone.") % said
    if not key_of(name):
        return _("“%(name)s” holds no letter and no figure.") % said
    if is_english and HAN.search(name):
        return _("“%(name)s” is written in Chinese. Expected: it stands among the Chinese names.") % said
    return ""
