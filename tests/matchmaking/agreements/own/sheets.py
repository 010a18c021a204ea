"""The sheet as browsers send it, and where it goes."""

from expo.foundation.models import Event, OutboxMessage
from matchmaking.agreements.models import Agreement, Confirmation, ConfirmationLink, Introduction, Party

NEW = "/desk/agreements/new/"
TABLES = (Agreement, Party, Confirmation, ConfirmationLink, Introduction, Event, OutboxMessage)


def everything():
    return [model.objects.count() for model in TABLES]


def address(agreement, verb=""):
    return f"/desk/agreements/{agreement.pk}/" + (f"{verb}/" if verb else "")


def rows(*parties):
    """Return the rows of other parties as a browser sends them."""
    sent = {"parties-TOTAL_FORMS": str(len(parties)), "parties-INITIAL_FORMS": "0"}
    for number, party in enumerate(parties):
        sent |= {f"parties-{number}-{name}": str(value) for name, value in party.items()}
    return sent


def with_parties(filled, *parties):
    """Return the sheet with these other parties instead."""
    return {name: value for name, value in filled.items() if not name.startswith("parties-")} | rows(*parties)
