from matchmaking.agreements.views.report import results
from matchmaking.agreements.views.results import agreements

__all__ = ["agreements", "results"]
