"""A small market in which the matcher has something to find: cells and chargers in both languages."""

from matchmaking.matching import actions, world
from matchmaking.matching.models import Match
from matchmaking.participants.models import Registration
from tests import builders

CELL = {"title": "LFP prismatic cell, 280 Ah, 8,000 cycles", "hs_code": "850760", "unit": "pc"}
CELL_ZH = {"title": "磷酸铁锂方形电芯，280Ah，循环8000次", "language": "zh-hans", "hs_code": "850760", "unit": "pc"}
WANTED = {"title": "LFP prismatic cells, 280 Ah", "hs_code": "850760", "unit": "pc"}
CHARGER = {"title": "DC charging pile, 120 kW", "hs_code": "850440", "unit": "pc"}
ROW = ("request", "offer", "score", "request_rank", "offer_rank", "near_rank")


def another_exhibitor(edition, name, **fields):
    return builders.registration(builders.company(name, **fields), edition)


def another_buyer(edition, name):
    return builders.registration(builders.company(name, country="FR"), edition, role=Registration.Role.BUYER)


def run(edition, **parameters):
    """A whole run in this process, from nothing that was read before."""
    world.forget()
    made = actions.start_run(edition, by=None)
    if parameters:
        made.parameters |= parameters
        made.save()
    while actions.work_on(made.pk):
        pass
    made.refresh_from_db()
    return made


def rows(of=None):
    """The matches in force, or those of a run, as plain values."""
    found = Match.objects.in_force() if of is None else Match.objects.filter(run=of)
    return sorted(found.values_list(*ROW), key=lambda row: row[:2])
