"""Why the organiser changed a meeting: a short code that is stored with the change, and the sentence that each reader gets in their language.

A code is the kind and what it is about, as "close_hall|N2"; what has a name of its own in Chinese carries both, the Chinese one last.
Anything else is handed through as it was written. Several changes that are told together are a line each, the oldest first.
"""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from expo.foundation.bilingual import is_chinese

LONGEST_NAME = 80
WHYS = {
    "remove_slot": gettext_lazy("The time %(name)s was taken out of the timetable"),
    "move_slot": gettext_lazy("The time %(name)s was moved"),
    "make_break": gettext_lazy("The time %(name)s is a break now"),
    "close_hall": gettext_lazy("Hall %(name)s was closed"),
    "close_place": gettext_lazy("%(name)s was closed"),
    "change_capacity": gettext_lazy("Fewer meetings at once fit at %(name)s"),
    "move_exhibitor": gettext_lazy("%(name)s moved to another booth"),
    "interpreter_away": gettext_lazy("The interpreter cannot come"),
    "plan": gettext_lazy("The organiser has planned the meetings"),
    "repair": gettext_lazy("The organiser has planned the meetings anew"),
    "undone": gettext_lazy("The organiser took a change back"),
}


def why_code(kind: str, name: str = "", name_zh: str = "") -> str:
    """Return what is stored. Long names are cut, so that both have room."""
    names = [name, name_zh] if name_zh else [name]
    return "|".join([kind, *(one.replace("|", " ")[:LONGEST_NAME] for one in names)])


def joined_whys(told: str, newer: str, *, longest: int) -> str:
    """Return both reasons as they are stored, each once. Where there is no room for all of them, the oldest are left out."""
    lines = list(dict.fromkeys(line for line in [*told.split("\n"), *newer.split("\n")] if line))
    while len(lines) > 1 and len("\n".join(lines)) > longest:
        del lines[0]
    return "\n".join(lines)[:longest]


def why_words(code: str) -> str:
    """Return the sentence in the active language, several as one, '' for no reason."""
    return _("; ").join(_sentence(line) for line in code.split("\n") if line)


def _sentence(code: str) -> str:
    kind, *names = code.split("|")
    if kind not in WHYS:
        return code
    name = "" if not names else names[-1] if is_chinese() else names[0]
    return str(WHYS[kind] % {"name": name})
