"""How many requirements an offer keeps, in one line beside the requirement line."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from matchmaking.marketplace import wording
from matchmaking.matching.requirements import Outcome, Requirement

KEPT = (Outcome.FITS, Outcome.PARTLY)


def kept_in_words(requirements: Sequence[Requirement]) -> str:
    """Say how many musts and wishes are kept: "4 of 5 must-haves, 1 not stated, 1 of 2 wishes"; '' where the request states none."""
    musts = [one.outcome for one in requirements if one.is_must]
    wishes = [one.outcome for one in requirements if not one.is_must]
    silent = musts.count(Outcome.UNKNOWN)
    said = []
    if musts:
        said.append(_musts(sum(one in KEPT for one in musts), len(musts)))
    if silent:
        said.append(_("%(count)s not stated") % {"count": silent})
    if wishes:
        said.append(_wishes(sum(one in KEPT for one in wishes), len(wishes)))
    return wording.listed(said)


def _musts(kept: int, total: int) -> str:
    if kept == total:
        return ngettext("The one must-have", "All %(total)s must-haves", total) % {"total": total}
    return ngettext("not the one must-have", "%(kept)s of %(total)s must-haves", total) % {"kept": kept, "total": total}


def _wishes(kept: int, total: int) -> str:
    if kept == total:
        return ngettext("the one wish", "all %(total)s wishes", total) % {"total": total}
    return ngettext("not the one wish", "%(kept)s of %(total)s wishes", total) % {"kept": kept, "total": total}
