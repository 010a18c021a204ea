"""What the closing report is made of. Frozen dataclasses, every text in both languages: page, API, command and press kit read these alone.

They hold texts, whole numbers and exact decimals only, so that `keeping` can write a report down and read it back without computing anything.
"""

from matchmaking.agreements.queries.report.shapes.breakdowns import Breakdown, Breakdowns, Cell, ChainLine, Flow, Flows, Link, Station
from matchmaking.agreements.queries.report.shapes.drilled import Column, Drilled, RowShown
from matchmaking.agreements.queries.report.shapes.figures import Change, Contradiction, Difference, Group, Line, Published, SourceShown
from matchmaking.agreements.queries.report.shapes.report import Report
from matchmaking.agreements.queries.report.shapes.series import Point, Series
from matchmaking.agreements.queries.report.shapes.texts import NOT_KEPT, NOTHING, Both

__all__ = [
    "NOTHING",
    "NOT_KEPT",
    "Both",
    "Breakdown",
    "Breakdowns",
    "Cell",
    "ChainLine",
    "Change",
    "Column",
    "Contradiction",
    "Difference",
    "Drilled",
    "Flow",
    "Flows",
    "Group",
    "Line",
    "Link",
    "Point",
    "Published",
    "Report",
    "RowShown",
    "Series",
    "SourceShown",
    "Station",
]
