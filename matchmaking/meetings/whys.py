"""Why the organiser changed a meeting: a short code that is stored with the change, and the sentence that each reader gets in their language.

A code is the kind and what it is about, as "close_hall|N2"; what has a name of its own in Chinese carries both, the Chinese one last.
Anything else is handed through as it was written.
"""

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


def why_words(code: str) -> str:
    """Return the sentence in the active language, '' for no reason."""
    kind, *names = code.split("|")
    if kind not in WHYS:
        return code
    name = "" if not names else names[-1] if is_chinese() else names[0]
    return str(WHYS[kind] % {"name": name})
