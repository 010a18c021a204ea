"""The organiser's pages of the ledger: what waits for whom, one agreement whole, duplicates, exchange rates."""

from matchmaking.agreements.views.organiser.correcting import organiser_correct
from matchmaking.agreements.views.organiser.duplicates import organiser_duplicates, organiser_duplicates_step
from matchmaking.agreements.views.organiser.queue import organiser_agreements, organiser_verify_found, organiser_verify_many
from matchmaking.agreements.views.organiser.rates import organiser_rates, organiser_state_rate
from matchmaking.agreements.views.organiser.whole import organiser_agreement, organiser_agreement_step

__all__ = [
    "organiser_agreement",
    "organiser_agreement_step",
    "organiser_agreements",
    "organiser_correct",
    "organiser_duplicates",
    "organiser_duplicates_step",
    "organiser_rates",
    "organiser_state_rate",
    "organiser_verify_found",
    "organiser_verify_many",
]
