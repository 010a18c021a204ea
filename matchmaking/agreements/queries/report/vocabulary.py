"""All metrics together: those that the registry counts, and the rest of the vocabulary, entered by staff or only published."""

from dataclasses import dataclass

from expo.editions.measured import ENTERED
from expo.editions.models import Metric
from matchmaking.agreements.queries.report.measures import Entered, Measure, Uncounted
from matchmaking.agreements.queries.report.metrics import GROUPS, OTHER_GROUP, REGISTRY
from matchmaking.agreements.queries.report.said import NOT_COUNTED
from matchmaking.agreements.queries.report.shapes import Both


@dataclass(frozen=True)
class Vocabulary:
    """The measures in the order in which they are read, and the vocabulary's own definitions by key."""

    measures: dict[str, Measure]
    definitions: dict[str, Both]


def vocabulary() -> Vocabulary:
    """Return every metric, in the order of the vocabulary; what the registry alone knows stands behind its neighbour there. One query."""
    metrics = {metric.key: metric for metric in Metric.objects.order_by("order", "key")}
    places = {key: float(place) for place, key in enumerate(metrics)}
    last = -1.0
    for number, key in enumerate(REGISTRY):
        if key not in places:
            places[key] = last + (number + 1) / 1000
        last = places[key]
    found = {**{key: _only_published(metric) for key, metric in metrics.items() if key not in REGISTRY}, **REGISTRY}
    groups = list(GROUPS)
    ordered = sorted(found, key=lambda key: (groups.index(found[key].group) if found[key].group in groups else len(groups), places[key]))
    return Vocabulary(
        {key: found[key] for key in ordered}, {key: Both(one.definition_en, one.definition_zh) for key, one in metrics.items()}
    )


def measure_of(key: str) -> Measure | None:
    """Return the metric of that key, None for none. At most one query."""
    if key in REGISTRY:
        return REGISTRY[key]
    metric = Metric.objects.filter(key=key).first()
    return _only_published(metric) if metric else None


def group_name(key: str) -> Both:
    """Return the name of a group of metrics."""
    return GROUPS.get(key, OTHER_GROUP)


def _only_published(metric: Metric) -> Measure:
    return Measure(
        metric.key,
        metric.group,
        metric.unit,
        Both(metric.name_en, metric.name_zh),
        Both(metric.unit_name_en, metric.unit_name_zh),
        Both(metric.definition_en, metric.definition_zh),
        Entered(metric.key) if metric.key in ENTERED else Uncounted(NOT_COUNTED),
    )
