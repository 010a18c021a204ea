"""The organiser's pool of interpreters: who they are, what they speak, and when they are not there."""

from collections.abc import Collection, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from expo.accounts.models import LANGUAGE_NAMES, User
from expo.editions.models import Edition
from expo.foundation.errors import Invalid, NotAllowed
from expo.foundation.eventlog import log
from expo.foundation.text import one_line
from matchmaking.meetings import errors, rules
from matchmaking.meetings.models import Interpreter, InterpreterAbsence, Meeting, Occupancy, Slot
from matchmaking.meetings.queries.free import colleagues_of, tongues_between

FIELDS = ("name", "person", "languages", "is_active")
LEAST_LANGUAGES = 2


@transaction.atomic
def add_interpreter(edition: Edition, *, by: User, languages: Sequence[str], name: str = "", person: User | None = None) -> Interpreter:
    """Take somebody into the pool: an account, or a name, and the languages between which they can stand.

    Raises:
        NotAllowed: `by` may not. Invalid: by field.
    """
    if not rules.may_set_up(by):
        raise NotAllowed
    Edition.objects.select_for_update(of=("self",), no_key=True).get(pk=edition.pk)  # The same account twice at once is one.
    made = _checked(Interpreter(edition=edition), {"name": name, "person": person, "languages": languages})
    made.save()
    log(made, "add_interpreter", by=by, languages=made.languages, person=person and person.pk)
    return made


@transaction.atomic
def change_interpreter(interpreter: Interpreter, *, by: User, **fields: Any) -> Interpreter:
    """Change `name`, `person`, `languages` or `is_active`; what is left out stays.

    Raises:
        NotAllowed: `by` may not. Invalid: by field.
        InterpreterIsBooked: they would leave the pool, or no longer speak a language, while meetings to come need them.
    """
    if not rules.may_set_up(by):
        raise NotAllowed
    row = _locked(interpreter)
    spoke, was_active = set(row.languages), row.is_active
    _checked(row, fields)
    if (was_active and not row.is_active and _booked(row).exists()) or _is_needed_for(row, spoke - set(row.languages)):
        raise errors.InterpreterIsBooked
    row.save()
    told = {name: value for name, value in fields.items() if name != "person"}
    log(row, "change_interpreter", by=by, **told, person=row.person_id)
    return row


@transaction.atomic
def set_absences(interpreter: Interpreter, *, by: User, slots: Collection[Slot]) -> int:
    """Say at which times the interpreter is not there: at these, and at no others of the timetable. Returns how many changed.

    Raises:
        NotAllowed: `by` may not. Invalid: a slot of another edition. InterpreterIsBooked: they have a meeting in a new one.
    """
    if not rules.may_set_up(by):
        raise NotAllowed
    # A full lock: a booking that writes this interpreter into a slot waits for it, and looks again (`booking.keep_to_the_day`).
    row = _locked(interpreter)
    if any(slot.edition_id != row.edition_id for slot in slots):
        raise Invalid(fields={"slots": [_("Not times of this edition.")]})
    wanted = {slot.pk for slot in slots}
    there = dict(row.absences.values_list("slot", "slot__removed_at"))
    new, gone = sorted(wanted - set(there)), {slot for slot, removed_at in there.items() if removed_at is None} - wanted
    if Occupancy.objects.filter(interpreter=row, slot__in=new).exists():
        raise errors.InterpreterIsBooked
    row.absences.filter(slot__in=gone).delete()
    InterpreterAbsence.objects.bulk_create(InterpreterAbsence(interpreter=row, slot_id=slot) for slot in new)
    if new or gone:
        log(row, "set_absences", by=by, new=new, gone=sorted(gone))
    return len(new) + len(gone)


def _locked(interpreter: Interpreter) -> Interpreter:
    rows = Interpreter.objects.select_for_update(of=("self",)).select_related("person", "edition")
    found: Interpreter = rows.get(pk=interpreter.pk)
    return found


def _checked(row: Interpreter, fields: dict[str, Any]) -> Interpreter:
    """Set the columns and look whether they make sense together. Raises Invalid."""
    wrong = {name: [_("This is not set here.")] for name in sorted(set(fields) - set(FIELDS))}
    for name in set(fields) & set(FIELDS):
        setattr(row, name, fields[name])
    row.name = one_line(row.name)
    if row.person is not None and row.name:
        row.name = ""  # The name of an account's person stands with the account alone.
    if row.person is None and not row.name:
        wrong["name"] = [_("Give a name, or an account.")]
    others = Interpreter.objects.filter(edition=row.edition_id).exclude(pk=row.pk)
    if row.person is not None and others.filter(person=row.person).exists():
        wrong["person"] = [_("This person is in the pool already.")]
    row.languages = list(dict.fromkeys(row.languages))
    if len(row.languages) < LEAST_LANGUAGES or not set(row.languages) <= set(LANGUAGE_NAMES):
        wrong["languages"] = [_("Choose at least two languages.")]
    if wrong:
        raise Invalid(fields=wrong)
    try:
        row.full_clean(validate_unique=False)
    except ValidationError as fault:
        raise Invalid.of(fault, whole="name") from fault
    return row


def _booked(row: Interpreter) -> Any:
    return Meeting.objects.live().filter(interpreter=row)


def _is_needed_for(row: Interpreter, languages: Collection[str]) -> bool:
    """Whether a meeting to come needs one of the languages. Two queries, none without languages."""
    if not languages:
        return False
    pairs = list(_booked(row).values_list("request__sender__company", "request__receiver__company"))
    people = colleagues_of({company for pair in pairs for company in pair})
    return any(set(tongues_between(people[one], people[other])) & set(languages) for one, other in pairs)
