"""The rules of an edition's meetings: minutes, window, quotas, walks, and which role sees and asks which."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.foundation.errors import Invalid, NotAllowed
from expo.foundation.eventlog import log
from expo.venue.models import Hall
from matchmaking.meetings import errors, rules
from matchmaking.meetings.models import MeetingSetup, RoleRight
from matchmaking.participants.models import Registration

Role = Registration.Role
SETUP_FIELDS = (
    "slot_minutes", "opens_at", "closes_at", "approval", "scheduling", "open_requests", "most_moves", "free_slots_a_day", "minimum_meetings",
    "walking_minutes",
)  # fmt: skip
# Beyond these a number is a slip of the hand: nobody answers a thousand questions, and no walk takes a day.
MOST = {"open_requests": 1000, "most_moves": 50, "free_slots_a_day": 50, "minimum_meetings": 500}
LONGEST_WALK = 240


@dataclass(frozen=True)
class Right:
    """A cell of the two matrices: whether the role `asking` sees the role `asked`, and whether it may ask it."""

    asking: str
    asked: str
    may_see: bool
    may_ask: bool


@transaction.atomic
def set_up_meetings(edition: Edition, *, by: User, seen: Mapping[str, Any] | None = None, **fields: Any) -> MeetingSetup:
    """Let the edition have meetings, or change their rules; `fields` are of SETUP_FIELDS, what is left out stays.

    At first exhibitors and buyers see and ask each other. `seen` are the rules that `by` has looked at, as `rules_as_seen` gives them.

    Raises:
        NotAllowed: `by` may not. Invalid: by field.
        RulesChanged (409): they are others now than `seen`; nothing is written.
    """
    if not rules.may_set_up(by):
        raise NotAllowed
    # Two who begin at once make one set-up. Not a full lock: whoever adds a slot meanwhile names the edition, and holds the set-up.
    Edition.objects.select_for_update(of=("self",), no_key=True).get(pk=edition.pk)
    found = MeetingSetup.objects.select_for_update().filter(edition=edition).first()
    setup = found or MeetingSetup(edition=edition)
    _refuse_wrong(edition, fields)
    if found is not None and seen is not None:
        _refuse_overwriting(found, edition, seen)
    for name, value in fields.items():
        setattr(setup, name, value)
    try:
        setup.full_clean(validate_unique=False)
    except ValidationError as fault:
        raise Invalid.of(fault, whole="closes_at") from fault
    setup.save()
    if found is None:
        RoleRight.objects.bulk_create(
            RoleRight(setup=setup, asking=asking, asked=asked)
            for asking, asked in ((Role.EXHIBITOR, Role.BUYER), (Role.BUYER, Role.EXHIBITOR))
        )
    log(setup, "set_up_meetings", by=by, **fields)
    return setup


def rules_as_seen(setup: MeetingSetup) -> dict[str, Any]:
    """Return the rules as plain values, by field: to be sent along with a form, and compared when it comes back."""
    values = ((name, getattr(setup, name)) for name in SETUP_FIELDS)
    return {name: value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value for name, value in values}


def _refuse_overwriting(setup: MeetingSetup, edition: Edition, seen: Mapping[str, Any]) -> None:
    now = rules_as_seen(setup)
    changed = [name for name in SETUP_FIELDS if name in seen and seen[name] != now[name]]
    if changed:
        raise errors.RulesChanged(now, fields={name: [_changed_words(setup, edition, name)] for name in changed})


def _changed_words(setup: MeetingSetup, edition: Edition, name: str) -> str:
    value = getattr(setup, name)
    if isinstance(value, datetime):
        value = value.astimezone(ZoneInfo(edition.time_zone)).strftime("%Y-%m-%d %H:%M")
    elif isinstance(value, dict):
        value = "; ".join(f"{pair.replace('|', ' – ')}: {minutes}" for pair, minutes in sorted(value.items()))
    elif name in {"approval", "scheduling"}:
        value = getattr(setup, f"get_{name}_display")()
    return _("Changed meanwhile; it is now: %(value)s") % {"value": "–" if value in {None, ""} else value}


def _refuse_wrong(edition: Edition, fields: Mapping[str, Any]) -> None:
    wrong = {name: [_("This is not set here.")] for name in sorted(set(fields) - set(SETUP_FIELDS))}
    for name, most in MOST.items():
        if isinstance(value := fields.get(name), int) and value > most:
            wrong[name] = [_("At most %(most)s.") % {"most": most}]
    if "walking_minutes" in fields and (said := _wrong_walk(edition, fields["walking_minutes"])):
        wrong["walking_minutes"] = [said]
    if wrong:
        raise Invalid(fields=wrong)


def _wrong_walk(edition: Edition, walks: Any) -> str:
    """Return what is wrong with the walking minutes, "" where nothing is: "A|B" names two halls of the edition, each pair once."""
    if not isinstance(walks, dict):
        return _("Give minutes by pairs of halls.")
    codes = set(Hall.objects.filter(edition=edition).values_list("code", flat=True))
    seen = set()
    for name, minutes in walks.items():
        pair = frozenset(str(name).split("|"))
        if len(pair) != 2 or not pair <= codes or pair in seen:  # noqa: PLR2004 - a pair
            return _("%(name)s does not name two halls of the edition, or names them twice.") % {"name": name}
        if not isinstance(minutes, int) or isinstance(minutes, bool) or not 0 <= minutes <= LONGEST_WALK:
            return _("%(name)s: give whole minutes from 0 to %(most)s.") % {"name": name, "most": LONGEST_WALK}
        seen.add(pair)
    return ""


@transaction.atomic
def set_rights(setup: MeetingSetup, *, by: User, rights: Collection[Right]) -> MeetingSetup:
    """Say which role sees which, and may ask it. Cells that are left out stay; what is booked or asked already stays too.

    Raises:
        NotAllowed: `by` may not. Invalid: a role that is none, a cell given twice, or one that asks whom it does not see; nothing is written.
    """
    if not rules.may_set_up(by):
        raise NotAllowed
    row = MeetingSetup.objects.select_for_update(of=("self",)).select_related("edition").get(pk=setup.pk)
    _refuse_wrong_rights(rights)
    for right in rights:
        said = {"may_see": right.may_see, "may_ask": right.may_ask}
        RoleRight.objects.update_or_create(setup=row, asking=right.asking, asked=right.asked, defaults=said)
    cells = {f"{right.asking}|{right.asked}": [right.may_see, right.may_ask] for right in rights}
    log(row, "set_meeting_rights", by=by, cells=cells)
    return row


def _refuse_wrong_rights(rights: Collection[Right]) -> None:
    names, wrong = dict(Role.choices), []
    if any({right.asking, right.asked} - set(Role.values) for right in rights):
        wrong.append(_("There is no such role."))
    elif len({(right.asking, right.asked) for right in rights}) < len(rights):
        wrong.append(_("A pair of roles is named twice."))
    else:
        wrong += [
            _("%(asking)s → %(asked)s: who may ask also sees.") % {"asking": names[right.asking], "asked": names[right.asked]}
            for right in rights
            if right.may_ask and not right.may_see
        ]
    if wrong:
        raise Invalid(fields={"rights": wrong})
