"""The rows under a figure: exactly those that it counts. What the visitor may not see is counted and not shown, so that the sum is the figure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db.models import F, QuerySet
from django.urls import reverse
from django_countries import countries

from expo.editions.models import Edition
from expo.foundation.staff import may
from matchmaking.agreements import rules
from matchmaking.agreements.models import Agreement
from matchmaking.agreements.queries.outcome import in_yuan, sum_in_fen
from matchmaking.agreements.queries.report.bases import ORIGIN
from matchmaking.agreements.queries.report.measures import Amount, Counted, Entered, Measure, Share
from matchmaking.agreements.queries.report.published import plain
from matchmaking.agreements.queries.report.shapes import Both, Column, Drilled, RowShown
from matchmaking.agreements.queries.report.vocabulary import measure_of
from matchmaking.agreements.rules import Person
from matchmaking.participants.models import Company, Member
from matchmaking.participants.queries import with_page

Value = str | int | Decimal | None
Told = tuple[Value, ...]
ONE_PAGE = 50
INTRODUCED = "agreements_introduced"
CHUNK = 500
COMPANY = Column("company", Both("Company", "企业"))
COUNTRY = Column("country", Both("Country/region", "国家/地区"))
DAY = Column("day", Both("Day", "日期"), "day")
STATUS = Column("status", Both("State", "状态"))


@dataclass(frozen=True)
class Listing:
    """How rows of one kind are listed: columns, which rows a visitor may see, what to fetch with them, and what is told of a page of them."""

    columns: tuple[Column, ...]
    seen: Callable[[QuerySet[Any], Person], QuerySet[Any]]
    ready: Callable[[QuerySet[Any]], QuerySet[Any]]
    told: Callable[[list[Any], Person], list[RowShown]]


def rows_of(edition: Edition, key: str) -> QuerySet[Any] | None:
    """Return the very rows that a figure counts, None for a metric that there is not. Nothing is left out for anybody: see `drill_down`."""
    measure = measure_of(key)
    return measure.rows(edition) if measure else None


def drill_down(edition: Edition, key: str, *, visitor: Person, start: int = 0, stop: int = ONE_PAGE) -> Drilled | None:
    """Return the rows under a figure from `start` to before `stop`, as far as the visitor may see them; None for a metric that there is not.

    At most ten queries, whatever the number of rows.
    """
    measure = measure_of(key)
    if measure is None:
        return None
    rows, listing = measure.rows(edition), listing_of(measure)
    seen = listing.ready(listing.seen(rows, visitor))
    whole = measure.how.whole.rows(edition).count() if isinstance(measure.how, Share) else None
    amount = in_yuan(rows.aggregate(fen=sum_in_fen())["fen"]) if isinstance(measure.how, Amount) else None
    return Drilled(key, listing.columns, tuple(listing.told(list(seen[start:stop]), visitor)), rows.count(), seen.count(), whole, amount)


def every_row(edition: Edition, key: str, *, visitor: Person) -> Iterator[RowShown]:
    """Yield all rows under a figure that the visitor may see, a chunk in memory at a time."""
    measure = measure_of(key)
    if measure is None:
        return
    listing = listing_of(measure)
    seen = listing.ready(listing.seen(measure.rows(edition), visitor))
    for start in range(0, seen.count(), CHUNK):
        yield from listing.told(list(seen[start : start + CHUNK]), visitor)


def columns_of(key: str) -> tuple[Column, ...]:
    """Return the columns of the rows under a figure; none for a metric that there is not."""
    measure = measure_of(key)
    return listing_of(measure).columns if measure else ()


def may_see_rows(measure: Measure, visitor: Person) -> bool:
    """Say whether some of the rows under the measure may be for the visitor. Who meets whom is for those who meet, and for staff."""
    how = measure.how
    counted = how.part if isinstance(how, Share) else how
    if isinstance(counted, Counted) and (counted.base.name in {"requests", "meetings", "met"} or measure.key == INTRODUCED):
        return visitor.is_authenticated
    return measure.has_rows


def listing_of(measure: Measure) -> Listing:
    """Return how the rows of the measure are listed."""
    how = measure.how
    counted = how.part if isinstance(how, Share) else how
    if measure.key == INTRODUCED:
        return LISTINGS[INTRODUCED]
    if isinstance(counted, Counted):
        return ORIGINS if counted.by_origin else LISTINGS[counted.base.name]
    return LISTINGS["ledger"] if isinstance(how, Amount) else ENTRIES if isinstance(how, Entered) else NO_ROWS


def _registrations(rows: list[Any], visitor: Person) -> list[RowShown]:
    paged = with_page({row.company_id for row in rows}, visitor)
    return [
        RowShown(
            (row.company.title, str(row.company.country.name), str(row.company.get_kind_display()), str(row.get_status_display())),
            reverse("company", args=[row.company.slug]) if row.company_id in paged else "",
            row.company.is_demo,
        )
        for row in rows
    ]


def _visible(rows: QuerySet[Any], visitor: Person) -> QuerySet[Any]:
    queryset: Any = rows
    seen: QuerySet[Any] = queryset.visible_to(visitor)
    return seen


def _met_seen(rows: QuerySet[Any], visitor: Person) -> QuerySet[Any]:
    """That a company met somebody is known to itself and to staff who look after meetings."""
    return rows if may(visitor, "meetings.view_meeting") else rows.filter(company__in=Member.objects.of(visitor))


def _by_company(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.select_related("company").order_by("company__name", "pk")


def _origins(rows: list[Any], _visitor: Person) -> list[RowShown]:
    organisations = [int(row[ORIGIN].partition(":")[2]) for row in rows if ":" in row[ORIGIN]]
    names = {f"org:{one.pk}": one.title for one in Company.objects.filter(pk__in=organisations)} if organisations else {}
    return [RowShown((names.get(row[ORIGIN]) or str(countries.name(row[ORIGIN])), row["number"]), "") for row in rows]


def _forums(rows: list[Any], _visitor: Person) -> list[RowShown]:
    return [
        RowShown((str(row.title), str(row.get_kind_display()), row.on.isoformat() if row.on else None), reverse("forum", args=[row.key]))
        for row in rows
    ]


def _requests(rows: list[Any], _visitor: Person) -> list[RowShown]:
    return [
        RowShown(
            (row.sender.company.title, row.receiver.company.title, row.answered_at.isoformat() if row.answered_at else None),
            "",
            row.is_demo,
        )
        for row in rows
    ]


def _meetings(rows: list[Any], _visitor: Person) -> list[RowShown]:
    return [
        RowShown(
            (
                row.request.sender.company.title,
                row.request.receiver.company.title,
                row.slot.starts_at.isoformat() if row.slot else None,
                str(row.get_status_display()),
            ),
            reverse("meeting", args=[row.pk]),
            row.request.is_demo,
        )
        for row in rows
    ]


def _debuts(rows: list[Any], _visitor: Person) -> list[RowShown]:
    return [
        RowShown(
            (row.title_here, row.registration.company.title, str(row.segment.name), str(row.get_status_display())),
            reverse("offer", args=[row.pk]),
            row.is_demo,
        )
        for row in rows
    ]


def _agreements(rows: list[Any], visitor: Person) -> list[RowShown]:
    traced = rules.may_trace(visitor)
    keys = [row.pk for row in rows]
    own = set() if traced else set(Agreement.objects.of_party(visitor).filter(pk__in=keys).values_list("pk", flat=True))
    public = Agreement.Visibility.PUBLIC
    return [_agreement(row, named=traced or row.pk in own or row.visibility == public, traced=traced, own=row.pk in own) for row in rows]


def _agreement(row: Any, *, named: bool, traced: bool, own: bool) -> RowShown:
    parties = "; ".join(party.name for party in row.parties.all()) if named else ""
    values: Told = (
        row.label,
        row.title if named else "",
        str(row.get_kind_display()),
        str(row.chain.short_name),
        str(row.segment.name) if row.segment else "",
        row.signed_on.isoformat(),
        parties,
        row.amount,
        row.currency,
        row.amount_cny,
    )
    if traced:
        return RowShown(values, reverse("admin:agreements_agreement_change", args=[row.pk]), row.is_demo)
    return RowShown(values, reverse("own_agreement", args=[row.pk]) if own else "", row.is_demo)


def _ledger_seen(rows: QuerySet[Any], visitor: Person) -> QuerySet[Any]:
    queryset: Any = rows
    seen: QuerySet[Any] = queryset if rules.may_trace(visitor) else queryset.known_to(visitor)
    return seen


def _introduced_seen(rows: QuerySet[Any], visitor: Person) -> QuerySet[Any]:
    """That somebody brought the parties together is known to them and to the organiser, whoever else reads the agreement."""
    return rows if rules.may_trace(visitor) else rows.filter(pk__in=Agreement.objects.of_party(visitor).order_by().values("pk"))


def _ledger_ready(rows: QuerySet[Any]) -> QuerySet[Any]:
    queryset: Any = rows
    ready: QuerySet[Any] = queryset.for_list().order_by("number", "pk")
    return ready


def _entries(rows: list[Any], _visitor: Person) -> list[RowShown]:
    return [
        RowShown(
            (
                str(row.metric.name),
                row.day.isoformat() if row.day else None,
                plain(row.value),
                str(row.get_qualifier_display()),
                row.source_note,
                row.measured_at.isoformat(),
            ),
            "",
            row.is_demo,
        )
        for row in rows
    ]


_REGISTERED = (COMPANY, COUNTRY, Column("kind", Both("Kind", "类别")), STATUS)
_TWO_SIDES = (Column("sender", Both("Who asked", "发起方")), Column("receiver", Both("Who was asked", "受邀方")))
LISTINGS: dict[str, Listing] = {
    "exhibiting": Listing(_REGISTERED, _visible, _by_company, _registrations),
    "sign_ups": Listing(_REGISTERED, _visible, _by_company, _registrations),
    "met": Listing(_REGISTERED, _met_seen, _by_company, _registrations),
    "forums": Listing(
        (Column("title", Both("Title", "名称")), Column("kind", Both("Kind", "类别")), DAY),
        lambda rows, _visitor: rows,
        lambda rows: rows.order_by(F("on").asc(nulls_last=True), "pk"),
        _forums,
    ),
    "requests": Listing(
        (*_TWO_SIDES, Column("answered_at", Both("Answered", "答复时间"), "moment")),
        _visible,
        lambda rows: rows.select_related("sender__company", "receiver__company").order_by("pk"),
        _requests,
    ),
    "meetings": Listing(
        (*_TWO_SIDES, Column("starts_at", Both("Begins", "开始时间"), "moment"), STATUS),
        _visible,
        lambda rows: rows.select_related("request__sender__company", "request__receiver__company", "slot").order_by("pk"),
        _meetings,
    ),
    "debuts": Listing(
        (Column("title", Both("Title", "名称")), COMPANY, Column("segment", Both("Segment", "环节")), STATUS),
        _visible,
        lambda rows: rows.select_related("registration__company", "segment").order_by("pk"),
        _debuts,
    ),
    "ledger": Listing(
        (
            Column("number", Both("Number", "编号")),
            Column("title", Both("Title", "名称")),
            Column("kind", Both("Kind", "类别")),
            Column("chain", Both("Chain", "链")),
            Column("segment", Both("Segment", "环节")),
            Column("signed_on", Both("Signed on", "签署日期"), "day"),
            Column("parties", Both("Parties", "签约方")),
            Column("amount", Both("Amount", "金额"), "number"),
            Column("currency", Both("Currency", "币种")),
            Column("amount_cny", Both("Amount in yuan", "折合人民币"), "money"),
        ),
        _ledger_seen,
        _ledger_ready,
        _agreements,
    ),
}  # fmt: skip
LISTINGS[INTRODUCED] = replace(LISTINGS["ledger"], seen=_introduced_seen)
ORIGINS = Listing(
    (COUNTRY, Column("exhibitors", Both("Exhibitors", "参展方"), "number")), lambda rows, _visitor: rows, lambda rows: rows, _origins
)
ENTRIES = Listing(
    (
        Column("metric", Both("Figure", "数据")),
        DAY,
        Column("value", Both("Value", "数值"), "number"),
        Column("qualifier", Both("How exact", "精确程度")),
        Column("source", Both("Source", "来源")),
        Column("measured_at", Both("Measured", "统计时间"), "moment"),
    ),
    _visible,
    lambda rows: rows.select_related("metric").order_by("metric__order", "day", "pk"),
    _entries,
)
NO_ROWS = Listing((), lambda rows, _visitor: rows, lambda rows: rows, lambda _rows, _visitor: [])
