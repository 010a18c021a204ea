"""What the page of components shows in development: one example of each, all of it invented."""

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.utils.translation import gettext_lazy as _

from expo.foundation.drawing.charts import Column
from expo.foundation.drawing.network import Crossing, MapLine, NetworkMap
from expo.foundation.drawing.plan import FloorPlan, PlanBooth, PlanHall, PlanLine

CODES = ("DT", "AM", "GA", "HL", "SV", "CE", "SS")
CHAINS = [{"code": code, "colour": code.lower(), "kind": "chain"} for code in CODES]
ZONES = [{"code": "AI", "colour": "dt", "kind": "zone"}, {"code": "LA", "colour": "am", "kind": "zone"}]
STRANGE = {"code": "XQ", "colour": "", "kind": "chain"}
SELECTED = (4, 2, 2)
BOOTHS_IN_A_ROW = ((1, 6), (7, 3), (11.5, 6), (17.5, 3), (22, 3), (25, 6))


class SampleForm(forms.Form):
    title = forms.CharField(label=_("What do you offer?"), help_text=_("One product or service, with the figure buyers ask for first."))
    capacity = forms.IntegerField(label=_("Capacity"), widget=forms.TextInput(attrs={"inputmode": "numeric"}))
    stage = forms.ChoiceField(label=_("Stage"), choices=[("upstream", _("Upstream")), ("midstream", _("Midstream"))], required=False)
    certificates = forms.MultipleChoiceField(
        label=_("Certificates"),
        choices=[("iatf", "IATF 16949"), ("iso", "ISO 9001"), ("ul", "UL 9540A")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    visibility = forms.ChoiceField(
        label=_("Who may see it"), choices=[("all", _("Everyone")), ("some", _("Invited buyers only"))], widget=forms.RadioSelect
    )
    text = forms.CharField(label=_("Description"), widget=forms.Textarea(attrs={"rows": 4}), required=False)
    paper = forms.FileField(label=_("Data sheet"), help_text="PDF", required=False)
    agreed = forms.BooleanField(label=_("I may post for this company."))


def samples() -> dict[str, Any]:
    """Return the context of the page of components."""
    form = SampleForm({"title": "Stator housings", "capacity": "about 12k", "stage": "midstream"})
    return {
        "chains": CHAINS,
        "zones": ZONES,
        "strange": STRANGE,
        "chain": CHAINS[4],
        "stage_keys": ["upstream", "midstream", "downstream", "service"],
        "years": [2023, 2024, 2025, 2026],
        "took_part": [2023, 2025],
        "requirements": [("fits", True), ("partly", True), ("misses", True), ("unknown", True), ("fits", False), ("misses", False)],
        "verdicts": ["fits", "partly", "misses", "unknown"],
        "stops": [_("Draft"), _("Review"), _("Published"), _("Matched"), _("Agreed")],
        "steps": [_("Company"), _("Chain and stage"), _("First offer"), _("People")],
        "form": form,
        "page": Paginator(range(220), 10).page(3),
        "postings": [_posting("offer"), _posting("request")],
        "rows": [_row(booth="SV 212"), _row(booth="")],
        "tiles": [_tile(chain) for chain in CHAINS[:4]],
        "line": _line(),
        "figures": _figures(),
        "sources": [{"title": "Closing press conference", "publisher": "Organiser", "published_on": "2025-07-20", "link": ""}],
        "facts": [(_("Hall"), "Demo hall B"), (_("Open"), _("3 offers, 1 request"))],
        "filters": [("Smart vehicle", "?"), ("IATF 16949", "?")],
        "tabs": [{"text": _("All"), "address": "?", "count": 1104, "is_on": True}, {"text": _("Upstream"), "address": "?", "count": 35}],
        "map": _map(),
        "plan": _plan(),
        "bars": [(chain, values) for chain, values in zip(CHAINS, ((86, 214, 912), (71, 188, 846), (49, 0, 644)), strict=False)],
        "shares": [(2023, 26), (2024, 32), (2025, 35)],
        "visits": [
            Column("2023", 150000, "150,000"),
            Column("2024", 200000, "200,000+", 160000, "160,000", str(_("on site"))),
            Column("2025", 210000, "210,000+"),
        ],
        "trail": [(_("Expo"), "/"), (_("Chains"), "/")],
    }


def _posting(kind: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "id": 1,
        "address": "#",
        "title": "Silicon carbide half-bridge modules, 1,200 V, 400 A, liquid-cooled",
        "chain": CHAINS[4],
        "stage": "midstream",
        "segment": "Key components",
        "company": "Harbourline Power",
        "place": "Wuxi",
        "specs": [(_("Capacity"), "12,000"), (_("Minimum"), "200"), (_("Lead time"), _("10 weeks"))],
        "until": _("Open until 24 September"),
        "booth": "SV 212" if kind == "offer" else "",
        "without_offer": kind == "request",
        "is_demo": True,
    }


def _row(booth: str) -> dict[str, Any]:
    return {
        "address": "#",
        "name": "Harbourline Power",
        "name_aside": "港线电力",
        "shows": "Power modules and inverters",
        "booth": booth,
        "chain": CHAINS[4],
        "stage": "midstream",
        "country": "CN",
        "years": [2023, 2024, 2025, 2026],
        "took_part": [2024, 2026],
        "is_demo": True,
    }


def _tile(chain: dict[str, str]) -> dict[str, Any]:
    counts = {"exhibitors": 104, "offers": 1169, "requests": 131, "without_offer": 29}
    stages = [[False, True, False], [False, False], [True]]
    return {"chain": chain, "address": "#", "name": "Advanced Manufacturing", "name_aside": "先进制造链", "stages": stages, **counts}


def _line() -> list[dict[str, Any]]:
    stop = {"address": "#", "name": "Batteries and battery materials", "name_aside": "动力电池", "exhibitors": 18, "offers": 31}
    stops = [
        {**stop, "requests": 22, "without_offer": 3},
        {**stop, "requests": 19, "without_offer": 9},
        {**stop, "requests": 0, "without_offer": 0},
    ]
    names = {"upstream": "上游", "midstream": "中游", "downstream": "下游", "service": "服务"}
    return [
        {"key": key, "name": key.capitalize(), "name_aside": aside, "exhibitors": 35, "offers": 57, "requests": 41, "stops": stops}
        for key, aside in names.items()
    ]


def _figures() -> list[dict[str, Any]]:
    return [
        {"label": _("enterprises and institutions exhibiting"), "value": 651, "qualifier": "exact", "cites": [1]},
        {"label": _("visits"), "value": 210000, "qualifier": "more_than", "cites": [1], "changed": True},
        {"label": _("from abroad"), "value": "36.5", "unit": "%", "qualifier": "nearly", "cites": []},
    ]


def _map() -> NetworkMap:
    lines = [MapLine(code, code.lower()) for code in CODES[:-1]]
    crossings = [
        Crossing("GA", "HL", "Bio-ingredients", "upstream"),
        Crossing("DT", "SV", "Chips", "upstream"),
        Crossing("SV", "CE", "Batteries", "midstream"),
        Crossing("CE", "AM", "Turbines", "upstream"),
        Crossing("HL", "DT", "Imaging and AI", "midstream"),
    ]
    stages = [(str(_("Upstream")), "上游"), (str(_("Midstream")), "中游"), (str(_("Downstream")), "下游")]
    title = _("The chains run from upstream to downstream and meet in the city")
    return NetworkMap(lines, str(title), stages, "Beijing", "22–26 June", crossings, MapLine("SS", "ss"))


def _plan() -> FloorPlan:
    return FloorPlan([_hall(code, number) for number, code in enumerate(CODES[:6])], str(_("Demo floor plan")), str(_("Concourse")))


def _hall(code: str, number: int) -> PlanHall:
    booths = []
    for row, y in enumerate((2, 8.5, 16, 22.5)):
        for place, (x, width) in enumerate(BOOTHS_IN_A_ROW):
            name = f"{code} {1 + place // 2}{row * 2 + place % 2 + 1:02d}"
            is_selected = (number, place, row) == SELECTED
            booths.append(
                PlanBooth(
                    name,
                    x,
                    y,
                    width,
                    6,
                    code.lower(),
                    "#",
                    name,
                    state="hot" if (place + row + number) % 4 == 0 else "",
                    is_selected=is_selected,
                )
            )
    return PlanHall(f"Demo hall {'ABCDEF'[number]}", 32, 30.5, booths, [PlanLine(code, code.lower())])
