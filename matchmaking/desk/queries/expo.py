"""The editions and their chains, read once for a page and its layout."""

from dataclasses import dataclass
from typing import Any

from expo.editions.models import Chain, ChainArea, Edition

HELD = (Edition.Status.LIVE, Edition.Status.CLOSED)


@dataclass(frozen=True)
class Expo:
    """All editions, newest first, and which chains each of them has."""

    editions: list[Edition]
    areas: list[ChainArea]

    @property
    def current(self) -> Edition | None:
        """The edition that the site is about now."""
        return next((edition for edition in self.editions if edition.is_current), None)

    @property
    def held(self) -> list[Edition]:
        """Editions that took place or are live, newest first."""
        return [edition for edition in self.editions if edition.status in HELD]

    @property
    def years(self) -> list[int]:
        """The years of the editions held, oldest first."""
        return sorted(edition.year for edition in self.held if edition.year)

    def chains(self, edition: Edition | None) -> list[Chain]:
        """Return the edition's chains, services and zones in its order."""
        return [area.chain for area in self.areas if edition is not None and area.edition_id == edition.pk]

    def editions_of(self, chain: Chain) -> list[Edition]:
        """Return the editions that have the chain, oldest first."""
        having = {area.edition_id for area in self.areas if area.chain_id == chain.pk}
        return [edition for edition in reversed(self.editions) if edition.pk in having]

    def layout(self) -> dict[str, Any]:
        """Return what the layout reads, so that it is not read a second time."""
        current = self.current
        return {
            "current_edition": current,
            "chain_bar": [chain for chain in self.chains(current) if not chain.is_zone],
            "latest_results": self.held[0] if self.held else None,
        }


def the_expo() -> Expo:
    """Read all editions and their areas. Two queries; there are few of both."""
    areas = ChainArea.objects.select_related("chain__parent").order_by("edition", "order", "chain__order")
    return Expo(list(Edition.objects.held_first()), list(areas))
