"""The tables of this room, by subject."""

from expo.editions.models.chains import Chain, ChainArea, Segment, SegmentLink, Stage, closes_circle
from expo.editions.models.editions import Edition
from expo.editions.models.figures import Disagreement, ExchangeRate, Metric, Publication, ReportedFigure
from expo.editions.models.sources import Source
from expo.editions.models.statistics import Statistic

__all__ = [
    "Chain",
    "ChainArea",
    "Disagreement",
    "Edition",
    "ExchangeRate",
    "Metric",
    "Publication",
    "ReportedFigure",
    "Segment",
    "SegmentLink",
    "Source",
    "Stage",
    "Statistic",
    "closes_circle",
]
