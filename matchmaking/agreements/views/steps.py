"""The buttons of an agreement's page on the desk: what each one does, and what is said when it is done."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms import EmailField, Form
from django.http import QueryDict
from django.utils.translation import gettext as _

from expo.accounts.models import User
from expo.foundation.errors import Conflict, Invalid
from matchmaking.agreements import actions
from matchmaking.agreements.forms.desk import AnswerForm, IntroducedAnswerForm, IntroducedForm, LinkForm
from matchmaking.agreements.errors import NotIntroduced
from matchmaking.agreements.models import Agreement, Introduction, Party
from matchmaking.agreements.queries.own import duplicates_of


@dataclass(frozen=True)
class Step:
    """What was pressed: on which agreement, by whom, and what was sent with it."""

    row: Agreement
    by: User
    data: QueryDict


def _submit(step: Step) -> str:
    if duplicates_of(step.row, step.by) and "another" not in step.data:
        raise Conflict(_("Look at the one that is like it first. If this is another agreement, say so and send it once more."))
    addresses = _addresses(step)
    with transaction.atomic():
        sent = actions.submit(step.row, by=step.by, seen=_seen(step))
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


def _seen(step: Step) -> int | None:
    text = step.data.get("seen", "")
    return int(text) if text.isdecimal() and len(text) < 19 else None  # noqa: PLR2004 - what a column holds


def _take_back(step: Step) -> str:
    actions.take_back(step.row, by=step.by, seen=_seen(step))
    return _("Taken back. It is a draft again.")


def _discard(step: Step) -> str:
    actions.discard_draft(step.row, by=step.by)
    return _("The draft is gone.")


def _confirm(step: Step) -> str:
    given = _checked(AnswerForm(step.data))
    done = actions.confirm(step.row, by=step.by, party=_party(step, given["party"]), version=given["version"], seen=given["seen"])
    if done.status == Agreement.Status.CONFIRMED:
        return _("Confirmed by all: it is on record as %(label)s.") % {"label": done.label}
    return _("Confirmed. The others are still asked.")


def _dispute(step: Step) -> str:
    given = _checked(AnswerForm(step.data))
    done = actions.dispute(
        step.row, by=step.by, party=_party(step, given["party"]), reason=given["reason"], version=given["version"], seen=given["seen"]
    )
    if done.status == Agreement.Status.DRAFT:
        return _("Noted. It is a draft again, and the other parties read what is not right.")
    return _("Noted. It counts nowhere until the organiser has settled it.")


def _link(step: Step) -> str:
    given = _checked(LinkForm(step.data))
    party = _party(step, given["party"])
    actions.make_link(step.row, party, by=step.by, email=given["email"])
    return _("A link is on its way to %(name)s.") % {"name": party.name}


def _introduce(step: Step) -> str:
    given = _checked(IntroducedForm(step.data, edition=step.row.edition, visitor=step.by))
    actions.claim_introduction(step.row, given["company"], by=step.by, note=given["note"])
    return _("Noted. The parties are asked.")


def _consent(step: Step) -> str:
    given = _checked(IntroducedAnswerForm(step.data))
    actions.answer_introduction(_claim(step), by=step.by, answer=given["answer"], party=given["party"])
    return _("Noted.")


def _end_introduction(step: Step) -> str:
    actions.end_introduction(_claim(step), by=step.by)
    return _("Taken back: nobody gets the credit.")


def _claim(step: Step) -> Introduction:
    found = Introduction.objects.filter(agreement=step.row).select_related("agreement").first()
    if found is None:
        raise NotIntroduced
    return found


def _party(step: Step, number: int) -> Party:
    found = step.row.parties.select_related("company").filter(pk=number).first()
    if found is None:
        raise Conflict(_("This party is no part of the agreement any more. Look at it again."))
    return found


def _checked(form: Form) -> dict[str, Any]:
    if not form.is_valid():
        raise Invalid(fields={name: [str(error) for error in errors] for name, errors in form.errors.items()})
    given: dict[str, Any] = form.cleaned_data
    return given


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
