"""A chain as a line: its segments by stage, with supply, demand and gap."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from expo.editions.models import Chain, Segment, Stage
from expo.foundation.bilingual import other_language
from matchmaking.desk.queries.counts import Counts


def stages_of(chain: Chain, segments: Iterable[Segment], counts: Counts, *, is_full: bool) -> list[dict[str, Any]]:
    """Return the stages as templates/components/_line.html prints them; a stage without segments has no stops.

    A stage counts what its segments count; nothing is read from the database. `is_full`, for the organiser: gaps below five are told, too.
    """
    stages = []
    for stage in Stage.values:
        stops = [_stop(chain, segment, counts, is_full=is_full) for segment in segments if segment.stage == stage]
        sums = {name: sum(stop[name] for stop in stops) for name in ("exhibitors", "offers", "requests")}
        stages.append({"key": stage, **_words(chain, stage), **sums, "stops": stops})
    return stages


def market_address(chain: Chain, segment: Segment | None = None, kind: str = "") -> str:
    """Return the market narrowed to the chain, or to one of its segments."""
    wanted = {"kind": kind} if kind else {}
    wanted["chain"] = chain.slug
    if segment is not None:
        wanted["segment"] = segment.slug
    return f"{reverse('market')}?{urlencode(wanted)}"


def _stop(chain: Chain, segment: Segment, counts: Counts, *, is_full: bool) -> dict[str, Any]:
    return {
        "address": market_address(chain, segment),
        "name": segment.name,
        "name_aside": segment.name_aside,
        "exhibitors": counts.exhibitors.of(segment.pk),
        "offers": counts.offers.of(segment.pk),
        "requests": counts.requests([segment]),
        "without_offer": counts.without_offer([segment], is_full=is_full),
        "is_matched": counts.is_matched,
    }


def _words(chain: Chain, stage: str) -> dict[str, str]:
    """Name a stage in the page's language and beside it in the other one."""
    name = Stage(stage).label
    with translation.override(other_language()):
        aside = str(Stage(stage).label)
    crosses = stage == Stage.SERVICE and chain.kind != Chain.Kind.SERVICES
    return {"name": _("Services on this line") if crosses else str(name), "name_aside": "" if aside == str(name) else aside}
