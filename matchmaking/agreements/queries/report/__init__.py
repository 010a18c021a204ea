"""The closing report: one layer that page, API, command and press kit ask, and nothing else."""

from matchmaking.agreements.queries.report.closing import breakdowns_of, chains_told_apart, closing_report, figure_of, report_among_editions
from matchmaking.agreements.queries.report.metrics import DEFINITIONS, REGISTRY
from matchmaking.agreements.queries.report.rows import columns_of, drill_down, every_row, rows_of
from matchmaking.agreements.queries.report.vocabulary import measure_of

__all__ = [
    "DEFINITIONS",
    "REGISTRY",
    "breakdowns_of",
    "chains_told_apart",
    "closing_report",
    "columns_of",
    "drill_down",
    "every_row",
    "figure_of",
    "measure_of",
    "report_among_editions",
    "rows_of",
]
