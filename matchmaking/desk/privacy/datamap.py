"""The data map: every table that holds something of a person, which of its fields do, why, for how long, and what erasing does to it.

A test compares it with the models: a table or a field that is not named here fails the build. Pages, the person's own
copy, erasure and the guide for organisers all read this one table.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

Words = str | Promise


class Erasure(Enum):
    """What happens to the rows when the person is erased."""

    DELETED = "deleted"
    EMPTIED = "emptied"
    PSEUDONYM = "kept under a pseudonym"


class Period(Enum):
    """How long the rows are kept."""

    ACCOUNT = "account"
    LOG = "log"
    NOTICE = "notice"
    SESSION = "session"
    DAY = "day"
    TWO_DAYS = "two_days"
    LEDGER = "ledger"

    @property
    def words(self) -> str:
        """The period in a sentence, with the organiser's figures."""
        return WORDS[self]()


def _months(name: str) -> str:
    months = settings.RETENTION[name]
    return ngettext("%(n)s month", "%(n)s months", months) % {"n": months}


def _account() -> str:
    if not settings.RETENTION["people_months"]:
        return gettext("until you delete your account")
    return gettext("until you delete your account, at most %(period)s after the last expo you took part in") % {
        "period": _months("people_months")
    }


def _log() -> str:
    return _months("log_months") if settings.RETENTION["log_months"] else gettext("as long as the expo’s records are kept")


def _notice() -> str:
    days = settings.RETENTION["notice_days"]
    return ngettext("%(n)s day", "%(n)s days", days) % {"n": days} if days else _account()


WORDS: dict[Period, Callable[[], str]] = {
    Period.ACCOUNT: _account,
    Period.LOG: _log,
    Period.NOTICE: _notice,
    Period.SESSION: lambda: gettext("until you sign out, at most 14 days"),
    Period.DAY: lambda: gettext("one day"),
    Period.TWO_DAYS: lambda: gettext("two days"),
    Period.LEDGER: lambda: gettext("as long as the expo’s records are kept"),
}


@dataclass(frozen=True)
class Kept:
    """A table with something of a person in it.

    `person` leads from a row to the person ("" where the row is the person). `told` are the fields that the person's own
    copy holds, `secret` personal ones that nobody is shown (digests, keys), `other` what says nothing of a person.
    """

    label: str
    person: str
    what: Words
    purpose: Words
    period: Period
    erasure: Erasure
    told: tuple[str, ...] = ()
    secret: tuple[str, ...] = ()
    other: tuple[str, ...] = ()

    @property
    def model(self) -> type[models.Model]:
        return apps.get_model(self.label)

    @property
    def named(self) -> set[str]:
        """Every field that the map speaks of."""
        return {self.person.partition("__")[0], *self.told, *self.secret, *self.other, "id"} - {""}

    def rows_of(self, user: models.Model) -> models.QuerySet[Any]:
        """The person's rows."""
        return self.model._default_manager.filter(**{self.person or "pk": user.pk})


def _pointer(label: str, person: str, what: Words, *, erasure: Erasure = Erasure.PSEUDONYM, period: Period = Period.LEDGER) -> Kept:
    """A row of a company or of the expo that says who wrote it, and nothing more of them."""
    return Kept(label, person, what, _("So that the organiser can answer who did it."), period, erasure)


ACCOUNT, PART, SAFETY = _("To know you and to write to you."), _("So that you can take part."), _("To keep your account safe.")

DATA_MAP: tuple[Kept, ...] = (
    Kept(
        "accounts.User",
        "",
        _("Your account"),
        ACCOUNT,
        Period.ACCOUNT,
        Erasure.PSEUDONYM,
        told=(
            *("email", "full_name", "phone", "language", "time_zone", "speaks", "date_joined", "last_login"),
            *("wants_match_mail", "mails_of_requests", "mails_of_meetings", "mails_of_reminders", "mails_of_messages"),
            "mails_of_agreements",
        ),
        secret=("password",),
        other=("is_superuser", "is_staff", "is_active", "erased_at", "end_announced_on"),
    ),
    Kept(
        "account.EmailAddress",
        "user",
        _("Your e-mail addresses"),
        ACCOUNT,
        Period.ACCOUNT,
        Erasure.DELETED,
        told=("email", "verified", "primary"),
    ),
    Kept(
        "account.EmailConfirmation",
        "email_address__user",
        _("Your e-mail addresses"),
        ACCOUNT,
        Period.ACCOUNT,
        Erasure.DELETED,
        told=("created", "sent"),
        secret=("key",),
    ),
    Kept(
        "mfa.Authenticator",
        "user",
        _("Two-step sign-in"),
        SAFETY,
        Period.ACCOUNT,
        Erasure.DELETED,
        told=("type", "created_at", "last_used_at"),
        secret=("data",),
    ),
    Kept(
        "usersessions.UserSession",
        "user",
        _("Where you are signed in"),
        SAFETY,
        Period.SESSION,
        Erasure.DELETED,
        told=("ip", "user_agent", "created_at", "last_seen_at"),
        secret=("session_key", "data"),
    ),
    Kept(
        "accounts.ApiKey",
        "user",
        _("Your API keys"),
        SAFETY,
        Period.ACCOUNT,
        Erasure.DELETED,
        told=("name", "scope", "created", "expiry", "last_used_at", "revoked_at"),
        secret=("digest", "token_key", "password_stamp"),
        other=("with_second_factor",),
    ),
    Kept("accounts.User_groups", "user", _("Your rights"), SAFETY, Period.ACCOUNT, Erasure.DELETED, told=("group",)),
    Kept("accounts.User_user_permissions", "user", _("Your rights"), SAFETY, Period.ACCOUNT, Erasure.DELETED, told=("permission",)),
    Kept(
        "accounts.OwnCopy",
        "person",
        _("Copies of your data that you asked for"),
        _("So that you can download them."),
        Period.DAY,
        Erasure.DELETED,
        told=("asked_at", "ready_at", "size"),
        secret=("name",),
    ),
    Kept(
        "participants.Member",
        "user",
        _("Companies you stand for"),
        PART,
        Period.ACCOUNT,
        Erasure.DELETED,
        told=("company", "role", "status", "job_title", "asked_at"),
    ),
    Kept(
        "participants.Consent",
        "person",
        _("What was shown of you"),
        _("So that you can see and take back what others see of you."),
        Period.ACCOUNT,
        Erasure.DELETED,
        told=("shown_to", "field", "purpose", "given_at", "until", "revoked_at"),
    ),
    Kept("programme.Seat", "person", _("Seats you reserved"), PART, Period.ACCOUNT, Erasure.DELETED, told=("forum", "reserved_at")),
    Kept(
        "foundation.OutboxMessage",
        "recipient",
        _("What you were told, and the mails of it"),
        ACCOUNT,
        Period.NOTICE,
        Erasure.DELETED,
        told=("kind", "way", "written_at", "sent_at", "read_at"),
        secret=("subject", "body", "stop_address", "calendar"),  # They may name others, whose data is not this person's to take.
        other=("message_id", "attempts", "next_attempt_at", "last_error", "link", "gathered_in", "to_address", "holds_secret"),
    ),
    Kept(
        "foundation.SheetImport",
        "who",
        _("Spreadsheets you uploaded"),
        _("To store their rows for your company."),
        Period.DAY,
        Erasure.DELETED,
        told=("kind", "uploaded_at", "stored_at", "status", "total", "file"),
        secret=("faults", "preview"),
        other=("key", "scope_id", "company_id", "options", "done", "new", "changed", "same", "bad", "digest", "attempts", "moved_at"),
    ),
    Kept(
        "foundation.ListExport",
        "who",
        _("Long lists you took as spreadsheets"),
        _("So that you can download them."),
        Period.DAY,
        Erasure.DELETED,
        told=("name", "form", "filters", "asked_at", "ready_at", "total"),
        secret=("key", "file", "digest"),
        other=("language", "as_staff", "status", "done", "attempts", "says", "moved_at"),
    ),
    Kept(
        "foundation.KeptAnswer",
        "user",
        _("Answers of the API to your programs"),
        _("So that a repeated request does no harm."),
        Period.TWO_DAYS,
        Erasure.DELETED,
        told=("at", "status"),
        secret=("key", "fingerprint", "body", "headers"),
    ),
    Kept(
        "foundation.Event",
        "actor",
        _("What you did here"),
        _("So that the organiser can answer questions about it."),
        Period.LOG,
        Erasure.PSEUDONYM,
        told=("at", "verb", "thing", "thing_id"),
        other=("data", "salt", "digest", "seal"),
    ),
    Kept(
        "admin.LogEntry",
        "user",
        _("What you did at the organiser’s desk"),
        _("So that the organiser can answer questions about it."),
        Period.LOG,
        Erasure.PSEUDONYM,
        told=("action_time", "action_flag"),
        other=("content_type", "object_id", "object_repr", "change_message"),
    ),
    _pointer("participants.Registration", "created_by", _("Registrations you began")),
    _pointer("participants.Block", "set_by", _("Companies you blocked for yours")),
    _pointer("agreements.Agreement", "recorded_by", _("Agreements you recorded")),
    _pointer("agreements.Agreement", "verified_by", _("Agreements you verified")),
    _pointer("agreements.Confirmation", "person", _("What you answered for your company about agreements")),
    _pointer("agreements.ConfirmationLink", "made_by", _("Links to agreements that you sent to other parties")),
    _pointer("agreements.Milestone", "person", _("What you said became of agreements")),
    _pointer("agreements.Introduction", "claimed_by", _("Introductions you claimed for your company")),
    _pointer("agreements.IntroductionConsent", "person", _("What you answered about introductions")),
    _pointer("agreements.FrozenReport", "frozen_by", _("Closing reports you froze")),
    _pointer("editions.Statistic", "entered_by", _("Figures you entered for the expo")),
    _pointer("matching.Verdict", "by", _("What you said of matches for your company")),
    Kept(
        "matching.Digest",
        "person",
        _("Mails of new matches"),
        _("So that no match is told twice."),
        Period.ACCOUNT,
        Erasure.DELETED,
        told=("looked_at", "sent_at"),
        other=("told",),
    ),
    _pointer("matching.MatchRun", "asked_by", _("Matching runs you asked for")),
    _pointer("participants.Company", "external_id_by", _("Reference numbers you gave")),
    _pointer("meetings.MeetingRequest", "sent_by", _("Meeting requests you sent")),
    _pointer("meetings.MeetingRequest", "answered_by", _("Meeting requests you answered")),
    _pointer("meetings.Message", "by", _("What you wrote for your company about a meeting")),
    _pointer("meetings.Seat", "person", _("Meetings you came to")),
    _pointer("meetings.Seat", "said_by", _("What you said of meetings for your company")),
    _pointer("meetings.Edit", "done_by", _("Changes of the meetings’ ground that you made")),
    _pointer("meetings.Edit", "undone_by", _("Changes of the meetings’ ground that you took back")),
    _pointer("meetings.PlanRun", "asked_by", _("Plans of meetings you asked for")),
    _pointer("meetings.PlanRun", "published_by", _("Plans of meetings you published")),
    _pointer("meetings.News", "by", _("Changes of meetings that people are still to be told of")),
    _pointer("meetings.Interpreter", "person", _("That you interpret at the expo")),
    _pointer("meetings.Webhook", "owner", _("Webhooks you set up for the expo")),
    Kept(
        "meetings.Occupancy",
        "person",
        _("Times at which you meet, or keep free"),
        PART,
        Period.ACCOUNT,
        Erasure.DELETED,
        told=("slot", "why"),
        other=("meeting", "registration", "place", "interpreter", "desk"),
    ),
    Kept(
        "meetings.CalendarFeed",
        "person",
        _("The address of your calendar"),
        PART,
        Period.ACCOUNT,
        Erasure.DELETED,
        told=("created_at", "revoked_at"),
        secret=("digest",),
    ),
    *(
        _pointer(f"{room}.Historical{name}", pointer, _("Changes you made to what your company shows"))
        for room, name, pointer in (
            ("participants", "Company", "history_user"),
            ("participants", "Registration", "history_user"),
            ("participants", "Registration", "created_by"),
            ("marketplace", "Offer", "history_user"),
            ("marketplace", "SourcingRequest", "history_user"),
            ("agreements", "Agreement", "history_user"),
            ("agreements", "Agreement", "recorded_by"),
            ("agreements", "Agreement", "verified_by"),
            ("agreements", "Party", "history_user"),
        )
    ),
)

# What only the organiser's staff have rows in: others need not read of it.
OF_STAFF = {
    "admin.LogEntry",
    "agreements.Agreement",
    "agreements.FrozenReport",
    "editions.Statistic",
    "matching.MatchRun",
    "accounts.User_groups",
    "accounts.User_user_permissions",
}


def of(label: str) -> Kept:
    return next(kept for kept in DATA_MAP if kept.label == label)
