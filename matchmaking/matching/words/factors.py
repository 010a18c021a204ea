"""The factors that say whether it is the same thing, and those of the terms that no requirement states."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from matchmaking.marketplace import wording


@dataclass(frozen=True)
class Says:
    """What was asked for, and what is said to it."""

    asked: str
    given: str


_PLAIN: Mapping[str, Promise] = {
    "text_much": gettext_lazy("The texts speak of the same things"),
    "text_some": gettext_lazy("The texts share some terms"),
    "text_little": gettext_lazy("The texts share little"),
    "product_same": gettext_lazy("The same product"),
    "product_near": gettext_lazy("A related product"),
    "product_other": gettext_lazy("Another product by its title"),
    "product_unknown": gettext_lazy("The titles name no product that is known here"),
    "figures_met": gettext_lazy("The figures asked for are met"),
    "figures_partly": gettext_lazy("Some of the figures asked for are not stated"),
    "figures_clash": gettext_lazy("A decisive figure or grade differs"),
    "figures_unknown": gettext_lazy("No figures to compare"),
    "segment_same": gettext_lazy("The same segment"),
    "certificates_all": gettext_lazy("All of them are held or named"),
    "certificates_some": gettext_lazy("Some of them are held or named"),
    "certificates_none": gettext_lazy("None of them is held or named"),
    "language_same": gettext_lazy("The same language"),
    "language_other": gettext_lazy("Another language"),
    "other_kind": gettext_lazy("One side is goods, the other a service or software"),
    "wish_buyer": gettext_lazy("The buyer would like to meet"),
    "wish_supplier": gettext_lazy("The supplier would like to meet"),
    "wish_both": gettext_lazy("Both sides would like to meet"),
    "wish_unknown": gettext_lazy("Neither side has said so yet"),
}
_ASKED: Mapping[str, Promise] = {
    "text": gettext_lazy("What the text says"),
    "product": gettext_lazy("The product in the title"),
    "hs": gettext_lazy("HS code"),
    "figures": gettext_lazy("Figures and grades"),
    "certificates": gettext_lazy("Certificates that the text speaks of"),
    "language": gettext_lazy("Language of the posting"),
    "other_kind": gettext_lazy("Kind of trade"),
    "wish": gettext_lazy("Wish to meet"),
}
_NOT_ASKED: Mapping[str, Promise] = {
    "price": gettext_lazy("budget"),
    "lead_time": gettext_lazy("date"),
    "quantity": gettext_lazy("quantity"),
    "incoterms": gettext_lazy("incoterms"),
    "certificates": gettext_lazy("further certificates"),
}


def factor_says(name: str, code: str, values: Mapping[str, Any], *, segments: tuple[str, str] = ("", "")) -> Says:
    """Say of a factor what was asked for and what the offer says to it. `segments` are the names of the request's and the offer's."""
    made = _MADE.get(name)
    if made is not None:
        return made(code, values, segments)
    return Says(str(_ASKED[name]), str(_PLAIN[code]))


def not_asked(names: Iterable[str]) -> str:
    """Say which terms the request does not state: "Not stated: budget, date"."""
    return _("Not stated: %(terms)s") % {"terms": wording.listed(_NOT_ASKED[name] for name in names)}


def counted_in_full() -> str:
    """Say what becomes of a term that the request does not state."""
    return _("counts in full")


def _hs(code: str, values: Mapping[str, Any], _segments: tuple[str, str]) -> Says:
    asked, given = values["asked"], values["given"]
    words = _("HS code %(code)s") % {"code": asked} if asked else _("No HS code stated")
    if code == "hs_unknown":
        return Says(words, _("%(code)s; no code to compare it with") % {"code": given} if given else _("No HS code stated"))
    says = {
        "hs_same": _("%(code)s: the same"),
        "hs_heading": _("%(code)s: the same heading"),
        "hs_chapter": _("%(code)s: the same chapter only"),
        "hs_other": _("%(code)s: another chapter"),
    }
    return Says(words, says[code] % {"code": given})


def _segment(code: str, _values: Mapping[str, Any], segments: tuple[str, str]) -> Says:
    asked, given = segments
    says = {
        "segment_same": _("The same segment"),
        "segment_linked": _("%(segment)s: one link along the chain"),
        "segment_chain": _("%(segment)s: elsewhere in the chain"),
        "segment_other": _("%(segment)s: on another chain"),
    }
    return Says(_("Segment: %(segment)s") % {"segment": asked}, says[code] % {"segment": given})


_MADE: Mapping[str, Callable[[str, Mapping[str, Any], tuple[str, str]], Says]] = {"hs": _hs, "segment": _segment}
