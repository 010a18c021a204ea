"""Reads that join several rooms: what the pages at the top of the site show."""

from matchmaking.desk.queries.chain import ChainLists, Crossing, chain_lists, crossings_of
from matchmaking.desk.queries.company import CompanyPage, company_page
from matchmaking.desk.queries.counts import Counts, Tally, chain_exhibitors, counts_of, segment_exhibitors
from matchmaking.desk.queries.expo import Expo, the_expo
from matchmaking.desk.queries.home import days_of, network_of, past_results, shown_forums, tiles_of
from matchmaking.desk.queries.line import stages_of
from matchmaking.desk.queries.own import OwnDesk, organiser_queues, own_desk

__all__ = [
    "ChainLists",
    "CompanyPage",
    "Counts",
    "Crossing",
    "Expo",
    "OwnDesk",
    "Tally",
    "chain_exhibitors",
    "chain_lists",
    "company_page",
    "counts_of",
    "crossings_of",
    "days_of",
    "network_of",
    "organiser_queues",
    "own_desk",
    "past_results",
    "segment_exhibitors",
    "shown_forums",
    "stages_of",
    "the_expo",
    "tiles_of",
]
