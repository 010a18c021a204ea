"""What the results page and the list of agreements show: reads, shaped for the page."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from expo.editions.models import Chain, Disagreement, Edition, Metric, ReportedFigure, Source
from expo.foundation.bilingual import is_chinese
from expo.foundation.money import spoken
from matchmaking.agreements import rules, wording
from matchmaking.agreements.models import Agreement, Party
from matchmaking.agreements.queries import Outcome
from matchmaking.agreements.rules import Person
from matchmaking.participants.models import Company

GROUP_NAMES = {
    "taking_part": gettext_lazy("Taking part"),
    "ground": gettext_lazy("On the ground"),
    "audience": gettext_lazy("Audience"),
    "events": gettext_lazy("Events"),
    "outcomes": gettext_lazy("Outcomes"),
}
# Units that are said with the figure itself.
CURRENCY_UNITS = ("CNY", "USD")
# Metrics that the ledger counts too. Published figures that lump both kinds together stand beside both together.
AGREEMENTS_METRICS = ("agreements_signed", "cooperation_agreements")
INTENTIONS_METRICS = ("cooperation_intentions",)
BOTH_METRICS = ("agreements_and_intentions",)
AMOUNT_METRICS = ("agreements_value_cny", "agreements_value_usd")


@dataclass(frozen=True)
class SaidFigure:
    """A figure as somebody published it, ready to be read; `plain` is the bare number for machines."""

    qualifier: str
    plain: str
    text: str
    unit: str
    note: str
    as_of: str
    cites: list[int]
    is_preferred: bool
    reason: str
    is_derived: bool


@dataclass
class MetricLine:
    """One metric with all its published figures, the preferred one first."""

    metric: Metric
    figures: list[SaidFigure] = field(default_factory=list)
    disagrees: bool = False


@dataclass
class FigureGroup:
    """Metrics of one subject."""

    key: str
    name: str
    lines: list[MetricLine] = field(default_factory=list)


@dataclass(frozen=True)
class Reported:
    """Everything published about an edition's results, each figure with the numbers of its sources."""

    groups: list[FigureGroup]
    disagreements: list[Disagreement]
    sources: list[Source]

    def lines(self, keys: Iterable[str]) -> list[MetricLine]:
        """Return the lines of these metrics, where something was published."""
        wanted = set(keys)
        return [line for group in self.groups for line in group.lines if line.metric.key in wanted]


def reported(edition: Edition) -> Reported:
    """Return every published figure of the edition, by group and metric in the order of the vocabulary. Three queries."""
    figures = list(
        edition.reported_figures.select_related("metric").prefetch_related("sources").order_by("metric__order", "-is_preferred", "id")
    )
    disagreements = list(edition.disagreements.select_related("metric"))
    disputed = {row.metric_id for row in disagreements if row.metric_id}
    sources: dict[int, Source] = {}
    groups: dict[str, FigureGroup] = {}
    lines: dict[int, MetricLine] = {}
    for figure in figures:
        metric = figure.metric
        group = groups.setdefault(metric.group, FigureGroup(metric.group, _group_name(metric.group)))
        if metric.pk not in lines:
            lines[metric.pk] = MetricLine(metric, disagrees=metric.pk in disputed)
            group.lines.append(lines[metric.pk])
        lines[metric.pk].figures.append(_said(figure, sources))
    return Reported(list(groups.values()), disagreements, list(sources.values()))


def _group_name(key: str) -> str:
    return str(GROUP_NAMES.get(key, key.replace("_", " ").capitalize() or _("Figures")))


def _said(figure: ReportedFigure, sources: dict[int, Source]) -> SaidFigure:
    for source in figure.sources.all():
        sources.setdefault(source.pk, source)
    numbers = {pk: number for number, pk in enumerate(sources, start=1)}
    unit = figure.metric.unit
    return SaidFigure(
        qualifier=figure.qualifier,
        plain=f"{figure.value.normalize():f}",
        text=wording.published(figure.value, unit, language()),
        unit="" if unit in CURRENCY_UNITS else str(figure.metric.unit_name).removeprefix("%").strip(),
        note=str(figure.note),
        as_of=figure.as_of,
        cites=sorted(numbers[source.pk] for source in figure.sources.all()),
        is_preferred=figure.is_preferred,
        reason=str(figure.preferred_reason) if figure.is_preferred else "",
        is_derived=figure.qualifier == ReportedFigure.Qualifier.DERIVED,
    )


@dataclass(frozen=True)
class Counted:
    """One line of "said and counted": what was published of it, and the ledger's figure in the words of the press."""

    name: str
    said: list[SaidFigure]
    logged: str
    definition: str
    trace: str


def said_and_counted(published: Reported, found: Outcome) -> list[Counted]:
    """Put the published figures on agreements beside the logged ones. Nothing is ever added across the two."""
    spoken_in = language()
    amount = wording.amount(found.amount_cny, undisclosed=found.undisclosed, usd_rate=found.usd_rate, language=spoken_in)
    rows = [
        (_("Agreements"), AGREEMENTS_METRICS, wording.count(found.agreements, wording.AGREEMENTS, spoken_in), AGREEMENT_IS),
        (_("Intentions"), INTENTIONS_METRICS, wording.count(found.intentions, wording.INTENTIONS, spoken_in), INTENTION_IS),
        (_("Both together"), BOTH_METRICS, wording.count(found.total, wording.BOTH, spoken_in), BOTH_ARE),
        (_("Amount"), AMOUNT_METRICS, amount or _("No amount was disclosed."), _amount_is(found)),
    ]
    return [
        Counted(str(name), [figure for line in published.lines(keys) for figure in line.figures], logged, str(definition), found.trace)
        for name, keys, logged, definition in rows
    ]


AGREEMENT_IS = gettext_lazy(
    "Contracts, framework and cooperation agreements put on record by the organiser. Drafts, disputed and void ones do not count."
)
INTENTION_IS = gettext_lazy("Letters of intent and memoranda put on record by the organiser.")
BOTH_ARE = gettext_lazy("The sum of the two lines above, said only together.")


def _amount_is(found: Outcome) -> str:
    words = _("The sum of the disclosed amounts, each in yuan at the rate that the edition states.")
    if found.undisclosed:
        left_out = ngettext(
            "%(count)s of them discloses no amount and is left out of the sum.",
            "%(count)s of them disclose no amount and are left out of the sum.",
            found.undisclosed,
        )
        words += " " + left_out % {"count": f"{found.undisclosed:,}"}
    if found.usd_rate:
        words += " " + _("Dollars at %(rate)s yuan.") % {"rate": f"{found.usd_rate.normalize():f}"}
    return words


def language() -> str:
    """Return the language of the press wording on this page."""
    return "zh" if is_chinese() else "en"


@dataclass(frozen=True)
class PartyShown:
    """A party's name, and the address of its page where the visitor may see it."""

    name: str
    address: str
    country: str


@dataclass(frozen=True)
class AgreementLine:
    """One agreement as a list shows it. Of an anonymous one neither the title nor a name is here: both may tell who it was."""

    label: str
    title: str
    kind: str
    parties: list[PartyShown]
    is_nameless: bool
    chain: Chain
    segment: str
    agreement: Agreement
    amount: str
    trace: str


def agreement_lines(agreements: Iterable[Agreement], *, visitor: Person) -> list[AgreementLine]:
    """Return the lines of a list for the visitor. One query, for the companies that have a page."""
    listed = list(agreements)
    companies = {party.company_id for agreement in listed for party in agreement.parties.all() if party.company_id}
    with_page = set(Company.objects.visible_to(visitor).filter(pk__in=companies).values_list("pk", flat=True)) if companies else set()
    return [_line(agreement, with_page, traced=rules.may_trace(visitor)) for agreement in listed]


def _line(agreement: Agreement, with_page: set[int], *, traced: bool) -> AgreementLine:
    nameless = agreement.visibility != Agreement.Visibility.PUBLIC and not traced
    return AgreementLine(
        label=agreement.label,
        title="" if nameless else agreement.title,
        kind=str(agreement.get_kind_display()),
        parties=[] if nameless else [_party(party, with_page) for party in agreement.parties.all()],
        is_nameless=nameless,
        chain=agreement.chain,
        segment=str(agreement.segment.name) if agreement.segment else "",
        agreement=agreement,
        amount=pgettext("amount", "not disclosed") if agreement.amount is None else spoken(agreement.amount, agreement.currency),
        trace=reverse("admin:agreements_agreement_change", args=[agreement.pk]) if traced else "",
    )


def _party(party: Party, with_page: set[int]) -> PartyShown:
    country: Any = party.company.country if party.company else party.country
    address = _company_address(party.company) if party.company and party.company_id in with_page else ""
    return PartyShown(party.name, address, str(country.name))


def _company_address(company: Company) -> str:
    try:
        return reverse("company", args=[company.slug])
    except NoReverseMatch:
        return ""
