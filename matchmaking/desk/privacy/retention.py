"""What was kept long enough goes: once a day, by periods that the organiser sets, and never without a warning where it is an account."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, OuterRef, ProtectedError, Q, QuerySet
from django.utils import timezone

from expo.accounts.models import User
from expo.foundation import search
from expo.foundation.errors import Refused
from expo.foundation.eventlog import disown
from expo.foundation.models import Event, OutboxMessage
from expo.foundation.outbox import tell
from expo.foundation.sealing import prune
from expo.programme.models import Seat
from matchmaking.agreements.models import ConfirmationLink
from matchmaking.desk.privacy.copies import forget_old_copies
from matchmaking.desk.privacy.erasing import LEGAL_HOLD, erase_person
from matchmaking.marketplace.models import Offer, PostingStatus, SourcingRequest
from matchmaking.meetings.models import Delivery
from matchmaking.participants.models import Member, Registration

WARNING = timedelta(days=30)
LINES_STAY = timedelta(days=28)
SWEPT = "retention_swept"
# What the site looks up in the log.
LASTING_THINGS = ("setup", "backup", "retention")
Rows = QuerySet[Any]


@dataclass(frozen=True)
class Rule:
    """One period: `find` returns the rows that go on that day, `apply` lets them go and returns how many went."""

    name: str
    find: Callable[[date], Rows]
    apply: Callable[[Rows, date], int]


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier, the month's last where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    for last in range(day.day, 27, -1):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    return date(year, month + 1, min(day.day, 28))


def _start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def unverified(today: date) -> Rows:
    """Accounts whose address was never confirmed, that stand for nobody."""
    days = settings.RETENTION["unverified_days"]
    people = User.objects.filter(erased_at__isnull=True, is_staff=False, is_superuser=False)
    if not days:
        return people.none()
    checked = EmailAddress.objects.filter(user=OuterRef("pk"), verified=True)
    active = Member.objects.filter(user=OuterRef("pk"), status=Member.Status.ACTIVE)
    return people.filter(~Exists(checked), ~Exists(active), date_joined__lt=_start_of(today - timedelta(days=days)))


def unused(today: date) -> Rows:
    """Accounts whose last expo is over for longer than the period, unused since; staff's are the organiser's business."""
    months = settings.RETENTION["people_months"]
    people = User.objects.filter(erased_at__isnull=True, is_staff=False, is_superuser=False)
    if not months:
        return people.none()
    since = months_before(today, months)
    takes_part = Registration.objects.filter(
        Q(edition__ends_on__isnull=True) | Q(edition__ends_on__gte=since),
        company__members__user=OuterRef("pk"),
        company__members__status=Member.Status.ACTIVE,
    ).exclude(status=Registration.Status.WITHDRAWN)
    seated = Seat.objects.filter(Q(forum__edition__ends_on__isnull=True) | Q(forum__edition__ends_on__gte=since), person=OuterRef("pk"))
    signed_in = Q(last_login__isnull=True) | Q(last_login__lt=_start_of(since))
    return people.filter(signed_in, ~Exists(takes_part), ~Exists(seated), date_joined__lt=_start_of(since))


def to_warn(today: date) -> Rows:
    """Accounts that go in 30 days, whose people were not told."""
    return unused(today + WARNING).filter(end_announced_on__isnull=True)


def to_erase(today: date) -> Rows:
    """Accounts whose people were told 30 days ago or earlier and have not come back."""
    return unused(today).filter(end_announced_on__lte=today - WARNING)


def back_again(today: date) -> Rows:
    """People who were told and came back."""
    told = User.objects.filter(end_announced_on__isnull=False, erased_at__isnull=True)
    return told.exclude(pk__in=unused(today + WARNING).values("pk"))


def drafts_of(model: type[Offer] | type[SourcingRequest]) -> Callable[[date], Rows]:
    def find(today: date) -> Rows:
        found: Rows = model.objects.filter(status=PostingStatus.DRAFT, submitted_at__isnull=True)
        months = settings.RETENTION["draft_months"]
        return found.filter(changed_at__lt=_start_of(months_before(today, months))) if months else found.none()

    return find


def draft_registrations(today: date) -> Rows:
    """Registrations begun, never sent, with nothing hanging on them."""
    found: Rows = Registration.objects.filter(status=Registration.Status.DRAFT, submitted_at__isnull=True)
    months = settings.RETENTION["draft_months"]
    before = _start_of(months_before(today, months))
    empty = found.filter(offers__isnull=True, requests__isnull=True, partners__isnull=True, booth__isnull=True)
    return empty.filter(created_at__lt=before) if months else found.none()


def old_notices(today: date) -> Rows:
    """Mails that were sent, with their text."""
    found, days = OutboxMessage.objects.exclude(body="", recipient__isnull=False), settings.RETENTION["notice_days"]
    return found.filter(written_at__lt=_start_of(today - timedelta(days=days))) if days else found.none()


def dead_links(today: date) -> Rows:
    """Links to agreements that ran out, with the addresses that they went to."""
    return ConfirmationLink.objects.filter(expires_at__lt=_start_of(today)).exclude(email="")


def old_deliveries(today: date) -> Rows:
    """Messages to webhooks, whatever became of them."""
    found, days = Delivery.objects.all(), settings.RETENTION["delivery_days"]
    return found.filter(made_at__lt=_start_of(today - timedelta(days=days))) if days else found.none()


def old_events(today: date) -> Rows:
    """Lines of the log, but for those that the ledger and the site itself rest on."""
    months = settings.RETENTION["log_months"]
    found = Event.objects.exclude(thing__in=LASTING_THINGS).exclude(LEGAL_HOLD)
    return found.filter(at__lt=_start_of(months_before(today, months))) if months else found.none()


def old_entries(today: date) -> Rows:
    """Lines of the desk's own log."""
    months = settings.RETENTION["log_months"]
    found = LogEntry.objects.all()
    return found.filter(action_time__lt=_start_of(months_before(today, months))) if months else found.none()


def old_sessions(_today: date) -> Rows:
    """Signed-in browsers that ran out."""
    return Session.objects.filter(expire_date__lt=timezone.now())


def _delete(rows: Rows, _today: date) -> int:
    """Delete the rows and what hangs on them; return how many of the rows went."""
    _total, by_model = rows.delete()
    return int(by_model.get(rows.model._meta.label, 0))


def _prune(rows: Rows, _today: date) -> int:
    """The database itself keeps lines for 28 days, whatever day it is said to be."""
    return prune(list(rows.filter(at__lt=timezone.now() - LINES_STAY).values_list("pk", flat=True)))


def _empty(rows: Rows, _today: date) -> int:
    """What went to an address without an account goes as a whole, the address too."""
    gone = _delete(rows.filter(recipient__isnull=True), _today)
    return gone + int(rows.update(body="", subject="–", last_error=""))


def _forget_addresses(rows: Rows, _today: date) -> int:
    return int(rows.update(email=""))


def _warn(rows: Rows, today: date) -> int:
    return sum(_warned(user, today) for user in rows)


@transaction.atomic
def _warned(user: User, today: date) -> bool:
    told = User.objects.filter(pk=user.pk, end_announced_on__isnull=True).update(end_announced_on=today)
    if told:
        tell(user, "account_ends", ends_on=today + WARNING)
    return bool(told)


def _forgive(rows: Rows, _today: date) -> int:
    return int(rows.update(end_announced_on=None))


def _erase(rows: Rows, _today: date) -> int:
    return sum(_erased(user) for user in rows)


def _erased(user: User) -> bool:
    try:
        erase_person(user, by=None)
    except Refused:
        return False
    return True


def _erase_and_drop(rows: Rows, _today: date) -> int:
    """Who never confirmed an address leaves no row either, unless something points to it."""
    count = 0
    for user in rows:
        if _erased(user):
            count += 1
            disown(Event.objects.filter(actor=user))
            try:
                with transaction.atomic():
                    User.objects.filter(pk=user.pk).delete()
            except ProtectedError:
                continue
    return count


RULES = (
    Rule("accounts whose address was never confirmed", unverified, _erase_and_drop),
    Rule("people to warn that their account ends", to_warn, _warn),
    Rule("people who came back after a warning", back_again, _forgive),
    Rule("accounts unused since the last expo", to_erase, _erase),
    Rule("offers never submitted", drafts_of(Offer), _delete),
    Rule("requests never submitted", drafts_of(SourcingRequest), _delete),
    Rule("registrations never submitted", draft_registrations, _delete),
    Rule("texts of mails", old_notices, _empty),
    Rule("addresses of links that ran out", dead_links, _forget_addresses),
    Rule("messages to webhooks", old_deliveries, _delete),
    Rule("lines of the log", old_events, _prune),
    Rule("lines of the desk's log", old_entries, _delete),
    Rule("sessions that ran out", old_sessions, _delete),
)


def what_would_go(today: date) -> dict[str, int]:
    """Count what each rule would let go on that day. One query a rule, nothing is changed."""
    return {rule.name: rule.find(today).count() for rule in RULES}


def let_go(today: date) -> dict[str, int]:
    """Apply every rule, in order, and return how many rows each let go. A person at a time is one transaction."""
    gone = {rule.name: rule.apply(rule.find(today), today) for rule in RULES}
    gone["copies of own data"] = forget_old_copies()
    gone["words that only hidden titles have"] = search.renew_words()
    return gone


def sweep_daily() -> int:
    """Let go what is due, once a day; copies of own data whenever it is called. Returns how many rows went."""
    today = timezone.localdate()
    if Event.objects.filter(thing="retention", thing_id=today.isoformat()).exists():
        return forget_old_copies()
    gone = let_go(today)
    Event.objects.create(verb=SWEPT, thing="retention", thing_id=today.isoformat(), data=gone)
    return sum(gone.values())
