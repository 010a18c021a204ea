"""A chain as a line: its segments by stage, with supply, demand and gap."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from expo.editions.models import Chain, Segment, Stage
from expo.foundation.bilingual import other_language
from matchmaking.desk.queries.counts import Tally

Gaps = Mapping[int, tuple[int, int]]
NONE = (0, 0)


def stages_of(chain: Chain, segments: Iterable[Segment], exhibitors: Tally, offers: Tally, gaps: Gaps) -> list[dict[str, Any]]:
    """Return the stages as templates/components/_line.html prints them; a stage without segments has no stops.

    A stage counts what its segments count; nothing is read from the database.
    """
    stages = []
    for stage in Stage.values:
        stops = [_stop(chain, segment, exhibitors, offers, gaps) for segment in segments if segment.stage == stage]
        sums = {name: sum(stop[name] for stop in stops) for name in ("exhibitors", "offers", "requests", "without_offer")}
        stages.append({"key": stage, **_words(chain, stage), **sums, "stops": stops})
    return stages


def market_address(chain: Chain, segment: Segment | None = None, kind: str = "") -> str:
    """Return the market narrowed to the chain, or to one of its segments."""
    wanted = {"kind": kind} if kind else {}
    wanted["chain"] = chain.slug
    if segment is not None:
        wanted["segment"] = segment.slug
    return f"{reverse('market')}?{urlencode(wanted)}"


def _stop(chain: Chain, segment: Segment, exhibitors: Tally, offers: Tally, gaps: Gaps) -> dict[str, Any]:
    requests, without_offer = gaps.get(segment.pk, NONE)
    return {
        "address": market_address(chain, segment),
        "name": segment.name,
        "name_aside": segment.name_aside,
        "exhibitors": exhibitors.of(segment.pk),
        "offers": offers.of(segment.pk),
        "requests": requests,
        "without_offer": without_offer,
    }


def _words(chain: Chain, stage: str) -> dict[str, str]:
    """Name a stage in the page's language and beside it in the other one."""
    name = Stage(stage).label
    with translation.override(other_language()):
        aside = str(Stage(stage).label)
    crosses = stage == Stage.SERVICE and chain.kind != Chain.Kind.SERVICES
    return {"name": _("Services on this line") if crosses else str(name), "name_aside": "" if aside == str(name) else aside}
