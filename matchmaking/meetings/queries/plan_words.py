"""A draft plan in words: how far an aim is from the best possible, and why a meeting found no time."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from babel import Locale
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from expo.foundation.bilingual import is_chinese
from expo.foundation.templatetags.signs import count
from matchmaking.meetings.planner.plans import Aim, Reason

MORE_IS_BETTER = frozenset({Aim.WISHES, Aim.SCORE})
AIMS: dict[Aim, tuple[str | Promise, str | Promise]] = {
    Aim.WISHES: (
        gettext_lazy("Wishes"),
        gettext_lazy("Points for meetings with a time: two where both sides wish it, one where one does."),
    ),
    Aim.SHORTFALL: (gettext_lazy("Missing to the minimum"), gettext_lazy("The k-th missing meeting of a company counts k times.")),
    Aim.SCORE: (gettext_lazy("Fit"), gettext_lazy("The scores of the meetings with a time, added up.")),
    Aim.IDLE_SLOTS: (gettext_lazy("Idle times"), gettext_lazy("Empty times between two meetings of a day.")),
    Aim.HALL_CHANGES: (gettext_lazy("Changes of hall"), gettext_lazy("From one meeting to the next, on a day.")),
    Aim.WALKING_MINUTES: (gettext_lazy("Minutes of walking"), gettext_lazy("Of these changes.")),
}
STEPS: dict[str, str | Promise] = {
    "chosen": gettext_lazy("Which meetings can have a time is chosen."),
    "seated": gettext_lazy("Every meeting that can have a time has one."),
    "polished": gettext_lazy("Idle times between meetings are being taken out."),
    "walks": gettext_lazy("Ways between the halls are being made shorter."),
    "kept": gettext_lazy("What can stay as it is has been kept."),
    "reseated": gettext_lazy("Those who could not stay have another time."),
}


# Why a draft cannot be published any more, by the words of errors.GroundMoved.
MEANWHILE: dict[str, str | Promise] = {
    "changed": gettext_lazy("it was changed"),
    "begun": gettext_lazy("it has begun"),
    "near": gettext_lazy("It begins within the hour, or has begun."),
    "slot_gone": gettext_lazy("the time is not in the timetable any more"),
    "slot_taken": gettext_lazy("one of the sides is not free then any more"),
    "day_is_full": gettext_lazy("the day is full for one of the sides"),
    "place_gone": gettext_lazy("the place is closed"),
    "place_taken": gettext_lazy("the place is taken"),
    "interpreter_gone": gettext_lazy("the interpreter is not there any more"),
    "interpreter_taken": gettext_lazy("the interpreter is taken"),
}


@dataclass(frozen=True)
class AimLine:
    """An aim of the plan: what it reached, what no plan can exceed, and the gap in words."""

    aim: Aim
    title: str
    help: str
    reached: float
    bound: float
    gap: str
    is_proven_best: bool


def aim_lines(bounds: Iterable[Mapping[str, Any]]) -> list[AimLine]:
    """Return the aims that a finished run keeps in its figures, in their order. An aim that this version does not know is left out."""
    known = {str(aim): aim for aim in Aim}
    return [_line(known[one["aim"]], float(one["reached"]), float(one["bound"])) for one in bounds if one.get("aim") in known]


def _line(aim: Aim, reached: float, bound: float) -> AimLine:
    title, help_text = AIMS[aim]
    reached, bound = round(reached, 1), round(bound, 1)
    words = gap_words(reached, bound, more_is_better=aim in MORE_IS_BETTER)
    return AimLine(aim, str(title), str(help_text), reached, bound, words, is_proven_best=reached == bound)


def gap_words(reached: float, bound: float, *, more_is_better: bool) -> str:
    """Return how much better another plan could be at most: "proven best", "at most 3 more are possible"."""
    gap = round(abs(bound - reached), 1)
    if not gap:
        return _("proven best")
    # What is not one whole thing is spoken of as several.
    number = 1 if gap == 1 else 2
    words = (
        ngettext("at most %(n)s more is possible", "at most %(n)s more are possible", number)
        if more_is_better
        else ngettext("at most %(n)s fewer is possible", "at most %(n)s fewer are possible", number)
    )
    return words % {"n": count(gap)}


def step_words(step: str) -> str:
    """Return what the planner has just done; an unknown step says nothing."""
    return str(STEPS.get(step, ""))


@dataclass(frozen=True)
class Names:
    """What the rows of a page are called, by number: companies of registrations, places, times, and who meets in other meetings."""

    companies: Mapping[int, str]
    places: Mapping[int, str]
    times: Mapping[int, str]
    meetings: Mapping[int, str]


def reason_words(reason: str, data: Mapping[str, Any], names: Names) -> str:
    """Return in one sentence why a meeting found no time: "Nordic Seating has no free time left: 14 meetings."."""
    say = SAID.get(reason)
    return say(data, names) if say is not None else ""


def _no_common_slot(_data: Mapping[str, Any], _names: Names) -> str:
    return _("There is no time at all that all sides could have: what they keep free leaves none in common.")


def _participant_full(data: Mapping[str, Any], names: Names) -> str:
    meetings = int(data.get("meetings") or 0)
    words = ngettext("%(company)s has no free time left: %(n)s meeting.", "%(company)s has no free time left: %(n)s meetings.", meetings)
    return words % {"company": _company(data.get("participant"), names), "n": count(meetings)}


def _no_shared_free_slot(_data: Mapping[str, Any], _names: Names) -> str:
    return _("All sides have free times left, but none in common.")


def _no_place(data: Mapping[str, Any], names: Names) -> str:
    place = names.places.get(_number(data.get("place")))
    if place is None:
        return _("No table is free at any time that all sides could have.")
    return _("The booth %(place)s has no free desk at any time that all sides could have.") % {"place": place}


def _no_interpreter(data: Mapping[str, Any], _names: Names) -> str:
    languages = spoken(str(data.get("skill") or ""))
    if not languages:
        return _("No interpreter is free at any time that all sides could have.")
    return _("No interpreter for %(languages)s is free at any time that all sides could have.") % {"languages": languages}


def _order(data: Mapping[str, Any], names: Names) -> str:
    before = names.meetings.get(_number(data.get("before")))
    if before is None:
        return _("Another meeting must take place before it, which has no time or a too late one.")
    return _("The meeting of %(who)s must take place before it, and has no time or a too late one.") % {"who": before}


def _locked_clash(data: Mapping[str, Any], names: Names) -> str:
    time = names.times.get(_number(data.get("slot")))
    place = names.places.get(_number(data.get("place")))
    if time is None:
        return _("It is locked, and its time or place is there no more.")
    if place is None:
        return _("It is locked at %(time)s, where it cannot be any more.") % {"time": time}
    return _("It is locked at %(time)s, %(place)s, where it cannot be any more.") % {"time": time, "place": place}


SAID: dict[str, Callable[[Mapping[str, Any], Names], str]] = {
    Reason.NO_COMMON_SLOT: _no_common_slot,
    Reason.PARTICIPANT_FULL: _participant_full,
    Reason.NO_SHARED_FREE_SLOT: _no_shared_free_slot,
    Reason.NO_PLACE: _no_place,
    Reason.NO_INTERPRETER: _no_interpreter,
    Reason.ORDER: _order,
    Reason.LOCKED_CLASH: _locked_clash,
}


def spoken(skill: str) -> str:
    """Return the languages that a skill names, in words: "English and Chinese" for "en-zh"; '' for none."""
    names = Locale("zh", script="Hans").languages if is_chinese() else Locale("en").languages
    named = [str(names.get(code, code)) for code in skill.split("-") if code]
    if len(named) < 2:  # noqa: PLR2004 - nothing to join
        return "".join(named)
    return _("%(one)s and %(other)s") % {"one": _(", ").join(named[:-1]), "other": named[-1]}


def _company(number: Any, names: Names) -> str:
    return names.companies.get(_number(number)) or _("One side")


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0
