"""The buttons of an agreement's page on the desk: what each one does, and what is said when it is done."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms import EmailField
from django.http import QueryDict
from django.utils.translation import gettext as _

from expo.accounts.models import User
from expo.foundation.errors import Conflict, Invalid
from expo.foundation.text import whole_number
from matchmaking.agreements import actions
from matchmaking.agreements.forms.desk import AnswerForm, IntroducedAnswerForm, IntroducedForm, LinkForm
from matchmaking.agreements.models import Agreement, Party
from matchmaking.agreements.queries import answers
from matchmaking.agreements.queries.introductions import claim_on
from matchmaking.agreements.queries.own import duplicates_of
from matchmaking.meetings.views.common import checked


@dataclass(frozen=True)
class Step:
    """What was pressed: on which agreement, by whom, and what was sent with it."""

    row: Agreement
    by: User
    data: QueryDict


def _submit(step: Step) -> str:
    found = duplicates_of(step.row, step.by)
    if found and "another" not in step.data:
        raise Conflict(_("Look at the one that is like it first. If this is another agreement, say so and send it once more."))
    addresses = _addresses(step)
    with transaction.atomic():
        sent = actions.submit(step.row, by=step.by, another_than=[row.pk for row in found], seen=whole_number(step.data.get("seen", "")))
        for party, email in addresses:
            actions.make_link(sent, party, by=step.by, email=email)
    return _("Sent. The other parties are asked to confirm it.")


def _addresses(step: Step) -> list[tuple[Party, str]]:
    """Return which outside parties get a link, and where it goes. Raises Invalid for what is no e-mail address."""
    found = []
    for party in step.row.parties.filter(company__isnull=True).order_by("order", "pk"):
        text = step.data.get(f"email-{party.pk}", "").strip()
        if text:
            try:
                found.append((party, EmailField(max_length=254).clean(text)))
            except ValidationError as fault:
                words = _("“%(text)s” is not an e-mail address of %(name)s.") % {"text": text[:80], "name": party.name}
                raise Invalid(fields={"email": [words]}) from fault
    return found


def _take_back(step: Step) -> str:
    actions.take_back(step.row, by=step.by, seen=whole_number(step.data.get("seen", "")))
    return _("Taken back. It is a draft again.")


def _discard(step: Step) -> str:
    actions.discard_draft(step.row, by=step.by)
    return _("The draft is gone.")


def _confirm(step: Step) -> str:
    given = checked(AnswerForm(step.data)).cleaned_data
    done = actions.confirm(step.row, by=step.by, party=_party(step, given["party"]), version=given["version"], seen=given["seen"])
    if done.status == Agreement.Status.CONFIRMED and answers.unanswered(done.parties.all()).exists():
        return _(
            "Confirmed by all registered parties: it is on record as %(label)s. Who is from outside the expo may still answer by link."
        ) % {"label": done.label}
    if done.status == Agreement.Status.CONFIRMED:
        return _("Confirmed by all: it is on record as %(label)s.") % {"label": done.label}
    return _("Confirmed. The others are still asked.")


def _dispute(step: Step) -> str:
    given = checked(AnswerForm(step.data)).cleaned_data
    done = actions.dispute(
        step.row, by=step.by, party=_party(step, given["party"]), reason=given["reason"], version=given["version"], seen=given["seen"]
    )
    if done.status == Agreement.Status.DRAFT:
        return _("Noted. It is a draft again, and the other parties read what is not right.")
    return _("Noted. It counts nowhere until the organiser has settled it.")


def _link(step: Step) -> str:
    given = checked(LinkForm(step.data)).cleaned_data
    party = _party(step, given["party"])
    actions.make_link(step.row, party, by=step.by, email=given["email"])
    return _("A link is on its way to %(name)s.") % {"name": party.name}


def _introduce(step: Step) -> str:
    given = checked(IntroducedForm(step.data, edition=step.row.edition, visitor=step.by)).cleaned_data
    actions.claim_introduction(step.row, given["company"], by=step.by, note=given["note"])
    return _("Noted. The parties are asked.")


def _consent(step: Step) -> str:
    given = checked(IntroducedAnswerForm(step.data)).cleaned_data
    actions.answer_introduction(claim_on(step.row), by=step.by, answer=given["answer"], party=given["party"])
    return _("Noted.")


def _end_introduction(step: Step) -> str:
    actions.end_introduction(claim_on(step.row), by=step.by)
    return _("Taken back: nobody gets the credit.")


def _party(step: Step, number: int) -> Party:
    found = step.row.parties.select_related("company").filter(pk=number).first()
    if found is None:
        raise Conflict(_("This party is no part of the agreement any more. Look at it again."))
    return found


STEPS: Mapping[str, Callable[[Step], str]] = {
    "submit": _submit,
    "take-back": _take_back,
    "discard": _discard,
    "confirm": _confirm,
    "dispute": _dispute,
    "link": _link,
    "introduce": _introduce,
    "consent": _consent,
    "end-introduction": _end_introduction,
}
