"""Erasing a person: what is theirs goes, what must stay says nothing of them, and a backup that still knows them is told again."""

import contextlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F, Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext as _

from expo.accounts.models import OwnCopy, User
from expo.foundation import search, staff
from expo.foundation.bilingual import in_each_language
from expo.foundation.errors import NotAllowed
from expo.foundation.eventlog import empty, log
from expo.foundation.models import Event, KeptAnswer, ListExport, OutboxMessage, RequestCount, SheetImport
from expo.foundation.moves import locked
from expo.foundation.sealing import IS_LASTING
from expo.foundation.tombstones import bury, digest_of, known_digests
from expo.programme.models import Forum, Seat
from matchmaking.agreements.models import ConfirmationLink, Introduction, Milestone
from matchmaking.desk.errors import LastSuperuser, SoleOwner
from matchmaking.desk.privacy.copies import copy_path
from matchmaking.desk.privacy.datamap import DATA_MAP, Erasure
from matchmaking.marketplace.models import Offer, SourcingRequest
from matchmaking.participants.actions import close_company
from matchmaking.participants.models import Company, Member, Registration

# What the law or the record of the expo wants kept as it is, free text included: the ledger's own log.
LEGAL_HOLD = IS_LASTING
SHORTEST_WORD, SHORTEST_PHRASE = 2, 5
# A name counts where it is not part of a longer word; in JSON a letter may follow the sign of a line break or of another character.
NOT_WITHIN_A_WORD = r"((?<![0-9A-Za-z])|(?<=\\[nrt])|(?<=\\u[0-9a-f]{4}))", r"(?![0-9A-Za-z])"
SESSIONS_AT_ONCE = 500
# What has to do with a company, by the name that the log gives it: how it points there.
OF_COMPANY: dict[str, tuple[Any, str]] = {
    "participants.Company": (Company, "pk"),
    "participants.Member": (Member, "company"),
    "participants.Registration": (Registration, "company"),
    "marketplace.Offer": (Offer, "registration__company"),
    "marketplace.SourcingRequest": (SourcingRequest, "registration__company"),
}


def may_erase(by: User, user: User) -> bool:
    """Whether `by` may erase the person: themselves, or as staff with the permission; only a superuser erases staff."""
    if by.pk == user.pk:
        return True
    return staff.may(by, "accounts.erase_person") and (by.is_superuser or not (user.is_staff or user.is_superuser))


def solely_owned(user: User) -> QuerySet[Company]:
    """Companies that nobody but the person owns and that take part, or have others who stand for them. One query."""
    owns = Member.objects.filter(user=user, role=Member.Role.OWNER, status=Member.Status.ACTIVE)
    others = Member.objects.filter(role=Member.Role.OWNER, status=Member.Status.ACTIVE).exclude(user=user)
    found: QuerySet[Company] = Company.objects.filter(pk__in=owns.values("company")).exclude(pk__in=others.values("company"))
    return found.order_by("name")


@transaction.atomic
def erase_person(user: User, *, by: User | None, closing: bool = False) -> User:
    """Erase the person: sign-in, contact data, memberships, seats, mails, keys and copies go; the row stays under a pseudonym.

    What they did stays in the log and in the ledger, tied to the pseudonym. `by` is None for the site itself (the end of
    the period of keeping, a replay after a restore), which closes companies that nobody else owns; so does `closing`.
    Erasing again changes nothing. Uploaded files and copies go after the commit.

    Raises:
        NotAllowed: `by` may not erase this person.
        SoleOwner: companies would be left without an owner.
        LastSuperuser: nobody else could give rights.
    """
    user = locked(user)
    if by is not None and not may_erase(by, user):
        raise NotAllowed
    if user.erased_at is not None:
        return user
    if user.is_superuser and user.is_active and not User.objects.filter(is_superuser=True, is_active=True).exclude(pk=user.pk).exists():
        raise LastSuperuser
    alone = list(solely_owned(user))
    if alone and by is not None and not closing:
        raise SoleOwner(alone)
    for company in alone:
        close_company(company, by=by)
    if alone and by is not None:
        transaction.on_commit(search.renew_words)  # The site itself does it once, after the last one.
    traces = _traces_of(user)
    _end_sessions(user)
    _delete_what_is_theirs(user)
    _empty_what_speaks_of_them(traces)
    _pseudonymise(user)
    bury(digest_of("person", user.pk, user.date_joined))
    log(user, "erase_person", by=by if by is not None and by.pk != user.pk else None, themselves=by is not None and by.pk == user.pk)
    return user


def erase_again() -> int:
    """Erase everyone whose tombstone is here and who is not erased: after an older backup was restored. Returns how many."""
    digests, found = known_digests(), 0
    for user in User.objects.filter(erased_at__isnull=True).only("pk", "date_joined").iterator():
        if digest_of("person", user.pk, user.date_joined) in digests:
            erase_person(user, by=None)
            found += 1
    if found:
        search.renew_words()
    return found


@dataclass(frozen=True)
class Traces:
    """What would tell who it was: addresses, which are nobody else's, and names (the phone too), which may be words of the language.

    People may be called anything, a phrase of the site or 公司: a name is looked for where it stands as a name, and in free text only
    among those who had to do with them. `near` holds the people of the same companies, `companies` these, by number.
    """

    key: int
    name: str
    addresses: frozenset[str]
    names: frozenset[str]
    near: frozenset[int]
    companies: frozenset[int]

    @property
    def words(self) -> frozenset[str]:
        return self.addresses | self.names

    @property
    def telling(self) -> frozenset[str]:
        """The words that tell it in free text. A single Latin word may be any word of it."""
        return self.addresses | {word for word in self.names if not word.isascii() or (len(word) >= SHORTEST_PHRASE and not word.isalpha())}


def _traces_of(user: User) -> Traces:
    addresses = {user.email, *EmailAddress.objects.filter(user=user).values_list("email", flat=True)}
    names = {word for word in (user.full_name, user.phone) if len(word) >= SHORTEST_WORD}
    companies = frozenset(Member.objects.filter(user=user).values_list("company", flat=True))
    near = Member.objects.filter(company__in=companies).values_list("user", flat=True)
    return Traces(user.pk, user.get_short_name(), frozenset(addresses), frozenset(names), frozenset(near) - {user.pk}, companies)


def _end_sessions(user: User) -> None:
    for session in Session.objects.iterator(SESSIONS_AT_ONCE):
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            session.delete()


def _delete_what_is_theirs(user: User) -> None:
    about: dict[Any, list[Any]] = {User: [user.pk]}
    for kept in (one for one in DATA_MAP if one.erasure is Erasure.DELETED):
        about.setdefault(kept.model, []).extend(kept.rows_of(user).values_list("pk", flat=True))
    _forget_names_of(about)
    _free_seats(user)
    _delete_files(user)
    for kept in (one for one in DATA_MAP if one.erasure is Erasure.DELETED):
        kept.rows_of(user).delete()
    RequestCount.objects.filter(caller=f"user:{user.pk}").delete()


def _forget_names_of(about: dict[Any, list[Any]]) -> None:
    """The log keeps that something was done to these rows, not what it said or how they were called."""
    for model, keys in about.items():
        texts = [str(key) for key in keys]
        empty(Event.objects.filter(thing=model._meta.label, thing_id__in=texts))
        entries = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(model), object_id__in=texts)
        entries.update(object_repr="–", change_message="")


def _free_seats(user: User) -> None:
    forums = list(Seat.objects.filter(person=user).values_list("forum", flat=True))
    Forum.objects.filter(pk__in=forums, seats_taken__gt=0).update(seats_taken=F("seats_taken") - 1)


def _delete_files(user: User) -> None:
    sheets = [name for model in (SheetImport, ListExport) for name in model.objects.filter(who=user).values_list("file", flat=True) if name]
    copies = [copy_path(copy) for copy in OwnCopy.objects.filter(person=user)]
    transaction.on_commit(lambda: _unlink(sheets, copies))


def _unlink(names: Iterable[str], paths: Iterable[Path]) -> None:
    for name in names:
        with contextlib.suppress(OSError):
            default_storage.delete(name)
    for path in paths:
        path.unlink(missing_ok=True)


def _as_written(word: str) -> set[str]:
    """Return the word as it stands, and as JSON writes it: SQLite and the desk's log keep 张三 as \\u5f20\\u4e09, and all of them a quotation mark as \\"."""
    return {word, json.dumps(word)[1:-1], json.dumps(word, ensure_ascii=False)[1:-1]}


def _saying(words: Iterable[str], *columns: str) -> Q:
    """Return the rows that hold one of the words by itself, in whatever case, in one of the columns."""
    written = sorted(set().union(*map(_as_written, words)))
    pattern = f"({'|'.join(map(re.escape, written))})".join(NOT_WITHIN_A_WORD)
    return Q(*((f"{column}__iregex", pattern) for column in columns), _connector=Q.OR) if written else Q(pk__in=[])


def _as_value(names: Iterable[str], column: str, *, before_a_comma: bool = False) -> Q:
    """Return the rows whose JSON in the column has one of the names for a value, or as what a value begins with before a comma."""
    written = sorted(set().union(*map(_as_written, names)))
    end = '("|, )' if before_a_comma else '"'
    return Q(**{f"{column}__regex": rf': ?"({"|".join(map(re.escape, written))}){end}'}) if written else Q(pk__in=[])


def _asking(name: str) -> Q:
    """Return the notices that the person of this name asks to stand for a company: no other names somebody else."""
    company = "[^\n]+"
    parts = in_each_language(lambda: str(_("%(person)s asks to stand for %(company)s.") % {"person": name, "company": "\n"})).values()
    lines = [f"\n{company.join(map(re.escape, sentence.splitlines()))}\n" for sentence in parts]
    return Q(*(("body__regex", line) for line in lines), _connector=Q.OR) & Q(kind="join_asked")


def _empty_what_speaks_of_them(traces: Traces) -> None:
    """Notices to others, kept answers and logs that hold the address, the name or the phone lose their text: see `Traces`."""
    of_near = _asking(traces.name) & Q(recipient__in=traces.near)
    mails = OutboxMessage.objects.filter(_saying(traces.addresses, "subject", "body", "calendar", "last_error") | of_near)
    mails.filter(sent_at__isnull=True, kind__startswith="join_").delete()
    mails.filter(Q(sent_at__isnull=False) | Q(way=OutboxMessage.Way.DESK)).update(subject="–", body="", calendar="", last_error="")
    answers = _saying(traces.words, "body") & Q(user__in=traces.near)
    KeptAnswer.objects.filter(_saying(traces.addresses, "body") | _as_value(traces.names, "body") | answers).delete()
    _empty_lines(traces)
    _empty_beside_the_ledger(traces)


def _empty_beside_the_ledger(traces: Traces) -> None:
    """What the ledger rests on stays, names in it included. Addresses of links, and what was noted of deals and introductions, are not that."""
    OutboxMessage.objects.filter(_is_one_of(traces.addresses, "to_address")).delete()
    ConfirmationLink.objects.filter(_is_one_of(traces.addresses, "email")).update(email="")
    near = traces.near | {traces.key}
    for model, columns, whose in (
        (Milestone, ("note", "closed_reason"), Q(person__in=near) | Q(party__company__in=traces.companies)),
        (Introduction, ("note",), Q(claimed_by__in=near) | Q(introducer__in=traces.companies)),
    ):
        for column in columns:
            told = _saying(traces.addresses, column) | (_saying(traces.telling, column) & whose)
            model.objects.filter(pk__in=list(model.objects.filter(told).values_list("pk", flat=True))).update(**{column: "–"})


def _is_one_of(addresses: Iterable[str], column: str) -> Q:
    return Q(*((f"{column}__iexact", address) for address in addresses), _connector=Q.OR)


def _empty_lines(traces: Traces) -> None:
    events = Event.objects.exclude(LEGAL_HOLD).annotate(text=Cast("data", TextField()))
    saying = list(events.filter(_saying(traces.addresses, "text")).values_list("pk", flat=True))
    lines = events.filter(_saying(traces.telling, "text")).values_list("pk", "actor", "thing", "thing_id")
    saying += [pk for pk, actor, *thing in lines if actor in traces.near or _is_near(traces, *thing)]
    empty(Event.objects.filter(pk__in=saying))
    entries = list(LogEntry.objects.filter(_saying(traces.telling, "object_repr", "change_message")).select_related("content_type"))
    near = [one.pk for one in entries if _is_near(traces, _label_of(one), str(one.object_id))]
    told = _saying(traces.addresses, "object_repr", "change_message") | _as_value(traces.names, "change_message", before_a_comma=True)
    LogEntry.objects.filter(told | Q(pk__in=near)).update(object_repr="–", change_message="")


def _label_of(entry: LogEntry) -> str:
    model = entry.content_type.model_class() if entry.content_type else None
    return model._meta.label if model else ""


def _is_near(traces: Traces, thing: str, key: str) -> bool:
    """Whether the row is of those who had to do with the person: one of them, their company, or what it registered or posted."""
    if thing == User._meta.label:
        return key in map(str, traces.near)
    model, path = OF_COMPANY.get(thing, (None, ""))
    return model is not None and key.isdecimal() and model.objects.filter(**{"pk": key, f"{path}__in": traces.companies}).exists()


def _pseudonymise(user: User) -> None:
    user.email, user.full_name, user.phone = f"erased-{user.pk}@erased.invalid", "", ""
    user.language, user.time_zone = User.Language.ENGLISH, "Asia/Shanghai"
    user.set_unusable_password()
    user.is_active = user.is_staff = user.is_superuser = False
    user.last_login, user.end_announced_on, user.erased_at = None, None, timezone.now()
    user.save()
