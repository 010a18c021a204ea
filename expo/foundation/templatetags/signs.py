"""The signs of the house as template tags: thin words around expo.foundation.drawing. Loaded on every page, no `{% load %}` needed."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect
from django.template.context import RequestContext
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from expo.foundation import dates
from expo.foundation.bilingual import has_chinese, is_chinese
from expo.foundation.drawing import charts, heat, icons, network, plan, signs
from expo.foundation.remembered import part_drawn

register = template.Library()

STAGE_NAMES = {
    "upstream": gettext_lazy("Upstream"),
    "midstream": gettext_lazy("Midstream"),
    "downstream": gettext_lazy("Downstream"),
    "service": gettext_lazy("Services"),
}
VERDICT_NAMES = {
    "fits": gettext_lazy("Fits"),
    "partly": gettext_lazy("Partly fits"),
    "misses": gettext_lazy("Misses"),
    "unknown": gettext_lazy("Not stated"),
}
QUALIFIERS = {
    "more_than": pgettext_lazy("before a number", "more than"),
    "about": pgettext_lazy("before a number", "about"),
    "nearly": pgettext_lazy("before a number", "nearly"),
    "at_least": pgettext_lazy("before a number", "at least"),
}


def _drawn(markup: str) -> SafeString:
    # The drawings escape every text they are given; see expo.foundation.drawing.svg.
    return mark_safe(markup)  # noqa: S308 - as said above


def _code_and_colour(chain: Any, colour: str = "") -> tuple[str, str, bool]:
    """Read a chain (an object or a mapping with code, colour, kind) or a plain code."""
    if isinstance(chain, str):
        return chain, colour, False
    read = chain.get if isinstance(chain, Mapping) else lambda name, default="": getattr(chain, name, default)
    return str(read("code", "")), colour or str(read("colour", "")), read("kind", "") == "zone"


@register.simple_tag
def part(template_name: str, **given: Any) -> SafeString:
    """Print a part of the page, as `{% include %}` with `only` does, once for the same words; see expo.foundation.remembered."""
    return part_drawn(template_name, given)


@register.simple_tag
def icon(name: str, size: int = 20) -> SafeString:
    return _drawn(icons.icon(name, size))


@register.simple_tag
def logo() -> SafeString:
    return _drawn(icons.logo())


@register.simple_tag
def bullet(chain: Any, size: str = "", colour: str = "", *, zone: bool | None = None) -> SafeString:
    """Print a chain's sign. `chain` is a chain or its code; `size` is "", "lg" or "xl"."""
    code, colour, is_zone = _code_and_colour(chain, colour)
    classes = "bullet" + (f" is-{size}" if size else "") + (" is-zone" if (is_zone if zone is None else zone) else "")
    return format_html('<span class="{}" data-chain="{}"{}>{}</span>', classes, code, _colour(colour), code)


@register.simple_tag
def booth_plate(code: str, chain: Any = "", size: str = "", *, you: bool = False) -> SafeString:
    """Print an address. "SV 212" prints the chain code on colour and the place beside it; a code of one word stands alone.

    A booth keeps the colour of its own chain: the chain given (of a posting, say) colours it only where the codes agree.
    """
    lead, _blank, place = str(code).strip().partition(" ")
    if not place:
        lead, place = "", lead
    chain_code, colour, _zone = _code_and_colour(chain)
    if lead and chain_code and lead != chain_code:
        colour = ""
    classes = "booth" + (f" is-{size}" if size else "") + (" is-you" if you else "")
    sign = format_html("<b>{}</b>", lead) if lead else ""
    return format_html(
        '<span class="{}" data-chain="{}"{}>{}<span>{}</span></span>', classes, lead or chain_code, _colour(colour), sign, place
    )


@register.simple_tag
def chain_attributes(chain: Any) -> SafeString:
    """Print the attributes that colour everything inside an element: `<article {% chain_attributes chain %}>`."""
    code, colour, _zone = _code_and_colour(chain)
    return format_html('data-chain="{}"{}', code, _colour(colour))


def _colour(colour: str) -> SafeString | str:
    return format_html(' data-colour="{}"', colour) if colour else ""


@register.simple_tag
def stage_mark(stage: str) -> SafeString:
    """Print the three-dot line of a stage and the stage's name."""
    if stage not in STAGE_NAMES:
        return SafeString("")
    drawn = signs.stage_mark(stage)
    return format_html('<span class="stage">{}{}</span>', _drawn(drawn), STAGE_NAMES[stage])


@register.filter
def stage_name(stage: str) -> str:
    return str(STAGE_NAMES.get(stage, ""))


@register.simple_tag
def demo_mark() -> SafeString:
    return format_html('<span class="demo">{}</span>', _("Demo"))


@register.simple_tag
def marked(pieces: Iterable[tuple[str, bool]]) -> SafeString:
    """Write a text, given as pairs of a piece and whether it was searched for, with those marked; no space comes after it."""
    return format_html_join("", "{}", ((format_html("<mark>{}</mark>", text) if is_hit else text,) for text, is_hit in pieces))


@register.simple_tag
def aside(text: str | None) -> SafeString:
    """Print a name in the other language, in grey; nothing for ''."""
    if not text:
        return SafeString("")
    return format_html('<span class="en" lang="{}">{}</span>', other_language(), text)


@register.simple_tag
def other_language() -> str:
    """Print the BCP 47 tag of the language the page is not in."""
    return "en" if is_chinese() else "zh-Hans"


@register.simple_tag
def written_in(text: str | None) -> SafeString:
    """Print a `lang` attribute where a text that somebody wrote is not in the page's language: `<b{% written_in title %}>`."""
    written = str(text or "")
    is_foreign = any(sign.isalpha() for sign in written) and has_chinese(written) is not is_chinese()
    return format_html(' lang="{}"', other_language()) if is_foreign else SafeString("")


@register.simple_tag(takes_context=True)
def current(context: RequestContext, *names: str) -> SafeString:
    """Print `aria-current="page"` when the page shown has one of these URL names."""
    match = getattr(context.get("request"), "resolver_match", None)
    return SafeString(' aria-current="page"') if match is not None and match.url_name in names else SafeString("")


@register.simple_tag
def gap() -> str:
    """Print what stands between two sentences: a blank, and nothing in Chinese, where the full stop is as wide as both."""
    return "" if is_chinese() else " "


@register.filter
def count(value: Any) -> str:
    """Print a number with thousands separators and without empty decimals; '' for nothing."""
    if value is None or value == "":
        return ""
    try:
        amount = Decimal(str(value))
    except ArithmeticError:
        return str(value)
    if amount == amount.to_integral_value():
        return f"{int(amount):,}"
    return f"{amount.normalize():,f}"


@register.filter
def plain(value: Decimal) -> str:
    """Print a number for machines, digit for digit: `<data value="{{ figure.value|plain }}">`."""
    return f"{Decimal(value).normalize():f}"


@register.filter
def large(value: Decimal) -> str:
    """Print a figure as a newspaper would: 676, 150,000, 152 billion; in Chinese 676, 15万, 1,520亿."""
    chinese = ((10**8, _("%(number)s hundred million")), (10**4, _("%(number)s ten thousand")))
    for unit, words in chinese if is_chinese() else ((10**9, _("%(number)s billion")),):
        scaled = Decimal(value) / unit
        if abs(scaled) >= 1 and scaled == scaled.quantize(Decimal("0.01")):
            return words % {"number": count(scaled)}
    return count(value)


@register.filter
def span(first: date | None, last: date | None = None) -> str:
    """Print one day or the first to the last: `{{ edition.starts_on|span:edition.ends_on }}`; '' where no day is known."""
    return dates.span(first, last) if first else ""


@register.filter
def long_day(day: date | None) -> str:
    """Print a day with its weekday; '' where none is known."""
    return dates.long_day(day) if day else ""


@register.filter
def short_day(day: date) -> str:
    """Print a day of a month that is known, with its weekday."""
    return dates.short_day(day)


@register.filter
def day_and_month(day: date) -> str:
    """Print a day of a year that is known, with its weekday."""
    return dates.day_and_month(day)


@register.filter
def clock(moment: datetime | None, time_zone: str) -> str:
    """Print an hour in the expo's time zone: `{{ forum.starts_at|clock:forum.edition.time_zone }}`."""
    return dates.clock(moment, time_zone) if moment else ""


@register.filter
def qualifier(value: str) -> str:
    """Print the words in front of an announced figure; '' for an exact one."""
    return str(QUALIFIERS.get(value, ""))


@register.simple_tag
def verdict_mark(verdict: str) -> SafeString:
    """Print how a requirement fared, with its word for screen readers."""
    drawn = signs.verdict_mark(verdict if verdict in VERDICT_NAMES else "unknown")
    return format_html('{}<span class="visually-hidden">{}: </span>', _drawn(drawn), VERDICT_NAMES.get(verdict, VERDICT_NAMES["unknown"]))


@register.filter
def verdict_name(verdict: str) -> str:
    return str(VERDICT_NAMES.get(verdict, ""))


@register.simple_tag
def edition_marks(years: Sequence[int], took_part: Collection[int]) -> SafeString:
    """Print one station for each edition, filled where the company took part."""
    present = [year for year in years if year in took_part]
    name = _("Took part: %(years)s") % {"years": _(", ").join(map(str, present))} if present else _("Has not taken part yet")
    return _drawn(signs.edition_marks(years, took_part, name))


@register.simple_tag
def request_dots(total: int, without_offer: int) -> SafeString:
    """Print one dot for each request, the ones without an offer hollow, named in words."""
    requests = ngettext("%(count)s request", "%(count)s requests", total) % {"count": total}
    name = _("%(requests)s, %(open)s without an offer") % {"requests": requests, "open": without_offer}
    return _drawn(signs.request_dots(total, without_offer, name))


@register.simple_tag
def balance(total: int, hollow: int | None, most: int) -> SafeString:
    """Print a row of dots or a bar for so many postings, those that nothing fits hollow. The numbers stand beside it in words."""
    return _drawn(signs.balance(total, hollow or 0, most))


@register.simple_tag
def requirement_line(requirements: Iterable[tuple[str, bool]]) -> SafeString:
    """Print one station for each (verdict, is it a must)."""
    listed = [(verdict if verdict in VERDICT_NAMES else "unknown", bool(must)) for verdict, must in requirements]
    counts = [(str(name), sum(1 for verdict, _must in listed if verdict == key)) for key, name in VERDICT_NAMES.items()]
    name = _(", ").join(_("%(term)s: %(value)s") % {"term": word, "value": number} for word, number in counts if number)
    return _drawn(signs.requirement_line(listed, name))  # type: ignore[arg-type] # just checked


@register.simple_tag
def track(stops: Sequence[str], at: int, note: str = "") -> SafeString:
    """Print a track of named stops, the stop number `at` (from 0) current."""
    return _drawn(signs.track([str(stop) for stop in stops], at, str(note)))


@register.simple_tag
def open_line() -> SafeString:
    return _drawn(signs.open_line())


@register.simple_tag
def tile_strip(chain: Any, stages: Sequence[Sequence[bool]]) -> SafeString:
    """Print the strip of a chain tile; `stages` has one list for each stage, True for a segment whose requests wait."""
    code, colour, _zone = _code_and_colour(chain)
    waiting = sum(sum(bool(waits) for waits in stage) for stage in stages)
    segments = sum(len(stage) for stage in stages)
    name = _("%(code)s: %(segments)s segments, %(waiting)s with requests that no offer meets") % {
        "code": code,
        "segments": segments,
        "waiting": waiting,
    }
    return _drawn(signs.tile_strip(code, colour, stages, name))


@register.simple_tag
def zone_strip(zones: Iterable[Any]) -> SafeString:
    """Print the strip of special zones as branch lines."""
    listed = [_code_and_colour(zone)[:2] for zone in zones]
    name = _("Branch lines: %(codes)s") % {"codes": _(", ").join(code for code, _colour in listed)}
    return _drawn(signs.zone_strip(listed, name))


@register.simple_tag
def network_map(drawing: network.NetworkMap) -> SafeString:
    return _drawn(network.network_map(drawing))


@register.simple_tag
def floor_plan(drawing: plan.FloorPlan) -> SafeString:
    return _drawn(plan.floor_plan(drawing))


@register.simple_tag
def stacked_bar(values: Sequence[float], most: float) -> SafeString:
    """Print a bar of up to three parts for a table cell; the numbers stand in the cells beside it."""
    return _drawn(charts.stacked_bar(values, most))


@register.simple_tag
def share_line(points: Sequence[tuple[Any, float]], name: str) -> SafeString:
    """Print shares in percent over the years as a metro line."""
    return _drawn(charts.share_line([(str(year), float(share)) for year, share in points], str(name)))


@register.simple_tag
def columns(rows: Sequence[charts.Column], name: str) -> SafeString:
    """Print totals as columns; see expo.foundation.drawing.charts.Column."""
    return _drawn(charts.columns(rows, str(name)))


@register.simple_tag
def drawn(markup: str) -> SafeString:
    """Print a picture that a page's own code has drawn with expo.foundation.drawing."""
    return _drawn(markup)


@register.simple_tag
def heat_grid(days: Sequence[heat.HeatDay], lines: Sequence[heat.HeatLine], name: str) -> SafeString:
    """Print how full each line is at each time; see expo.foundation.drawing.heat. The numbers stand in a table beside it."""
    return _drawn(heat.heat_grid(days, lines, str(name)))


@register.filter
def thirds(value: int) -> int:
    """Treble a number: a line is open where thrice the requests without an offer reach all requests."""
    return 3 * (value or 0)


@register.filter
def page_numbers(page: Page[Any]) -> list[int | None]:
    """List the page numbers to print, None for a gap."""
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
    return [number if isinstance(number, int) else None for number in numbers]


@register.filter
def input_kind(field: BoundField) -> str:
    """Say how a field is laid out: "check" (one box before its label), "choices" (several boxes) or "" (label above)."""
    widget = field.field.widget
    if isinstance(widget, CheckboxInput):
        return "check"
    return "choices" if isinstance(widget, RadioSelect | CheckboxSelectMultiple) else ""


@register.filter
def always_filled(field: BoundField) -> bool:
    """Say that a field needs no word about being optional: a filter, or a group of boxes."""
    return isinstance(field.field.widget, CheckboxSelectMultiple) or bool(getattr(field.form, "hides_optional", False))


@register.filter
def first_input(field: BoundField) -> str:
    """Return the id a link in the error summary leads to: the first box of a group, else the input itself."""
    if input_kind(field) == "choices" or field.field.widget.use_fieldset:
        return f"{field.auto_id}_0"
    return str(field.id_for_label or field.auto_id)


@register.filter
def subject(label: str) -> str:
    """Print a label so that a colon can follow it."""
    return str(label).rstrip(".:?。：？ ")
