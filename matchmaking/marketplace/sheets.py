"""Spreadsheets of this room: a company's offers and requests."""

import copy
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from expo.accounts.models import User
from expo.editions.sheets import segment_option
from expo.foundation.money import CURRENCY_CHOICES
from expo.foundation.sheets.choices import Choice, Choices, Countries, Country, countries_known, options_of
from expo.foundation.sheets.columns import Amount, Column, Day, Flag, Names, Option, Text, Told, Whole, Wrong, number, quoted
from expo.foundation.sheets.kinds import Entry, Given, Report, Scope, Sheet
from expo.foundation.units import UNIT_CHOICES
from matchmaking.marketplace import rules
from matchmaking.marketplace.actions.bulk import PERMITTED, PreparedPostings, Stated, store_postings
from matchmaking.marketplace.actions.saving import LONGEST_NAME, MOST_CERTIFICATES, faults_of
from matchmaking.marketplace.models import (
    INCOTERMS,
    LANGUAGES,
    LONGEST_LEAD_DAYS,
    VISIBILITIES,
    Certificate,
    Offer,
    OfferCertificate,
    PostingStatus,
    RequestCertificate,
    SourcingRequest,
)
from matchmaking.marketplace.normalise import certificate_key
from matchmaking.marketplace.states import EDITABLE
from matchmaking.marketplace.wording import PER
from matchmaking.participants.models import Registration
from matchmaking.participants.queries import segments_of

STATUS_WORDS = dict(PostingStatus.choices)  # Django's own look-up hashes all eight of them for each row.
HS_DIGITS = re.compile(r"\d{2}(\d{2}(\d{2})?)?", re.ASCII)
HS_MARKS = re.compile(r"[.\s]")
WITH_DAY = re.compile(r"(.*\S)\s*[(（](\d{4}-\d{2}-\d{2})[)）]")
UNTIL = {PostingStatus.DRAFT, PostingStatus.CHANGES_REQUESTED}
BIGGEST_KEY = 2**63 - 1
MOST_ANSWERS = 10_000


@dataclass(frozen=True)
class HSCode(Column):
    def read(self, text: str) -> str:
        digits = HS_MARKS.sub("", text)
        if digits and not HS_DIGITS.fullmatch(digits):
            raise Wrong(
                gettext_lazy("“%(value)s” is no HS code. Expected: 2, 4 or 6 digits as text, so that a nought in front stays."),
                value=quoted(text),
            )
        return digits


@dataclass(frozen=True)
class Certificates(Names):
    """Names with semicolons between them, each with its last day in brackets where it has one; read as pairs."""

    with_days: bool = True

    def read(self, text: str) -> Any:
        names = super().read(text)
        pairs = [self._pair(name) for name in names]
        found = {certificate_key(name): (name, until) for name, until in pairs if certificate_key(name)}
        return tuple(sorted(found.values()))

    def _pair(self, name: str) -> tuple[str, date | None]:
        found = WITH_DAY.fullmatch(name)
        if not found or not self.with_days:
            return name, None
        return found[1], Day("day", "").read(found[2])

    def write(self, value: Any) -> str:
        return "; ".join(f"{name} ({until.isoformat()})" if until else name for name, until in value or ())


class Postings(Sheet):
    """What offers and requests share: found by the site's number or by the company's own reference."""

    model: Any = None
    held: Any = None
    kind = ""
    choices = {
        "then": (
            gettext_lazy("What then?"),
            [
                ("draft", gettext_lazy("Save new ones as drafts: only you see them.")),
                ("submit", gettext_lazy("Hand new ones and drafts in, as the button on the form does.")),
            ],
        )
    }

    def scope(self, by: User, scope_id: int, options: Mapping[str, Any]) -> Scope | None:
        registration = Registration.objects.of(by).select_related("company", "edition").filter(pk=scope_id).first()
        if registration is None or registration.role != rules.ROLE_OF[self.kind] or not rules.may_post(by, registration, self.kind):
            return None
        return Scope(by, registration, registration.company_id, dict(options))

    def about(self, scope: Scope) -> str:
        return f"{scope.row.company.title} · {scope.row.edition.short_name}"

    def home(self, scope: Scope) -> str:
        return reverse("desk")

    def rows(self, scope: Scope) -> Iterable[Any]:
        yield from self._with_certificates(self.model.objects.filter(registration=scope.row)).order_by("pk").iterator(chunk_size=500)

    def count(self, scope: Scope) -> int:
        return int(self.model.objects.filter(registration=scope.row).count())

    def _with_certificates(self, rows: Any) -> Any:
        named = self.held.objects.select_related("certificate").order_by("certificate__name")
        return rows.select_related("segment__chain").prefetch_related(Prefetch("certificates", named))

    def columns(self, scope: Scope) -> list[Column]:
        segments = scope.memo.setdefault("segments", list(segments_of(scope.row.edition)))
        return self.declared(lambda: [segment_option(segment) for segment in segments])

    def declared(self, segments: Callable[[], Sequence[Option]]) -> list[Column]:
        """Return the columns in their order."""
        raise NotImplementedError

    def find(self, rows: Sequence[Given], scope: Scope, report: Report) -> Mapping[int, Any]:
        references = {row.number: row.cells.get("external_id", "") for row in rows}
        numbers = {row.number: self._number(row) for row in rows}
        wanted = Q(external_id__in={text for text in references.values() if text}) | Q(pk__in={one for one in numbers.values() if one})
        there = list(self._with_certificates(self.model.objects.filter(wanted, registration=scope.row)))
        by_pk, by_reference = {one.pk: one for one in there}, {one.external_id: one for one in there if one.external_id}
        found = {}
        for row in rows:
            key, reference = numbers[row.number], references[row.number]
            one = by_pk.get(key) if key else by_reference.get(reference)
            if key and one is None:
                report(
                    row.number,
                    "number",
                    Wrong(gettext_lazy("There is no posting of yours with this number. Leave the cell empty for a new one.")),
                )
            elif reference and by_reference.get(reference, one) is not one:
                report(row.number, "external_id", Wrong(gettext_lazy("Another posting of yours has this reference already.")))
            elif not reference and not row.cells.get("number"):
                report(row.number, "external_id", Wrong(gettext_lazy("Give your own reference: by it the row is found again.")))
            self._once(row.number, one, reference, scope, report)
            if one is not None:
                found[row.number] = one
        return found

    @staticmethod
    def _number(row: Given) -> int | None:
        value = number(row.cells.get("number", ""))
        # What is no number at all, the column itself refuses.
        return int(value) if value is not None and value == value.to_integral_value() and 0 < value <= BIGGEST_KEY else None

    @staticmethod
    def _once(number: int, one: Any, reference: str, scope: Scope, report: Report) -> None:
        seen = scope.memo.setdefault("seen", {})
        for key, column in (
            (("pk", one.pk) if one is not None else None, "number"),
            (("own", reference) if reference else None, "external_id"),
        ):
            if key is None:
                continue
            first = seen.setdefault(key, number)
            if first != number:
                report(
                    number, "external_id" if reference else column, Wrong(gettext_lazy("Row %(row)s is about the same posting."), row=first)
                )
                return

    def faults(self, row: Any, values: Mapping[str, Any], scope: Scope) -> Mapping[str, Sequence[str]]:
        if row is not None and row.status not in EDITABLE:
            return {"external_id": [_("This posting has come to its end; it can no longer be changed.")]}
        posting = self.model(registration=scope.row) if row is None else copy.copy(row)
        for name, value in values.items():
            if name == "segment":
                posting.segment_id = value
            elif name not in {"certificates", "number"}:
                setattr(posting, name, value)
        return faults_of(posting, checked=PERMITTED)

    def completed(self, row: Any, values: dict[str, Any], scope: Scope) -> dict[str, Any]:
        # The number only says which posting is meant: an empty one beside a known reference changes nothing.
        stated = {name: value for name, value in values.items() if name != "number"}
        hands_in = scope.options.get("then") == "submit" and (row is None or row.status in UNTIL)
        return {**stated, "submit": True} if hands_in else stated

    def stamp(self, row: Any) -> str:
        return str(row.changed_at.isoformat())

    def prepare(self, entries: Sequence[Entry], scope: Scope, say: Callable[[int], None]) -> Callable[[], None]:
        made = PreparedPostings(self.model, [self._stated(entry) for entry in entries], by=scope.by, registration=scope.row, say=say)

        def store() -> None:
            with closing(made):
                made.store()

        return store

    def store(self, entries: Sequence[Entry], scope: Scope) -> None:
        store_postings(self.model, [self._stated(entry) for entry in entries], by=scope.by, registration=scope.row)

    @staticmethod
    def _stated(entry: Entry) -> Stated:
        fields = {name: value for name, value in entry.values.items() if name not in {"certificates", "number", "submit"}}
        held = entry.values.get("certificates")
        return Stated(entry.pk, fields, None if held is None else dict(held), bool(entry.values.get("submit")), entry.stamp)

    def _what(self, title: str | Promise, segments: Callable[[], Sequence[Option]]) -> list[Column]:
        return [
            Text("external_id", gettext_lazy("Own reference"), gettext_lazy("Your own number for it. The next upload finds the row again by it."), longest=80),
            Text("title", gettext_lazy("Title"), title, required=True, longest=160, width=44),
            Choice("segment", gettext_lazy("Segment"), gettext_lazy("Where on the chain; see the permitted values."), required=True, options=segments, get=lambda row: row.segment_id, width=30),
            Text("description", gettext_lazy("Description"), longest=6000, one_line=False, width=50),
            Choice("language", gettext_lazy("Written in"), gettext_lazy("The language of title and description."), required=True, options=lambda: options_of(LANGUAGES)),
            Text("title_other", gettext_lazy("Title in the other language"), longest=160, width=44),
            HSCode("hs_code", gettext_lazy("HS code"), gettext_lazy("2, 4 or 6 digits.")),
            Choice("unit", gettext_lazy("Unit"), gettext_lazy("What quantities are counted in. Empty means pieces."), options=units_known, empty="pc"),
        ]  # fmt: skip

    def _end(self, shown: str | Promise, with_days: bool) -> list[Column]:  # noqa: FBT001 - two kinds, two words
        return [
            Choices("incoterms", gettext_lazy("Incoterms"), gettext_lazy("With commas between them."), options=lambda: options_of(INCOTERMS)),
            Certificates("certificates", gettext_lazy("Certificates"), shown, get=_held, longest=LONGEST_NAME, most=MOST_CERTIFICATES, with_days=with_days, width=36, options=_known_certificates),
        ]  # fmt: skip

    def _told(self) -> list[Column]:
        return [
            Whole("number", gettext_lazy("Number"), gettext_lazy("The site's own. Leave it as it is; empty for a new row."), get=lambda row: row.pk, most=BIGGEST_KEY),
            Told("status", gettext_lazy("Status"), gettext_lazy("Where it stands. Not read."), get=lambda row: STATUS_WORDS[row.status]),
            Told("valid_until", gettext_lazy("Open until"), gettext_lazy("Not read."), get=lambda row: row.valid_until),
        ]  # fmt: skip


class Offers(Postings):
    name, title, kind = "offers", gettext_lazy("Offers"), "offer"
    model, held = Offer, OfferCertificate

    def declared(self, segments: Callable[[], Sequence[Option]]) -> list[Column]:
        return [
            *self._what(gettext_lazy("One product or service, with the figure buyers ask for first."), segments),
            Amount("unit_price", gettext_lazy("Price"), gettext_lazy("For one unit, without the currency."), places=4, least=Decimal(0)),
            Choice("currency", gettext_lazy("Currency"), options=lambda: options_of(CURRENCY_CHOICES)),
            Choice("price_unit", gettext_lazy("Price per"), gettext_lazy("What the price is for."), options=units_known),
            Amount("minimum_quantity", gettext_lazy("Smallest order"), least=Decimal("0.001")),
            Amount("monthly_capacity", gettext_lazy("Capacity a month"), least=Decimal("0.001")),
            Whole("lead_time_days", gettext_lazy("Lead time in days"), gettext_lazy("0 means from stock."), most=LONGEST_LEAD_DAYS),
            Country("origin", gettext_lazy("Origin"), gettext_lazy("Country or region, by code or name."), options=countries_known),
            Countries("ships_to", gettext_lazy("Ships to"), gettext_lazy("With commas between them. Empty means anywhere."), options=countries_known),
            *self._end(gettext_lazy("With semicolons between them, the last day in brackets: ISO 9001 (2028-01-31); CE"), with_days=True),
            Flag("is_debut", gettext_lazy("Debut"), gettext_lazy("Yes where it is shown for the first time."), options=lambda: FLAGS),
            *self._told(),
        ]  # fmt: skip

    def faults(self, row: Any, values: Mapping[str, Any], scope: Scope) -> Mapping[str, Sequence[str]]:
        wrong = dict(super().faults(row, values, scope))
        before = {certificate_key(name): until for name, until in (_held(row) if row is not None else ())}
        for name, until in values.get("certificates", ()):
            if until is not None and until < timezone.localdate() and before.get(certificate_key(name)) != until:
                wrong.setdefault(
                    "certificates", [_("“%(name)s” ended on %(day)s. Give the renewed date, or remove it.") % {"name": name, "day": until}]
                )
        return wrong


class Requests(Postings):
    name, title, kind = "requests", gettext_lazy("Requests"), "request"
    model, held = SourcingRequest, RequestCertificate

    def declared(self, segments: Callable[[], Sequence[Option]]) -> list[Column]:
        musts = SourcingRequest.Requirement.choices
        return [
            *self._what(gettext_lazy("One product or service, with the figure that decides."), segments),
            Amount("quantity", gettext_lazy("Quantity"), least=Decimal("0.001")),
            Amount("budget", gettext_lazy("Budget for one unit"), places=4, least=Decimal(0)),
            Choice("currency", gettext_lazy("Currency"), options=lambda: options_of(CURRENCY_CHOICES)),
            Choice("budget_unit", gettext_lazy("Budget per"), options=units_known),
            Day("needed_by", gettext_lazy("Needed by"), gettext_lazy("Year-month-day.")),
            Country("deliver_to", gettext_lazy("Deliver to"), gettext_lazy("Country or region, by code or name."), options=countries_known),
            Countries("origins_accepted", gettext_lazy("Origins accepted"), gettext_lazy("With commas between them. Empty means any."), options=countries_known),
            *self._end(gettext_lazy("Those asked for, with semicolons between them."), with_days=False),
            Choices("musts", gettext_lazy("Must have"), gettext_lazy("What an offer may not miss, with commas between them. The rest are wishes."), options=lambda: options_of(musts), width=40),
            Choice("visibility", gettext_lazy("Who may see it"), gettext_lazy("Empty means everyone."), options=lambda: options_of(VISIBILITIES), empty="public"),
            Whole("answer_cap", gettext_lazy("Most answers"), gettext_lazy("Empty means no limit."), least=1, most=MOST_ANSWERS),
            *self._told(),
        ]  # fmt: skip

    def faults(self, row: Any, values: Mapping[str, Any], scope: Scope) -> Mapping[str, Sequence[str]]:
        wrong = dict(super().faults(row, values, scope))
        needed_by = values.get("needed_by")
        if needed_by is not None and needed_by < timezone.localdate():
            wrong["needed_by"] = [_("That day is past. Write the day by which it has to be there.")]
        return wrong


FLAGS = [Option(True, "yes"), Option(False, "no")]


def units_known() -> list[Option]:
    """Return the units, understood by the name of one of them, too: "piece", "kilogram", "day of work"."""
    of_one = {option.value: option.names for option in options_of(PER.items())}
    return [
        replace(option, names=(*option.names, *(name.removesuffix("s") for name in option.names), *of_one.get(option.value, ())))
        for option in options_of(UNIT_CHOICES)
    ]


def _known_certificates() -> list[Option]:
    return [Option(name, name) for name in Certificate.objects.order_by("name").values_list("name", flat=True)[:200]]


def _held(row: Any) -> tuple[tuple[str, date | None], ...]:
    return tuple(sorted((one.certificate.name, getattr(one, "valid_until", None)) for one in row.certificates.all()))


SHEETS = [Offers(), Requests()]
