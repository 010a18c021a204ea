"""Why the organiser changed a meeting: a short code that is stored with the change, and the sentence that each reader gets in their language.

A code is the kind and what it is about, as "close_hall|N2". Anything else is handed through as it was written.
"""

from django.utils.translation import gettext_lazy

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


def why_code(kind: str, name: str = "") -> str:
    """Return what is stored."""
    return f"{kind}|{name}"


def why_words(code: str) -> str:
    """Return the sentence in the active language, '' for no reason."""
    kind, _bar, name = code.partition("|")
    return str(WHYS[kind] % {"name": name}) if kind in WHYS else code
