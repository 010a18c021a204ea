"""Counts that pages show again and again, kept in the process until something they count is written.

One cheap query names the state of all that they depend on. A kept value is used only under exactly that name, so that it is
what its query would give now, in every process, right after each write.
"""

from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any, TypeVar, cast

from django.contrib.admin.models import LogEntry
from django.db import connection
from django.db.models import CharField, Model
from django.db.models.expressions import RawSQL
from django.utils import timezone

from expo.editions.models import Chain, ChainArea, Segment, SegmentLink
from expo.foundation.models import Event
from matchmaking.marketplace.models import Certificate, Offer, OfferCertificate, RequestCertificate, SourcingRequest
from matchmaking.matching.models import SegmentLook
from matchmaking.participants.models import Company, Registration

T = TypeVar("T")
MOST_COUNTS, MOST_LISTS = 400, 300
# Two writes that overlap come to light in another order than their numbers say: the sum over the last ones tells of a late one.
LAST_EVENTS = 64
# Frequent, and nothing that is counted: they name no new state.
UNCOUNTED = ("accounts.User", "agreements.Agreement", "participants.Consent", "participants.Member", "programme.Forum", "programme.Seat")


def state_of_the_market() -> str:
    """Name the state of postings, companies, registrations, segments and gaps, and the day. One query over the ends of indexes.

    Every verb leaves a row in the log, every save of a posting, company or registration one of history, the organiser's desk its own
    log entry. What writes in bulk logs once (`expo.foundation.eventlog`).
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_numbers()}", UNCOUNTED)
        return state_from(cast("tuple[str]", cursor.fetchone())[0])


def state_column() -> RawSQL:
    """Return the same as a column, for a query that is made anyway; `state_from` makes the state of it."""
    return RawSQL(_numbers(), UNCOUNTED, output_field=CharField())  # noqa: S611 - names of our own, no input


def state_from(numbers: str) -> str:
    """Return the state of the market today from what `state_column` read."""
    return f"{timezone.localdate():%Y%m%d}-{numbers}"


@cache
def _numbers() -> str:
    models: list[Any] = [
        Offer, SourcingRequest, OfferCertificate, RequestCertificate, Certificate, Segment, Chain, ChainArea,
        SegmentLink, SegmentLook, LogEntry,
        Company.history.model, Registration.history.model, Offer.history.model, SourcingRequest.history.model,
    ]  # fmt: skip
    ends = [f"(SELECT MAX({_key(model)}) FROM {_table(model)})" for model in models]  # noqa: S608 - names of our own
    places = ", ".join(["%s"] * len(UNCOUNTED))
    last = f"SELECT id FROM {_table(Event)} WHERE thing NOT IN ({places}) ORDER BY id DESC LIMIT {LAST_EVENTS}"  # noqa: S608 - as above
    numbers = [*ends, f"(SELECT SUM(id) FROM ({last}) AS latest)"]  # noqa: S608 - as above
    return " || '-' || ".join(f"COALESCE({number}, 0)" for number in numbers)


def _table(model: type[Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _key(model: type[Model]) -> str:
    pk = model._meta.pk
    assert pk is not None  # noqa: S101 - every table has a key
    return connection.ops.quote_name(str(pk.column))


class Shelf:
    """Room for so many values, each under its name with the state that it was worked out in; the longest unused goes first."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.rows: OrderedDict[str, tuple[str, Any]] = OrderedDict()

    def get(self, name: str, state: str, work_out: Callable[[], T]) -> T:
        known = self.rows.get(name)
        if known is not None and known[0] == state:
            with suppress(KeyError):  # Another thread may just have dropped it.
                self.rows.move_to_end(name)
            return cast("T", known[1])
        made = work_out()
        self.rows[name] = (state, made)
        while len(self.rows) > self.most:
            self.rows.popitem(last=False)
        return made


_counts, _lists = Shelf(MOST_COUNTS), Shelf(MOST_LISTS)


def kept(name: str, state: str, work_out: Callable[[], T]) -> T:
    """Return what was worked out under this name in this state, or work it out now. A process keeps at most 400 counts.

    Whoever gets it must not change it.
    """
    return _counts.get(name, state, work_out)


def kept_list(name: str, state: str, work_out: Callable[[], T]) -> T:
    """As `kept`, for what belongs to one of many rows: these, 300 at most, do not drive the counts out."""
    return _lists.get(name, state, work_out)


def forget() -> None:
    """Forget everything; for whoever changes the rows without a trace."""
    _counts.rows.clear()
    _lists.rows.clear()
