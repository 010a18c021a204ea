"""Reading fixtures/demo: YAML in, plain values out."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import yaml
from django.conf import settings

from expo.editions.models import Chain, Edition, Segment
from expo.foundation.units import in_base

# The safe loader in C is eight times as quick, and not in every build of the library.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read(name: str) -> Any:
    """Return what fixtures/demo/<name>.yaml holds."""
    path = settings.BASE_DIR / "fixtures" / "demo" / f"{name}.yaml"
    return yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)  # noqa: S506 - a safe loader either way


def amount(text: str) -> tuple[Decimal, str]:
    """Split an amount and its unit: "60 t" -> (60, "t"), "62 USD/kg" -> (62, "USD/kg"), "9000 CNY" -> (9000, "CNY")."""
    number, _blank, unit = str(text).partition(" ")
    return Decimal(number), unit


def amount_in(text: str, unit: str) -> Decimal:
    """Return the amount in `unit`: "3 MWh" in kWh is 3,000. Raises ValueError for units that do not compare."""
    number, own = amount(text)
    value, base = in_base(number, own)
    one, same = in_base(Decimal(1), unit)
    if base != same:
        raise ValueError(f"{text} is not in {unit}")
    return value / one


@dataclass(frozen=True)
class Places:
    """The chains and segments that the demo's files name by code: "SV", "SV/batteries"."""

    chains: Mapping[str, Chain]
    segments: Mapping[str, Segment]

    @classmethod
    def of(cls, edition: Edition) -> "Places":
        """Read the edition's chains and their segments. Two queries."""
        chains = {chain.code: chain for chain in Chain.objects.in_edition(edition)}
        segments = Segment.objects.filter(chain__in=chains.values()).select_related("chain")
        return cls(chains, {f"{segment.chain.code}/{segment.slug}": segment for segment in segments})

    def chain(self, code: str) -> Chain:
        if code not in self.chains:
            raise LookupError(f"the demo names chain {code}, which is not part of the edition")
        return self.chains[code]

    def segment(self, name: str) -> Segment:
        if name not in self.segments:
            raise LookupError(f"the demo names segment {name}, which the edition's chains do not have")
        return self.segments[name]
