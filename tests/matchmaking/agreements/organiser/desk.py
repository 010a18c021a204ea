"""Where the organiser's pages of the ledger are, how a step is taken there, and what is stored."""

from expo.foundation.models import Event
from matchmaking.agreements import actions
from matchmaking.agreements.models import Agreement, Confirmation, ConfirmationLink

LIST = "/organiser/agreements/"
PAIRS = "/organiser/agreements/duplicates/"
STATES_ON_RECORD = ("recorded", "confirmed", "verified", "disputed", "void")


def text_of(answer):
    return " ".join(answer.content.decode().split())


def step(client, agreement, verb, **sent_with):
    return client.post(f"{LIST}{agreement.pk}/{verb}/", {"seen": actions.latest_entry(agreement), **sent_with})


def stored():
    rows = Agreement.objects.order_by("pk").values_list("status", "number", "version", "void_reason", "merged_into", "external_id")
    return list(rows), Event.objects.count(), Confirmation.objects.count(), ConfirmationLink.objects.count()
