from matchmaking.agreements.views.results import agreements, results

__all__ = ["agreements", "results"]
