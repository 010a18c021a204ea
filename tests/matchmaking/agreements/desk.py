"""What most tests of the parties' verbs begin with: agreements in each state, made by the verbs."""

from django.apps import apps

from expo.foundation.models import Event, OutboxMessage
from matchmaking.agreements import actions
from matchmaking.agreements.actions import AgreementInput
from tests import builders


def written(sheet, **changes):
    """The sheet as the verbs of a company take it."""
    columns = {"segment": None, "is_undisclosed": False, "visibility": "public", **sheet, **changes}
    return AgreementInput(**columns)


def corrected(agreement, **changes):
    return AgreementInput(**{**vars(actions.as_written(agreement)), **changes})


def drafted(sheet, boris, borealis, **changes):
    """Boris writes it down."""
    return actions.draft_for(borealis, by=boris, given=written(sheet, **changes), is_another=True)


def sent(sheet, boris, borealis, **changes):
    """Boris writes it down and sends it."""
    return actions.submit(drafted(sheet, boris, borealis, **changes), by=boris)


def confirmed(sheet, boris, borealis, anna, **changes):
    """Boris sends it, Anna confirms."""
    return actions.confirm(sent(sheet, boris, borealis, **changes), by=anna)


def recorded(sheet, organiser, **changes):
    """The organiser writes it down and records it; nobody has said anything yet."""
    return actions.record_agreement(actions.draft_agreement(by=organiser, **{**sheet, **changes}), by=organiser)


def third(edition, name="Cassini Glass", role="exhibitor"):
    """One more verified company with its owner."""
    company = builders.company(name, country="IT")
    owner = builders.person(f"{name.split()[0].lower()}@example.com")
    builders.member(company, owner)
    builders.registration(company, edition, role=role)
    return company, owner


def everything():
    """Count the rows that a refusal must leave alone, and what the agreements say."""
    models = [model for model in apps.get_app_config("agreements").get_models() if not model.__name__.startswith("Historical")]
    states = list(apps.get_model("agreements", "Agreement").objects.order_by("pk").values_list("status", "number", "version", "title"))
    return [model._default_manager.count() for model in (*models, Event, OutboxMessage)], states


def verbs():
    """The verbs of the log, in the order in which they were written."""
    return list(Event.objects.filter(thing="agreements.Agreement").order_by("pk").values_list("verb", flat=True))


def mails():
    """Who was told what."""
    return sorted(OutboxMessage.objects.values_list("recipient__email", "kind"))
