"""Counts that pages show again and again, kept in the process until something they count is written.

One cheap query names the state of all that they depend on. A kept value is used only under exactly that name, so that it is
what its query would give now, in every process, right after each write.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from typing import Any, TypeVar, cast

from django.contrib.admin.models import LogEntry
from django.db import connection
from django.db.models import Model
from django.utils import timezone

from expo.editions.models import Chain, ChainArea, Segment
from expo.foundation.models import Event
from matchmaking.marketplace.models import Certificate, Offer, OfferCertificate, RequestCertificate, SourcingRequest
from matchmaking.matching.models import SegmentLook
from matchmaking.participants.models import Company, Registration

T = TypeVar("T")
MOST_KEPT = 400
# Two writes that overlap come to light in another order than their numbers say: the sum over the last ones tells of a late one.
LAST_EVENTS = 64
# Frequent, and nothing that is counted: they name no new state.
UNCOUNTED = ("accounts.User", "agreements.Agreement", "participants.Consent", "participants.Member", "programme.Forum", "programme.Seat")
_kept: OrderedDict[str, tuple[str, Any]] = OrderedDict()


def state_of_the_market() -> str:
    """Name the state of postings, companies, registrations, segments and gaps, and the day. One query over the ends of indexes.

    Every verb leaves a row in the log, every save of a posting, company or registration one of history, the organiser's desk its own
    log entry. What writes in bulk logs once (`expo.foundation.eventlog`).
    """
    with connection.cursor() as cursor:
        cursor.execute(_statement(), UNCOUNTED)
        numbers = cast("Sequence[Any]", cursor.fetchone())
    return "-".join([f"{timezone.localdate():%Y%m%d}", *(f"{int(number or 0)}" for number in numbers)])


@cache
def _statement() -> str:
    models: list[Any] = [
        Offer, SourcingRequest, OfferCertificate, RequestCertificate, Certificate, Segment, Chain, ChainArea, SegmentLook, LogEntry,
        Company.history.model, Registration.history.model, Offer.history.model, SourcingRequest.history.model,
    ]  # fmt: skip
    ends = [f"(SELECT MAX({_key(model)}) FROM {_table(model)})" for model in models]  # noqa: S608 - names of our own
    places = ", ".join(["%s"] * len(UNCOUNTED))
    last = f"SELECT id FROM {_table(Event)} WHERE thing NOT IN ({places}) ORDER BY id DESC LIMIT {LAST_EVENTS}"  # noqa: S608 - names of our own
    return f"SELECT {', '.join(ends)}, (SELECT SUM(id) FROM ({last}) AS latest)"  # noqa: S608 - as above


def _table(model: type[Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _key(model: type[Model]) -> str:
    pk = model._meta.pk
    assert pk is not None  # noqa: S101 - every table has a key
    return connection.ops.quote_name(str(pk.column))


def kept(name: str, state: str, work_out: Callable[[], T]) -> T:
    """Return what was worked out under this name in this state, or work it out now. At most 400 names are kept in a process.

    Whoever gets it must not change it.
    """
    known = _kept.get(name)
    if known is not None and known[0] == state:
        with suppress(KeyError):  # Another thread may just have dropped it.
            _kept.move_to_end(name)
        return cast("T", known[1])
    made = work_out()
    _kept[name] = (state, made)
    while len(_kept) > MOST_KEPT:
        _kept.popitem(last=False)
    return made


def forget() -> None:
    """Forget everything; for whoever changes the rows without a trace."""
    _kept.clear()
